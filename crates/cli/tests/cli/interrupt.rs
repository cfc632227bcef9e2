//! Ctrl-C: what there is is kept, and the exit code says so.

#![cfg(unix)]

use std::process::{Command, Stdio};
use std::thread::yield_now;

use crate::program::{Done, Folder};

/// Starts a command that would run for hours and interrupts it once a file is there.
fn interrupted(folder: &Folder, arguments: &[&str], sign: &str) -> Done {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("dtao"))
        .args(arguments)
        .current_dir(folder.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    while !folder.path(sign).exists() {
        assert_eq!(child.try_wait().expect("its state"), None, "it runs");
        yield_now();
    }
    let status =
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("`kill` is there");
    assert!(status.success());
    Done::of(child.wait_with_output().expect("it ends"))
}

#[test]
fn an_interrupted_run_exits_with_130_and_leaves_complete_tables() {
    let folder = Folder::new();
    let run = ["run", "small.ron", "--blocks", "1000000000", "--out", "out", "--json"];
    let done = interrupted(&folder, &run, "out/subnets.csv.part").exits(130);
    assert_eq!(done.json()["interrupted"], true);
    let tables = ["events.csv", "groups.csv", "manifest.json", "subnets.csv", "summary.json"];
    assert_eq!(folder.names("out"), tables, "no partial file stays");
    let manifest: serde_json::Value = serde_json::from_str(&folder.read("out/manifest.json")).expect("JSON");
    assert_eq!(manifest["interrupted"], true);
    let last = done.json()["last_block"].as_u64().expect("a number");
    assert_eq!(manifest["blocks_made"], last + 1 - 5_100_000);
    for table in ["subnets.csv", "groups.csv", "events.csv"] {
        let text = folder.read(&format!("out/{table}"));
        let cells = text.lines().next().expect("a header").split(',').count();
        assert!(text.ends_with('\n') && text.lines().all(|line| line.split(',').count() == cells), "{table}");
    }
    let subnets = folder.read("out/subnets.csv");
    let row = subnets.lines().last().expect("a row").split(',').next().expect("a block");
    assert_eq!(row.parse::<u64>(), Ok(last / 10 * 10), "all that was made is recorded");
}
