//! Sweeps that are stopped, killed, damaged, or run out of room: what is left goes on to the same results.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::yield_now;

use crate::program::{Done, Folder};

const SWEEP: &str = r#"Sweep(
    about: "A small sweep for tests of survival.",
    scenario: "small.ron",
    set: {"blocks": 300},
    design: Grid({"agents.traders.count": [3, 9]}),
    arms: {"baseline": {}, "rich": {"agents.traders.tao": "500 TAO"}},
    seeds: (0, 60),
)"#;

/// A folder with the sweep, and its results without any disturbance in `whole`.
fn with_results() -> Folder {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    folder.dtao(&["sweep", "sweep.ron", "--jobs", "1", "--out", "whole"]).exits(0);
    folder
}

#[track_caller]
fn assert_same(folder: &Folder, other: &str) {
    assert_eq!(folder.names("whole"), folder.names(other));
    for name in folder.names("whole") {
        assert!(
            folder.read(&format!("whole/{name}")) == folder.read(&format!("{other}/{name}")),
            "{name} differs"
        );
    }
}

fn started(folder: &Folder, arguments: &[&str]) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("dtao"));
    command.args(arguments).current_dir(folder.path("."));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// The part files of the sweep in `out`.
fn parts(folder: &Folder) -> Vec<PathBuf> {
    let paths = folder.names("out/parts").into_iter().map(|name| folder.path("out/parts").join(name));
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "rows")).collect()
}

/// How many runs have a row; a row may stand in two files while they are gathered in one.
fn rows(folder: &Folder) -> usize {
    let mut runs = BTreeSet::new();
    for part in parts(folder) {
        // It may just have been gathered into another.
        let Ok(text) = fs::read_to_string(part) else { continue };
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        runs.extend(whole.filter_map(|line| line.split(' ').nth(1)).map(str::to_owned));
    }
    runs.len()
}

/// Waits until so many rows are there, while the process runs.
fn wait_for_rows(folder: &Folder, child: &mut Child, due: usize) {
    while rows(folder) < due {
        assert_eq!(child.try_wait().expect("its state"), None, "it ended before {due} rows");
        yield_now();
    }
}

#[test]
fn a_sweep_killed_five_times_and_resumed_gives_the_same_bytes() {
    let folder = with_results();
    let mut before = 0;
    for more in [7, 41, 1, 63, 22] {
        let mut child = started(&folder, &["sweep", "sweep.ron", "--jobs", "2", "--out", "out", "--resume"]);
        wait_for_rows(&folder, &mut child, before + more);
        child.kill().expect("it runs");
        assert_eq!(child.wait().expect("it ends").code(), None, "it was killed");
        let left = rows(&folder);
        assert!(left >= before + more, "what was there is still there: {left} of {before} + {more}");
        before = left;
    }
    folder.dtao(&["sweep", "sweep.ron", "--jobs", "2", "--out", "out", "--resume"]).exits(0);
    assert_same(&folder, "out");
}

#[test]
fn ctrl_c_and_a_request_to_end_leave_a_sweep_that_goes_on() {
    let folder = with_results();
    for (signal, due) in [("-INT", 20), ("-TERM", 90)] {
        let mut child = started(&folder, &["sweep", "sweep.ron", "--out", "out", "--resume"]);
        wait_for_rows(&folder, &mut child, due);
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.expect("`kill` is there").success());
        let done = Done::of(child.wait_with_output().expect("it ends")).exits(130);
        assert!(done.stderr.contains("--resume"), "{done:?}");
    }
    folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]).exits(0);
    assert_same(&folder, "out");
}

#[test]
fn damaged_part_files_cost_the_damaged_rows_and_nothing_else() {
    let folder = with_results();
    let mut child = started(&folder, &["sweep", "sweep.ron", "--jobs", "2", "--out", "out"]);
    wait_for_rows(&folder, &mut child, 100);
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    for part in parts(&folder) {
        let mut bytes = fs::read(&part).expect("readable");
        let middle = bytes.len() / 2;
        bytes[middle..middle + 3].copy_from_slice(b"?\n\0");
        bytes.truncate(bytes.len() - 5);
        fs::write(&part, bytes).expect("room");
    }
    let done = folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]).exits(0);
    assert!(done.stderr.contains("damaged row(s)"), "{}", done.stderr);
    assert_same(&folder, "out");
}

#[test]
fn a_full_disk_is_an_error_that_leaves_a_sweep_that_goes_on() {
    let folder = with_results();
    let part = fs::metadata(folder.path("whole/runs.csv")).expect("results").len();
    let blocks = part / 2 / 512;
    // No file may grow beyond so many blocks: what a full disk does to the part file, and to nothing before it.
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" sweep sweep.ron --jobs 1 --out out");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin!("dtao")).current_dir(folder.path("."));
    let done = Done::of(command.output().expect("a shell")).exits(3);
    assert!(done.stderr.contains("--resume") && done.stderr.contains("out/parts"), "{}", done.stderr);
    assert!(rows(&folder) > 20, "what was made is kept");
    folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]).exits(0);
    assert_same(&folder, "out");
}

#[test]
fn two_sweeps_in_one_folder_refuse_each_other() {
    let folder = Folder::new();
    folder.write("sweep.ron", &SWEEP.replace("300", "1_000_000_000"));
    let mut child = started(&folder, &["sweep", "sweep.ron", "--out", "out"]);
    while !folder.path("out/parts/plan.csv").exists() {
        assert_eq!(child.try_wait().expect("its state"), None, "it runs");
        yield_now();
    }
    folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]).refused_with(&["out", "another run"]);
    folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--force"]).refused_with(&["out", "another run"]);
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    // The dead one holds nothing any more.
    folder.write("sweep.ron", SWEEP);
    folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--force"]).exits(0);
}

#[test]
fn resuming_checks_plan_scenario_and_commit_and_says_which_differs() {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    let mut child = started(&folder, &["sweep", "sweep.ron", "--jobs", "2", "--out", "out"]);
    wait_for_rows(&folder, &mut child, 10);
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let resume = || folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]);

    folder.write("sweep.ron", &SWEEP.replace("(0, 60)", "(1, 60)"));
    resume().refused_with(&["what differs: the seeds (1..60 now, 0..60 there)"]);
    folder.write("sweep.ron", &SWEEP.replace("500 TAO", "501 TAO"));
    resume().refused_with(&["what differs: the arms", "501 TAO"]);
    folder.write("sweep.ron", SWEEP);

    let scenario = folder.read("small.ron");
    folder.write("small.ron", &scenario.replace("size_deviation: 1.6", "size_deviation: 1.5"));
    resume().refused_with(&["what differs: the scenario"]);
    folder.write("small.ron", &scenario);

    let prices = folder.read("prices.csv");
    folder.write("prices.csv", &prices.replace("0.8", "0.7"));
    resume().refused_with(&["what differs: the data files"]);
    folder.write("prices.csv", &prices);

    let manifest = folder.read("out/parts/manifest.json");
    let start = manifest.find("\"commit\": \"").expect("a commit") + "\"commit\": \"".len();
    let mut other = manifest.clone();
    other.replace_range(start..start + 4, "beef");
    folder.write("out/parts/manifest.json", &other);
    resume().refused_with(&["what differs: the commit", "beef"]);
    folder.write("out/parts/manifest.json", &manifest);

    folder.write("out/mine.txt", "not a sweep's");
    resume().refused_with(&["out/mine.txt", "no manifest"]);
    fs::remove_file(folder.path("out/mine.txt")).expect("it was there");
    resume().exits(0);
    let complete = resume().exits(0);
    assert!(complete.stdout.contains("240 runs, 0 failed"), "{}", complete.stdout);
}
