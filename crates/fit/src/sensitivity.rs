//! What answers depend on: elementary effects (Morris) and Sobol' indices, over the points of a sweep that is made for it.

use dtao_statistics::sensitivity::{Estimate, SensitivityError, complete};
use dtao_statistics::sum;
use dtao_sweep::analysis::Analysis;

use crate::file::Question;
use crate::reading::Read;
use crate::table::Role;

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
/// The answer of a point is its mean over the seeds. A seed in which a draw has no answer is left out; a point in which all
/// are has none.
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
    for (model, points) in read.table.models.iter().zip(&read.points) {
        for answer in model.quantities.iter().filter(|quantity| quantity.role == Role::Answer) {
            let means: Vec<Option<f64>> = (0..plan.points.len())
                .map(|point| {
                    let of = points.iter().zip(&answer.values).filter(|&(&at, _)| at == point);
                    let values: Vec<f64> = of.filter_map(|(_, value)| *value).collect();
                    (!values.is_empty()).then(|| sum(values.iter().copied()) / values.len() as f64)
                })
                .collect();
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
