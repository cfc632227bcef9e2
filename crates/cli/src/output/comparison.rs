//! Rules beside each other.

use std::path::Path;

use dtao_compare::Comparison;
use dtao_compare::written::{below, csv, heading, lines, markdown};
use dtao_report::differences;

use super::{columns, print_json, say_line, table, text, write_stdout};

/// How a comparison is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A table for people.
    Table,
    /// A table for a pull request.
    Markdown,
    /// A table for programs.
    Csv,
    /// All of it, for programs.
    Json,
}

/// Prints a comparison. Only the table for people says where its files are.
pub(crate) fn comparison(comparison: &Comparison, shape: Shape, out: Option<&Path>) {
    match shape {
        Shape::Json => print_json(comparison),
        Shape::Csv => write_stdout(&csv(comparison)),
        Shape::Markdown => text(&markdown(comparison)),
        Shape::Table => {
            plain(comparison);
            if let Some(out) = out {
                say!("tables in {}", out.display());
            }
        }
    }
}

fn plain(comparison: &Comparison) {
    say!("{}\n", comparison.about);
    let headings: Vec<String> = comparison.columns.iter().map(|column| heading(column).join("\n")).collect();
    let names: Vec<&str> = std::iter::once("outcome").chain(headings.iter().map(String::as_str)).collect();
    let mut rows = table(&names, 1);
    for row in &comparison.rows {
        let entries = row.entries.iter().map(|entry| lines(entry, row.kind).join("\n"));
        rows.add_row(std::iter::once(row.outcome.clone()).chain(entries));
    }
    say!("{}\n", rows.trim_fmt());
    for line in below(comparison) {
        say!("{line}");
    }
    let chart = differences(comparison, columns(100));
    if !chart.is_empty() {
        say!("\n{chart}");
    }
    say!("\n{}", comparison.sentence);
}
