//! Inputs and outputs without bounds or ends: refused at once, and the exit code is kept.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::program::{Done, Folder, SCENARIO, line_of};

/// Longer than anything here may take, and shorter than for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the program with a limit on its time.
#[track_caller]
fn within_time(folder: &Folder, arguments: &[&str]) -> Done {
    let mut command = folder.command(arguments);
    Done::of(command.timeout(PATIENCE).output().expect("it starts"))
}

/// Runs the program with its stdout or stderr going somewhere else; the exit code.
fn code(folder: &Folder, arguments: &[&str], stdout: Stdio, stderr: Stdio) -> Option<i32> {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("dtao"));
    command.args(arguments).current_dir(folder.path(".")).stdout(stdout).stderr(stderr);
    command.status().expect("it starts").code()
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full").into()
}

/// A pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[test]
fn what_is_not_a_regular_file_is_refused_wherever_a_file_is_named() {
    let folder = Folder::new();
    let made = Command::new("mkfifo").arg(folder.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    for file in ["/dev/zero", "/dev/urandom", "/dev/full", "pipe"] {
        let word = if file == "pipe" { "this is a pipe, not a file" } else { "this is a device, not a file" };
        for command in ["check", "run", "verify", "conform", "sweep"] {
            within_time(&folder, &[command, file]).refused_with(&[file, word]);
        }
        for set in [format!("start.subnets={file}"), format!("agents.market.strategy.prices=[\"{file}\"]")] {
            within_time(&folder, &["run", "small.ron", "--set", &set]).refused_with(&[file, word]);
        }
        let design =
            format!(r#"Sweep(about: "x", scenario: "small.ron", design: Table("{file}"), seeds: (0, 1))"#);
        folder.write("sweep.ron", &design);
        within_time(&folder, &["check", "sweep.ron"]).refused_with(&[file, word]);
        folder.write("sweep.ron", &format!(r#"Sweep(about: "x", scenario: "{file}", seeds: (0, 1))"#));
        within_time(&folder, &["check", "sweep.ron"]).refused_with(&[file, word]);
        folder.write("variant.ron", &format!(r#"Variant(about: "x", of: "{file}", set: {{}})"#));
        within_time(&folder, &["check", "variant.ron"]).refused_with(&[file, word]);
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let folder = Folder::new();
    for name in ["large.ron", "large.csv"] {
        let file = File::create(folder.path(name)).expect("a file");
        // Without a byte of it on the disk.
        file.set_len(40 << 30).expect("a sparse file");
    }
    for command in ["check", "sweep", "conform"] {
        within_time(&folder, &[command, "large.ron"]).refused_with(&["42949672960 bytes", "64 MiB"]);
    }
    let set = "agents.market.strategy.prices=[\"large.csv\"]";
    within_time(&folder, &["run", "small.ron", "--set", set]).refused_with(&["large.csv", "256 MiB"]);
}

#[test]
fn a_gzip_file_is_unpacked_no_further_than_what_is_read() {
    let folder = Folder::new();
    let file = File::create(folder.path("bomb.csv.gz")).expect("a file");
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packed.write_all(b"time_utc,block,1\n").expect("it can be written");
    for _ in 0..300 {
        packed.write_all(&vec![b'\n'; 1 << 20]).expect("it can be written");
    }
    packed.finish().expect("it can be written");
    let set = "agents.market.strategy.prices=[\"bomb.csv.gz\"]";
    within_time(&folder, &["run", "small.ron", "--set", set]).refused_with(&["bomb.csv.gz", "256 MiB"]);
}

#[test]
fn lists_lines_nesting_and_values_are_bounded() {
    let folder = Folder::new();
    let deep = format!("Scenario(about: {}", "[".repeat(100_000));
    folder.write("deep.ron", &deep);
    within_time(&folder, &["check", "deep.ron"]).refused_with(&["deep.ron:1:", "128 brackets"]);
    folder.write("deep.json", &"[".repeat(100_000));
    within_time(&folder, &["conform", "deep.json"]).refused_with(&["deep.json:1:", "recursion"]);
    folder.write(
        "long.ron",
        &SCENARIO.replace("netuids: [1]", &format!("netuids: [{}1]", "1,".repeat(2_000_000))),
    );
    within_time(&folder, &["check", "long.ron"])
        .refused_with(&[&line_of("netuids: [1]").replace("small", "long"), "more than 2000000 values"]);
    let line = "9".repeat(1 << 20);
    folder.write("prices.csv", &format!("time_utc,block,1,2\na,5100010,0.9,{line}\n"));
    folder.run_is_refused_with(&[], &["prices.csv:2:1", "1048591 bytes", "1048576"]);
}

#[test]
fn a_mistake_beyond_column_65535_is_shown_like_any_other() {
    let folder = Folder::new();
    let x = "x".repeat(70_000);
    folder.write(
        "long.ron",
        &SCENARIO
            .replace("A small scenario", &x)
            .replace("command line.\",\n    protocol", "command line.\", protocl"),
    );
    folder.dtao(&["check", "long.ron"]).refused_with(&[
        "long.ron:3:70",
        "protocl",
        "did you mean `protocol`?",
    ]);
    folder.write("prices.csv", &format!("time_utc,block,1,2\n{x},5100010,0.9,cheap\n"));
    folder.run_is_refused_with(&[], &["prices.csv:2:70014", "cheap"]);
    folder.write("long.json", &format!("{{\"kind\": \"{x}\", \"cases\": [}}"));
    folder.dtao(&["conform", "long.json"]).refused_with(&["long.json:1:70", "not JSON"]);
    let set = format!("blocks={x}");
    let done = folder.dtao(&["run", "small.ron", "--set", &set]).exits(2);
    assert!(done.stderr.len() < 10_000, "{}", done.stderr.len());
}

#[test]
fn where_stderr_cannot_be_written_the_exit_code_still_tells() {
    let folder = Folder::new();
    for (arguments, due) in [
        (&["check", "nope.ron"][..], 2),
        (&["run", "small.ron", "--set", "bloks=1"], 2),
        (&["fly"], 2),
        (&["run", "small.ron"], 0),
        (&["verify", "small.ron", "--blocks", "10"], 1),
    ] {
        assert_eq!(code(&folder, arguments, Stdio::null(), full()), Some(due), "{arguments:?}");
        assert_eq!(code(&folder, arguments, Stdio::null(), closed()), Some(due), "{arguments:?}");
    }
}

#[test]
fn a_result_that_cannot_be_printed_is_a_failure_unless_nobody_reads_on() {
    let folder = Folder::new();
    for arguments in [
        &["run", "small.ron"][..],
        &["run", "small.ron", "--json"],
        &["check", "small.ron"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
    ] {
        assert_eq!(code(&folder, arguments, full(), Stdio::null()), Some(3), "{arguments:?}");
        assert_eq!(code(&folder, arguments, full(), full()), Some(3), "{arguments:?}");
        assert_eq!(code(&folder, arguments, closed(), Stdio::null()), Some(0), "{arguments:?}");
    }
}

#[test]
fn so_many_jobs_that_they_cannot_be_started_are_refused() {
    let folder = Folder::new();
    folder.write("sweep.ron", r#"Sweep(about: "x", scenario: "small.ron", seeds: (0, 1))"#);
    for jobs in ["40000", "0", "-1", "18446744073709551616", "many"] {
        let done =
            within_time(&folder, &["sweep", "sweep.ron", "--out", "out", &format!("--jobs={jobs}")]).exits(2);
        assert!(done.stderr.contains("from 1 to 1024"), "{}", done.stderr);
    }
}

#[test]
fn hidden_characters_never_reach_a_terminal() {
    let folder = Folder::new();
    for text in ["\u{1b}]0;owned\u{7}", "\u{202e}", "\u{9b}31m"] {
        folder.write(
            "spoilt.ron",
            &SCENARIO.replace("A small scenario", text).replace("blocks: 50", "blocs: 50"),
        );
        let quoted = format!("agents.traders.nam=\"{text}\"");
        for arguments in [
            &["check", "spoilt.ron"][..],
            &["run", "small.ron", "--set", &quoted],
            &["check", text],
            &["run", "small.ron", "--seed", text],
            &[text],
        ] {
            let done = folder.dtao(arguments).exits(2);
            let shown = done.stderr.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
            assert_eq!(shown, None, "{}", done.stderr.escape_debug());
        }
    }
}
