//! The chain's fixed-point numbers, reproduced bit for bit.
//!
//! The launch coinbase computes in `I96F32`: 32 fractional bits in a 128-bit integer. Every number that it
//! meets is at least zero, so [`Q32`] is unsigned; its range is that of the signed type. A product is cut
//! below the last bit (toward zero) and a quotient likewise; both saturate, as on the chain.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs` @ f95810a25 and `substrate_fixed`.

mod decimal;
mod whole;

use std::fmt;

pub(crate) use self::whole::Whole;
use crate::division::{ratio, wide_quotient};

/// A number that is not negative, with 32 fractional bits: the chain's `I96F32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Q32(u128);

const FRACTION: u32 = 32;
const MAX: u128 = i128::MAX as u128;

impl Q32 {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1 << FRACTION);
    /// One half.
    pub const HALF: Self = Self(1 << (FRACTION - 1));
    /// The largest value.
    pub const MAX: Self = Self(MAX);

    /// The number whose bits, taken as an integer, are 2^32 times its value.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// 2^32 times the value.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The integer, exactly.
    #[must_use]
    pub const fn from_int(value: u64) -> Self {
        Self((value as u128) << FRACTION)
    }

    /// The representable number nearest to a literal; a tie goes to the even one.
    ///
    /// Only for constants and for values read from files; negative and not-a-number give zero.
    #[must_use]
    pub fn from_f64(value: f64) -> Self {
        Self((value * 4_294_967_296.0).round_ties_even() as u128)
    }

    /// The value as a float, for reports.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 4_294_967_296.0
    }

    /// `numerator / denominator`, cut below the last bit; zero if the denominator is.
    #[inline]
    #[must_use]
    pub const fn ratio(numerator: u64, denominator: u64) -> Self {
        if denominator == 0 {
            Self::ZERO
        } else {
            match ratio(numerator, denominator) {
                Some(bits) => Self(bits as u128),
                None => Self(((numerator as u128) << FRACTION) / denominator as u128),
            }
        }
    }

    /// The product, cut below the last bit.
    #[inline]
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "a product that is cut and saturates is not an operator's"
    )]
    pub fn mul(self, other: Self) -> Self {
        // What a block multiplies fits into 64 bits, almost always: one machine multiplication.
        if (self.0 | other.0) >> 64 == 0 {
            return Self((self.0 as u64 as u128 * other.0 as u64 as u128) >> FRACTION);
        }
        match self.0.checked_mul(other.0) {
            Some(product) => Self(product >> FRACTION),
            None => Self(wide_mul_shift(self.0, other.0, FRACTION).min(MAX)),
        }
    }

    /// The quotient, cut below the last bit; `None` if `other` is zero.
    #[inline]
    #[must_use]
    pub fn checked_div(self, other: Self) -> Option<Self> {
        if other.0 == 0 {
            return None;
        }
        if self.0 >> (128 - FRACTION) == 0 {
            return Some(Self(wide_quotient(self.0 << FRACTION, other.0).min(MAX)));
        }
        Some(Self(wide_shift_div(self.0, FRACTION, other.0).min(MAX)))
    }

    /// The quotient, or zero if `other` is zero.
    #[inline]
    #[must_use]
    pub fn safe_div(self, other: Self) -> Self {
        self.checked_div(other).unwrap_or(Self::ZERO)
    }

    /// The sum, at most [`Q32::MAX`].
    #[inline]
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        let sum = self.0.saturating_add(other.0);
        Self(if sum > MAX { MAX } else { sum })
    }

    /// The difference, or zero where the chain's would be negative and then be cut to zero.
    #[inline]
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The integer below, at most `u64::MAX`.
    #[inline]
    #[must_use]
    pub const fn floor(self) -> u64 {
        let whole = self.0 >> FRACTION;
        if whole > u64::MAX as u128 { u64::MAX } else { whole as u64 }
    }
}

/// A number that is not negative, with 64 fractional bits: the `U64F64` of later revisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Q64(u128);

impl Q64 {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1 << 64);
    /// The largest value.
    pub const MAX: Self = Self(u128::MAX);

    /// The number whose bits, taken as an integer, are 2^64 times its value.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// 2^64 times the value.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The representable number nearest to a literal; a tie goes to the even one. Negative and not-a-number give zero.
    #[must_use]
    pub fn from_f64(value: f64) -> Self {
        Self((value * 18_446_744_073_709_551_616.0).round_ties_even() as u128)
    }

    /// The value as a float, for decisions and reports.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 18_446_744_073_709_551_616.0
    }

    /// The integer below.
    #[must_use]
    pub const fn floor(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// The integer, exactly.
    #[must_use]
    pub const fn from_int(value: u64) -> Self {
        Self((value as u128) << 64)
    }

    /// The product, cut below the last bit.
    #[must_use]
    pub const fn times(self, other: Self) -> Self {
        Self(wide_mul_shift(self.0, other.0, 64))
    }

    /// The quotient, cut below the last bit; zero if `other` is zero.
    #[must_use]
    pub const fn safe_div(self, other: Self) -> Self {
        if other.0 == 0 { Self(0) } else { Self(wide_shift_div(self.0, 64, other.0)) }
    }

    /// The quotient, cut below the last bit; zero if `other` is zero or the quotient does not fit, as where the chain
    /// divides with `safe_div`.
    #[inline]
    #[must_use]
    pub const fn fitting_div(self, other: Self) -> Self {
        // Zero among them: the quotient's whole part needs more than 64 bits.
        if self.0 >> 64 >= other.0 { Self(0) } else { Self(wide_shift_div(self.0, 64, other.0)) }
    }

    /// The sum, at most the largest value.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The number cut to 32 fractional bits.
    #[must_use]
    pub const fn to_q32(self) -> Q32 {
        Q32(self.0 >> 32)
    }
}

/// Exact below 2^64; larger numbers saturate.
impl From<Q32> for Q64 {
    fn from(value: Q32) -> Self {
        Self(if value.0 >> 96 == 0 { value.0 << 32 } else { u128::MAX })
    }
}

impl serde::Serialize for Q32 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

/// From a decimal: the nearest representable number.
impl<'de> serde::Deserialize<'de> for Q32 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        if (0.0..18_446_744_073_709_551_616.0).contains(&value) {
            Ok(Self::from_f64(value))
        } else {
            Err(serde::de::Error::custom(format_args!("{value} is not a number from 0 to 2^64")))
        }
    }
}

impl fmt::Display for Q32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_f64().fmt(f)
    }
}

/// `(a * b) >> shift` of the full 256-bit product, saturating at 2^128 - 1. `shift` is 1 to 127.
pub(crate) const fn wide_mul_shift(a: u128, b: u128, shift: u32) -> u128 {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let middle_low = a0 * b1 + (middle & LOW);
    let high = a1 * b1 + (middle >> 64) + (middle_low >> 64);
    let low = (middle_low << 64) | (low & LOW);
    if high >> shift != 0 {
        return u128::MAX;
    }
    (high << (128 - shift)) | (low >> shift)
}

/// `(a << shift) / b` of the full width, cut below, saturating at 2^128 - 1. `b` is not zero; `shift` is 1
/// to 64.
pub(crate) const fn wide_shift_div(a: u128, shift: u32, b: u128) -> u128 {
    let zeros = (a | b).trailing_zeros();
    let (a, b) = (a >> zeros, b >> zeros);
    if (a | b) >> 64 == 0 {
        // Integers, and prices of 32 bits: a division of 64 bits and one of 128 by 64.
        let (a, b) = (a as u64, b as u64);
        let rest = ((a % b) as u128) << shift;
        return ((a / b) as u128) << shift | if rest == 0 { 0 } else { rest / b as u128 };
    }
    let (quotient, rest) = if a < b { (0, a) } else { (a / b, a % b) };
    if quotient >> (128 - shift) != 0 {
        return u128::MAX;
    }
    // What is left is below b, so its quotient has at most 64 bits more, of which `shift` are asked for.
    (quotient << shift) | (shifted_div(rest, b) >> (64 - shift)) as u128
}

/// `(rest << 64) / b` for `rest < b`: one step of long division in digits of 64 bits.
///
/// Source: Knuth, The Art of Computer Programming 2, section 4.3.1, algorithm D
const fn shifted_div(rest: u128, b: u128) -> u64 {
    const DIGIT: u128 = 1 << 64;
    let normal = b.leading_zeros();
    let (rest, b) = (rest << normal, b << normal);
    let (high, low) = (b >> 64, b & (DIGIT - 1));
    let mut guess = rest / high;
    let mut left = rest - guess * high;
    while guess >= DIGIT || guess * low > left << 64 {
        guess -= 1;
        left += high;
        if left >= DIGIT {
            break;
        }
    }
    guess as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_literal_takes_the_nearest_bits() {
        assert_eq!(Q32::from_f64(0.000_003).bits(), 12_885);
        assert_eq!(Q32::from_f64(1.0), Q32::ONE);
    }

    #[test]
    fn a_quotient_that_does_not_fit_is_nothing() {
        let (one, tiny) = (Q64::ONE, Q64::from_bits(1));
        assert_eq!(one.fitting_div(tiny), Q64::ZERO);
        assert_eq!(Q64::from_bits(u128::from(u64::MAX)).fitting_div(tiny), Q64::from_int(u64::MAX));
        assert_eq!(one.fitting_div(Q64::ZERO), Q64::ZERO);
        assert_eq!(one.fitting_div(Q64::from_int(3)).bits(), u128::from(u64::MAX / 3));
    }

    #[test]
    fn overflow_saturates_at_the_signed_maximum() {
        assert_eq!(Q32::MAX.mul(Q32::MAX), Q32::MAX);
        assert_eq!(Q32::MAX.safe_div(Q32::from_bits(1)), Q32::MAX);
        assert_eq!(Q32::ONE.safe_div(Q32::ZERO), Q32::ZERO);
    }

    proptest! {
        #[test]
        fn the_wide_paths_agree_with_the_narrow_ones(a in 0..1u128 << 90, b in 1..1u128 << 37) {
            prop_assert_eq!(wide_mul_shift(a, b, 32), (a * b) >> 32);
            prop_assert_eq!(wide_shift_div(a, 32, b), (a << 32) / b);
        }

        #[test]
        fn a_product_is_the_same_whichever_way_it_is_taken(a: u64, b: u64, shift in 0u32..60) {
            let (a, b) = (u128::from(a) << shift, u128::from(b));
            prop_assert_eq!(Q32::from_bits(a).mul(Q32::from_bits(b)).bits(), wide_mul_shift(a, b, 32).min(MAX));
        }

        #[test]
        fn long_division_agrees_with_division_bit_by_bit(a: u128, b in 1u128.., shift in 1u32..=64) {
            let (mut quotient, mut rest) = (a / b, a % b);
            let mut fits = true;
            for _ in 0..shift {
                fits &= quotient >> 127 == 0;
                let carry = rest >> 127 == 1;
                (quotient, rest) = (quotient << 1, rest << 1);
                if carry || rest >= b {
                    rest = rest.wrapping_sub(b);
                    quotient |= 1;
                }
            }
            prop_assert_eq!(wide_shift_div(a, shift, b), if fits { quotient } else { u128::MAX });
        }

        #[test]
        fn a_common_factor_of_both_changes_no_quotient(a: u64, b in 1u64.., zeros in 0u32..=64, shift in 1u32..=64) {
            let expected = (u128::from(a / b) << shift) | ((u128::from(a % b) << shift) / u128::from(b));
            prop_assert_eq!(wide_shift_div(u128::from(a) << zeros, shift, u128::from(b) << zeros), expected);
        }

        #[test]
        fn a_quotient_fits_if_its_whole_part_has_64_bits(a: u128, b in 1u128.., less in 0..128u32, fewer in 0..128u32) {
            let (a, b) = (a >> less, (b >> fewer).max(1));
            let expected = if (a / b) >> 64 == 0 { wide_shift_div(a, 64, b) } else { 0 };
            prop_assert_eq!(Q64::from_bits(a).fitting_div(Q64::from_bits(b)), Q64::from_bits(expected));
        }

        #[test]
        fn a_wide_product_is_undone_by_a_wide_quotient(a in 1u128 << 96..1u128 << 110, b in 1u128 << 33..1u128 << 48) {
            let product = Q32::from_bits(a).mul(Q32::from_bits(b));
            let back = product.safe_div(Q32::from_bits(b));
            prop_assert!(back.bits() <= a && a - back.bits() <= 1);
        }
    }
}
