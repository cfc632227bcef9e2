//! What was found, as tables.

use dtao_files::table::{cell, csv};

use crate::Findings;
use crate::posterior::Belief;
use crate::scores::{Score, Together};
use crate::sensitivity::Sensitivity;

/// The tables of a fit, each a name and its text.
#[must_use]
pub fn tables(findings: &[Findings]) -> Vec<(&'static str, String)> {
    vec![
        ("weights.csv", weights(findings)),
        ("confusion.csv", confusion(findings)),
        ("posterior.csv", posterior(findings)),
        ("calibration.csv", calibration(findings)),
        ("telling.csv", telling(findings)),
    ]
}

fn weights(findings: &[Findings]) -> String {
    let columns = ["facts", "model", "draws", "complete", "kept", "rejection", "weight", "low", "high"];
    let rows = findings.iter().flat_map(|found| {
        found.weights.iter().map(|row| {
            let counts = [row.draws, row.complete, row.kept].map(|count| count.to_string());
            let numbers = [row.rejection, row.weight, row.low, row.high].map(cell);
            [vec![found.facts.clone(), row.model.clone()], counts.into(), numbers.into()].concat()
        })
    });
    csv(columns, rows)
}

fn confusion(findings: &[Findings]) -> String {
    let columns = ["facts", "truth", "model", "truths", "weight", "chosen"];
    let rows = findings.iter().flat_map(|found| {
        found.confusion.iter().map(|row| {
            vec![
                found.facts.clone(),
                row.truth.clone(),
                row.model.clone(),
                row.truths.to_string(),
                cell(row.weight),
                cell(row.chosen),
            ]
        })
    });
    csv(columns, rows)
}

fn posterior(findings: &[Findings]) -> String {
    let columns = [
        "facts",
        "model",
        "role",
        "name",
        "measure",
        "prior",
        "prior_low",
        "prior_high",
        "rejection",
        "rejection_low",
        "rejection_high",
        "posterior",
        "low",
        "high",
        "mean",
        "contraction",
        "kept",
    ];
    let rows = findings.iter().flat_map(|found| {
        found.believed.iter().map(|row| {
            let measure = if row.is_probability { "probability, 95 %" } else { "median, 5 to 95 %" };
            let belief = |belief: Belief| [belief.value, belief.low, belief.high].map(cell).to_vec();
            [
                vec![
                    found.facts.clone(),
                    row.model.clone(),
                    row.role.name().into(),
                    row.name.clone(),
                    measure.into(),
                ],
                belief(row.prior),
                belief(row.rejection),
                belief(row.posterior),
                vec![cell(row.mean), cell(row.contraction), row.kept.to_string()],
            ]
            .concat()
        })
    });
    csv(columns, rows)
}

fn calibration(findings: &[Findings]) -> String {
    let columns = [
        "facts",
        "model",
        "role",
        "name",
        "measure",
        "truths",
        "coverage",
        "coverage_by_rejection",
        "ranks",
        "contraction",
        "calibrated",
        "identified",
    ];
    let rows = findings.iter().flat_map(|found| {
        found.calibration.iter().map(|row| {
            let measure = if row.ranks.is_some() { "coverage of 90 %" } else { "said less so" };
            vec![
                found.facts.clone(),
                row.model.clone(),
                row.role.name().into(),
                row.name.clone(),
                measure.into(),
                row.truths.to_string(),
                cell(row.coverage),
                cell(row.coverage_by_rejection),
                cell(row.ranks),
                cell(row.contraction),
                row.calibrated.to_string(),
                row.identified.to_string(),
            ]
        })
    });
    csv(columns, rows)
}

fn telling(findings: &[Findings]) -> String {
    let columns = ["facts", "outcome", "used", "bits", "by_chance", "bits_near", "by_chance_near"];
    let rows = findings.iter().flat_map(|found| {
        found.telling.iter().map(|row| {
            let numbers = [row.bits, row.by_chance, row.bits_near, row.by_chance_near].map(cell);
            [vec![found.facts.clone(), row.outcome.clone(), row.used.to_string()], numbers.into()].concat()
        })
    });
    csv(columns, rows)
}

/// The tables of scores: of each fact, and of sets together.
#[must_use]
pub fn scored(sets: &[(String, Vec<Score>, Vec<Together>)]) -> Vec<(&'static str, String)> {
    let columns = [
        "facts", "model", "fact", "recorded", "median", "q05", "q95", "crps", "skill", "pit", "reached",
        "runs",
    ];
    let rows = sets.iter().flat_map(|(set, scores, _)| {
        scores.iter().map(move |row| {
            let texts = [set, &row.model, &row.fact].map(String::clone);
            let numbers = [row.recorded, row.median, row.low, row.high, row.crps].map(cell);
            let rest = [cell(row.skill), cell(row.pit), row.reached.to_string(), row.runs.to_string()];
            [&texts[..], &numbers, &rest].concat()
        })
    });
    let scores = csv(columns, rows);
    let columns = [
        "facts",
        "model",
        "number",
        "independent",
        "better",
        "covered",
        "crps_over_opponent",
        "energy",
        "energy_skill",
        "complete",
    ];
    let rows = sets.iter().flat_map(|(set, _, together)| {
        together.iter().map(|row| {
            vec![
                set.clone(),
                row.model.clone(),
                row.facts.to_string(),
                cell(row.independent),
                row.better.to_string(),
                cell(row.covered),
                cell(row.crps),
                cell(row.energy),
                cell(row.energy_skill),
                row.complete.to_string(),
            ]
        })
    });
    vec![("scores.csv", scores), ("together.csv", csv(columns, rows))]
}

/// The table of what answers depend on.
#[must_use]
pub fn sensitivity(rows: &[Sensitivity]) -> String {
    let columns = ["model", "answer", "factor", "index", "value", "low", "high", "used", "missing", "note"];
    let rows = rows.iter().map(|row| {
        let interval = row.estimate.as_ref().ok().and_then(|estimate| estimate.interval.ok());
        let note = match &row.estimate {
            Ok(estimate) => estimate.interval.err().map_or_else(String::new, |why| why.to_string()),
            Err(error) => error.to_string(),
        };
        vec![
            row.model.clone(),
            row.answer.clone(),
            row.factor.clone().unwrap_or_default(),
            row.index.into(),
            cell(row.estimate.as_ref().ok().map(|estimate| estimate.value)),
            cell(interval.map(|interval| interval.low)),
            cell(interval.map(|interval| interval.high)),
            row.used.to_string(),
            row.missing.to_string(),
            note,
        ]
    });
    csv(columns, rows)
}
