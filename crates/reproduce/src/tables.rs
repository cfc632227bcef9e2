//! The tables that an experiment writes.

use dtao_files::table::{cell, csv};

use crate::Answer;
use crate::sn28::Check;

/// What is known held against each mechanism, a row a fact.
#[must_use]
pub fn checks_csv(checks: &[Check]) -> String {
    let columns = [
        "mechanism",
        "kind",
        "metric",
        "target",
        "least",
        "greatest",
        "median",
        "q05",
        "q95",
        "verdict",
        "covered",
        "skill",
        "n",
        "runs",
    ];
    csv(
        columns,
        checks.iter().map(|check| {
            let found = &check.comparison;
            vec![
                check.mechanism.into(),
                format!("{:?}", check.kind),
                check.metric.clone(),
                check.target.to_string(),
                check.within.0.to_string(),
                check.within.1.to_string(),
                cell(found.median),
                cell(found.range.map(|range| range.0)),
                cell(found.range.map(|range| range.1)),
                found.verdict.name().into(),
                found.covered.map_or_else(String::new, |covered| covered.to_string()),
                cell(check.skill),
                found.reached.to_string(),
                found.runs.to_string(),
            ]
        }),
    )
}

/// What each mechanism answers, a row an answer.
#[must_use]
pub fn answers_csv(answers: &[Answer]) -> String {
    let columns = [
        "question",
        "mechanism",
        "arm",
        "measure",
        "value",
        "low",
        "high",
        "range",
        "sure_low",
        "sure_high",
        "n",
    ];
    csv(
        columns,
        answers.iter().map(|answer| {
            vec![
                answer.question.into(),
                answer.mechanism.into(),
                answer.arm.clone(),
                answer.measure.into(),
                cell(answer.value),
                cell(answer.low),
                cell(answer.high),
                answer.range.into(),
                cell(answer.sure_low),
                cell(answer.sure_high),
                answer.n.to_string(),
            ]
        }),
    )
}
