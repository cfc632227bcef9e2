//! Adding seeds until an interval is tight.
//!
//! Looking at the data to decide when to stop has a price: a sample whose spread happens to look small stops
//! early, so the interval at the stop covers less often than one from a number of runs fixed beforehand. The
//! loss vanishes as the target gets narrow (Chow, Robbins 1965, doi:10.1214/aoms/1177700156) and is largest
//! when the first look decides. Three rules keep it small, and all are in the sweep's file: looks happen only
//! after whole batches, never before `min` runs, and never after `cap`. What is left was measured:
//! `docs/guide/statistics.md`.
//!
//! The rule sees the runs in plan order, at numbers of runs that it named itself, so the number of seeds does
//! not depend on how many runs are made at once.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Cell, Support};

/// When to stop adding seeds: at a half-width of the mean's interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Stopping(Written);

/// The rule as it is written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "Stopping", deny_unknown_fields)]
struct Written {
    half_width: f64,
    min: usize,
    batch: usize,
    cap: usize,
}

/// Why a rule for stopping was refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum StoppingError {
    /// The width is not a positive number.
    #[error("half_width is {0}; it must be a positive number")]
    HalfWidth(f64),
    /// Too few runs for an interval.
    #[error("min is {0}; an interval needs at least {LEAST} runs before the first look")]
    Min(usize),
    /// Nothing would be added.
    #[error("batch is 0; it must be at least 1")]
    Batch,
    /// The cap is below the minimum.
    #[error("cap is {cap}, below min, which is {min}")]
    Cap {
        /// The cap.
        cap: usize,
        /// The minimum.
        min: usize,
    },
}

/// Fewer runs than this tell too little of their own spread to decide on.
const LEAST: usize = 20;

/// What to do with the runs made so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Make this many more runs, then ask again.
    More(usize),
    /// The interval is as tight as asked.
    Tight,
    /// The cap is reached and the interval is wider than asked, or there is none.
    Capped,
}

impl Stopping {
    /// Stops when the half-width is at most `half_width` (in the metric's unit), looking after `min` runs and
    /// then after each `batch`, and at `cap` runs in any case.
    ///
    /// # Errors
    /// If no number of runs could satisfy it.
    pub fn new(half_width: f64, min: usize, batch: usize, cap: usize) -> Result<Self, StoppingError> {
        Written { half_width, min, batch, cap }.try_into()
    }

    /// What to do after the runs so far, those without an outcome included. Outcomes without an interval, as are
    /// those that are all the same, are never tight.
    #[must_use]
    pub fn next(&self, outcomes: &[Option<f64>], support: Support) -> Next {
        let Written { half_width, min, batch, cap } = self.0;
        let runs = outcomes.len();
        if runs < min {
            return Next::More(min - runs);
        }
        if Cell::of(outcomes, support).half_width().is_some_and(|reached| reached <= half_width) {
            return Next::Tight;
        }
        if runs >= cap { Next::Capped } else { Next::More(batch.min(cap - runs)) }
    }
}

impl TryFrom<Written> for Stopping {
    type Error = StoppingError;

    fn try_from(written: Written) -> Result<Self, StoppingError> {
        let Written { half_width, min, batch, cap } = written;
        if !(half_width > 0.0 && half_width.is_finite()) {
            return Err(StoppingError::HalfWidth(half_width));
        }
        if min < LEAST {
            return Err(StoppingError::Min(min));
        }
        if batch == 0 {
            return Err(StoppingError::Batch);
        }
        if cap < min {
            return Err(StoppingError::Cap { cap, min });
        }
        Ok(Self(written))
    }
}

impl From<Stopping> for Written {
    fn from(stopping: Stopping) -> Self {
        stopping.0
    }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, Exp1};

    use super::*;
    use crate::random::{Purpose, generator};

    #[test]
    fn looks_happen_at_the_minimum_after_batches_and_at_the_cap() {
        let wide: Vec<Option<f64>> = (0..100).map(|i| Some(f64::from(i % 2) * 100.0)).collect();
        let rule = Stopping::new(1.0, 30, 25, 70).expect("valid");
        let next = |outcomes: &[Option<f64>]| rule.next(outcomes, Support::Numbers);
        assert_eq!(next(&[]), Next::More(30));
        assert_eq!(next(&wide[..30]), Next::More(25));
        assert_eq!(next(&wide[..55]), Next::More(15));
        assert_eq!(next(&wide[..70]), Next::Capped);
        let tight: Vec<Option<f64>> =
            (0..30).map(|i| Some(f64::from(i % 2))).map(|x| x.map(|x| x + 2.0)).collect();
        assert_eq!(next(&tight), Next::Tight);
        assert_eq!(next(&[None; 70]), Next::Capped);
    }

    #[test]
    fn outcomes_that_are_all_the_same_are_never_tight() {
        let rule = Stopping::new(1e9, 20, 10, 60).expect("valid");
        for value in [0.0, 1.0, 0.1, -240.0] {
            assert_eq!(rule.next(&[Some(value); 20], Support::Numbers), Next::More(10), "{value}");
            assert_eq!(rule.next(&[Some(value); 60], Support::Numbers), Next::Capped, "{value}");
        }
        // That something never happened in 20 runs does say how often it may.
        assert_eq!(rule.next(&[Some(0.0); 20], Support::ZeroOrOne), Next::Tight);
        let narrow = Stopping::new(0.05, 20, 10, 60).expect("valid");
        assert_eq!(narrow.next(&[Some(0.0); 20], Support::ZeroOrOne), Next::More(10));
    }

    #[test]
    fn a_rule_that_cannot_end_well_is_refused() {
        assert_eq!(Stopping::new(0.0, 30, 1, 70), Err(StoppingError::HalfWidth(0.0)));
        assert_eq!(Stopping::new(1.0, 2, 1, 70), Err(StoppingError::Min(2)));
        assert_eq!(Stopping::new(1.0, 30, 0, 70), Err(StoppingError::Batch));
        assert_eq!(Stopping::new(1.0, 30, 1, 29), Err(StoppingError::Cap { cap: 29, min: 30 }));
        let file = "(half_width: 0.01, min: 100, batch: 50, cap: 40)";
        let error = ron::from_str::<Stopping>(file).expect_err("the cap is below the minimum").to_string();
        assert!(error.contains("cap is 40, below min, which is 100"), "{error}");
    }

    #[test]
    fn stopping_on_the_data_costs_at_most_two_points_of_coverage() {
        let rule = Stopping::new(0.15, 100, 50, 10_000).expect("valid");
        let (repetitions, mut covered) = (2_000, 0);
        for repetition in 0..repetitions {
            let mut random = generator(Purpose::Resample, 5, repetition);
            let mut outcomes = Vec::new();
            loop {
                match rule.next(&outcomes, Support::Numbers) {
                    Next::More(runs) => outcomes.extend((0..runs).map(|_| {
                        let value: f64 = Exp1.sample(&mut random);
                        Some(value)
                    })),
                    Next::Tight => break,
                    Next::Capped => panic!("about 170 runs are enough"),
                }
            }
            covered += usize::from(
                Cell::of(&outcomes, Support::Numbers).interval.expect("a hundred values").contains(1.0),
            );
        }
        let coverage = covered as f64 / repetitions as f64;
        // The standard error of a coverage over 2,000 repetitions is half a point.
        assert!((0.92..0.97).contains(&coverage), "{coverage}");
    }
}
