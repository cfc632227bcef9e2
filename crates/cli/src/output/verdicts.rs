//! Metrics beside what is known.

use dtao_experiment::scenario::Kind;
use dtao_experiment::verify::{Line, Table as Verification};
use dtao_statistics::{Comparison, Score, Verdict};

use super::{audit, number, print_json, say_line, table};

pub(crate) fn verification(verification: &Verification, json: bool) {
    if json {
        return print_json(verification);
    }
    let sections = [
        (Kind::Validation, "Validation: the model could have got these wrong"),
        (Kind::Calibrated, "Calibrated: free parameters were fitted to these or to something close to them"),
        (Kind::Restated, "Restated: the same facts as other lines, seen differently; not counted again"),
        (Kind::Imposed, "Imposed: the scenario puts these in; a check of the program, not of the model"),
    ];
    for (kind, title) in sections {
        let chosen: Vec<&Line> = verification.lines.iter().filter(|line| line.kind == kind).collect();
        if chosen.is_empty() {
            continue;
        }
        let with_range = verification.seeds > 1;
        let columns: &[&str] = if with_range {
            &["metric", "target", "within", "median", "5-95 %", "verdict", "covered", "source"]
        } else {
            &["metric", "target", "within", "measured", "verdict", "source"]
        };
        let mut lines = table(columns, columns.len());
        for line in chosen {
            let found = &line.comparison;
            let mut row = vec![
                line.metric.clone(),
                number(line.target),
                format!("{} to {}", number(line.within.0), number(line.within.1)),
                found.median.map_or_else(|| "-".into(), number),
            ];
            if with_range {
                row.extend([range(found), verdict(found), covered(found).into()]);
            } else {
                row.push(verdict(found));
            }
            row.push(line.source.clone());
            lines.add_row(row);
        }
        say!("{title}\n{}\n", lines.trim_fmt());
    }
    let score = |kind: Option<Kind>| {
        let facts = verification.lines.iter().filter(|line| line.kind != Kind::Restated);
        Score::of(facts.filter(|line| kind.is_none_or(|kind| line.kind == kind)).map(|line| &line.comparison))
    };
    say!(
        "{}; over {} seed(s)\n  validation: {}; calibrated: {}; imposed: {}",
        score(None),
        verification.seeds,
        score(Some(Kind::Validation)),
        score(Some(Kind::Calibrated)),
        score(Some(Kind::Imposed))
    );
    if let Some(report) = verification.audit {
        say!("{}", audit(report));
    }
}

/// The 5th and the 95th percentile.
pub(super) fn range(found: &Comparison) -> String {
    found.range.map_or_else(|| "-".into(), |(a, b)| format!("{} to {}", number(a), number(b)))
}

/// Whether the median meets the target.
pub(super) fn verdict(found: &Comparison) -> String {
    match found.verdict {
        Verdict::Met => "met".into(),
        Verdict::Missed => "MISSED".into(),
        Verdict::NotReached if found.reached == 0 => "NOT REACHED".into(),
        Verdict::NotReached => {
            format!("NOT REACHED by {} of {} runs", found.runs - found.reached, found.runs)
        }
    }
}

/// Whether the recorded value is within the range.
pub(super) fn covered(found: &Comparison) -> &'static str {
    match found.covered {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    }
}
