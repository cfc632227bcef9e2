//! How a block's emission deepens the position, by runtime. The price stays.
//!
//! ```text
//! t = floor( L_p * (s - s_low) )        a = floor( L_p * (1/s - 1/s_high) )      the position's own amounts
//! L_p' = floor( sqrt( (t + tao) * (a + alpha) ) )
//! L' = L + max(0, L_p' - L_p)                                                    not in spec 283
//! ```

use super::{FeeGrowth, HIGHEST, LOWEST, V3};
use crate::fixed::Q64;
use crate::pool::Reserves;
use crate::pool::rules::Injection;
use crate::units::{Alpha, Tao};

/// The protocol's position, as emission finds it or leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its liquidity, in rao.
    pub liquidity: u64,
    /// The square root of the price.
    pub sqrt_price: Q64,
    /// What waits until it fits the price.
    pub reservoir: Reserves,
}

/// Adds amounts to the position.
///
/// ```text
/// with reservoirs r:  x = tao + r_tao,  y = alpha + r_alpha,  e = floor( y * (s*s) )
///   e <= x:           (e, y) go in,               r_tao = x - e,   r_alpha = 0
///   else:             (x, floor(x / (s*s))) go in, r_tao = 0,      r_alpha = y - floor(x / (s*s))
/// ```
///
/// Source: `subtensor:pallets/swap/src/pallet/impls.rs::adjust_protocol_liquidity` @ e9bbb6134, 312c0be95,
/// `get_proportional_alpha_tao_and_remainders` @ 1f520ed95
#[must_use]
pub fn inject(position: Position, injection: Injection, offered: Reserves) -> Position {
    let (entering, reservoir) = match injection {
        Injection::WithReservoirs => {
            let all = offered.saturating_add(position.reservoir);
            let entering = proportional(position.sqrt_price, all);
            let rest = Reserves {
                tao: all.tao.saturating_sub(entering.tao),
                alpha: all.alpha.saturating_sub(entering.alpha),
            };
            (entering, rest)
        }
        _ => (offered, position.reservoir),
    };
    let own = own_amounts(position.liquidity, position.sqrt_price);
    let after = own.saturating_add(entering);
    let liquidity = (u128::from(after.tao.rao()) * u128::from(after.alpha.rao())).isqrt() as u64;
    Position { liquidity, reservoir, ..position }
}

/// The largest part of both amounts that is in proportion to the price.
fn proportional(sqrt_price: Q64, all: Reserves) -> Reserves {
    let price = sqrt_price.times(sqrt_price);
    let worth = Tao::from_rao(Q64::from_int(all.alpha.rao()).times(price).floor());
    if worth <= all.tao {
        Reserves { tao: worth, ..all }
    } else {
        let alpha = Q64::from_int(all.tao.rao()).fitting_div(price).floor();
        Reserves { alpha: Alpha::from_rao(alpha), ..all }
    }
}

/// What a position over all prices consists of.
///
/// Source: `subtensor:pallets/swap/src/position.rs::to_token_amounts` @ e9bbb6134
fn own_amounts(liquidity: u64, sqrt_price: Q64) -> Reserves {
    let within = sqrt_price.clamp(LOWEST, HIGHEST);
    let liquidity = Q64::from_int(liquidity);
    let alpha = Q64::ONE.fitting_div(within).saturating_sub(Q64::ONE.fitting_div(HIGHEST));
    Reserves {
        tao: Tao::from_rao(liquidity.times(within.saturating_sub(LOWEST)).floor()),
        alpha: Alpha::from_rao(liquidity.times(alpha).floor()),
    }
}

impl V3 {
    /// Adds a block's emission to the position, with whatever the runtime adds besides.
    #[must_use]
    pub fn adjust(self, injection: Injection, offered: Reserves) -> Self {
        let mut after = self;
        let offered = match injection {
            Injection::PositionOnly | Injection::Emission => offered,
            Injection::WithFees | Injection::WithReservoirs => offered.saturating_add(after.collect()),
        };
        let (sqrt_price, reservoir) = (self.sqrt_price, self.reservoir);
        let position =
            inject(Position { liquidity: self.position, sqrt_price, reservoir }, injection, offered);
        if injection != Injection::PositionOnly {
            let risen = position.liquidity.saturating_sub(self.position);
            after.liquidity = after.liquidity.saturating_add(risen);
        }
        Self { position: position.liquidity, reservoir: position.reservoir, ..after }
    }

    /// Takes the fees counted for the position: its liquidity times their growth, rounded down.
    ///
    /// Source: `subtensor:pallets/swap/src/position.rs::collect_fees` @ e9bbb6134
    fn collect(&mut self) -> Reserves {
        // The chain's product is signed: 63 bits before the point.
        let signed = |growth: Q64| Q64::from_bits(growth.bits().min(i128::MAX as u128));
        let collected =
            |growth| Q64::from_int(self.position).times(signed(growth)).floor().min(i64::MAX as u64);
        let fees = Reserves {
            tao: Tao::from_rao(collected(self.owed.tao)),
            alpha: Alpha::from_rao(collected(self.owed.alpha)),
        };
        self.owed = FeeGrowth::default();
        fees
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::RAO;

    fn amounts(tao: u64, alpha: u64) -> Reserves {
        Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) }
    }

    /// 1,000 of each, s = 1.
    fn pool() -> V3 {
        V3 { sqrt_price: Q64::ONE, ..V3::of(amounts(1_000 * RAO, 1_000 * RAO)) }
    }

    #[test]
    fn as_much_of_each_deepens_the_position_by_as_much_but_for_the_ends() {
        let after = pool().adjust(Injection::Emission, amounts(10 * RAO, 10 * RAO));
        // Each own amount is short of L by L * 2^-32: 233 rao.
        assert_eq!(after.position, 1_010 * RAO - 233);
        assert_eq!(after.liquidity, after.position);
        assert_eq!(after.sqrt_price, Q64::ONE);
    }

    #[test]
    fn the_oversight_of_spec_283_leaves_the_market_as_deep_as_it_was() {
        let after = pool().adjust(Injection::PositionOnly, amounts(10 * RAO, 10 * RAO));
        assert_eq!((after.liquidity, after.position), (1_000 * RAO, 1_010 * RAO - 233));
        // Later emission adds only what it brings itself.
        let later = after.adjust(Injection::Emission, amounts(10 * RAO, 10 * RAO));
        assert_eq!(later.liquidity, 1_000 * RAO + (later.position - after.position));
    }

    #[test]
    fn a_block_without_emission_costs_the_position_a_little_and_the_market_nothing() {
        let after = pool().adjust(Injection::Emission, amounts(0, 0));
        assert!(after.position < pool().position);
        assert_eq!(after.liquidity, pool().liquidity);
    }

    #[test]
    fn what_does_not_fit_the_price_waits() {
        let waiting = pool().adjust(Injection::WithReservoirs, amounts(10 * RAO, 4 * RAO));
        assert_eq!(waiting.reservoir, amounts(6 * RAO, 0));
        let later = waiting.adjust(Injection::WithReservoirs, amounts(0, 9 * RAO));
        assert_eq!(later.reservoir, amounts(0, 3 * RAO));
        assert!(later.position > 1_009 * RAO && later.position < 1_010 * RAO);
    }

    #[test]
    fn fees_are_collected_once() {
        let mut pool = pool();
        pool.owed = FeeGrowth { tao: Q64::from_bits(1 << 62), alpha: Q64::from_bits(1 << 63) };
        // A quarter and a half of the liquidity: sqrt(1250 * 1500), less the ends.
        let after = pool.adjust(Injection::WithFees, amounts(0, 0));
        assert!((after.position as f64 / RAO as f64 - 1_369.306).abs() < 0.001);
        assert_eq!(after.owed, FeeGrowth::default());
        // Before spec 301 they stay counted.
        assert_eq!(pool.adjust(Injection::Emission, amounts(0, 0)).owed, pool.owed);
    }
}
