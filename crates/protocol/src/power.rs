//! Powers by logarithm and exponential with 32 fractional bits, as the chain shares the emission by them.
//!
//! Even the power of one goes this way, so that a share is off by about 1e-6.

use crate::fixed::{Q64, Whole};
use crate::pool::v3::square_root;
use crate::yuma::{I32F32, exp_of_each, ln};

/// Powers that are worked out side by side.
const LANES: usize = 8;

/// Replaces each number by `number^exponent`, from 0 to just below 2^31.
///
/// Where the exponential leaves the range on the way to a power below 1e-9, this is zero, as its callers intend. The
/// chain's code gives the largest number there, which needs a share of more than a thousand bars of [`crate::hill_gate`]
/// and has not been seen.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::safe_pow @ 14bc6f9f9`
pub fn powers(numbers: &mut [Q64], exponent: Q64) {
    let exponent = to_32_bits(exponent);
    for numbers in numbers.chunks_mut(LANES) {
        let mut bases = [I32F32::ONE; LANES];
        for (base, number) in bases.iter_mut().zip(&*numbers) {
            *base = to_32_bits(*number);
        }
        let logarithms = ln(bases);
        let operands = logarithms.map(|logarithm| exponent.mul(logarithm.unwrap_or(I32F32::ZERO)));
        let powers = exp_of_each(operands);
        for (lane, number) in numbers.iter_mut().enumerate() {
            let beyond = if operands[lane] < I32F32::ZERO { I32F32::ZERO } else { I32F32::MAX };
            let power = powers[lane].unwrap_or(beyond);
            let power = if logarithms[lane].is_some() { power } else { I32F32::ZERO };
            *number = Q64::from_bits(u128::from(power.bits().unsigned_abs()) << 32);
        }
    }
}

/// Replaces each number by its power over the sum of all powers. Nothing changes if all are zero.
///
/// The numbers are scaled first, so that the largest is about `sqrt((2^31 - 1) / n)`: neither the powers nor their sum
/// leave the range for exponents up to two.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::inplace_pow_normalize @ 14bc6f9f9`
pub fn shares_of_powers(numbers: &mut [Q64], exponent: Q64) {
    let largest = |numbers: &[Q64]| numbers.iter().copied().max().unwrap_or(Q64::ZERO);
    scale(numbers, Q64::ONE.fitting_div(largest(numbers)));
    let most = largest(numbers);
    let all = Q64::from_int(numbers.len() as u64).times(most.times(most));
    let range = Q64::from_int(i32::MAX as u64);
    if all < range.fitting_div(Q64::from_int(u64::MAX)) {
        return;
    }
    let factor = square_root(range.fitting_div(all), Q64::ONE.fitting_div(Q64::from_int(1_000)));
    scale(numbers, factor);
    powers(numbers, exponent);
    let sum = Whole::new(numbers.iter().fold(Q64::ZERO, |sum, &number| sum.saturating_add(number)));
    for number in numbers {
        *number = sum.part(*number);
    }
}

fn scale(numbers: &mut [Q64], factor: Q64) {
    for number in numbers {
        *number = factor.times(*number);
    }
}

/// The number cut to 32 fractional bits, at most just below 2^31.
fn to_32_bits(number: Q64) -> I32F32 {
    I32F32::from_bits(i64::try_from(number.bits() >> 32).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn power(number: Q64, exponent: Q64) -> Q64 {
        let mut numbers = [number];
        powers(&mut numbers, exponent);
        numbers[0]
    }

    #[test]
    fn nothing_has_no_power_and_nothing_is_shared() {
        assert_eq!(power(Q64::ZERO, Q64::ONE), Q64::ZERO);
        let mut nothing = [Q64::ZERO; 3];
        shares_of_powers(&mut nothing, Q64::ONE);
        assert_eq!(nothing, [Q64::ZERO; 3]);
    }

    /// The logarithm of one is zero, whose exponential is one: both exactly.
    #[test]
    fn every_power_of_one_is_one() {
        assert_eq!(power(Q64::ONE, Q64::from_int(3)), Q64::ONE);
    }

    #[test]
    fn a_power_beyond_the_range_is_the_largest() {
        assert_eq!(power(Q64::from_int(10), Q64::from_int(10)).floor(), i32::MAX as u64);
    }

    proptest! {
        #[test]
        fn shares_sum_to_one_and_keep_the_order(
            numbers in prop::collection::vec(0u64..1 << 50, 1..128),
            exponent in 1.0..2.0f64,
        ) {
            prop_assume!(numbers.iter().any(|&number| number > 0));
            let mut shares: Vec<Q64> = numbers.iter().copied().map(Q64::from_int).collect();
            shares_of_powers(&mut shares, Q64::from_f64(exponent));
            let sum = shares.iter().map(|share| share.bits()).sum::<u128>();
            let one = Q64::ONE.bits();
            prop_assert!(sum <= one && one - sum < numbers.len() as u128, "{sum}");
            for (a, x) in numbers.iter().zip(&shares) {
                for (b, y) in numbers.iter().zip(&shares) {
                    // The series is monotonic to its last bits.
                    prop_assert!(a <= b || x.bits() + (1 << 40) >= y.bits(), "{a} {b}");
                }
            }
        }
    }
}
