//! `dtao compare`: what is printed and written, what is refused, and what an interrupt leaves.

use crate::program::{Folder, Table, dtao};

const RULES: [&str; 4] = ["--rules", "SpotPrice,MarketCap", "--seeds", "3"];

fn compared(folder: &Folder, more: &[&str]) -> crate::program::Done {
    folder.dtao(&[&["compare", "small.ron"], &RULES[..], more].concat())
}

#[test]
fn the_table_has_a_row_for_each_outcome_and_a_column_for_each_rule() {
    let folder = Folder::new();
    let done = compared(&folder, &[]).exits(0);
    let header =
        done.stdout.lines().find(|line| line.trim_start().starts_with("outcome ")).expect("a header");
    for name in ["MovingPrice", "SpotPrice", "MarketCap"] {
        assert!(header.contains(name), "{header}");
    }
    assert!(done.stdout.contains("emission.hhi") && done.stdout.contains("Against MovingPrice:"), "{done:?}");
    assert!(done.stdout.contains("`market` trade(s) so that recorded prices come true"), "{done:?}");
    let json = compared(&folder, &["--json"]).exits(0).json();
    assert_eq!(json["columns"][1]["name"], "SpotPrice");
    let hhi = json["rows"].as_array().expect("rows").iter().find(|row| row["outcome"] == "emission.hhi");
    let entry = &hhi.expect("the outcome")["entries"][1];
    assert!(entry["n"] == 3 && entry["difference"].is_number(), "{entry}");
    let outcome = ["--outcome", "price", "--outcome", "emission.gini"];
    let json = compared(&folder, &[&outcome[..], &["--json"]].concat()).exits(0).json();
    let names: Vec<_> =
        json["rows"].as_array().expect("rows").iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(names, ["price", "emission.gini", "calls.refused"]);
}

#[test]
fn rules_of_a_named_set_may_be_compared_and_set() {
    let today = "configs/scenarios/today.ron";
    let few = ["--blocks", "5", "--outcome", "emission.hhi", "--json"];
    let few = [&["compare", today, "--rules", "MarketCap"], &few[..]].concat();
    let json = dtao(&few).exits(0).json();
    assert_eq!(json["columns"][1]["name"], "MarketCap");
    let set = |assignment| dtao(&["run", today, "--blocks", "3", "--set", assignment]);
    set("protocol.rules.owner_cut=0.1").exits(0);
    set("protocol.rules.owner_cot=0.1").refused_with(&["owner_cot", "owner_cut"]);
}

#[test]
fn what_is_printed_is_what_is_written() {
    let folder = Folder::new();
    let done = compared(&folder, &["--out", "out", "--attackers", "traders"]).exits(0);
    assert!(done.stdout.contains("attackers.return") && done.stdout.contains("tables in out"), "{done:?}");
    let files = ["comparison.csv", "comparison.json", "comparison.md", "manifest.json"];
    assert_eq!(folder.names("out"), files);
    let more = ["--attackers", "traders"];
    let csv = compared(&folder, &[&more[..], &["--csv"]].concat()).exits(0).stdout;
    assert_eq!(csv, folder.read("out/comparison.csv"));
    let markdown = compared(&folder, &[&more[..], &["--markdown", "--jobs", "1"]].concat()).exits(0).stdout;
    assert_eq!(markdown, folder.read("out/comparison.md"));
    let manifest: serde_json::Value = serde_json::from_str(&folder.read("out/manifest.json")).expect("JSON");
    assert_eq!((&manifest["dtao"], &manifest["complete"]), (&"comparison".into(), &true.into()));
    assert_eq!(manifest["rules"], serde_json::json!(["SpotPrice", "MarketCap"]));
    assert_eq!(manifest["attackers"], serde_json::json!(["traders"]));
}

#[test]
fn a_folder_that_holds_something_is_refused_and_force_replaces_only_a_comparison() {
    let folder = Folder::new();
    compared(&folder, &["--out", "out"]).exits(0);
    let before = folder.read("out/comparison.csv");
    compared(&folder, &["--out", "out"]).refused_with(&["the folder is not empty", "--force"]);
    let force = ["--out", "out", "--force", "--blocks", "40"];
    compared(&folder, &force).exits(0);
    assert_ne!(folder.read("out/comparison.csv"), before);
    folder.write("out/notes.txt", "mine");
    compared(&folder, &["--out", "out", "--force"])
        .refused_with(&["notes.txt", "no manifest of dtao claims it"]);
    assert_eq!(folder.read("out/notes.txt"), "mine");
    folder.dtao(&["run", "small.ron", "--out", "run"]).exits(0);
    compared(&folder, &["--out", "run", "--force"])
        .refused_with(&["this folder holds a run, not a comparison"]);
    // What is wrong is told before a folder is made.
    compared(&folder, &["--out", "new", "--outcome", "emision.hhi"])
        .refused_with(&["no outcome is called `emision.hhi`", "did you mean `emission.hhi`?"]);
    assert!(!folder.path("new").exists());
}

#[test]
fn wrong_rules_and_names_are_told_with_their_place_and_the_nearest() {
    let folder = Folder::new();
    let with = |more: &[&str]| folder.dtao(&[&["compare", "small.ron"], more].concat());
    with(&["--rules", "MarketCap,SpotPirce"]).refused_with(&["--rules:1:11", "did you mean `SpotPrice`?"]);
    with(&["--rules", "TaoFlow(exponnt: 2),MarketCap"])
        .refused_with(&["--rules:1:9", "did you mean `exponent`?"]);
    with(&["--rules", "spec:999"]).refused_with(&["--rules:1:6", "the rules of spec 999 are not known"]);
    with(&["--rules", "TaoFlow(exponent: 2"]).refused_with(&["`(` is not closed"]);
    // A runtime at which root votes is none that the scenario can begin with.
    with(&["--rules", "MarketCap,spec:219"]).refused_with(&["spec:219:", "root's validators still vote"]);
    with(&["--rules", "RootVote"]).refused_with(&["RootVote:", "root no longer votes on the emission"]);
    // The list is shown as it was written.
    with(&["--rules", "MarketCap,SpotPirce"]).refused_with(&["MarketCap,SpotPirce"]);
    with(&[]).refused_with(&["--rules is missing", "--rules MarketCap"]);
    let rules = ["--rules", "MarketCap"];
    let twice = |argument: &str, name: &str| with(&[&rules[..], &[argument, name, argument, name]].concat());
    twice("--outcome", "price").refused_with(&["--outcome", "the outcome `price` is named twice"]);
    twice("--attackers", "traders")
        .refused_with(&["the group `traders` is named twice", "name each group once"]);
    with(&["--rules", "MarketCap", "--attackers", "trader"]).refused_with(&["did you mean `traders`?"]);
    with(&["--rules", "MarketCap", "--flow", "markt"]).refused_with(&["did you mean `market`?"]);
    with(&["--rules", "MarketCap", "--flow", "traders"]).refused_with(&["`traders` has 3 accounts"]);
    with(&["--rules", "MarketCap", "--base", "own"])
        .refused_with(&["small.ron is not the folder of a sweep"]);
    folder.dtao(&["compare", "smal.ron", "--rules", "MarketCap"]).refused_with(&["small.ron"]);
}

#[test]
fn kinds_of_subnets_are_reported_and_checked() {
    let with =
        |kinds: &str| Folder::spoilt("    metrics: {\n", &format!("    kinds: {kinds},\n    metrics: {{\n"));
    let json = compared(&with(r#"{"first": [1]}"#), &["--json"]).exits(0).json();
    let names: Vec<_> =
        json["rows"].as_array().expect("rows").iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(names[0], "emission.first");
    for (kinds, words) in [
        (r#"{"first": [9]}"#, ["kinds.first[0]", "subnet 9 does not exist"]),
        (r#"{"first": []}"#, ["kinds.first", "a kind without subnets"]),
        (r#"{"first": [1, 1]}"#, ["kinds.first[1]", "named twice"]),
        (r#"{"=first": [1]}"#, ["kinds.\"=first\"", "spreadsheet formula"]),
        (r#"{"hhi": [1]}"#, ["kinds.hhi", "`emission.hhi` is an outcome of every run"]),
        (r#"{"top_10": [1]}"#, ["kinds.top_10", "choose another name"]),
    ] {
        with(kinds).run_is_refused_with(&[], &words);
    }
}

const SWEEP: &str = r#"Sweep(
    about: "Arms to be compared.",
    scenario: "small.ron",
    design: Grid({"agents.traders.count": [2, 5]}),
    arms: {"base": {}, "spot": {"protocol.rules.emission": "SpotPrice"}, "again": {"agents.traders.tao": "100 TAO"}},
    seeds: (0, 6),
)"#;

#[test]
fn the_arms_of_a_sweep_differ_by_what_its_cells_say() {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    folder.dtao(&["sweep", "sweep.ron", "--out", "swept"]).exits(0);
    folder.dtao(&["compare", "swept", "--out", "out", "--outcome", "price"]).exits(0);
    let (cells, found) =
        (Table::read(&folder, "swept/cells.csv"), Table::read(&folder, "out/comparison.csv"));
    for (point, traders) in [("0", "2"), ("1", "5")] {
        let row = [("outcome", &*format!("price, agents.traders.count = {traders}"))];
        let cell =
            |column: &str| cells.cell(column, &[("point", point), ("arm", "spot"), ("outcome", "price")]);
        assert_eq!(found.cell("spot", &row), cell("mean"));
        assert_eq!(found.cell("spot: difference", &row), cell("difference"));
        assert_eq!(found.cell("spot: low", &row), cell("difference_low"));
    }
    let told = folder.dtao(&["compare", "swept"]).exits(0).stdout;
    assert!(told.contains("again has the same outcomes as base"), "{told}");
    let json = folder.dtao(&["compare", "swept", "--base", "spot", "--json"]).exits(0).json();
    let names: Vec<_> = json["columns"].as_array().expect("columns").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["spot", "base", "again"]);
    assert_eq!(
        json["columns"][2]["like"],
        serde_json::json!(["base", "same"]),
        "what it sets stands there already"
    );
    folder
        .dtao(&["compare", "swept", "--base", "spt"])
        .refused_with(&["no arm `spt`", "did you mean `spot`?"]);
    folder.dtao(&["compare", "swept", "--outcome", "prise"]).refused_with(&["did you mean `price`?"]);
    folder
        .dtao(&["compare", "swept", "--rules", "MarketCap"])
        .refused_with(&["--rules", "leave the option out"]);
    folder.dtao(&["compare", "swept", "--jobs", "2"]).refused_with(&["--jobs", "no runs are made"]);
    folder.dtao(&["compare", "swept", "--as-spec", "425"]).refused_with(&["--as-spec", "no runs are made"]);
    folder
        .dtao(&["compare", "swept", "--outcome", "price", "--outcome", "price"])
        .refused_with(&["the outcome `price` is named twice"]);
    folder.write("swept/runs.csv", &folder.read("swept/runs.csv").replacen('1', "2", 1));
    let damaged = folder.dtao(&["compare", "swept"]).exits(2);
    assert!(damaged.stderr.contains("runs.csv"), "{damaged:?}");
    folder.dtao(&["run", "small.ron", "--out", "run"]).exits(0);
    folder.dtao(&["compare", "run"]).refused_with(&["holds a run, not a sweep"]);
    folder
        .dtao(&["compare", "."])
        .refused_with(&["no finished sweep is in this folder", "dtao sweep --out DIR"]);
}

#[test]
fn what_a_sweep_did_not_measure_is_told_with_the_line_that_would() {
    let folder = Folder::new();
    let sweep = SWEEP.replace("seeds:", "outcomes: [\"price\"],\n    seeds:");
    folder.write("sweep.ron", &sweep);
    folder.dtao(&["sweep", "sweep.ron", "--out", "swept"]).exits(0);
    let asked = |outcome: &str| folder.dtao(&["compare", "swept", "--outcome", outcome]);
    asked("shares").refused_with(&["no outcome `shares`", "add \"shares\" to `outcomes` of sweep.ron"]);
    asked("calls.refused").refused_with(&["dtao compare SCENARIO"]);
    asked("prise").refused_with(&["did you mean `price`?", "add it to the metrics of small.ron"]);
    let line = r#""metrics.\"emission.hhi\"": "EmissionOver(of:Hhi,from:5100000,to:5100049)""#;
    asked("emission.hhi").refused_with(&[
        line,
        "in `set` of sweep.ron",
        "\"emission.hhi\" in its `outcomes`",
    ]);
    // Written so, it is measured.
    let set = format!("set: {{{line}}},\n    outcomes: [\"emission.hhi\", ");
    folder.write("sweep.ron", &sweep.replace("outcomes: [", &set));
    folder.dtao(&["sweep", "sweep.ron", "--out", "swept", "--force"]).exits(0);
    let told = asked("emission.hhi").exits(0).stdout;
    assert!(told.contains("emission.hhi"), "{told}");
}

#[test]
fn arms_in_which_nothing_is_random_say_so() {
    let folder = Folder::spoilt("count: 3", "count: 0");
    let arms = r#"arms: {"base": {}, "spot": {"protocol.rules.emission": "SpotPrice"}}"#;
    let sweep = format!("Sweep(about: \"x\", scenario: \"small.ron\", {arms}, seeds: (0, 3))");
    folder.write("sweep.ron", &sweep);
    folder.dtao(&["sweep", "sweep.ron", "--out", "swept"]).exits(0);
    let told = folder.dtao(&["compare", "swept"]).exits(0).stdout;
    assert!(told.contains("Nothing that was measured is random"), "{told}");
    assert!(!told.contains("by more than chance"), "{told}");
}

#[test]
fn a_scenario_of_an_unknown_runtime_is_compared_as_a_known_one_and_says_so() {
    let folder = Folder::spoilt("Launch(spec: 246)", "(spec: 60000)");
    compared(&folder, &[]).refused_with(&["--as-spec N"]);
    let done = compared(&folder, &["--as-spec", "246", "--out", "out"]).exits(0);
    let told = "the rules of spec 60000 are not known: it is run as spec 246";
    assert!(done.stderr.contains(told) && done.stdout.contains(told), "{done:?}");
    let manifest: serde_json::Value = serde_json::from_str(&folder.read("out/manifest.json")).expect("JSON");
    assert_eq!(manifest["as_spec"], serde_json::json!({"spec": 246, "instead_of": [60000]}));
    compared(&Folder::new(), &["--as-spec", "246"]).refused_with(&["--as-spec 246", "leave it out"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_comparison_exits_with_130_and_leaves_what_was_there() {
    use crate::interrupt::interrupted;
    let folder = Folder::new();
    let long = [&["compare", "small.ron"], &RULES[..], &["--blocks", "1000000000", "--out", "out"]].concat();
    let done = interrupted(&folder, &long, "out/parts/manifest.json").exits(130);
    assert_eq!((done.stdout.as_str(), folder.names("out").is_empty()), ("", true));
    assert_eq!(done.stderr, "stopped; no comparison was made\n");
    compared(&folder, &["--out", "out"]).exits(0);
    let before = folder.read("out/comparison.csv");
    interrupted(&folder, &[&long[..], &["--force"]].concat(), "out/parts/manifest.json").exits(130);
    assert_eq!(folder.read("out/comparison.csv"), before);
    assert!(!folder.path("out/parts").exists());
}
