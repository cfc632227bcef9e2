//! Rules beside each other.

use std::path::Path;

use dtao_compare::Comparison;
use dtao_compare::written::{below, csv, markdown};
use dtao_report::{Counts, differences, side_by_side};

use super::{ANY, columns, ended, print_json, say_line, text, write_stdout};

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
            let (runs, failed, missing) = (comparison.runs, comparison.failed, comparison.missing());
            ended(Counts { runs, failed, missing });
        }
    }
}

fn plain(comparison: &Comparison) {
    say!("{}\n", comparison.about);
    for line in below(comparison) {
        say!("{line}");
    }
    say!("\n{}\n", comparison.sentence);
    let chart = differences(comparison, columns(100));
    if !chart.is_empty() {
        text(&chart);
        say!("");
    }
    text(&side_by_side(comparison, columns(ANY)));
    say!("");
}
