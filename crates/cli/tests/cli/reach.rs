//! What a run cannot reach, and what nobody could do in it, is told.

use crate::program::{Folder, SCENARIO};

const SWEEP: &str = r#"Sweep(
    about: "x",
    scenario: "small.ron",
    SET
    design: Grid({"agents.traders.count": [1, 2]}),
    seeds: (0, 3),
)
"#;

fn swept(set: &str) -> Folder {
    let folder = Folder::new();
    folder.write("sweep.ron", &SWEEP.replace("SET", set));
    folder
}

/// Calls that the group has no TAO for.
const POOR: &str = r#"(name: "poor", count: 2, tao: "0 TAO", strategy: Script(calls: [
            (block: 5_100_004, call: Stake(netuid: 1, tao: "5 TAO")),
            (block: 5_100_005, call: RegisterSubnet),
            (block: 5_100_006, call: Stake(netuid: 1, tao: "5 TAO")),
        ])),
        (name: "traders""#;

#[test]
fn a_window_beyond_the_run_is_refused_before_a_block_is_made() {
    Folder::spoilt("over_subnets: Sum, at: 5_100_040", "over_subnets: Sum, at: 5_100_050")
        .run_is_refused_with(
            &[],
            &[
                "small.ron:24:",
                "metrics.shares: the metric looks at block 5100050, but the run ends with 5100049",
            ],
        );
    let folder = swept("set: {\"metrics.price.at\": 5_100_050},");
    folder
        .dtao(&["sweep", "sweep.ron", "--out", "out"])
        .refused_with(&["metrics.price: point 0, arm `baseline`: the metric looks at block"]);
    assert!(folder.names("out").is_empty());
}

#[test]
fn a_run_that_is_cut_short_says_which_metrics_it_does_not_reach() {
    let folder = Folder::new();
    for cut in [&["--blocks", "20"][..], &["--set", "blocks=20"]] {
        let done = folder.dtao(&[&["run", "small.ron"], cut].concat()).exits(0);
        assert!(
            done.stderr.contains("cut short: the last block is 5100019, so not reached: `price`, `shares`"),
            "{}",
            done.stderr
        );
        assert_eq!(done.stdout.matches("not reached").count(), 2, "{}", done.stdout);
    }
    let all = folder.dtao(&["run", "small.ron"]).exits(0);
    assert!(!all.stderr.contains("cut short"), "{}", all.stderr);
    let verified = folder.dtao(&["verify", "small.ron", "--blocks", "20"]).exits(1);
    assert!(verified.stderr.contains("so not reached"), "{}", verified.stderr);
}

#[test]
fn an_outcome_of_which_no_run_has_a_value_is_named_and_fails_the_sweep() {
    let folder = swept("set: {\"blocks\": 45},");
    let done = folder.dtao(&["sweep", "sweep.ron", "--out", "whole"]).exits(0);
    assert!(!done.stdout.contains("no run has"), "{}", done.stdout);
    let folder = swept("set: {\"blocks\": 30, \"metrics.price.at\": 5_100_020},");
    for again in [&[][..], &["--resume"]] {
        let done = folder.dtao(&[&["sweep", "sweep.ron", "--out", "out"], again].concat()).exits(1);
        assert!(done.stdout.contains("no run has a value of `shares`"), "{}", done.stdout);
        assert!(!done.stdout.contains("`price`"), "{}", done.stdout);
        assert!(done.stderr.contains("so not reached: `shares`"), "{}", done.stderr);
    }
    let json = folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--resume", "--json"]).exits(1).json();
    assert_eq!(json["never"], serde_json::json!(["shares"]));
    for shard in ["1/2", "2/2"] {
        folder.dtao(&["sweep", "sweep.ron", "--out", "shards", "--shard", shard]).exits(0);
    }
    let merged = folder.dtao(&["merge", "shards"]).exits(1);
    assert!(merged.stdout.contains("no run has a value of `shares`"), "{}", merged.stdout);
}

#[test]
fn a_group_whose_calls_were_all_refused_is_told() {
    let folder = Folder::spoilt("(name: \"traders\"", POOR);
    folder.write("sweep.ron", &SWEEP.replace("SET", ""));
    let done = folder.dtao(&["run", "small.ron"]).exits(0);
    let line = "all 6 calls of the group `poor` were refused, most often: ";
    assert!(done.stderr.contains(line), "{}", done.stderr);
    assert!(!done.stderr.contains("`traders`") && !done.stderr.contains("`holder`"), "{}", done.stderr);
    let sweep = folder.dtao(&["sweep", "sweep.ron", "--out", "out"]).exits(0);
    let line = "in 6 run(s) all calls of the group `poor` were refused, 36 in all, most often: ";
    assert!(sweep.stdout.contains(line), "{}", sweep.stdout);
    let quiet = Folder::new().dtao(&["run", "small.ron"]).exits(0);
    assert!(!quiet.stderr.contains("refused"), "{}", quiet.stderr);
    assert!(SCENARIO.contains("traders"));
}

#[test]
fn a_call_names_an_account_that_its_group_has() {
    let call = |number: u32| {
        format!(
            "(name: \"poor\", count: 1, tao: \"9 TAO\", strategy: Script(calls: [(block: 5_100_004, \
             call: Stake(netuid: 1, tao: \"5 TAO\", hotkey: Nth(\"traders\", {number})))])),\n        (name: \"traders\""
        )
    };
    Folder::spoilt("(name: \"traders\"", &call(2)).dtao(&["check", "small.ron"]).exits(0);
    Folder::spoilt("(name: \"traders\"", &call(3)).run_is_refused_with(
        &[],
        &[
            "agents[2].strategy.Script.calls[0].call",
            "the group `traders` has no account 3: it has 3, counted from 0",
        ],
    );
}
