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

use crate::statistics::{Interval, NoInterval};

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
            let values: Option<Vec<f64>> =
                chunk.iter().map(|outcome| outcome.filter(|value| value.is_finite())).collect();
            Some((number, values?))
        })
        .collect();
    if whole.len() < 2 {
        return Err(SensitivityError::TooFew { whole: whole.len(), planned: rows / size });
    }
    Ok(whole)
}
