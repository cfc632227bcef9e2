//! What a fit finds.

use dtao_fit::scores::{Score, Together};
use dtao_fit::sensitivity::Sensitivity;
use dtao_fit::{Believed, Calibration, Findings};
use serde::Serialize;

use super::{number, print_json, say_line, table};

/// How many outcomes are shown of those that tell mechanisms apart.
const TELLING: usize = 8;

/// Prints what is believed, and how far that can be trusted.
pub(crate) fn findings(findings: &[Findings], json: bool) {
    if json {
        return print_json(&serde_json::json!({ "findings": findings }));
    }
    for found in findings {
        say!("facts: {}\n", found.facts);
        let mut lines =
            table(&["mechanism", "draws", "with all facts", "kept", "rejection", "weight", "5-95 %"], 1);
        for row in &found.weights {
            lines.add_row([
                row.model.clone(),
                row.draws.to_string(),
                row.complete.to_string(),
                row.kept.to_string(),
                format!("{:.2}", row.rejection),
                format!("{:.2}", row.weight),
                format!("{:.2} to {:.2}", row.low, row.high),
            ]);
        }
        say!("Weights of the mechanisms, equal before\n{}\n", lines.trim_fmt());
        let mut lines = table(&["truth", "taken for", "mean weight", "chosen", "truths"], 2);
        for row in &found.confusion {
            lines.add_row([
                row.truth.clone(),
                row.model.clone(),
                format!("{:.2}", row.weight),
                format!("{:.2}", row.chosen),
                row.truths.to_string(),
            ]);
        }
        say!("Synthetic truths of each mechanism\n{}\n", lines.trim_fmt());
        for weight in &found.weights {
            quantities(found, &weight.model);
        }
        let mut lines =
            table(&["outcome", "used", "bits near the facts", "by chance", "bits", "by chance"], 2);
        for row in found.telling.iter().take(TELLING) {
            lines.add_row([
                row.outcome.clone(),
                if row.used { "yes" } else { "no" }.into(),
                format!("{:.3}", row.bits_near),
                format!("{:.3}", row.by_chance_near),
                format!("{:.3}", row.bits),
                format!("{:.3}", row.by_chance),
            ]);
        }
        say!("What tells the mechanisms apart, the most first\n{}\n", lines.trim_fmt());
    }
}

fn quantities(found: &Findings, model: &str) {
    let columns = [model, "", "before", "rejection", "after", "coverage", "contraction", "verdict"];
    let mut lines = table(&columns, 2);
    for row in found.believed.iter().filter(|row| row.model == model) {
        let same =
            |other: &&Calibration| other.model == model && other.name == row.name && other.role == row.role;
        let calibration = found.calibration.iter().find(same);
        lines.add_row([
            row.name.clone(),
            row.role.name().into(),
            belief(row, row.prior),
            belief(row, row.rejection),
            belief(row, row.posterior),
            calibration.map_or_else(|| "-".into(), coverage),
            calibration.map_or_else(|| "-".into(), |found| format!("{:.2}", found.contraction)),
            calibration.map_or_else(|| "-".into(), verdict),
        ]);
    }
    say!("{}\n", lines.trim_fmt());
}

fn belief(row: &Believed, belief: dtao_fit::Belief) -> String {
    let dtao_fit::Belief { value, low, high } = belief;
    if row.is_probability {
        format!("{value:.2} [{low:.2}, {high:.2}]")
    } else {
        format!("{} [{}, {}]", number(value), number(low), number(high))
    }
}

fn coverage(found: &Calibration) -> String {
    if found.ranks.is_some() { format!("{:.3}", found.coverage) } else { format!("{:+.3}", found.coverage) }
}

fn verdict(found: &Calibration) -> String {
    match (found.calibrated, found.identified) {
        (true, true) => "good",
        (true, false) => "not identified",
        (false, true) => "not calibrated",
        (false, false) => "not calibrated, not identified",
    }
    .into()
}

/// One set's scores, for programs.
#[derive(Serialize)]
struct Scored<'s> {
    facts: &'s str,
    scores: &'s [Score],
    together: &'s [Together],
}

/// Prints scores beside an opponent's.
pub(crate) fn scores(sets: &[(String, Vec<Score>, Vec<Together>)], json: bool) {
    if json {
        let all = sets.iter().map(|(facts, scores, together)| Scored { facts, scores, together });
        return print_json(&serde_json::json!({ "scores": all.collect::<Vec<_>>() }));
    }
    for (set, scores, together) in sets {
        let mut lines =
            table(&["fact", "mechanism", "recorded", "median", "5-95 %", "CRPS", "skill", "PIT"], 2);
        for row in scores {
            lines.add_row([
                row.fact.clone(),
                row.model.clone(),
                number(row.recorded),
                number(row.median),
                format!("{} to {}", number(row.low), number(row.high)),
                number(row.crps),
                row.skill.map_or_else(|| "-".into(), |skill| format!("{skill:.2}")),
                format!("{:.2}", row.pit),
            ]);
        }
        say!("{set}\n{}\n", lines.trim_fmt());
        let columns = [
            "mechanism",
            "facts",
            "independent",
            "better",
            "in 90 %",
            "CRPS / opponent's",
            "energy score",
            "skill",
        ];
        let mut lines = table(&columns, 1);
        let two = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.2}"));
        for row in together {
            lines.add_row([
                row.model.clone(),
                row.facts.to_string(),
                row.independent.map_or_else(|| "-".into(), |value| format!("{value:.1}")),
                row.better.to_string(),
                two(row.covered),
                two(row.crps),
                two(row.energy),
                two(row.energy_skill),
            ]);
        }
        say!("{set}, together\n{}\n", lines.trim_fmt());
    }
}

/// What one factor does to one answer, for programs.
#[derive(Serialize)]
struct Effect<'s> {
    model: &'s str,
    answer: &'s str,
    factor: Option<&'s str>,
    index: &'s str,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    used: usize,
    missing: usize,
}

/// Prints what answers depend on.
pub(crate) fn sensitivity(rows: &[Sensitivity], json: bool) {
    let index = |row: &Sensitivity| {
        let estimate = row.estimate.as_ref().ok();
        let interval = estimate.and_then(|estimate| estimate.interval.ok());
        (estimate.map(|estimate| estimate.value), interval.map(|it| it.low), interval.map(|it| it.high))
    };
    if json {
        let all = rows.iter().map(|row| {
            let (value, low, high) = index(row);
            let (model, answer, factor) = (&*row.model, &*row.answer, row.factor.as_deref());
            Effect {
                model,
                answer,
                factor,
                index: row.index,
                value,
                low,
                high,
                used: row.used,
                missing: row.missing,
            }
        });
        return print_json(&serde_json::json!({ "sensitivity": all.collect::<Vec<_>>() }));
    }
    let mut lines = table(&["mechanism", "answer", "factor", "index", "value", "95 %", "used", "missing"], 4);
    for row in rows {
        let (value, low, high) = index(row);
        let interval = match (&row.estimate, low.zip(high)) {
            (_, Some((low, high))) => format!("{} to {}", number(low), number(high)),
            (Ok(estimate), None) => estimate.interval.err().map_or_else(String::new, |why| why.to_string()),
            (Err(error), None) => error.to_string(),
        };
        lines.add_row([
            row.model.clone(),
            row.answer.clone(),
            row.factor.clone().unwrap_or_else(|| "-".into()),
            row.index.into(),
            value.map_or_else(|| "-".into(), number),
            interval,
            row.used.to_string(),
            row.missing.to_string(),
        ]);
    }
    say!("{}", lines.trim_fmt());
}
