//! Stylised facts of a price's returns: deviation, tails, mean reversion, clustering.

use std::num::{NonZeroU64, NonZeroUsize};

use dtao_engine::math::ln;
use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::fraction::Fraction;
use crate::grid::{Grid, Sampled, Samples};
use crate::kind::MetricKind;
use crate::number::NonNegative;
use crate::quantity::Quantity;
use crate::{Metric, Parameters};
use dtao_statistics::quantile;

use crate::statistic::{defined, median};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "stylised facts of a subnet's log returns: deviation, tails, variance ratio, autocorrelation";

/// A statistic of a subnet's log returns from one look to the next.
///
/// Nothing if there are too few returns for it, if a price is 0, or if it is not defined: of a price that moves at
/// a constant rate, or stands still, only the deviation and the quantiles of sizes are.
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
#[serde(deny_unknown_fields)]
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
        beyond: NonNegative,
    },
    /// Variance ratio, Var(k-step returns) / (k Var(1-step returns)): below 1 if prices
    /// revert. See [`variance_ratio`].
    VarianceRatio(NonZeroUsize),
    /// Autocorrelation of the returns `lag` samples apart. See [`autocorrelation`].
    Autocorrelation(NonZeroUsize),
    /// Autocorrelation of the returns' sizes `lag` samples apart: above 0 if large moves cluster.
    AbsoluteAutocorrelation(NonZeroUsize),
    /// Quantile of the returns' sizes, linear between order statistics.
    AbsoluteQuantile(Fraction),
}

impl Parameters for Returns {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for Returns {
    fn kind(&self) -> MetricKind {
        MetricKind::Ratio
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn fault(&self) -> Option<String> {
        self.grid().fewer_than(self.of.looks())
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Samples::of(self.clone(), name)
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
    /// How many looks it needs at least.
    fn looks(self) -> u64 {
        let returns = match self {
            Self::Deviation | Self::ExcessKurtosis => 2,
            // One return at least is in the tail, and one is not.
            Self::Hill { tail, .. } => ((1.0 / tail.to_f64()).ceil() as u64).max(2),
            Self::VarianceRatio(apart)
            | Self::Autocorrelation(apart)
            | Self::AbsoluteAutocorrelation(apart) => (apart.get() as u64).saturating_add(1),
            Self::AbsoluteQuantile(_) => 1,
        };
        returns.saturating_add(1)
    }

    /// The statistic of returns; nothing if it is not defined for them.
    #[must_use]
    pub fn of(self, returns: &[f64]) -> Option<f64> {
        if returns.is_empty() || !returns.iter().all(|r| r.is_finite()) {
            return None;
        }
        let sizes = || returns.iter().map(|r| r.abs()).collect::<Vec<_>>();
        let value = match self {
            Self::Deviation => unbiased_variance(returns)?.sqrt(),
            Self::ExcessKurtosis => {
                let square = variance(returns);
                over(fourth_moment(returns), square * square)? - 3.0
            }
            Self::Hill { tail, beyond } => {
                let middle = median(returns)?;
                let moves = returns
                    .iter()
                    .map(|r| (r - middle).abs())
                    .filter(|&size| size > beyond.to_f64().max(ROUNDING));
                hill(moves.collect(), tail)?
            }
            Self::VarianceRatio(looks) => variance_ratio(returns, looks)?,
            Self::Autocorrelation(lag) => autocorrelation(returns, lag)?,
            Self::AbsoluteAutocorrelation(lag) => autocorrelation(&sizes(), lag)?,
            Self::AbsoluteQuantile(part) => {
                let mut sorted = sizes();
                sorted.sort_by(f64::total_cmp);
                quantile(&sorted, part.to_f64())
            }
        };
        defined(value)
    }
}

/// How far the logarithms of equal ratios of prices may come out apart: each price and their ratio are rounded.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// A quotient; nothing if it is not defined.
fn over(numerator: f64, denominator: f64) -> Option<f64> {
    defined(numerator / denominator)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean square of the differences from the mean: 0 of values that differ by rounding alone, so that a quotient of
/// two such is 0/0 and no number.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    if values.iter().all(|value| (value - mean).abs() <= ROUNDING) {
        return 0.0;
    }
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64
}

/// The same with divisor n - 1; nothing below two values.
fn unbiased_variance(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    over(variance(values) * n, n - 1.0)
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
/// Nothing if the tail is empty, or all of it of one size.
///
/// Source: Hill 1975, doi:10.1214/aos/1176343247
#[must_use]
pub fn hill(mut sizes: Vec<f64>, tail: Fraction) -> Option<f64> {
    sizes.sort_by(|a, b| b.total_cmp(a));
    let k = (tail.to_f64() * sizes.len() as f64).floor() as usize;
    let next = *sizes.get(k).filter(|_| k > 0)?;
    let sum: f64 = sizes[..k].iter().map(|size| ln(size / next)).sum();
    // Sizes that are all the same have no tail.
    if sum <= k as f64 * ROUNDING { None } else { over(k as f64, sum) }
}

/// The variance ratio over `q` of `n` returns, from overlapping sums, without bias.
///
/// ```text
/// sum over t of (r_t + ... + r_(t+q-1) - q m)^2 / (q (n - q + 1) (1 - q / n))    over    sum (r - m)^2 / (n - 1)
/// ```
/// Nothing if there are no more than `q` returns, or they do not vary.
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
    over(long, unbiased_variance(returns)?)
}

/// The autocorrelation of values `lag` apart.
///
/// ```text
/// sum (x_t - m) (x_(t+lag) - m) / sum (x - m)^2
/// ```
/// Nothing if there are no more than `lag` values, or they do not vary.
///
/// Source: `r_k` in Box, Jenkins, Reinsel, Ljung, "Time Series Analysis", section 2.1
#[must_use]
pub fn autocorrelation(values: &[f64], lag: NonZeroUsize) -> Option<f64> {
    let later = values.get(lag.get()..).filter(|later| !later.is_empty())?;
    let mean = mean(values);
    let products: f64 = values.iter().zip(later).map(|(a, b)| (a - mean) * (b - mean)).sum();
    over(products, variance(values) * values.len() as f64)
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
        is(
            ReturnsOf::Hill { tail: part(0.25), beyond: NonNegative::new(0.5).expect("not negative") }
                .of(&returns),
            1.0 / ln(2.0),
        );
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
    fn a_price_of_a_constant_rate_has_no_tails_and_no_correlation() {
        // The same ratio again and again, so the returns differ by rounding alone.
        for rate in [0.9, 1.1, 1.0 - 1.6e-5] {
            let prices: Vec<f64> =
                (0..40).scan(0.022, |price, _| Some(std::mem::replace(price, *price * rate))).collect();
            let returns: Vec<f64> = prices.windows(2).map(|pair| ln(pair[1] / pair[0])).collect();
            let hill = ReturnsOf::Hill { tail: part(0.2), beyond: NonNegative::new(0.0).expect("a number") };
            for of in [
                ReturnsOf::ExcessKurtosis,
                ReturnsOf::VarianceRatio(looks(5)),
                ReturnsOf::Autocorrelation(ONE),
                ReturnsOf::AbsoluteAutocorrelation(ONE),
                hill,
            ] {
                assert_eq!(of.of(&returns), None, "{of:?} at {rate}");
            }
            assert_eq!(ReturnsOf::Deviation.of(&returns), Some(0.0));
        }
    }

    #[test]
    fn returns_to_or_from_a_price_of_nothing_are_not_defined() {
        let every = NonZeroU64::new(10).expect("ten");
        for of in [
            ReturnsOf::Deviation,
            ReturnsOf::ExcessKurtosis,
            ReturnsOf::Autocorrelation(ONE),
            ReturnsOf::AbsoluteQuantile(part(0.1)),
        ] {
            let metric = Returns { netuid: Netuid(1), every, of, from: Block(100), to: Block(200) };
            for values in [[1.0, 0.0, 0.0, 1.0, 2.0, 1.0], [0.0; 6]] {
                assert_eq!(metric.value(&samples(&values)), None, "{of:?} of {values:?}");
            }
        }
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
        assert_eq!(metric(ReturnsOf::VarianceRatio(looks(2))).value(&samples(&[2.0; 4])), None);
        let hill = ReturnsOf::Hill { tail: part(0.5), beyond: NonNegative::new(0.0).expect("not negative") };
        assert_eq!(metric(hill).value(&samples(&[2.0; 4])), None);
        // From 1 to e and back to e^2: returns 1 and 1.
        let e = std::f64::consts::E;
        is(metric(ReturnsOf::AbsoluteQuantile(part(0.5))).value(&samples(&[1.0, e, e * e])), 1.0);
    }
}
