//! Mistakes that people make often, each with a message that says what it is and what would be right.

use crate::program::Folder;

/// The small scenario with a part replaced is refused with these words.
#[track_caller]
fn refused(right: &str, wrong: &str, words: &[&str]) {
    Folder::spoilt(right, wrong).run_is_refused_with(&[], words);
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    let folder = Folder::new();
    folder.write("empty.ron", "");
    folder.dtao(&["run", "empty.ron"]).refused_with(&["empty.ron: the file is empty"]);
    folder.write("subnets.csv", "");
    folder.run_is_refused_with(&[], &["subnets.csv: the file is empty", "begin it with a header"]);
}

#[test]
fn smart_quotes_and_semicolons_are_named() {
    refused(r#"holder: "holder""#, "holder: “holder”", &["expected a value, found `“`", "straight quotes"]);
    let folder = Folder::new();
    folder.write("subnets.csv", "netuid;moving_price;registered_at\n1;0.6;0\n");
    folder
        .run_is_refused_with(&[], &["subnets.csv:1:1", "separated by semicolons", "separate them by commas"]);
}

#[test]
fn a_scenario_is_no_sweep() {
    let folder = Folder::new();
    let done = folder.dtao(&["sweep", "small.ron"]);
    done.refused_with(&["this is a scenario, not a sweep", "`dtao run small.ron` runs it once", "smoke.ron"]);
}

#[test]
fn a_metric_whose_name_has_dots_is_found_and_marked() {
    let price = r#""price": SubnetValue(netuid: 2, of: Price"#;
    let dotted = Folder::spoilt(price, r#""sn2.price": SubnetValue(netuid: 2, of: Price"#);
    let set = ["--set", "metrics.sn2.price.at=5_100_030"];
    dotted.run_is_refused_with(&set, &[r#"a name with a dot stands in quotes: metrics."sn2.price""#]);
    dotted.dtao(&["run", "small.ron", "--set", r#"metrics."sn2.price".at=5_100_030"#]).exits(0);
    refused(
        price,
        r#""sn2.price": SubnetValue(netuid: 2, of: Prize"#,
        &[r#"metrics."sn2.price".SubnetValue.of"#, "`Price`", ":49: metrics"],
    );
}

#[test]
fn an_optional_field_that_the_file_leaves_out_can_be_set() {
    let folder = Folder::new();
    let set = |set: &str| folder.dtao(&["run", "small.ron", "--set", set]);
    set("start.issuance=9_000_000 TAO").exits(0);
    set("start.issuence=9_000_000 TAO")
        .refused_with(&["unknown field `issuence`", "did you mean `issuance`?"]);
}

#[test]
fn an_unknown_strategy_is_told_with_the_list() {
    let wrong = |name: &str| format!("strategy: {name}(");
    refused("strategy: Noise(", &wrong("Noize"), &["unknown variant `Noize`", "did you mean `Noise`?"]);
    refused("strategy: Noise(", &wrong("Crowd"), &["unknown variant `Crowd`", "`Pumper`", "`BasketHolder`"]);
}

#[test]
fn numbers_of_the_command_line_are_written_as_in_a_scenario() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--blocks", "1_0", "--seed", "1_000"]).exits(0);
    folder.dtao(&["run", "small.ron", "--blocks", "7_200x"]).refused_with(&["7_200x", "such as 7_200"]);
}

#[test]
fn amounts_that_are_written_in_short_are_told_as_they_are_written() {
    let folder = Folder::new();
    let pool = ["pool", "--tao-in", "1200", "--alpha-in", "90000"];
    let asked = |more: &[&str], right: &str| folder.dtao(&[&pool[..], more].concat()).refused_with(&[right]);
    asked(&["--sell", "20k"], "write \"20_000 alpha\"");
    asked(&["--buy", "50TAO"], "write \"50 TAO\"");
    asked(&["--buy", "1.2k TAO"], "write \"1_200 TAO\"");
    let attack = |budget: &str| folder.dtao(&["attack", "small.ron", "--budget", budget]);
    attack("50TAO").refused_with(&["write \"50 TAO\""]);
    attack("1.2k TAO").refused_with(&["write \"1_200 TAO\""]);
    let set = |set: &str| folder.dtao(&["run", "small.ron", "--set", set]);
    set("agents.traders.tao=50TAO").refused_with(&["write `\"50 TAO\"`"]);
    set("agents.traders.tao=1.2k TAO").refused_with(&["write `\"1_200 TAO\"`"]);
    set("agents.traders.tao=20k").refused_with(&["write `\"20_000 TAO\"`"]);
    set("blocks=20k").refused_with(&["write `20_000`"]);
}

#[test]
fn too_many_runs_are_told_with_their_number_and_the_most_that_are_possible() {
    let folder = Folder::new();
    folder.write("s.ron", r#"Sweep(about: "x", scenario: "small.ron", seeds: (0, 1_000_000_000_000))"#);
    let words = [
        "s.ron:1:49: seeds:",
        "1000000000000 runs are too many: 1 points x 1 arms x",
        "at most 1000000000 runs",
    ];
    folder.dtao(&["check", "s.ron"]).refused_with(&words);
}

#[test]
fn a_prior_in_write_says_how_it_is_written() {
    let folder = Folder::new();
    let write = |write: &str| {
        let ranges = format!(r#"{{"agents.traders.tao": (from: 1, to: 5, decimals: 3, write: {write})}}"#);
        let design = format!("LatinHypercube(points: 3, seed: 1, ranges: {ranges})");
        folder.write(
            "s.ron",
            &format!(r#"Sweep(about: "x", scenario: "small.ron", design: {design}, seeds: (0, 2))"#),
        );
        folder.dtao(&["check", "s.ron"])
    };
    write(r#""{} TAO""#).exits(0);
    let words = ["`Exactly({} TAO)` is not a value", r#"write: "Exactly(\"{} TAO\")""#];
    write(r#""Exactly({} TAO)""#).refused_with(&words);
    write(r#""TAO""#).refused_with(&["must hold `{}` once"]);
}

#[test]
fn the_errors_of_several_files_are_told_at_once() {
    let folder = Folder::new();
    folder.write("a.ron", "Scenario(");
    folder.write("b.ron", "Sweep(about: 3)");
    let done = folder.dtao(&["check", "a.ron", "small.ron", "b.ron"]).exits(2);
    assert!(done.stderr.contains("a.ron:1:") && done.stderr.contains("b.ron:1:14"), "{}", done.stderr);
    assert!(done.stdout.contains("small.ron: good"), "{}", done.stdout);
}
