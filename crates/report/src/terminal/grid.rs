//! A table as text: which of its columns fit.

use super::{align, fitted, wrapped};
use crate::page::Table;
use crate::text::shown;

/// A table in at most so many columns of text, with at most so many of its rows: each unit below its name, and what has no room left
/// out and named.
#[must_use]
pub fn grid(table: &Table, width: usize, rows: usize) -> String {
    let mut grid = fitted(width);
    let Kept { columns: kept, alike, left_out } = kept(table, width, rows);
    grid.set_header(kept.iter().map(|&at| below_name(shown(&table.columns[at]), table.unit(at))));
    let written = |cell: &String| lines_of(cell, table).into_iter().map(shown).collect::<Vec<_>>().join("\n");
    for row in table.rows.iter().take(rows) {
        grid.add_row(kept.iter().map(|&at| {
            let cell = row.cells.get(at).map_or_else(String::new, written);
            if at == 0 { below_name(cell, row.unit) } else { cell }
        }));
    }
    align(&mut grid, kept.iter().filter(|&&at| at < table.texts).count());
    let mut text = grid.trim_fmt();
    let mut below = |line: String| {
        text.push('\n');
        text.push_str(&wrapped(&line, width));
    };
    let more = table.rows.len().saturating_sub(rows);
    if more > 0 {
        below(format!("and {more} more rows, which `dtao report` shows"));
    }
    for at in alike {
        let value = table.rows.first().and_then(|row| row.cells.get(at));
        below(format!(
            "{}, in all these rows: {}",
            shown(&table.columns[at]),
            value.map_or_else(String::new, |it| shown(it))
        ));
    }
    if !left_out.is_empty() {
        let names: Vec<String> = left_out.iter().map(|&at| shown(&table.columns[at])).collect();
        below(format!("left out at this width: {}", names.join("; ")));
    }
    text
}

/// A name with its unit, if it has one.
fn below_name(name: String, unit: &str) -> String {
    if unit.is_empty() { name } else { format!("{name}\n{unit}") }
}

/// A cell's lines, if its table has cells of several.
fn lines_of<'c>(cell: &'c str, table: &Table) -> Vec<&'c str> {
    if table.lines { cell.split('\n').collect() } else { vec![cell] }
}

/// What is shown of a table.
struct Kept {
    /// The columns, from the left.
    columns: Vec<usize>,
    /// Those that say what a row is of, but the same of all rows, and have no room.
    alike: Vec<usize>,
    /// The others that have no room.
    left_out: Vec<usize>,
}

/// The columns that fit beside each other. What a row is of stays, and the first value with it: left out is what can be missed most
/// easily, then the values from the right.
fn kept(table: &Table, width: usize, rows: usize) -> Kept {
    let rows = || table.rows.iter().take(rows);
    let wide = |at: usize| {
        let cells = rows().filter_map(|row| row.cells.get(at)).chain([&table.columns[at]]);
        let below = rows().filter(|_| at == 0).map(|row| row.unit).chain([table.unit(at)]);
        let lines = cells.flat_map(|text| lines_of(text, table)).chain(below);
        lines.map(|line| line.chars().count()).max().unwrap_or(0).min(30) + 2
    };
    let named = table.texts + table.factors;
    let dispensable = |at: usize| {
        let is_factor = (table.texts..named).contains(&at);
        LEAST_FIRST.iter().position(|name| at > 0 && !is_factor && *name == table.columns[at])
    };
    let same = |at: usize| {
        let mut cells = rows().map(|row| row.cells.get(at));
        let first = cells.next();
        (1..named).contains(&at) && table.rows.len() > 1 && cells.all(|cell| Some(cell) == first)
    };
    let mut kept = Kept { columns: (0..table.columns.len()).collect(), alike: vec![], left_out: vec![] };
    while kept.columns.iter().map(|&at| wide(at)).sum::<usize>() > width {
        let columns = &kept.columns;
        let values = columns.iter().filter(|&&at| at >= named).count();
        let spare = |at: usize| at < named || values > 1;
        let least = columns.iter().filter(|&&at| spare(at)).filter_map(|&at| Some((dispensable(at)?, at)));
        if let Some((_, at)) = least.min() {
            kept.left_out.push(at);
        } else if let Some(&at) = columns.iter().find(|&&at| same(at)) {
            kept.alike.push(at);
        } else if let Some(&at) = columns.iter().rfind(|&&at| at >= named && spare(at)) {
            kept.left_out.push(at);
        } else {
            // The rest is broken into lines.
            break;
        }
        kept.columns.retain(|at| !kept.alike.contains(at) && !kept.left_out.contains(at));
    }
    kept.left_out.sort_unstable();
    kept
}

/// Columns that can be missed where there is no room, the first of these first.
const LEAST_FIRST: [&str; 20] = [
    "audit",
    "one block late",
    "out at once",
    "over holding",
    "median [5 %, 95 %]",
    "p (Holm)",
    "source",
    "meaning",
    "command",
    "skill",
    "5 to 95 %",
    "median",
    "runs",
    "95 % of the difference",
    "95 % of that",
    "mu",
    "first",
    "kind",
    "met within",
    "target",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Row;

    #[test]
    fn what_a_row_is_of_stays_at_every_width() {
        let columns = ["outcome", "arm", "factor", "mu_star", "95 %", "mu", "95 % of that"];
        let row = |arm: &str, factor: &str| {
            Row::of([
                "price.1752",
                arm,
                factor,
                "0.02886",
                "0.02040 to 0.04006",
                "0.02853",
                "0.01975 to 0.03972",
            ])
        };
        let mut table = Table {
            columns: columns.map(Into::into).into(),
            texts: 3,
            rows: vec![row("baseline", "value_reaction"), row("baseline", "pumper_cares")],
            ..Table::default()
        };
        for width in [40, 60, 80, 160] {
            let text = grid(&table, width, 24);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
            let flat = text.replace('\n', " ");
            for part in ["baseline", "pumper_cares", "value_reaction", "0.02886"] {
                assert!(flat.contains(part), "{width}: no {part} in\n{text}");
            }
        }
        assert!(grid(&table, 60, 24).contains("arm, in all these rows: baseline"));
        assert!(grid(&table, 60, 24).contains("left out at this width: mu; 95 % of that"));
        table.rows.push(row("floored", "value_reaction"));
        for width in [40, 60, 80] {
            let text = grid(&table, width, 24);
            assert!(text.contains("floored") && text.contains("baseline"), "{width}\n{text}");
        }
    }

    #[test]
    fn of_a_sweep_the_factors_stay() {
        let columns = ["outcome", "arm", "mu", "runs", "mean", "95 %", "median", "5 to 95 %"];
        let row = |depth: &str| {
            Row::of(["gain", "baseline", depth, "20", "1.500", "1.000 to 2.000", "1.4", "0 to 3"])
        };
        let table = Table {
            columns: columns.map(Into::into).into(),
            texts: 2,
            factors: 1,
            rows: vec![row("0.25"), row("0.75")],
            ..Table::default()
        };
        for width in [30, 40, 60] {
            let text = grid(&table, width, 24);
            assert!(
                text.contains("0.25") && text.contains("0.75") && text.contains("1.500"),
                "{width}\n{text}"
            );
        }
    }

    #[test]
    fn a_unit_stands_under_its_name_at_every_width() {
        let row = |name: &str, unit| Row::of([name, "1.500", "1.000 to 2.000"]).counted_in(unit);
        let table = Table {
            columns: ["outcome", "mean", "95 %"].map(Into::into).into(),
            units: vec!["", "of 20 seeds"],
            texts: 1,
            rows: vec![
                row("a price", "TAO per alpha"),
                row("a price", "TAO per alpha"),
                row("a ratio", ""),
                row("a fall", "0 to 1"),
            ],
            ..Table::default()
        }
        .with_units_once();
        for width in [40, 80, 160] {
            let text = grid(&table, width, 24);
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{width}\n{text}");
            assert_eq!(lines[0].split("  ").next(), Some("outcome"), "{text}");
            assert!(lines[1].starts_with("of 20 seeds"), "the column's own line\n{text}");
            assert!(lines[2].starts_with("a price") && lines[3].starts_with("TAO per alpha"), "{text}");
            assert_eq!(text.matches("TAO per alpha").count(), 1, "once for rows of one name\n{text}");
            assert!(lines[5].starts_with("a ratio") && lines[6].starts_with("a fall"), "{text}");
        }
        let text = grid(&table, 80, 2);
        assert!(text.contains("and 2 more rows"), "{text}");
    }

    #[test]
    fn cells_of_several_lines_are_written_below_each_other() {
        let table = Table {
            columns: ["outcome", "rule"].map(Into::into).into(),
            texts: 1,
            rows: vec![Row::of(["price", "1.000\n+0.5000\n0.2500 to 0.7500"])],
            lines: true,
            ..Table::default()
        };
        let text = grid(&table, 60, 24);
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(text.contains("0.2500 to 0.7500") && !text.contains("\\u{a}"), "{text}");
        let one = Table { lines: false, ..table };
        assert!(grid(&one, 60, 24).contains("\\u{a}"), "elsewhere a line end is no text's own");
    }
}
