//! Folders that hold what they should not: nothing of the user's is ever deleted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::program::{Done, Folder};

const SWEEP: &str = r#"Sweep(
    about: "A small sweep for tests of folders.",
    scenario: "small.ron",
    design: Grid({"agents.traders.count": [3, 4]}),
    seeds: (0, 2),
)"#;

/// A folder with the sweep.
fn with_sweep() -> Folder {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    folder
}

/// Every file under a folder, and what it holds; links as what they point to.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut to_do = vec![folder.to_owned()];
    while let Some(path) = to_do.pop() {
        let metadata = fs::symlink_metadata(&path).expect("it is there");
        let name = path.strip_prefix(folder).expect("inside").display().to_string();
        if metadata.is_dir() {
            to_do.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            all.insert(name + "/", String::new());
        } else if metadata.is_symlink() {
            all.insert(name, fs::read_link(&path).expect("a link").display().to_string());
        } else {
            all.insert(name, String::from_utf8_lossy(&fs::read(&path).expect("readable")).into_owned());
        }
    }
    all
}

/// The project's folder.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The commands that write to a folder `d`, each fresh, resumed and forced where that can be asked for.
const COMMANDS: &[&[&str]] = &[
    &["run", "small.ron", "--out", "d"],
    &["run", "small.ron", "--out", "d", "--force"],
    &["sweep", "sweep.ron", "--out", "d"],
    &["sweep", "sweep.ron", "--out", "d", "--resume"],
    &["sweep", "sweep.ron", "--out", "d", "--force"],
    &["merge", "shards", "--out", "d"],
    &["merge", "shards", "--out", "d", "--force"],
    &["reproduce", "sn28", "--root", ROOT, "--out", "d"],
    &["reproduce", "sn28", "--root", ROOT, "--out", "d", "--resume"],
    &["reproduce", "sn28", "--root", ROOT, "--out", "d", "--force"],
];

/// A folder with the sweep and its shards.
fn with_everything() -> Folder {
    let folder = with_sweep();
    for shard in ["1/2", "2/2"] {
        folder.dtao(&["sweep", "sweep.ron", "--out", "shards", "--shard", shard]).exits(0);
    }
    folder
}

#[test]
fn force_removes_nothing_before_all_is_checked_and_names_what_stops_it() {
    let folder = with_everything();
    for (files, stops) in [
        (&["thesis.txt"][..], "thesis.txt"),
        (&["parts/mine.txt", "plan.csv", "rows", "cells.csv", "thesis.txt"], "cells.csv"),
        (&["manifest.json"], "manifest.json"),
        (&["subnets.csv"], "subnets.csv"),
        (&["runs.csv"], "runs.csv"),
        (&["parts/000001.rows"], "parts/000001.rows"),
        (&["parts/notes"], "parts/notes"),
        (&["plan.csv.part"], "plan.csv.part"),
        (&[".lock"], ".lock"),
        (&[".hidden"], ".hidden"),
        (&["deep/er/file"], "deep"),
        (&["shards/mine"], "shards"),
    ] {
        for file in files {
            folder.put(&format!("d/{file}"), "mine");
        }
        let before = tree(&folder.path("."));
        for command in COMMANDS {
            folder.dtao(command).refused_with(&["d", stops]);
            assert!(tree(&folder.path(".")) == before, "{command:?} changed something: {stops}");
        }
        fs::remove_dir_all(folder.path("d")).expect("it is there");
    }
}

#[test]
fn runs_sweeps_shards_and_experiments_do_not_touch_each_others_folders() {
    let folder = with_everything();
    let make = |kind: &str| match kind {
        "run" => drop(folder.dtao(&["run", "small.ron", "--out", "d"]).exits(0)),
        "sweep" => drop(folder.dtao(&["sweep", "sweep.ron", "--out", "d"]).exits(0)),
        "experiment" => {
            folder.put("d/manifest.json", r#"{"dtao": "experiment", "complete": true, "tables": {}}"#);
        }
        _ => {
            for (name, text) in tree(&folder.path("shards/shard-1-of-2")) {
                if !name.ends_with('/') {
                    folder.put(&format!("d/{name}"), &text);
                }
            }
        }
    };
    for kind in ["run", "sweep", "experiment", "shard"] {
        make(kind);
        // A note of the user's beside results stops everybody, too.
        for note in [false, true] {
            if note {
                folder.put("d/thesis.txt", "mine");
            }
            let before = tree(&folder.path("."));
            for command in COMMANDS {
                let own = match command[0] {
                    "run" => kind == "run",
                    "sweep" | "merge" => kind == "sweep",
                    _ => kind == "experiment",
                };
                if own && !note {
                    continue;
                }
                folder.dtao(command).refused_with(&["d"]);
                assert!(tree(&folder.path(".")) == before, "{command:?} changed {kind}");
            }
            let shard = ["sweep", "sweep.ron", "--out", "d", "--shard", "1/2"];
            if kind != "sweep" {
                folder.dtao(&shard).refused_with(&["d", "this folder holds"]);
                assert!(tree(&folder.path(".")) == before, "a shard changed {kind}");
            }
        }
        fs::remove_dir_all(folder.path("d")).expect("it is there");
    }
}

#[test]
fn a_merge_never_writes_into_a_shard_that_it_reads() {
    let folder = with_everything();
    let before = tree(&folder.path("shards"));
    for out in ["shards/shard-1-of-2", "shards/shard-2-of-2/parts", "shards/../shards/shard-1-of-2/x/y"] {
        for force in [&[][..], &["--force"]] {
            let merge = [&["merge", "shards", "--out", out][..], force].concat();
            folder.dtao(&merge).refused_with(&["shard", "is to be merged", "--out"]);
            assert!(tree(&folder.path("shards")) == before, "{out}");
        }
    }
    folder.dtao(&["merge", "shards/shard-1-of-2", "shards/shard-2-of-2"]).refused_with(&["is to be merged"]);
    assert!(tree(&folder.path("shards")) == before);
    folder.dtao(&["merge", "shards", "--force"]).exits(0);
}

#[test]
fn shards_keep_their_plan() {
    let folder = with_everything();
    folder.write("other.ron", &SWEEP.replace("(0, 2)", "(0, 3)"));
    folder.dtao(&["sweep", "other.ron", "--out", "others", "--shard", "1/1"]).exits(0);
    folder.dtao(&["merge", "shards"]).exits(0);
    let before = tree(&folder.path("shards"));
    for command in [
        &["sweep", "other.ron", "--out", "shards", "--force"][..],
        &["sweep", "other.ron", "--out", "shards", "--shard", "1/2", "--force"],
        &["merge", "others", "--out", "shards", "--force"],
    ] {
        folder.dtao(command).refused_with(&["shards"]);
        assert!(tree(&folder.path("shards")) == before, "{command:?}");
    }
    // The whole sweep beside its shards is held against its manifest, too.
    folder.dtao(&["sweep", "sweep.ron", "--out", "shards", "--resume"]).exits(0);
    assert!(tree(&folder.path("shards")) == before);
}

#[cfg(unix)]
#[test]
fn a_lock_is_never_truncated_or_followed_and_someone_elses_file_stays() {
    let folder = with_everything();
    for link in [false, true] {
        folder.put("precious.txt", "mine");
        fs::create_dir(folder.path("d")).expect("room");
        if link {
            std::os::unix::fs::symlink("../precious.txt", folder.path("d/.lock")).expect("a link");
        } else {
            folder.put("d/.lock", "mine");
        }
        folder.put("d/mine", "mine");
        let before = tree(&folder.path("."));
        for command in COMMANDS {
            folder.dtao(command).refused_with(&["d/.lock", "not a lock"]);
            assert!(tree(&folder.path(".")) == before, "{command:?}");
        }
        fs::remove_dir_all(folder.path("d")).expect("it is there");
    }
}

#[test]
fn rows_without_their_manifest_are_another_sweeps_until_their_checksums_say_otherwise() {
    let folder = with_sweep();
    folder.dtao(&["sweep", "sweep.ron", "--out", "whole"]).exits(0);
    folder.dtao(&["sweep", "sweep.ron", "--out", "s", "--shard", "1/1"]).exits(0);
    let rows = folder.read("s/shard-1-of-1/rows");
    let (some, _) = rows.split_at(rows.len() / 2);
    folder.put("out/parts/000001.rows", some);
    let before = tree(&folder.path("out"));
    folder.write("other.ron", &SWEEP.replace("[3, 4]", "[3, 5]"));
    folder.dtao(&["sweep", "other.ron", "--out", "out", "--resume"]).refused_with(&["parts/000001.rows"]);
    folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--force"]).refused_with(&["parts/000001.rows"]);
    assert!(tree(&folder.path("out")) == before);
    folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]).exits(0);
    assert!(tree(&folder.path("out")) == tree(&folder.path("whole")));
}

#[test]
fn another_sweep_is_told_with_what_differs() {
    let folder = with_everything();
    folder
        .dtao(&["sweep", "sweep.ron", "--out", "shards/shard-1-of-2", "--resume"])
        .refused_with(&["shards/shard-1-of-2", "a shard of a sweep, not a sweep"]);
    fs::rename(folder.path("shards/shard-1-of-2"), folder.path("x")).expect("it is there");
    fs::rename(folder.path("shards/shard-2-of-2"), folder.path("shards/shard-1-of-2")).expect("it is there");
    folder
        .dtao(&["sweep", "sweep.ron", "--out", "shards", "--shard", "1/2"])
        .refused_with(&["what differs: the shard", "1/2 now, 2/2 there"]);
}

#[cfg(unix)]
#[test]
fn a_run_that_finds_no_room_leaves_the_earlier_result_as_it_was() {
    let folder = with_sweep();
    folder.dtao(&["run", "small.ron", "--out", "r"]).exits(0);
    folder.dtao(&["sweep", "sweep.ron", "--out", "s"]).exits(0);
    let before = (tree(&folder.path("r")), tree(&folder.path("s")));
    for blocks in [0, 1, 4, 8] {
        for command in [
            "run small.ron --set record.every=1 --out r --force",
            "sweep sweep.ron --seeds 0..99 --out s --force",
        ] {
            let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" {command}");
            let mut shell = std::process::Command::new("sh");
            shell
                .args(["-c", &line])
                .arg(assert_cmd::cargo::cargo_bin!("dtao"))
                .current_dir(folder.path("."));
            let done = Done::of(shell.output().expect("a shell"));
            assert_eq!(done.code, Some(3), "{command}: {done:?}");
            let mut now = tree(&folder.path("s"));
            now.retain(|name, _| !name.starts_with("parts/"));
            assert!((tree(&folder.path("r")), now) == before, "{command}");
        }
    }
    folder.dtao(&["run", "small.ron", "--set", "record.every=1", "--out", "r", "--force"]).exits(0);
    assert_ne!(tree(&folder.path("r")), before.0);
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "0..99", "--out", "s", "--force"]).exits(0);
    assert_ne!(tree(&folder.path("s")), before.1);
}

#[test]
fn calibrating_replaces_nothing_but_a_table_of_launch_subnets() {
    let folder = Folder::new();
    let calibration = "    blocks: 50,\n    calibration: (from: 5_100_000, to: 5_100_020, rounds: 1, damping: 0.5, clip: 0.5),";
    folder.write("small.ron", &crate::program::SCENARIO.replace("    blocks: 50,", calibration));
    folder.write("prices.csv", "time_utc,block,1,2\na,5100010,0.9,0.3\nb,5100020,0.9,0.8\n");
    folder.put("thesis.txt", "mine");
    fs::create_dir(folder.path("dir")).expect("room");
    let before = tree(&folder.path("."));
    for out in ["thesis.txt", "prices.csv", "small.ron", "dir"] {
        folder.dtao(&["calibrate", "small.ron", "--out", out, "--force"]).refused_with(&[out]);
        assert!(tree(&folder.path(".")) == before, "{out}");
    }
    folder.dtao(&["calibrate", "small.ron", "--out", "new.csv"]).exits(0);
    let new = folder.read("new.csv");
    folder.write("new.csv", &new.replace('1', "2"));
    folder.dtao(&["calibrate", "small.ron", "--out", "new.csv", "--force"]).exits(0);
    assert_eq!(folder.read("new.csv"), new);
}
