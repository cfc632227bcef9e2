//! Accounts that choose among strategies: what they do depends on profits, the seed and nothing else.

use std::path::Path;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, Summary, run};
use dtao_experiment::scenario::Loaded;
use dtao_files::folder::Beginning;

/// A scenario of six small subnets with twelve accounts of a role, which trade a lot, a little or not at all, and thirty others.
const SCENARIO: &str = r#"Scenario(
    about: "A test.",
    protocol: (spec: 246),
    start: Genesis(
        block: 5_100_000,
        root_stake: "1_000_000 TAO",
        subnets: "example_subnets.csv",
        holder: "holder",
        last_registration: (cost: "100 TAO", block: 5_000_000),
    ),
    blocks: 3_000,
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "others", count: 5, tao: "100 TAO",
         strategy: Noise(netuids: [], trades_per_day: 50.0, buys: 0.5, median_size: "1 TAO", size_deviation: 1.0)),
        (name: "role", count: 12, tao: "100 TAO", strategy: Switcher(
            options: [
                (name: "busy", outside: Exactly(BUSY), strategy: Noise(netuids: [], trades_per_day: 300.0, buys: 0.5,
                    median_size: "1 TAO", size_deviation: 1.0)),
                (name: "idle", outside: Exactly(0.0), strategy: Script(calls: [])),
            ],
            intensity: Exactly(INTENSITY),
            period: Exactly(500),
            reviews: Exactly(1.0),
            memory: Exactly(0.0),
            by: Profit,
            on_change: Sells,
            works: AsWritten,
        )),
    ],
    record: (every: 3_000, subnets: All, agents: Groups, calls: Nothing),
    metrics: {
        "first": Followers(groups: ["role"], strategy: "busy", at: 5_100_100),
        "busy": Followers(groups: ["role"], strategy: "busy", at: 5_102_999),
        "idle": Followers(groups: ["role"], strategy: "idle", at: 5_102_999),
        "profit.idle": FollowerProfit(groups: ["role"], strategy: "idle", from: 5_102_600, at: 5_102_999),
    },
)"#;

fn loaded(busy: f64, intensity: f64, changes: &[&str]) -> Result<Loaded, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/market/example_subnets.csv");
    std::fs::copy(market, folder.path().join("example_subnets.csv")).expect("it is shipped");
    let file = folder.path().join("role.ron");
    let text = SCENARIO.replace("BUSY", &format!("{busy:?}")).replace("INTENSITY", &format!("{intensity:?}"));
    std::fs::write(&file, text).expect("it can be written");
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    Loaded::read(&file, &changes).map_err(|error| error.to_string())
}

fn made(loaded: &Loaded, seed: u64) -> Summary {
    let options = Options { seed: RunSeed(seed), audit: Audit::EveryBlock };
    run(loaded, options, None, &mut |_| Progress::Continue).expect("the books close")
}

fn metric(summary: &Summary, name: &str) -> f64 {
    summary.metrics[name].expect("it is reached")
}

#[test]
fn a_role_takes_up_what_pays_and_leaves_what_does_not() {
    for (busy, expected) in [(1_000.0, 1.0), (-1_000.0, 0.0)] {
        let summary = made(&loaded(busy, 1e3, &[]).expect("it is right"), 1);
        let first = metric(&summary, "first");
        assert!(first > 0.0 && first < 1.0, "twelve fair choices: {first}");
        assert_eq!(metric(&summary, "busy"), expected);
        assert_eq!(metric(&summary, "idle"), 1.0 - expected);
    }
}

#[test]
fn without_intensity_all_options_are_followed_whatever_they_pay() {
    let last: Vec<f64> = [1_000.0, -1_000.0]
        .map(|busy| metric(&made(&loaded(busy, 0.0, &[]).expect("it is right"), 1), "busy"))
        .into();
    assert!(last[0] == last[1] && last[0] > 0.0 && last[0] < 1.0, "{last:?}");
}

#[test]
fn who_sits_idle_after_selling_all_gains_nothing() {
    let summary = made(&loaded(-1_000.0, 1e3, &[]).expect("it is right"), 1);
    assert_eq!(metric(&summary, "profit.idle"), 0.0);
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let role = loaded(0.0, 0.5, &[]).expect("it is right");
    let of = |seed| (made(&role, seed).calls, made(&role, seed).metrics);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn what_a_role_chooses_leaves_the_random_numbers_of_others_alone() {
    // The others only buy, whatever prices are: each with the same amounts at the same blocks.
    let others = |busy| {
        let changes =
            ["agents.others.strategy.buys=1.0", "agents.others.tao=\"10_000 TAO\"", "record.calls=All"];
        let loaded = loaded(busy, 1e3, &changes).expect("it is right");
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("run");
        let options = Options { seed: RunSeed(1), audit: Audit::Off };
        let output = Output { folder: &out, beginning: Beginning::Fresh };
        run(&loaded, options, Some(output), &mut |_| Progress::Continue).expect("the books close");
        let events = std::fs::read_to_string(out.join("events.csv")).expect("it was written");
        let mut lines = events.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().expect("a header");
        let at = |name| header.iter().position(|&column| column == name).expect("a column");
        let (block, group, tao) = (at("block"), at("group"), at("tao"));
        let of = lines.filter(|cells| cells[group] == "others");
        of.map(|cells| (cells[block].to_owned(), cells[tao].to_owned())).collect::<Vec<_>>()
    };
    let (first, second) = (others(1_000.0), others(-1_000.0));
    assert!(first.len() > 50, "{}", first.len());
    assert_eq!(first, second);
}

#[test]
fn what_is_wrong_in_an_option_is_told_where_it_is() {
    let role = "agents.role.strategy";
    for (change, expected) in [
        (format!("{role}.options[0].strategy.trades_per_day=0"), "trades per day"),
        (format!("{role}.options[0].strategy.netuids=[77]"), "subnet 77 does not exist"),
        (format!("{role}.allotted=[3, 3]"), "6 accounts are allotted, but the group has 12"),
        (format!("{role}.reviews=Exactly(1.5)"), "must be within 0 to 1"),
        (format!("{role}.options[1].name=\"busy\""), "two options are called `busy`"),
    ] {
        let error = loaded(0.0, 1.0, &[&change]).expect_err("it is wrong");
        assert!(error.contains(expected), "{change}: {error}");
    }
}

#[test]
fn accounts_on_subnets_of_their_own_may_name_the_same_as_each_other() {
    let role = "agents.role.strategy";
    let own = [format!("{role}.works=OnItsOwn"), "agents.role.count=2".into()];
    let with = |more: &[String]| {
        let changes: Vec<&str> = own.iter().chain(more).map(String::as_str).collect();
        loaded(0.0, 1.0, &changes).map(|_| ())
    };
    // The second account's are 2 and 3.
    assert_eq!(with(&[format!("{role}.options[0].strategy.netuids=[1, 2]")]), Ok(()));
    // All validate miners of the same group.
    let validator = format!(
        "{role}.options[1].strategy=HonestValidator(validator: (netuid: 1, after: 10, stake: \"50 TAO\", every: 360), \
         quality: [(group: \"others\", is: 1.0)], deviation: 0.0)"
    );
    let detail = |netuid: u16| {
        format!(
            "(netuid: {netuid}, owner: \"others\", owner_place: {netuid}, rules: Runtime, max_uids: 8, \
             immunity_period: 5_000, burn: \"1 TAO\")"
        )
    };
    let detailed = |subnets: &[u16]| {
        format!("detail=[{}]", subnets.iter().map(|&netuid| detail(netuid)).collect::<Vec<_>>().join(", "))
    };
    assert_eq!(with(&[validator.clone(), detailed(&[1, 2])]), Ok(()));
    // What is not written is looked at nevertheless.
    let error = with(&[validator, detailed(&[1])]).expect_err("the second account's subnet has no neurons");
    assert!(error.contains("subnet 2 is simulated in aggregate"), "{error}");
    let error =
        with(&[format!("{role}.options[0].strategy.netuids=[6]")]).expect_err("there are six subnets");
    assert!(error.contains("subnet 7 does not exist"), "{error}");
    let error = with(&[format!("{role}.options[0].strategy.netuids=[1, 1]")]).expect_err("one is twice");
    assert!(error.contains("subnet 1 is named twice"), "{error}");
}

#[test]
fn a_metric_names_a_strategy_of_its_own_groups() {
    let of = |groups: &str| {
        let change = format!("metrics.more=Followers(groups: [{groups}], strategy: \"busy\", at: 5_102_999)");
        loaded(0.0, 1.0, &[&change]).map(|_| ())
    };
    assert_eq!(of("\"role\""), Ok(()));
    // Some of them choose.
    assert_eq!(of("\"role\", \"others\""), Ok(()));
    let error = of("\"holder\", \"others\"").expect_err("neither chooses");
    assert!(
        error.contains("no account of `holder`, `others` chooses from a strategy called `busy`"),
        "{error}"
    );
    assert!(of("").expect_err("of nobody").contains("no group is named"));
}
