//! How many of several outcomes say something of their own.

use crate::sum;

/// The number of independent outcomes that spread as much as these do: `d` of uncorrelated ones, 1 of copies of one.
///
/// ```text
/// n = d^2 / sum of r_ij^2        over all pairs of outcomes, each with itself included
/// ```
/// which is the participation ratio of the eigenvalues of the correlations, (sum of l)^2 / sum of l^2. Correlations are those
/// of ranks, since outcomes have heavy tails, and the square of each is less what chance makes of it,
/// r^2 - (1 - r^2) / (m - 2). Only runs that have all outcomes count; an outcome that is the same in all of them is left out.
/// Nothing below 4 such runs, or without an outcome that varies.
///
/// Each inner list is one outcome over the runs. Source: Bretherton, Widmann, Dymnikov, Wallace, Blade 1999,
/// doi:10.1175/1520-0442(1999)012<1990:TENOSD>2.0.CO;2.
#[must_use]
pub fn independent(outcomes: &[Vec<Option<f64>>]) -> Option<f64> {
    let runs = outcomes.iter().map(Vec::len).min()?;
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let whole: Vec<usize> =
        (0..runs).filter(|&run| outcomes.iter().all(|outcome| finite(outcome[run]).is_some())).collect();
    if whole.len() < 4 {
        return None;
    }
    let columns: Vec<Vec<f64>> = outcomes
        .iter()
        .map(|outcome| whole.iter().filter_map(|&run| finite(outcome[run])).collect::<Vec<f64>>())
        .filter_map(|values| centred(&ranks(&values)))
        .collect();
    let (d, m) = (columns.len(), whole.len() as f64);
    if d == 0 {
        return None;
    }
    let pairs = (0..d).flat_map(|i| (0..i).map(move |j| (i, j)));
    let squares = pairs.map(|(i, j)| {
        let r = sum(columns[i].iter().zip(&columns[j]).map(|(a, b)| a * b));
        // Of outcomes without relation these are above 0 as often as below it: cut off one by one, their sum would grow with their number.
        r * r - (1.0 - r * r) / (m - 2.0)
    });
    let d = d as f64;
    Some((d * d / (d + 2.0 * sum(squares)).max(d)).max(1.0))
}

/// Ranks from 0; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = |value: f64| {
        let below = sorted.partition_point(|&other| other < value);
        let up_to = sorted.partition_point(|&other| other <= value);
        0.5 * (below + up_to - 1) as f64
    };
    values.iter().map(|&value| rank(value)).collect()
}

/// Numbers less their mean, over the length of that; nothing of a constant.
fn centred(values: &[f64]) -> Option<Vec<f64>> {
    let mean = sum(values.iter().copied()) / values.len() as f64;
    let length = sum(values.iter().map(|value| (value - mean) * (value - mean))).sqrt();
    (length > 0.0).then(|| values.iter().map(|value| (value - mean) / length).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::random::keyed;

    fn normal(seed: u64, runs: usize) -> Vec<f64> {
        let mut random = keyed(seed, &[]);
        (0..runs).map(|_| StandardNormal.sample(&mut random)).collect()
    }

    fn outcomes(columns: &[Vec<f64>]) -> Vec<Vec<Option<f64>>> {
        columns.iter().map(|column| column.iter().copied().map(Some).collect()).collect()
    }

    #[test]
    fn outcomes_without_relation_count_each() {
        let columns: Vec<Vec<f64>> = (0..12).map(|seed| normal(seed, 400)).collect();
        let found = independent(&outcomes(&columns)).expect("enough runs");
        assert!((found - 12.0).abs() < 0.4, "{found}");
    }

    #[test]
    fn many_outcomes_without_relation_count_each_also_over_few_runs() {
        let columns: Vec<Vec<f64>> = (0..30).map(|seed| normal(100 + seed, 60)).collect();
        let found = independent(&outcomes(&columns)).expect("enough runs");
        assert!((found - 30.0).abs() < 2.0, "{found}");
    }

    #[test]
    fn copies_of_three_count_as_three() {
        let columns: Vec<Vec<f64>> = (0..12).map(|at| normal(at % 3, 400)).collect();
        let found = independent(&outcomes(&columns)).expect("enough runs");
        assert!((found - 3.0).abs() < 0.1, "{found}");
    }

    #[test]
    fn two_of_known_correlation_have_the_known_number() {
        let (a, b) = (normal(1, 20_000), normal(2, 20_000));
        let mixed: Vec<f64> = a.iter().zip(&b).map(|(x, y)| 0.8 * x + 0.6 * y).collect();
        // The rank correlation of a bivariate normal one of r = 0.8 is 6 / pi asin(0.4) = 0.786.
        let known = 4.0 / (2.0 + 2.0 * 0.786 * 0.786);
        let found = independent(&outcomes(&[a, mixed])).expect("enough runs");
        assert!((found - known).abs() < 0.02, "{found} is not {known}");
    }

    #[test]
    fn what_is_constant_or_too_short_says_nothing() {
        assert_eq!(independent(&[]), None);
        assert_eq!(independent(&outcomes(&[vec![1.0; 9]])), None);
        assert_eq!(independent(&outcomes(&[normal(1, 3)])), None);
        assert_eq!(independent(&outcomes(&[normal(1, 9), vec![2.0; 9]])), Some(1.0));
    }

    proptest! {
        #[test]
        fn it_lies_between_one_and_their_number_and_does_not_change_with_scale_or_order(
            seeds in prop::collection::vec(0..6_u64, 1..6),
            scale in 0.1..10.0_f64,
        ) {
            let columns: Vec<Vec<f64>> = seeds.iter().map(|&seed| normal(seed, 60)).collect();
            let found = independent(&outcomes(&columns)).expect("enough runs");
            prop_assert!(found >= 1.0 - 1e-9 && found <= seeds.len() as f64 + 1e-9, "{}", found);
            let mut other: Vec<Vec<f64>> = columns
                .iter()
                .map(|column| column.iter().map(|value| libm::exp(scale * value)).collect())
                .collect();
            other.reverse();
            let again = independent(&outcomes(&other)).expect("enough runs");
            prop_assert!((again - found).abs() < 1e-9, "{} {}", again, found);
        }

        #[test]
        fn runs_without_an_outcome_are_left_out(hole in 0..60_usize) {
            let columns = [normal(1, 60), normal(2, 60)];
            let mut with_hole = outcomes(&columns);
            with_hole[0][hole] = None;
            let without: Vec<Vec<f64>> = columns
                .iter()
                .map(|column| column.iter().enumerate().filter(|(at, _)| *at != hole).map(|(_, x)| *x).collect())
                .collect();
            prop_assert_eq!(independent(&with_hole), independent(&outcomes(&without)));
        }
    }
}
