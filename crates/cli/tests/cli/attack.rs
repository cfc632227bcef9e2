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
