//! The chain's fractions of eighteen decimals.

use crate::division::{Divisor, product_quotient};

/// A fraction in units of 1e-18 (`Perquintill`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u64);

/// Units in one.
const ONE: u64 = 1_000_000_000_000_000_000;
/// The same as a divisor with its reciprocal.
const UNITS: Divisor = Divisor::new(ONE as u128).expect("it is not zero and fits 64 bits");

impl Default for Weight {
    fn default() -> Self {
        Self::HALF
    }
}

impl Weight {
    /// One half, with which a pool starts.
    pub const HALF: Self = Self(ONE / 2);
    /// The smallest that either side of a pool may have.
    pub const SMALLEST: Self = Self(ONE / 100);

    /// So many units, at most one.
    #[must_use]
    pub const fn from_parts(parts: u64) -> Self {
        Self(if parts > ONE { ONE } else { parts })
    }

    /// The units in it.
    #[must_use]
    pub const fn parts(self) -> u64 {
        self.0
    }

    /// The fraction as a float, for decisions and reports.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// What is missing to one.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(ONE - self.0)
    }

    /// The weight, if it and its rest are not too small for a pool.
    #[must_use]
    pub fn allowed(self) -> Option<Self> {
        (self >= Self::SMALLEST && self.rest() >= Self::SMALLEST).then_some(self)
    }

    /// `part / whole`, rounded down, and one if the part is no less than the whole; of large numbers what a common factor leaves of them.
    ///
    /// ```text
    /// f = max(1, ceil(whole / 1e18)):    floor( floor(part / f) * 1e18 / floor(whole / f) )
    /// ```
    ///
    /// Source: `sp_arithmetic::Perquintill::from_rational` of `u128`
    #[must_use]
    pub fn ratio(part: u128, whole: u128) -> Self {
        if part >= whole {
            return Self(ONE);
        }
        let factor = if whole >> 64 < u128::from(ONE) {
            u128::from(UNITS.quotient(whole - 1)) + 1
        } else {
            whole.div_ceil(u128::from(ONE))
        };
        // Both are at most the units in one then.
        let (part, whole) = match Divisor::new(factor) {
            Some(factor) => (factor.quotient(part), factor.quotient(whole)),
            None => ((part / factor) as u64, (whole / factor) as u64),
        };
        // The units that the whole lacks to one are few, where it was large.
        match product_quotient(part, ONE - whole, whole) {
            Some((more, _)) => Self(part + more),
            None => Self((u128::from(part) * u128::from(ONE) / u128::from(whole)) as u64),
        }
    }

    /// This fraction of `value`, rounded to the nearest, halves up.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/balancer.rs::mul_perquintill_round` @ 14bc6f9f9
    #[must_use]
    #[inline]
    pub const fn of(self, value: u128) -> u128 {
        // The quotient by one and its rest are multiplied apart, so that no product passes 2^128.
        let (whole, rest) = if value >> 64 < ONE as u128 {
            let whole = UNITS.quotient(value);
            (whole as u128, (value as u64).wrapping_sub(whole.wrapping_mul(ONE)))
        } else {
            (value / ONE as u128, (value % ONE as u128) as u64)
        };
        let rest = UNITS.quotient(rest as u128 * self.0 as u128 + ONE as u128 / 2);
        whole * self.0 as u128 + rest as u128
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers of any width, and those near multiples of the units in one.
    fn any_width() -> impl Strategy<Value = u128> {
        prop_oneof![
            (any::<u128>(), 0..128u32).prop_map(|(bits, shift)| bits >> shift),
            (any::<u128>(), 0..128u32, -2..=2i128).prop_map(|(bits, shift, by)| {
                ((bits >> shift) / u128::from(ONE) * u128::from(ONE)).saturating_add_signed(by)
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn ratios_and_fractions_are_those_of_plain_divisions(a in any_width(), b in any_width(), parts in 0..=ONE) {
            let one = u128::from(ONE);
            let (part, whole) = (a.min(b), a.max(b));
            let expected = if part == whole {
                ONE
            } else {
                let factor = whole.div_ceil(one).max(1);
                (part / factor * one / (whole / factor)) as u64
            };
            prop_assert_eq!(Weight::ratio(part, whole), Weight(expected));
            let parts = u128::from(parts);
            let expected = a / one * parts + (a % one * parts + one / 2) / one;
            prop_assert_eq!(Weight(parts as u64).of(a), expected);
        }
    }

    #[test]
    fn a_ratio_is_rounded_down_and_large_numbers_lose_their_last_digits_first() {
        assert_eq!(Weight::ratio(1, 3).parts(), 333_333_333_333_333_333);
        assert_eq!(Weight::ratio(5, 3).parts(), ONE);
        assert_eq!(Weight::ratio(0, 7).parts(), 0);
        // 2e18 + 2 is divided by 3: 666,666,666,666,666,667 of ... 667 stay, of one 3 nothing.
        let whole = 2 * u128::from(ONE) + 2;
        assert_eq!(Weight::ratio(whole - 2, whole).parts(), 999_999_999_999_999_998);
    }

    #[test]
    fn a_fraction_of_an_amount_is_rounded_to_the_nearest() {
        assert_eq!((Weight::HALF.of(3), Weight::HALF.of(2)), (2, 1));
        assert_eq!(Weight::from_parts(ONE).of(u128::MAX), u128::MAX);
        assert_eq!(Weight::SMALLEST.of(49), 0);
        assert_eq!(Weight::SMALLEST.of(50), 1);
    }
}
