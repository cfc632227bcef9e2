//! Sweeps that get more seeds, and what a sweep is given with its file.

use std::fs;

use crate::interrupt::interrupted;
use crate::program::Folder;

const SWEEP: &str = r#"Sweep(
    about: "A sweep that grows.",
    scenario: "small.ron",
    set: {"blocks": 60},
    names: {"traders": "agents.traders.count"},
    design: Grid({"traders": [3, 9], "agents.traders.tao": ["100 TAO", "500 TAO"]}),
    arms: {"baseline": {}, "eager": {"agents.traders.strategy.buys": 0.9}},
    seeds: (0, 4),
)"#;

fn with_sweep() -> Folder {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    folder
}

#[track_caller]
fn assert_same(folder: &Folder, one: &str, other: &str) {
    assert_eq!(folder.names(one), folder.names(other));
    for name in folder.names(one) {
        let read = |out: &str| fs::read(folder.path(&format!("{out}/{name}"))).expect("a file");
        assert!(read(one) == read(other), "{name} differs");
    }
}

#[test]
fn more_seeds_keep_the_runs_that_there_are_and_give_the_bytes_of_a_sweep_made_at_once() {
    let folder = with_sweep();
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "2..9", "--out", "once"]).exits(0);
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "4..7", "--out", "grown"]).exits(0);
    let more = ["sweep", "sweep.ron", "--seeds", "2..9", "--out", "grown", "--resume"];
    let done = folder.dtao(&more).exits(0);
    assert_eq!(done.stderr, "kept: 24 run(s) of the seeds 4..7\n");
    assert_same(&folder, "once", "grown");
    // Fewer would drop what there is.
    let fewer = folder.dtao(&["sweep", "sweep.ron", "--seeds", "2..5", "--out", "grown", "--resume"]);
    fewer.refused_with(&["what differs: the seeds (2..5 now, 2..9 there)"]);
    assert_same(&folder, "once", "grown");
}

#[test]
fn work_under_way_grows_too() {
    let folder = with_sweep();
    let long =
        ["sweep", "sweep.ron", "--set", "blocks=2000", "--seeds", "0..3", "--jobs", "1", "--out", "grown"];
    let done = interrupted(&folder, &long, "grown/parts/000001.rows").exits(130);
    assert!(
        done.stderr.contains("go on with: dtao sweep sweep.ron --set blocks=2000 --seeds 0..3"),
        "{done:?}"
    );
    let runs = folder.read("grown/parts/runs.csv");
    let made = runs.lines().count() - 1;
    assert!(runs.starts_with("run,point,arm,seed,traders,agents.traders.tao,"), "{runs}");
    assert!(done.stderr.contains(&format!("stopped after {made} of 24 runs")), "{done:?}");
    let shown = folder.dtao(&["show", "grown", "--width", "300"]).exits(0).stdout;
    assert!(shown.starts_with(&format!("Not finished: {made} of 24 runs made; 0 failed.")), "{shown}");
    let again = "go on with: dtao sweep sweep.ron --seeds 0..3 --set blocks=2000 --out grown --resume\n";
    assert!(shown.contains(again), "{shown}");
    let last = shown.lines().last().unwrap_or_default();
    assert!(last.starts_with(&format!("{made} run")) && last.ends_with(", 0 failed, 0 missing"), "{shown}");
    // The first outcome at the first point in the first arm.
    let cells: Vec<Vec<&str>> = runs.lines().map(|line| line.split(',').collect()).collect();
    let of: Vec<f64> = cells[1..]
        .iter()
        .filter(|row| (row[1], row[2]) == (cells[1][1], cells[1][2]))
        .map(|row| row[6].parse().expect("a number"))
        .collect();
    let mean = of.iter().sum::<f64>() / of.len() as f64;
    let mut table = shown.lines().skip_while(|line| !line.trim_start().starts_with("outcome "));
    let row = table.find(|line| line.trim_start().starts_with(cells[0][6])).expect("its row");
    let told: Vec<&str> = row.split_whitespace().collect();
    let is_told = |pair: &[&str]| {
        pair[0] == of.len().to_string()
            && pair[1].parse::<f64>().is_ok_and(|told| (told - mean).abs() <= 1e-3 * mean.abs())
    };
    assert!(told.windows(2).any(is_told), "{mean}\n{shown}");
    folder.dtao(&["report", "grown"]).refused_with(&["not finished", "--resume"]);
    let more =
        ["sweep", "sweep.ron", "--set", "blocks=2000", "--seeds", "0..4", "--out", "grown", "--resume"];
    let grown = folder.dtao(&more).exits(0);
    assert!(grown.stderr.contains(&format!("kept: {made} run(s) of the seeds 0..3")), "{grown:?}");
    folder.dtao(&[&more[..6], &["--out", "once"]].concat()).exits(0);
    assert_same(&folder, "once", "grown");
}

#[test]
fn seeds_are_said_in_the_same_way_everywhere() {
    let folder = with_sweep();
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "3", "--out", "three"]).exits(0);
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "0..3", "--out", "range"]).exits(0);
    assert_same(&folder, "three", "range");
    let compare = |seeds: &str| {
        let rules =
            ["compare", "small.ron", "--blocks", "60", "--rules", "MarketCap", "--json", "--seeds", seeds];
        folder.dtao(&rules).exits(0).json()
    };
    assert_eq!(compare("3"), compare("1..4"));
    assert_ne!(compare("3"), compare("5..8"));
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "4..4"]).refused_with(&["--seeds", "such as 0..100"]);
    folder.dtao(&["reproduce", "sn28", "--seeds", "0..9"]).refused_with(&["how many seeds"]);
}

#[test]
fn a_value_given_with_a_sweep_is_that_of_a_file_that_says_so() {
    let folder = with_sweep();
    let there = folder.dtao(&["sweep", "sweep.ron", "--blocks", "45", "--out", "given"]).exits(0);
    assert!(there.stdout.contains("32 runs"), "{}", there.stdout);
    folder.write("short.ron", &folder.read("sweep.ron").replace("\"blocks\": 60", "\"blocks\": 45"));
    folder.dtao(&["sweep", "short.ron", "--out", "said"]).exits(0);
    for table in ["plan.csv", "runs.csv", "cells.csv"] {
        assert_eq!(folder.read(&format!("given/{table}")), folder.read(&format!("said/{table}")), "{table}");
    }
    let given = |set: &str| folder.dtao(&["sweep", "sweep.ron", "--set", set, "--out", "no"]);
    given("traders=4").refused_with(&["`--set traders`", "the factor `traders`", "agents.traders.count"]);
    given("agents.traders.strategy.buys=0.1").refused_with(&["`--set", "the arm `eager`"]);
    given("blocks").refused_with(&["`--set blocks` is not a path and a value"]);
    given("blokcs=3").refused_with(&["blokcs"]);
    assert!(!folder.path("no").exists());
}

#[test]
fn what_differs_is_told_in_words() {
    let folder = with_sweep();
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "1", "--out", "out"]).exits(0);
    let resume =
        |more: &[&str]| folder.dtao(&[&["sweep", "sweep.ron", "--out", "out", "--resume"], more].concat());
    resume(&["--seeds", "1", "--blocks", "50"])
        .refused_with(&["the values of `set`: blocks=50 now, blocks=60 there"]);
    resume(&["--seeds", "1", "--audit"]).refused_with(&["the audit (on now, off there)"]);
    folder.change("sweep.ron", "[3, 9]", "[3, 9, 12]");
    resume(&["--seeds", "1"]).refused_with(&["the points (6 now, 4 there)"]);
    folder.change("sweep.ron", "[3, 9, 12]", "[3, 8]");
    let done = resume(&["--seeds", "1"]);
    assert!(!done.stderr.contains("sha") && done.stderr.contains("the values of the points"), "{done:?}");
}

#[test]
fn who_goes_on_without_naming_seeds_goes_on_with_those_it_was_begun_with() {
    let folder = with_sweep();
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "1..3", "--out", "begun"]).exits(0);
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "1..3", "--out", "once"]).exits(0);
    let again = folder.dtao(&["sweep", "sweep.ron", "--out", "begun", "--resume"]).exits(0);
    assert!(again.stderr.contains("going on with the seeds 1..3"), "{again:?}");
    assert!(again.stderr.contains("which --seeds 0..4 asks for"), "{again:?}");
    assert_same(&folder, "once", "begun");
}
