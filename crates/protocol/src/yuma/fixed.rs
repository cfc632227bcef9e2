//! The epoch's signed fixed-point numbers, reproduced bit for bit.
//!
//! The epoch computes in `I32F32`, 32 fractional bits in 64; the root network of old in `I64F64`. A product
//! is cut toward minus infinity (an arithmetic shift), a quotient toward zero; both saturate.
//!
//! Source: `substrate_fixed`, as called in subtensor:pallets/subtensor/src/epoch/math.rs @ 14bc6f9f9.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use crate::fixed::{wide_mul_shift, wide_shift_div};

/// A signed number with 32 fractional bits in a 64-bit integer: the chain's `I32F32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct I32F32(i64);

impl I32F32 {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1 << 32);
    /// The largest value, just below 2^31.
    pub const MAX: Self = Self(i64::MAX);

    /// The number whose bits, taken as an integer, are 2^32 times its value.
    #[must_use]
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// 2^32 times the value.
    #[must_use]
    pub const fn bits(self) -> i64 {
        self.0
    }

    /// The integer, exactly.
    #[must_use]
    pub const fn from_int(value: i32) -> Self {
        Self((value as i64) << 32)
    }

    /// `numerator / denominator`, cut below the last bit and at most [`I32F32::MAX`]; zero if the
    /// denominator is.
    #[must_use]
    pub const fn ratio(numerator: u32, denominator: u32) -> Self {
        if denominator == 0 {
            return Self::ZERO;
        }
        let bits = ((numerator as u64) << 32) / denominator as u64;
        Self(if bits > i64::MAX as u64 { i64::MAX } else { bits.cast_signed() })
    }

    /// The representable number nearest to a literal; a tie goes to the even one. Saturates.
    ///
    /// Only for constants and for values read from files.
    #[must_use]
    pub fn from_f64(value: f64) -> Self {
        Self((value * 4_294_967_296.0).round_ties_even() as i64)
    }

    /// The value as a float, for reports.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 4_294_967_296.0
    }

    /// The product, cut toward minus infinity; saturates.
    #[must_use]
    pub const fn mul(self, other: Self) -> Self {
        Self(saturate((self.0 as i128 * other.0 as i128) >> 32))
    }

    /// The product of two numbers that are not negative and below 2^15, which need no check of the range.
    #[must_use]
    pub(crate) const fn mul_small(self, other: Self) -> Self {
        debug_assert!(self.0 >> 47 == 0 && other.0 >> 47 == 0);
        Self(((self.0 as u64 as u128 * other.0 as u64 as u128) >> 32) as i64)
    }

    /// The quotient, cut toward zero; zero if `other` is. Saturates.
    #[must_use]
    pub const fn safe_div(self, other: Self) -> Self {
        if other.0 == 0 {
            return Self::ZERO;
        }
        Self(saturate(((self.0 as i128) << 32) / other.0 as i128))
    }

    /// The sum; saturates.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference; saturates.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The integer nearest to the value as a `u16`, a tie away from zero; saturates.
    #[must_use]
    pub const fn round_to_u16(self) -> u16 {
        let rounded = (self.0 as i128 + (1 << 31) - (self.0 < 0) as i128) >> 32;
        clamp_u16(rounded)
    }

    /// The integer below, as a `u16`; saturates.
    #[must_use]
    pub const fn floor_to_u16(self) -> u16 {
        clamp_u16((self.0 >> 32) as i128)
    }
}

const fn saturate(bits: i128) -> i64 {
    if bits > i64::MAX as i128 {
        i64::MAX
    } else if bits < i64::MIN as i128 {
        i64::MIN
    } else {
        bits as i64
    }
}

const fn clamp_u16(value: i128) -> u16 {
    if value < 0 {
        0
    } else if value > u16::MAX as i128 {
        u16::MAX
    } else {
        value as u16
    }
}

/// The sum of numbers that must stay in range: an epoch's are far below.
impl Add for I32F32 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for I32F32 {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for I32F32 {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl Neg for I32F32 {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

/// Divides many numbers by one, each quotient cut below: a normalisation's inner step.
///
/// ```text
/// q = floor(2^32 n / d) = floor(n m / 2^80),  m = 2^112 / d rounded up
/// ```
///
/// Rounding `m` up adds less than `d` to `m d`, so less than `n / 2^80` to the quotient. A quotient is short of
/// the next integer by at least `1 / d`, so nothing is added to its integer as long as `n d` is at most 2^80.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor {
    /// `m` in two words.
    high: u64,
    low: u64,
}

impl Divisor {
    /// Numbers up to this many bits can be divided; the largest sum of a column is far below.
    const LIMIT: u64 = 1 << 48;

    /// A divisor that is a sum of numbers that are not negative. Of a sum of zero only zero is a part, and
    /// it divides into zero, as the chain leaves a vector that sums to zero.
    pub(crate) fn new(sum: I32F32) -> Self {
        let bits = u64::try_from(sum.0).expect("a sum of numbers that are not negative");
        assert!(bits < Self::LIMIT, "sums in an epoch stay below 2^16");
        if bits == 0 {
            return Self { high: 0, low: 0 };
        }
        let multiplier = (1u128 << 112).div_ceil(u128::from(bits));
        Self { high: (multiplier >> 64) as u64, low: multiplier as u64 }
    }

    /// `number / divisor` for `0 <= number <= divisor`, where the number is at most one or the divisor at most
    /// 2^8.
    #[inline]
    pub(crate) fn divide(self, number: I32F32) -> I32F32 {
        let n = number.0.cast_unsigned();
        debug_assert!(n <= 1 << 32 || self.high >= 1 << 8, "{n} is too large for the divisor");
        let low = (u128::from(n) * u128::from(self.low)) >> 64;
        // With `n <= d` the whole is at most 2^48, so nothing wraps.
        I32F32((n.wrapping_mul(self.high).wrapping_add(low as u64) >> 16).cast_signed())
    }
}

/// A signed number with 64 fractional bits in a 128-bit integer: the chain's `I64F64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct I64F64(i128);

impl I64F64 {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1 << 64);

    /// The number whose bits, taken as an integer, are 2^64 times its value.
    #[must_use]
    pub const fn from_bits(bits: i128) -> Self {
        Self(bits)
    }

    /// 2^64 times the value.
    #[must_use]
    pub const fn bits(self) -> i128 {
        self.0
    }

    /// The integer; at most 2^63 - 1.
    #[must_use]
    pub const fn from_int(value: u64) -> Self {
        let value = if value > i64::MAX as u64 { i64::MAX as u64 } else { value };
        Self((value as i128) << 64)
    }

    /// The same value with more fractional bits, exactly.
    #[must_use]
    pub const fn from_i32f32(value: I32F32) -> Self {
        Self((value.0 as i128) << 32)
    }

    /// The representable number nearest to a literal; a tie goes to the even one. Saturates.
    ///
    /// Only for constants and for values read from files.
    #[must_use]
    pub fn from_f64(value: f64) -> Self {
        Self((value * 18_446_744_073_709_551_616.0).round_ties_even() as i128)
    }

    /// The value as a float, for reports.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 18_446_744_073_709_551_616.0
    }

    /// The product, cut toward minus infinity; saturates at the largest size.
    #[must_use]
    pub const fn mul(self, other: Self) -> Self {
        let (a, b) = (self.0.unsigned_abs(), other.0.unsigned_abs());
        let size = wide_mul_shift(a, b, 64);
        if size > i128::MAX as u128 {
            return Self(if (self.0 < 0) == (other.0 < 0) { i128::MAX } else { -i128::MAX });
        }
        if (self.0 < 0) == (other.0 < 0) {
            return Self(size.cast_signed());
        }
        // Cut toward minus infinity: one more below zero, unless the product ends within the bits.
        let ends = a.trailing_zeros() + b.trailing_zeros() >= 64;
        Self(-size.cast_signed() - !ends as i128)
    }

    /// The quotient, cut toward zero; zero if `other` is.
    #[must_use]
    pub const fn safe_div(self, other: Self) -> Self {
        if other.0 == 0 {
            return Self::ZERO;
        }
        let size = wide_shift_div(self.0.unsigned_abs(), 64, other.0.unsigned_abs());
        let size = if size > i128::MAX as u128 { i128::MAX } else { size.cast_signed() };
        Self(if (self.0 < 0) == (other.0 < 0) { size } else { -size })
    }

    /// The integer below, from 0 to `u64::MAX`.
    #[must_use]
    pub const fn floor(self) -> u64 {
        if self.0 < 0 { 0 } else { (self.0 >> 64) as u64 }
    }
}

/// As a decimal.
impl serde::Serialize for I64F64 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

/// From a decimal: the nearest representable number.
impl<'de> serde::Deserialize<'de> for I64F64 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        if value.abs() < 9_223_372_036_854_775_808.0 {
            Ok(Self::from_f64(value))
        } else {
            Err(serde::de::Error::custom(format_args!("{value} is not a number from -2^63 to 2^63")))
        }
    }
}

impl Add for I64F64 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for I64F64 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_negative_product_is_cut_away_from_zero_and_a_quotient_toward_it() {
        let tiny = I32F32::from_bits(-1);
        assert_eq!(tiny.mul(I32F32::from_bits(1 << 31)), tiny);
        assert_eq!(tiny.safe_div(I32F32::from_int(2)), I32F32::ZERO);
        let tiny = I64F64::from_bits(-1);
        assert_eq!(tiny.mul(I64F64::from_bits(1 << 63)), tiny);
        assert_eq!(tiny.mul(I64F64::from_int(3)), I64F64::from_bits(-3));
        assert_eq!(tiny.safe_div(I64F64::from_int(2)), I64F64::ZERO);
    }

    #[test]
    #[should_panic(expected = "sums in an epoch stay below 2^16")]
    fn a_sum_of_two_to_the_sixteenth_is_refused() {
        Divisor::new(I32F32::from_bits(1 << 48));
    }

    #[test]
    fn rounding_takes_a_tie_away_from_zero_and_saturates() {
        assert_eq!(I32F32::from_f64(2.5).round_to_u16(), 3);
        assert_eq!(I32F32::from_f64(-0.5).round_to_u16(), 0);
        assert_eq!(I32F32::from_int(70_000).round_to_u16(), u16::MAX);
    }

    #[test]
    fn the_integer_below_saturates() {
        assert_eq!(I32F32::from_f64(2.75).floor_to_u16(), 2);
        assert_eq!(I32F32::from_f64(-0.5).floor_to_u16(), 0);
        assert_eq!(I32F32::from_int(70_000).floor_to_u16(), u16::MAX);
    }

    /// The largest number up to `part` that may be divided by `sum`.
    fn limited(part: i64, sum: i64) -> i64 {
        part.min(if sum <= 1 << 40 { sum } else { 1 << 32 })
    }

    proptest! {
        #[test]
        fn a_divisor_gives_the_exact_quotient(sum in 1..Divisor::LIMIT.cast_signed(), part in 0.0..=1.0f64) {
            let part = limited((sum as f64 * part) as i64, sum);
            let exact = ((part as i128) << 32) / i128::from(sum);
            let found = Divisor::new(I32F32::from_bits(sum)).divide(I32F32::from_bits(part));
            prop_assert_eq!(i128::from(found.bits()), exact);
        }

        #[test]
        fn a_divisor_is_exact_where_nothing_is_cut(unit in 1..1i64 << 24, quotient in 0..=1i64 << 16) {
            let (sum, part) = (I32F32::from_bits(unit << 16), I32F32::from_bits(unit * quotient));
            prop_assert_eq!(Divisor::new(sum).divide(part).bits(), quotient << 16);
        }

        #[test]
        fn a_divisor_is_exact_next_to_whole_quotients(sum in 1..1i64 << 40, quotient in 0..=1i64 << 32, off in -1..=1i64) {
            let part = ((i128::from(quotient) * i128::from(sum)) >> 32) as i64 + off;
            prop_assume!((0..=sum).contains(&part));
            let exact = ((part as i128) << 32) / i128::from(sum);
            let found = Divisor::new(I32F32::from_bits(sum)).divide(I32F32::from_bits(part));
            prop_assert_eq!(i128::from(found.bits()), exact);
        }

        #[test]
        fn sixty_four_fractional_bits_agree_with_thirty_two(a: i32, b in 1..1i64 << 20) {
            let (a, b) = (I32F32::from_bits(i64::from(a) << 16), I32F32::from_bits(b << 16));
            let product = I64F64::from_i32f32(a).mul(I64F64::from_i32f32(b));
            prop_assert_eq!(product.bits() >> 32, i128::from(a.mul(b).bits()));
            let quotient = I64F64::from_i32f32(a).safe_div(I64F64::from_i32f32(b));
            prop_assert_eq!(quotient.bits() / (1 << 32), i128::from(a.safe_div(b).bits()));
        }
    }
}
