//! Statistics over many numbers.

use std::num::NonZeroUsize;

use dtao_engine::math::ln;
use dtao_statistics::quantile;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::kind::MetricKind;
use crate::number::{Finite, Level};

/// A statistic over many numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Statistic {
    /// Sum.
    Sum,
    /// Arithmetic mean.
    Mean,
    /// Median.
    Median,
    /// Quantile, linear between order statistics.
    Quantile(Level),
    /// Which fraction of the values is below this.
    ShareBelow(Finite),
    /// Gini coefficient: 0 if all are equal, near 1 if one has all. Defined for values that are not negative and
    /// have a sum above 0.
    Gini,
    /// Herfindahl-Hirschman index: the sum of squared shares. Defined as for `Gini`.
    Hhi,
    /// Slope of ln(value) over ln(rank) among as many of the largest, by least squares. Defined for two values or
    /// more, all of them above 0.
    ZipfSlope(#[serde(deserialize_with = "as_many_as_subnets")] NonZeroUsize),
}

/// A number of subnets: there are never more than 65,535.
fn as_many_as_subnets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroUsize, D::Error> {
    let number = NonZeroUsize::deserialize(deserializer)?;
    if number.get() > usize::from(u16::MAX) {
        return Err(D::Error::custom(format_args!("expected at most 65535 subnets, found {number}")));
    }
    Ok(number)
}

impl Statistic {
    /// What the statistic of values of a kind is.
    #[must_use]
    pub fn kind(self, of: MetricKind) -> MetricKind {
        match self {
            // The sum of shares of different wholes is no share, and that of ranks no rank.
            Self::Sum if of == MetricKind::Amount || of == MetricKind::Price => of,
            Self::Sum | Self::ZipfSlope(_) => MetricKind::Ratio,
            Self::Mean | Self::Median | Self::Quantile(_) => of,
            Self::ShareBelow(_) | Self::Gini | Self::Hhi => MetricKind::Share,
        }
    }

    /// The statistic; nothing if it is not defined for these values, as none is of no values, or of values that
    /// are not finite.
    #[must_use]
    pub fn of(self, values: &[f64]) -> Option<f64> {
        if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (n, sum) = (sorted.len() as f64, sorted.iter().sum::<f64>());
        defined(match self {
            Self::Sum => sum,
            Self::Mean => sum / n,
            Self::Median => quantile(&sorted, 0.5),
            Self::Quantile(level) => quantile(&sorted, level.to_f64()),
            Self::ShareBelow(limit) => sorted.partition_point(|&value| value < limit.to_f64()) as f64 / n,
            Self::Gini | Self::Hhi if sorted[0] < 0.0 || sum <= 0.0 => return None,
            Self::Gini => {
                let weighted: f64 = sorted.iter().enumerate().map(|(i, value)| (i + 1) as f64 * value).sum();
                2.0 * weighted / (n * sum) - (n + 1.0) / n
            }
            Self::Hhi => sorted.iter().map(|value| (value / sum) * (value / sum)).sum(),
            Self::ZipfSlope(top) => {
                let largest = sorted.iter().rev().take(top.get());
                zipf_slope(&largest.copied().collect::<Vec<_>>())?
            }
        })
    }
}

/// The slope of ln(value) over ln(rank) of falling numbers.
fn zipf_slope(falling: &[f64]) -> Option<f64> {
    if falling.len() < 2 || *falling.last()? <= 0.0 {
        return None;
    }
    let points: Vec<(f64, f64)> =
        falling.iter().enumerate().map(|(i, value)| (ln((i + 1) as f64), ln(*value))).collect();
    let m = points.len() as f64;
    let (mean_x, mean_y) =
        (points.iter().map(|p| p.0).sum::<f64>() / m, points.iter().map(|p| p.1).sum::<f64>() / m);
    let covariance: f64 = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    Some(covariance / points.iter().map(|p| (p.0 - mean_x) * (p.0 - mean_x)).sum::<f64>())
}

/// The number, if it is one: 0/0 and what else is not finite is nothing that a run has reached.
pub(crate) fn defined(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The median of numbers; `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    Statistic::Median.of(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zipf(top: usize) -> Statistic {
        Statistic::ZipfSlope(NonZeroUsize::new(top).expect("not zero"))
    }

    fn all() -> [Statistic; 8] {
        let (level, limit) = (Level::new(0.9).expect("a level"), Finite::new(0.0).expect("finite"));
        [
            Statistic::Sum,
            Statistic::Mean,
            Statistic::Median,
            Statistic::Quantile(level),
            Statistic::ShareBelow(limit),
            Statistic::Gini,
            Statistic::Hhi,
            zipf(9),
        ]
    }

    #[test]
    fn what_is_not_defined_is_nothing_rather_than_a_number() {
        for statistic in [Statistic::Gini, Statistic::Hhi, zipf(3)] {
            // Shares of nothing, and of what is negative.
            for values in [&[0.0; 4][..], &[-1.0, 1.0], &[-1.0, -2.0], &[0.0]] {
                assert_eq!(statistic.of(values), None, "{statistic:?} of {values:?}");
            }
        }
        // No line is drawn through one point.
        assert_eq!(zipf(1).of(&[1.0, 2.0, 3.0]), None);
        assert_eq!(zipf(9).of(&[1.0]), None);
    }

    proptest! {
        #[test]
        fn a_statistic_is_finite_or_nothing(
            values in prop::collection::vec(
                prop_oneof![
                    Just(0.0), Just(f64::NAN), Just(f64::INFINITY), Just(f64::MAX), Just(f64::MIN_POSITIVE),
                    -1e3..1e3_f64, 0.0..1e-300_f64,
                ],
                0..9,
            ),
        ) {
            for statistic in all() {
                let value = statistic.of(&values);
                prop_assert!(value.is_none_or(f64::is_finite), "{statistic:?} of {values:?}: {value:?}");
            }
        }
    }

    #[test]
    fn statistics_of_small_samples_by_hand() {
        let of = |statistic: Statistic, values: &[f64]| statistic.of(values).expect("not empty");
        assert_eq!(of(Statistic::Median, &[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(of(Statistic::Quantile(Level::new(0.25).expect("a level")), &[0.0, 1.0, 2.0, 3.0]), 0.75);
        assert_eq!(of(Statistic::ShareBelow(Finite::new(2.0).expect("finite")), &[0.0, 1.0, 2.0, 3.0]), 0.5);
        assert_eq!(of(Statistic::Gini, &[5.0, 5.0, 5.0]), 0.0);
        // One of four has all: (n - 1) / n.
        assert!((of(Statistic::Gini, &[0.0, 0.0, 0.0, 9.0]) - 0.75).abs() < 1e-12);
        assert_eq!(of(Statistic::Hhi, &[1.0, 1.0]), 0.5);
        assert!((of(zipf(3), &[1.0, 0.5, 1.0 / 3.0]) + 1.0).abs() < 1e-12);
        assert_eq!(Statistic::Sum.of(&[]), None);
    }
}
