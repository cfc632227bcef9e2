//! `dtao attack`: what is printed and written, and what is refused.

use crate::program::Folder;

const FEW: [&str; 6] = ["attack", "small.ron", "--budget", "50 TAO", "--evaluations", "40"];

#[test]
fn a_search_says_what_it_found_and_writes_what_it_says() {
    let folder = Folder::new();
    let done = folder.dtao(&[&FEW[..], &["--out", "out", "--accounts", "1"]].concat()).exits(0);
    assert!(done.stdout.contains("runs of programs") && done.stdout.contains("tables in out"), "{done:?}");
    let names = folder.names("out");
    for name in ["attacks.csv", "attacks.md", "archive.csv", "curve.csv", "manifest.json"] {
        assert!(names.iter().any(|other| other == name), "{names:?}");
    }
    let again = folder.dtao(&[&FEW[..], &["--out", "out", "--accounts", "1", "--resume"]].concat());
    assert!(again.exits(0).stderr.contains("complete"));
    let manifest = folder.read("out/manifest.json");
    let faulty = manifest.replace("\"faults\": 0", "\"faults\": 2");
    assert_ne!(faulty, manifest, "{manifest}");
    folder.write("out/manifest.json", &faulty);
    folder.dtao(&[&FEW[..], &["--out", "out", "--accounts", "1", "--resume"]].concat()).exits(3);
    folder.write("out/manifest.json", &manifest);
    folder.dtao(&[&FEW[..], &["--out", "out"]].concat()).refused_with(&["out", "--force", "--resume"]);
    let json = folder.dtao(&[&FEW[..], &["--json"]].concat()).exits(0).json();
    assert!(json["evaluations"].as_u64().is_some_and(|made| made >= 40), "{json}");
    assert_eq!(json["faults"], 0, "{json}");
}

#[test]
fn what_cannot_be_searched_is_refused_with_what_would_be_right() {
    let folder = Folder::new();
    let refused = |more: &[&str], words: &[&str]| {
        folder.dtao(&[&["attack", "small.ron"], more].concat()).refused_with(words);
    };
    refused(&[], &["--budget"]);
    refused(&["--budget", "much"], &["much", "--budget"]);
    refused(&["--budget", "22_000_000 TAO"], &["21,000,000"]);
    refused(&["--budget", "50 TAO", "--ops", "Steak"], &["--ops", "Steak", "Stake"]);
    refused(&["--budget", "50 TAO", "--accounts", "4"], &["--accounts", "1, 2 or 3"]);
    refused(&["--budget", "50 TAO", "--against", "SpotPirce"], &["--against", "SpotPrice"]);
    refused(&["--budget", "50 TAO", "--seed-with", "small.ron"], &["--seed-with", "Program"]);
    refused(&["--budget", "50 TAO", "--evaluations", "0"], &["--evaluations", "a number of runs from 1"]);
    refused(&["--budget", "50 TAO", "--seed", "18446744073710"], &["--seed", "from 0 to 18446744073709"]);
    let program = "Program(steps: [(account: 1, action: Stake(on: Largest, part: 1.0))])";
    let market = "Script(calls: [])";
    folder.write("seeded.ron", &crate::program::SCENARIO.replace(market, program));
    let seeded = ["--budget", "50 TAO", "--seed-with", "seeded.ron", "--accounts"];
    refused(&[&seeded[..], &["1"]].concat(), &["--seed-with", "--accounts 2"]);
    refused(&[&seeded[..], &["2", "--ops", "Unstake"]].concat(), &["--seed-with", "`Stake`", "--ops"]);
    folder.dtao(&[&FEW[..], &["--seed", "18446744073709"]].concat()).exits(0);
}

/// A scenario with two programs in it, of two groups.
fn with_programs(folder: &Folder, name: &str) {
    let market = "strategy: Script(calls: [])),";
    let buys = "strategy: Program(steps: [(action: Stake(on: Largest, part: 0.5))])),";
    let turns = "strategy: Program(steps: [(action: Stake(on: Smallest, part: 0.5)), \
                 (wait: Blocks(20), action: Unstake(on: Smallest, part: 1.0))])),";
    let groups = format!("{buys}\n(name: \"turner\", count: 1, tao: \"0 TAO\", {turns}");
    assert_eq!(crate::program::SCENARIO.matches(market).count(), 1);
    folder.write(name, &crate::program::SCENARIO.replace(market, &groups));
}

const TABLE: [&str; 8] =
    ["attack", "small.ron", "--budget", "50 TAO", "--table", "--against", "Uniform,spec:257", "--seed-with"];

#[test]
fn a_table_has_every_program_under_every_rule() {
    let folder = Folder::new();
    with_programs(&folder, "mine.ron");
    let asked = [&TABLE[..], &["mine.ron", "--out", "out"]].concat();
    let done = folder.dtao(&asked).exits(0);
    for word in ["mine holder", "mine turner", "own", "Uniform", "spec:257", "table.md", "Under Uniform:"] {
        assert!(done.stdout.contains(word), "{word}: {done:?}");
    }
    assert_eq!(folder.names("out"), ["failures.csv", "manifest.json", "table.csv", "table.md"]);
    let table = crate::program::Table::read(&folder, "out/table.csv");
    for rule in ["own", "Uniform", "spec:257"] {
        for attack in ["mine holder", "mine turner"] {
            let having = [("rule", rule), ("attack", attack)];
            assert_eq!(table.cell("seeds", &having), "64", "traders are random");
            assert!(table.cell("honest", &having).parse::<f64>().is_ok());
            assert_eq!(table.cell("change", &having).is_empty(), rule == "own");
        }
    }
    let text = folder.read("out/table.md");
    assert!(
        text.contains("| attack | own | Uniform | spec:257 |\n|---|---|---|---|\n| mine holder | "),
        "{text}"
    );

    // The same for any number of threads, as JSON, and gone on with.
    let again = [&TABLE[..], &["mine.ron", "--out", "again", "--jobs", "1", "--json"]].concat();
    let json = folder.dtao(&again).exits(0).json();
    assert_eq!(json["attacks"][1]["cells"][2]["rule"], "spec:257", "{json}");
    assert_eq!((&json["faults"], &json["seeds"]), (&0.into(), &64.into()));
    assert_eq!(folder.read("again/table.csv"), folder.read("out/table.csv"));
    let resumed = folder.dtao(&[&asked[..], &["--resume"]].concat()).exits(0);
    assert!(resumed.stderr.contains("complete"), "{resumed:?}");
    folder.dtao(&[&FEW[..], &["--out", "out", "--resume"]].concat()).refused_with(&["something else"]);

    let shown = folder.dtao(&["show", "out"]).exits(0);
    assert!(shown.stdout.contains("mine turner") && shown.stdout.contains("Under spec:257:"), "{shown:?}");
    folder.dtao(&["report", "out"]).exits(0);
    let page = folder.read("out/report.html");
    assert!(page.contains("else&#39;s wealth") && page.contains("--table --seed-with FILE"));
}

#[test]
fn a_table_takes_what_a_search_has_found_and_refuses_what_it_cannot_use() {
    let folder = Folder::new();
    let search = ["attack", "small.ron", "--budget", "50 TAO", "--evaluations", "400", "--seed", "4"];
    folder.dtao(&[&search[..], &["--ops", "Stake,Unstake", "--out", "found"]].concat()).exits(0);
    let found = crate::program::Table::read(&folder, "found/attacks.csv");
    let table = [&TABLE[..], &["found", "--seed", "4", "--out", "table"]].concat();
    folder.dtao(&table).exits(0);
    let table = crate::program::Table::read(&folder, "table/table.csv");
    // The same programs with the same seeds under the same rule.
    let of_first = table.cell("gain", &[("attack", "attack_1"), ("rule", "own")]);
    let mean = found.cell("mean", &[("attack", "1")]);
    let (of_first, mean) =
        (of_first.parse::<f64>().expect("a number"), mean.parse::<f64>().expect("a number"));
    assert!((of_first - mean).abs() < 1e-9, "{of_first} {mean}");

    let refused = |more: &[&str], words: &[&str]| {
        folder.dtao(&[&["attack", "small.ron", "--budget", "50 TAO"], more].concat()).refused_with(words);
    };
    with_programs(&folder, "mine.ron");
    refused(&["--table", "--seed-with", "mine.ron"], &["--against"]);
    refused(&["--table", "--against", "Uniform"], &["--seed-with"]);
    let known = ["--table", "--against", "Uniform", "--seed-with"];
    refused(&[&known[..], &["mine.ron", "--evaluations", "9"]].concat(), &["--table", "--evaluations"]);
    refused(&[&known[..], &["mine.ron", "--seed-with", "mine.ron"]].concat(), &["mine.ron", "named twice"]);
    refused(&[&known[..], &["small.ron"]].concat(), &["small.ron", "Program"]);
    refused(&[&known[..], &["table"]].concat(), &["table", "--out"]);
    folder.dtao(&["run", "small.ron", "--out", "run"]).exits(0);
    refused(&[&known[..], &["run"]].concat(), &["holds a run"]);
    folder.put("empty/note.txt", "");
    refused(&[&known[..], &["empty"]].concat(), &["no finished search"]);
    folder.change("found/attacks.csv", "rule,attack,claimed", "rule,attack,claims");
    refused(&[&known[..], &["found"]].concat(), &["attacks.csv"]);
}

#[test]
fn what_is_left_of_an_attack_after_answers_stands_beside_what_it_gains() {
    let folder = Folder::new();
    let search = ["attack", "small.ron", "--budget", "50 TAO", "--evaluations", "400", "--seed", "4"];
    let search = [&search[..], &["--ops", "Stake,Unstake", "--respond"]].concat();
    let done = folder.dtao(&[&search[..], &["--out", "out"]].concat()).exits(0);
    assert!(
        done.stdout.contains("after answers") && done.stdout.contains("After others answered it comes to")
    );
    let attacks = crate::program::Table::read(&folder, "out/attacks.csv");
    let first = [("attack", "1")];
    assert!(attacks.cell("after_answers", &first).parse::<f64>().is_ok());
    let answers = attacks.cell("answers", &first);
    assert!(answers.contains("traders") || answers.contains("nobody"), "{answers}");
    assert!(folder.read("out/attacks.md").contains(&answers));
    let shown = folder.dtao(&["report", "out"]).exits(0);
    assert!(folder.read("out/report.html").contains("After others answered"), "{shown:?}");
    // It is another search than the one in which nobody is asked.
    let asleep: Vec<&str> = search.iter().copied().filter(|word| *word != "--respond").collect();
    folder.dtao(&[&asleep[..], &["--out", "out", "--resume"]].concat()).refused_with(&["something else"]);
}
