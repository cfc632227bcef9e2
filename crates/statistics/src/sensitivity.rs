//! Which factors move an outcome.
//!
//! Both analyses take the outcomes of a design's rows in their order, one value per row (over several seeds,
//! the same for all rows: the mean). A row without an outcome takes its base row or trajectory out of the
//! analysis, and is counted.

mod morris;
mod sobol;

use serde::Serialize;
use thiserror::Error;

pub use morris::{MorrisEffects, MorrisFactor, morris_effects};
pub use sobol::{SobolFactor, SobolIndices, sobol_indices};

use crate::{Interval, NoInterval, constant, magnitude};

/// An estimate and its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its interval, or why there is none.
    pub interval: Result<Interval, NoInterval>,
}

/// Why outcomes could not be analysed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SensitivityError {
    /// Outcomes and design do not belong together.
    #[error("the design has {rows} rows, but there are {outcomes} outcomes")]
    Length {
        /// Rows of the design.
        rows: usize,
        /// Outcomes given.
        outcomes: usize,
    },
    /// Too many rows have no outcome.
    #[error("{whole} of {planned} base rows or trajectories have all outcomes; at least 2 are needed")]
    TooFew {
        /// Those with all outcomes.
        whole: usize,
        /// Those of the design.
        planned: usize,
    },
    /// There is nothing to explain.
    #[error("the outcome is the same in all rows, so no factor moves it")]
    Constant,
    /// There is nothing to explain where there is an outcome.
    #[error(
        "the outcome is the same in the {reached} of {rows} rows that have one; what decides whether a row has one has \
         no index"
    )]
    ConstantWhereReached {
        /// Rows with an outcome.
        reached: usize,
        /// Rows of the design.
        rows: usize,
    },
    /// There is nothing to explain but the rounding of sums.
    #[error("the outcome differs between rows by rounding alone, so no factor moves it")]
    Rounding,
    /// There is something to explain, but not in the rows that would tell.
    #[error(
        "the outcome varies, but not over the points A and B of the {whole} base rows that have all outcomes: use more \
         base rows"
    )]
    NoVariance {
        /// Base rows with all outcomes.
        whole: usize,
    },
    /// A step did not change the factor.
    #[error("the factor with number {factor} (from 0) has the same value before and after a step")]
    NoStep {
        /// The factor's place in the design.
        factor: usize,
    },
}

/// How many base rows or trajectories, of `size` rows each, have all outcomes: the only ones that are used.
#[must_use]
pub fn complete(outcomes: &[Option<f64>], size: usize) -> usize {
    let whole = |chunk: &&[Option<f64>]| chunk.iter().all(|&outcome| reached(outcome).is_some());
    outcomes.chunks_exact(size).filter(whole).count()
}

fn reached(outcome: Option<f64>) -> Option<f64> {
    outcome.filter(|value| value.is_finite())
}

/// Why there is nothing to explain, if there is not: over all rows, those of base rows that are not complete, too.
fn nothing_to_explain(outcomes: &[Option<f64>]) -> Option<SensitivityError> {
    let mut values: Vec<f64> = outcomes.iter().filter_map(|&outcome| reached(outcome)).collect();
    values.sort_unstable_by(f64::total_cmp);
    if !constant(&values, magnitude(values.iter().copied())) {
        return None;
    }
    let (reached, rows) = (values.len(), outcomes.len());
    Some(if values.first() != values.last() {
        SensitivityError::Rounding
    } else if reached < rows {
        SensitivityError::ConstantWhereReached { reached, rows }
    } else {
        SensitivityError::Constant
    })
}

/// The base rows or trajectories, of `size` rows each, of which every row has a finite outcome.
fn whole(
    rows: usize,
    outcomes: &[Option<f64>],
    size: usize,
) -> Result<Vec<(usize, Vec<f64>)>, SensitivityError> {
    if outcomes.len() != rows {
        return Err(SensitivityError::Length { rows, outcomes: outcomes.len() });
    }
    let whole: Vec<(usize, Vec<f64>)> = outcomes
        .chunks(size)
        .enumerate()
        .filter_map(|(number, chunk)| {
            let values: Option<Vec<f64>> = chunk.iter().map(|&outcome| reached(outcome)).collect();
            Some((number, values?))
        })
        .collect();
    if whole.len() < 2 {
        return Err(SensitivityError::TooFew { whole: whole.len(), planned: rows / size });
    }
    Ok(whole)
}
