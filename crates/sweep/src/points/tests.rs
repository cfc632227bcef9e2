use super::*;
use dtao_files::input::ron_file;

fn points(design: &str) -> Result<Points, String> {
    let names = r#"names: {"budget": "agents.pumper.tao"}"#;
    let text = format!(r#"Sweep(about: "x", scenario: "y.ron", {names}, seeds: (0, 3), design: {design})"#);
    let source = Source::new("s.ron", text);
    let sweep = ron_file::parse(&source).expect("it reads");
    Points::of(&sweep, &source, Path::new("")).map_err(|error| error.to_string())
}

fn all(design: &str) -> Vec<Vec<String>> {
    let points = points(design).expect("a good design");
    (0..points.len()).map(|point| points.values(point).into_iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_grid_has_each_value_with_each_and_the_last_varies_fastest() {
    let rows = all(r#"Grid({"budget": ["1 TAO", "2 TAO"], "b": [1, 2, 3]})"#);
    let joined: Vec<_> = rows.iter().map(|row| row.join("|")).collect();
    assert_eq!(joined, ["1 TAO|1", "1 TAO|2", "1 TAO|3", "2 TAO|1", "2 TAO|2", "2 TAO|3"]);
}

#[test]
fn a_zip_has_the_first_values_together() {
    assert_eq!(all(r#"Zip({"a": [1, 2], "b": [3, 4]})"#), [["1", "3"], ["2", "4"]]);
    let error = points(r#"Zip({"a": [1, 2], "b": [3]})"#).expect_err("too short");
    assert!(error.contains("`b` has 1 values, but the first factor has 2"), "{error}");
}

#[test]
fn a_lists_points_may_name_their_factors_in_any_order() {
    assert_eq!(all(r#"List([{"a": 1, "b": 2}, {"b": 4, "a": 3}])"#), [["1", "2"], ["3", "4"]]);
    let missing = points(r#"List([{"a": 1, "b": 2}, {"a": 3}])"#).expect_err("incomplete");
    assert!(missing.contains("design.List[1]") && missing.contains("`b` is missing"), "{missing}");
    let strange = points(r#"List([{"a": 1}, {"a": 1, "c": 3}])"#).expect_err("too much");
    assert!(strange.contains("the first point has no `c`"), "{strange}");
}

#[test]
fn a_factor_of_amounts_in_one_unit_is_shown_as_numbers() {
    let points =
        points(r#"Grid({"budget": ["1_000 TAO", "2.5 TAO"], "b": [1, 2], "c": ["1 TAO", "2 rao"]})"#)
            .expect("a good design");
    let [budget, b, c] = points.factors() else { panic!("three") };
    assert_eq!((budget.name.as_str(), budget.path.as_str()), ("budget", "agents.pumper.tao"));
    assert_eq!(budget.kind, FactorKind::Amount("TAO".into()));
    assert_eq!(budget.shown("1_000 TAO"), Shown::Number(1000.0));
    assert_eq!((&b.kind, b.shown("2")), (&FactorKind::Number, Shown::Number(2.0)));
    assert_eq!((&c.kind, c.shown("2 rao")), (&FactorKind::Text, Shown::Text("2 rao")));
}

#[test]
fn a_fixed_prior_is_a_number_in_its_unit() {
    let values = r#"["Exactly(\"100 TAO\")", "Exactly( \"20.5 TAO\" )", "5 TAO"]"#;
    let points =
        points(&format!(r#"Grid({{"a": {values}, "b": ["Exactly(2)", "Uniform(1, 2)"]}})"#)).expect("good");
    let [a, b] = points.factors() else { panic!("two") };
    assert_eq!(a.kind, FactorKind::Amount("TAO".into()));
    assert_eq!(a.shown("Exactly(\"100 TAO\")"), Shown::Number(100.0));
    assert_eq!(a.shown("5 TAO"), Shown::Number(5.0));
    assert_eq!(b.kind, FactorKind::Text);
}

#[test]
fn points_of_ranges_are_within_their_bounds_and_written_as_told() {
    let ranges = r#"seed: 1, ranges: {"budget": (from: 10, to: 1000, scale: Log, decimals: 2, write: "{} TAO"),
        "b": (from: 2, to: 5, scale: Whole), "c": (from: -1, to: 1)}"#;
    for (design, due) in [
        (format!("LatinHypercube(points: 8, {ranges})"), 8),
        (format!("SobolSequence(points: 8, {ranges})"), 8),
        (format!("Sobol(rows: 8, {ranges})"), 8 * 5),
        (format!("Morris(trajectories: 8, levels: 4, {ranges})"), 8 * 4),
    ] {
        let rows = all(&design);
        assert_eq!(rows.len(), due, "{design}");
        for row in rows {
            let budget: f64 = row[0].strip_suffix(" TAO").expect("a unit").parse().expect("a number");
            assert!(
                (10.0..=1000.0).contains(&budget) && row[0].find('.') == Some(row[0].len() - 7),
                "{row:?}"
            );
            assert!(["2", "3", "4", "5"].contains(&row[1].as_str()), "{row:?}");
            assert!((-1.0..=1.0).contains(&row[2].parse().expect("a number")), "{row:?}");
        }
    }
    for (wrong, word) in [
        (ranges.replace("from: 10,", "from: 0,"), "start above 0"),
        (ranges.replace("{} TAO", "TAO"), "must hold `{}` once"),
        (ranges.replace("from: 2,", "from: 7,"), "first must be below the second"),
    ] {
        let error = points(&format!("LatinHypercube(points: 8, {wrong})")).expect_err("wrong");
        assert!(error.contains(word) && error.contains("design.LatinHypercube.ranges"), "{error}");
    }
    let error = points(&format!("Morris(trajectories: 8, levels: 3, {ranges})")).expect_err("odd");
    assert!(error.contains("even number of levels"), "{error}");
}

#[test]
fn a_design_that_rounding_spoils_is_refused_where_it_stands() {
    for (design, words) in [
        // Six times 0.4, which is not in the range.
        (
            "LatinHypercube(points: 6, seed: 1, ranges: {\"a\": (from: 0.41, to: 0.44, decimals: 1)})",
            "0.41 has more",
        ),
        (
            "SobolSequence(points: 4, seed: 1, ranges: {\"a\": (from: 0.41, to: 0.44, decimals: 1)})",
            "0.41 has more",
        ),
        ("Sobol(rows: 8, seed: 1, ranges: {\"a\": (from: 0.4, to: 0.44, decimals: 1)})", "0.44 has more"),
        (
            "Morris(trajectories: 4, levels: 4, seed: 1, ranges: {\"a\": (from: 41, to: 4.4e1, decimals: 0, scale: Log), \"b\": (from: 0.6, to: 1.4, decimals: 0)})",
            "0.6 has more",
        ),
        (
            "Morris(trajectories: 4, levels: 4, seed: 1, ranges: {\"a\": (from: 0.4, to: 0.6, decimals: 1)})",
            "both written 0.5",
        ),
        (
            "Morris(trajectories: 4, levels: 8, seed: 1, ranges: {\"a\": (from: 1, to: 3, decimals: 0, scale: Log)})",
            "are both written",
        ),
        ("Morris(trajectories: 1, levels: 4, seed: 1, ranges: {\"a\": (from: 1, to: 3)})", "at least 2"),
        ("Sobol(rows: 1, seed: 1, ranges: {\"a\": (from: 1, to: 3)})", "at least 2"),
        (
            "LatinHypercube(points: 6, seed: 1, ranges: {\"a\": (from: 0.4, to: 0.6, decimals: 1)})",
            "are the same",
        ),
        (
            "LatinHypercube(points: 3, seed: 1, ranges: {\"a\": (from: 1, to: 2, scale: Whole)})",
            "are the same",
        ),
        (
            "LatinHypercube(points: 3, seed: 1, ranges: {\"a\": (from: 1.5, to: 2.5, scale: Whole)})",
            "must be whole",
        ),
        ("Sobol(rows: 4, seed: 1, ranges: {\"a\": (from: 1, to: inf, scale: Whole)})", "must be whole"),
    ] {
        let error = points(design).expect_err(design);
        let name = design.split('(').next().expect("a name");
        assert!(error.contains(words) && error.contains(&format!("design.{name}")), "{design}: {error}");
    }
    let error = points(
        "Morris(trajectories: 4, levels: 4, seed: 1, ranges: {\"budget\": (from: 1, to: 2), \"a\": (from: 0.4, to: 0.6, decimals: 1)})",
    );
    let error = error.expect_err("levels fall together");
    assert!(error.contains("design.Morris.ranges.a"), "{error}");
}

#[test]
fn a_number_is_read_back_from_what_is_written() {
    let text = "LatinHypercube(points: 8, seed: 1, ranges: {\"a\": (from: -1, to: 1e3, write: \"Uniform({}, 9) TAO\")})";
    let design: Design = ron_file::parse(&Source::new("d.ron", text)).expect("a design");
    let Design::LatinHypercube { ranges, .. } = &design else { panic!("{design:?}") };
    let (_, spread) = ranges.iter().next().expect("one");
    for row in all(text) {
        let number = spread.number(&row[0]).expect("a number");
        assert!((-1.0..=1e3).contains(&number), "{row:?}");
        assert_eq!(spread.write.replace("{}", &number.to_string()), row[0]);
    }
}

#[test]
fn a_sobol_design_that_is_not_a_power_of_two_is_told_of() {
    let note = |text: &str| {
        let design: Design = ron_file::parse(&Source::new("d.ron", text)).expect("a design");
        Points::note(&design).unwrap_or_default()
    };
    let ranges = "seed: 1, ranges: {\"a\": (from: 0, to: 1)}";
    let told = note(&format!("Sobol(rows: 100, {ranges})"));
    assert!(told.contains("design.Sobol.rows: 100") && told.ends_with("use 64 or 128"), "{told}");
    assert!(note(&format!("SobolSequence(points: 3, {ranges})")).contains("use 2 or 4"));
    assert_eq!(note(&format!("Sobol(rows: 128, {ranges})")), "");
    assert_eq!(note(&format!("LatinHypercube(points: 100, {ranges})")), "");
}

#[test]
fn designs_without_points_are_refused() {
    assert!(points("List([])").expect_err("empty").contains("no points"));
    assert!(points(r#"Grid({"a": []})"#).expect_err("empty").contains("`a` has no values"));
}
