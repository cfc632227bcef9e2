//! Prices and outputs by bounds in floating point.
//!
//! Most of a block's quantities are rounded down to far less than a double holds. Where both bounds of a number are
//! rounded to the same, so is the number: what takes the chain two long divisions, or a power of 18 decimals, then takes
//! one division of floats. Where they differ there is no estimate, and the chain's way is taken.
//!
//! Only the four basic operations are used, which every processor rounds alike.

use super::Balancer;
use crate::division::float;
use crate::fixed::{Q32, Q64};
use crate::pool::Reserves;
use crate::pool::order::Side;

/// 2^-48: more than the error of a price, seven roundings of 2^-53 each, or of an output, thirteen.
const ROUNDINGS: f64 = 1.0 / (1u64 << 48) as f64;
/// 2^32.
const FRACTION: f64 = (1u64 << 32) as f64;
/// 2^64.
const DIGIT: f64 = FRACTION * FRACTION;
/// 2^-59, more than 1e-18 and 2^-64 together: the most by which rounding to 18 decimals and cutting at 64 bits can lower
/// what stays in a reserve.
const DECIMALS: f64 = 1.0 / (1u64 << 59) as f64;
/// From here on numbers are not rounded by means of 64-bit integers, and prices soon saturate.
const LARGEST: f64 = (1u64 << 62) as f64;

/// Between what the price lies, in TAO per alpha: the low bound is at most the price as cut at 64 bits, the high one at
/// least the exact price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Bounds {
    /// Bounds of a price that is known with 64 fractional bits.
    #[inline]
    #[must_use]
    pub fn of(price: Q64) -> Self {
        let bits = price.bits();
        let price = (bits >> 64) as u64 as f64 + bits as u64 as f64 / DIGIT;
        Self { low: price * (1.0 - ROUNDINGS), high: price * (1.0 + ROUNDINGS) }
    }

    /// The price cut to 32 fractional bits, if both bounds are cut to the same.
    #[inline]
    pub(crate) fn spot_price(self) -> Option<Q32> {
        common_floor(self.low * FRACTION, self.high * FRACTION).map(|bits| Q32::from_bits(bits.into()))
    }

    /// Whether the price is surely on the near side of a limit: below it for who buys, above it for who sells.
    #[inline]
    pub(crate) fn within(self, side: Side, limit: Q64) -> bool {
        let limit = Self::of(limit);
        match side {
            Side::Buy => self.high < limit.low,
            Side::Sell => self.low > limit.high,
        }
    }
}

impl Balancer {
    /// Between what [`Balancer::price`] lies, if weights and reserves are of the usual size.
    ///
    /// The chain cuts the ratios of weights and of reserves at 64 bits, and then their product: at most
    /// `w1 / w2 + y / x + 1` units of 2^-64 are lost. Neither weight is below a hundredth, so the first term is below 100,
    /// and the second at most 100 times the price.
    #[inline]
    pub(crate) fn bounds(self, reserves: Reserves) -> Option<Bounds> {
        let (tao, alpha) = (reserves.tao.rao(), reserves.alpha.rao());
        if (tao | alpha) >> 63 != 0 || alpha == 0 {
            return None;
        }
        let weight = self.tao_weight.allowed()?;
        let price = float(tao) * float(weight.rest().parts()) / (float(alpha) * float(weight.parts()));
        if price >= LARGEST {
            return None;
        }
        let cut = (100.0 * price + 101.0) / DIGIT;
        Some(Bounds { low: price * (1.0 - ROUNDINGS) - cut, high: price * (1.0 + ROUNDINGS) })
    }

    /// What `amount` takes out, rounded down, if bounds of it are rounded to the same.
    ///
    /// ```text
    /// 1 - (1 + u)^-e = e u (1 - (e + 1) u / 2 (1 - (e + 2) u / 3 (1 - ...)))        u = amount / into,  e = w2 / w1 or w1 / w2
    /// ```
    /// With `(e + 5) u` of at most 2^-9 what is left out after five brackets is less than 2^-54 of the whole.
    #[inline]
    pub(super) fn estimated_output(self, (into, from): (u64, u64), side: Side, amount: u64) -> Option<u64> {
        const SMALL: f64 = 1.0 / 512.0;
        if (into | from | amount) >> 63 != 0 {
            return None;
        }
        let (alpha, tao) = (float(self.tao_weight.rest().parts()), float(self.tao_weight.parts()));
        let e = match side {
            Side::Buy => tao / alpha,
            Side::Sell => alpha / tao,
        };
        let u = float(amount) / float(into);
        let size = (e + 5.0) * u;
        // After a division by zero it may be no number.
        if size.is_nan() || size > SMALL {
            return None;
        }
        let bracket = |inner: f64, k: f64| 1.0 - (e + k) * u * (1.0 / (k + 1.0)) * inner;
        let brackets = [5.0, 4.0, 3.0, 2.0, 1.0].into_iter().fold(1.0, bracket);
        let (from, out) = (float(from), float(from) * (e * u * brackets));
        let (low, high) = (out * (1.0 - ROUNDINGS), out * (1.0 + ROUNDINGS) + from * DECIMALS);
        common_floor(low, high)
    }
}

/// The integer below both of two numbers, if they have the same one and it is small enough.
#[inline]
fn common_floor(low: f64, high: f64) -> Option<u64> {
    if !(low >= 0.0 && high < LARGEST) {
        return None;
    }
    let whole = low as i64;
    (high < (whole + 1) as f64).then_some(whole.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Weight;
    use super::*;
    use crate::pool::balancer::power;
    use crate::units::{Alpha, Tao};

    const UNITS: u64 = power::SCALE;

    fn reserves(tao: u64, alpha: u64) -> Reserves {
        Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) }
    }

    /// Weights that a pool may have, most of them near one half or near the ends.
    fn weights() -> impl Strategy<Value = Weight> {
        prop_oneof![
            UNITS / 100..=UNITS / 100 * 99,
            UNITS / 2 - 1_000_000..UNITS / 2 + 1_000_000,
            UNITS / 100..UNITS / 100 + 1_000,
            UNITS / 100 * 99 - 1_000..=UNITS / 100 * 99,
            Just(UNITS / 2),
        ]
        .prop_map(Weight::from_parts)
    }

    /// Of any width up to 64 bits, the usual ones more often.
    fn amounts() -> impl Strategy<Value = u64> {
        prop_oneof![(any::<u64>(), 0..64u32).prop_map(|(bits, shift)| bits >> shift), 1u64 << 40..1 << 54,]
    }

    /// What the chain takes out: by its own power, or by the one of 120 bits that is held to it.
    fn by_power(pool: Balancer, reserves: Reserves, side: Side, amount: u64) -> u64 {
        let (into, from) = side.reserves(reserves);
        let kept = pool.kept(side, into, i128::from(amount));
        Q64::from_int(from).times(Q64::ONE.saturating_sub(kept)).floor()
    }

    fn sides() -> impl Strategy<Value = Side> {
        prop_oneof![Just(Side::Buy), Just(Side::Sell)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn a_price_that_is_told_is_the_chains(weight in weights(), tao in amounts(), alpha in amounts()) {
            let (pool, reserves) = (Balancer::weighted(weight), reserves(tao, alpha));
            let exact = pool.price(reserves);
            if let Some(bounds) = pool.bounds(reserves) {
                if let Some(told) = bounds.spot_price() {
                    prop_assert_eq!(told, exact.to_q32());
                }
                prop_assert!(bounds.low <= exact.to_f64() && exact.to_f64() <= bounds.high);
                for by in [-1i128, 0, 1, 1 << 20] {
                    let limit = Q64::from_bits(exact.bits().saturating_add_signed(by));
                    prop_assert!(!bounds.within(Side::Buy, limit) || exact < limit);
                    prop_assert!(!bounds.within(Side::Sell, limit) || exact > limit);
                }
            }
        }

        #[test]
        fn an_output_that_is_told_is_the_chains(
            weight in weights(), tao in amounts(), alpha in amounts(), less in 9..60u32, side in sides(), by in 0..=u64::MAX,
        ) {
            let (pool, reserves) = (Balancer::weighted(weight), reserves(tao, alpha));
            let (into, from) = side.reserves(reserves);
            // From a rao up to where the series is no longer told.
            let amount = ((u128::from(into >> less) * u128::from(by)) >> 63) as u64;
            if let Some(told) = pool.estimated_output((into, from), side, amount) {
                prop_assert_eq!(told, by_power(pool, reserves, side, amount));
            }
        }

    }

    #[test]
    fn of_an_everyday_market_nearly_everything_is_told() {
        let mut told = 0;
        for step in 0..1_000 {
            let parts = UNITS / 10 + step * (UNITS / 10 * 8 / 1_000);
            let reserves = reserves((1 << 42) + step * 140_012_345_679, (1 << 49) + step * 1_600_123_456_789);
            let bounds = Balancer::weighted(Weight::from_parts(parts)).bounds(reserves);
            told += usize::from(bounds.is_some_and(|bounds| bounds.spot_price().is_some()));
        }
        assert!(told >= 999, "{told} of 1,000");
    }

    #[test]
    fn unusual_pools_are_left_to_the_chains_way() {
        let half = Balancer::default();
        assert_eq!(half.bounds(reserves(5, 0)), None);
        assert_eq!(half.bounds(reserves(1 << 63, 1)), None);
        assert_eq!(half.bounds(reserves(1 << 62, 1)), None);
        assert_eq!(Balancer::weighted(Weight::from_parts(0)).bounds(reserves(5, 5)), None);
        for (into, from, amount) in [(0, 5, 5), (0, 5, 0), (1 << 63, 5, 5), (1_000, 1_000, 3)] {
            assert_eq!(half.estimated_output((into, from), Side::Buy, amount), None);
        }
        // A whole result lies on the edge of two: 1,000 / 1,024 of 1,024 stays.
        assert_eq!(half.estimated_output((1_000_000, 1_024), Side::Buy, 1_000), None);
        assert_eq!(half.estimated_output((1_000_000, 1_000), Side::Buy, 0), Some(0));
        let nothing = Balancer::weighted(Weight::from_parts(UNITS));
        assert_eq!(nothing.estimated_output((1 << 40, 1 << 40), Side::Buy, 1), None);
    }
}
