//! What answers depend on: elementary effects (Morris) and Sobol' indices, over the points of a sweep that is made for it.

use std::collections::{BTreeMap, BTreeSet};

use dtao_statistics::sensitivity::{Estimate, SensitivityError, complete};
use dtao_statistics::sum;
use dtao_sweep::analysis::Analysis;

use crate::file::Question;
use crate::reading::Read;
use crate::table::{Draw, Role};

/// What one factor does to one answer of one mechanism; nothing but a note where there is no estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The mechanism.
    pub model: String,
    /// The answer.
    pub answer: String,
    /// The factor.
    pub factor: Option<String>,
    /// Which index: `mu`, `mu_star`, `sigma` of Morris, `first`, `total` of Sobol'.
    pub index: &'static str,
    /// The estimate, with its interval or why there is none.
    pub estimate: Result<Estimate, SensitivityError>,
    /// How many base rows or trajectories have the answer everywhere.
    pub used: usize,
    /// How many have not.
    pub missing: usize,
}

/// The indices of all answers; nothing if the sweep's design is not made for them.
///
/// The answer of a point is its mean over the seeds. A seed in which any point of a base row or trajectory has no answer is left out of
/// all its points, so that a step compares the same draws; one in which all seeds are has none.
#[must_use]
pub fn sensitivity(question: &Question, read: &Read) -> Option<Vec<Sensitivity>> {
    let analysis = Analysis::of(&read.manifest.design)?;
    let plan = &question.plan;
    let positions: Vec<Vec<f64>> = (0..plan.points.len())
        .map(|point| {
            analysis.position(&plan.points.values(point).into_iter().map(str::to_owned).collect::<Vec<_>>())
        })
        .collect();
    let mut all = Vec::new();
    for model in &read.table.models {
        for answer in model.quantities.iter().filter(|quantity| quantity.role == Role::Answer) {
            let means = means(&model.draws, &answer.values, plan.points.len(), analysis.size() as u64);
            let used = complete(&means, analysis.size());
            let missing = means.len() / analysis.size() - used;
            let row = |factor, index, estimate| Sensitivity {
                model: model.name.clone(),
                answer: answer.name.clone(),
                factor,
                index,
                estimate,
                used,
                missing,
            };
            match analysis.indices(&positions, &means) {
                Ok(of_factors) => {
                    for (factor, estimates) in read.manifest.factors.iter().zip(of_factors) {
                        let name = || Some(factor.name.clone());
                        all.extend(
                            estimates.into_iter().map(|(index, estimate)| row(name(), index, Ok(estimate))),
                        );
                    }
                }
                Err(error) => all.push(row(None, "", Err(error))),
            }
        }
    }
    Some(all)
}

/// The mean of each point's values over the seeds in which all points of its base row or trajectory, of `size` points, have one.
fn means(draws: &[Draw], values: &[Option<f64>], points: u64, size: u64) -> Vec<Option<f64>> {
    let known: BTreeMap<Draw, f64> =
        draws.iter().zip(values).filter_map(|(&draw, value)| Some((draw, (*value)?))).collect();
    let seeds: BTreeSet<u64> = draws.iter().map(|&(_, seed)| seed).collect();
    let mut means = Vec::new();
    for first in (0..points).step_by(size as usize) {
        let together = first..points.min(first + size);
        let whole = |seed: &&u64| together.clone().all(|point| known.contains_key(&(point, **seed)));
        let whole: Vec<u64> = seeds.iter().filter(whole).copied().collect();
        means.extend(together.map(|point| {
            let of = whole.iter().map(|&seed| known[&(point, seed)]);
            (!whole.is_empty()).then(|| sum(of) / whole.len() as f64)
        }));
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_compares_the_same_seeds() {
        let draws: Vec<Draw> = (0..4).flat_map(|point| [(point, 7), (point, 8)]).collect();
        let value = |(point, seed): Draw| point as f64 + if seed == 8 { 100.0 } else { 0.0 };
        // The second point has no answer in seed 8; the second trajectory has all.
        let values: Vec<Option<f64>> =
            draws.iter().map(|&draw| (draw != (1, 8)).then(|| value(draw))).collect();
        assert_eq!(means(&draws, &values, 4, 2), [Some(0.0), Some(1.0), Some(52.0), Some(53.0)]);
        let none = vec![None; 8];
        assert_eq!(means(&draws, &none, 4, 2), [None; 4]);
    }
}
