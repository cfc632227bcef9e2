//! Every command where all goes well, or where a result is negative.

use crate::program::{Folder, dtao, project};

const VECTORS: &str = "crates/protocol/tests/vectors";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn a_run_writes_its_tables_and_prints_its_summary() {
    let folder = Folder::new();
    let done = folder.dtao(&["run", "small.ron", "--out", "deep/out"]).exits(0);
    assert_eq!(done.stderr, "", "quiet where nobody watches");
    for word in ["small", "5100000", "5100049", "shares", "price", "bought", "out"] {
        assert!(done.stdout.contains(word), "`{word}` is missing in:\n{}", done.stdout);
    }
    let tables = ["events.csv", "groups.csv", "manifest.json", "subnets.csv", "summary.json"];
    assert_eq!(folder.names("deep/out"), tables);
    let header = "block,time_utc,netuid,price,moving_price,tao_in,alpha_in,alpha_out,market_cap,rank,\
                  emission_share,tao_emission,alpha_in_emission,alpha_out_emission,root_proportion";
    assert_eq!(folder.read("deep/out/subnets.csv").lines().next(), Some(header));
}

#[test]
fn a_run_without_a_folder_writes_nothing() {
    let folder = Folder::new();
    let before = folder.names(".");
    folder.dtao(&["run", "small.ron"]).exits(0);
    assert_eq!(folder.names("."), before);
}

#[test]
fn a_runs_json_is_its_summary_file() {
    let folder = Folder::new();
    let done =
        folder.dtao(&["run", "small.ron", "--json", "--audit", "--seed", "3", "--out", "out"]).exits(0);
    let summary = done.json();
    let file: serde_json::Value = serde_json::from_str(&folder.read("out/summary.json")).expect("JSON");
    assert_eq!(summary, file);
    assert_eq!(summary["seed"], 3);
    assert_eq!(summary["audit"]["blocks"], 50);
    assert_eq!(summary["interrupted"], false);
}

#[test]
fn assignments_and_blocks_replace_what_the_file_says() {
    let folder = Folder::new();
    let set = ["--set", "record.every=7", "--set", "agents.traders.count=9"];
    let arguments = [&["run", "small.ron", "--out", "out", "--blocks", "20", "--json"][..], &set].concat();
    let summary = folder.dtao(&arguments).exits(0).json();
    assert_eq!(summary["last_block"], 5_100_019);
    let rows = folder.read("out/groups.csv");
    let traders: Vec<_> = rows.lines().filter(|line| line.contains(",traders,9,")).collect();
    // 5,100,004, 5,100,011 and 5,100,018, and the last block.
    assert_eq!(traders.len(), 4, "{rows}");
}

#[test]
fn verifying_exits_with_one_if_an_expectation_is_missed() {
    let folder = Folder::new();
    let met = folder.dtao(&["verify", "small.ron", "--seeds", "2"]).exits(0);
    assert!(
        met.stdout.contains("1 of 1 met") && met.stdout.contains("all of a block's TAO"),
        "{}",
        met.stdout
    );

    let missed = Folder::spoilt("target: 1.0, within: (0.999, 1.0)", "target: 2.0, within: (1.5, 2.5)");
    let done = missed.dtao(&["verify", "small.ron"]).exits(1);
    assert!(done.stdout.contains("MISSED"), "{}", done.stdout);
    let table = missed.dtao(&["verify", "small.ron", "--json"]).exits(1).json();
    assert_eq!(table["lines"][0]["verdict"], "Missed");
}

#[test]
fn verifying_exits_with_one_if_a_metric_is_not_reached() {
    let folder = Folder::new();
    let done = folder.dtao(&["verify", "small.ron", "--blocks", "10"]).exits(1);
    assert!(done.stdout.contains("NOT REACHED"), "{}", done.stdout);
}

#[test]
fn the_projects_vectors_all_conform() {
    let done = dtao(&["conform", VECTORS, "--json"]).exits(0);
    let reports = done.json();
    let reports = reports["files"].as_array().expect("a list");
    assert!(reports.len() > 10);
    for report in reports {
        let [passed, total, unsupported] =
            ["passed", "total", "unsupported"].map(|field| report[field].as_u64().expect("a number"));
        assert_eq!(passed + unsupported, total, "{report}");
    }
    let text = dtao(&["conform", VECTORS]).exits(0).stdout;
    let files = text.lines().filter(|line| !line.starts_with(' ')).count();
    assert_eq!(files, reports.len(), "a line for each file: {text}");
}

/// A vector file of lock costs: a right one, and what a test adds.
fn vectors(kind: &str, cost: u64) -> String {
    format!(
        r#"{{"kind": "{kind}", "cases": [{{"id": "mine", "source": "by hand", "tolerance": 0,
            "inputs": {{"last_lock": 1000000000000, "min_lock": 1000000000, "last_lock_block": 1000,
                        "block": 202600, "reduction_interval": 100800}},
            "expected": {{"lock_cost": {cost}}}}}]}}"#
    )
}

#[test]
fn conforming_exits_with_one_if_a_vector_fails() {
    let folder = Folder::new();
    folder.write("good.json", &vectors("lock_cost", 1_000_000_000));
    let good = folder.dtao(&["conform", "good.json"]).exits(0);
    assert!(good.stdout.contains("good.json: 1/1"), "{}", good.stdout);

    folder.write("bad.json", &vectors("lock_cost", 1_000_000_001));
    let bad = folder.dtao(&["conform", "."]).exits(1);
    for word in ["bad.json: 0/1", "good.json: 1/1", "mine", "1000000001"] {
        assert!(bad.stdout.contains(word), "`{word}` is missing in:\n{}", bad.stdout);
    }
}

#[test]
fn a_file_that_contradicts_itself_is_refused_and_the_others_are_still_run() {
    let folder = Folder::new();
    let good = vectors("lock_cost", 1_000_000_000);
    folder.write("good.json", &good);
    folder.write("count.json", &good.replacen("\"cases\"", "\"count\": 99, \"cases\"", 1));
    folder.write("twice.json", &good.replacen("\"tolerance\": 0", "\"tolerance\": 0, \"tolerance\": 0", 1));
    let done = folder.dtao(&["conform", "."]).exits(2);
    assert!(done.stdout.contains("good.json: 1/1"), "{}", done.stdout);
    for word in ["count.json", "`count` is 99", "twice.json", "`tolerance` is given twice"] {
        assert!(done.stderr.contains(word), "`{word}` is missing in:\n{}", done.stderr);
    }
}

#[test]
fn a_vector_that_nothing_computes_is_told_and_fails_if_it_should() {
    let folder = Folder::new();
    folder.write("strange.json", &vectors("weather", 7));
    let done = folder.dtao(&["conform", "strange.json"]).exits(0);
    assert!(
        done.stdout.contains("0/1") && done.stdout.contains("unsupported 1: kind `weather`"),
        "{}",
        done.stdout
    );
    folder.dtao(&["conform", "strange.json", "--strict"]).exits(1);
    folder.write("strange.json", &vectors("lock_cost", 1_000_000_000));
    folder.dtao(&["conform", "strange.json", "--strict"]).exits(0);
}

#[test]
fn a_vector_that_nothing_computes_is_counted_and_no_failure() {
    let folder = Folder::new();
    folder.write("strange.json", &vectors("weather", 7));
    let done = folder.dtao(&["conform", "strange.json", "--json"]).exits(0);
    let report = &done.json()["files"][0];
    assert_eq!(
        (&report["passed"], &report["total"], &report["unsupported"]),
        (&0.into(), &1.into(), &1.into())
    );
}

#[test]
fn checking_reads_scenarios_and_runs_nothing() {
    let folder = Folder::new();
    let before = folder.names(".");
    let done = folder.dtao(&["check", "small.ron", "small.ron"]).exits(0);
    assert_eq!(done.stdout.lines().count(), 2);
    assert!(done.stdout.contains("50 blocks") && done.stdout.contains("2 subnets"), "{}", done.stdout);
    assert_eq!(folder.names("."), before);
}

#[test]
fn the_list_names_every_scenario_agent_and_metric() {
    let text = dtao(&["list"]).exits(0).stdout;
    let root = project();
    let names = |folder: &str, ending: &str| -> Vec<String> {
        let entries = std::fs::read_dir(root.join(folder)).expect("the project's folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let right = paths.filter(|path| path.extension().is_some_and(|found| found == ending));
        right.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
    };
    let scenarios = names("configs/scenarios", "ron");
    assert!(scenarios.len() >= 3);
    for scenario in scenarios {
        assert!(text.contains(&format!("{scenario}.ron")), "{scenario}");
    }
    // A file of agents or metrics that holds an `impl Parameters for` is one entry.
    for folder in ["agents/src", "crates/metrics/src"] {
        for file in names(folder, "rs") {
            let code = std::fs::read_to_string(root.join(folder).join(format!("{file}.rs"))).expect("code");
            for line in code.lines().filter(|line| line.starts_with("impl Parameters for ")) {
                let name = line["impl Parameters for ".len()..].trim_end_matches([' ', '{', '}']);
                assert!(text.lines().any(|line| line.trim().starts_with(name)), "{name} in:\n{text}");
            }
        }
    }
    let json = dtao(&["list", "--json"]).exits(0).json();
    let titles: Vec<_> =
        json["sections"].as_array().expect("a list").iter().map(|section| &section["title"]).collect();
    assert_eq!(
        titles,
        [
            "scenarios",
            "sweeps",
            "fits",
            "agents",
            "metrics",
            "runtimes",
            "emission rules",
            "rules",
            "mainnet"
        ]
    );
}

#[test]
fn every_value_of_the_rules_is_listed_with_unit_range_history_and_source() {
    let text = dtao(&["list", "rules"]).exits(0).stdout;
    assert!(text.contains("children.cooldown") && text.contains("219: 7200, 234: 1, 245: 7200"), "{text}");
    assert!(!text.contains("scenarios"), "{text}");
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for range in [
        "TaoFlow(smoothing: 0.0 to 1.0, cutoff: -2.1e16 to 2.1e16, exponent: 1.0 to 2.0)",
        "Rank(rank: 1 to 65535, exponent: 1.0 to 8.0)",
    ] {
        assert!(one_line.contains(range), "{range} in: {text}");
    }
    let json = dtao(&["list", "rules", "--json"]).exits(0).json();
    let rules = json["sections"][0]["rules"].as_array().expect("a list");
    assert!(rules.len() > 25, "{}", rules.len());
    for rule in rules {
        let text = |field: &str| rule[field].as_str().expect("a text").to_owned();
        assert!(!text("unit").is_empty() && text("about").len() > 10, "{rule}");
        for value in rule["values"].as_array().expect("a list") {
            let source = value["source"].as_str().expect("a text");
            let revision = source.contains(" @ ") || source.contains("RaoFoundation");
            let is_source = source.starts_with("subtensor:") || source.starts_with("bittensor ");
            assert!(is_source && revision, "{rule}");
        }
    }
    let rules = dtao(&["list", "emission-rules"]).exits(0).stdout;
    for part in [
        "MarketCap",
        "LowerAverage(step:",
        "meant to stop a price that is pushed up in a shallow pool",
        "#3029",
    ] {
        assert!(rules.contains(part), "`{part}` in: {rules}");
    }
}

#[test]
fn a_scenario_that_cannot_be_read_is_listed_as_such() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("configs/scenarios")).expect("a folder");
    folder.write("configs/scenarios/broken.ron", "Scenario(");
    let done = folder.dtao(&["list"]).exits(0);
    assert!(done.stdout.contains("broken.ron") && done.stdout.contains("not readable"), "{}", done.stdout);
}

#[test]
fn completions_are_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = dtao(&["completions", shell]).exits(0).stdout;
        assert!(script.contains("verify") && script.contains("conform"), "{shell}");
    }
}

#[test]
fn help_and_version_are_given() {
    assert!(dtao(&["--help"]).exits(0).stdout.contains("Exit codes"));
    assert!(dtao(&["--version"]).exits(0).stdout.starts_with("dtao "));
}

#[test]
fn a_calibration_is_printed_or_written() {
    let folder = Folder::new();
    let calibration = "calibration=(from: 5_100_000, to: 5_100_020, rounds: 1, damping: 0.5, clip: 0.5)";
    let scenario = crate::program::SCENARIO.replace(
        "    blocks: 50,",
        &format!("    blocks: 50,\n    {},", calibration.replace("calibration=", "calibration: ")),
    );
    folder.write("small.ron", &scenario);
    folder.write("prices.csv", "time_utc,block,1,2\na,5100010,0.9,0.3\nb,5100020,0.9,0.8\n");
    let printed = folder.dtao(&["calibrate", "small.ron", "--registered", "2=4878363"]).exits(0);
    assert!(printed.stdout.starts_with("netuid,moving_price,registered_at\n1,0.7"), "{}", printed.stdout);
    assert!(printed.stdout.lines().any(|line| line.starts_with("2,0.2") && line.ends_with(",4878363")));
    let written = folder.dtao(&["calibrate", "small.ron", "--out", "new.csv"]).exits(0);
    assert_eq!(written.stdout, "");
    assert_eq!(folder.read("new.csv"), printed.stdout.replace("4878363", "0"));
}

#[test]
fn an_experiment_that_there_is_not_or_without_its_files_is_refused() {
    let unknown = dtao(&["reproduce", "sn29"]).exits(2);
    assert!(unknown.stderr.contains("sn28"), "{unknown:?}");
    let missing = Folder::new().dtao(&["reproduce", "sn28", "--root", "."]).exits(2);
    assert!(missing.stderr.contains("there is no folder `configs` in it"), "{missing:?}");
}

#[test]
fn the_articles_claims_are_answered_and_make_no_runs() {
    let told = dtao(&["reproduce", "claims"]).exits(0);
    assert!(told.stdout.contains("\n26  ") && told.stdout.contains("dtao reproduce buybacks"), "{told:?}");
    let refused = dtao(&["reproduce", "claims", "--full"]).exits(2);
    assert!(refused.stderr.contains("--full: `reproduce claims` makes no runs"), "{refused:?}");
}

#[test]
fn a_study_in_which_nothing_is_random_is_whole_without_flags() {
    let folder = Folder::new();
    let told = folder.dtao(&["reproduce", "root_cartel", "--root", ROOT, "--out", "d"]).exits(0);
    assert!(told.stdout.contains("Which part of the emission does a cartel direct?"), "{told:?}");
    assert!(!told.stdout.contains("This is a look"), "{told:?}");
    // Twelve decimals of the run, as published.
    assert_eq!(
        folder.read("d/answers.csv"),
        include_str!("../../../reproduce/published/root_cartel/answers.csv")
    );
}
