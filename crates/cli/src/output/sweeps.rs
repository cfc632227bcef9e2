//! What a sweep found, and how long one will take.

use std::path::Path;

use dtao_report::Counts;
use dtao_sweep::Report as SweepReport;
use dtao_sweep::plan::Plan;
use indicatif::HumanBytes;

use super::{ended, number, print_json, say_line, text};
use crate::found::Size;
use crate::report::note;
use crate::trial::Estimate;

/// What a sweep or a shard of it came to; `found` is what its tables say.
pub(crate) fn sweep(report: &SweepReport, found: Option<&str>, refused: &[String], out: &Path, json: bool) {
    let of_none = |name: &String| format!("no run has a value of `{name}`: nothing is reported of it");
    let warnings: Vec<String> = refused.iter().cloned().chain(report.never.iter().map(of_none)).collect();
    if json {
        for warning in &warnings {
            note(warning);
        }
        return print_json(report);
    }
    if let Some(found) = found {
        text(found);
        say!("");
    }
    for warning in warnings {
        say!("{warning}");
    }
    if report.failed > 0 {
        say!("what failed, and the commands that make those runs again: failures.csv");
    }
    say!("tables in {}", out.display());
    ended(Counts { runs: report.runs, failed: report.failed, missing: report.missing });
}

/// What a sweep would take.
pub(crate) fn estimate(plan: &Plan, estimate: &Estimate, json: bool) {
    if json {
        return print_json(estimate);
    }
    say!("{}: {}", plan.name, Size::of(plan).line());
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
