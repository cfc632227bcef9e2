//! Designs: what was written is what counts, and what cannot be told is not told.

use crate::program::{Folder, Table};

fn number(cell: &str) -> f64 {
    cell.parse().unwrap_or_else(|_| panic!("`{cell}` is no number"))
}

/// The cell of a factor's index of the outcome `paid`.
fn paid<'o>(factor: &'o str, index: &'o str) -> [(&'static str, &'o str); 3] {
    [("outcome", "paid"), ("factor", factor), ("index", index)]
}

#[test]
fn an_exactly_linear_effect_has_its_size_and_no_spread_over_whole_numbers() {
    // 10 TAO for each account, from 1 to 3 accounts: 20 TAO per whole range. Four levels on three numbers.
    let folder = Folder::of("whole_ranges");
    folder.dtao(&["sweep", "effect.ron", "--out", "out"]).exits(0);
    let table = Table::read(&folder, "out/sensitivity.csv");
    for (index, value) in [("mu", 20.0), ("mu_star", 20.0), ("sigma", 0.0)] {
        assert_eq!(number(&table.cell("value", &paid("n", index))), value, "{index}");
        assert_eq!(table.cell("low", &paid("n", index)), "", "{index}");
        assert_eq!(table.cell("note", &paid("n", index)), "no interval: constant sample", "{index}");
        assert_eq!(number(&table.cell("value", &paid("t", index))), 0.0, "{index}");
    }
}

#[test]
fn a_merge_measures_the_same_steps_as_the_sweep_itself() {
    let folder = Folder::of("whole_ranges");
    folder.change("effect.ron", "(from: 1, to: 3, scale: Whole)", "(from: 2, to: 9, scale: Whole)");
    folder.change("effect.ron", "(from: 1, to: 5,", "(from: 0.101, to: 0.937,");
    folder.dtao(&["sweep", "effect.ron", "--out", "out"]).exits(0);
    for shard in ["1/2", "2/2"] {
        folder.dtao(&["sweep", "effect.ron", "--shard", shard, "--out", "shards"]).exits(0);
    }
    folder.dtao(&["merge", "shards"]).exits(0);
    assert_eq!(folder.read("shards/sensitivity.csv"), folder.read("out/sensitivity.csv"));
    let table = Table::read(&folder, "out/sensitivity.csv");
    assert!((number(&table.cell("value", &paid("n", "mu"))) - 70.0).abs() < 1e-9);
    assert_eq!(number(&table.cell("value", &paid("n", "sigma"))), 0.0);
}

#[test]
fn missing_counts_base_rows_and_the_same_in_all_rows_is_said_only_if_it_is() {
    let folder = Folder::of("sobol_missing");
    let done = folder.dtao(&["sweep", "sobol.ron", "--out", "out"]).exits(0);
    assert_eq!(done.stderr, "", "64 is a power of two");
    let table = Table::read(&folder, "out/sensitivity.csv");
    let of = |outcome: &str, column: &str| -> String {
        let mut cells = table.column(column, &[("outcome", outcome)]);
        cells.dedup();
        assert_eq!(cells.len(), 1, "{outcome} {column}");
        cells.remove(0)
    };
    // A subnet is registered in the rows whose founder can pay; base rows with all five of them count.
    let mut runs = std::collections::BTreeMap::new();
    let outcomes = Table::read(&folder, "out/runs.csv");
    for (point, value) in outcomes.column("point", &[]).iter().zip(outcomes.column("p3", &[])) {
        runs.insert(point.parse::<usize>().expect("a number"), !value.is_empty());
    }
    let reached: Vec<bool> = runs.into_values().collect();
    let whole = reached.chunks(5).filter(|row| row.iter().all(|&reached| reached)).count();
    assert_eq!((of("p3", "used"), of("p3", "missing")), (whole.to_string(), (64 - whole).to_string()));
    assert_eq!(of("p3", "missing"), "49");
    let rows = reached.iter().filter(|&&reached| reached).count();
    let note = of("p3", "note");
    assert!(note.contains(&format!("the same in the {rows} of 320 rows that have one")), "{note}");
    assert_eq!(of("const", "note"), "the outcome is the same in all rows, so no factor moves it");
    assert_eq!((of("const", "used"), of("const", "missing")), ("64".into(), "0".into()));
    assert_eq!((of("p1", "used"), of("p1", "missing")), ("64".into(), "0".into()));
}

#[test]
fn a_design_of_one_base_row_is_refused_and_a_size_between_powers_of_two_is_told() {
    let folder = Folder::of("sobol_missing");
    folder.change("sobol.ron", "rows: 64", "rows: 1");
    folder.dtao(&["check", "sobol.ron"]).refused_with(&["sobol.ron", "design.Sobol", "at least 2"]);
    folder.change("sobol.ron", "rows: 1", "rows: 6");
    for command in ["check", "sweep"] {
        let done = folder.dtao(&[command, "sobol.ron"]).exits(0);
        assert!(
            done.stderr.contains("design.Sobol.rows: 6 is not a power of two"),
            "{command}: {}",
            done.stderr
        );
        assert!(done.stderr.contains("use 4 or 8"), "{command}: {}", done.stderr);
    }
}

#[test]
fn values_that_leave_their_range_when_they_are_rounded_are_refused() {
    let folder = Folder::of("whole_ranges");
    let design = folder.read("effect.ron");
    let line = design.lines().find(|line| line.contains("design:")).expect("a line");
    let buys = r#""t": (from: 0.41, to: 0.44, decimals: 1, write: "{} TAO")"#;
    for design in ["LatinHypercube(points: 6, ", "SobolSequence(points: 8, ", "Sobol(rows: 8, "] {
        let spoilt =
            format!("design: {design}seed: 1, ranges: {{\"n\": (from: 1, to: 8, scale: Whole), {buys}}}),");
        folder.write("spoilt.ron", &folder.read("effect.ron").replace(line, &spoilt));
        let name = design.split('(').next().expect("a name");
        let words = [&format!("design.{name}.ranges.t"), "spoilt.ron:", "0.41", "0.4"];
        folder.dtao(&["check", "spoilt.ron"]).refused_with(&words);
    }
    // Numbers that are not whole do not fit a count.
    folder.change("effect.ron", "(from: 1, to: 3, scale: Whole)", "(from: 1, to: 3)");
    folder.dtao(&["check", "effect.ron"]).refused_with(&["point", "agents[1].count"]);
}
