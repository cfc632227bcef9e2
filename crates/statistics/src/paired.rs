//! Two arms over the same seeds.

use serde::Serialize;

use super::interval::{self, PairedCounts};
use super::{Cell, Found, Method, Moments, NoInterval, Support, constant, magnitude, mean, sum};

/// How one arm differs from another, seed by seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// The differences, first arm minus second. Its `n` is the number of seeds at which both arms have a
    /// value, its `missing` the number of the others.
    pub difference: Cell,
    /// Pearson's correlation of the arms over the pairs; nothing if an arm is constant.
    pub correlation: Option<f64>,
    /// What sharing random numbers saved: how many times as many runs independent arms would need for as
    /// narrow an interval. Below 1 if sharing did harm; nothing if the differences do not vary.
    ///
    /// ```text
    /// (var(first) + var(second)) / var(first - second)
    /// ```
    pub variance_reduction: Option<f64>,
}

impl Paired {
    /// Compares outcomes of two arms; places of equal number share a seed.
    ///
    /// # Panics
    /// If the arms are not of equal length.
    #[must_use]
    pub fn of(first: &[Option<f64>], second: &[Option<f64>], support: Support) -> Self {
        assert_eq!(first.len(), second.len(), "two arms of one plan have the same seeds");
        let mut pairs: Vec<(f64, f64)> = first
            .iter()
            .zip(second)
            .filter_map(|(a, b)| Some(((*a)?, (*b)?)))
            .filter(|(a, b)| a.is_finite() && b.is_finite() && (a - b).is_finite())
            .collect();
        pairs.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.total_cmp(&y.1)));
        let missing = first.len() - pairs.len();

        let mut differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
        differences.sort_unstable_by(f64::total_cmp);
        // What is equal in both arms cancels, and leaves the rounding of the arms' own values.
        let found = match support {
            Support::ZeroOrOne => proportions(&pairs),
            Support::Numbers => mean(&differences, magnitude(pairs.iter().flat_map(|&(a, b)| [a, b]))),
        };
        let spread = Spread::of(&pairs);
        Self {
            difference: Cell::new(&differences, missing, found),
            correlation: spread.and_then(Spread::correlation),
            variance_reduction: spread.and_then(|spread| {
                let sd = Moments::of(&differences)?.sd?;
                let varies = found != Err(NoInterval::Constant) && sd > 0.0;
                varies.then(|| (spread.first + spread.second) / (sd * sd))
            }),
        }
    }
}

/// Variances and covariance of pairs, with divisor n - 1.
#[derive(Clone, Copy)]
struct Spread {
    first: f64,
    second: f64,
    covariance: f64,
}

impl Spread {
    fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let n = pairs.len() as f64;
        if pairs.len() < 2 {
            return None;
        }
        let mean_a = sum(pairs.iter().map(|pair| pair.0)) / n;
        let mean_b = sum(pairs.iter().map(|pair| pair.1)) / n;
        let over = |term: &dyn Fn(f64, f64) -> f64| {
            sum(pairs.iter().map(|(a, b)| term(a - mean_a, b - mean_b))) / (n - 1.0)
        };
        let varies = |arm: &dyn Fn(&(f64, f64)) -> f64| {
            let mut values: Vec<f64> = pairs.iter().map(arm).collect();
            values.sort_unstable_by(f64::total_cmp);
            !constant(&values, magnitude(values.iter().copied()))
        };
        Some(Self {
            first: if varies(&|pair| pair.0) { over(&|a, _| a * a) } else { 0.0 },
            second: if varies(&|pair| pair.1) { over(&|_, b| b * b) } else { 0.0 },
            covariance: over(&|a, b| a * b),
        })
    }

    fn correlation(self) -> Option<f64> {
        let scale = self.first.sqrt() * self.second.sqrt();
        (scale > 0.0).then(|| (self.covariance / scale).clamp(-1.0, 1.0))
    }
}

/// The interval of a difference of proportions of ones.
fn proportions(pairs: &[(f64, f64)]) -> Found {
    if pairs.is_empty() {
        return Err(NoInterval::NoValues);
    }
    let is_one = |value: f64| value == 1.0;
    let of =
        |a: bool, b: bool| pairs.iter().filter(|pair| (is_one(pair.0), is_one(pair.1)) == (a, b)).count();
    let counts = PairedCounts {
        both: of(true, true),
        first: of(true, false),
        second: of(false, true),
        neither: of(false, false),
    };
    Ok((interval::paired_proportions(counts), Method::Newcombe))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn a_shared_part_cancels_and_its_saving_is_told() {
        // a = s + e, b = s - e with s = +-10 and e = +-1, all four combinations: var(a) = var(b) = 101 * 4/3,
        // var(a - b) = 4 * 4/3, covariance = 99 * 4/3.
        let paired =
            Paired::of(&some(&[11.0, 9.0, -9.0, -11.0]), &some(&[9.0, 11.0, -11.0, -9.0]), Support::Numbers);
        assert_eq!(paired.difference.mean, Some(0.0));
        assert_eq!(paired.difference.sd, Some((16.0_f64 / 3.0).sqrt()));
        assert!((paired.correlation.expect("both vary") - 99.0 / 101.0).abs() < 1e-15);
        assert!((paired.variance_reduction.expect("differences vary") - 202.0 / 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_seed_with_one_arm_missing_is_left_out_and_counted() {
        let first = [Some(1.0), None, Some(3.0), Some(f64::NAN)];
        let second = [Some(0.5), Some(1.0), None, Some(1.0)];
        let paired = Paired::of(&first, &second, Support::Numbers);
        assert_eq!((paired.difference.n, paired.difference.missing), (1, 3));
        assert_eq!(paired.difference.mean, Some(0.5));
        assert_eq!(paired.correlation, None);
    }

    #[test]
    fn arms_that_never_differed_are_not_proven_equal() {
        let never = vec![Some(0.0); 100];
        let paired = Paired::of(&never, &never, Support::ZeroOrOne);
        let interval = paired.difference.interval.expect("a hundred pairs");
        assert!(interval.low < -0.03 && interval.high > 0.03, "{interval:?}");
        assert_eq!(paired.difference.method, Method::Newcombe);
        // Nothing is known of how large an amount would be that was never seen.
        let paired = Paired::of(&never, &never, Support::Numbers);
        assert_eq!(paired.difference.method, Method::None(NoInterval::Constant));
        assert_eq!((paired.difference.interval, paired.variance_reduction), (None, None));
    }

    #[test]
    fn arms_without_a_common_seed_have_no_interval_and_say_so() {
        for (pairs, why) in [(0, NoInterval::NoValues), (1, NoInterval::OneValue)] {
            let arm = vec![Some(2.0); pairs];
            let paired = Paired::of(&arm, &arm, Support::Numbers);
            assert_eq!(paired.difference.method, Method::None(why));
        }
        let paired = Paired::of(&[Some(1.0), None], &[None, Some(1.0)], Support::ZeroOrOne);
        assert_eq!(paired.difference.method, Method::None(NoInterval::NoValues));
    }

    #[test]
    fn newcombes_published_example_is_met() {
        // Newcombe 1998, table II, a: 36, 12, 2, 0 of 50, method 10: 0.0569 to 0.3404.
        let interval =
            interval::paired_proportions(PairedCounts { both: 36, first: 12, second: 2, neither: 0 });
        assert!((interval.low - 0.0569).abs() < 5e-5, "{interval:?}");
        assert!((interval.high - 0.3404).abs() < 5e-5, "{interval:?}");
    }

    proptest! {
        #[test]
        fn exchanging_the_arms_negates_the_difference(
            pairs in prop::collection::vec((-1e6..1e6_f64, -1e6..1e6_f64), 2..50),
        ) {
            let (a, b): (Vec<_>, Vec<_>) = pairs.iter().map(|(a, b)| (Some(*a), Some(*b))).unzip();
            let (ab, ba) = (Paired::of(&a, &b, Support::Numbers), Paired::of(&b, &a, Support::Numbers));
            let (x, y) = (ab.difference.interval.expect("two pairs"), ba.difference.interval.expect("two pairs"));
            let scale = ab.difference.sd.expect("two pairs") + 1.0;
            prop_assert!((x.low + y.high).abs() < 1e-7 * scale && (x.high + y.low).abs() < 1e-7 * scale);
            prop_assert!((ab.difference.mean.expect("two") + ba.difference.mean.expect("two")).abs() < 1e-9 * scale);
        }

        #[test]
        fn a_shift_that_is_the_same_at_every_seed_has_no_interval(
            sample in prop::collection::vec(-1e6..1e6_f64, 2..50), shift in -1e6..1e6_f64,
        ) {
            let shifted: Vec<f64> = sample.iter().map(|value| value + shift).collect();
            let paired = Paired::of(&some(&shifted), &some(&sample), Support::Numbers);
            prop_assert_eq!(paired.difference.method, Method::None(NoInterval::Constant));
            prop_assert_eq!(paired.difference.interval, None);
        }

        #[test]
        fn the_order_of_the_pairs_changes_nothing(
            pairs in prop::collection::vec((-1e6..1e6_f64, -1e6..1e6_f64), 0..50).prop_flat_map(|pairs| {
                (Just(pairs.clone()), Just(pairs).prop_shuffle())
            }),
        ) {
            let split = |pairs: &[(f64, f64)]| -> (Vec<_>, Vec<_>) {
                pairs.iter().map(|(a, b)| (Some(*a), Some(*b))).unzip()
            };
            let ((a, b), (c, d)) = (split(&pairs.0), split(&pairs.1));
            prop_assert_eq!(Paired::of(&a, &b, Support::Numbers), Paired::of(&c, &d, Support::Numbers));
        }
    }
}
