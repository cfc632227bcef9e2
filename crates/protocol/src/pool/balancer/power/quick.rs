//! A power in 128-bit integers, with a bound on its error.
//!
//! ```text
//! n/d = 2^e * m,  2/3 < m < 3/2       ln m = 2 * atanh((m - 1) / (m + 1))
//! y   = (a/b) * (ln m + e * ln 2) = k * ln 2 + f,  |f| <= ln(2) / 2       result = 2^k * exp(f)
//! ```
//! All numbers have 120 fractional bits and each step loses less than a few of the last. With at most 26 terms of `atanh`
//! the logarithm is off by less than 2^8 of them, times an exponent below 2^7 by less than 2^16, and the 24 terms of the
//! exponential add less than 2^6. So the result, below 3/2 before it is shifted, is off by less than 2^17, which is
//! 2^-103, and in units of 1e-18 by less than 2^-43: here 2^-40 is allowed for.
//!
//! The chain's own series are off by less than 2^-200 where `|y|` is at most 20: their terms first grow to at most e^20 and
//! then fall below 2^-256 long before the 408th, the last. Beyond that the chain's way is taken, and its result may be far
//! from the power.

use super::{SCALE, Scaled};
use crate::fixed::{wide_mul_shift, wide_shift_div};

const FRACTION: u32 = 120;
const ONE: u128 = 1 << FRACTION;
/// ln 2.
const LN_TWO: u128 = 921_350_637_599_661_305_226_344_307_672_478_455;
/// Logarithms of results are at most this, either way.
const LARGEST: u128 = 20 << FRACTION;
/// Ratios of exponents are below this.
const EXPONENTS: u64 = 1 << 7;
/// Bits that are kept below a unit of 1e-18, and how many of the last ones may be wrong.
const KEPT: u32 = 60;
const WRONG: u128 = 1 << (KEPT - 40);

/// A number with its sign.
#[derive(Clone, Copy)]
struct Signed {
    negative: bool,
    size: u128,
}

/// `base^exponent` in units of 1e-18, rounded down, if that can be told. No numerator or denominator is zero.
pub(super) fn scaled(base: (u128, u128), exponent: (u64, u64)) -> Option<Scaled> {
    if base.0 == base.1 {
        return Some(Scaled::Fits(SCALE));
    }
    let logarithm = logarithm(base)?;
    let argument = wide_mul_shift(logarithm.size, ratio(exponent)?, FRACTION);
    if argument > LARGEST {
        return None;
    }
    let doublings = (argument + LN_TWO / 2) / LN_TWO;
    let rest = argument.abs_diff(doublings * LN_TWO);
    let power =
        exponential(Signed { negative: logarithm.negative != (argument < doublings * LN_TWO), size: rest });
    let power = wide_mul_shift(power, u128::from(SCALE), FRACTION - KEPT);
    let shift = if logarithm.negative {
        KEPT + doublings as u32
    } else if doublings > 4 {
        // More than 2^4.5 times 1e18.
        return Some(Scaled::TooLarge);
    } else {
        KEPT - doublings as u32
    };
    let (least, most) = ((power - WRONG) >> shift, (power + WRONG) >> shift);
    (least == most).then(|| u64::try_from(least).map_or(Scaled::TooLarge, Scaled::Fits))
}

/// The logarithm of a ratio of numbers below 2^126.
fn logarithm((n, d): (u128, u128)) -> Option<Signed> {
    if (n | d) >> 126 != 0 {
        return None;
    }
    // Both from 2^126 up: then both are even.
    let (shift_n, shift_d) = (n.leading_zeros() - 1, d.leading_zeros() - 1);
    let (mut n, mut d) = (n << shift_n, d << shift_d);
    let mut doublings = i64::from(shift_d) - i64::from(shift_n);
    if n >= d + d / 2 {
        n /= 2;
        doublings += 1;
    } else if d >= n + n / 2 {
        d /= 2;
        doublings -= 1;
    }
    let mantissa = Signed { negative: n < d, size: 2 * area_tangent(fraction(n.abs_diff(d), n + d)) };
    let twos = Signed { negative: doublings < 0, size: u128::from(doublings.unsigned_abs()) * LN_TWO };
    let (large, small) = if mantissa.size > twos.size { (mantissa, twos) } else { (twos, mantissa) };
    let size =
        if large.negative == small.negative { large.size + small.size } else { large.size - small.size };
    Some(Signed { size, ..large })
}

/// `atanh(z) = z + z^3/3 + z^5/5 + ...`
fn area_tangent(z: u128) -> u128 {
    let square = times(z, z);
    let (mut sum, mut power) = (0, z);
    for odd in (1u128..).step_by(2) {
        if power == 0 {
            break;
        }
        sum += power / odd;
        power = times(power, square);
    }
    sum
}

/// `exp(x) = 1 + x + x^2/2! + ...`; even and odd terms are summed apart.
fn exponential(x: Signed) -> u128 {
    let (mut even, mut odd, mut term) = (ONE, 0, ONE);
    for n in 1u128.. {
        term = times(term, x.size) / n;
        if term == 0 {
            break;
        }
        if n % 2 == 0 {
            even += term;
        } else {
            odd += term;
        }
    }
    if x.negative { even - odd } else { even + odd }
}

const fn times(a: u128, b: u128) -> u128 {
    wide_mul_shift(a, b, FRACTION)
}

/// `a / b` of an exponent, if it is small enough.
fn ratio((a, b): (u64, u64)) -> Option<u128> {
    let whole = a / b;
    (whole < EXPONENTS).then(|| (u128::from(whole) << FRACTION) + fraction(u128::from(a % b), u128::from(b)))
}

/// `part / whole`, rounded down, for a part that is smaller.
const fn fraction(part: u128, whole: u128) -> u128 {
    const HALF: u32 = FRACTION / 2;
    let high = wide_shift_div(part, HALF, whole);
    // The rest is below the divisor, so it is right in the last 128 bits.
    let rest = (part << HALF).wrapping_sub(high.wrapping_mul(whole));
    (high << HALF) | wide_shift_div(rest, HALF, whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Precision, exact};
    use super::*;

    fn by_the_chain(base: (u128, u128), exponent: (u64, u64), precision: Precision) -> Scaled {
        let (base, exponent) = ((base.0.into(), base.1.into()), (exponent.0.into(), exponent.1.into()));
        exact::scaled(base, exponent, precision.bits(), &SCALE.into()).expect("nothing is zero").into()
    }

    /// Numerator and denominator of a weight against its rest.
    fn weights() -> impl Strategy<Value = (u64, u64)> {
        prop_oneof![
            (SCALE / 100..=SCALE / 100 * 99).prop_map(|weight| (weight, SCALE - weight)),
            (0..2_000_000_000u64).prop_map(|off| (SCALE / 2 + off, SCALE / 2 - off)),
            (1..2_000u64, 1..2_000u64),
        ]
    }

    /// Reserves before and after a swap, of any depth and from a rao to a thousand times the reserve.
    fn reserves() -> impl Strategy<Value = (u128, u128)> {
        (1u64..=u64::MAX >> 11, 0..54u32, 1u64..=1 << 53, 0..53u32).prop_map(|(reserve, less, by, fewer)| {
            let reserve = u128::from((reserve >> less).max(1));
            (reserve, reserve + u128::from((by >> fewer).max(1)).min(reserve * 1_000))
        })
    }

    #[test]
    fn powers_by_hand() {
        assert_eq!(scaled((5, 5), (3, 7)), Some(Scaled::Fits(SCALE)));
        // sqrt(1/2), and 2^(1/4); a whole result cannot be told.
        assert_eq!(scaled((1, 2), (1, 2)), Some(Scaled::Fits(707_106_781_186_547_524)));
        assert_eq!(scaled((2, 1), (1, 4)), Some(Scaled::Fits(1_189_207_115_002_721_066)));
        assert_eq!(scaled((1, 4), (1, 2)), None);
        assert_eq!(scaled((100, 1), (2, 1)), Some(Scaled::TooLarge));
        assert_eq!(scaled((1, 1 << 40), (2, 1)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn what_can_be_told_of_a_swap_is_what_the_chain_computes(base in reserves(), exponent in weights()) {
            if let Some(quick) = scaled(base, exponent) {
                prop_assert_eq!(quick, by_the_chain(base, exponent, Precision::Swap));
            }
        }

        #[test]
        fn what_flows_back_is_what_the_chain_computes(base in reserves(), exponent in weights()) {
            if let Some(quick) = scaled((base.1, base.0), exponent) {
                prop_assert_eq!(quick, by_the_chain((base.1, base.0), exponent, Precision::Swap));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn what_can_be_told_of_a_target_price_is_what_the_chain_computes(
            price in 1u128 << 40..1u128 << 90,
            off in 1u128..1 << 60,
            weight in SCALE / 100..=SCALE / 100 * 99,
        ) {
            let base = (price + times(price, off << 60), price);
            if let Some(quick) = scaled(base, (weight, SCALE)) {
                prop_assert_eq!(quick, by_the_chain(base, (weight, SCALE), Precision::Price));
            }
        }

        #[test]
        fn of_an_everyday_swap_all_can_be_told(
            reserve in 1u128 << 40..1u128 << 53,
            by in 1u128..1 << 40,
            off in 1..SCALE / 10,
        ) {
            prop_assert!(scaled((reserve, reserve + by), (SCALE / 2 + off, SCALE / 2 - off)).is_some());
        }
    }
}
