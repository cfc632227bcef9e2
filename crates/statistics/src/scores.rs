//! How well a sample of simulated outcomes forecast what was observed. Lower is better.
//!
//! Both scores are proper: no forecast has a better expected score than the true distribution. Source:
//! Gneiting, Raftery 2007, doi:10.1198/016214506000001437.

use super::sum;

/// How the spread of the sample is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// The sample is the forecast: all m x m pairs, a member with itself included.
    Empirical,
    /// The sample stands for the distribution that it was drawn from: the m (m - 1) pairs of different
    /// members, so that the expected score does not depend on m. Use it to compare samples of different
    /// sizes. Source: Ferro 2014, doi:10.1002/qj.2270.
    Fair,
}

impl Spread {
    /// How many ordered pairs the mean distance is over; `None` if there are none.
    fn pairs(self, members: usize) -> Option<f64> {
        let m = members as f64;
        match self {
            Self::Empirical => (members > 0).then_some(m * m),
            Self::Fair => (members > 1).then_some(m * (m - 1.0)),
        }
    }
}

/// The continuous ranked probability score, in the unit of the outcome; `None` if the sample is too small or
/// something is not finite.
///
/// ```text
/// CRPS = mean |x_i - y| - 1/2 mean |x_i - x_j|
/// ```
/// A single member under `Empirical` gives the absolute error.
#[must_use]
pub fn crps(sample: &[f64], observed: f64, spread: Spread) -> Option<f64> {
    if !observed.is_finite() || !sample.iter().all(|value| value.is_finite()) {
        return None;
    }
    let pairs = spread.pairs(sample.len())?;
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let m = sorted.len() as f64;
    let error = sum(sorted.iter().map(|value| (value - observed).abs())) / m;
    // The sum of |x_i - x_j| over ordered pairs: in rising order x_i is added i times and subtracted m - 1 - i.
    let distances = 2.0 * sum(sorted.iter().enumerate().map(|(i, value)| (2.0 * i as f64 - m + 1.0) * value));
    Some(error - 0.5 * distances / pairs)
}

/// The energy score, the CRPS of vectors under the Euclidean norm; `None` if the sample is too small, vectors
/// differ in length, or something is not finite.
///
/// ```text
/// ES = mean |x_i - y| - 1/2 mean |x_i - x_j|
/// ```
/// Coordinates with different units must be brought to one scale before, by the same factors for all
/// forecasts that are compared. Takes time with the square of the sample.
#[must_use]
pub fn energy_score(sample: &[Vec<f64>], observed: &[f64], spread: Spread) -> Option<f64> {
    let whole =
        |vector: &[f64]| vector.len() == observed.len() && vector.iter().all(|value| value.is_finite());
    if !whole(observed) || !sample.iter().all(|vector| whole(vector)) {
        return None;
    }
    let pairs = spread.pairs(sample.len())?;
    let mut sorted: Vec<&[f64]> = sample.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable_by(|a, b| {
        a.iter()
            .zip(*b)
            .map(|(x, y)| x.total_cmp(y))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let error = sum(sorted.iter().map(|vector| distance(vector, observed))) / sorted.len() as f64;
    let distances = 2.0
        * sum(sorted.iter().enumerate().flat_map(|(i, a)| sorted[..i].iter().map(move |b| distance(a, b))));
    Some(error - 0.5 * distances / pairs)
}

/// The probability integral transform: the part of the forecast below what was observed, from 0 to 1; `None` of an empty
/// sample, or if something is not finite.
///
/// ```text
/// PIT = (members below + 1/2 members equal + 1/2) / (m + 1)
/// ```
/// Of forecasts that are right these are uniform: an observation is as likely in any of the m + 1 gaps between members.
/// Source: Gneiting, Balabdaoui, Raftery 2007, doi:10.1111/j.1467-9868.2007.00587.x.
#[must_use]
pub fn pit(sample: &[f64], observed: f64) -> Option<f64> {
    if sample.is_empty() || !observed.is_finite() || !sample.iter().all(|value| value.is_finite()) {
        return None;
    }
    let below = sample.iter().filter(|&&value| value < observed).count() as f64;
    let equal = sample.iter().filter(|&&value| value == observed).count() as f64;
    Some((below + 0.5 * equal + 0.5) / (sample.len() as f64 + 1.0))
}

/// Which part of some observations lies within the central interval of this level of their forecasts, by their
/// [`pit`]; nothing of none. Of forecasts that are right it is near the level.
#[must_use]
pub fn coverage(pits: &[f64], level: f64) -> Option<f64> {
    let tail = 0.5 * (1.0 - level);
    let within = pits.iter().filter(|&&pit| (tail..=1.0 - tail).contains(&pit)).count();
    (!pits.is_empty()).then(|| within as f64 / pits.len() as f64)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    sum(a.iter().zip(b).map(|(x, y)| (x - y) * (x - y))).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::random::{Purpose, generator};

    #[test]
    fn scores_by_hand() {
        // |1-2|, |3-2|, |5-2|: mean 5/3. Distances 2, 2, 4, each twice: 16, over 9 or over 6.
        let sample = [5.0, 1.0, 3.0];
        let empirical = crps(&sample, 2.0, Spread::Empirical).expect("three members");
        let fair = crps(&sample, 2.0, Spread::Fair).expect("three members");
        assert!((empirical - (5.0 / 3.0 - 8.0 / 9.0)).abs() < 1e-15);
        assert!((fair - (5.0 / 3.0 - 8.0 / 6.0)).abs() < 1e-15);
        // (0, 0) and (3, 4) against (3, 0): mean of 3 and 4 is 3.5; distance 5 twice, over 4 or over 2.
        let vectors = [vec![3.0, 4.0], vec![0.0, 0.0]];
        assert_eq!(energy_score(&vectors, &[3.0, 0.0], Spread::Empirical), Some(3.5 - 1.25));
        assert_eq!(energy_score(&vectors, &[3.0, 0.0], Spread::Fair), Some(3.5 - 2.5));
    }

    #[test]
    fn what_cannot_be_scored_has_no_score() {
        assert_eq!(crps(&[], 1.0, Spread::Empirical), None);
        assert_eq!(crps(&[1.0], 3.0, Spread::Fair), None);
        assert_eq!(crps(&[1.0], 3.0, Spread::Empirical), Some(2.0));
        assert_eq!(crps(&[1.0, f64::NAN], 3.0, Spread::Empirical), None);
        assert_eq!(energy_score(&[vec![1.0]], &[1.0, 2.0], Spread::Empirical), None);
    }

    #[test]
    fn the_score_of_a_normal_forecast_is_its_known_integral() {
        // For N(0, 1) and y = 0: 2 phi(0) - 1 / sqrt(pi).
        let mut random = generator(Purpose::Resample, 7, 0);
        let sample: Vec<f64> = (0..100_000).map(|_| StandardNormal.sample(&mut random)).collect();
        let score = crps(&sample, 0.0, Spread::Fair).expect("many members");
        let known = 2.0 / (2.0 * std::f64::consts::PI).sqrt() - 1.0 / std::f64::consts::PI.sqrt();
        // Four standard errors of the mean of |x| over 100,000 draws.
        assert!((score - known).abs() < 0.008, "{score} against {known}");
    }

    #[test]
    fn a_rank_by_hand() {
        // Two members below, one equal: 3 of 5 gaps' middles.
        assert_eq!(pit(&[1.0, 3.0, 2.0, 9.0], 3.0), Some(3.0 / 5.0));
        assert_eq!((pit(&[1.0], 0.0), pit(&[1.0], 2.0)), (Some(0.25), Some(0.75)));
        assert_eq!((pit(&[], 0.0), pit(&[1.0], f64::NAN), coverage(&[], 0.9)), (None, None, None));
        assert_eq!(coverage(&[0.04, 0.05, 0.5, 0.96], 0.9), Some(0.5));
    }

    #[test]
    fn what_is_drawn_from_the_forecast_has_uniform_ranks_and_is_covered_as_often_as_it_says() {
        let pits: Vec<f64> = (0..2_000)
            .map(|repetition| {
                let mut random = generator(Purpose::Resample, 11, repetition);
                let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
                let observed = normal();
                pit(&(0..50).map(|_| normal()).collect::<Vec<_>>(), observed).expect("members")
            })
            .collect();
        for level in [0.5, 0.9] {
            // Four standard errors of a proportion over 2,000, and half of a gap at each end.
            let found = coverage(&pits, level).expect("some");
            assert!(
                (found - level).abs() < 4.0 * (level * (1.0 - level) / 2_000.0_f64).sqrt() + 0.02,
                "{found}"
            );
        }
        let mean = pits.iter().sum::<f64>() / 2_000.0;
        assert!((mean - 0.5).abs() < 4.0 * (1.0 / 12.0 / 2_000.0_f64).sqrt(), "{mean}");
    }

    proptest! {
        #[test]
        fn a_rank_is_a_part_rises_with_what_is_observed_and_has_no_unit(
            sample in prop::collection::vec(-1e3..1e3_f64, 1..30), a in -1e3..1e3_f64, b in -1e3..1e3_f64,
        ) {
            let of = |observed| pit(&sample, observed).expect("a member");
            prop_assert!((0.0..=1.0).contains(&of(a)));
            prop_assert!(of(a.min(b)) <= of(a.max(b)));
            let doubled: Vec<f64> = sample.iter().map(|value| 2.0 * value).collect();
            prop_assert_eq!(pit(&doubled, 2.0 * a), Some(of(a)));
        }

        #[test]
        fn one_coordinate_gives_the_crps(
            sample in prop::collection::vec(-1e3..1e3_f64, 2..30), observed in -1e3..1e3_f64,
        ) {
            let vectors: Vec<Vec<f64>> = sample.iter().map(|&value| vec![value]).collect();
            for spread in [Spread::Empirical, Spread::Fair] {
                let scalar = crps(&sample, observed, spread).expect("two members");
                let vector = energy_score(&vectors, &[observed], spread).expect("two members");
                prop_assert!((scalar - vector).abs() < 1e-9, "{scalar} {vector}");
            }
        }

        #[test]
        fn an_empirical_score_is_never_negative_and_scales_with_the_unit(
            sample in prop::collection::vec(-1e3..1e3_f64, 1..30), observed in -1e3..1e3_f64,
        ) {
            let score = crps(&sample, observed, Spread::Empirical).expect("a member");
            prop_assert!(score >= -1e-9);
            let doubled: Vec<f64> = sample.iter().map(|value| 2.0 * value).collect();
            prop_assert_eq!(crps(&doubled, 2.0 * observed, Spread::Empirical), Some(2.0 * score));
        }
    }
}
