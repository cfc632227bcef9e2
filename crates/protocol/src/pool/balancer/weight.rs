//! The chain's fractions of eighteen decimals.

/// A fraction in units of 1e-18 (`Perquintill`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u64);

/// Units in one.
const ONE: u64 = 1_000_000_000_000_000_000;

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
        let factor = whole.div_ceil(u128::from(ONE));
        let (part, whole) = (part / factor, whole / factor);
        Self((part * u128::from(ONE) / whole) as u64)
    }

    /// This fraction of `value`, rounded to the nearest, halves up.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/balancer.rs::mul_perquintill_round` @ 14bc6f9f9
    #[must_use]
    pub const fn of(self, value: u128) -> u128 {
        let one = ONE as u128;
        // The quotient by one and its rest are multiplied apart, so that no product passes 2^128.
        let whole = (value / one) * self.0 as u128;
        whole + ((value % one) * self.0 as u128 + one / 2) / one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
