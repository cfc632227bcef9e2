//! Whether a mean is above zero, of one sample and of the best of several.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Moments, constant, magnitude};

/// The probability of a sample whose mean is at least as far above zero, if the true mean were zero: one-sided, by Student's t with its
/// skewness removed (Hall 1992, doi:10.1111/j.2517-6161.1992.tb01876.x), rounded to nine decimals. It is 1 for a sample that says
/// nothing: one of fewer than two values, or with values that are not finite. A sample that does not vary is not one of something
/// random: then it is 0 if the values are above zero, and otherwise 1.
///
/// ```text
/// g(t) = sqrt(n) (u + k u^2 / 3 + k^2 u^3 / 27 + k / (6 n)),   u = mean / (sqrt(n) se),   k = skewness;   P = 1 - T_(n-1)(g)
/// ```
#[must_use]
pub fn above_zero(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(moments) = Moments::of(&sorted).filter(|moments| moments.n > 1 && moments.mean.is_finite())
    else {
        return 1.0;
    };
    let error = moments.standard_error().filter(|error| *error > 0.0);
    let Some(error) = error.filter(|_| !constant(&sorted, magnitude(sorted.iter().copied()))) else {
        return if moments.mean > 0.0 { 0.0 } else { 1.0 };
    };
    let (n, k) = (moments.n as f64, moments.skewness);
    let u = moments.mean / error / n.sqrt();
    let g = n.sqrt() * (u + k * u * u / 3.0 + k * k * u * u * u / 27.0 + k / (6.0 * n));
    let student = StudentsT::new(0.0, 1.0, n - 1.0).expect("scale and degrees of freedom are positive");
    ((1.0 - student.cdf(g)) * 1e9).round() / 1e9
}

/// Probabilities of several tests, adjusted so that the least of them is held against the number of tests, the next against one
/// fewer, and so on; in the order given.
///
/// Source: Holm 1979, Scandinavian Journal of Statistics 6, 65.
#[must_use]
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    let (mut adjusted, mut least) = (vec![1.0; probabilities.len()], 0.0_f64);
    for (rank, &at) in order.iter().enumerate() {
        least = least.max(probabilities[at] * (probabilities.len() - rank) as f64).min(1.0);
        adjusted[at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::keyed;

    #[test]
    fn the_probability_is_students_for_a_symmetric_sample() {
        // Mean 1, standard deviation sqrt(2.5): t = 1 / sqrt(0.5), four degrees.
        let sample = [-1.0, 0.0, 1.0, 2.0, 3.0];
        assert!((above_zero(&sample) - 0.115_06).abs() < 1e-4, "{}", above_zero(&sample));
        assert_eq!(above_zero(&[1.0]), 1.0);
        assert_eq!((above_zero(&[2.0, 2.0]), above_zero(&[-2.0, -2.0])), (0.0, 1.0));
        assert_eq!(above_zero(&[f64::NEG_INFINITY, 3.0]), 1.0);
    }

    #[test]
    fn of_skewed_samples_without_a_gain_about_one_in_twenty_seems_to_have_one() {
        let mut random = keyed(7, &[1]);
        let mut found = 0;
        for _ in 0..2_000 {
            let sample: Vec<f64> =
                (0..64).map(|_| -libm::log(1.0 - random.random_range(0.0..1.0_f64)) - 1.0).collect();
            found += usize::from(above_zero(&sample) <= 0.05);
        }
        assert!((70..=130).contains(&found), "{found} of 2,000");
    }

    #[test]
    fn holms_adjustment_is_the_textbooks() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        let rounded: Vec<f64> = adjusted.iter().map(|p| (p * 1e6).round() / 1e6).collect();
        assert_eq!(rounded, [0.03, 0.06, 0.06, 0.02]);
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
