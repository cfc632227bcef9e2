//! `exp` and `ln` as the chain sums them, bit for bit.
//!
//! The chain has no float: `exp` is the power series cut after as many terms as the number has fractional
//! bits, `ln` is a binary logarithm found bit by bit, over a constant of 23 fractional bits. Both are
//! followed step by step here, so that their errors (up to about 1e-7 in `ln`) are the chain's own.
//!
//! Source: `substrate_fixed::transcendental::{exp, ln}` (encointer/substrate-fixed @ 2c52170fa).

use super::fixed::{I32F32, I64F64};

/// e with 23 fractional bits, which the series returns for an operand of exactly one.
const E: i64 = 22_802_600;
/// log2(e) with 23 fractional bits.
const LOG2_E: i64 = 12_102_203;

/// How many terms of the series for `e^x` are summed.
const TERMS: usize = 32;

/// 2^64 over each number of a term, cut and one added: more than the quotient by at most one.
const RECIPROCALS: [u64; TERMS] = {
    let mut reciprocals = [0; TERMS];
    let mut i = 2;
    while i < TERMS {
        reciprocals[i] = ((1u128 << 64) / i as u128) as u64 + 1;
        i += 1;
    }
    reciprocals
};

/// `number / i` cut, for a term's number `i` of at least two.
///
/// A product with the reciprocal is too large by at most `number / 2^64`. Below 2^59 that is less than `1 / i`,
/// which a quotient is short of the next integer by, so nothing is lost to the faster multiplication.
fn divided(number: u64, i: usize) -> u64 {
    if number >> 59 == 0 {
        ((u128::from(number) * u128::from(RECIPROCALS[i])) >> 64) as u64
    } else {
        number / i as u64
    }
}

/// `e^x`, or `None` where a step leaves the range (from x of about 21.4 in size).
pub(crate) fn exp(x: I32F32) -> Option<I32F32> {
    if x == I32F32::ZERO {
        return Some(I32F32::ONE);
    }
    if x == I32F32::ONE {
        return Some(I32F32::from_bits(E << 9));
    }
    let operand = x.bits().unsigned_abs();
    let in_range = |bits: u64| i64::try_from(bits).is_ok().then_some(bits);
    let mut sum = in_range(operand.checked_add(1 << 32)?)?;
    let mut term = operand;
    for i in 2..TERMS {
        let product = (u128::from(term) * u128::from(operand)) >> 32;
        term = divided(in_range(u64::try_from(product).ok()?)?, i);
        if term == 0 {
            break;
        }
        sum = in_range(sum.checked_add(term)?)?;
    }
    let sum = I32F32::from_bits(sum.cast_signed());
    Some(if x < I32F32::ZERO { I32F32::ONE.safe_div(sum) } else { sum })
}

/// [`exp`] of several numbers side by side.
pub(crate) fn exp_of_each<const N: usize>(numbers: [I32F32; N]) -> [Option<I32F32>; N] {
    // Up to here no step leaves the range, and no term has more than 59 bits before it is divided.
    const SMALL: u64 = 18 << 32;
    let small = |x: I32F32| x.bits().unsigned_abs() <= SMALL;
    let operands = numbers.map(|x| if small(x) { x.bits().unsigned_abs() } else { 0 });
    let (mut sums, mut terms) = (operands.map(|operand| operand + (1 << 32)), operands);
    for &reciprocal in &RECIPROCALS[2..] {
        for ((sum, term), &operand) in sums.iter_mut().zip(&mut terms).zip(&operands) {
            let product = ((u128::from(*term) * u128::from(operand)) >> 32) as u64;
            *term = ((u128::from(product) * u128::from(reciprocal)) >> 64) as u64;
            *sum = sum.wrapping_add(*term);
        }
        if terms.iter().fold(0, |all, term| all | term) == 0 {
            break;
        }
    }
    std::array::from_fn(|lane| match numbers[lane] {
        x if !small(x) => exp(x),
        I32F32::ONE => Some(I32F32::from_bits(E << 9)),
        x if x < I32F32::ZERO => Some(I32F32::from_bits(one_over(sums[lane]).cast_signed())),
        _ => Some(I32F32::from_bits(sums[lane].cast_signed())),
    })
}

/// `e^x` with the operand held between -20 and 20.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::exp_safe @ 14bc6f9f9`
pub(crate) fn exp_safe(x: I32F32) -> I32F32 {
    let x = x.clamp(I32F32::from_int(-20), I32F32::from_int(20));
    exp(x).unwrap_or(if x <= I32F32::ZERO { I32F32::ZERO } else { I32F32::MAX })
}

/// `1 / (1 + e^(-rho (x - kappa)))`.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::sigmoid_safe @ 14bc6f9f9`
pub(crate) fn sigmoid_safe(x: I32F32, rho: I32F32, kappa: I32F32) -> I32F32 {
    let exponent = (-rho).mul(x.saturating_sub(kappa));
    I32F32::ONE.safe_div(exp_safe(exponent).saturating_add(I32F32::ONE))
}

/// The natural logarithm, or zero where there is none.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::safe_ln @ f95810a25`
pub(crate) fn ln_or_zero(x: I32F32) -> I32F32 {
    if x <= I32F32::ZERO { I32F32::ZERO } else { natural([x])[0] }
}

/// The natural logarithms of several numbers, or `None` where there is none or a step leaves the range (up to 2^-31).
pub(crate) fn ln<const N: usize>(numbers: [I32F32; N]) -> [Option<I32F32>; N] {
    let logarithms = natural(numbers.map(|x| x.max(I32F32::from_bits(3))));
    std::array::from_fn(|lane| (numbers[lane].bits() > 2).then_some(logarithms[lane]))
}

/// The natural logarithms of positive numbers. Each step needs the one before, so several numbers side by side take little
/// longer than one.
fn natural<const N: usize>(numbers: [I32F32; N]) -> [I32F32; N] {
    // The quotient by log2(e), whose nine last bits are zero.
    let natural = |log2: u64| I32F32::from_bits(((log2 << 23) / LOG2_E as u64).cast_signed());
    let log2s = log2(numbers.map(|x| {
        let bits = x.bits().unsigned_abs();
        if x < I32F32::ONE { one_over(bits) } else { bits }
    }));
    std::array::from_fn(|lane| {
        let size = natural(log2s[lane]);
        if numbers[lane] < I32F32::ONE { -size } else { size }
    })
}

/// `2^64 / bits` cut, at most the largest number.
const fn one_over(bits: u64) -> u64 {
    if bits <= 2 {
        return I32F32::MAX.bits().cast_unsigned();
    }
    // What is divided is 2^64 - 1: the quotient of 2^64 is larger by one just if the rest is the divisor less one.
    u64::MAX / bits + (u64::MAX % bits + 1 == bits) as u64
}

/// The binary logarithms of numbers of at least one, all with 32 fractional bits.
///
/// A number is halved, rounded up, until it is below two. Then each square gives a bit: one if it is two or more, and it is
/// halved again. Here the fraction alone is squared: `(1 + f)^2 = 1 + (2 f + f^2)`.
fn log2<const N: usize>(numbers: [u64; N]) -> [u64; N] {
    const ONE: u64 = 1 << 32;
    let whole = numbers.map(|x| {
        let halvings = x.ilog2() - 32;
        // Rounded up it may be two, which is halved once more.
        halvings + u32::from((x - 1) >> halvings == 2 * ONE - 1)
    });
    let mut results = whole.map(u64::from);
    let mut fractions: [u64; N] = std::array::from_fn(|lane| ((numbers[lane] - 1) >> whole[lane]) + 1 - ONE);
    for _ in 0..32 {
        for (f, result) in fractions.iter_mut().zip(&mut results) {
            // Nothing wraps: the fraction has 32 bits, the square 34. But a check would keep the lanes apart.
            let square = ((*f).wrapping_mul(*f) >> 32).wrapping_add(*f << 1).wrapping_add(ONE);
            let bit = square >> 33;
            // Half of it, rounded up, if there is a bit.
            let half = (square >> 1) & bit.wrapping_neg();
            *f = square.wrapping_sub(half) & (ONE - 1);
            *result = *result << 1 | bit;
        }
    }
    results
}

/// `e^x` with 64 fractional bits, or `None` where a step leaves the range.
pub(crate) fn exp_64(x: I64F64) -> Option<I64F64> {
    if x == I64F64::ZERO {
        return Some(I64F64::ONE);
    }
    if x == I64F64::ONE {
        return Some(I64F64::from_bits(i128::from(E) << 41));
    }
    let operand = I64F64::from_bits(x.bits().checked_abs()?);
    let in_range = |x: I64F64| (x.bits() < i128::MAX).then_some(x);
    let mut sum = in_range(operand + I64F64::ONE)?;
    let mut term = operand;
    for i in 2..64 {
        term = I64F64::from_bits(in_range(term.mul(operand))?.bits() / i);
        sum = in_range(sum + term)?;
    }
    Some(if x < I64F64::ZERO { I64F64::ONE.safe_div(sum) } else { sum })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_smallest_numbers_have_the_logarithm_of_the_largest_with_a_minus() {
        for bits in [1, 2] {
            let smallest = I32F32::from_bits(bits);
            assert_eq!(Some(ln_or_zero(smallest)), ln_by_the_chain(smallest));
            assert_eq!(ln_or_zero(smallest), -ln_or_zero(I32F32::MAX));
            assert_eq!(ln([smallest]), [None]);
        }
    }

    #[test]
    fn an_operand_out_of_range_has_no_exponential() {
        assert_eq!(exp(I32F32::from_int(23)), None);
        assert_eq!(exp_safe(I32F32::from_int(100)), exp(I32F32::from_int(20)).unwrap());
        assert_eq!(ln_or_zero(I32F32::ZERO), I32F32::ZERO);
    }

    // A float's own exp would do, but its last bit differs between machines: these are by hand.
    #[test]
    fn known_values_come_out_within_the_series_error() {
        let near =
            |x: I32F32, y: f64, by: f64| assert!((x.to_f64() - y).abs() < by, "{} is not {y}", x.to_f64());
        near(exp(I32F32::from_int(2)).unwrap(), 7.389_056_098_930_65, 1e-8);
        near(exp(I32F32::from_int(-5)).unwrap(), 0.006_737_946_999_085_467, 1e-9);
        near(exp(I32F32::ONE).unwrap(), std::f64::consts::E, 2e-7);
        near(ln_or_zero(I32F32::from_int(10)), std::f64::consts::LN_10, 3e-7);
        near(ln_or_zero(I32F32::from_f64(0.1)), -std::f64::consts::LN_10, 3e-7);
        near(ln_or_zero(I32F32::from_int(8)), 2.079_441_542, 3e-7);
    }

    /// Bit by bit, as the chain does it.
    fn ln_by_the_chain(x: I32F32) -> Option<I32F32> {
        const TWO: u64 = 2 << 32;
        let halved = |bits: u64| (bits >> 1) + (bits & 1);
        let log2 = |x: I32F32| {
            let (mut x, mut result) = (x.bits().unsigned_abs(), 0i64);
            while x >= TWO {
                result += 1;
                x = halved(x);
            }
            if x == 1 << 32 {
                return I32F32::from_bits(result << 32);
            }
            for _ in 0..32 {
                x = ((u128::from(x) * u128::from(x)) >> 32) as u64;
                result <<= 1;
                if x >= TWO {
                    result |= 1;
                    x = halved(x);
                }
            }
            I32F32::from_bits(result)
        };
        if x <= I32F32::ZERO {
            return None;
        }
        let log2 = if x < I32F32::ONE { -log2(I32F32::ONE.safe_div(x)) } else { log2(x) };
        Some(log2.safe_div(I32F32::from_bits(LOG2_E << 9)))
    }

    /// Numbers of any width, and those near powers of two, where a number is halved once more.
    fn any_width() -> impl Strategy<Value = i64> {
        prop_oneof![
            (any::<i64>(), 0..64u32).prop_map(|(bits, shift)| bits >> shift),
            (0..63u32, -3..=3i64).prop_map(|(shift, by)| (1i64 << shift).saturating_add(by)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn several_at_once_are_each_as_the_chain_has_it(bits in [any_width(), any_width(), any_width(), any_width()]) {
            let numbers = bits.map(I32F32::from_bits);
            let logarithms = numbers.map(ln_by_the_chain);
            prop_assert_eq!(numbers.map(ln_or_zero), logarithms.map(Option::unwrap_or_default));
            let in_range = |x: I32F32| x.bits() > 2;
            prop_assert_eq!(ln(numbers), std::array::from_fn(|at| logarithms[at].filter(|_| in_range(numbers[at]))));
            prop_assert_eq!(exp_of_each(numbers), numbers.map(exp));
            let small = bits.map(|bits| I32F32::from_bits(bits % (19 << 32)));
            prop_assert_eq!(exp_of_each(small), small.map(exp));
        }
    }

    proptest! {
        #[test]
        fn a_term_is_divided_exactly(quotient: u64, i in 2..TERMS, off in -1..=1i64) {
            let number = (quotient / i as u64 * i as u64).wrapping_add_signed(off);
            for number in [number, number >> 5, number >> 6, number >> 20] {
                prop_assert_eq!(divided(number, i), number / i as u64);
            }
        }

        #[test]
        fn both_precisions_of_exp_agree(bits in -(4i64 << 32)..4i64 << 32) {
            prop_assume!(bits != 1 << 32);
            let x = I32F32::from_bits(bits);
            let (short, long) = (exp(x).unwrap(), exp_64(I64F64::from_i32f32(x)).unwrap());
            let difference = (long.bits() >> 32) - i128::from(short.bits());
            // Each of 30 terms loses up to a bit, and up to ten where the terms still grow after it.
            prop_assert!(difference.abs() <= 300, "{difference}");
        }
    }
}
