//! Scenarios that begin where another ends.

use std::fs;
use std::path::{Path, PathBuf};

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Progress, run};
use dtao_experiment::scenario::Loaded;
use tempfile::TempDir;

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios")
}

/// A scenario in a folder of its own that begins after a block of the February replay.
fn after(folder: &TempDir, until: u64, rest: &str) -> PathBuf {
    let february = configs().join("february_2025.ron").canonicalize().expect("the project's file");
    let text = format!(
        "Scenario(\n    about: \"A test.\",\n    protocol: Launch(spec: 244),\n    start: Replayed(scenario: \"{}\", until: {until}, holder: \"market\"),\n    record: (every: 10, subnets: Only([28]), agents: Nothing, calls: Nothing),\n{rest}\n)\n",
        february.display()
    );
    let path = folder.path().join("after.ron");
    fs::write(&path, text).expect("the folder can be written to");
    path
}

fn metrics(path: &Path) -> std::collections::BTreeMap<String, Option<f64>> {
    let loaded = Loaded::read(path, &[]).unwrap_or_else(|error| panic!("{error}"));
    let options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };
    run(&loaded, options, None, &mut |_| Progress::Continue).expect("the books close").metrics
}

fn refused(path: &Path) -> String {
    Loaded::read(path, &[]).expect_err("it is wrong").to_string()
}

const NOBODY: &str = "    blocks: 100,\n    agents: [(name: \"market\", count: 1, tao: \"0 TAO\", strategy: Script(calls: []))],";

/// What the real flows of the day, as the replay made them, do to the pool at once: the peak and the dump.
///
/// Swaps have no proportional fee, so only emission lies between one trade and many of the same sum.
#[test]
fn the_days_net_flows_alone_reproduce_peak_and_dump() {
    let replayed = Loaded::read(&configs().join("february_2025.ron"), &["blocks=86_200".into()]);
    let replayed = replayed.unwrap_or_else(|error| panic!("{error}"));
    let options = Options { seed: RunSeed(1), audit: Audit::Off };
    let real = run(&replayed, options, None, &mut |_| Progress::Continue).expect("it ends").metrics;
    let real = |name: &str| real[name].unwrap_or_else(|| panic!("{name} was not reached"));
    let folder = TempDir::new().expect("a folder");

    // 05:00 to the peak at 12:24.
    let bought = real("sn28.net_flow.pump");
    let script = format!(
        "    blocks: 2_220,\n    agents: [(name: \"market\", count: 1, tao: \"10_000 TAO\", strategy: Script(calls: [(block: 5_003_832, call: Stake(netuid: 28, tao: \"{bought:.9} TAO\"))]))],\n    metrics: {{\"price\": SubnetValue(netuid: 28, of: Price, at: 5_003_952)}},"
    );
    let peak = metrics(&after(&folder, 5_001_732, &script))["price"].expect("reached");
    assert!((peak / 0.069_351_192 - 1.0).abs() < 0.01, "{peak}");

    // 18:08 to the trough at 20:58. To get the TAO out, alpha a must go in: y = T a / (A + a).
    let sold = -real("sn28.net_flow.dump");
    let (tao, alpha) = (real("sn28.tao_in.1808"), real("sn28.alpha_in.1808"));
    let needed = alpha * sold / (tao - sold);
    let script = format!(
        "    blocks: 850,\n    agents: [(name: \"market\", count: 1, tao: \"0 TAO\", strategy: Script(calls: [(block: 5_005_673, call: Unstake(netuid: 28, alpha: \"{needed:.9} alpha\"))]))],\n    metrics: {{\"price\": SubnetValue(netuid: 28, of: Price, at: 5_006_522)}},"
    );
    let trough = metrics(&after(&folder, 5_005_672, &script))["price"].expect("reached");
    assert!((trough / 0.004_945_382 - 1.0).abs() < 0.01, "{trough}");
}

#[test]
fn a_block_outside_the_replayed_scenario_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let error = refused(&after(&folder, 4_920_350, NOBODY));
    assert!(error.contains("block 4920350 is not in the scenario to replay: it makes 4920351 to"), "{error}");
}

#[test]
fn another_runtime_than_the_one_that_runs_then_is_refused() {
    let folder = TempDir::new().expect("a folder");
    // Two minutes before the upgrade of 24 February.
    let error = refused(&after(&folder, 4_999_825, NOBODY));
    assert!(error.contains("at block 4999825 the replayed scenario runs spec 238"), "{error}");
    assert!(error.contains("write `protocol: Launch(spec: 238)`"), "{error}");
}

#[test]
fn a_missing_scenario_is_named_where_it_is_asked_for() {
    let folder = TempDir::new().expect("a folder");
    let path = after(&folder, 5_000_231, NOBODY);
    let text = fs::read_to_string(&path).expect("just written").replace("february_2025.ron", "februar.ron");
    fs::write(&path, text).expect("it can be written");
    let error = refused(&path);
    assert!(error.contains("after.ron:4:") && error.contains("start.Replayed.scenario"), "{error}");
}

#[test]
fn who_inherits_more_than_there_is_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let heirs = "    blocks: 100,\n    agents: [\n        (name: \"market\", count: 1, tao: \"0 TAO\", strategy: Script(calls: [])),\n        (name: \"a\", count: 1, tao: \"0 TAO\", inherits: (alpha: [(netuid: 28, part: Uniform(0.5, 0.7), among: Equal)]), strategy: Script(calls: [])),\n        (name: \"b\", count: 1, tao: \"0 TAO\", inherits: (alpha: [(netuid: 28, part: Uniform(0.3, 0.4), among: Equal)]), strategy: Script(calls: [])),\n    ],";
    let error = refused(&after(&folder, 5_000_231, heirs));
    assert!(error.contains("subnet 28") && error.contains("1.1"), "{error}");
}
