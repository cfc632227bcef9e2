//! What a sample of outcomes says, and how sure it is.
//!
//! Everything here is a pure function of the values it is given and of nothing else: samples are sorted
//! before they are summed, so no figure depends on the order in which runs ended or results were merged.
//! All intervals are at 95 %.
//!
//! Which interval a mean gets was decided by measured coverage (`cargo run --release -p dtao-statistics
//! --example coverage` prints the table of `docs/guide/statistics.md`). The chosen one removes the skewness
//! of the t statistic, in closed form.

pub mod bootstrap;
pub mod dependence;
pub mod design;
pub mod interval;
mod moments;
pub mod paired;
pub mod random;
pub mod scores;
pub mod sensitivity;
pub mod significance;
pub mod stopping;
pub mod target;

use std::fmt;

use serde::{Serialize, Serializer};

pub use interval::{Interval, NoInterval};
pub(crate) use moments::{Moments, constant, magnitude};
pub use moments::{quantile, sum};
pub use paired::Paired;
pub use stopping::{Next, Stopping, StoppingError};
pub use target::{Comparison, Score, Target, Verdict};

/// The quantiles that a cell reports.
pub const PARTS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Which values an outcome can take. It is known before any run, from what the outcome is, so no values change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// 1 or 0: whether something is so. Its mean is a proportion.
    ZeroOrOne,
    /// Any number.
    Numbers,
}

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
    /// How that interval was found, or why there is none.
    pub method: Method,
    /// The quantiles of `PARTS`; nothing of no values.
    pub quantiles: Option<[Quantile; 5]>,
}

/// How a mean's interval was found, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Student's t with its skewness removed (`interval::mean`).
    SkewAdjusted,
    /// Wilson's score interval of a proportion (`interval::proportion`).
    Wilson,
    /// Newcombe's interval for a difference of paired proportions (`interval::paired_proportions`).
    Newcombe,
    /// There is none.
    None(NoInterval),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::SkewAdjusted => f.write_str("skew_adjusted"),
            Self::Wilson => f.write_str("wilson"),
            Self::Newcombe => f.write_str("newcombe"),
            Self::None(why) => why.fmt(f),
        }
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
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

/// A mean's interval and how it was found, or why there is none.
type Found = Result<(Interval, Method), NoInterval>;

impl Cell {
    /// Summarises outcomes; `None` is a run without one.
    #[must_use]
    pub fn of(outcomes: &[Option<f64>], support: Support) -> Self {
        let sorted = present(outcomes);
        let missing = outcomes.len() - sorted.len();
        let found = match support {
            Support::ZeroOrOne => proportion(&sorted),
            Support::Numbers => mean(&sorted, magnitude(sorted.iter().copied())),
        };
        Self::new(&sorted, missing, found)
    }

    fn new(sorted: &[f64], missing: usize, found: Found) -> Self {
        let moments = Moments::of(sorted);
        Self {
            n: sorted.len(),
            missing,
            mean: moments.map(|moments| moments.mean),
            sd: moments.and_then(|moments| moments.sd),
            se: moments.and_then(Moments::standard_error),
            interval: found.ok().map(|(interval, _)| interval),
            method: found.map_or_else(Method::None, |(_, method)| method),
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

/// The interval of a proportion of ones.
fn proportion(sorted: &[f64]) -> Found {
    if sorted.is_empty() {
        return Err(NoInterval::NoValues);
    }
    let ones = sorted.iter().filter(|&&value| value == 1.0).count();
    Ok((interval::proportion(ones, sorted.len()), Method::Wilson))
}

/// The interval of a mean of any numbers, which were computed from numbers of a magnitude.
fn mean(sorted: &[f64], magnitude: f64) -> Found {
    Ok((interval::of_mean(sorted, magnitude)?, Method::SkewAdjusted))
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
