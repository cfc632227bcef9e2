//! Exact quotients of wide integers, rounded down, without the general long division.
//!
//! A quotient below 2^49 is estimated in floating point and put right by its remainder. Up to four roundings of
//! 2^-53 each, of the numerator's halves and their sum, the divisor and the quotient, move the estimate by less than a
//! quarter; rounded to the nearest integer it is then the quotient or one more. A divisor that many numbers share has a
//! reciprocal.

/// Quotients below are estimated.
const ESTIMATED: f64 = (1u64 << 49) as f64;

/// `n / d`; `d` is not zero.
#[inline]
pub(crate) const fn quotient(n: u128, d: u64) -> u128 {
    if n >> 64 == 0 {
        return (n as u64 / d) as u128;
    }
    match quotient_and_rest(n, d) {
        Some((quotient, _)) => quotient as u128,
        None => n / d as u128,
    }
}

/// `n / d` and `n % d`, for a quotient below 2^49 and a divisor below 2^62.
#[inline]
pub(crate) const fn quotient_and_rest(n: u128, d: u64) -> Option<(u64, u64)> {
    const HALF: u32 = 56;
    if n >> 112 != 0 || d >> 62 != 0 {
        return None;
    }
    let (high, low) = (float((n >> HALF) as u64), float(n as u64 & ((1 << HALF) - 1)));
    let estimate = (high * (1u64 << HALF) as f64 + low) / float(d);
    corrected(n as u64, d, estimate)
}

/// `(a * 2^32) / b`, for `a` and `b` below 2^62 and a quotient below 2^49.
#[inline]
pub(crate) const fn ratio(a: u64, b: u64) -> Option<u64> {
    if (a | b) >> 62 != 0 {
        return None;
    }
    let estimate = float(a) * (1u64 << 32) as f64 / float(b);
    match corrected(a << 32, b, estimate) {
        Some((quotient, _)) => Some(quotient),
        None => None,
    }
}

/// `(a * b) / d` and the remainder, for `a`, `b` and `d` below 2^62 and a quotient below 2^49.
#[inline]
pub(crate) const fn product_quotient(a: u64, b: u64, d: u64) -> Option<(u64, u64)> {
    if (a | b | d) >> 62 != 0 {
        return None;
    }
    let estimate = float(a) * float(b) / float(d);
    corrected(a.wrapping_mul(b), d, estimate)
}

/// The quotient and the remainder from an estimate of the quotient, if it is small enough to be off by less than a
/// quarter; of the number its last 64 bits. The divisor is below 2^62.
#[inline]
const fn corrected(n: u64, d: u64, estimate: f64) -> Option<(u64, u64)> {
    if estimate < ESTIMATED {
        let guess = nearest(estimate);
        let rest = n.wrapping_sub(guess.wrapping_mul(d));
        // One too many leaves a negative remainder, which no divisor below 2^62 leaves otherwise.
        let negative = rest.cast_signed() >> 63;
        return Some((guess.wrapping_add_signed(negative), rest.wrapping_add(negative.cast_unsigned() & d)));
    }
    // A division by zero is here, too: it is infinite or no number.
    None
}

/// A number below 2^63 as a float: converted as a signed one, which is one instruction.
#[inline]
pub(crate) const fn float(n: u64) -> f64 {
    n.cast_signed() as f64
}

/// The integer nearest to a number from 0 to 2^51: what the last bits are of its sum with 2^52.
#[inline]
const fn nearest(value: f64) -> u64 {
    const TOP: f64 = (1u64 << 52) as f64;
    (value + TOP).to_bits() & ((1 << 52) - 1)
}

/// `n / d` of full width; `d` is not zero.
#[inline]
pub(crate) const fn wide_quotient(n: u128, d: u128) -> u128 {
    if d >> 64 == 0 {
        return quotient(n, d as u64);
    }
    if (n | d) >> 126 == 0 {
        let estimate = approximately(n) / approximately(d);
        if estimate < ESTIMATED {
            return wide_corrected(n, d, estimate);
        }
    }
    n / d
}

/// The quotient of numbers below 2^126 from an estimate of it below 2^49 that is off by less than a quarter.
#[inline]
pub(crate) const fn wide_corrected(n: u128, d: u128, estimate: f64) -> u128 {
    let guess = nearest(estimate) as u128;
    if n.wrapping_sub(guess.wrapping_mul(d)) >> 127 == 0 { guess } else { guess.wrapping_sub(1) }
}

/// A number below 2^126 as a float, with two roundings, give or take one.
#[inline]
pub(crate) const fn approximately(n: u128) -> f64 {
    const SCALE: f64 = 18_446_744_073_709_551_616.0;
    float((n >> 64) as u64) * SCALE + float(n as u64 >> 1) * 2.0
}

/// A divisor with its reciprocal, for the many numbers that are divided by it.
///
/// Source: Möller, Granlund 2011, doi:10.1109/TC.2010.143
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor {
    plain: u64,
    /// Shifted to the top of 64 bits.
    normal: u64,
    shift: u32,
    /// `(2^128 - 1) / normal - 2^64`.
    reciprocal: u64,
}

impl Divisor {
    /// Prepares a divisor; none if it is zero or does not fit 64 bits.
    pub(crate) const fn new(plain: u128) -> Option<Self> {
        if plain == 0 || plain >> 64 != 0 {
            return None;
        }
        let plain = plain as u64;
        let shift = plain.leading_zeros();
        let normal = plain << shift;
        Some(Self { plain, normal, shift, reciprocal: (u128::MAX / normal as u128) as u64 })
    }

    #[inline]
    pub(crate) const fn plain(&self) -> u64 {
        self.plain
    }

    /// The quotient of a number whose upper half is below the divisor.
    #[inline]
    pub(crate) const fn quotient(&self, n: u128) -> u64 {
        let n = n << (self.shift & 63);
        let (high, low) = ((n >> 64) as u64, n as u64);
        let product = (self.reciprocal as u128 * high as u128).wrapping_add(n);
        let mut quotient = ((product >> 64) as u64).wrapping_add(1);
        let mut rest = low.wrapping_sub(quotient.wrapping_mul(self.normal));
        if rest > product as u64 {
            quotient = quotient.wrapping_sub(1);
            rest = rest.wrapping_add(self.normal);
        }
        if rest >= self.normal { quotient.wrapping_add(1) } else { quotient }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers of any width, and those near powers of two, where a digit carries or a condition turns.
    fn any_width() -> impl Strategy<Value = u128> {
        prop_oneof![
            (any::<u128>(), 0..128u32).prop_map(|(bits, shift)| bits >> shift),
            (0..128u32, -3..=3i128).prop_map(|(shift, by)| (1u128 << shift).wrapping_add_signed(by)),
        ]
    }

    /// Numerators that are near a multiple of the divisor, where an estimate is off.
    fn near_multiples(divisor: impl Strategy<Value = u128>) -> impl Strategy<Value = (u128, u128)> {
        (divisor, any_width(), -2..=2i128).prop_map(|(divisor, quotient, by)| {
            let divisor = divisor.max(1);
            (divisor.saturating_mul(quotient).wrapping_add_signed(by), divisor)
        })
    }

    fn pairs() -> impl Strategy<Value = (u128, u128)> {
        prop_oneof![
            (any_width(), any_width()).prop_map(|(n, d)| (n, d.max(1))),
            near_multiples(any_width()),
            near_multiples(any::<u64>().prop_map(u128::from)),
            near_multiples((1u64 << 30..1 << 62).prop_map(u128::from)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50_000))]
        #[test]
        fn every_quotient_is_that_of_the_plain_operator((n, d) in pairs()) {
            prop_assert_eq!(wide_quotient(n, d), n / d);
            if let Some(divisor) = Divisor::new(d) {
                // As many bits as have a quotient below 2^64.
                let n = n % (d << 64).max(1);
                if d << 64 >> 64 == d {
                    prop_assert_eq!(u128::from(divisor.quotient(n)), n / d);
                }
            }
            if let Ok(d) = u64::try_from(d) {
                prop_assert_eq!(quotient(n, d), n / u128::from(d));
                let (a, b) = (n as u64, (n >> 64) as u64);
                let product = u128::from(a) * u128::from(b);
                if let Some((quotient, rest)) = product_quotient(a, b, d) {
                    prop_assert_eq!(u128::from(quotient), product / u128::from(d));
                    prop_assert_eq!(u128::from(rest), product % u128::from(d));
                }
                if let Some(ratio) = ratio(a, d) {
                    prop_assert_eq!(u128::from(ratio), (u128::from(a) << 32) / u128::from(d));
                }
                if let Some((quotient, rest)) = quotient_and_rest(n, d) {
                    prop_assert_eq!(u128::from(quotient), n / u128::from(d));
                    prop_assert_eq!(u128::from(rest), n % u128::from(d));
                }
            }
        }
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert!(Divisor::new(0).is_none());
        assert_eq!(quotient_and_rest(5, 0), None);
    }
}
