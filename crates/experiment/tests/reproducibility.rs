//! A run is a function of scenario and seed: not of what is recorded, of threads, of systems' order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_engine::view::View;
use dtao_experiment::run::{Failure, Options, Output, Progress, Summary, builder, run};
use dtao_experiment::scenario::Loaded;
use dtao_experiment::verify::verify;
use dtao_files::folder::Beginning;
use dtao_protocol::units::Block;
use tempfile::TempDir;

/// What a run writes, by file name.
type Files = BTreeMap<String, String>;

/// A third of a day of noise, with every kind of row.
const NOISE: (&str, &[&str]) = ("noise", &[]);
/// The launch, the first trades and the first upgrade.
const FEBRUARY: (&str, &[&str]) = ("february_2025", &["blocks=8000", "record.calls=All"]);

fn load((name, assignments): (&str, &[&str]), more: &[&str]) -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../configs/scenarios/{name}.ron"));
    let assignments: Vec<String> = assignments.iter().chain(more).map(|&text| text.to_owned()).collect();
    Loaded::read(&path, &assignments).expect("a scenario of the project")
}

fn seed(seed: u64) -> Options {
    Options { seed: RunSeed(seed), audit: Audit::Off }
}

fn written(loaded: &Loaded, options: Options) -> Files {
    let folder = TempDir::new().expect("a folder");
    run(loaded, options, Some(Output::fresh(folder.path())), &mut |_| Progress::Continue)
        .expect("the run ends");
    files(folder.path())
}

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| (name(&path), fs::read_to_string(&path).expect("text"))).collect()
}

fn name(path: &Path) -> String {
    path.file_name().expect("a file").to_string_lossy().into_owned()
}

fn names(files: &Files) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

/// The header and the rows for which `keep` holds, given their cells.
fn rows(table: &str, keep: impl Fn(&[&str]) -> bool) -> String {
    let mut kept = String::new();
    for (index, line) in table.lines().enumerate() {
        if index == 0 || keep(&line.split(',').collect::<Vec<_>>()) {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

fn every(blocks: u64) -> impl Fn(&[&str]) -> bool {
    move |cells| cells[0].parse::<u64>().expect("a block").is_multiple_of(blocks)
}

/// A summary's metrics and calls, as JSON.
fn outcomes(summary: &str) -> (serde_json::Value, serde_json::Value) {
    let mut summary: serde_json::Value = serde_json::from_str(summary).expect("JSON");
    (summary["metrics"].take(), summary["calls"].take())
}

#[test]
fn one_seed_gives_the_same_bytes_twice() {
    for scenario in [NOISE, FEBRUARY] {
        let loaded = load(scenario, &[]);
        let first = written(&loaded, seed(7));
        assert_eq!(
            names(&first),
            ["events.csv", "groups.csv", "manifest.json", "subnets.csv", "summary.json"]
        );
        assert!(first.values().all(|text| text.lines().count() > 10));
        assert_eq!(first, written(&load(scenario, &[]), seed(7)));
    }
}

#[test]
fn another_seed_gives_other_trades() {
    let loaded = load(NOISE, &[]);
    let (one, two) = (written(&loaded, seed(1)), written(&loaded, seed(2)));
    for table in ["subnets.csv", "groups.csv", "events.csv", "summary.json"] {
        assert_ne!(one[table], two[table], "{table}");
    }
}

#[test]
fn recording_more_often_only_adds_rows() {
    for scenario in [NOISE, FEBRUARY] {
        let often = written(&load(scenario, &["record.every=10"]), seed(1));
        let loaded = load(scenario, &["record.every=100"]);
        let seldom = written(&loaded, seed(1));
        let (hundredth, last) = (every(100), loaded.last_block().to_string());
        let due = |cells: &[&str]| hundredth(cells) || cells[0] == last;
        for table in ["subnets.csv", "groups.csv"] {
            assert!(often[table].len() > 9 * seldom[table].len(), "{table}");
            assert!(rows(&often[table], due) == seldom[table], "{table} of {}", scenario.0);
        }
        assert!(often["events.csv"] == seldom["events.csv"]);
        assert_eq!(often["summary.json"], seldom["summary.json"]);
    }
}

#[test]
fn recording_one_subnet_leaves_its_rows_as_they_are() {
    for scenario in [NOISE, FEBRUARY] {
        let all = written(&load(scenario, &[]), seed(1));
        let one = written(&load(scenario, &["record.subnets=Only([3])"]), seed(1));
        assert!(rows(&all["subnets.csv"], |cells| cells[2] == "3") == one["subnets.csv"]);
        assert!(one["subnets.csv"].lines().count() > 10);
        for other in ["groups.csv", "events.csv", "summary.json"] {
            assert!(all[other] == one[other], "{other} of {}", scenario.0);
        }
    }
}

#[test]
fn recording_nothing_of_agents_leaves_the_rest_as_it_is() {
    let all = written(&load(NOISE, &[]), seed(1));
    let less = written(&load(NOISE, &["record.agents=Nothing", "record.calls=Nothing"]), seed(1));
    assert_eq!(names(&less), ["manifest.json", "subnets.csv", "summary.json"]);
    assert!(all["subnets.csv"] == less["subnets.csv"]);
    assert_eq!(all["summary.json"], less["summary.json"]);
}

#[test]
fn a_run_without_a_folder_ends_with_the_same_summary() {
    let loaded = load(NOISE, &[]);
    let summary = run(&loaded, seed(1), None, &mut |_| Progress::Continue).expect("the run ends");
    let text = serde_json::to_string_pretty(&summary).expect("plain data") + "\n";
    assert_eq!(text, written(&loaded, seed(1))["summary.json"]);
}

#[test]
fn auditing_changes_nothing_but_the_report() {
    for scenario in [NOISE, FEBRUARY] {
        let loaded = load(scenario, &[]);
        let plain = written(&loaded, seed(1));
        let audited = written(&loaded, Options { audit: Audit::EveryBlock, ..seed(1) });
        for table in ["subnets.csv", "groups.csv", "events.csv"] {
            assert!(plain[table] == audited[table], "{table} of {}", scenario.0);
        }
        assert_eq!(outcomes(&plain["summary.json"]), outcomes(&audited["summary.json"]));
    }
}

#[test]
fn an_idle_group_at_the_end_leaves_all_other_rows_as_they_are() {
    let mut loaded = load(NOISE, &[]);
    let without = written(&loaded, seed(1));
    let mut idle = loaded.scenario.agents[0].clone();
    assert_eq!(idle.name, "holder", "the holder does nothing");
    idle.name = "idle".into();
    idle.count = 5;
    loaded.scenario.agents.push(idle);
    let with = written(&loaded, seed(1));
    assert!(rows(&with["groups.csv"], |cells| cells[2] != "idle") == without["groups.csv"]);
    for other in ["subnets.csv", "events.csv", "summary.json"] {
        assert!(with[other] == without[other], "{other}");
    }
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    let loaded = load(NOISE, &[]);
    let table = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let table = pool.install(|| verify(&loaded, 1..6, &|_| Progress::Continue)).expect("the runs end");
        serde_json::to_string(&table).expect("plain data")
    };
    assert_eq!(table(1), table(4));
}

/// Writes down every subnet and account at the end of every hundredth block.
struct Ledger(Arc<Mutex<String>>);

impl Observer for Ledger {
    fn next(&self, from: Block) -> Option<Block> {
        Some(Block(from.0.next_multiple_of(100)))
    }

    fn observe(&mut self, view: &View) {
        let mut text = self.0.lock().expect("one thread");
        for subnet in view.subnets() {
            writeln!(text, "{} {subnet:?}", view.block()).expect("text takes what is written");
        }
        for account in view.accounts() {
            writeln!(text, "{} {account:?}", view.block()).expect("text takes what is written");
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![])
    }
}

#[test]
fn the_order_of_systems_makes_no_difference() {
    for (scenario, blocks) in [(NOISE, 3_000), (FEBRUARY, 6_500)] {
        let loaded = load(scenario, &[]);
        let path = |shuffle| {
            let mut builder = builder(&loaded, seed(1));
            builder.schedule_settings(|settings| settings.shuffle_seed = shuffle);
            let text = Arc::new(Mutex::new(String::new()));
            builder.observer(Box::new(Ledger(Arc::clone(&text))));
            let mut run = builder.build();
            run.advance(blocks).expect("no auditor");
            drop(run);
            Arc::into_inner(text).expect("the run is gone").into_inner().expect("nobody panicked")
        };
        let plain = path(None);
        for shuffle in 1..4 {
            assert!(path(Some(shuffle)) == plain, "{} shuffled by {shuffle}", scenario.0);
        }
    }
}

/// Stops at the first chance.
fn interrupted(loaded: &Loaded, folder: &Path) -> Summary {
    run(loaded, seed(1), Some(Output::fresh(folder)), &mut |_| Progress::Stop)
        .expect("stopping is no failure")
}

#[test]
fn an_interrupted_run_leaves_the_beginning_of_the_whole_runs_tables() {
    let loaded = load(NOISE, &[]);
    let folder = TempDir::new().expect("a folder");
    let summary = interrupted(&loaded, folder.path());
    assert!(summary.interrupted && summary.last_block < loaded.last_block().0);
    assert_eq!(summary.metrics["sn1.price"], None, "its block was not reached");

    let (part, whole) = (files(folder.path()), written(&loaded, seed(1)));
    assert_eq!(names(&part), names(&whole), "no partial file stays");
    // The last block that was made has rows only in the run that ends with it.
    let before = |cells: &[&str]| cells[0].parse::<u64>().expect("a block") < summary.last_block;
    for table in ["subnets.csv", "groups.csv", "events.csv"] {
        assert!(part[table].lines().count() > 10, "{table}");
        assert_eq!(rows(&part[table], before), rows(&whole[table], before), "{table}");
    }
    let manifest: serde_json::Value = serde_json::from_str(&part["manifest.json"]).expect("JSON");
    assert_eq!(manifest["interrupted"], true);
    assert_eq!(manifest["blocks_made"], summary.last_block + 1 - summary.first_block);
}

#[test]
fn a_stop_after_the_last_block_is_no_interruption() {
    let loaded = load(NOISE, &["blocks=500"]);
    let folder = TempDir::new().expect("a folder");
    assert!(!interrupted(&loaded, folder.path()).interrupted);
}

#[test]
fn a_manifest_names_what_determined_the_run() {
    let loaded = load(NOISE, &["record.every=100"]);
    let manifest: serde_json::Value =
        serde_json::from_str(&written(&loaded, seed(5))["manifest.json"]).expect("JSON");
    assert_eq!(manifest["seed"], 5);
    assert_eq!(manifest["assignments"][0], "record.every=100");
    assert_eq!(manifest["interrupted"], false);
    assert_eq!(manifest["blocks_made"], 3_000);
    for field in ["commit", "commit_state", "version", "random_numbers", "resolved_scenario"] {
        assert!(manifest[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
}

/// Puts a folder where a file of that name belongs, which then cannot be written.
fn block(folder: &Path, name: &str) {
    let obstacle = folder.join(name);
    fs::create_dir(&obstacle).expect("a folder");
    fs::write(obstacle.join("full"), "").expect("a file");
}

/// What is in a folder besides such an obstacle.
fn left(folder: &Path, obstacle: &str) -> Vec<PathBuf> {
    fs::remove_dir_all(folder.join(obstacle)).expect("it is there");
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
}

const NONE: [PathBuf; 0] = [];

#[test]
fn a_folder_in_a_tables_place_fails_the_run_before_its_first_block() {
    for name in ["parts", "subnets.csv", "manifest.json", ".lock"] {
        for beginning in [Beginning::Fresh, Beginning::Replacing] {
            let folder = TempDir::new().expect("a folder");
            block(folder.path(), name);
            let mut told = false;
            let out = Output { folder: folder.path(), beginning };
            let failed = run(&load(NOISE, &[]), seed(1), Some(out), &mut |_| {
                told = true;
                Progress::Continue
            });
            let Err(Failure::Folder(error)) = failed else { panic!("{failed:?}") };
            assert!(error.is_refusal() && error.to_string().contains(name), "{error}");
            assert!(!told, "no block is made");
            assert_eq!(left(folder.path(), name), NONE);
        }
    }
}

#[test]
fn a_file_that_cannot_be_completed_leaves_no_other_behind_and_earlier_results_as_they_were() {
    for earlier in [false, true] {
        for name in ["subnets.csv", "groups.csv", "events.csv", "summary.json"] {
            let folder = TempDir::new().expect("a folder");
            if earlier {
                let out = Some(Output::fresh(folder.path()));
                run(&load(NOISE, &["blocks=100"]), seed(7), out, &mut |_| Progress::Continue)
                    .expect("the run ends");
            }
            let before = files(folder.path());
            let out = Output { folder: folder.path(), beginning: Beginning::Replacing };
            let failed = run(&load(NOISE, &["blocks=500"]), seed(1), Some(out), &mut |_| {
                block(&folder.path().join("parts"), name);
                Progress::Continue
            });
            assert!(failed.is_err());
            assert_eq!(left(&folder.path().join("parts"), name), NONE, "with {name} in the way");
            fs::remove_dir(folder.path().join("parts")).expect("it is empty");
            assert_eq!(files(folder.path()), before, "with {name} in the way");
        }
    }
}

#[test]
fn an_earlier_runs_tables_do_not_stand_beside_a_new_runs() {
    let folder = TempDir::new().expect("a folder");
    let out = Output::fresh(folder.path());
    run(&load(NOISE, &[]), seed(1), Some(out), &mut |_| Progress::Continue).expect("the run ends");
    let less = load(NOISE, &["record.agents=Nothing", "blocks=500"]);
    let out = Output { beginning: Beginning::Replacing, ..out };
    run(&less, seed(1), Some(out), &mut |_| Progress::Continue).expect("the run ends");
    let names = files(folder.path()).into_keys().collect::<Vec<_>>();
    assert_eq!(names, ["events.csv", "manifest.json", "subnets.csv", "summary.json"]);
}

/// A change here is a change of results: it needs a line under "Results" in CHANGELOG.md that says why.
#[test]
fn the_example_still_ends_where_it_ended() {
    let written = written(&load(NOISE, &[]), seed(1));
    let last = |cells: &[&str]| cells[0] == "5102950";
    let end = [
        written["summary.json"].clone(),
        rows(&written["subnets.csv"], last),
        rows(&written["groups.csv"], last),
        rows(&written["events.csv"], |cells| cells[0] < "5100100"),
    ];
    insta::assert_snapshot!(end.join("\n"));
}

#[test]
fn the_beginning_of_february_still_ends_where_it_ended() {
    let written =
        written(&load(FEBRUARY, &["record.every=8000", "record.subnets=Only([1, 4, 28, 64])"]), seed(1));
    let end = [written["subnets.csv"].as_str(), &written["groups.csv"]];
    insta::assert_snapshot!(end.join("\n"));
}
