//! Finished results that are not as they were: told by name, and made again.

use std::fs;

use crate::program::Folder;

const SWEEP: &str = r#"Sweep(
    about: "A small sweep for tests of finished results.",
    scenario: "small.ron",
    set: {"blocks": 60},
    design: Morris(trajectories: 4, levels: 4, seed: 1, ranges: {
        "agents.traders.strategy.buys": (from: 0.1, to: 0.9, decimals: 2),
    }),
    arms: {"baseline": {}, "rich": {"agents.traders.tao": "500 TAO"}},
    seeds: (0, 3),
)"#;

const TABLES: [&str; 6] =
    ["cells.csv", "failures.csv", "plan.csv", "points.csv", "runs.csv", "sensitivity.csv"];

/// A folder with the sweep, and its results in `out`.
fn with_results() -> Folder {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    folder.dtao(&["sweep", "sweep.ron", "--out", "out"]).exits(0);
    folder
}

fn all(folder: &Folder, name: &str) -> Vec<(String, String)> {
    let names = folder.names(name).into_iter();
    names.map(|file| (file.clone(), folder.read(&format!("{name}/{file}")))).collect()
}

/// Ways in which a table is not as it was; nothing removes it.
fn spoilt(text: &str) -> Vec<Option<String>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let header = lines[0].to_owned();
    let mut ways = vec![
        None,
        Some(String::new()),
        Some(text[..text.len() / 2].to_owned()),
        Some(format!("{text}{}", lines[lines.len() - 1])),
        Some(text.replacen(',', ";", 1)),
        Some(format!("{header}{}", lines[1..].iter().rev().copied().collect::<String>())),
    ];
    // The same number of bytes, and one digit is another.
    let mut bytes = text.to_owned().into_bytes();
    if let Some(digit) = bytes.iter().rposition(u8::is_ascii_digit) {
        bytes[digit] = if bytes[digit] == b'9' { b'1' } else { b'9' };
        ways.push(Some(String::from_utf8(bytes).expect("text")));
    }
    ways.retain(|way| way.as_deref() != Some(text));
    ways
}

#[test]
fn a_table_of_a_complete_sweep_that_is_not_as_it_was_is_named_and_made_again_with_the_same_bytes() {
    let folder = with_results();
    let whole = all(&folder, "out");
    let names: Vec<&str> =
        whole.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "manifest.json").collect();
    assert_eq!(names, TABLES);
    for name in TABLES {
        let file = format!("out/{name}");
        for way in spoilt(&folder.read(&file)) {
            match &way {
                None => fs::remove_file(folder.path(&file)).expect("it is there"),
                Some(text) => folder.write(&file, text),
            }
            let done = folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]).exits(0);
            assert!(done.stderr.contains(&format!("{file}: ")), "{name} {way:?}: {}", done.stderr);
            assert!(done.stderr.contains("made again"), "{}", done.stderr);
            assert!(done.stdout.contains("48 runs, 0 failed"), "{}", done.stdout);
            assert!(all(&folder, "out") == whole, "{name}, {way:?}");
        }
    }
    let done = folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]).exits(0);
    assert_eq!(done.stderr, "", "nothing was wrong");
    assert!(done.stdout.contains("48 runs, 0 failed"), "{}", done.stdout);
}

#[test]
fn a_manifest_that_does_not_say_what_its_tables_are_is_not_believed() {
    let folder = with_results();
    let whole = all(&folder, "out");
    let text = folder.read("out/manifest.json");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for name in TABLES {
        let digest = &manifest["tables"][name];
        assert_eq!(digest["bytes"].as_u64(), Some(folder.read(&format!("out/{name}")).len() as u64));
        let rows = folder.read(&format!("out/{name}")).lines().count() as u64 - 1;
        assert_eq!(digest["rows"].as_u64(), Some(rows), "{name}");
        let mut without = manifest.clone();
        without["tables"].as_object_mut().expect("an object").remove(name);
        let mut uncounted = manifest.clone();
        uncounted["tables"][name].as_object_mut().expect("an object").remove("rows");
        let mut wrong = manifest.clone();
        wrong["tables"][name]["rows"] = (rows + 1).into();
        for spoilt in [without, uncounted, wrong] {
            folder.write("out/manifest.json", &serde_json::to_string_pretty(&spoilt).expect("JSON"));
            let resumed = folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume"]);
            if spoilt["tables"][name].is_null() && !name.starts_with('p') {
                // Nobody claims the table; the plan and its points tell by themselves whose they are.
                resumed.refused_with(&[name, "no manifest"]);
                folder.write("out/manifest.json", &text);
            } else {
                assert!(resumed.exits(0).stderr.contains(&format!("out/{name}: ")), "{name}");
            }
            assert!(all(&folder, "out") == whole, "{name}");
        }
    }
}

#[test]
fn a_merge_names_the_shard_that_is_not_as_it_was() {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    folder.dtao(&["sweep", "sweep.ron", "--out", "whole"]).exits(0);
    let shard = |shard: &str| folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--shard", shard]).exits(0);
    shard("1/2");
    shard("2/2");
    let rows = folder.read("out/shard-2-of-2/rows");
    for way in spoilt(&rows) {
        match &way {
            None => fs::remove_file(folder.path("out/shard-2-of-2/rows")).expect("it is there"),
            Some(text) => folder.write("out/shard-2-of-2/rows", text),
        }
        folder.dtao(&["merge", "out", "--out", "m"]).refused_with(&["out/shard-2-of-2/rows", "damaged"]);
        assert!(!folder.path("m").exists());
        let again = shard("2/2");
        assert!(again.stderr.contains("out/shard-2-of-2/rows: "), "{}", again.stderr);
        assert!(folder.read("out/shard-2-of-2/rows") == rows, "{way:?}");
    }
    let plan = folder.read("out/plan.csv");
    folder.write("out/plan.csv", &plan.replacen("baseline", "basement", 1));
    folder.write("out/points.csv", "");
    folder.dtao(&["merge", "out", "--out", "m"]).refused_with(&["plan.csv", "damaged", "it writes the plan"]);
    shard("1/2");
    assert!(folder.read("out/plan.csv") == plan);
    folder.dtao(&["merge", "out", "--out", "m"]).exits(0);
    assert!(all(&folder, "m") == all(&folder, "whole"));
}

#[test]
fn a_runs_manifest_says_what_its_tables_are() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--out", "out"]).exits(0);
    let manifest: serde_json::Value = serde_json::from_str(&folder.read("out/manifest.json")).expect("JSON");
    assert_eq!((&manifest["dtao"], &manifest["complete"]), (&"run".into(), &true.into()));
    for name in ["subnets.csv", "groups.csv", "events.csv", "summary.json"] {
        let digest = &manifest["tables"][name];
        let text = folder.read(&format!("out/{name}"));
        assert_eq!(digest["bytes"].as_u64(), Some(text.len() as u64), "{name}");
        assert_eq!(digest["sha256"].as_str().map(str::len), Some(64), "{name}");
        let rows = (name != "summary.json").then(|| text.lines().count() as u64 - 1);
        assert_eq!(digest["rows"].as_u64(), rows, "{name}");
    }
}

#[test]
fn more_shards_than_runs_are_complete_and_empty_and_merge() {
    let folder = Folder::new();
    let until = r#"until: HalfWidth(outcome: "price", half_width: 1.0, min: 20, batch: 10),"#;
    for (seeds, rule, shards) in [("(0, 2)", "", 5), ("(0, 30)", until, 3)] {
        folder.write(
            "one.ron",
            &format!(r#"Sweep(about: "One point.", scenario: "small.ron", seeds: {seeds}, {rule})"#),
        );
        folder.dtao(&["sweep", "one.ron", "--out", "whole"]).exits(0);
        for index in (1..=shards).rev() {
            let shard = format!("{index}/{shards}");
            let made = folder.dtao(&["sweep", "one.ron", "--shard", &shard, "--out", "out"]).exits(0);
            let again = folder.dtao(&["sweep", "one.ron", "--shard", &shard, "--out", "out"]).exits(0);
            assert_eq!(made.stdout, again.stdout, "it is skipped");
        }
        assert_eq!(folder.read(&format!("out/shard-{shards}-of-{shards}/rows")), "", "it is empty");
        folder.dtao(&["merge", "out", "--out", "m"]).exits(0);
        assert!(all(&folder, "m") == all(&folder, "whole"), "{seeds}");
        for name in ["whole", "out", "m"] {
            fs::remove_dir_all(folder.path(name)).expect("it is there");
        }
    }
}

/// An experiment with the names of the shipped one, over the small scenario.
fn with_experiment() -> Folder {
    let folder = Folder::new();
    for name in ["sn28.ron", "sn28_stops.ron", "sn28_clock.ron", "sn28_older.ron", "sn28_older_clock.ron"] {
        folder.put(&format!("configs/scenarios/{name}"), crate::program::SCENARIO);
    }
    for name in ["subnets.csv", "prices.csv"] {
        folder.put(&format!("configs/scenarios/{name}"), &folder.read(name));
    }
    let sweep =
        r#"Sweep(about: "Small.", scenario: "../scenarios/sn28.ron", seeds: (0, 4), set: {"blocks": 45})"#;
    for name in ["sn28.ron", "sn28_alone.ron", "sn28_rescue.ron", "sn28_attack.ron", "sn28_ablations.ron"] {
        folder.put(&format!("configs/sweeps/{name}"), sweep);
    }
    folder
}

const EXPERIMENT: [&str; 4] = ["reproduce", "sn28", "--out", "out"];
const WHOLE: [&str; 5] = ["reproduce", "sn28", "--out", "out", "--full"];

#[test]
fn an_experiment_never_answers_from_a_table_that_differs() {
    let folder = with_experiment();
    folder.dtao(&WHOLE).exits(0);
    let whole = all(&folder, "out/m1/attack");
    let tables = ["answers.csv", "validation.csv", "manifest.json"];
    let of_experiment = || tables.map(|name| folder.read(&format!("out/{name}")));
    let before = of_experiment();
    let resume = || folder.dtao(&[&WHOLE[..], &["--resume"]].concat()).exits(0);
    for way in spoilt(&folder.read("out/m1/attack/runs.csv")) {
        match &way {
            None => fs::remove_file(folder.path("out/m1/attack/runs.csv")).expect("it is there"),
            Some(text) => folder.write("out/m1/attack/runs.csv", text),
        }
        let done = resume();
        assert!(done.stderr.contains("out/m1/attack/runs.csv: "), "{way:?}: {}", done.stderr);
        assert!(all(&folder, "out/m1/attack") == whole, "{way:?}");
        assert_eq!(of_experiment(), before, "{way:?}");
    }
    folder.write("out/answers.csv", "spoilt");
    resume();
    assert_eq!(of_experiment(), before);
}

#[test]
fn an_experiment_is_replaced_sweep_by_sweep_and_goes_on_after_a_stop() {
    let folder = with_experiment();
    folder.dtao(&[&EXPERIMENT[..], &["--seeds", "2"]].concat()).exits(0);
    let before = folder.read("out/answers.csv");
    folder.dtao(&[&WHOLE[..], &["--resume"]].concat()).refused_with(&["out", "the seeds"]);
    assert_eq!(folder.read("out/answers.csv"), before);
    folder.dtao(&[&WHOLE[..], &["--force"]].concat()).exits(0);
    folder.write("out/thesis.txt", "mine");
    for how in [&[][..], &["--resume"], &["--force"]] {
        folder.dtao(&[&EXPERIMENT[..], how].concat()).refused_with(&["out", "thesis.txt"]);
    }
}
