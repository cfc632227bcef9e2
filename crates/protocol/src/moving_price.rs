//! The moving price, by which emission is shared.

use crate::division::float;
use crate::fixed::{Q32, Q64};
use crate::pool::balancer::Bounds;

/// How fast a young subnet's moving price moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum MovingPriceStart {
    /// Up to spec 245: at full speed from the first block.
    Immediate,
    /// Spec 246 on: the coefficient times `n / (n + half_speed_age)` at an age of `n` blocks.
    Slow {
        /// The age, in blocks, at which the coefficient is half of its final value.
        half_speed_age: u64,
    },
}

/// The moving price after a block, from the spot price at its end.
///
/// ```text
/// m' = a * min(spot, 1) + (1 - a) * m,     a = a0 * n / (n + H) at age n, or a0 from the start
/// ```
/// Each product is cut below at 2^-32, so an increment smaller than 2.3e-10 is lost.
///
/// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::update_moving_price` @ f95810a25, a27fff291
#[must_use]
#[inline]
pub fn update(moving: Q32, spot: Q32, moving_alpha: Q32, start: MovingPriceStart, age: u64) -> Q32 {
    let weight = match start {
        MovingPriceStart::Immediate => moving_alpha,
        MovingPriceStart::Slow { half_speed_age } => {
            moving_alpha.mul(Q32::ratio(age, age.saturating_add(half_speed_age)))
        }
    };
    let kept = Q32::ONE.saturating_sub(weight);
    weight.mul(spot.min(Q32::ONE)).saturating_add(kept.mul(moving))
}

/// [`update`] at spec 425: computed with 64 fractional bits, kept with 32.
///
/// The start is always slow; `age` counts from the block of the subnet's start call.
///
/// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::update_moving_price` @ 14bc6f9f9
#[must_use]
pub fn update_with_64_bits(moving: Q32, spot: Q64, moving_alpha: Q32, half_speed_age: u64, age: u64) -> Q32 {
    let part = Q64::from_int(age).safe_div(Q64::from_int(age.saturating_add(half_speed_age)));
    let weight = Q64::from(moving_alpha).times(part);
    let kept = Q64::ONE.saturating_sub(weight);
    weight.times(spot.min(Q64::ONE)).saturating_add(kept.times(moving.into())).to_q32()
}

/// [`update_with_64_bits`] from bounds of the spot price, if they are close enough to tell.
///
/// The chain's two products and its weight are cut at 64 bits: together they are at most four units of 2^-64 off, and
/// floats less than 2^-49 of the weight. Both count 2^-32 of a unit here.
#[inline]
pub(crate) fn estimated(
    moving: Q32,
    spot: Bounds,
    moving_alpha: Q32,
    half_speed_age: u64,
    age: u64,
) -> Option<Q32> {
    const FRACTION: f64 = (1u64 << 32) as f64;
    const CUT: f64 = 4.0 / FRACTION;
    const ROUNDINGS: f64 = 1.0 / (1u64 << 17) as f64;
    let whole = Q32::ONE.bits();
    if moving.bits() > whole || moving_alpha.bits() > whole || (age | half_speed_age) >> 48 != 0 {
        return None;
    }
    let (from, coefficient) = (moving.bits() as u64, moving_alpha.bits() as u64);
    // Without an age this is no number, and nothing is told.
    let weight = float(coefficient) * float(age) / (FRACTION * float(age + half_speed_age));
    let moved = |spot: f64| weight * (spot.min(1.0) * FRACTION - float(from));
    let off = weight * ROUNDINGS + CUT;
    let (low, high) = (moved(spot.low) - off, moved(spot.high) + off);
    if !(low > -FRACTION && high < FRACTION) {
        return None;
    }
    let towards_zero = low as i64;
    let floor = towards_zero - i64::from((towards_zero as f64) > low);
    (high < (floor + 1) as f64).then(|| Q32::from_bits(u128::from(from.saturating_add_signed(floor))))
}

/// The step of the fast average: ln 2 over 600 blocks, so that half of a change is followed in two hours.
pub const FAST_STEP: Q64 = Q64::from_bits(21_310_514_408_671_092);

/// The fast average of the spot price after a block, by which baskets guard their trades (spec 464 on).
///
/// ```text
/// f' = f + (spot - f) * ln 2 / 600
/// ```
/// The product is rounded towards the old average, with 64 fractional bits. It begins at the spot price and has no upper
/// bound.
///
/// Source: of spec 475, in RaoFoundation/subtensor
#[must_use]
pub fn update_fast(fast: Q64, spot: Q64) -> Q64 {
    followed(fast, spot, FAST_STEP)
}

/// [`update_fast`] with another step.
#[must_use]
pub fn followed(fast: Q64, spot: Q64, step: Q64) -> Q64 {
    if spot >= fast {
        fast.saturating_add(spot.saturating_sub(fast).times(step))
    } else {
        fast.saturating_sub(fast.saturating_sub(spot).times(step))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nearly_every_usual_moving_price_can_be_told() {
        let told = (1u128..=1_000).filter(|step| {
            let (moving, spot) =
                (Q32::from_bits(step * 2_123_457), Q64::from_bits(step * 9_123_456_789_012_345));
            let age = 4_194 * *step as u64;
            estimated(moving, Bounds::of(spot), Q32::from_f64(3e-4), 201_600, age).is_some()
        });
        assert!(told.count() >= 999);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn a_moving_price_that_is_told_is_the_chains(
            moving in 0u128..=1 << 32, spot in 0u128..1 << 66, narrow in 0..60u32, coefficient in 0u128..=1 << 32,
            small: bool, half in 0..1u64 << 20, age in 0..1u64 << 24,
        ) {
            let coefficient = if small { coefficient >> 11 } else { coefficient };
            let (moving, spot, coefficient) =
                (Q32::from_bits(moving), Q64::from_bits(spot >> narrow), Q32::from_bits(coefficient));
            if let Some(told) = estimated(moving, Bounds::of(spot), coefficient, half, age) {
                prop_assert_eq!(told, update_with_64_bits(moving, spot, coefficient, half, age));
            }
        }

        #[test]
        fn the_moving_price_stays_between_itself_and_the_spot_price(
            moving in 0u128..1 << 32,
            spot in 0u128..1 << 32,
            weight in 0u128..1 << 32,
            age: u32,
        ) {
            let (moving, spot) = (Q32::from_bits(moving), Q32::from_bits(spot));
            for start in [MovingPriceStart::Immediate, MovingPriceStart::Slow { half_speed_age: 100_800 }] {
                let next = update(moving, spot, Q32::from_bits(weight), start, u64::from(age));
                // Two products are cut, each by less than one bit.
                prop_assert!(next.bits() + 2 > moving.min(spot).bits());
                prop_assert!(next <= moving.max(spot));
            }
        }
    }

    #[test]
    fn without_an_age_or_from_above_one_no_moving_price_is_told() {
        let spot = Bounds::of(Q64::ONE);
        assert_eq!(estimated(Q32::ONE, spot, Q32::HALF, 0, 0), None);
        assert_eq!(estimated(Q32::from_int(2), spot, Q32::HALF, 5, 5), None);
        assert_eq!(estimated(Q32::ONE, spot, Q32::from_int(2), 5, 5), None);
    }

    #[test]
    fn a_spot_price_above_one_counts_as_one() {
        let at = |spot| update(Q32::ZERO, spot, Q32::from_f64(0.1), MovingPriceStart::Immediate, 0);
        assert_eq!(at(Q32::from_int(50)), at(Q32::ONE));
    }

    #[test]
    fn the_fast_average_follows_half_of_a_change_in_600_blocks() {
        let (low, high) = (Q64::from_int(1), Q64::from_int(3));
        let later = |from, to| (0..600).fold(from, |fast, _| update_fast(fast, to)).to_f64();
        // A step per block halves a little sooner than a steady decline: (1 - ln 2 / 600)^600 = 0.4998.
        assert!((later(low, high) - 2.0).abs() < 1e-3 && (later(high, low) - 2.0).abs() < 1e-3);
        assert_eq!(update_fast(low, low), low);
    }
}
