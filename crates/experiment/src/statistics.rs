//! What a sample of outcomes says, and how sure it is.
//!
//! Everything here is a pure function of the values it is given and of nothing else: samples are sorted
//! before they are summed, so no figure depends on the order in which runs ended or results were merged.
//! All intervals are at 95 %.
//!
//! Which interval a mean gets was decided by measured coverage (`cargo run --release -p dtao-experiment
//! --example coverage` prints the table of `docs/guide/statistics.md`). The chosen one removes the skewness
//! of the t statistic, in closed form.

pub mod bootstrap;
pub mod interval;
mod moments;
pub mod paired;
pub mod scores;
pub mod stopping;

use dtao_metrics::statistic::quantile;
use serde::Serialize;

pub use interval::Interval;
pub(crate) use moments::{Moments, sum};
pub use paired::Paired;
pub use stopping::{Next, Stopping, StoppingError};

/// The quantiles that a cell reports.
pub const PARTS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// One metric's outcomes over the runs of one point and arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// How many runs have a value.
    pub n: usize,
    /// How many have none: the run failed or never reached what is measured, or the value is not finite.
    /// All other figures are about the runs that have one.
    pub missing: usize,
    /// Arithmetic mean; nothing of no values.
    pub mean: Option<f64>,
    /// Standard deviation of the outcomes, with divisor n - 1; nothing below two values.
    pub sd: Option<f64>,
    /// Standard error of the mean.
    pub se: Option<f64>,
    /// 95 % interval of the mean.
    pub interval: Option<Interval>,
    /// How that interval was found.
    pub method: Option<Method>,
    /// The quantiles of `PARTS`; nothing of no values.
    pub quantiles: Option<[Quantile; 5]>,
}

/// How a mean's interval was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Method {
    /// Student's t with its skewness removed (`interval::mean`).
    SkewAdjusted,
    /// Wilson's score interval: all values are 0 or 1 (`interval::proportion`).
    Wilson,
    /// Newcombe's interval for a difference of paired proportions (`interval::paired_proportions`).
    Newcombe,
    /// All values are one and the same, so the interval is that value. It says nothing about values that
    /// were not seen.
    Constant,
}

/// A quantile and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantile {
    /// Which: 0.5 is the median.
    pub part: f64,
    /// The sample's quantile, linear between order statistics.
    pub value: f64,
    /// 95 % interval, free of assumptions on the distribution; nothing if the sample is too small for one
    /// (below 59 values for the 5th percentile, below 6 for the median).
    pub interval: Option<Interval>,
}

impl Cell {
    /// Summarises outcomes; `None` is a run without one.
    #[must_use]
    pub fn of(outcomes: &[Option<f64>]) -> Self {
        let sorted = present(outcomes);
        let missing = outcomes.len() - sorted.len();
        let binary = !sorted.is_empty() && sorted.iter().all(|&value| value == 0.0 || value == 1.0);
        let interval = if binary {
            let ones = sorted.iter().filter(|&&value| value == 1.0).count();
            Some((interval::proportion(ones, sorted.len()), Method::Wilson))
        } else {
            mean_interval(&sorted)
        };
        Self::new(&sorted, missing, interval)
    }

    fn new(sorted: &[f64], missing: usize, interval: Option<(Interval, Method)>) -> Self {
        let moments = Moments::of(sorted);
        Self {
            n: sorted.len(),
            missing,
            mean: moments.map(|moments| moments.mean),
            sd: moments.and_then(|moments| moments.sd),
            se: moments.and_then(Moments::standard_error),
            interval: interval.map(|(interval, _)| interval),
            method: interval.map(|(_, method)| method),
            quantiles: (!sorted.is_empty()).then(|| {
                PARTS.map(|part| Quantile {
                    part,
                    value: quantile(sorted, part),
                    interval: interval::quantile(sorted, part),
                })
            }),
        }
    }

    /// Half the width of the mean's interval.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        self.interval.map(Interval::half_width)
    }
}

/// The mean's interval when nothing is known of the values' kind.
fn mean_interval(sorted: &[f64]) -> Option<(Interval, Method)> {
    let moments = Moments::of(sorted)?;
    let method = if moments.sd? == 0.0 { Method::Constant } else { Method::SkewAdjusted };
    Some((interval::mean(moments)?, method))
}

/// The finite values, in rising order. Sorting costs more than selecting five quantiles, but makes every sum
/// that follows independent of the order of the outcomes, and intervals need fifteen order statistics.
fn present(outcomes: &[Option<f64>]) -> Vec<f64> {
    let mut values: Vec<f64> = outcomes.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests;
