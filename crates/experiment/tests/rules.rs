//! Rules that a scenario writes: on top of a runtime, during a run, and as arms and factors.

use std::fs;
use std::path::Path;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, run};
use dtao_experiment::scenario::Loaded;
use dtao_protocol::emission::{CATALOGUE, Emission};
use dtao_protocol::era::ERAS;
use dtao_protocol::settable::text;
use proptest::prelude::*;
use tempfile::TempDir;

/// Three subnets with different prices and ages, and somebody who trades.
fn scenario(protocol: &str, rest: &str) -> String {
    format!(
        "Scenario(
    about: \"A test.\",
    protocol: {protocol},
    start: Genesis(
        block: 5_000_000,
        root_stake: \"5_000_000 TAO\",
        subnets: \"subnets.csv\",
        holder: \"market\",
        last_registration: (cost: \"1 TAO\", block: 4_900_000),
    ),
    blocks: 400,
    agents: [
        (
            name: \"market\",
            count: 1,
            tao: \"10_000 TAO\",
            strategy: Noise(netuids: [1, 2, 3], trades_per_day: 900.0, buys: 0.7, median_size: \"1.4 TAO\", \
         size_deviation: 1.0),
        ),
    ],
    record: (every: 1, subnets: All, agents: Groups, calls: All),
    {rest}
)
"
    )
}

struct Written {
    folder: TempDir,
}

impl Written {
    fn new(text: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("a.ron"), text).expect("it can be written");
        let subnets = "netuid,moving_price,registered_at\n1,0.2,4000000\n2,0.1,4990000\n3,0.05,4999000\n";
        fs::write(folder.path().join("subnets.csv"), subnets).expect("it can be written");
        Self { folder }
    }

    fn load(&self, set: &[&str]) -> Result<Box<Loaded>, String> {
        let set: Vec<String> = set.iter().map(|&text| text.to_owned()).collect();
        Loaded::read(&self.folder.path().join("a.ron"), &set).map(Box::new).map_err(|error| error.to_string())
    }

    /// All tables of a run, as text.
    fn tables(&self, set: &[&str]) -> [String; 3] {
        let loaded = self.load(set).unwrap_or_else(|error| panic!("{error}"));
        let out = TempDir::new_in(self.folder.path()).expect("a folder");
        let out = out.path();
        let options = Options { seed: RunSeed(3), audit: Audit::EveryBlock };
        run(&loaded, options, Some(Output::fresh(out)), &mut |_| Progress::Continue)
            .expect("the books close");
        ["subnets.csv", "groups.csv", "events.csv"].map(|file| read(&out.join(file)))
    }

    fn refusal(&self, set: &[&str]) -> String {
        self.load(set).expect_err("it is refused")
    }

    /// Asserts that an assignment is refused, and that the error has all of `parts`.
    fn refuses(&self, set: &str, parts: &[&str]) {
        let error = self.refusal(&[set]);
        for part in parts {
            assert!(error.contains(part), "`{part}` in: {error}");
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a table")
}

#[test]
fn a_short_form_and_the_plain_one_give_the_same_bytes() {
    let tables = |protocol: &str| Written::new(&scenario(protocol, "")).tables(&[]);
    let short = tables("Launch(spec: 238)");
    assert_eq!(tables("(spec: 238)"), short);
    assert_eq!(tables("(spec: 238, rules: ())"), short);
}

#[test]
fn a_runtimes_own_values_written_out_change_no_byte() {
    let plain = Written::new(&scenario("(spec: 246)", ""));
    let written = Written::new(&scenario(
        "(spec: 246, rules: (emission: MovingPrice, moving_alpha: 3e-6, staking_fee: \"0.00005 TAO\", \
         registration_gate: UnlessNeither, children: (cooldown: 7_200), epoch: (version: Yuma2())))",
        "",
    ));
    assert_eq!(written.tables(&[]), plain.tables(&[]));
}

#[test]
fn an_upgrade_during_a_run_is_that_runtime_from_then_on_and_the_earlier_one_before() {
    let at = |spec: &str, eras: &str| Written::new(&scenario(&format!("(spec: {spec})"), eras)).tables(&[]);
    let [before, ..] = at("245", "");
    let [changed, _, events] = at("245", "eras: [(at: 5_000_200, spec: 246)],");
    let [after, ..] = at("246", "");
    // The header, then three subnets a block; the call is executed at the end of its block.
    let until = 1 + 3 * 200;
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&changed)[..until], lines(&before)[..until]);
    assert_ne!(changed, before);
    assert_ne!(changed, after);
    assert!(events.contains("spec 246"), "{events}");
}

#[test]
fn values_that_change_during_a_run_hold_from_the_next_block_on() {
    let plain = Written::new(&scenario("(spec: 246)", ""));
    let changed = Written::new(&scenario("(spec: 246)", "eras: [(at: 5_000_010, rules: (owner_cut: 0.5))],"));
    let ([before, ..], [after, _, events]) = (plain.tables(&[]), changed.tables(&[]));
    // Root sells of what the owner does not get, so prices part one block after the call.
    let rows = 1 + 3 * 11;
    let parted = before.lines().zip(after.lines()).position(|(one, other)| one != other);
    assert_eq!(parted, Some(rows));
    assert!(events.contains("owner_cut:0.5"), "{events}");
}

#[test]
fn a_start_under_any_runtime_emits_and_its_books_close() {
    for era in ERAS.iter().filter(|era| u16::from(era.spec) >= 234) {
        let spec = u16::from(era.spec);
        let [subnets, ..] = Written::new(&scenario(&format!("(spec: {spec})"), "")).tables(&[]);
        let mut rows = subnets.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = rows.next().expect("a header");
        let alpha_out = header.iter().position(|&name| name == "alpha_out").expect("a column");
        let last = rows.next_back().expect("rows");
        assert!(last[alpha_out].parse::<f64>().expect("a number") > 100.0, "{spec}: {last:?}");
    }
}

#[test]
fn every_emission_rule_is_a_value_and_a_path_that_the_file_leaves_out() {
    let values = "values: (others: 1.0, subnets: [(netuid: 3, steps: [(from: 0, value: 4.0)])]),";
    let written =
        Written::new(&scenario("Launch(spec: 246, rules: (measurement: (every: 50, delay: 10)))", values));
    let [launch, ..] = written.tables(&[]);
    for &(.., rule) in CATALOGUE.iter().filter(|(.., rule)| *rule != Emission::RootVote) {
        let [set, ..] = written.tables(&[&format!("protocol.rules.emission={}", text(&rule))]);
        // Nothing is withheld from miners here, so what reaches them makes no difference; and prices fall, so a fast
        // average is never the lesser.
        let by_price =
            matches!(rule, Emission::MovingPrice | Emission::PriceBurn | Emission::LowerAverage(_));
        assert_eq!(set == launch, by_price, "{rule:?}");
    }
}

fn written() -> Written {
    Written::new(&scenario("(spec: 246, rules: (owner_cut: 0.1))", ""))
}

#[test]
fn what_is_wrong_with_rules_is_told_with_its_place() {
    let written = written();
    let named = |set: &str, parts: &[&str]| written.refuses(set, parts);
    named("protocol.rules.owner_cut=1.5", &["a.ron:3:", "protocol.rules.owner_cut", "1.5", "0.0 to 1.0"]);
    named("protocol.rules.owner_cut=-0.1", &["a.ron:3:", "-0.1"]);
    named("protocol.rules.owner_cut=many", &["a.ron:3:", "owner_cut", "number"]);
    named(
        "protocol.rules.ownercut=0.1",
        &["a.ron:3:", "unknown field `ownercut`", "did you mean `owner_cut`"],
    );
    named("protocol.rules.emission=MarketCup", &["MarketCup", "did you mean `MarketCap`"]);
    named("protocol.rules.emission=RootVote", &["protocol.rules.emission", "219"]);
    named("protocol.rules.epoch.kappa=2", &["protocol.rules.epoch.kappa", "0.0 to 1.0"]);
    named("protocol.rules.lock_reduction_interval=0", &["lock_reduction_interval", "1 to"]);
    let twice =
        written.refusal(&["protocol.rules.min_stake=\"1 TAO\"", "protocol.rules.min_stake=\"2 TAO\""]);
    assert!(twice.contains("write the same place"), "{twice}");
    let inside = written.refusal(&["protocol.rules=()", "protocol.rules.min_stake=\"2 TAO\""]);
    assert!(inside.contains("write the same place"), "{inside}");
}

#[test]
fn what_is_wrong_with_rules_that_never_ran_is_told_with_its_place() {
    let written = written();
    let named = |set: &str, parts: &[&str]| written.refuses(set, parts);
    let rule = |text: &str| format!("protocol.rules.emission={text}");
    named(&rule("LowerAverage(step: 1.5)"), &["a.ron:3:", "emission.LowerAverage.step", "1.5", "0.0 to 1.0"]);
    named(&rule("LowerAverage(half: 3)"), &["a.ron:3:", "unknown field `half`", "step"]);
    named(&rule("DepthCap(depth: \"0 TAO\")"), &["emission.DepthCap.depth", "0.000000001 TAO"]);
    let blend = |of: &str, weight: &str| rule(&format!("Blend(of: {of}, with: Uniform, weight: {weight})"));
    named(&blend("MovingPrice", "1.1"), &["emission.Blend.weight", "1.1", "0.0 to 1.0"]);
    named(&blend("Uniform", "0.5"), &["a.ron:3:", "averages of different things"]);
    named(&blend("RootVote", "0.5"), &["a.ron:3:", "RootVote"]);
    named(&rule("Objective"), &["a.ron:3:", "`values` does not say", "values: (others:"]);
    named("eras=[(at: 5_000_001, rules: (emission: Objective))]", &["eras[0]", "`values` does not say"]);
    let scripted = "agents=[(name: \"market\", count: 1, tao: \"0 TAO\", key: Root, strategy: Script(calls: [(block: \
                    5_000_001, call: SetRules(emission: Objective))]))]";
    named(scripted, &["agents[0].strategy.Script.calls[0].call", "`values` does not say"]);
    named("protocol.rules.measurement.every=0", &["measurement.every", "1 to"]);
    named("protocol.rules.measurement.noise=-1", &["measurement.noise"]);
    named("protocol.rules.measurement.cost_of_faking=\"1 rao\"", &["cost_of_faking", "0.000001000 TAO"]);
    named("protocol.rules.coinbase.buy_limit=Miners", &["buy_limit", "UnburnedMiners"]);
    named("values=(others: -1.0)", &["values.others", "-1", "0 to 1e12"]);
    named(
        "values=(others: 1.0, subnets: [(netuid: 9, steps: [(from: 0, value: 1.0)])])",
        &["subnets[0].netuid", "9"],
    );
    named("values=(others: 1.0, subnets: [(netuid: 1, steps: [])])", &["values.subnets[0].steps", "no step"]);
    let steps = |steps: &str| format!("values=(others: 1.0, subnets: [(netuid: 1, steps: [{steps}])])");
    named(&steps("(from: 9, value: 1.0), (from: 9, value: 2.0)"), &["steps[1].from", "block 9"]);
    named(&steps("(from: 6_000_000, value: 1.0)"), &["steps[0].from", "never comes"]);
    named(&steps("(from: 0, value: 1e13)"), &["steps[0].value", "0 to 1e12"]);
}

#[test]
fn numbers_of_a_choice_have_their_ranges() {
    let written = written();
    let named = |set: &str, parts: &[&str]| written.refuses(set, parts);
    let part = "0.0 to 1.0";
    let flow = "protocol.rules.emission.TaoFlow";
    named(
        "protocol.rules.emission=TaoFlow(smoothing: 5)",
        &["a.ron:3:", &format!("{flow}.smoothing"), "5.0", part, "--set"],
    );
    named(
        "protocol.rules.emission=TaoFlow(exponent: 0.5)",
        &[&format!("{flow}.exponent"), "0.5", "1.0 to 2.0"],
    );
    named(
        "protocol.rules.emission=TaoFlow(exponent: 2.5)",
        &[&format!("{flow}.exponent"), "2.5", "1.0 to 2.0"],
    );
    named("protocol.rules.emission=NetFlow(smoothing: 1.5)", &["emission.NetFlow.smoothing", "1.5", part]);
    named(
        "protocol.rules.emission=NetFlow(exponent: 9)",
        &["emission.NetFlow.exponent", "9.0", "1.0 to 2.0"],
    );
    let gate = "protocol.rules.coinbase.gate";
    let rank = |rank, exponent| format!("{gate}=Rank(rank: {rank}, exponent: {exponent})");
    let quantile =
        |quantile, exponent| format!("{gate}=Quantile(quantile: {quantile}, exponent: {exponent})");
    named(&rank("0", "3"), &[&format!("{gate}.Rank.rank"), "0 is not", "1 to 65535"]);
    named(&rank("1", "0.5"), &[&format!("{gate}.Rank.exponent"), "0.5", "1.0 to 8.0"]);
    named(&quantile("2", "3"), &[&format!("{gate}.Quantile.quantile"), "2.0", part]);
    named(&quantile("0.5", "8.5"), &[&format!("{gate}.Quantile.exponent"), "8.5", "1.0 to 8.0"]);
    let slow = "protocol.rules.moving_price_start=Slow(half_speed_age: 1_000_000_000_001)";
    named(slow, &["moving_price_start.Slow.half_speed_age", "0 to 1000000000000"]);
    let rules = "protocol.rules.registration";
    named(
        &format!("{rules}.neuron_price=EachBlock(half_life: 9, rise: 0.5)"),
        &["a.ron:3:", "0.5", "1 to 4294967295"],
    );
    named(
        &format!("{rules}.subnet_limit=Pruned(most: 9, immunity: 1_000_000_000_001)"),
        &["registration.subnet_limit.Pruned.immunity", "0 to 1000000000000"],
    );
    named(
        &format!("{rules}.protocol_share=BoughtAndPool(pool_counts_after: 1_000_000_000_001)"),
        &["protocol_share.BoughtAndPool.pool_counts_after", "0 to 1000000000000"],
    );
    named(
        "protocol.rules.weights.arrival=Open(rate_limit: 1_000_000_000_001)",
        &["weights.arrival.Open.rate_limit", "0 to 1000000000000"],
    );
    let dynamic = "protocol.rules.epoch_schedule=Dynamic(max_per_block: 0, overdue: AfterTempo)";
    named(dynamic, &["a.ron:3:", "protocol.rules.epoch_schedule"]);
    named(
        "protocol.rules.registration.owner_refund=LessAllAlpha(registered_before: 1_000_000_000_001)",
        &["owner_refund.LessAllAlpha.registered_before", "0 to 1000000000000"],
    );
    named(
        "protocol.rules.epoch.version=Yuma3(liquid_alphax: None)",
        &["a.ron:3:", "liquid_alphax", "liquid_alpha"],
    );
    named("protocol.rules.drain.auto_claims=51", &["drain.auto_claims", "51", "0 to 50"]);
    for bounds in ["low: NaN, high: 0.9", "low: 0.9, high: 0.7", "low: 0.1, high: 1.5"] {
        let set = format!("protocol.rules.epoch.version=Yuma2(liquid_alpha: ({bounds}))");
        named(&set, &["a.ron:3:", "protocol.rules.epoch.version", "0 <= low <= high <= 1"]);
    }
    named(
        "protocol.rules.burn.min=\"200 TAO\"",
        &["rules.burn.min", "200.000000000 TAO", "100.000000000 TAO"],
    );
    named("protocol.rules.burn.max=\"0 TAO\"", &["rules.burn.max", "0.000500000 TAO", "\"0.000000000 TAO"]);
    named(
        "eras=[(at: 5_000_001, rules: (emission: TaoFlow(smoothing: 5)))]",
        &["eras[0].rules.emission.TaoFlow.smoothing", "5.0", part],
    );
    let lower = "eras=[(at: 5_000_001, rules: (burn: (min: \"101 TAO\")))]";
    named(lower, &["eras[0].rules.burn.min", "101.000000000 TAO", "100.000000000 TAO"]);
}

#[test]
fn what_is_wrong_with_runtimes_and_changes_is_told_with_its_place() {
    let written = written();
    let named = |set: &str, parts: &[&str]| written.refuses(set, parts);
    named("protocol.spec=490", &["490", "not known"]);
    named("protocol.rules=Mainnet(\"2026-10-09\")", &["2026-10-08", "2026-10-09"]);
    named("protocol.rules=Testnet(\"2026-10-08\")", &["protocol.rules", "Testnet", "Mainnet"]);
    named("protocol.rules={}", &["a.ron:3:", "protocol.rules", "a map"]);
    named("protocol.rules=(\"2026-10-08\")", &["protocol.rules", "a date without a name"]);
    named(
        "protocol.rules=Mainnet(\"2026-10-08\", (owner_cut: 2.0))",
        &["protocol.rules.owner_cut", "0.0 to 1.0"],
    );
    named("protocol.spec=219", &["219", "root's validators still vote"]);
    named("protocol.lock=\"5 TAO\"", &["protocol", "root_tempo"]);
    named("protocol.stake_thresold=\"5 TAO\"", &["did you mean `stake_threshold`"]);
    named("protocol=Lunch(spec: 246)", &["a.ron:3:", "Lunch", "did you mean `Launch`"]);
    named("protocol=RootVoting(spec: 246)", &["246", "dynamic TAO has begun"]);
    named("protocol=5", &["a.ron:3:", "protocol", "spec"]);
    named("eras=[(at: 5_000_001)]", &["eras[0]", "changes nothing"]);
    named("eras=[(at: 4_000_000, spec: 247)]", &["eras[0].at", "5000000 to 5000399"]);
    named("eras=[(at: 5_000_001, spec: 244)]", &["eras[0].spec", "not an upgrade"]);
    named("eras=[(at: 5_000_001, rules: (moving_alpha: 2))]", &["eras[0].rules.moving_alpha", "0.0 to 1.0"]);
    let disorder = "eras=[(at: 5_000_009, rules: (owner_cut: 0)), (at: 5_000_009, rules: (owner_cut: 1))]";
    named(disorder, &["eras[1].at", "5000009"]);
}

#[test]
fn a_short_form_of_a_rule_and_the_rule_are_one_value() {
    let text = scenario("(spec: 246, stake_threshold: \"1 TAO\", rules: (stake_threshold: \"1 TAO\"))", "");
    let error = Written::new(&text).refusal(&[]);
    assert!(error.contains("protocol.stake_threshold") && error.contains("same value"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever values are written within their ranges, the books close after every block.
    #[test]
    fn the_books_close_under_any_values(
        rule in 1..CATALOGUE.len(),
        noise in 0.0..=10.0f64,
        moving_alpha in 0.0..=1.0f64,
        owner_cut in 0.0..=1.0f64,
        tao_weight in 0.0..=1.0f64,
        half in 0..200_000u64,
        dividends in prop::sample::select(vec!["Full", "Net", "Rescaled"]),
        fee in 0..1_000_000u64,
    ) {
        let rule = text(&CATALOGUE[rule].2);
        let rules = format!(
            "(spec: 246, rules: (emission: {rule}, measurement: (every: 70, delay: 100, noise: {noise}), moving_alpha: {moving_alpha}, owner_cut: {owner_cut}, tao_weight: \
             {tao_weight}, moving_price_start: Slow(half_speed_age: {half}), alpha_dividends: {dividends}, \
             staking_fee: \"{fee} rao\"))"
        );
        let values = "values: (others: 1.0),";
        let loaded = Written::new(&scenario(&rules, values)).load(&[]).unwrap_or_else(|error| panic!("{error}"));
        let options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };
        run(&loaded, options, None, &mut |_| Progress::Continue).expect("the books close");
    }
}
