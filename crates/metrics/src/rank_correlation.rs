//! Spearman's rank correlation.

use crate::statistic::defined;

/// Spearman's rank correlation of two values of the same things: Pearson's of their ranks, where equal values have the mean of
/// their ranks. Nothing of fewer than two, or where either is the same for all.
///
/// Source: Spearman 1904, doi:10.2307/1412159; ranks of ties as in Kendall, "Rank Correlation Methods", chapter 3
pub(crate) fn rank_correlation(first: &[f64], second: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(first), ranks(second));
    // Ranks sum to n (n + 1) / 2, ties or not.
    let mean = f64::midpoint(1.0, a.len() as f64);
    let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    defined(sum(&a, &b) / (sum(&a, &a) * sum(&b, &b)).sqrt())
}

/// The rank of each value, from 1.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let end = start + tied.len();
        for &index in tied {
            ranks[index] = (start + 1 + end) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        // Ranks 1.5 1.5 3 against 1 2 3: covariance 1.5, variances 1.5 and 2.
        let found = rank_correlation(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0]).expect("both vary");
        assert!((found - 1.5 / 3.0f64.sqrt()).abs() < 1e-12, "{found}");
        assert_eq!(rank_correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(rank_correlation(&[1.0], &[1.0]), None);
    }

    proptest! {
        #[test]
        fn only_the_order_counts(values in prop::collection::vec((0u32..50, 0u32..50), 2..40)) {
            let (a, b): (Vec<f64>, Vec<f64>) = values.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
            let squared: Vec<f64> = a.iter().map(|x| x * x).collect();
            let falling: Vec<f64> = b.iter().map(|x| -x).collect();
            let found = rank_correlation(&a, &b);
            prop_assert_eq!(found, rank_correlation(&squared, &b));
            prop_assert_eq!(found, rank_correlation(&b, &a));
            prop_assert_eq!(found.map(|x| -x), rank_correlation(&a, &falling));
            prop_assert!(found.is_none_or(|x| (-1.0 - 1e-12..=1.0 + 1e-12).contains(&x)));
        }
    }
}
