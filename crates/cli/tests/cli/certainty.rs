//! How sure results are said to be: what a metric is decides it, not the values that it happens to have.

use crate::program::{Folder, Table};

/// The cell of an outcome in the only arm.
fn of(outcome: &str) -> [(&'static str, &str); 2] {
    [("arm", "baseline"), ("outcome", outcome)]
}

#[test]
fn twenty_zeros_of_an_amount_are_no_proportion() {
    let folder = Folder::of("zeros_of_an_amount");
    let done = folder.dtao(&["sweep", "s.ron", "--out", "out"]).exits(0);
    let cells = Table::read(&folder, "out/cells.csv");
    // The mean over a thousand seeds is 240 TAO; the rank is 1 and the shares sum to 1 in every run.
    for (outcome, value) in [("paid", "0.0"), ("rank", "1.0")] {
        assert_eq!(cells.cell("mean", &of(outcome)), value);
        assert_eq!(cells.cell("sd", &of(outcome)), "0.0");
    }
    for outcome in ["paid", "rank", "shares"] {
        for column in ["low", "high", "half_width"] {
            assert_eq!(cells.cell(column, &of(outcome)), "", "{outcome}");
        }
        assert_eq!(cells.cell("method", &of(outcome)), "no interval: constant sample", "{outcome}");
        let line = done.stdout.lines().find(|line| line.contains(outcome)).expect("a line");
        assert!(line.contains("no interval: constant sample"), "{line}");
    }
}

#[test]
fn a_sample_that_is_constant_does_not_stop_a_sweep_before_its_cap() {
    let folder = Folder::of("zeros_of_an_amount");
    let until = "until: HalfWidth(outcome: \"paid\", half_width: 1, min: 20, batch: 10)";
    folder.change("s.ron", "seeds: (0, 20)", &format!("seeds: (0, 50), {until}"));
    folder.dtao(&["sweep", "s.ron", "--out", "out"]).exits(0);
    let cells = Table::read(&folder, "out/cells.csv");
    assert_eq!(cells.cell("n", &of("paid")), "50");
}

#[test]
fn arms_that_never_differ_have_no_interval_of_their_difference_and_say_so() {
    let folder = Folder::of("zeros_of_an_amount");
    let arms = "arms: {\"baseline\": {}, \"same\": {\"blocks\": 100}}";
    folder.change("s.ron", "seeds: (0, 20)", &format!("seeds: (0, 20), {arms}"));
    let done = folder.dtao(&["sweep", "s.ron", "--out", "out"]).exits(0);
    let cells = Table::read(&folder, "out/cells.csv");
    let same = [("arm", "same"), ("outcome", "paid")];
    assert_eq!(cells.cell("difference", &same), "0.0");
    assert_eq!(cells.cell("difference_low", &same), "");
    assert_eq!(cells.cell("difference_method", &same), "no interval: constant sample");
    assert_eq!(cells.cell("difference_method", &of("paid")), "", "the first arm is not compared with itself");
    let line = done.stdout.lines().find(|line| line.contains("same") && line.contains("paid"));
    assert_eq!(line.expect("a line").matches("no interval: constant sample").count(), 2);
}

#[test]
fn one_seed_has_no_interval_and_says_so() {
    let folder = Folder::of("zeros_of_an_amount");
    let done = folder.dtao(&["sweep", "s.ron", "--seeds", "0..1", "--out", "out"]).exits(0);
    let cells = Table::read(&folder, "out/cells.csv");
    assert_eq!(cells.cell("method", &of("profit")), "no interval: one value");
    assert!(done.stdout.contains("no interval: one value"), "{}", done.stdout);
}

#[test]
fn an_indicator_has_a_proportions_interval_even_if_it_never_held() {
    let folder = Folder::of("zeros_of_an_amount");
    let window = "from: 5_000_000, to: 5_000_099, every: 1";
    let never = format!("\"never\": Whether(netuid: 1, of: Price, is: AtLeast(1e9), {window}),");
    folder.change("base.ron", "metrics: {", &format!("metrics: {{ {never}"));
    let until = "until: HalfWidth(outcome: \"never\", half_width: 0.1, min: 20, batch: 10)";
    folder.change("s.ron", "seeds: (0, 20)", &format!("seeds: (0, 50), {until}"));
    folder.dtao(&["sweep", "s.ron", "--out", "out"]).exits(0);
    let cells = Table::read(&folder, "out/cells.csv");
    assert_eq!(cells.cell("method", &of("never")), "wilson");
    assert_eq!(cells.cell("n", &of("never")), "20", "the interval is 0 to 0.161, so tight enough");
    let high: f64 = cells.cell("high", &of("never")).parse().expect("a number");
    assert!((high - 0.161_1).abs() < 1e-4, "{high}");
}

#[test]
fn an_outcome_that_is_of_another_kind_in_another_cell_is_refused() {
    let folder = Folder::of("zeros_of_an_amount");
    let arms = "arms: {\"baseline\": {}, \"other\": {\"metrics.rank.of\": \"EmissionShare\"}}";
    folder.change("s.ron", "seeds: (0, 20)", &format!("seeds: (0, 20), {arms}"));
    let words = ["point 0, arm `other`", "metrics.rank", "of the kind share", "of the kind rank"];
    folder.dtao(&["check", "s.ron"]).refused_with(&words);
}
