//! 95 % intervals.

use std::cmp::Ordering;

use libm::cbrt;
use serde::{Serialize, Serializer};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use thiserror::Error;

use super::{Moments, constant};

/// Two bounds, the first not above the second, both finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// The coverage that all intervals aim at.
pub const LEVEL: f64 = 0.95;

/// The normal distribution's 97.5th percentile.
const Z: f64 = 1.959_963_984_540_054;

impl Interval {
    /// Half the distance between the bounds.
    #[must_use]
    pub fn half_width(self) -> f64 {
        0.5 * (self.high - self.low)
    }

    /// Whether a value is within.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        value >= self.low && value <= self.high
    }

    /// `None` if a bound is not finite, which values near the greatest float can cause.
    pub(super) fn between(low: f64, high: f64) -> Option<Self> {
        (low.is_finite() && high.is_finite() && low <= high).then_some(Self { low, high })
    }
}

/// Why there is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoInterval {
    /// There are no values.
    #[error("no interval: no values")]
    NoValues,
    /// One value says nothing of its spread.
    #[error("no interval: one value")]
    OneValue,
    /// All values are one and the same, but for rounding: they prove nothing about values that were not seen.
    #[error("no interval: constant sample")]
    Constant,
    /// A bound is not finite.
    #[error("no interval: bounds are not finite")]
    NotFinite,
}

impl Serialize for NoInterval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The interval of the mean of a sorted sample by [`mean`], or why there is none. The sample was computed from
/// numbers of a magnitude.
pub(crate) fn of_mean(sorted: &[f64], magnitude: f64) -> Result<Interval, NoInterval> {
    let moments = Moments::of(sorted).ok_or(NoInterval::NoValues)?;
    if moments.n == 1 {
        return Err(NoInterval::OneValue);
    }
    // Differences below 1e-154 vanish in their squares.
    if constant(sorted, magnitude) || moments.sd == Some(0.0) {
        return Err(NoInterval::Constant);
    }
    mean(moments).ok_or(NoInterval::NotFinite)
}

/// The mean's interval by Student's t with the skewness removed; `None` of a sample that does not vary.
///
/// ```text
/// T     = (mean - truth) / se                      is skewed if the outcomes are
/// g(t)  = sqrt(n) (u + k u^2 / 3 + k^2 u^3 / 27 + k / (6 n)),  u = t / sqrt(n),  k = skewness
/// mean - g^-1(q) se  ..  mean - g^-1(-q) se,       q = Student's 97.5th percentile, n - 1 degrees
/// ```
/// For symmetric samples this is Student's interval. Source: Hall 1992, "On the removal of skewness by
/// transformation", doi:10.1111/j.2517-6161.1992.tb01876.x, with t quantiles in place of the normal's.
fn mean(moments: Moments) -> Option<Interval> {
    let se = moments.standard_error()?;
    if se == 0.0 {
        return None;
    }
    let q = student_quantile(moments.n - 1, LEVEL);
    let from_above = unskewed(q, moments);
    let from_below = unskewed(-q, moments);
    Interval::between(moments.mean - from_above * se, moments.mean - from_below * se)
}

/// The inverse of Hall's monotone cubic.
///
/// ```text
/// g^-1(y) = sqrt(n) (3 / k) ((1 + k (y / sqrt(n) - k / (6 n)))^(1/3) - 1)
/// ```
fn unskewed(y: f64, moments: Moments) -> f64 {
    let (n, k) = (moments.n as f64, moments.skewness);
    let shifted = y / n.sqrt() - k / (6.0 * n);
    // Where k is too small for the cube root to tell from nothing, the first two terms of its series do.
    let ratio = if (k * shifted).abs() < 1e-5 {
        shifted - k * shifted * shifted / 3.0
    } else {
        3.0 / k * (cbrt(1.0 + k * shifted) - 1.0)
    };
    n.sqrt() * ratio
}

/// The mean's interval by Student's t as it is, which aims at a coverage of `level`; `None` below two values. It covers too
/// rarely if outcomes are skewed (`docs/guide/statistics.md`): it is for bounds on several means at once, which need another
/// level, and for comparison.
#[must_use]
pub fn student(sample: &[f64], level: f64) -> Option<Interval> {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let moments = Moments::of(&sorted)?;
    let reach =
        moments.standard_error()? * if moments.n > 1 { student_quantile(moments.n - 1, level) } else { 0.0 };
    Interval::between(moments.mean - reach, moments.mean + reach)
}

/// How many standard errors Student's interval of a level reaches to either side (at 95 % the 97.5th percentile), rounded to
/// nine decimals: statrs computes it with the platform's mathematics, whose last bits differ between machines.
///
/// From 1,000 degrees on it is the normal's with the first terms of Student's expansion, which is exact to
/// 1e-11 there, while statrs 0.19 is off by 7e-6 at 100,000 degrees and by 0.13 at ten million.
///
/// ```text
/// z + (z^3 + z) / 4v + (5 z^5 + 16 z^3 + 3 z) / 96 v^2,  v = degrees
/// ```
/// Source: Abramowitz, Stegun 1964, 26.7.5.
fn student_quantile(degrees: usize, level: f64) -> f64 {
    let (v, part) = (degrees as f64, 0.5 + 0.5 * level);
    let t = if degrees < 1_000 {
        let distribution = StudentsT::new(0.0, 1.0, v).expect("scale and degrees of freedom are positive");
        distribution.inverse_cdf(part)
    } else {
        let z = Normal::standard().inverse_cdf(part);
        let cubed = z * z * z;
        z + (cubed + z) / (4.0 * v) + (5.0 * cubed * z * z + 16.0 * cubed + 3.0 * z) / (96.0 * v * v)
    };
    (t * 1e9).round() / 1e9
}

/// A proportion's interval by Wilson's score, `ones` of `n`, with bounds 0 and 1 where there are none or only
/// ones.
///
/// ```text
/// centre = (p + z^2 / 2n) / (1 + z^2 / n)
/// reach  = z sqrt(p (1 - p) / n + z^2 / 4n^2) / (1 + z^2 / n)
/// ```
/// Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.
///
/// # Panics
/// If there are more ones than trials, or no trials.
#[must_use]
pub fn proportion(ones: usize, n: usize) -> Interval {
    assert!(n > 0 && ones <= n, "{ones} of {n} is no proportion");
    let count = n as f64;
    let p = ones as f64 / count;
    let shrink = 1.0 / (1.0 + Z * Z / count);
    let centre = (p + Z * Z / (2.0 * count)) * shrink;
    let reach = Z * (p * (1.0 - p) / count + Z * Z / (4.0 * count * count)).sqrt() * shrink;
    Interval {
        low: if ones == 0 { 0.0 } else { (centre - reach).max(0.0) },
        high: if ones == n { 1.0 } else { (centre + reach).min(1.0) },
    }
}

/// How often two things happened over the same runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairedCounts {
    /// Runs with both.
    pub both: usize,
    /// Runs with the first alone.
    pub first: usize,
    /// Runs with the second alone.
    pub second: usize,
    /// Runs with neither.
    pub neither: usize,
}

/// The interval of a difference of two proportions over the same runs, first minus second, from the Wilson
/// intervals of both and their correlation: Newcombe's method 10. Unlike an interval of the mean difference
/// it has a width when no pair differs. Source: Newcombe 1998,
/// `doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C`.
///
/// # Panics
/// If there are no runs.
#[must_use]
pub fn paired_proportions(counts: PairedCounts) -> Interval {
    let PairedCounts { both, first, second, neither } = counts;
    let n = both + first + second + neither;
    let (a, b) = (proportion(both + first, n), proportion(both + second, n));
    let (p_a, p_b) = ((both + first) as f64 / n as f64, (both + second) as f64 / n as f64);
    let (agree, differ) = (both as f64 * neither as f64, first as f64 * second as f64);
    let margins = [both + first, second + neither, both + second, first + neither];
    let scale = margins.iter().map(|&margin| margin as f64).product::<f64>().sqrt();
    let excess = agree - differ;
    let phi = if scale == 0.0 {
        0.0
    } else if excess > 0.0 {
        (excess - 0.5 * n as f64).max(0.0) / scale
    } else {
        excess / scale
    };
    let reach = |x: f64, y: f64| (x * x - 2.0 * phi * x * y + y * y).max(0.0).sqrt();
    Interval {
        low: (p_a - p_b - reach(p_a - a.low, b.high - p_b)).max(-1.0),
        high: (p_a - p_b + reach(a.high - p_a, p_b - b.low)).min(1.0),
    }
}

/// A quantile's interval between two values of the sorted sample, for any distribution; `None` if the sample
/// is too small.
///
/// ```text
/// P(x_l <= q < x_u) = P(l <= B < u),   B ~ Binomial(n, part)
/// ```
/// Of all pairs of ranks that cover with at least 95 % it takes a closest one, so coverage is at least the
/// level, and the bounds are moved to the nearest observations. Source: David, Nagaraja 2003, *Order
/// Statistics*, section 7.1, doi:10.1002/0471722162.
#[must_use]
pub fn quantile(sorted: &[f64], part: f64) -> Option<Interval> {
    let (low, high) = ranks(sorted.len(), part)?;
    Interval::between(sorted[low - 1], sorted[high - 1])
}

/// The ranks (from 1) of the bounds: the shortest window of the binomial's values within 1 to n - 1 that has
/// 95 % of its mass. The binomial has one peak, so the window grows from it to the likelier side.
fn ranks(n: usize, part: f64) -> Option<(usize, usize)> {
    if n < 2 || !(part > 0.0 && part < 1.0) {
        return None;
    }
    let odds = part / (1.0 - part);
    // Relative to the peak: P(k + 1) / P(k) = (n - k) / (k + 1) odds. No factorials, so no rounding to speak of.
    let up = |k: usize| (n - k) as f64 / (k + 1) as f64 * odds;
    let peak = (((n + 1) as f64 * part) as usize).min(n);
    let (mut total, mut weight) = (1.0, 1.0);
    for k in peak..n {
        weight *= up(k);
        total += weight;
        if weight < 1e-20 {
            break;
        }
    }
    weight = 1.0;
    for k in (0..peak).rev() {
        weight /= up(k);
        total += weight;
        if weight < 1e-20 {
            break;
        }
    }
    let start = peak.clamp(1, n - 1);
    let mut mass = match start.cmp(&peak) {
        Ordering::Equal => 1.0,
        Ordering::Greater => up(peak),
        Ordering::Less => 1.0 / up(start),
    };
    let (mut first, mut last, mut at_first, mut at_last) = (start, start, mass, mass);
    while mass < LEVEL * total {
        let left = if first > 1 { at_first / up(first - 1) } else { 0.0 };
        let right = if last < n - 1 { at_last * up(last) } else { 0.0 };
        if left == 0.0 && right == 0.0 {
            return None;
        }
        if left >= right {
            (first, at_first, mass) = (first - 1, left, mass + left);
        } else {
            (last, at_last, mass) = (last + 1, right, mass + right);
        }
    }
    Some((first, last + 1))
}

#[cfg(test)]
mod tests;
