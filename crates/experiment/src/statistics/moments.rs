//! Sums that do not lose small terms, and the moments of a sorted sample.

/// The sum with Neumaier's compensation (Neumaier 1974, doi:10.1002/zamm.19740540106).
pub(crate) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_survive_large_ones() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100]), 2.0);
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
