//! Every kind of wrong input: exit code 2, where it is wrong, what would be right, and nothing written.

use crate::program::{Folder, dtao, line_of};

#[test]
fn an_unknown_field_is_named_with_the_nearest_right_one() {
    Folder::spoilt("buys: 0.6", "buyz: 0.6").run_is_refused_with(&[], &[&line_of("buys:"), "buyz", "buys"]);
    Folder::spoilt("    blocks: 50", "    block: 50")
        .run_is_refused_with(&[], &[&line_of("    blocks: 50"), "block", "blocks"]);
}

#[test]
fn an_unknown_strategy_or_metric_is_named_with_the_nearest_right_one() {
    Folder::spoilt("Noise(", "Noisy(").run_is_refused_with(&[], &[&line_of("Noise("), "Noisy", "Noise"]);
    Folder::spoilt("SubnetValue(", "SubnetValu(")
        .run_is_refused_with(&[], &[&line_of("SubnetValue("), "SubnetValu", "SubnetValue"]);
}

#[test]
fn an_amount_in_the_wrong_unit_is_refused() {
    Folder::spoilt("median_size: \"1 TAO\"", "median_size: \"1 alpha\"")
        .run_is_refused_with(&[], &[&line_of("median_size"), "median_size", "1 alpha", "TAO"]);
    Folder::spoilt("\"1_000_000 TAO\"", "\"1_000_000\"")
        .run_is_refused_with(&[], &[&line_of("root_stake"), "root_stake", "1_000_000", "TAO"]);
}

#[test]
fn a_parameter_out_of_its_range_is_refused() {
    Folder::spoilt("buys: 0.6", "buys: 1.6")
        .run_is_refused_with(&[], &[&line_of("buys:"), "buys", "1.6", "0 to 1"]);
    let metric =
        |metric: &str| Folder::spoilt("    metrics: {\n", &format!("    metrics: {{\n\"x\": {metric},\n"));
    metric("ShareCost(of: Paid, whose: MedianPool, points: 0.01, blocks: 3_000_000, at: 5_100_040)")
        .run_is_refused_with(&[], &["metrics.x.ShareCost.blocks", "at most 2628000"]);
    metric("EmissionOver(of: ShareOf([]), from: 5_100_000, to: 5_100_040)")
        .run_is_refused_with(&[], &["metrics.x.EmissionOver.of.ShareOf", "name at least one"]);
    metric("EmissionOver(of: RankCorrelation(Stated({1: 2.0})), from: 5_100_000, to: 5_100_040)")
        .run_is_refused_with(&[], &["metrics.x.EmissionOver.of.RankCorrelation", "ranks need two or more"]);
}

#[test]
fn a_missing_price_file_is_named_where_the_scenario_names_it() {
    Folder::spoilt("prices.csv", "price.csv")
        .run_is_refused_with(&[], &[&line_of("prices.csv"), "price.csv", "did you mean", "prices.csv"]);
}

#[test]
fn a_missing_table_of_subnets_is_named_where_the_scenario_names_it() {
    Folder::spoilt("subnets.csv", "subnet.csv")
        .run_is_refused_with(&[], &[&line_of("subnets.csv"), "subnet.csv", "did you mean", "subnets.csv"]);
}

#[test]
fn a_missing_scenario_is_named_with_the_nearest_file() {
    let folder = Folder::new();
    for command in ["run", "verify", "check", "calibrate"] {
        folder.dtao(&[command, "smal.ron"]).refused_with(&["smal.ron", "did you mean", "small.ron"]);
    }
}

#[test]
fn a_bad_row_of_a_table_is_named_by_its_line() {
    let folder = Folder::new();
    folder.write("prices.csv", "time_utc,block,1,2\na,5100010,0.9,0.8\nb,5100020,0.9,cheap\n");
    folder.run_is_refused_with(&[], &["prices.csv:3:", "cheap", "price"]);
    folder.write("prices.csv", "time_utc,block,1,2\na,5100010,0.9,0.8\nb,5100020,0.9\n");
    folder.run_is_refused_with(&[], &["prices.csv:3:", "3 cells", "4"]);
    folder.write("prices.csv", "time_utc,block,1,2\na,5100010,0.9,0.8\nb,5100010,0.9,0.8\n");
    folder.run_is_refused_with(&[], &["prices.csv:3:", "5100010"]);

    let folder = Folder::new();
    folder.write("subnets.csv", "netuid,moving_price,registered_at\n1,0.6,0\n2,1.5,0\n");
    folder.run_is_refused_with(&[], &["subnets.csv:3:", "1.5", "0 to 1"]);
    folder.write("subnets.csv", "netuid,moving_price\n1,0.6\n");
    folder.run_is_refused_with(&[], &["subnets.csv:1:", "registered_at"]);
}

#[test]
fn a_run_of_no_blocks_is_refused() {
    Folder::spoilt("    blocks: 50", "    blocks: 0")
        .run_is_refused_with(&[], &[&line_of("    blocks: 50"), "blocks", "at least 1"]);
    Folder::new().run_is_refused_with(&["--blocks", "0"], &["blocks", "at least 1"]);
    Folder::spoilt("every: 10", "every: 0")
        .run_is_refused_with(&[], &[&line_of("every: 10"), "record.every", "at least 1"]);
}

#[test]
fn a_subnet_that_does_not_exist_is_refused_wherever_it_is_named() {
    Folder::spoilt("subnets: All", "subnets: Only([1, 3])").run_is_refused_with(
        &[],
        &[&line_of("subnets: All"), "record.subnets", "subnet 3 does not exist", "2"],
    );
    Folder::spoilt("netuids: [1]", "netuids: [1, 7]")
        .run_is_refused_with(&[], &[&line_of("netuids: [1]"), "netuids[1]", "subnet 7 does not exist"]);
    Folder::spoilt("SubnetValue(netuid: 2", "SubnetValue(netuid: 9")
        .run_is_refused_with(&[], &[&line_of("SubnetValue"), "netuid", "subnet 9 does not exist"]);
}

#[test]
fn a_subnet_that_is_registered_later_may_be_named() {
    let folder = Folder::spoilt("calls: [])", "calls: [(block: 5_100_020, call: RegisterSubnet)])");
    folder.dtao(&["run", "small.ron", "--set", "record.subnets=Only([3])"]).exits(0);
    folder.run_is_refused_with(&["--set", "record.subnets=Only([4])"], &["subnet 4 does not exist"]);
}

#[test]
fn an_unknown_holder_is_named_with_the_nearest_group() {
    Folder::spoilt("holder: \"holder\"", "holder: \"holdr\"")
        .run_is_refused_with(&[], &[&line_of("holder: \"holder\""), "holdr", "did you mean", "`holder`"]);
    Folder::spoilt("holder: \"holder\"", "holder: \"traders\"")
        .run_is_refused_with(&[], &[&line_of("holder: \"holder\""), "traders", "count: 1"]);
}

#[test]
fn a_group_name_that_is_taken_is_refused() {
    for taken in ["holder", "root"] {
        Folder::spoilt("name: \"traders\"", &format!("name: \"{taken}\""))
            .run_is_refused_with(&[], &[&line_of("name: \"traders\""), taken, "name of its own"]);
    }
}

#[test]
fn an_expectation_of_an_unknown_metric_is_refused() {
    Folder::spoilt("metric: \"shares\"", "metric: \"share\"")
        .run_is_refused_with(&[], &[&line_of("metric: \"shares\""), "share", "`shares`"]);
    Folder::spoilt("within: (0.999, 1.0)", "within: (0.5, 0.9)")
        .run_is_refused_with(&[], &[&line_of("within:"), "within", "minimum", "maximum"]);
}

#[test]
fn a_metric_that_looks_before_the_start_is_refused() {
    Folder::spoilt("Price, at: 5_100_040", "Price, at: 5_099_999")
        .run_is_refused_with(&[], &[&line_of("SubnetValue"), "metrics.price", "5099999", "5100000"]);
}

#[test]
fn an_assignment_is_refused_with_what_was_written() {
    let folder = Folder::new();
    let set = |assignment, words: &[&str]| folder.run_is_refused_with(&["--set", assignment], words);
    set("agents.trader.tao=\"1 TAO\"", &["agents.trader.tao", "traders"]);
    set("bloks=9", &["bloks", "blocks"]);
    set("blocks=many", &["blocks", "many"]);
    set("agents.traders.tao=\"1 alpha\"", &["tao", "1 alpha", "TAO"]);
    set("blocks", &["blocks", "PATH=VALUE"]);
}

#[test]
fn a_folder_in_use_is_left_as_it_is_unless_forced() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--out", "out"]).exits(0);
    let before = folder.read("out/manifest.json");
    let again = ["run", "small.ron", "--out", "out", "--seed", "2"];
    folder.dtao(&again).refused_with(&["out", "not empty", "--force"]);
    assert_eq!(folder.read("out/manifest.json"), before);
    folder.dtao(&[&again[..], &["--force"]].concat()).exits(0);
    assert_ne!(folder.read("out/manifest.json"), before);
    folder.dtao(&["run", "small.ron", "--out", "subnets.csv"]).refused_with(&[
        "subnets.csv",
        "file",
        "folder",
    ]);
}

#[test]
fn a_variant_of_a_file_that_is_not_there_or_that_is_one_itself_is_refused() {
    let folder = Folder::new();
    let variant = |of| format!("Variant(\n    about: \"Other.\",\n    of: \"{of}\",\n    set: {{}},\n)\n");
    folder.write("variant.ron", &variant("smal.ron"));
    folder.dtao(&["check", "variant.ron"]).refused_with(&["variant.ron:3:", "smal.ron", "small.ron"]);
    folder.write("variant.ron", &variant("small.ron"));
    folder.dtao(&["check", "variant.ron"]).exits(0);
    folder.write("second.ron", &variant("variant.ron"));
    folder.dtao(&["check", "second.ron"]).refused_with(&["second.ron:3:", "variant of a variant"]);
}

#[test]
fn a_scenario_that_expects_nothing_cannot_be_verified() {
    let folder = Folder::new();
    folder.dtao(&["verify", "small.ron", "--set", "expect=[]"]).refused_with(&["small.ron", "expect", "run"]);
}

#[test]
fn a_scenario_without_calibration_cannot_be_calibrated() {
    let folder = Folder::new();
    folder.dtao(&["calibrate", "small.ron", "--out", "new.csv"]).refused_with(&["small.ron", "calibration"]);
    folder.dtao(&["calibrate", "small.ron", "--out", "subnets.csv"]).refused_with(&["exists", "--force"]);
    folder.dtao(&["calibrate", "small.ron", "--registered", "28"]).refused_with(&[
        "--registered",
        "28",
        "28=4878363",
    ]);
    assert!(!folder.path("new.csv").exists());
}

#[test]
fn vectors_that_are_none_are_refused() {
    let folder = Folder::new();
    folder.dtao(&["conform", "nothing.json"]).refused_with(&["nothing.json", "no such file"]);
    folder.dtao(&["conform", "."]).refused_with(&[".json"]);
    folder.write("other.json", "{\"cases\": 7}");
    folder.dtao(&["conform", "other.json"]).refused_with(&["other.json", "kind", "cases"]);
    folder.write("other.json", "[1,");
    folder.dtao(&["conform", "other.json"]).refused_with(&["other.json", "JSON"]);
}

#[test]
fn wrong_arguments_are_refused() {
    for arguments in [
        &["run"][..],
        &["fly"],
        &["run", "a.ron", "--seed", "x"],
        &["run", "a.ron", "--force"],
        &["verify", "a.ron", "--seeds", "0"],
        &["check"],
        &["conform"],
        &["completions", "abacus"],
    ] {
        let done = dtao(arguments).exits(2);
        assert_eq!(done.stdout, "", "{arguments:?}");
        assert!(done.stderr.contains("--help") || done.stderr.contains("Usage"), "{}", done.stderr);
    }
}

#[test]
fn more_subnets_than_there_are_numbers_are_refused() {
    let folder = Folder::spoilt("calls: [])", "calls: [(block: 5_100_020, call: RegisterSubnet)])");
    // A new subnet takes the lowest free number, so all of them must be taken.
    let mut rows = String::from("netuid,moving_price,registered_at\n");
    rows.extend((1..=u16::MAX).map(|netuid| format!("{netuid},0.00001,0\n")));
    folder.write("subnets.csv", &rows);
    folder.run_is_refused_with(&[], &[&line_of("subnets.csv"), "65535", "register fewer"]);
}

#[test]
fn more_tao_than_the_chain_can_count_is_refused() {
    Folder::spoilt("tao: \"100 TAO\"", "tao: \"18_000_000_000 TAO\"")
        .run_is_refused_with(&[], &["agents", "54001000010 TAO", "less"]);
}

#[test]
fn a_folder_that_another_run_is_writing_into_is_refused_even_by_force() {
    let folder = Folder::new();
    let out = folder.path("out");
    std::fs::create_dir(&out).expect("it can be made");
    let lock = std::fs::File::create(out.join(".lock")).expect("it can be made");
    lock.lock().expect("nobody else holds it");
    folder
        .dtao(&["run", "small.ron", "--out", "out", "--force"])
        .refused_with(&["another run is writing", "name another one"]);
    // A process that another test is starting may have the file, too: closing it would not do.
    lock.unlock().expect("it is held");
    // A lock that a dead process left behind locks nobody out.
    folder.dtao(&["run", "small.ron", "--out", "out", "--force"]).exits(0);
}

#[test]
fn a_sweep_that_is_run_and_a_scenario_that_is_swept_are_named_as_what_they_are() {
    let folder = Folder::new();
    folder.write("s.ron", r#"Sweep(about: "a", scenario: "small.ron", seeds: (0, 2))"#);
    for command in ["run", "verify", "calibrate"] {
        folder.dtao(&[command, "s.ron"]).refused_with(&[
            "s.ron",
            "a sweep, not a scenario",
            "dtao sweep s.ron",
        ]);
    }
    folder.dtao(&["sweep", "small.ron"]).refused_with(&["a scenario, not a sweep", "dtao run small.ron"]);
    folder.write("v.ron", r#"Variant(of: "small.ron", set: {})"#);
    folder.dtao(&["sweep", "v.ron"]).refused_with(&["a scenario, not a sweep"]);
}

#[test]
fn numbers_on_the_command_line_are_written_as_in_files() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--blocks", "1_0", "--seed", "1_000"]).exits(0);
    folder.write("s.ron", r#"Sweep(about: "a", scenario: "small.ron", seeds: (0, 2))"#);
    let told = folder.dtao(&["sweep", "s.ron", "--seeds", "1_000..2_000", "--dry-run"]).exits(0);
    assert!(told.stdout.contains("1000 seed"), "{told:?}");
    for wrong in ["_1", "1_", "+1", "1e3", "ten", ""] {
        folder.dtao(&["run", "small.ron", "--blocks", wrong]).refused_with(&["--blocks", "such as 7_200"]);
        folder
            .dtao(&["verify", "small.ron", "--seeds", wrong])
            .refused_with(&["--seeds", "how many seeds, such as 100"]);
    }
}

#[test]
fn too_many_runs_are_counted() {
    let folder = Folder::new();
    folder.write("s.ron", r#"Sweep(about: "a", scenario: "small.ron", seeds: (0, 2_000_000_000))"#);
    let words = ["2000000000 runs", "1 points x 1 arms x 2000000000 seeds", "at most 1000000000"];
    folder.dtao(&["sweep", "s.ron", "--dry-run"]).refused_with(&words);
}

#[test]
fn a_table_of_another_program_is_told_by_its_separator() {
    let folder = Folder::new();
    let table = folder.read("subnets.csv");
    for (separator, name) in [(";", "semicolons"), ("\t", "tabs")] {
        folder.write("subnets.csv", &table.replace(',', separator));
        folder.run_is_refused_with(&[], &["subnets.csv:1", name, "by commas"]);
    }
}
