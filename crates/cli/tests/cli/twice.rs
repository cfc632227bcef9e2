//! What is written twice: keys of maps, and values of a scenario by two writers.

use crate::program::{Folder, SCENARIO, line_of};

const VOTERS: &str = r#"(name: "voters", count: 1, tao: "0 TAO", strategy: HonestRootVoter(
            quality: {1: 0.4, 2: 0.6, 1: 0.01}, noise: 0.1, every: 100,
        )),
        (name: "traders""#;

const SWEEP: &str = r#"Sweep(
    about: "x",
    scenario: "small.ron",
    set: {"agents.traders.strategy.buys": 0.5},
    names: {"tao": "agents.traders.tao"},
    design: Grid({"tao": ["1 TAO", "2 TAO"], "agents.traders.count": [1, 2]}),
    arms: {"baseline": {}, "other": {"agents.traders.strategy.size_deviation": 1.0}},
    seeds: (0, 2),
)
"#;

/// The small sweep with a part replaced, which must be refused with these words.
#[track_caller]
fn sweep_is_refused(right: &str, wrong: &str, words: &[&str]) {
    let folder = Folder::new();
    assert_eq!(SWEEP.matches(right).count(), 1, "`{right}` must stand once");
    folder.write("sweep.ron", &SWEEP.replace(right, wrong));
    folder.dtao(&["check", "sweep.ron"]).refused_with(words);
}

#[test]
fn a_key_that_is_given_twice_is_refused_wherever_a_scenario_has_a_map() {
    Folder::spoilt("\"price\": ", "\"shares\": ").run_is_refused_with(
        &[],
        &[&line_of("\"price\": "), "metrics", "the key `shares` is given twice", "the first one is in line"],
    );
    Folder::spoilt("(name: \"traders\"", VOTERS).run_is_refused_with(
        &[],
        &["agents[2].strategy.HonestRootVoter.quality", "the key `1` is given twice"],
    );
    Folder::spoilt("bridge: []", "bridge: [(block: 5_100_001, sum: 2.0, known: {1: 0.1, 0x1: 0.2})]")
        .run_is_refused_with(&[], &["known", "the key `0x1` is given twice"]);
    let folder = Folder::new();
    let set = "record.subnets=All";
    folder.dtao(&["run", "small.ron", "--set", set, "--set", "metrics={\"a\": SubnetValue(netuid: 2, of: Price, at: 5_100_040), \"a\": SubnetValue(netuid: 1, of: Price, at: 5_100_040)}", "--set", "expect=[]"])
        .refused_with(&["metrics", "the key `a` is given twice", "--set metrics"]);
}

#[test]
fn a_key_that_is_given_twice_is_refused_in_variants_sweeps_and_vectors() {
    let folder = Folder::new();
    let variant = r#"Variant(about: "x", of: "small.ron", set: {"blocks": "20", "blocks": "30"})"#;
    folder.write("variant.ron", variant);
    folder
        .dtao(&["check", "variant.ron"])
        .refused_with(&["variant.ron:1:", "the key `blocks` is given twice"]);
    sweep_is_refused(
        "\"other\": ",
        "\"baseline\": ",
        &["sweep.ron:7:", "arms", "the key `baseline` is given twice"],
    );
    sweep_is_refused("names: {", "names: {\"tao\": \"blocks\", ", &["names", "the key `tao` is given twice"]);
    sweep_is_refused("set: {", "set: {\"agents.traders.strategy.buys\": 0.1, ", &["set", "is given twice"]);
    folder.write("vectors.json", r#"{"kind": "lock_cost", "cases": [{"id": "a", "id": "b"}]}"#);
    folder
        .dtao(&["conform", "vectors.json"])
        .refused_with(&["vectors.json:1:", "the key `id` is given twice"]);
}

#[test]
fn two_assignments_never_write_one_place() {
    let folder = Folder::new();
    let refused = |first: &str, second: &str| {
        folder.run_is_refused_with(
            &["--set", first, "--set", second],
            &["write the same place", first, second],
        );
    };
    refused("agents.traders.tao=5 TAO", "agents.traders.tao=6 TAO");
    refused("agents.traders.tao=5 TAO", "agents[2].tao=6 TAO");
    refused("agents.traders.strategy.buys=0.1", "agents.traders.strategy.Noise.buys=0.2");
    // One inside the other, in both orders.
    refused("record.every=5", "record=(every: 7, subnets: All, agents: Groups, calls: All)");
    refused("record=(every: 7, subnets: All, agents: Groups, calls: All)", "record.every=5");
    folder.dtao(&["run", "small.ron", "--set", "record.every=5", "--set", "record.calls=Nothing"]).exits(0);
}

#[test]
fn a_variant_never_writes_one_place_twice_and_an_assignment_may_replace_what_it_wrote() {
    let folder = Folder::new();
    let variant = |set: &str| format!("Variant(about: \"x\", of: \"small.ron\", set: {{{set}}})");
    folder.write("variant.ron", &variant(r#""agents.traders.tao": "\"5 TAO\"", "agents[2]": "1""#));
    let words = ["variant.ron:1:", "agents.traders.tao", "lies inside", "agents[2]"];
    folder.dtao(&["check", "variant.ron"]).refused_with(&words);
    folder.write("variant.ron", &variant(r#""record.every": "5""#));
    folder.dtao(&["run", "variant.ron", "--set", "record.every=7"]).exits(0);
}

#[test]
fn two_writers_of_a_sweep_never_write_one_place() {
    let factor = "\"agents.traders.count\": [1, 2]";
    sweep_is_refused(
        factor,
        "\"agents[2].tao\": [\"1 TAO\"]",
        &["sweep.ron:6:", "the factor `tao`", "the factor `agents[2].tao`", "write the same value"],
    );
    sweep_is_refused(
        factor,
        "\"agents.traders.strategy.Noise.buys\": [0.1]",
        &["`agents.traders.strategy.buys` in `set`", "write the same value"],
    );
    let inside = ["the factor `tao` (agents.traders.tao) lies inside the factor `agents.traders`"];
    sweep_is_refused(factor, "\"agents.traders\": [1]", &inside);
    let arm = "\"agents.traders.strategy.size_deviation\": 1.0";
    sweep_is_refused(
        arm,
        "\"tao\": \"7 TAO\"",
        &["sweep.ron:7:", "`tao` in the arm `other`", "the factor `tao`"],
    );
    sweep_is_refused(arm, "\"agents.traders.strategy.buys\": 1.0", &["in the arm `other`", "in `set`"]);
    sweep_is_refused(arm, "\"agents\": \"[]\"", &["lies inside `agents` in the arm `other`"]);
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    folder.dtao(&["check", "sweep.ron"]).exits(0);
}

#[test]
fn a_byte_order_mark_is_read_over_in_every_kind_of_file() {
    let folder = Folder::new();
    let marked = |name: &str, text: &str| folder.write(name, &format!("\u{feff}{text}"));
    marked("small.ron", SCENARIO);
    marked("subnets.csv", &folder.read("subnets.csv"));
    marked("prices.csv", &folder.read("prices.csv"));
    marked("sweep.ron", SWEEP);
    marked("variant.ron", "Variant(about: \"x\", of: \"small.ron\", set: {})");
    folder.dtao(&["check", "small.ron", "sweep.ron", "variant.ron"]).exits(0);
    folder.dtao(&["run", "small.ron"]).exits(0);
    marked("vectors.json", r#"{"kind": "nothing", "cases": []}"#);
    let done = folder.dtao(&["conform", "vectors.json"]);
    assert!(!done.stderr.contains("not JSON"), "{done:?}");
    // The columns that are shown are those that an editor shows.
    marked("small.ron", &SCENARIO.replacen("// A small one.\nScenario(", "Scenario(bloks: 1,", 1));
    folder.dtao(&["check", "small.ron"]).refused_with(&["small.ron:1:10:", "bloks"]);
}
