//! What cannot happen in a run is refused before the run.

use std::fs;
use std::path::Path;

use dtao_experiment::scenario::Loaded;
use tempfile::TempDir;

/// A scenario of the blocks 5,000,000 to 5,000,059 with two subnets.
const TEXT: &str = r#"Scenario(
    about: "What can be reached.",
    protocol: Launch(spec: 246),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "holder", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 60,
    detail: [(netuid: 1, owner: "holder", rules: Launch, max_uids: 8, immunity_period: 5_000, burn: "1 TAO", reveal_after: None)],
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "a", count: 1, tao: "1000 TAO", strategy: STRATEGY),
    ],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: { "p1": METRIC },
)"#;
const SCRIPT: &str = "Script(calls: [])";
const METRIC: &str = "SubnetValue(netuid: 1, of: Price, at: 5_000_059)";
const SUBNETS: &str = "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n";

fn written(folder: &Path, strategy: &str, metric: &str) {
    let text = TEXT.replace("STRATEGY", strategy).replace("METRIC", metric);
    fs::write(folder.join("a.ron"), text).expect("the folder can be written to");
    if !folder.join("subnets.csv").exists() {
        fs::write(folder.join("subnets.csv"), SUBNETS).expect("the folder can be written to");
    }
}

fn read(folder: &Path, assignments: &[&str]) -> Result<Loaded, String> {
    let assignments: Vec<String> = assignments.iter().map(|&text| text.to_owned()).collect();
    Loaded::read(&folder.join("a.ron"), &assignments).map_err(|error| {
        assert!(error.line().is_some(), "no place: {error}");
        error.to_string()
    })
}

fn says(strategy: &str, metric: &str) -> String {
    let folder = TempDir::new().expect("a folder");
    written(folder.path(), strategy, metric);
    read(folder.path(), &[]).map_or_else(|error| error, |_| "good".into())
}

#[test]
fn a_window_ends_with_the_run_at_the_latest() {
    assert_eq!(says(SCRIPT, METRIC), "good");
    for block in ["5_000_060", "18446744073709551615"] {
        let found = says(SCRIPT, &format!("SubnetValue(netuid: 1, of: Price, at: {block})"));
        assert!(found.contains("metrics.p1: the metric looks at block"), "{found}");
        assert!(found.contains("the run ends with 5000059"), "{found}");
    }
    let window = "Extreme(netuid: 1, of: Price, which: Largest, from: 5_000_040, to: 5_000_060, every: 1)";
    assert!(says(SCRIPT, window).contains("the run ends with"));
}

#[test]
fn a_run_may_be_cut_short_and_says_what_it_does_not_reach() {
    let folder = TempDir::new().expect("a folder");
    let line = "Script(calls: [(block: 5_000_040, call: RegisterSubnet)])";
    written(folder.path(), line, METRIC);
    let cut = read(folder.path(), &["blocks=10"]).expect("a cut is no mistake");
    assert_eq!(cut.unreached(), ["p1"]);
    assert!(read(folder.path(), &[]).expect("all of it").unreached().is_empty());
    // A longer run must still make the blocks.
    assert!(read(folder.path(), &["blocks=70"]).is_ok());
    let beyond = read(folder.path(), &["blocks=10", "metrics.p1.at=5_000_060"]).expect_err("never there");
    assert!(beyond.contains("the run ends with 5000059"), "{beyond}");
}

#[test]
fn a_window_has_looks_enough_for_its_metric() {
    for (metric, good) in [
        ("Returns(netuid: 1, every: 20, of: Deviation, from: 5_000_000, to: 5_000_040)", true),
        ("Returns(netuid: 1, every: 20, of: Deviation, from: 5_000_000, to: 5_000_039)", false),
        ("Returns(netuid: 1, every: 1, of: VarianceRatio(59), from: 5_000_000, to: 5_000_059)", false),
        ("Returns(netuid: 1, every: 1, of: Autocorrelation(58), from: 5_000_000, to: 5_000_059)", true),
        ("Steps(netuid: 1, every: 60, of: LargestFall, from: 5_000_000, to: 5_000_059)", false),
        ("HalfFall(netuid: 1, every: 60, from: 5_000_000, to: 5_000_059)", false),
        ("TradedIntervals(netuid: 1, every: 61, at_least: \"0 TAO\", from: 5_000_000, to: 5_000_059)", false),
        ("TradedIntervals(netuid: 1, every: 60, at_least: \"0 TAO\", from: 5_000_000, to: 5_000_059)", true),
    ] {
        let found = says(SCRIPT, metric);
        assert_eq!(found == "good", good, "{metric}: {found}");
    }
}

#[test]
fn what_happens_at_a_time_happens_in_the_run() {
    let miner = "Miner(netuid: 1, after: AFTER, holds: \"1 TAO\", sells: 0.5, every: 10)";
    let switch = "RootValidator(validators: [(netuid: 1, after: 1, stake: \"0 TAO\", every: 180)], \
                  before: Holdings, after: Same, switch: SWITCH, turnout: Exactly(1))";
    let script = "Script(calls: [(block: BLOCK, call: RegisterSubnet)])";
    for (strategy, good) in [
        (script.replace("BLOCK", "5_000_000"), true),
        (script.replace("BLOCK", "5_000_059"), true),
        (script.replace("BLOCK", "4_999_999"), false),
        (script.replace("BLOCK", "5_000_060"), false),
        (miner.replace("AFTER", "59"), true),
        (miner.replace("AFTER", "60"), false),
        (switch.replace("SWITCH", "At(Uniform(5_000_059, 6_000_000))"), true),
        (switch.replace("SWITCH", "At(Uniform(5_000_060, 6_000_000))"), false),
        (switch.replace("SWITCH", "OnRank(rank: 1, reaction: Exactly(1), from: 1)"), true),
        (switch.replace("SWITCH", "OnRank(rank: 1, reaction: Exactly(1), from: 5_000_060)"), false),
    ] {
        let found = says(&strategy, METRIC);
        assert_eq!(found == "good", good, "{strategy}: {found}");
    }
}

#[test]
fn a_subnet_of_the_start_is_registered_before_it() {
    let folder = TempDir::new().expect("a folder");
    written(folder.path(), SCRIPT, METRIC);
    let future = "netuid,moving_price,registered_at\n1,0.5,4999999\n2,0.5,5000000\n";
    fs::write(folder.path().join("subnets.csv"), future).expect("the folder can be written to");
    let found = read(folder.path(), &[]).expect_err("registered after the start");
    assert!(
        found.contains("subnets.csv:3:7: subnet 2 is there at the start, but registered at block"),
        "{found}"
    );
    fs::write(folder.path().join("subnets.csv"), SUBNETS).expect("the folder can be written to");
    let last = read(folder.path(), &["start.last_registration.block=5_000_000"]).expect_err("no last one");
    assert!(last.contains("the last registration before the start is at block 5000000"), "{last}");
}

/// What is said of a replay of these price files, in order.
fn replayed(files: &[&str], except: &str, bridge: &str) -> String {
    let folder = TempDir::new().expect("a folder");
    let mut names = Vec::new();
    for (index, text) in files.iter().enumerate() {
        let name = format!("p{index}.csv");
        fs::write(folder.path().join(&name), text).expect("the folder can be written to");
        names.push(format!("\"{name}\""));
    }
    let replay = format!(
        "Replay(prices: [{}], except: [{except}], bridge: [{bridge}], registrations: [])",
        names.join(", ")
    );
    written(folder.path(), &replay, METRIC);
    read(folder.path(), &[]).map_or_else(|error| error, |_| "good".into())
}

#[test]
fn a_price_file_has_a_row_that_can_matter() {
    const GOOD: &str = "time_utc,block,1,2\nx,5000010,0.4,0.3\nx,5000020,0.41,0.31\n";
    const OLD: &str = "time_utc,block,1,2\nx,4900100,0.4,0.3\nx,4900110,0.41,0.31\n";
    const LATE: &str = "time_utc,block,1,2\nx,5000060,0.4,0.3\n";
    const OTHERS: &str = "time_utc,block,1,3\nx,5000010,0.4,\nx,5000070,0.4,0.1\n";
    const STRANGE: &str = "time_utc,block,1,3\nx,5000010,0.4,0.3\n";
    const BRIDGE: &str = "(block: 5_000_001, sum: 1.0, known: {})";
    assert_eq!(replayed(&[GOOD], "", ""), "good");
    let old = replayed(&[OLD], "", "");
    let place = "agents[1].strategy.Replay.prices[0]: no row is of a block from 5000000 to 5000059: \
                 its rows are of blocks 4900100 to 4900110";
    assert!(old.contains(place), "{old}");
    assert!(replayed(&[GOOD, OLD], "", "").contains("prices[1]: no row"));
    assert!(replayed(&[LATE], "", "").contains("its only row is of block 5000060"));
    // A bridge leads to the first row, wherever that is.
    assert_eq!(replayed(&[LATE], "", BRIDGE), "good");
    assert!(replayed(&[GOOD, GOOD], "", "").contains("prices[1]: every row that could be used"));
    assert!(replayed(&[GOOD], "1, 2", "").contains("no column is of a subnet that could be used"));
    // A subnet may be recorded later than the run, but not where it does not exist.
    assert_eq!(replayed(&[OTHERS], "", ""), "good");
    assert!(replayed(&[STRANGE], "", "").contains("a price of subnet 3 at block 5000010"));
    assert!(replayed(&["time_utc,block,0\nx,5000010,0.4\n"], "", "").contains("root has no price"));
}

#[test]
fn a_metric_has_recorded_prices_to_compare_with() {
    let folder = TempDir::new().expect("a folder");
    let prices = "time_utc,block,1\nx,5000010,0.4\nx,5000020,0.41\n";
    fs::write(folder.path().join("p.csv"), prices).expect("the folder can be written to");
    let metric = |netuid: u16, from: u64| {
        format!(
            "IntervalTrades(prices: [\"p.csv\"], netuids: [{netuid}], intervals: All, over_intervals: Sum, \
             from: {from}, to: 5_000_059)"
        )
    };
    let says = |netuid, from| {
        written(folder.path(), SCRIPT, &metric(netuid, from));
        read(folder.path(), &[]).map_or_else(|error| error, |_| "good".into())
    };
    assert_eq!(says(1, 5_000_000), "good");
    assert!(
        says(1, 5_000_030).contains("metrics.p1.IntervalTrades.prices[0]: no row"),
        "{}",
        says(1, 5_000_030)
    );
    assert!(says(2, 5_000_000).contains("netuids[0]: the price files have no price of subnet 2"));
}

#[test]
fn an_expectation_is_of_a_value_that_its_metric_can_have() {
    let expect = |within: &str, target: &str| {
        let share = "SubnetValue(netuid: 1, of: EmissionShare, at: 5_000_059)";
        let folder = TempDir::new().expect("a folder");
        written(folder.path(), SCRIPT, share);
        let line = format!(
            "expect: [(metric: \"p1\", target: {target}, within: {within}, kind: Imposed, source: \"x\")],"
        );
        let text = fs::read_to_string(folder.path().join("a.ron")).expect("written above");
        fs::write(
            folder.path().join("a.ron"),
            text.replace("    metrics:", &format!("{line}\n    metrics:")),
        )
        .expect("the folder can be written to");
        read(folder.path(), &[]).map_or_else(|error| error, |_| "good".into())
    };
    assert_eq!(expect("(0.9, 1.5)", "1.0"), "good");
    assert!(expect("(1.1, 1.5)", "1.2").contains("expect[0].within: no share is within (1.1, 1.5)"));
}
