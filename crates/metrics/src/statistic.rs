//! Statistics over many numbers.

use dtao_engine::math::ln;
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;

/// A statistic over many numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Statistic {
    /// Sum.
    Sum,
    /// Arithmetic mean.
    Mean,
    /// Median.
    Median,
    /// Quantile, linear between order statistics; 0 to 1.
    Quantile(f64),
    /// Which part of the values is below this.
    ShareBelow(f64),
    /// Gini coefficient: 0 if all are equal, near 1 if one has all.
    Gini,
    /// Herfindahl-Hirschman index: the sum of squared shares.
    Hhi,
    /// Slope of ln(value) over ln(rank) among the largest so many, by least squares.
    ZipfSlope(usize),
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

    /// The statistic; `None` of nothing.
    #[must_use]
    pub fn of(self, values: &[f64]) -> Option<f64> {
        if values.is_empty() {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (n, sum) = (sorted.len() as f64, sorted.iter().sum::<f64>());
        Some(match self {
            Self::Sum => sum,
            Self::Mean => sum / n,
            Self::Median => quantile(&sorted, 0.5),
            Self::Quantile(part) => quantile(&sorted, part),
            Self::ShareBelow(limit) => sorted.partition_point(|&value| value < limit) as f64 / n,
            Self::Gini => {
                let weighted: f64 = sorted.iter().enumerate().map(|(i, value)| (i + 1) as f64 * value).sum();
                2.0 * weighted / (n * sum) - (n + 1.0) / n
            }
            Self::Hhi => sorted.iter().map(|value| (value / sum) * (value / sum)).sum(),
            Self::ZipfSlope(top) => {
                let points: Vec<(f64, f64)> = sorted
                    .iter()
                    .rev()
                    .take(top)
                    .enumerate()
                    .map(|(i, value)| (ln((i + 1) as f64), ln(*value)))
                    .collect();
                let m = points.len() as f64;
                let (mean_x, mean_y) = (
                    points.iter().map(|p| p.0).sum::<f64>() / m,
                    points.iter().map(|p| p.1).sum::<f64>() / m,
                );
                let covariance: f64 = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
                covariance / points.iter().map(|p| (p.0 - mean_x) * (p.0 - mean_x)).sum::<f64>()
            }
        })
    }
}

/// The quantile of sorted numbers, linear between order statistics.
#[must_use]
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    let position = part.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// The median of numbers; `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    Statistic::Median.of(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_small_samples_by_hand() {
        let of = |statistic: Statistic, values: &[f64]| statistic.of(values).expect("not empty");
        assert_eq!(of(Statistic::Median, &[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(of(Statistic::Quantile(0.25), &[0.0, 1.0, 2.0, 3.0]), 0.75);
        assert_eq!(of(Statistic::ShareBelow(2.0), &[0.0, 1.0, 2.0, 3.0]), 0.5);
        assert_eq!(of(Statistic::Gini, &[5.0, 5.0, 5.0]), 0.0);
        // One of four has all: (n - 1) / n.
        assert!((of(Statistic::Gini, &[0.0, 0.0, 0.0, 9.0]) - 0.75).abs() < 1e-12);
        assert_eq!(of(Statistic::Hhi, &[1.0, 1.0]), 0.5);
        assert!((of(Statistic::ZipfSlope(3), &[1.0, 0.5, 1.0 / 3.0]) + 1.0).abs() < 1e-12);
        assert_eq!(Statistic::Sum.of(&[]), None);
    }
}
