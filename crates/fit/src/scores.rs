//! How well mechanisms forecast what was recorded, beside an opponent without behaviour.

use dtao_statistics::dependence::independent;
use dtao_statistics::quantile;
use dtao_statistics::scores::{Spread, coverage, crps, energy_score, pit};
use serde::Serialize;

use crate::table::{Fact, FactSet, Model, Table};

/// The intervals whose coverage is told.
const LEVEL: f64 = 0.9;

/// How one mechanism forecast one fact.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The mechanism.
    pub model: String,
    /// The outcome.
    pub fact: String,
    /// What was recorded.
    pub recorded: f64,
    /// The median over the runs.
    pub median: f64,
    /// The 5th percentile.
    pub low: f64,
    /// The 95th percentile.
    pub high: f64,
    /// The continuous ranked probability score, fair, on the scale of the fact; lower is better.
    pub crps: f64,
    /// One less the score over the opponent's: above 0 is better. Nothing where the opponent cannot be wrong, nor where a run of either has
    /// not reached the fact: the score leaves such runs out, as if they forecast nothing.
    pub skill: Option<f64>,
    /// The part of the forecast below what was recorded.
    pub pit: f64,
    /// How many runs have it.
    pub reached: usize,
    /// How many there are.
    pub runs: usize,
}

/// How one mechanism forecast a whole set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Together {
    /// The mechanism.
    pub model: String,
    /// How many facts there are.
    pub facts: usize,
    /// How many independent ones spread as much in the mechanism's runs.
    pub independent: Option<f64>,
    /// How many facts have a better score than the opponent's.
    pub better: usize,
    /// Which part of the facts is within the middle 90 % of its forecast.
    pub covered: Option<f64>,
    /// The mean of the scores, each over the opponent's.
    pub crps: Option<f64>,
    /// The energy score, each fact divided by the spread of the opponent's runs; lower is better.
    pub energy: Option<f64>,
    /// One less the energy score over the opponent's. Nothing where a run of either has not reached all facts.
    pub energy_skill: Option<f64>,
    /// How many runs have all facts.
    pub complete: usize,
}

/// The scores of all mechanisms on a set of facts; `opponent` is the number of the opponent among them.
#[must_use]
pub fn scores(table: &Table, set: &FactSet, opponent: usize) -> (Vec<Score>, Vec<Together>) {
    let columns: Vec<Vec<Vec<f64>>> = table
        .models
        .iter()
        .map(|model| set.facts.iter().map(|fact| reached(model, fact)).collect())
        .collect();
    let value = |model: usize, fact: usize| {
        let observed = set.facts[fact].scale.of(set.facts[fact].recorded)?;
        crps(&columns[model][fact], observed, Spread::Fair)
    };
    let spreads: Vec<f64> = columns[opponent].iter().map(|values| spread(values)).collect();
    let (mut all, mut together) = (Vec::new(), Vec::new());
    let completes: Vec<Vec<Vec<f64>>> = table.models.iter().map(|model| complete(model, set)).collect();
    let energies: Vec<Option<f64>> = completes.iter().map(|rows| energy(rows, set, &spreads)).collect();
    let whole = |model: usize| completes[model].len() == table.models[model].runs;
    for (number, model) in table.models.iter().enumerate() {
        let rows: Vec<Score> = (0..set.facts.len())
            .filter_map(|fact| {
                let (own, others) = (value(number, fact)?, value(opponent, fact));
                let all_reached = [number, opponent]
                    .into_iter()
                    .all(|model| columns[model][fact].len() == table.models[model].runs);
                let others = others.filter(|others| *others > 0.0 && all_reached);
                let skill = others.map(|others| 1.0 - own / others);
                Some(score(model, &set.facts[fact], &columns[number][fact], own, skill))
            })
            .collect();
        let pits: Vec<f64> = rows.iter().map(|row| row.pit).collect();
        let ratios: Vec<f64> = rows.iter().filter_map(|row| Some(1.0 - row.skill?)).collect();
        let found: Vec<Vec<Option<f64>>> = set
            .facts
            .iter()
            .map(|fact| model.outcomes.get(&fact.outcome).cloned().unwrap_or_default())
            .collect();
        together.push(Together {
            model: model.name.clone(),
            facts: set.facts.len(),
            independent: independent(&found),
            better: rows.iter().filter(|row| row.skill.is_some_and(|skill| skill > 0.0)).count(),
            covered: coverage(&pits, LEVEL),
            crps: (!ratios.is_empty())
                .then(|| dtao_statistics::sum(ratios.iter().copied()) / ratios.len() as f64),
            energy: energies[number],
            energy_skill: energies[number]
                .zip(energies[opponent].filter(|energy| *energy > 0.0))
                .filter(|_| whole(number) && whole(opponent))
                .map(|(own, others)| 1.0 - own / others),
            complete: completes[number].len(),
        });
        all.extend(rows);
    }
    (all, together)
}

fn score(model: &Model, fact: &Fact, values: &[f64], crps: f64, skill: Option<f64>) -> Score {
    let observed = fact.scale.of(fact.recorded).unwrap_or(f64::NAN);
    let own = |part: f64| fact.scale.back(quantile(values, part));
    Score {
        model: model.name.clone(),
        fact: fact.outcome.clone(),
        recorded: fact.recorded,
        median: own(0.5),
        low: own(0.05),
        high: own(0.95),
        crps,
        skill,
        pit: pit(values, observed).unwrap_or(f64::NAN),
        reached: values.len(),
        runs: model.runs,
    }
}

/// A fact over the runs that have it, on its scale, in rising order.
fn reached(model: &Model, fact: &Fact) -> Vec<f64> {
    let values = model.outcomes.get(&fact.outcome).into_iter().flatten().flatten();
    let mut values: Vec<f64> = values.filter_map(|&value| fact.scale.of(value)).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The facts of the runs that have all.
fn complete(model: &Model, set: &FactSet) -> Vec<Vec<f64>> {
    let row = |run: usize| -> Option<Vec<f64>> {
        set.facts.iter().map(|fact| fact.scale.of((*model.outcomes.get(&fact.outcome)?.get(run)?)?)).collect()
    };
    (0..model.runs).filter_map(row).collect()
}

fn energy(rows: &[Vec<f64>], set: &FactSet, spreads: &[f64]) -> Option<f64> {
    let scaled = |row: &[f64]| row.iter().zip(spreads).map(|(x, s)| x / s).collect::<Vec<f64>>();
    let observed: Option<Vec<f64>> = set.facts.iter().map(|fact| fact.scale.of(fact.recorded)).collect();
    let rows: Vec<Vec<f64>> = rows.iter().map(|row| scaled(row)).collect();
    energy_score(&rows, &scaled(&observed?), Spread::Fair)
}

/// The standard deviation; 1 where there is none.
fn spread(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = dtao_statistics::sum(values.iter().copied()) / n;
    let square = dtao_statistics::sum(values.iter().map(|value| (value - mean) * (value - mean)));
    let deviation = (square / (n - 1.0)).sqrt();
    if deviation > 0.0 { deviation } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::table::Scale;

    fn model(name: &str, a: &[f64], b: &[f64]) -> Model {
        let column =
            |values: &[f64]| values.iter().map(|&value| value.is_finite().then_some(value)).collect();
        let outcomes = BTreeMap::from([("a".into(), column(a)), ("b".into(), column(b))]);
        let draws = (0..a.len() as u64).map(|seed| (0, seed)).collect();
        Model { name: name.into(), runs: a.len(), draws, outcomes, quantities: Vec::new() }
    }

    fn set() -> FactSet {
        let fact = |outcome: &str, recorded, scale| Fact { outcome: outcome.into(), recorded, scale };
        FactSet { name: "s".into(), facts: vec![fact("a", 2.0, Scale::Linear), fact("b", 1.0, Scale::Log)] }
    }

    #[test]
    fn a_mechanism_is_scored_beside_its_opponent() {
        let table = Table {
            models: vec![
                model("good", &[1.0, 2.0, 3.0, 2.0], &[0.5, 1.0, 2.0, f64::NAN]),
                model("opponent", &[6.0, 7.0, 8.0, 9.0], &[0.5, 1.0, 2.0, 1.0]),
            ],
        };
        let (scores, together) = scores(&table, &set(), 1);
        let [good_a, good_b, other_a, _] = &scores[..] else { panic!("{scores:?}") };
        // Mean error 1/2; distances 1, 2, 1, 1, 0, 1 each twice, over 12.
        assert!((good_a.crps - (0.5 - 0.5)).abs() < 1e-12, "{good_a:?}");
        assert_eq!(good_a.skill, Some(1.0 - good_a.crps / other_a.crps));
        assert_eq!((good_a.median, good_a.pit, good_a.reached), (2.0, 0.5, 4));
        assert!((good_b.median - 1.0).abs() < 1e-12 && (good_b.reached, good_b.runs) == (3, 4), "{good_b:?}");
        assert_eq!(other_a.skill, Some(0.0));
        assert_eq!((together[0].better, together[0].complete), (1, 3));
        assert_eq!(together[0].covered, Some(1.0));
        // None of four is below: half of the first of five gaps.
        assert_eq!(other_a.pit, 0.1);
        // One run has not reached b: what is scored is not the forecast.
        assert_eq!(
            (good_b.skill, together[0].energy_skill, together[1].energy_skill),
            (None, None, Some(0.0))
        );
        let whole = Table {
            models: vec![
                model("good", &[1.0, 2.0, 3.0, 2.0], &[0.5, 1.0, 2.0, 1.0]),
                table.models[1].clone(),
            ],
        };
        assert!(super::scores(&whole, &set(), 1).1[0].energy_skill.expect("both") > 0.5);
    }
}
