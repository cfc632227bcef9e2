//! Metrics beside what is known, and what a reproduced experiment says.

use std::path::Path;

use dtao_experiment::scenario::Kind;
use dtao_experiment::verify::{Line, Table as Verification};
use dtao_reproduce::Answer;
use dtao_reproduce::sn28::{Check, Findings};
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
fn range(found: &Comparison) -> String {
    found.range.map_or_else(|| "-".into(), |(a, b)| format!("{} to {}", number(a), number(b)))
}

/// Whether the median meets the target.
fn verdict(found: &Comparison) -> String {
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
fn covered(found: &Comparison) -> &'static str {
    match found.covered {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    }
}

/// Prints what an experiment says: the facts, then the answers.
pub(crate) fn story(story: &Findings, mechanisms: &[(&str, &str, &str)], out: &Path, json: bool) {
    if json {
        return print_json(story);
    }
    for (name, about, _) in mechanisms {
        let checks: Vec<&Check> = story.checks.iter().filter(|check| check.mechanism == *name).collect();
        let columns = ["fact", "kind", "target", "within", "median", "5-95 %", "verdict", "covered", "skill"];
        let mut lines = table(&columns, columns.len());
        for check in &checks {
            lines.add_row([
                check.metric.clone(),
                match check.kind {
                    Kind::Calibrated => "fitted",
                    Kind::Validation => "test",
                    Kind::Restated => "again",
                    Kind::Imposed => "given",
                }
                .into(),
                number(check.target),
                format!("{} to {}", number(check.within.0), number(check.within.1)),
                check.comparison.median.map_or_else(|| "-".into(), number),
                range(&check.comparison),
                verdict(&check.comparison),
                covered(&check.comparison).into(),
                check.skill.map_or_else(|| "-".into(), |skill| format!("{skill:.2}")),
            ]);
        }
        let score =
            |kind| Score::of(checks.iter().filter(|check| check.kind == kind).map(|check| &check.comparison));
        say!(
            "{name}: {about}\n{}\nkept for the test: {}\nfitted: {}\n",
            lines.trim_fmt(),
            score(Kind::Validation),
            score(Kind::Calibrated)
        );
    }
    let mut questions: Vec<&str> = Vec::new();
    for answer in &story.answers {
        if !questions.contains(&answer.question) {
            questions.push(answer.question);
        }
    }
    for question in questions {
        let mut lines = table(&["arm", "measure", "M1", "M2", "M3"], 5);
        let of_question = |mechanism: &'static str| {
            let asked = move |answer: &&Answer| answer.question == question && answer.mechanism == mechanism;
            story.answers.iter().filter(asked)
        };
        for (at, first) in of_question("M1").enumerate() {
            let told = |mechanism| {
                let Some(Answer { value: Some(value), low: Some(low), high: Some(high), .. }) =
                    of_question(mechanism).nth(at)
                else {
                    return "-".to_owned();
                };
                format!("{} [{}, {}]", number(*value), number(*low), number(*high))
            };
            lines.add_row([first.arm.clone(), first.measure.into(), told("M1"), told("M2"), told("M3")]);
        }
        let range = of_question("M1").next().map_or("", |answer| answer.range);
        say!("{question} [{range}]\n{}\n", lines.trim_fmt());
    }
    say!(
        "Prices do not say which mechanism is true: the answers hold under each. Weights, incentives of each epoch\n\
         and the sellers' keys would tell.\n\ntables in {}",
        out.display()
    );
}
