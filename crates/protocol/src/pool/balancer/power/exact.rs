//! The chain's own way to a power, step by step, with integers of any size.
//!
//! With a reduced exponent of at most 1024 / 1024 it is the exact root, rounded down. Otherwise logarithm and exponential are
//! Taylor series in fixed point, which end at a term that no longer counts. The exponential's argument is not reduced, so
//! with weights near one percent and inputs near a thousand reserves it does not converge, and what comes out is of no
//! use: on the chain, too.
//!
//! Source: `safe-bigmath:src/integer.rs::pow_ratio_scaled` @ 013c4998

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;

/// Exponents of no more than this, above and below, are exact.
const EXACT: u32 = 1_024;
/// Bits beyond the precision that is asked for.
const GUARD: u32 = 24;
/// The most terms of a series.
const TERMS: u32 = 4_096;

/// `floor( base^exponent * scale )` with about `precision` bits; `None` if a denominator is zero.
#[must_use]
pub fn scaled(
    base: (BigUint, BigUint),
    exponent: (BigUint, BigUint),
    precision: u32,
    scale: &BigUint,
) -> Option<BigInt> {
    let zero = BigUint::ZERO;
    if base.1 == zero || exponent.1 == zero {
        return None;
    }
    if base.0 == zero {
        return Some(BigInt::ZERO);
    }
    if exponent.0 == zero {
        return Some(scale.clone().into());
    }
    let common = exponent.0.gcd(&exponent.1);
    let exponent = (exponent.0 / &common, exponent.1 / &common);
    let small = |number: &BigUint| u32::try_from(number).ok().filter(|&number| number <= EXACT);
    if let (Some(power), Some(root)) = (small(&exponent.0), small(&exponent.1)) {
        let radicand = base.0.pow(power) * scale.pow(root) / base.1.pow(power);
        return Some(radicand.nth_root(root).into());
    }
    let asked = precision.max(32).max(u32::try_from(scale.bits()).unwrap_or(u32::MAX).saturating_add(8));
    let series = Series::new(asked + GUARD);
    let logarithm = series.logarithm(&base.0) - series.logarithm(&base.1);
    let argument = (logarithm * BigInt::from(exponent.0)).div_floor(&exponent.1.into());
    let power = rounded(&series.exponential(&argument));
    Some((power * BigInt::from(scale.clone())) >> asked)
}

/// A number without its guard bits, rounded to the nearest, halves away from zero.
fn rounded(value: &BigInt) -> BigInt {
    let half = BigInt::from(1) << (GUARD - 1);
    let magnitude = (BigInt::from(value.magnitude().clone()) + half) >> GUARD;
    if value.sign() == num_bigint::Sign::Minus { -magnitude } else { magnitude }
}

/// Fixed point with guard bits.
struct Series {
    /// Fractional bits, the guard bits among them.
    bits: u32,
    one: BigInt,
    terms: u32,
    ln_two: BigInt,
}

impl Series {
    fn new(bits: u32) -> Self {
        let one = BigInt::from(1) << bits;
        let mut series = Self { bits, one, terms: TERMS.min(bits + 128), ln_two: BigInt::ZERO };
        // ln 2 = -ln(1 - 1/2).
        let half: BigInt = &series.one >> 1u32;
        series.ln_two = -series.logarithm_of_one_and(&-half);
        series
    }

    /// The logarithm of an integer above zero: that of its mantissa from 1/2 to 3/2, and as many times that of 2 as it was
    /// halved.
    fn logarithm(&self, value: &BigUint) -> BigInt {
        let mut halvings = value.bits() - 1;
        let mut mantissa = (value << self.bits) >> halvings;
        let one = self.one.magnitude();
        if mantissa >= one + (one >> 1u32) {
            mantissa >>= 1u32;
            halvings += 1;
        }
        let rest = BigInt::from(mantissa) - &self.one;
        self.logarithm_of_one_and(&rest) + &self.ln_two * halvings
    }

    /// `ln(1 + x) = x - x^2/2 + x^3/3 - ...`
    fn logarithm_of_one_and(&self, x: &BigInt) -> BigInt {
        let mut power = x.clone();
        let mut sum = Sum::new(power.clone());
        for n in 2..=self.terms {
            power = (&power * x) >> self.bits;
            if power == BigInt::ZERO {
                break;
            }
            let term = power.div_floor(&n.into());
            if term == BigInt::ZERO {
                break;
            }
            let ends = if n % 2 == 0 { sum.add(&-&term, &term) } else { sum.add(&term, &term) };
            if ends {
                break;
            }
        }
        sum.value
    }

    /// `exp(x) = 1 + x + x^2/2! + ...`
    fn exponential(&self, x: &BigInt) -> BigInt {
        let mut term = self.one.clone();
        let mut sum = Sum::new(term.clone());
        for n in 1..=self.terms {
            term = (&term * x).div_floor(&(&self.one * n));
            if term == BigInt::ZERO || sum.add(&term, &term) {
                break;
            }
        }
        sum.value
    }
}

/// The sum of a series, which ends when a term is below the guard bits or no longer moves what is left without them.
struct Sum {
    value: BigInt,
    rounded: BigInt,
}

impl Sum {
    fn new(value: BigInt) -> Self {
        let rounded = rounded(&value);
        Self { value, rounded }
    }

    /// Adds to the sum, and says whether `term` was the last that counts.
    fn add(&mut self, signed: &BigInt, term: &BigInt) -> bool {
        self.value += signed;
        let rounded = rounded(&self.value);
        let last = term.magnitude().bits() <= u64::from(GUARD) || rounded == self.rounded;
        self.rounded = rounded;
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(base: (u64, u64), exponent: (u64, u64), precision: u32, scale: u64) -> BigInt {
        let wide = |(a, b): (u64, u64)| (BigUint::from(a), BigUint::from(b));
        scaled(wide(base), wide(exponent), precision, &scale.into()).expect("no denominator is zero")
    }

    #[test]
    fn small_exponents_give_the_exact_root() {
        assert_eq!(power((2, 3), (1, 2), 0, 1_000), 816.into());
        assert_eq!(power((4, 9), (3, 2), 0, 27), 8.into());
        assert_eq!(power((7, 9), (2, 2), 256, 9), 7.into());
    }

    #[test]
    fn large_exponents_give_what_the_series_do() {
        // (21/28)^(3/2) by an exponent just beyond 3/2: sqrt(0.421875) = 0.649519...
        let near =
            power((21, 28), (600_000_000_000_000_001, 400_000_000_000_000_000), 256, 1_000_000_000_000);
        assert_eq!(near, 649_519_052_838_i64.into());
        // A base of one has no logarithm to speak of.
        assert_eq!(power((5, 5), (1_025, 1_026), 256, 1_000), 1_000.into());
        assert_eq!(power((1, 2), (0, 9), 256, 1_000), 1_000.into());
        assert_eq!(power((0, 2), (3, 9), 256, 1_000), 0.into());
    }

    #[test]
    fn a_zero_below_has_no_power() {
        assert_eq!(scaled((1u8.into(), 0u8.into()), (1u8.into(), 1u8.into()), 256, &1u8.into()), None);
        assert_eq!(scaled((1u8.into(), 1u8.into()), (1u8.into(), 0u8.into()), 256, &1u8.into()), None);
    }
}
