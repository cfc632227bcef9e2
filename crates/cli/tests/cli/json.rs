//! `--json`: objects with named fields from every command, for errors and notes too.

use serde_json::{Value, json};

use crate::program::{Folder, dtao};

/// The objects on stderr, one a line.
fn told(stderr: &str) -> Vec<Value> {
    stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn every_command_prints_one_object() {
    let folder = Folder::new();
    folder.write("sweep.ron", r#"Sweep(about: "x", scenario: "small.ron", seeds: (0, 2))"#);
    let commands: [&[&str]; 9] = [
        &["run", "small.ron", "--out", "run"],
        &["sweep", "sweep.ron", "--out", "sweep"],
        &["sweep", "sweep.ron", "--dry-run"],
        &["compare", "small.ron", "--rules", "MarketCap", "--seeds", "2"],
        &["verify", "small.ron"],
        &["check", "small.ron", "sweep.ron"],
        &["forecast", "small.ron"],
        &["report", "run"],
        &["list", "metrics"],
    ];
    for command in commands {
        let done = folder.dtao(&[command, &["--json"]].concat()).exits(0);
        assert!(done.json().is_object(), "{command:?}: {done:?}");
    }
    let checked = folder.dtao(&["check", "small.ron", "sweep.ron", "--json"]).exits(0).json();
    assert_eq!(checked["good"][0]["kind"], "scenario");
    assert_eq!(checked["good"][1]["runs"], 2);
    let pools = folder.dtao(&["forecast", "small.ron", "--json"]).exits(0).json();
    assert!(pools["pools"][0]["tao_in_rao"].is_u64(), "{pools}");
}

#[test]
fn what_is_listed_has_names() {
    let agents = dtao(&["list", "agents", "--json"]).exits(0).json();
    let first = &agents["sections"][0]["entries"][0];
    assert!(first["name"].is_string() && first["about"].is_string(), "{first}");
}

#[test]
fn errors_are_objects_with_their_place() {
    let folder = Folder::spoilt("blocks: 50", "blocks: fifty");
    let done = folder.dtao(&["run", "small.ron", "--json"]).exits(2);
    assert_eq!(done.stdout, "");
    let [error] = &told(&done.stderr)[..] else { panic!("{done:?}") };
    let error = &error["error"];
    assert_eq!(
        (&error["kind"], &error["file"], &error["exit_code"]),
        (&json!("input"), &json!("small.ron"), &json!(2))
    );
    assert_eq!((&error["line"], &error["field"]), (&json!(12), &json!("blocks")));
    assert!(error["column"].is_u64() && error["message"].is_string(), "{error}");

    let set = folder
        .dtao(&["run", "small.ron", "--set", "blocks=5", "--set", "agents.nobody.tao=1", "--json"])
        .exits(2);
    assert!(
        told(&set.stderr)[0]["error"]["help"].as_str().is_some_and(|help| help.contains("traders")),
        "{set:?}"
    );

    let usage = folder.dtao(&["run", "--json"]).exits(2);
    assert_eq!(told(&usage.stderr)[0]["error"]["kind"], "argument");
}

#[test]
fn several_wrong_files_are_each_told_and_the_good_ones_listed() {
    let folder = Folder::new();
    folder.write("a.ron", "Scenario(");
    folder.write("b.ron", "Sweep(about: 3)");
    let done = folder.dtao(&["check", "a.ron", "small.ron", "b.ron", "--json"]).exits(2);
    let errors = told(&done.stderr);
    let files: Vec<&Value> = errors.iter().map(|error| &error["error"]["file"]).collect();
    assert_eq!(files, ["a.ron", "b.ron"]);
    assert_eq!(done.json()["good"].as_array().map(Vec::len), Some(1));
}

#[test]
fn notes_are_objects_too() {
    let folder = Folder::new();
    let done = folder.dtao(&["run", "small.ron", "--blocks", "10", "--json"]).exits(0);
    assert!(
        told(&done.stderr)[0]["note"].as_str().is_some_and(|note| note.contains("not reached")),
        "{done:?}"
    );
}
