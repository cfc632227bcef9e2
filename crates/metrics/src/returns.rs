//! Stylised facts of a price's returns: deviation, tails, mean reversion, clustering.

use std::num::{NonZeroU64, NonZeroUsize};

use dtao_engine::math::ln;
use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::Parameters;
use crate::fraction::Fraction;
use crate::grid::{Grid, Sampled, Samples};
use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::statistic::{median, quantile};

/// A statistic of a subnet's log returns from one look to the next.
///
/// Nothing if there are too few returns for it, or if it is not defined, as all but the deviation are not for
/// a price that stands still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returns {
    /// Which subnet.
    pub netuid: Netuid,
    /// Blocks between looks.
    pub every: NonZeroU64,
    /// Which statistic.
    pub of: ReturnsOf,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

/// A statistic of returns `r_1` to `r_n` with mean `m`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ReturnsOf {
    /// The standard deviation.
    ///
    /// ```text
    /// sqrt(sum (r - m)^2 / (n - 1))
    /// ```
    Deviation,
    /// How heavy the tails are, by the fourth moment; 0 for a normal distribution.
    ///
    /// ```text
    /// (sum (r - m)^4 / n) / (sum (r - m)^2 / n)^2 - 3
    /// ```
    /// Source: `g_2` in Joanes, Gill 1998, doi:10.1111/1467-9884.00122
    ExcessKurtosis,
    /// How heavy the tails are, by the tail's exponent: the smaller, the heavier. See [`hill`].
    Hill {
        /// Which part of the moves is the tail.
        tail: Fraction,
        /// Returns that differ from the median by no more than this are no moves: where nobody trades a price
        /// still drifts, and such returns must not count.
        beyond: f64,
    },
    /// Variance of the returns over so many looks, over so many times that over one: below 1 if prices
    /// revert. See [`variance_ratio`].
    VarianceRatio(NonZeroUsize),
    /// Autocorrelation of the returns so many looks apart. See [`autocorrelation`].
    Autocorrelation(NonZeroUsize),
    /// Autocorrelation of the returns' sizes so many looks apart: above 0 if large moves cluster.
    AbsoluteAutocorrelation(NonZeroUsize),
    /// Quantile of the returns' sizes, linear between order statistics.
    AbsoluteQuantile(Fraction),
}

impl Parameters for Returns {
    const ABOUT: &'static str =
        "stylised facts of a subnet's log returns: deviation, tails, variance ratio, autocorrelation";

    fn kind(&self) -> MetricKind {
        MetricKind::Ratio
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn observer(self, name: String) -> Box<dyn Observer> {
        Samples::of(self, name)
    }
}

impl Sampled for Returns {
    fn sampled(&self) -> (Netuid, Quantity) {
        (self.netuid, Quantity::Price)
    }

    fn grid(&self) -> Grid {
        Grid { from: self.from, to: self.to, every: self.every }
    }

    fn value(&self, samples: &[(Block, f64)]) -> Option<f64> {
        let returns: Vec<f64> = samples.windows(2).map(|pair| ln(pair[1].1 / pair[0].1)).collect();
        self.of.of(&returns)
    }
}

impl ReturnsOf {
    /// The statistic of returns; nothing if it is not defined for them.
    #[must_use]
    pub fn of(self, returns: &[f64]) -> Option<f64> {
        let n = returns.len() as f64;
        let sizes = || returns.iter().map(|r| r.abs()).collect::<Vec<_>>();
        let value = match self {
            Self::Deviation => (variance(returns) * n / (n - 1.0)).sqrt(),
            Self::ExcessKurtosis => {
                let square = variance(returns);
                fourth_moment(returns) / (square * square) - 3.0
            }
            Self::Hill { tail, beyond } => {
                let middle = median(returns)?;
                let moves =
                    returns.iter().filter(|&r| (r - middle).abs() > beyond).map(|r| (r - middle).abs());
                hill(moves.collect(), tail)?
            }
            Self::VarianceRatio(looks) => variance_ratio(returns, looks)?,
            Self::Autocorrelation(lag) => autocorrelation(returns, lag)?,
            Self::AbsoluteAutocorrelation(lag) => autocorrelation(&sizes(), lag)?,
            Self::AbsoluteQuantile(part) => {
                let mut sorted = sizes();
                sorted.sort_by(f64::total_cmp);
                if sorted.is_empty() {
                    return None;
                }
                quantile(&sorted, part.to_f64())
            }
        };
        value.is_finite().then_some(value)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean square of the differences from the mean.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64
}

/// Mean fourth power of the differences from the mean. Products, since `powi` need not give the same bits
/// everywhere.
fn fourth_moment(values: &[f64]) -> f64 {
    let mean = mean(values);
    let square = |value: &f64| (value - mean) * (value - mean);
    values.iter().map(square).map(|square| square * square).sum::<f64>() / values.len() as f64
}

/// The Hill estimate of a tail's exponent: `P(size > x)` falls as `x^-exponent`.
///
/// ```text
/// k / sum over the k largest of ln(size / size_(k+1)),    k = floor(tail * n)
/// ```
/// where `size_(k+1)` is the largest that is not in the tail. Its standard error is about `exponent / sqrt(k)`.
/// Nothing if the tail is empty.
///
/// Source: Hill 1975, doi:10.1214/aos/1176343247
#[must_use]
pub fn hill(mut sizes: Vec<f64>, tail: Fraction) -> Option<f64> {
    sizes.sort_by(|a, b| b.total_cmp(a));
    let k = (tail.to_f64() * sizes.len() as f64).floor() as usize;
    let next = *sizes.get(k).filter(|_| k > 0)?;
    let sum: f64 = sizes[..k].iter().map(|size| ln(size / next)).sum();
    Some(k as f64 / sum)
}

/// The variance ratio over `q` of `n` returns, from overlapping sums, without bias.
///
/// ```text
/// sum over t of (r_t + ... + r_(t+q-1) - q m)^2 / (q (n - q + 1) (1 - q / n))    over    sum (r - m)^2 / (n - 1)
/// ```
/// Nothing if there are no more than `q` returns.
///
/// Source: Lo, `MacKinlay` 1988, doi:10.1093/rfs/1.1.41
#[must_use]
pub fn variance_ratio(returns: &[f64], q: NonZeroUsize) -> Option<f64> {
    if returns.len() <= q.get() {
        return None;
    }
    let (n, of, mean) = (returns.len() as f64, q.get() as f64, mean(returns));
    let squares: f64 = returns
        .windows(q.get())
        .map(|window| window.iter().sum::<f64>() - of * mean)
        .map(|difference| difference * difference)
        .sum();
    let long = squares / (of * (n - of + 1.0) * (1.0 - of / n));
    Some(long / (variance(returns) * n / (n - 1.0)))
}

/// The autocorrelation of values so many apart.
///
/// ```text
/// sum (x_t - m) (x_(t+lag) - m) / sum (x - m)^2
/// ```
/// Nothing if there are no more than `lag` values.
///
/// Source: `r_k` in Box, Jenkins, Reinsel, Ljung, "Time Series Analysis", section 2.1
#[must_use]
pub fn autocorrelation(values: &[f64], lag: NonZeroUsize) -> Option<f64> {
    let later = values.get(lag.get()..).filter(|later| !later.is_empty())?;
    let mean = mean(values);
    let products: f64 = values.iter().zip(later).map(|(a, b)| (a - mean) * (b - mean)).sum();
    Some(products / (variance(values) * values.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::samples;

    const ONE: NonZeroUsize = NonZeroUsize::MIN;

    fn looks(looks: usize) -> NonZeroUsize {
        NonZeroUsize::new(looks).expect("not zero")
    }

    fn part(part: f64) -> Fraction {
        Fraction::new(part).expect("a part")
    }

    #[track_caller]
    fn is(value: Option<f64>, expected: f64) {
        let value = value.expect("defined");
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn moments_by_hand() {
        // Mean 2; differences -2, -1, 0, 3: squares 14, fourth powers 98.
        let returns = [0.0, 1.0, 2.0, 5.0];
        is(ReturnsOf::Deviation.of(&returns), (14.0f64 / 3.0).sqrt());
        is(ReturnsOf::ExcessKurtosis.of(&returns), (98.0 / 4.0) / (3.5 * 3.5) - 3.0);
        is(ReturnsOf::AbsoluteQuantile(part(0.5)).of(&[-3.0, 1.0, -2.0]), 2.0);
    }

    #[test]
    fn hills_estimate_is_the_inverse_of_the_mean_log_excess() {
        // Two of five are the tail, and the third is where it begins: ln 4 and ln 2 over it.
        let sizes = vec![1.0, 8.0, 2.0, 4.0, 0.5];
        is(hill(sizes.clone(), part(0.4)), 2.0 / (ln(4.0) + ln(2.0)));
        assert_eq!(hill(sizes, part(0.1)), None);
    }

    #[test]
    fn drift_is_no_move() {
        // The median is -1; what differs from it by more than 0.5: 1, 2, 4, 8, of which one is the tail.
        let returns = [-1.0, -1.2, -0.9, -1.0, -1.0, -1.0, -2.0, 1.0, -5.0, 7.0, -0.8];
        is(ReturnsOf::Hill { tail: part(0.25), beyond: 0.5 }.of(&returns), 1.0 / ln(2.0));
    }

    #[test]
    fn returns_that_take_turns_have_a_variance_ratio_below_one() {
        // Mean 0, variance 4/3; sums of two are 0: nothing is left.
        is(ReturnsOf::VarianceRatio(looks(2)).of(&[1.0, -1.0, 1.0, -1.0]), 0.0);
        // Sums of two 2, 0, -2: squares 8, over 2 * 3 * (1 - 2/4) = 3.
        is(ReturnsOf::VarianceRatio(looks(2)).of(&[1.0, 1.0, -1.0, -1.0]), (8.0 / 3.0) / (4.0 / 3.0));
        is(ReturnsOf::VarianceRatio(ONE).of(&[1.0, 1.0, -1.0, 5.0]), 1.0);
        assert_eq!(ReturnsOf::VarianceRatio(looks(2)).of(&[1.0, 2.0]), None);
    }

    #[test]
    fn autocorrelation_by_hand() {
        // Products of neighbours: 1, -1, 1, over 4; two apart: -1, -1.
        let returns = [1.0, 1.0, -1.0, -1.0];
        is(ReturnsOf::Autocorrelation(ONE).of(&returns), 0.25);
        is(ReturnsOf::Autocorrelation(looks(2)).of(&returns), -0.5);
        // Sizes 3, 1, 3, 1 take turns, whatever their signs: -3 / 4.
        is(ReturnsOf::AbsoluteAutocorrelation(ONE).of(&[-3.0, 1.0, 3.0, -1.0]), -0.75);
        assert_eq!(ReturnsOf::Autocorrelation(looks(4)).of(&returns), None);
    }

    #[test]
    fn a_price_that_stands_still_has_no_tails_and_one_sample_no_returns() {
        let metric = |of| {
            let every = NonZeroU64::new(10).expect("ten");
            Returns { netuid: Netuid(1), every, of, from: Block(100), to: Block(200) }
        };
        assert_eq!(metric(ReturnsOf::Deviation).value(&samples(&[2.0; 4])), Some(0.0));
        assert_eq!(metric(ReturnsOf::ExcessKurtosis).value(&samples(&[2.0; 4])), None);
        assert_eq!(metric(ReturnsOf::Autocorrelation(ONE)).value(&samples(&[2.0; 4])), None);
        assert_eq!(metric(ReturnsOf::Deviation).value(&samples(&[2.0])), None);
        assert_eq!(metric(ReturnsOf::AbsoluteQuantile(part(0.5))).value(&samples(&[2.0])), None);
        // From 1 to e and back to e^2: returns 1 and 1.
        let e = std::f64::consts::E;
        is(metric(ReturnsOf::AbsoluteQuantile(part(0.5))).value(&samples(&[1.0, e, e * e])), 1.0);
    }
}
