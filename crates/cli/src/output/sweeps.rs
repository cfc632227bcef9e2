//! What a sweep found, and how long one will take.

use std::path::Path;

use dtao_statistics::{Cell, Interval};
use dtao_sweep::plan::Plan;
use dtao_sweep::points::Factor;
use dtao_sweep::{Line as SweepLine, Report as SweepReport};
use indicatif::HumanBytes;

use super::{number, print_json, say_line, size, table};
use crate::report::note;
use crate::trial::Estimate;

/// Most lines of a sweep's table; all are in cells.csv.
const MOST_LINES: usize = 60;

/// What a sweep or a shard of it came to.
pub(crate) fn sweep(report: &SweepReport, factors: &[Factor], refused: &[String], out: &Path, json: bool) {
    let of_none = |name: &String| format!("no run has a value of `{name}`: nothing is reported of it");
    let warnings: Vec<String> = refused.iter().cloned().chain(report.never.iter().map(of_none)).collect();
    if json {
        for warning in &warnings {
            note(warning);
        }
        return print_json(report);
    }
    if !report.lines.is_empty() {
        cells(&report.lines, factors);
    }
    say!("{}: {} runs, {} failed", report.sweep, report.runs, report.failed);
    for warning in warnings {
        say!("{warning}");
    }
    if report.failed > 0 {
        say!("what failed, and the commands that make those runs again: failures.csv");
    }
    say!("tables in {}", out.display());
}

fn cells(all: &[SweepLine], factors: &[Factor]) {
    let compared = all.iter().any(|line| line.difference.is_some());
    let names = factors.iter().map(|factor| factor.name.as_str());
    let mut columns: Vec<&str> = names.chain(["arm", "outcome", "n", "mean", "95 %"]).collect();
    if compared {
        columns.extend(["less the first arm", "95 %"]);
    }
    let mut lines = table(&columns, factors.len() + 2);
    let or_nothing = |value: Option<f64>| value.map_or_else(|| "-".into(), number);
    let interval = |cell: &Cell| {
        // Why there is none stands in its place.
        let told = |of: Interval| format!("{} to {}", number(of.low), number(of.high));
        cell.interval.map_or_else(|| cell.method.to_string(), told)
    };
    for line in all.iter().take(MOST_LINES) {
        let mut row = line.values.clone();
        row.extend([line.arm.clone(), line.outcome.clone(), line.cell.n.to_string()]);
        row.extend([or_nothing(line.cell.mean), interval(&line.cell)]);
        if compared {
            let difference = line.difference.as_ref().map(|paired| &paired.difference);
            row.push(difference.map_or_else(String::new, |cell| or_nothing(cell.mean)));
            row.push(difference.map_or_else(String::new, interval));
        }
        lines.add_row(row);
    }
    say!("{}", lines.trim_fmt());
    if all.len() > MOST_LINES {
        say!("and so on: cells.csv");
    }
    say!("");
}

/// What a sweep would take.
pub(crate) fn estimate(plan: &Plan, estimate: &Estimate, json: bool) {
    if json {
        return print_json(estimate);
    }
    say!("{}: {}", plan.name, size(plan));
    say!(
        "{} run(s) of about {} s, {} at once: about {}",
        estimate.runs,
        number(estimate.seconds_per_run),
        estimate.jobs,
        duration(estimate.seconds)
    );
    say!("plan.csv and runs.csv: about {}", HumanBytes(estimate.bytes));
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..120.0 => format!("{} s", number(seconds)),
        ..7_200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}
