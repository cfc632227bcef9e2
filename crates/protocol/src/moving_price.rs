//! The moving price, by which emission is shared.

use crate::fixed::{Q32, Q64};

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

    proptest! {
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
