//! Sums that do not lose small terms, and the moments of a sorted sample.

/// The sum with Neumaier's compensation (Neumaier 1974, doi:10.1002/zamm.19740540106).
#[must_use]
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
}

/// How far apart numbers of magnitude 1 may come out that are the same but for their rounding: a sum of one
/// share for each of 64 subnets is off by so much.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// Whether sorted numbers are one and the same, or differ by no more than the rounding of the numbers that they
/// were computed from, of which the largest has this magnitude.
pub(crate) fn constant(sorted: &[f64], magnitude: f64) -> bool {
    let spread = sorted.last().zip(sorted.first()).map(|(greatest, least)| greatest - least);
    spread.is_none_or(|spread| spread <= ROUNDING * magnitude)
}

/// The largest absolute value; 0 of nothing.
pub(crate) fn magnitude(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// Mean, standard deviation and skewness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) n: usize,
    pub(crate) mean: f64,
    /// Divisor n - 1.
    pub(crate) sd: Option<f64>,
    /// The third central moment over the cube of the standard deviation, both with divisor n; 0 of a constant.
    pub(crate) skewness: f64,
}

impl Moments {
    /// `None` of nothing. The values are sorted, so that the sums do not depend on the sample's order.
    pub(crate) fn of(sorted: &[f64]) -> Option<Self> {
        let (least, greatest) = (*sorted.first()?, *sorted.last()?);
        let n = sorted.len();
        let count = n as f64;
        if least == greatest {
            return Some(Self { n, mean: least, sd: (n > 1).then_some(0.0), skewness: 0.0 });
        }
        let mean = sum(sorted.iter().copied()) / count;
        let squares = sum(sorted.iter().map(|value| (value - mean) * (value - mean)));
        let cubes = sum(sorted.iter().map(|value| (value - mean) * (value - mean) * (value - mean)));
        let variance = squares / count;
        Some(Self {
            n,
            mean,
            sd: Some((squares / (count - 1.0)).sqrt()),
            skewness: cubes / count / (variance * variance.sqrt()),
        })
    }

    pub(crate) fn standard_error(self) -> Option<f64> {
        self.sd.map(|sd| sd / (self.n as f64).sqrt())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_survive_large_ones() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100]), 2.0);
    }

    #[test]
    fn numbers_that_differ_by_rounding_alone_are_constant() {
        assert!(constant(&[], 0.0) && constant(&[5.0], 5.0) && constant(&[0.0, 0.0], 0.0));
        let (tenths, three) = ([0.1; 3].iter().sum::<f64>(), 0.3);
        assert!(tenths != three && constant(&[three, tenths], 0.3));
        // The same difference is real where it was not computed from larger numbers.
        assert!(!constant(&[0.0, tenths - three], tenths - three));
        // A rao of ten thousand TAO.
        assert!(!constant(&[10_000.0, 10_000.000_000_001], 10_000.0));
    }

    #[test]
    fn moments_by_hand() {
        let moments = Moments::of(&[0.0, 0.0, 3.0]).expect("not empty");
        // Deviations -1, -1, 2: squares add up to 6, cubes to 6.
        assert_eq!(moments.mean, 1.0);
        assert_eq!(moments.sd, Some(3.0_f64.sqrt()));
        assert!((moments.skewness - 2.0 / (2.0 * 2.0_f64.sqrt())).abs() < 1e-15);
        assert_eq!(Moments::of(&[0.1, 0.1, 0.1]).and_then(|moments| moments.sd), Some(0.0));
        assert_eq!(Moments::of(&[0.1]).and_then(|moments| moments.sd), None);
        assert_eq!(Moments::of(&[]), None);
    }
}
