//! `dtao fit`: what is printed and written, what is refused.

use crate::program::{Folder, SCENARIO, dtao};

const SWEEP: &str = r#"Sweep(
    about: "A buyer whose budget is drawn.",
    scenario: "drawn.ron",
    arms: {"buys": {}, "sells": {"agents.pumper.strategy.Pumper.exits": "[After(blocks: Same(Exactly(3)))]"}},
    seeds: (0, 60),
)"#;

const FIT: &str = r#"Fit(
    about: "How much was bought?",
    sweep: "sweep.ron",
    models: {"buys": (arm: "buys"), "sells": (arm: "sells")},
    facts: {"price": {"price.1": Recorded(value: 0.68, scale: Log)}},
    answers: {"last": Outcome("price.1")},
)"#;

/// A folder with the fit, its sweep, and the sweep's runs in `table`.
fn with_table() -> Folder {
    let folder = Folder::new();
    let pumper = r#"(name: "pumper", count: 1, tao: "500 TAO", strategy: Pumper(
            netuid: 1, budget: Uniform("1 TAO", "400 TAO"), early_part: Exactly(0), clip: Same(Exactly("1 TAO")),
            from: Exactly(5_100_001), at: Exactly(5_100_020), steps: [1.0], step_interval: Exactly(1),
            holds_for_emission: No, exits: [], slices: 1, slice_interval: Exactly(1), look: 10)),
    ],
    record"#;
    let scenario = SCENARIO.replace("],\n    record", pumper);
    let metric = r#"metrics: { "price.1": SubnetValue(netuid: 1, of: Price, at: 5_100_045),"#;
    folder.write("drawn.ron", &scenario.replace("metrics: {", metric));
    folder.write("sweep.ron", SWEEP);
    folder.write("fit.ron", FIT);
    folder.dtao(&["sweep", "sweep.ron", "--out", "table"]).exits(0);
    folder
}

const FITTED: [&str; 5] = ["fit", "fit.ron", "--table", "table", "--truths=20"];

#[test]
fn what_is_found_is_printed_and_written() {
    let folder = with_table();
    let done = folder.dtao(&[&FITTED[..], &["--out", "out"]].concat()).exits(0);
    for words in
        ["facts: price", "Weights of the mechanisms", "pumper.budget", "contraction", "tables in out"]
    {
        assert!(done.stdout.contains(words), "{words}: {done:?}");
    }
    let names =
        ["calibration.csv", "confusion.csv", "manifest.json", "posterior.csv", "telling.csv", "weights.csv"];
    assert_eq!(folder.names("out"), names);
    let json = folder.dtao(&[&FITTED[..], &["--json"]].concat()).exits(0).json();
    assert_eq!(json["findings"][0]["believed"][0]["name"], "pumper.budget");
    // The fact itself.
    assert_eq!(json["findings"][0]["believed"][1]["name"], "last");
    assert!(
        json["findings"][0]["believed"][1]["contraction"].as_f64().is_some_and(|found| found > 0.9),
        "{json}"
    );
    let header = "facts,model,draws,complete,kept,rejection,weight,low,high\n";
    assert!(folder.read("out/weights.csv").starts_with(header));
    folder.dtao(&[&FITTED[..], &["--out", "out"]].concat()).refused_with(&["not empty", "--force"]);
    let before = folder.read("out/posterior.csv");
    folder.dtao(&[&FITTED[..], &["--out", "out", "--force"]].concat()).exits(0);
    assert_eq!(folder.read("out/posterior.csv"), before);
    folder.dtao(&[&FITTED[..], &["--out", "out", "--force", "--draws", "30"]].concat()).exits(0);
    assert_ne!(folder.read("out/posterior.csv"), before);
    folder.write("fit.ron", &FIT.replace("models:", "opponent: \"sells\",\n    models:"));
    let scored = folder.dtao(&FITTED).exits(0);
    assert!(scored.stdout.contains("energy score") && scored.stdout.contains("PIT"), "{scored:?}");
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let folder = with_table();
    folder
        .dtao(&["fit", "fit.ron", "--table", "none"])
        .refused_with(&["none: there is no finished sweep", "dtao sweep"]);
    folder.dtao(&[&FITTED[..], &["--accept", "1.5"]].concat()).refused_with(&["above 0 and at most 1"]);
    folder.dtao(&[&FITTED[..], &["--draws", "5"]].concat()).refused_with(&["5 draws of `buys`: at least 20"]);
    folder.dtao(&["fit", "sweep.ron", "--table", "table"]).refused_with(&["sweep.ron"]);
    folder.write("wrong.ron", &FIT.replace("price.1\": Rec", "price.2\": Rec"));
    folder
        .dtao(&["fit", "wrong.ron", "--table", "table"])
        .refused_with(&["facts.price.\"price.2\"", "the sweep has no outcome `price.2`"]);
    folder.dtao(&["check", "wrong.ron"]).refused_with(&["the sweep has no outcome `price.2`"]);
    let good = folder.dtao(&["check", "fit.ron"]).exits(0);
    assert!(good.stdout.contains("fit.ron: good; 2 mechanism(s), 1 set(s) of facts"), "{good:?}");
}

#[test]
fn fits_are_listed_and_found_by_name() {
    let listed = dtao(&["list", "fits"]).exits(0);
    assert!(listed.stdout.contains("configs/fits/sn28.ron"), "{listed:?}");
    dtao(&["fit", "sn28", "--table", "none"]).refused_with(&["there is no finished sweep"]);
    dtao(&["fit", "none", "--table", "none"]).refused_with(&["fits: ", "sn28"]);
}
