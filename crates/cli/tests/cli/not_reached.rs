//! What a run did not reach: 0/0 is no number, and neither met nor missed.

use crate::program::Folder;

/// Ratios to an emission share or a moving price of 0, a part of no alpha, slopes through one point or through shares
/// of 0, and a tail without moves.
const UNDEFINED: [&str; 7] = ["fffe", "hill", "hold", "lofe", "lofm", "zipf1", "zipfe"];

#[test]
fn a_quotient_of_nothing_by_nothing_is_not_reached() {
    let folder = Folder::of("flat_price");
    let metrics = folder.dtao(&["run", "a.ron", "--json"]).exits(0).json();
    let metrics = metrics["metrics"].as_object().expect("metrics");
    for (name, value) in metrics {
        assert_eq!(value.is_null(), UNDEFINED.contains(&name.as_str()), "{name}: {value}");
    }
    let told = folder.dtao(&["run", "a.ron"]).exits(0).stdout;
    for name in UNDEFINED {
        let line = told.lines().find(|line| line.split_whitespace().next() == Some(name)).expect("a line");
        assert!(line.ends_with("not reached"), "{line}");
    }
    assert_eq!(told.matches("not reached").count(), UNDEFINED.len(), "{told}");
}

#[test]
fn verifying_says_of_what_was_not_reached_that_it_is_neither_met_nor_missed() {
    let folder = Folder::of("flat_price");
    let expect = UNDEFINED.map(|name| {
        format!(
            "(metric: \"{name}\", target: 0.5, within: (0.0, 1.0), kind: Validation, source: \"a test\"),"
        )
    });
    let met = "(metric: \"count\", target: 1.0, within: (0.0, 1.0), kind: Validation, source: \"a test\"),";
    folder.change(
        "a.ron",
        "    metrics: {",
        &format!("expect: [{}{met}],\n    metrics: {{", expect.concat()),
    );
    for seeds in ["1", "3"] {
        let done = folder.dtao(&["verify", "a.ron", "--seeds", seeds]).exits(1);
        assert_eq!(done.stdout.matches("NOT REACHED").count(), 7, "{}", done.stdout);
        assert!(!done.stdout.contains("MISSED"), "{}", done.stdout);
        assert!(done.stdout.contains("1 of 8 met"), "{}", done.stdout);
        assert!(done.stdout.contains("7 of 8 not reached"), "{}", done.stdout);
    }
    let table = folder.dtao(&["verify", "a.ron", "--seeds", "3", "--json"]).exits(1).json();
    for line in table["lines"].as_array().expect("lines") {
        let met = line["metric"] == "count";
        assert_eq!(line["verdict"], if met { "Met" } else { "NotReached" });
        assert_eq!(
            line["covered"],
            if met { serde_json::Value::Bool(true) } else { serde_json::Value::Null }
        );
        assert_eq!((&line["runs"], line["reached"].as_u64()), (&3.into(), Some(if met { 3 } else { 0 })));
    }
}

#[test]
fn verifying_prints_how_many_targets_are_covered_beside_how_many_are_met() {
    let folder = Folder::of("zeros_of_an_amount");
    let expect = "expect: [
        (metric: \"paid\", target: 1e5, within: (-1e9, 1e9), kind: Validation, source: \"bounds too wide\"),
        (metric: \"rank\", target: 1, within: (1, 1), kind: Imposed, source: \"the only subnet that moves\"),
    ],";
    folder.change("base.ron", "    metrics: {", &format!("    {expect}\n    metrics: {{"));
    let told = folder.dtao(&["verify", "base.ron", "--seeds", "5"]).exits(0).stdout;
    assert!(told.contains("2 of 2 met, 1 of 2 covered; over 5 seed(s)"), "{told}");
    assert!(told.contains("validation: 1 of 1 met, 0 of 1 covered"), "{told}");
    let one = folder.dtao(&["verify", "base.ron", "--seeds", "1"]).exits(0).stdout;
    assert!(one.contains("2 of 2 met; over 1 seed(s)") && !one.contains("covered"), "{one}");
}

#[test]
fn parameters_of_statistics_out_of_their_ranges_are_refused_where_they_stand() {
    let folder = Folder::of("flat_price");
    let text = folder.read("a.ron");
    for (right, wrong, field) in [
        ("over_subnets: Gini", "over_subnets: Quantile(2)", "metrics.gini"),
        ("over_subnets: Gini", "over_subnets: Quantile(-1)", "metrics.gini"),
        ("over_subnets: Gini", "over_subnets: Quantile(inf)", "metrics.gini"),
        ("over_subnets: Gini", "over_subnets: Quantile(NaN)", "metrics.gini"),
        ("over_subnets: Gini", "over_subnets: ShareBelow(NaN)", "metrics.gini"),
        ("over_subnets: Gini", "over_subnets: ShareBelow(-inf)", "metrics.gini"),
        ("over_subnets: Gini", "over_subnets: ZipfSlope(0)", "metrics.gini"),
        ("over_subnets: Median", "over_subnets: Quantile(1.01)", "metrics.driftsn"),
        ("beyond: 2e-4", "beyond: NaN", "metrics.hill"),
        ("beyond: 2e-4", "beyond: -1.0", "metrics.hill"),
        ("beyond: 2e-4", "beyond: inf", "metrics.hill"),
        ("tail: 0.05", "tail: 1.5", "metrics.hill"),
        ("AbsoluteQuantile(0.9)", "AbsoluteQuantile(NaN)", "metrics.q"),
        ("CountBeyond(0.12)", "CountBeyond(1)", "metrics.count"),
        ("VarianceRatio(5)", "VarianceRatio(0)", "metrics.vr"),
    ] {
        assert_eq!(text.matches(right).count(), 1, "`{right}` must stand once");
        folder.write("wrong.ron", &text.replace(right, wrong));
        let line = text.lines().position(|line| line.contains(right)).expect("it stands there") + 1;
        folder.dtao(&["check", "wrong.ron"]).refused_with(&[&format!("wrong.ron:{line}:"), field]);
    }
}
