//! Scenarios that begin with a table of pools.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use dtao_engine::checkpoint::Checkpoint;
use dtao_engine::random::RunSeed;
use dtao_engine::run::{Audit, Run};
use dtao_experiment::run::{Options, Output, Progress, builder, run};
use dtao_experiment::scenario::{How, Loaded};
use dtao_files::input::InputError;
use dtao_protocol::books::Books;
use dtao_protocol::era::Certainty;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::Order;
use dtao_protocol::registration::SubnetLimit;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Netuid, RAO, Tao};
use tempfile::TempDir;

const AUDITED: Options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

fn april(assignments: &[&str]) -> Loaded {
    let assignments: Vec<String> = assignments.iter().map(|&text| text.into()).collect();
    let loaded = Loaded::read(&configs().join("scenarios/april_2026.ron"), &assignments);
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

fn started(loaded: &Loaded) -> Run {
    builder(loaded, AUDITED).build()
}

/// A shipped table's cells, by netuid and column, read without the project's reader.
fn table(name: &str) -> BTreeMap<u16, BTreeMap<String, String>> {
    let text = fs::read_to_string(configs().join("market").join(name)).expect("it is shipped");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().expect("it has a header");
    let row = |cells: Vec<String>| {
        (cells[0].parse().expect("a netuid"), header.iter().cloned().zip(cells).collect())
    };
    lines.map(row).collect()
}

fn books(run: &mut Run) -> Vec<Books> {
    run.view().subnets().copied().collect()
}

/// An amount as it stands in the table, in rao, by its digits.
fn rao(text: &str) -> u64 {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{places:0<9}").parse().expect("an amount")
}

#[test]
fn every_amount_of_the_april_table_arrives_to_the_rao() {
    let loaded = april(&[]);
    let table = table("subnets_2026-04-11.csv");
    let mut run = started(&loaded);
    let found = books(&mut run);
    assert_eq!((found.len(), table.len()), (128, 128));
    for books in &found {
        let row = &table[&books.netuid.0];
        let amounts = [books.pool.tao.rao(), books.pool.alpha.rao(), books.alpha_out.rao()];
        assert_eq!(amounts, ["tao_in", "alpha_in", "alpha_out"].map(|column| rao(&row[column])));
        let price: f64 = row["price"].parse().expect("a price");
        assert!((books.price() / price - 1.0).abs() < 1e-10, "{}: {}", books.netuid, books.price());
        assert_eq!(books.settings.tempo.to_string(), row["tempo"]);
        let moving = row["moving_price"].parse().map_or(Q32::ZERO, Q32::from_f64);
        assert_eq!(books.moving_price, moving);
        // Nothing waits or is lost, and the holder has all that is outside.
        assert_eq!(run.view().staked(books.netuid), books.alpha_out);
    }
    let view = run.view();
    assert_eq!(view.issuance(), Tao::from_rao(10_847_747 * RAO));
    assert_eq!(view.root_tao(), Tao::from_rao(5_025_713_524_000_000));
    assert_eq!(view.staked(Netuid::ROOT).rao(), 5_025_713_524_000_000 + 124_068 * RAO);
    run.advance(1).expect("the books close");
    assert_eq!(run.view().block_emission(), Tao::from_rao(RAO / 2));
}

/// The table's own source counted what miners and validators of a subnet are paid in a day, at its price. It depends on
/// reserves, alpha outside, root's TAO and the price, and so checks them all.
#[test]
fn alpha_paid_times_price_is_the_emission_that_was_recorded() {
    let loaded = april(&[]);
    let paid = table("paid_2026-04-11.csv");
    let mut run = started(&loaded);
    let waiting = |books: &Books| books.pending.server + books.pending.validator;
    let prices: Vec<f64> = books(&mut run).iter().map(Books::price).collect();
    run.advance(1).expect("the books close");
    let first: Vec<_> = books(&mut run).iter().map(waiting).collect();
    run.advance(1).expect("the books close");
    let second: Vec<_> = books(&mut run).iter().map(waiting).collect();
    let mut off = BTreeMap::new();
    for (at, (&netuid, row)) in paid.iter().enumerate() {
        // An epoch of the first block has paid out what waited; then the second block's is to see.
        let per_block = first[at].max(second[at].saturating_sub(first[at]));
        let a_day = per_block.to_f64() * prices[at] * 7_200.0;
        let recorded: f64 = row["paid"].parse().expect("TAO");
        let error = (recorded - a_day).abs() / a_day.max(1e-9);
        if error > 2e-4 {
            off.insert(netuid, (recorded, a_day));
        }
    }
    // Of subnet 68 next to nothing was recorded, and the table does not say why.
    assert_eq!(off.keys().collect::<Vec<_>>(), [&68], "{off:?}");
    assert_eq!(first[95].rao() + second[95].rao(), 0, "subnet 96 has not been started");
}

#[test]
fn a_hundred_tao_move_the_median_pool_by_two_and_a_half_per_cent() {
    let loaded = april(&[]);
    let rules = loaded.checkpoint.as_ref().expect("a state was made").rules;
    let mut moves: Vec<f64> = books(&mut started(&loaded))
        .iter()
        .filter(|books| books.netuid != Netuid(96))
        .map(|books| {
            let swap = books
                .exchange()
                .buy(rules.pool, Order::of(Tao::from_rao(100 * RAO)))
                .expect("it is deep enough");
            let mut after = *books;
            after.settle(swap.after);
            after.price() / books.price() - 1.0
        })
        .collect();
    moves.sort_by(f64::total_cmp);
    let median = moves[moves.len() / 2];
    assert!((0.025..0.026).contains(&median), "{median}");
}

/// A block's TAO by subnet, before pools take less of it than they are given.
fn shares(loaded: &Loaded) -> BTreeMap<u16, f64> {
    let mut run = started(loaded);
    run.advance(1).expect("the books close");
    let given = |books: &Books| books.tao_emitted().to_f64() / 0.5;
    books(&mut run).iter().map(|books| (books.netuid.0, given(books))).collect()
}

#[test]
fn averages_of_flow_that_are_assumed_share_the_first_blocks_tao() {
    let without_traders =
        ["agents=[(name: \"market\", count: 1, tao: \"0 TAO\", strategy: Script(calls: []))]"];
    let moving: BTreeMap<u16, f64> = table("subnets_2026-04-11.csv")
        .into_iter()
        .map(|(netuid, row)| (netuid, row["moving_price"].parse().unwrap_or(0.0)))
        .collect();
    let sum: f64 = moving.values().sum();
    let by_price = shares(&april(&without_traders));
    // The chain's powers with 32-bit exponentials are off by about 1e-6 of the whole.
    for (netuid, share) in &by_price {
        assert!((share - moving[netuid] / sum).abs() < 3e-6, "{netuid}: {share}");
    }
    let equal = ["start.flow_averages=Equal(sum: \"0.5 TAO\")", without_traders[0]];
    for (netuid, share) in shares(&april(&equal)) {
        let expected = if netuid == 96 { 0.0 } else { 1.0 / 127.0 };
        assert!((share - expected).abs() < 3e-6, "{netuid}: {share}");
    }
}

#[test]
fn the_state_is_reported_part_by_part_and_stands_in_the_manifest() {
    let loaded = april(&["blocks=5"]);
    let how = |part: &str| {
        loaded
            .origins
            .iter()
            .filter(|origin| origin.part == part)
            .map(|origin| origin.how)
            .collect::<Vec<_>>()
    };
    assert_eq!(how("tao_in, alpha_in, alpha_out"), [How::Given]);
    assert_eq!(how("moving_price"), [How::Given, How::Assumed]);
    assert_eq!(how("flow_average"), [How::Assumed]);
    assert_eq!((how("tempo"), how("enabled")), (vec![How::Given], vec![How::Defaulted]));
    assert_eq!((how("registered_at"), how("last_registration")), (vec![How::Assumed], vec![How::Assumed]));
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("april");
    run(&loaded, AUDITED, Some(Output::fresh(&out)), &mut |_| Progress::Continue).expect("it runs");
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("it is written");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["start"].as_array().map(Vec::len), Some(loaded.origins.len()));
    assert_eq!(manifest["start"][0]["how"], "given");
    assert!(manifest["files"]["../market/subnets_2026-04-11.csv"].is_string());
}

/// By the table, by the scenario over it, by what was burned last, or nothing.
#[test]
fn the_part_that_owners_mine_is_given_assumed_or_nothing() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("pools.csv");
    let rows = "netuid,tao_in,alpha_in,alpha_out,burned,owners_incentive\n\
                1,900,900,10,0.5,0.25\n2,900,900,10,0.5,\n3,900,900,10,,\n4,900,900,10,,1\n";
    fs::write(&path, rows).expect("it can be written");
    let loaded = april(&[
        &format!("start.subnets=\"{}\"", path.display()),
        "protocol.spec=425",
        "eras=[]",
        "blocks=420",
        "metrics={}",
        "expect=[]",
        "aggregate=[(netuid: 4, owners_incentive: 0.75)]",
        "start.flow_averages=None",
    ]);
    let parts = loaded.origins.iter().filter(|origin| origin.part == "owners_incentive");
    let parts: Vec<_> = parts.map(|origin| (origin.how, &origin.what[..16])).collect();
    assert_eq!(
        parts,
        [
            (How::Given, "2 of 4 subnets i"),
            (How::Assumed, "1 of 4 subnets: "),
            (How::Defaulted, "1 of 4 subnets: ")
        ]
    );
    let mut run = started(&loaded);
    run.advance(420).expect("the books close");
    let burned: Vec<f64> = books(&mut run).iter().map(|books| books.miner_burned.to_f64()).collect();
    for (found, expected) in burned.iter().zip([0.25, 0.5, 0.0, 0.75]) {
        assert!((found - expected).abs() < 1e-6, "{burned:?}");
    }
}

#[test]
fn a_part_that_owners_mine_is_of_a_subnet_in_aggregate_and_a_fraction() {
    let refused = |assignment: &str| {
        let scenario = configs().join("scenarios/april_2026.ron");
        Loaded::read(&scenario, &[assignment.to_owned()]).expect_err(assignment).to_string()
    };
    let error = refused("aggregate=[(netuid: 4, owners_incentive: 1.5)]");
    assert!(error.contains("expected a fraction from 0 to 1, found 1.5"), "{error}");
    let error = refused("aggregate=[(netuid: 400, owners_incentive: 0.5)]");
    assert!(error.contains("subnet 400 does not exist"), "{error}");
    let error = refused("aggregate=[(netuid: 4, owners_incentive: 0.5), (netuid: 4, owners_incentive: 0.5)]");
    assert!(error.contains("subnet 4 is named twice"), "{error}");
}

#[test]
fn the_books_close_from_the_table_under_every_curve_and_rule() {
    for spec in [
        234, 244, 252, 257, 283, 290, 298, 301, 320, 334, 342, 348, 361, 385, 397, 411, 413, 421, 423, 425,
        426, 440, 441, 443, 469, 482,
    ] {
        let mut assignments = vec![format!("protocol.spec={spec}"), "blocks=420".into(), "eras=[]".into()];
        // Reserves of the table are beside its prices, which the first pools cannot be, and metrics look later.
        assignments.extend(["metrics={}".into(), "expect=[]".into()]);
        let folder = TempDir::new().expect("a folder");
        if spec < 283 {
            let text =
                fs::read_to_string(configs().join("market/subnets_2026-04-11.csv")).expect("it is shipped");
            let without = text.lines().map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                [&cells[..4], &cells[5..]].concat().join(",") + "\n"
            });
            let path = folder.path().join("pools.csv");
            fs::write(&path, without.collect::<String>()).expect("it can be written");
            assignments.push(format!("start.subnets=\"{}\"", path.display()));
        }
        let loaded = Loaded::read(&configs().join("scenarios/april_2026.ron"), &assignments);
        let loaded = loaded.unwrap_or_else(|error| panic!("{spec}: {error}"));
        let made = run(&loaded, AUDITED, None, &mut |_| Progress::Continue);
        let made = made.unwrap_or_else(|error| panic!("{spec}: {error}"));
        assert_eq!(made.audit.map(|audit| audit.blocks), Some(420), "{spec}");
        assert!(made.calls["bought"] > 50, "{spec}: {:?}", made.calls);
    }
}

/// A table of all that a state says of its pools.
fn written(state: &Checkpoint) -> String {
    let mut text = "netuid,tao_in,alpha_in,alpha_out,moving_price,tempo,registered_at\n".to_owned();
    let decimal = |rao: u64| format!("{}.{:09}", rao / RAO, rao % RAO);
    for subnet in &state.subnets {
        let (tao, alpha, out) = (subnet.pool.tao.rao(), subnet.pool.alpha.rao(), subnet.alpha_out.rao());
        let moving = subnet.moving_price.to_f64();
        writeln!(
            text,
            "{},{},{},{},{moving},{},{}",
            subnet.netuid,
            decimal(tao),
            decimal(alpha),
            decimal(out),
            subnet.tempo,
            subnet.registered_at
        )
        .expect("a string takes all");
    }
    text
}

/// What is known of root and of the last registration stands in the scenario; what waits for an epoch does not, so stakers have
/// that sooner. Pools, alpha and moving prices go on to the rao, over every subnet's epochs.
#[test]
fn a_table_of_a_replayed_state_goes_on_as_the_replay_does() {
    let folder = TempDir::new().expect("a folder");
    let february = configs().join("scenarios/february_2025.ron").canonicalize().expect("it is shipped");
    let scenario = |start: &str| {
        format!(
            "Scenario(about: \"A test.\", protocol: (spec: 238, rules: (moving_alpha: {MOVING_ALPHA})), start: {start}, \
             blocks: 2_000, agents: [(name: \"market\", count: 1, tao: \"0 TAO\", strategy: Script(calls: []))], \
             record: (every: 1_000, subnets: All, agents: Nothing, calls: Nothing))"
        )
    };
    let load = |name: &str, start: &str| {
        let path = folder.path().join(name);
        fs::write(&path, scenario(start)).expect("it can be written");
        Loaded::read(&path, &[]).unwrap_or_else(|error| panic!("{error}"))
    };
    let replayed = load(
        "replayed.ron",
        &format!("Replayed(scenario: \"{}\", until: 4_935_000, holder: \"market\")", february.display()),
    );
    let state = replayed.checkpoint.as_deref().expect("it was replayed");
    fs::write(folder.path().join("pools.csv"), written(state)).expect("it can be written");
    let last = state.last_registration;
    let start = format!(
        "Pools(block: 4_935_001, subnets: \"pools.csv\", root_tao: \"{} TAO\", root_uncounted: \"{} TAO\", issuance: \"{} TAO\", \
         holder: \"market\", last_registration: (cost: \"{} TAO\", block: {}))",
        state.root_stake - state.chain.root_dividends,
        state.chain.root_dividends,
        state.issuance,
        last.cost,
        last.block
    );
    let from_table = load("table.ron", &start);
    let (mut one, mut other) = (started(&replayed), started(&from_table));
    let of_market = |run: &mut Run| -> Vec<_> {
        books(run)
            .iter()
            .map(|books| (books.netuid, books.pool, books.alpha_out, books.moving_price))
            .collect()
    };
    assert_eq!(of_market(&mut one), of_market(&mut other), "at the start");
    // What stakers have differs: replayed alpha waits for epochs.
    let staked = |run: &mut Run| run.view().staked(Netuid(1));
    assert_ne!(staked(&mut one), staked(&mut other));
    for run in [&mut one, &mut other] {
        run.advance(2_000).expect("the books close");
    }
    assert_eq!(of_market(&mut one), of_market(&mut other), "2,000 blocks later");
    assert_eq!(one.view().issuance(), other.view().issuance());
}

/// The coefficient that the February scenario's runtime has at that block.
const MOVING_ALPHA: &str = "0.0003";

/// The April scenario with a small table of its own in its folder.
fn small(rows: &str, assignments: &[&str]) -> Result<Loaded, InputError> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("pools.csv");
    fs::write(&path, rows).expect("it can be written");
    let mut all =
        vec![format!("start.subnets=\"{}\"", path.display()), "metrics={}".into(), "expect=[]".into()];
    all.extend(assignments.iter().map(|&text| text.into()));
    Loaded::read(&configs().join("scenarios/april_2026.ron"), &all)
}

fn refused(rows: &str, assignments: &[&str]) -> String {
    small(rows, assignments).map(|loaded| loaded.name).expect_err("it is wrong").to_string()
}

#[test]
fn columns_that_the_rules_do_not_read_are_told() {
    let rows = "netuid,tao_in,alpha_in,alpha_out,flow_average,protocol_flow_average,burned,tao_weight\n\
                1,1000,100000,50000,1,0.5,0.2,0.5\n";
    let unused = |rows: &str, rules: &[&str]| -> Vec<&str> {
        let assignments = [&["eras=[]", "start.flow_averages=None"], rules].concat();
        let loaded = small(rows, &assignments).unwrap_or_else(|error| panic!("{error}"));
        loaded.origins.iter().filter(|origin| origin.how == How::Unused).map(|origin| origin.part).collect()
    };
    let all = ["flow_average", "protocol_flow_average", "burned", "tao_weight"];
    assert_eq!(unused(rows, &["protocol.spec=234"]), all);
    assert_eq!(unused(rows, &["protocol.spec=411"]), ["burned", "tao_weight"]);
    assert_eq!(unused(rows, &["protocol.spec=425"]), ["flow_average", "protocol_flow_average"]);
    let limited = ["protocol.spec=411", "protocol.rules.coinbase.buy_limit=UnburnedMiners"];
    assert_eq!(unused(rows, &limited), ["tao_weight"]);
    assert_eq!(
        unused("netuid,tao_in,alpha_in,alpha_out\n1,1000,100000,50000\n", &["protocol.spec=425"]),
        [""; 0]
    );
}

#[test]
fn what_a_table_cannot_be_under_its_rules_is_refused_with_its_place() {
    let with = |columns: &str, cells: &str| {
        format!("netuid,tao_in,alpha_in,alpha_out{columns}\n1,1000,100000,50000{cells}\n")
    };
    let launch = ["protocol.spec=234", "eras=[]"];
    let balancer = ["protocol.spec=425", "eras=[]"];
    let cases: &[(String, &[&str], &str, &str)] = &[
        // A price per alpha in the wrong unit, or of another subnet.
        (with(",price", ",100"), &[], "pools.csv:2:21", "more than half of subnet 1's alpha would lie idle"),
        (with(",price", ",0.0001"), &[], "pools.csv:2:21", "more than half of subnet 1's TAO would lie idle"),
        (with(",price", ",0"), &[], "pools.csv:2:21", "a price of 0"),
        (with(",price", ",0.0111"), &launch, "pools.csv:2:21", "tao_in / alpha_in = 0.010000000"),
        (with(",price", ",5"), &balancer, "pools.csv:2:21", "no weights give a price of 5"),
        (with(",tao_weight,price", ",0.4,0.01"), &balancer, "pools.csv:2:25", "give 0.015000000"),
        (
            with(",registered_at", ",7940672"),
            &[],
            "pools.csv:2:21",
            "is not before the first block to be made, 7940672",
        ),
        (
            with(",registered_at,first_emission", ",9,8"),
            &[],
            "pools.csv:2:21",
            "is not before its first emission at 8",
        ),
        (
            with(",registered_at,first_emission", ",9,9"),
            &[],
            "pools.csv:2:21",
            "is not before its first emission at 9",
        ),
        (
            with(",moving_price", ",0"),
            &[],
            "april_2026.ron:",
            "no subnet that has been started has a moving price",
        ),
        (
            "netuid,tao_in,alpha_in,alpha_out\n1,1000,100000,0\n".into(),
            &["start.flow_averages=Equal(sum: \"0.5 TAO\")"],
            "april_2026.ron:",
            "no subnet has been started",
        ),
        (with(",first_emission", ",7940673"), &[], "pools.csv:2:21", "block 7940673 is not before"),
        (with(",flow_average", ",1"), &[], "april_2026.ron:", "the table has the averages of flow"),
        (
            "netuid,tao_in,alpha_in,alpha_out\n1,0.0009,1,1\n".into(),
            &[],
            "pools.csv:2:3",
            "write at least 0.001, or leave the subnet out",
        ),
        (
            "netuid,tao_in,alpha_in,alpha_out\n1,1,0.009,1\n".into(),
            &launch,
            "pools.csv:2:5",
            "write at least 0.01, or leave the subnet out",
        ),
        (with("", ""), &["start.flow_averages=None"], "april_2026.ron:", "of which the table has none"),
        (with("", ""), &["start.flow_averages=Equal(sum: \"0 TAO\")"], "april_2026.ron:", "sum to 0"),
        (
            with("", ""),
            &["start.issuance=\"5_000_000 TAO\""],
            "april_2026.ron:",
            "begin with 5250781.524 TAO",
        ),
        (
            with("", ""),
            &["start.issuance=\"21_000_001 TAO\""],
            "april_2026.ron:",
            "never be more than 21_000_000 TAO",
        ),
        (with("", ""), &["protocol.spec=490"], "april_2026.ron:", "the rules of spec 490 are not known"),
        (with("", ""), &["start.block=0", "eras=[]"], "april_2026.ron:", "block 0 is not run"),
    ];
    let mut missed = Vec::new();
    for (rows, assignments, place, why) in cases {
        let error = refused(rows, assignments);
        if !error.contains(place) || !error.contains(why) {
            missed.push(format!("expected {place} and {why}: {error}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn todays_scenario_runs_under_the_last_known_runtime_and_says_what_it_assumes_and_rests_on() {
    let claimant = "agents.claimant.strategy=Script(calls: [\
        (block: 7_940_673, call: Stake(netuid: 0, tao: \"10_000 TAO\")), \
        (block: 7_941_090, call: ClaimFunds()), \
    ])";
    let assignments = ["blocks=420", "metrics={}", claimant].map(String::from);
    let loaded = Loaded::read(&configs().join("scenarios/today.ron"), &assignments);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let rules = loaded.scenario.protocol.applied_to(&Rules::at(loaded.scenario.protocol.spec));
    assert_eq!(rules.network_rate_limit, 14_400);
    assert_eq!(rules.registration.subnet_limit, SubnetLimit::Pruned { most: 128, immunity: 864_000 });
    let assumed = loaded.origins.iter().find(|origin| origin.part == "rules").expect("it is told");
    assert!(assumed.how == How::Assumed && assumed.what.contains("2026-10-08"), "{}", assumed.what);

    let made = run(&loaded, AUDITED, None, &mut |_| Progress::Continue);
    let made = made.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(made.audit.map(|audit| audit.blocks), Some(420));
    assert_eq!((made.calls["claimed"], made.calls["set"]), (1, 6), "{:?}", made.calls);
    let open = made.rests_on.iter().filter(|part| part.certainty == Certainty::Open).count();
    assert!(open > 0 && open < made.rests_on.len());
}
