//! Ctrl-C: what there is is kept, and the exit code says so.

#![cfg(unix)]

use std::process::{Command, Stdio};
use std::thread::yield_now;

use crate::program::{Done, Folder};

/// Starts a command that would run for hours and interrupts it once a file is there.
pub(crate) fn interrupted(folder: &Folder, arguments: &[&str], sign: &str) -> Done {
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
    let done = interrupted(&folder, &run, "out/parts/.subnets.csv.dtao-part").exits(130);
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
    assert_eq!(row.parse::<u64>(), Ok(last), "all that was made is recorded");
}

#[test]
fn an_interrupted_run_replaces_no_earlier_result() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--out", "out"]).exits(0);
    let before: Vec<String> =
        folder.names("out").iter().map(|name| folder.read(&format!("out/{name}"))).collect();
    let run = ["run", "small.ron", "--blocks", "1000000000", "--out", "out", "--force"];
    let done = interrupted(&folder, &run, "out/parts/.subnets.csv.dtao-part").exits(130);
    assert!(done.stderr.contains("earlier result was kept"), "{done:?}");
    let after: Vec<String> =
        folder.names("out").iter().map(|name| folder.read(&format!("out/{name}"))).collect();
    assert_eq!(before, after);
}

/// Starts a command that would go on for long, and sends it a signal as soon as it listens.
#[cfg(target_os = "linux")]
fn stopped(folder: &Folder, arguments: &[&str], signal: &str, number: u32) -> Done {
    stopped_when(folder, arguments, signal, |process| {
        let text = std::fs::read_to_string(format!("{process}/status")).expect("it runs");
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("Linux says it");
        u64::from_str_radix(caught.trim(), 16).expect("a number") >> (number - 1) & 1 == 1
    })
}

/// Starts a command, and sends it a signal when its folder in `/proc` says so.
#[cfg(target_os = "linux")]
fn stopped_when(folder: &Folder, arguments: &[&str], signal: &str, is_time: impl Fn(&str) -> bool) -> Done {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("dtao"))
        .args(arguments)
        .current_dir(folder.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let process = format!("/proc/{}", child.id());
    while !is_time(&process) {
        assert_eq!(child.try_wait().expect("its state"), None, "it runs");
        yield_now();
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("`kill` is there").success());
    Done::of(child.wait_with_output().expect("it ends"))
}

/// A scenario that begins at the end of long work.
#[cfg(target_os = "linux")]
const REPLAYING: &str = r#"Scenario(
    about: "Begins after centuries.",
    protocol: Launch(spec: 246),
    start: Replayed(scenario: "long.ron", until: 900_000_000, holder: "holder"),
    blocks: 50,
    agents: [(name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: []))],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: {"price": SubnetValue(netuid: 2, of: Price, at: 900_000_040)},
    expect: [(metric: "price", target: 1.0, within: (0.0, 9.0), kind: Imposed, source: "none")],
)"#;

#[cfg(target_os = "linux")]
#[test]
fn every_command_ends_with_130_when_it_is_asked_to_and_leaves_nothing_half_made() {
    let folder = Folder::new();
    let long = crate::program::SCENARIO.replace("blocks: 50,", "blocks: 1_000_000_000,");
    folder.write("long.ron", &long);
    let calibration = "calibration: (from: 5_100_000, to: 900_000_000, rounds: 9, damping: 0.5, clip: 0.5),";
    folder.write(
        "calibrated.ron",
        &long.replace("    agents: [", &format!("    {calibration}\n    agents: [")),
    );
    folder.write("replaying.ron", REPLAYING);
    folder.write("sweep.ron", r#"Sweep(about: "Long.", scenario: "replaying.ron", seeds: (0, 9))"#);
    let before = folder.names(".");
    for arguments in [
        &["run", "long.ron"][..],
        &["run", "replaying.ron", "--out", "out"],
        &["verify", "long.ron", "--seeds", "2"],
        &["verify", "replaying.ron"],
        &["calibrate", "calibrated.ron", "--out", "new.csv"],
        &["forecast", "long.ron", "--out", "new.csv"],
        &["check", "replaying.ron"],
        &["check", "sweep.ron"],
        &["sweep", "sweep.ron", "--out", "out"],
        &["sweep", "sweep.ron", "--dry-run"],
    ] {
        for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
            let done = stopped(&folder, arguments, signal, number);
            assert_eq!(done.code, Some(130), "{arguments:?} {signal}: {done:?}");
            assert_eq!(folder.names("."), before, "{arguments:?}");
            assert!(done.stderr.contains("stopped; ") || done.stdout.contains("interrupted"), "{done:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_forecast_says_that_none_was_written() {
    let folder = Folder::new();
    let long = crate::program::SCENARIO.replace("blocks: 50,", "blocks: 1_000_000_000,");
    folder.write("long.ron", &long);
    // By then it has read its files long ago: half a second of the processor's time, in hundredths.
    let works = |process: &str| {
        let stat = std::fs::read_to_string(format!("{process}/stat")).expect("it runs");
        let after_name = stat.rsplit(") ").next().expect("the name ends");
        after_name.split(' ').nth(11).expect("the time").parse::<u64>().expect("a number") > 50
    };
    let done = stopped_when(&folder, &["forecast", "long.ron", "--out", "new.csv"], "-INT", works).exits(130);
    assert!(done.stderr.contains("no forecast was written"), "{done:?}");
    assert!(!folder.path("new.csv").exists());
}
