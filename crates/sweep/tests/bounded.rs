//! Names, lists and numbers are bounded before anything is made of them.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use dtao_experiment::recorded::library::Library;
use dtao_experiment::recorded::prices::prices as read_prices;
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use dtao_files::input::Source;
use dtao_sweep::plan::Plan;

/// A scenario with more agents and metrics; it needs no file, since its subnets are about to be made.
fn scenario(agents: &str, metrics: &str) -> String {
    format!(
        r#"Scenario(
    about: "What is bounded.",
    protocol: Launch(spec: 246),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "holder", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 60,
    agents: [(name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])), {agents}],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: {{{metrics}}},
)"#
    )
}

fn says(text: String) -> String {
    let library = Library::default();
    library.put(Source::new("a.ron", text));
    let read = Loaded::read_from(&library, Path::new("a.ron"), &[], LaunchSubnets::ToBeMade);
    read.map_or_else(
        |error| {
            assert!(error.line().is_some(), "no place: {error}");
            error.to_string()
        },
        |_| "good".into(),
    )
}

fn planned(sweep: &str) -> String {
    let library = Library::default();
    let metric = "\"price\": SubnetValue(netuid: 1, of: Price, at: 5_000_059)";
    let group = "(name: \"a\", count: 1, tao: \"5 TAO\", strategy: Script(calls: []))";
    library.put(Source::new("a.ron", scenario(group, metric)));
    let text = format!("Sweep(about: \"x\", scenario: \"a.ron\", seeds: (0, 2), {sweep})");
    Plan::of(Source::new("s.ron", text), None, Arc::new(library))
        .map_or_else(|error| error.to_string(), |_| "good".into())
}

/// Names that would deceive whoever reads them, as RON text.
const NAMES: [&str; 8] = ["", " ", "=1+1", "+a", "-a", "@a", r"a\n", r"a\u{1b}[31m"];

#[test]
fn a_name_can_be_read_wherever_a_user_writes_one() {
    let long = "x".repeat(201);
    for name in NAMES.into_iter().chain([long.as_str()]) {
        let group = format!("(name: \"{name}\", count: 1, tao: \"5 TAO\", strategy: Script(calls: []))");
        let found = says(scenario(&group, ""));
        assert!(found.contains("agents[1].name: ") && found.contains("name"), "{name}: {found}");
        let metric = format!("\"{name}\": SubnetValue(netuid: 1, of: Price, at: 5_000_059)");
        let found = says(scenario("", &metric));
        assert!(found.contains("metrics.") && found.contains("name"), "{name}: {found}");
        let arms = format!("arms: {{\"{name}\": {{}}, \"b\": {{}}}}");
        assert!(planned(&arms).contains("arms."), "{name}: {}", planned(&arms));
        let factors = format!(
            "names: {{\"{name}\": \"agents.a.tao\"}}, design: Grid({{\"{name}\": [\"1 TAO\", \"2 TAO\"]}})"
        );
        assert!(planned(&factors).contains("names."), "{name}: {}", planned(&factors));
    }
}

#[test]
fn a_number_is_in_the_range_of_its_parameter() {
    let noise = |field: &str, value: &str| {
        let strategy =
            "netuids: [], trades_per_day: 24.0, buys: 0.6, median_size: \"1 TAO\", size_deviation: 1.6";
        let fields: Vec<String> = strategy
            .split(", ")
            .map(|line| if line.starts_with(field) { format!("{field}: {value}") } else { line.to_owned() })
            .collect();
        let group =
            format!("(name: \"a\", count: 1, tao: \"5 TAO\", strategy: Noise({}))", fields.join(", "));
        says(scenario(&group, ""))
    };
    assert_eq!(noise("size_deviation", "10"), "good");
    for (field, value) in [
        ("size_deviation", "1e308"),
        ("size_deviation", "10.1"),
        ("median_size", "\"0 TAO\""),
        ("median_size", "\"18446744073709551615 rao\""),
    ] {
        let found = noise(field, value);
        assert!(found.contains(&format!("agents[1].strategy.Noise.{field}: ")), "{found}");
    }
}

#[test]
fn a_design_is_bounded_before_its_points_are_made() {
    let range = "ranges: {\"agents.a.tao\": (from: 1, to: 5, decimals: 3, write: \"{} TAO\")}";
    for (design, field) in [
        (format!("LatinHypercube(points: 18446744073709551615, seed: 1, {range})"), "LatinHypercube.points"),
        (format!("LatinHypercube(points: 1_000_001, seed: 1, {range})"), "LatinHypercube.points"),
        (format!("SobolSequence(points: 18446744073709551615, seed: 1, {range})"), "SobolSequence.points"),
        (format!("Sobol(rows: 18446744073709551615, seed: 1, {range})"), "Sobol.rows"),
        (
            format!("Morris(trajectories: 18446744073709551615, levels: 4, seed: 1, {range})"),
            "Morris.trajectories",
        ),
    ] {
        let found = planned(&format!("design: {design}"));
        assert!(
            found.contains(&format!("design.{field}: ")) && found.contains("at most 1000000 points"),
            "{found}"
        );
    }
    assert_eq!(planned(&format!("design: LatinHypercube(points: 10, seed: 1, {range})")), "good");
}

#[test]
fn the_number_of_runs_is_bounded_however_large_it_is() {
    let arms: Vec<String> =
        (0..16).map(|arm| format!("\"{arm}\": {{\"agents.a.tao\": \"{arm} TAO\"}}")).collect();
    let arms = arms.join(", ");
    let seeds = "seeds: (0, 18446744073709551615)".to_owned();
    for sweep in [seeds.clone(), format!("{seeds}, arms: {{{arms}}}")] {
        let library = Library::default();
        let group = "(name: \"a\", count: 1, tao: \"5 TAO\", strategy: Script(calls: []))";
        library.put(Source::new("a.ron", scenario(group, "")));
        let text = format!("Sweep(about: \"x\", scenario: \"a.ron\", {sweep})");
        let found = Plan::of(Source::new("s.ron", text), None, Arc::new(library))
            .map_or_else(|error| error.to_string(), |_| "good".into());
        assert!(found.contains("runs are too many") && found.contains("at most"), "{found}");
    }
}

#[test]
fn what_counts_once_is_not_written_twice() {
    let group = "(name: \"a\", count: 1, tao: \"5 TAO\", strategy: STRATEGY)";
    let noise = "Noise(netuids: [1, 1], trades_per_day: 24.0, buys: 0.6, median_size: \"1 TAO\", size_deviation: 1.6)";
    let profit =
        "\"p\": Profit(groups: [\"holder\", \"holder\"], netuids: [], from: 5_000_000, at: 5_000_059)";
    assert!(
        says(scenario("", profit)).contains("the group `holder` is named twice"),
        "{}",
        says(scenario("", profit))
    );
    // Subnets are looked at when they are known.
    let library = Library::default();
    let folder = tempfile::TempDir::new().expect("a folder");
    let subnets = "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n";
    std::fs::write(folder.path().join("subnets.csv"), subnets).expect("it can be written");
    let path = folder.path().join("a.ron");
    library.put(Source::new(&path, scenario(&group.replace("STRATEGY", noise), "")));
    let found =
        Loaded::read_from(&library, &path, &[], LaunchSubnets::Needed).expect_err("twice").to_string();
    assert!(found.contains("Noise.netuids[1]: subnet 1 is named twice"), "{found}");
    let grid = planned("design: Grid({\"agents.a.count\": [1, 2, 1]})");
    assert!(
        grid.contains("design.Grid.agents.a.count[2]") || grid.contains("the value `1` is given twice"),
        "{grid}"
    );
    let list = planned("design: List([{\"agents.a.count\": 1}, {\"agents.a.count\": 1}])");
    assert!(list.contains("design.List[1]: the points 0 and 1 are the same: 1"), "{list}");
}

#[test]
fn a_hundred_thousand_groups_are_read_and_one_more_is_refused() {
    let groups = |count: usize| {
        let mut text = String::new();
        for number in 1..count {
            write!(text, "(name: \"g{number}\", count: 1, tao: \"1 rao\", strategy: Script(calls: [])),")
                .expect("text");
        }
        scenario(&text, "")
    };
    assert_eq!(says(groups(100_000)), "good");
    assert!(says(groups(100_001)).contains("agents: 100001 groups: at most 100000 are possible"));
}

#[test]
fn a_price_is_no_more_than_all_tao_for_one_alpha() {
    let prices = |price: &str| {
        let text = format!("time_utc,block,1\nx,5000010,{price}\n");
        read_prices(Path::new("p.csv"), text.into_bytes())
            .map_or_else(|error| error.to_string(), |_| "good".into())
    };
    assert_eq!(prices("0.5"), "good");
    assert!(
        prices("1e308").contains("p.csv:2:11: expected a price of subnet 1 in TAO"),
        "{}",
        prices("1e308")
    );
}

#[test]
fn a_writer_of_a_sweep_names_a_path_and_an_error_says_which() {
    for (sweep, place) in [
        (r#"set: { "metrics.\"price\".at\".more": 5 }, design: Single"#, "s.ron:1:"),
        (r#"design: Grid({ "blocks=5": [5, 6] })"#, "s.ron:1:"),
        (r#"arms: { "a": { "agents.\"a.tao": "1 TAO" } }, design: Single"#, "s.ron:1:"),
    ] {
        let found = planned(sweep);
        assert!(found.contains(place) && found.contains("not the path of a value"), "{sweep}: {found}");
    }
}
