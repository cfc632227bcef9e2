//! A number that many are divided by.

use super::Q64;
use crate::division::Divisor;

/// A sum, of which many numbers are parts; with its reciprocal, if its significant bits are few enough.
pub(crate) struct Whole {
    sum: Q64,
    /// The sum without zeros at its end, of which at most 64 are left out.
    divisor: Option<Divisor>,
    zeros: u32,
}

impl Whole {
    pub(crate) const fn new(sum: Q64) -> Self {
        let zeros = sum.0.trailing_zeros();
        let zeros = if zeros < 64 { zeros } else { 64 };
        Self { sum, divisor: Divisor::new(sum.0 >> zeros), zeros }
    }

    /// What part of the whole a number is, as by [`Q64::fitting_div`].
    #[inline]
    pub(crate) fn part(&self, number: Q64) -> Q64 {
        let shift = 64 - self.zeros;
        if let Some(divisor) = &self.divisor
            && number.0.leading_zeros() >= shift
        {
            // The numerator's last zeros and the divisor's cancel out.
            let numerator = number.0 << shift;
            if numerator >> 64 < u128::from(divisor.plain()) {
                return Q64(divisor.quotient(numerator).into());
            }
        }
        number.fitting_div(self.sum)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn a_part_is_the_quotient(
            number: u128, less in 0..128u32, whole: u128, fewer in 0..128u32, zeros in 0..128u32, common: bool,
        ) {
            let whole = (whole >> fewer) >> zeros << zeros;
            let number = number >> less;
            let number = if common { number >> zeros << zeros } else { number };
            let (number, whole) = (Q64::from_bits(number), Q64::from_bits(whole));
            prop_assert_eq!(Whole::new(whole).part(number), number.fitting_div(whole));
        }
    }

    #[test]
    fn of_nothing_everything_is_no_part() {
        assert_eq!(Whole::new(Q64::ZERO).part(Q64::ONE), Q64::ZERO);
        assert_eq!(Whole::new(Q64::ONE).part(Q64::ONE), Q64::ONE);
    }
}
