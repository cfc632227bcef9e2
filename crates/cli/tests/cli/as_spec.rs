//! Runtimes whose rules are not known: refused by name, or run as a known one that says so.

use crate::program::{Folder, Table};

const START: &str = "protocol: Launch(spec: 246)";

/// The small scenario, which asks for a runtime that is not known.
fn later() -> Folder {
    Folder::spoilt(START, "protocol: Launch(spec: 490)")
}

#[test]
fn a_runtime_whose_rules_are_not_known_is_refused_by_name_and_another_suggested() {
    let words = ["small.ron:4:", "spec 490", "not known", "219", "482", "--as-spec"];
    later().run_is_refused_with(&[], &words);
    for command in ["check", "verify"] {
        later().dtao(&[command, "small.ron"]).refused_with(&words);
    }
    // Set from outside, it is told with where it comes from.
    let words = ["spec 999", "not known", "--set", "--as-spec"];
    Folder::new().run_is_refused_with(&["--set", "protocol.Launch.spec=999"], &words);
}

#[test]
fn it_runs_as_a_known_one_and_every_output_says_so() {
    let folder = later();
    let told = "the rules of spec 490 are not known: it is run as spec 246";
    let run = folder.dtao(&["run", "small.ron", "--as-spec", "246", "--out", "as"]).exits(0);
    assert!(run.stderr.contains(told), "{run:?}");
    for command in ["check", "verify"] {
        let done = folder.dtao(&[command, "small.ron", "--as-spec", "246"]).exits(0);
        assert!(done.stderr.contains(told), "{done:?}");
    }
    let json = folder.dtao(&["run", "small.ron", "--as-spec", "246", "--json"]).exits(0).json();
    let expected = serde_json::json!({ "spec": 246, "instead_of": [490] });
    assert_eq!(json["as_spec"], expected);
    let verified = folder.dtao(&["verify", "small.ron", "--as-spec", "246", "--json"]).exits(0).json();
    assert_eq!(verified["as_spec"], expected);
    let manifest: serde_json::Value =
        serde_json::from_str(&folder.read("as/manifest.json")).expect("it is JSON");
    assert_eq!(manifest["as_spec"], expected);
    let resolved = manifest["resolved_scenario"].as_str().expect("a text");
    assert!(resolved.contains("spec: 246") && !resolved.contains("490"), "{resolved}");

    // Otherwise it is that runtime, to the byte.
    let known = Folder::new();
    known.dtao(&["run", "small.ron", "--out", "as"]).exits(0);
    for table in ["subnets.csv", "events.csv", "groups.csv"] {
        assert_eq!(folder.read(&format!("as/{table}")), known.read(&format!("as/{table}")));
    }
    assert!(!known.read("as/manifest.json").contains("as_spec"));
}

#[test]
fn an_upgrade_to_an_unknown_runtime_is_one_to_the_known_one_and_the_next_is_refused() {
    let eras = |changes: &str| {
        Folder::spoilt("    blocks: 50,", &format!("    blocks: 50,\n    eras: [{changes}],"))
    };
    let one = eras("(at: 5_100_010, spec: 490)");
    one.run_is_refused_with(&[], &["eras[0].spec", "490", "not known", "--as-spec"]);
    one.dtao(&["run", "small.ron", "--as-spec", "257", "--out", "out"]).exits(0);
    let events = Table::read(&one, "out/events.csv");
    assert_eq!(events.cell("detail", &[("group", "root")]), "spec 257");

    let two = eras("(at: 5_100_010, spec: 490), (at: 5_100_020, spec: 494)");
    let words = ["eras[1].spec", "494", "257", "leave the change out"];
    two.run_is_refused_with(&["--as-spec", "257"], &words);
    let words = ["eras[0].spec", "490", "246", "leave the change out"];
    one.run_is_refused_with(&["--as-spec", "246"], &words);
}

#[test]
fn standing_in_for_nothing_is_refused_and_so_is_what_is_not_known_itself() {
    let words = ["--as-spec 425", "are known", "--set"];
    Folder::new().run_is_refused_with(&["--as-spec", "425"], &words);
    later().run_is_refused_with(&["--as-spec", "490"], &["490", "not known"]);
}

#[test]
fn a_sweeps_manifest_names_the_stand_in_of_its_scenario_and_of_its_arms() {
    let sweep = |folder: &Folder, arms: &str| {
        folder.write(
            "s.ron",
            &format!(r#"Sweep(about: "a", scenario: "small.ron", arms: {arms}, seeds: (0, 2))"#),
        );
        folder.dtao(&["sweep", "s.ron", "--out", "without"]).refused_with(&["not known", "--as-spec"]);
        folder.dtao(&["check", "s.ron", "--as-spec", "246"]).exits(0);
        let done = folder.dtao(&["sweep", "s.ron", "--as-spec", "246", "--out", "out"]).exits(0);
        assert!(done.stderr.contains("run as spec 246"), "{done:?}");
        let manifest: serde_json::Value =
            serde_json::from_str(&folder.read("out/manifest.json")).expect("it is JSON");
        manifest["as_spec"]["instead_of"].clone()
    };
    assert_eq!(sweep(&later(), r#"{"a": {}}"#), serde_json::json!([490]));
    let arms = r#"{"a": {}, "b": {"protocol.Launch.spec": 495}}"#;
    assert_eq!(sweep(&Folder::new(), arms), serde_json::json!([495]));
}

#[test]
fn a_sweep_is_not_resumed_under_another_stand_in() {
    let folder = later();
    folder.write("s.ron", r#"Sweep(about: "a", scenario: "small.ron", arms: {"a": {}}, seeds: (0, 2))"#);
    let sweep = |spec: &str, more: &[&str]| {
        folder.dtao(&[&["sweep", "s.ron", "--as-spec", spec, "--out", "out"], more].concat())
    };
    sweep("246", &[]).exits(0);
    sweep("246", &["--resume"]).exits(0);
    sweep("245", &["--resume"]).refused_with(&["--as-spec"]);
}
