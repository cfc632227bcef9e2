//! Which mechanism made the facts: weights, how far they can be trusted, and which fact would tell more.

use std::collections::BTreeMap;

use dtao_statistics::quantile;
use dtao_statistics::random::{below, keyed, permutation};
use serde::Serialize;

use crate::Settings;
use crate::abc::{Facts, Near};
use crate::posterior::truths;
use crate::prepared::{Prepared, kept};
use crate::table::{Draw, FactSet, Table};

/// How many resamples an interval of a weight is from.
const RESAMPLES: u64 = 499;
/// How many times the mechanisms are shuffled to see what chance alone tells.
const SHUFFLES: u64 = 99;
/// Into how many parts of equal size a fact's values are cut.
const BINS: usize = 8;
/// Keys of random numbers: resamples, and shuffles.
const RESAMPLING: u64 = 1;
const SHUFFLING: u64 = 2;

/// How probable a mechanism is after the facts, all being equally probable before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// The mechanism.
    pub model: String,
    /// How many draws it has.
    pub draws: usize,
    /// How many of them have all facts; the others are never near.
    pub complete: usize,
    /// How many are kept.
    pub kept: usize,
    /// By rejection: its part of the runs that are kept.
    pub rejection: f64,
    /// By local-linear regression of whether a run is its.
    pub weight: f64,
    /// From where ...
    pub low: f64,
    /// ... to where: the 5th to the 95th percentile over resamples of the draws of which runs are kept.
    pub high: f64,
}

/// What synthetic truths of one mechanism are taken for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    /// The mechanism that made the truths.
    pub truth: String,
    /// A mechanism that they are fitted with.
    pub model: String,
    /// How many truths there were.
    pub truths: usize,
    /// Its mean weight.
    pub weight: f64,
    /// In which part of the truths it had the largest weight.
    pub chosen: f64,
}

/// How much an outcome says of which mechanism made a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Telling {
    /// The outcome.
    pub outcome: String,
    /// Whether it is one of the facts of the set.
    pub used: bool,
    /// Bits that it says over all runs.
    pub bits: f64,
    /// What chance says as often as once in twenty.
    pub by_chance: f64,
    /// Bits that it still says of the runs that are near to all facts.
    pub bits_near: f64,
    /// What chance says of these as often as once in twenty.
    pub by_chance_near: f64,
}

/// The runs of all mechanisms that are nearest to a point, each mechanism with the same weight before.
struct Pooled {
    facts: Facts,
    models: Vec<usize>,
    draws: Vec<Draw>,
    /// How many runs each mechanism has.
    runs: Vec<f64>,
}

impl Pooled {
    fn new(prepared: &Prepared) -> Self {
        let (facts, models, draws) = prepared.pooled();
        Self { facts, models, draws, runs: prepared.models.iter().map(|model| model.runs as f64).collect() }
    }

    /// The nearest runs; none of the draw `without`, whichever mechanism made it.
    fn near(&self, point: &[f64], settings: &Settings, without: Option<Draw>) -> Near {
        let keep = kept(self.facts.rows.len(), settings.accept, point.len());
        Near::new(&self.facts, point, keep, |row| Some(self.draws[row]) == without)
    }

    /// The rows of each draw that is near, in the order in which the draws come up.
    fn together(&self, near: &Near) -> Vec<Vec<usize>> {
        let (mut places, mut all) = (BTreeMap::new(), Vec::<Vec<usize>>::new());
        for &row in &near.rows {
            let place = *places.entry(self.draws[row]).or_insert_with(|| {
                all.push(Vec::new());
                all.len() - 1
            });
            all[place].push(row);
        }
        all
    }

    /// By rejection.
    fn parts(&self, near: &Near) -> Vec<f64> {
        let mut parts = vec![0.0; self.runs.len()];
        for &row in &near.rows {
            parts[self.models[row]] += 1.0 / self.runs[self.models[row]];
        }
        shares(parts)
    }

    /// By regression; by rejection where the planes leave nothing.
    fn weights(&self, near: &Near) -> Vec<f64> {
        let equal = near.weighed(|row, weight| weight / self.runs[self.models[row]]);
        let weights: Vec<f64> = (0..self.runs.len())
            .map(|model| {
                let is = |&row: &usize| if self.models[row] == model { 1.0 } else { 0.0 };
                let target: Vec<f64> = equal.rows.iter().map(is).collect();
                equal.at_point(&target).clamp(0.0, 1.0)
            })
            .collect();
        if weights.iter().sum::<f64>() > 0.0 { shares(weights) } else { self.parts(near) }
    }
}

fn shares(parts: Vec<f64>) -> Vec<f64> {
    let all: f64 = parts.iter().sum();
    parts.into_iter().map(|part| if all > 0.0 { part / all } else { f64::NAN }).collect()
}

/// The weights of all mechanisms.
pub(crate) fn weights(prepared: &Prepared, settings: &Settings) -> Vec<Weight> {
    let pooled = Pooled::new(prepared);
    if pooled.facts.rows.len() < 2 {
        return Vec::new();
    }
    let near = pooled.near(&prepared.recorded, settings, None);
    let (rejection, weight) = (pooled.parts(&near), pooled.weights(&near));
    let together = pooled.together(&near);
    let mut resamples = vec![Vec::new(); weight.len()];
    for number in 0..RESAMPLES {
        let mut random = keyed(RESAMPLING, &[near.rows.len() as u64, number]);
        let mut times = vec![0.0; pooled.facts.rows.len()];
        for _ in 0..together.len() {
            for &row in &together[below(&mut random, together.len())] {
                times[row] += 1.0;
            }
        }
        let resampled = pooled.weights(&near.weighed(|row, weight| weight * times[row]));
        for (of, value) in resamples.iter_mut().zip(resampled) {
            of.push(value);
        }
    }
    let of = |(number, model): (usize, &crate::prepared::PreparedModel)| {
        resamples[number].sort_unstable_by(f64::total_cmp);
        Weight {
            model: model.name.clone(),
            draws: model.runs,
            complete: model.rows.len(),
            kept: near.rows.iter().filter(|&&row| pooled.models[row] == number).count(),
            rejection: rejection[number],
            weight: weight[number],
            low: quantile(&resamples[number], 0.05),
            high: quantile(&resamples[number], 0.95),
        }
    };
    prepared.models.iter().enumerate().map(of).collect()
}

/// Weighs all mechanisms on synthetic truths of each. The truth's draw is left out in all mechanisms: the same draw of another one is no
/// other day.
pub(crate) fn confusion(prepared: &Prepared, settings: &Settings) -> Vec<Confusion> {
    let pooled = Pooled::new(prepared);
    let mut all = Vec::new();
    for truth in &prepared.models {
        let (mut sums, mut chosen) = (vec![0.0; prepared.models.len()], vec![0_usize; prepared.models.len()]);
        let mut count = 0;
        for row in truths(truth.rows.len(), settings.truths) {
            let near = pooled.near(&truth.facts.rows[row], settings, Some(truth.draws[row]));
            let weights = pooled.weights(&near);
            // The first of equal ones.
            let largest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            chosen[weights.iter().position(|&weight| weight == largest).unwrap_or(0)] += 1;
            sums.iter_mut().zip(&weights).for_each(|(sum, weight)| *sum += weight);
            count += 1;
        }
        for (number, model) in prepared.models.iter().enumerate().filter(|_| count > 0) {
            all.push(Confusion {
                truth: truth.name.clone(),
                model: model.name.clone(),
                truths: count,
                weight: sums[number] / count as f64,
                chosen: chosen[number] as f64 / count as f64,
            });
        }
    }
    all
}

/// Which outcome would tell mechanisms apart: the most telling first, by what it still says near the facts.
pub(crate) fn telling(
    table: &Table,
    set: &FactSet,
    prepared: &Prepared,
    settings: &Settings,
) -> Vec<Telling> {
    let pooled = Pooled::new(prepared);
    let Some(first) = table.models.first().filter(|_| pooled.facts.rows.len() > 1) else { return Vec::new() };
    let near = pooled.near(&prepared.recorded, settings, None);
    let draws: Vec<(usize, usize)> = prepared
        .models
        .iter()
        .enumerate()
        .flat_map(|(number, model)| model.rows.iter().map(move |&row| (number, row)))
        .collect();
    let mut all: Vec<Telling> = first
        .outcomes
        .keys()
        .filter(|name| table.models.iter().all(|model| model.outcomes.contains_key(*name)))
        .map(|name| {
            let value = |(model, row): (usize, usize)| (model, table.models[model].outcomes[name][row]);
            let whole = |(number, model): (usize, &crate::table::Model)| {
                (0..model.runs).map(|row| value((number, row))).collect::<Vec<_>>()
            };
            let everywhere: Vec<_> = table.models.iter().enumerate().flat_map(whole).collect();
            let nearby: Vec<_> = near.rows.iter().map(|&row| value(draws[row])).collect();
            let ((bits, by_chance), (bits_near, by_chance_near)) = (told(&everywhere), told(&nearby));
            let used = set.facts.iter().any(|fact| fact.outcome == *name);
            Telling { outcome: name.clone(), used, bits, by_chance, bits_near, by_chance_near }
        })
        .collect();
    all.sort_by(|a, b| b.bits_near.total_cmp(&a.bits_near).then_with(|| a.outcome.cmp(&b.outcome)));
    all
}

/// Bits that values say of their models, and what shuffled models say as often as once in twenty.
fn told(values: &[(usize, Option<f64>)]) -> (f64, f64) {
    let cells = cells(&values.iter().map(|&(_, value)| value).collect::<Vec<_>>());
    let models: Vec<usize> = values.iter().map(|&(model, _)| model).collect();
    let mut shuffled: Vec<f64> = (0..SHUFFLES)
        .map(|number| {
            let order = permutation(&mut keyed(SHUFFLING, &[models.len() as u64, number]), models.len());
            bits(&order.into_iter().map(|at| models[at]).collect::<Vec<_>>(), &cells)
        })
        .collect();
    shuffled.sort_unstable_by(f64::total_cmp);
    (bits(&models, &cells), quantile(&shuffled, 0.95))
}

/// Values as numbers of cells: parts of equal size, equal values together, those without a value in one of their own.
fn cells(values: &[Option<f64>]) -> Vec<usize> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let cell = |value: f64| sorted.partition_point(|&other| other < value) * BINS / sorted.len();
    values.iter().map(|value| value.map_or(BINS, cell)).collect()
}

/// The mutual information of two labels, in bits, less its bias (Miller 1955): never below 0.
fn bits(models: &[usize], cells: &[usize]) -> f64 {
    let count = models.iter().max().map_or(0, |most| most + 1);
    let mut joint = vec![vec![0.0_f64; BINS + 1]; count];
    for (&model, &cell) in models.iter().zip(cells) {
        joint[model][cell] += 1.0;
    }
    let n = models.len() as f64;
    let by_model: Vec<f64> = joint.iter().map(|row| row.iter().sum()).collect();
    let by_cell: Vec<f64> = (0..=BINS).map(|cell| joint.iter().map(|row| row[cell]).sum()).collect();
    let mut sum = 0.0;
    for (row, of_model) in joint.iter().zip(&by_model) {
        for (&both, of_cell) in row.iter().zip(&by_cell).filter(|(both, _)| **both > 0.0) {
            sum += both / n * libm::log(both * n / (of_model * of_cell));
        }
    }
    let full = |counts: &[f64]| counts.iter().filter(|&&count| count > 0.0).count().saturating_sub(1) as f64;
    let bias = full(&by_model) * full(&by_cell) / (2.0 * n);
    ((sum - bias) / std::f64::consts::LN_2).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_that_is_the_model_says_all_and_one_that_is_not_nothing() {
        let same: Vec<(usize, Option<f64>)> = (0..800).map(|i| (i % 2, Some((i % 2) as f64))).collect();
        let (bits, chance) = told(&same);
        assert!((bits - 1.0).abs() < 0.01 && chance < 0.02, "{bits} {chance}");
        let other: Vec<(usize, Option<f64>)> =
            (0..800).map(|i| (i % 2, Some((i / 2 % 100) as f64))).collect();
        let (bits, chance) = told(&other);
        assert!(bits <= chance, "{bits} {chance}");
    }

    #[test]
    fn having_no_value_tells_too() {
        let missing: Vec<(usize, Option<f64>)> =
            (0..400).map(|i| (i % 2, (i % 2 == 0).then_some((i % 7) as f64))).collect();
        assert!(told(&missing).0 > 0.95);
    }

    #[test]
    fn equal_values_are_in_one_cell() {
        let found = cells(&[Some(1.0), Some(1.0), Some(1.0), None, Some(2.0)]);
        assert_eq!(found, [0, 0, 0, BINS, 6]);
    }
}
