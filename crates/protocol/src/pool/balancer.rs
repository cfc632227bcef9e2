//! The pool of spec 423 on: a product of reserves, each to the power of its weight.
//!
//! ```text
//! x alpha with weight w1, y TAO with weight w2, w1 + w2 = 1:     price = (w1 / w2) * (y / x)
//! buy  d TAO:    out = floor( x * (1 - (y / (y + d))^(w2/w1)) )
//! sell d alpha:  out = floor( y * (1 - (x / (x + d))^(w1/w2)) )
//! ```
//! The weights let emission come in at any proportion without moving the price: they are what changes. They are counted in
//! units of 1e-18, and the power has 18 decimals too ([`power`]), so what a swap gets is a multiple of about a 1e-18th of
//! the reserve, and a small swap in a deep pool loses up to that.
//!
//! Source: `subtensor:pallets/swap/src/pallet/balancer.rs`, `swap_step.rs` @ 14bc6f9f9 (spec 425)

mod estimate;
pub mod power;
mod swap;
mod weight;

pub use self::estimate::Bounds;
pub(crate) use self::swap::{Step, largest_input, step, swap_limit};
pub use self::weight::Weight;
use crate::fixed::Q64;
use crate::pool::Reserves;
pub use crate::pool::rules::Weighing;
use crate::units::{Alpha, Tao};

/// A pool of spec 423 on, besides its reserves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balancer {
    /// w2, the weight of TAO (`SwapBalancer`); that of alpha is the rest.
    pub tao_weight: Weight,
    /// What waits until the weights allow it in. It is in no reserve.
    pub reservoir: Reserves,
}

impl Balancer {
    /// Without anything waiting.
    #[must_use]
    pub const fn weighted(tao_weight: Weight) -> Self {
        let reservoir = Reserves { tao: Tao::ZERO, alpha: Alpha::ZERO };
        Self { tao_weight, reservoir }
    }

    /// The weights that give the reserves a price, if both are at least 1 %.
    ///
    /// ```text
    /// w2 = y / (p * x + y)       p's whole part and its fraction times x are rounded down apart
    /// ```
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/impls.rs::maybe_initialize_palswap` @ 14bc6f9f9
    #[must_use]
    pub fn at_price(reserves: Reserves, price: Q64) -> Option<Self> {
        let (tao, alpha) = (u128::from(reserves.tao.rao()), u128::from(reserves.alpha.rao()));
        let fraction = Q64::from_bits(price.bits() & u128::from(u64::MAX));
        let worth = u128::from(price.floor()) * alpha
            + u128::from(Q64::from_int(reserves.alpha.rao()).times(fraction).floor());
        let whole = worth.saturating_add(tao);
        if whole == 0 {
            return None;
        }
        Weight::ratio(tao, whole).allowed().map(Self::weighted)
    }

    /// The price: each quotient, and their product, cut at 64 bits; zero without alpha.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/balancer.rs::calculate_price` @ 14bc6f9f9
    #[must_use]
    pub const fn price(self, reserves: Reserves) -> Q64 {
        let weights = Q64::from_int(self.tao_weight.rest().parts());
        let weights = weights.fitting_div(Q64::from_int(self.tao_weight.parts()));
        let ratio = Q64::from_int(reserves.tao.rao()).fitting_div(Q64::from_int(reserves.alpha.rao()));
        weights.times(ratio)
    }

    /// The weights with which the reserves grow by `entering` at an unchanged price, if both stay at least 1 %.
    ///
    /// ```text
    /// q1 = round( w1 * y * (x + dx) )    q2 = round( w2 * x * (y + dy) )    w2' = q2 / (q1 + q2), 1/2 if both are 0
    /// ```
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/balancer.rs::update_weights_for_added_liquidity` @ 14bc6f9f9
    #[must_use]
    pub fn reweighted(self, reserves: Reserves, entering: Reserves) -> Option<Weight> {
        let (tao, alpha) = (reserves.tao.rao(), reserves.alpha.rao());
        // What grows beyond 64 bits saturates only in the product.
        let times_grown = |other: u64, reserve: u64, by: u64| match reserve.checked_add(by) {
            Some(grown) => u128::from(other) * u128::from(grown),
            None => u128::from(other).saturating_mul(u128::from(reserve) + u128::from(by)),
        };
        let of_alpha = times_grown(tao, alpha, entering.alpha.rao());
        let of_tao = times_grown(alpha, tao, entering.tao.rao());
        let (of_alpha, of_tao) = (self.tao_weight.rest().of(of_alpha), self.tao_weight.of(of_tao));
        let whole = of_alpha.saturating_add(of_tao);
        let weight = if whole == 0 { Weight::HALF } else { Weight::ratio(of_tao, whole) };
        weight.allowed()
    }

    /// What a block's emission does: the pool with new weights, and how much of the emission enters the reserves.
    ///
    /// With reservoirs, all that waits is offered too, and the first of these enters that the weights allow: all of it, its
    /// alpha, its TAO, nothing.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/impls.rs::adjust_protocol_liquidity` @ 14bc6f9f9 (spec 425) and, with
    /// reservoirs, the chain's public repository of August 2026 (RaoFoundation/subtensor @ 63369449)
    #[must_use]
    pub fn adjust(self, weighing: Weighing, reserves: Reserves, offered: Reserves) -> (Self, Reserves) {
        let nothing = Reserves::default();
        match weighing {
            Weighing::AllOrNothing => match self.reweighted(reserves, offered) {
                Some(tao_weight) => (Self { tao_weight, ..self }, offered),
                None => (self, nothing),
            },
            Weighing::WithReservoirs => {
                let all = offered.saturating_add(self.reservoir);
                let (alpha, tao) =
                    (Reserves { tao: Tao::ZERO, ..all }, Reserves { alpha: Alpha::ZERO, ..all });
                [(all, nothing), (alpha, tao), (tao, alpha)]
                    .into_iter()
                    .find_map(|(entering, reservoir)| {
                        let tao_weight = self.reweighted(reserves, entering)?;
                        Some((Self { tao_weight, reservoir }, entering))
                    })
                    .unwrap_or((Self { reservoir: all, ..self }, nothing))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::RAO;

    fn amounts(tao: u64, alpha: u64) -> Reserves {
        Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) }
    }

    #[test]
    fn the_price_is_the_ratio_of_reserves_over_their_weights() {
        // Three quarters of the weight are alpha's: 3 * 10 / 4.
        let pool = Balancer::weighted(Weight::from_parts(250_000_000_000_000_000));
        assert_eq!(pool.price(amounts(10, 4)), Q64::from_bits(15 << 63));
        assert_eq!(pool.price(amounts(10, 0)), Q64::ZERO);
    }

    #[test]
    fn weights_take_up_a_price_unless_one_would_be_too_small() {
        // 1 TAO, 4 alpha at 0.2: 1 / 1.8, less what 0.2 is cut by.
        let fifth = Q64::ONE.fitting_div(Q64::from_int(5));
        let pool = Balancer::at_price(amounts(RAO, 4 * RAO), fifth).expect("within the range");
        assert!(pool.tao_weight.parts().abs_diff(555_555_555_555_555_555) < RAO);
        assert_eq!(Balancer::at_price(amounts(RAO, 200 * RAO), Q64::ONE), None);
        assert_eq!(Balancer::at_price(amounts(0, 0), Q64::ONE), None);
    }

    #[test]
    fn emission_that_fits_the_price_leaves_the_weights() {
        let pool = Balancer::default();
        let (after, entered) = pool.adjust(Weighing::AllOrNothing, amounts(1_000, 4_000), amounts(1, 4));
        assert_eq!((after, entered), (pool, amounts(1, 4)));
    }

    #[test]
    fn emission_beyond_the_weights_does_not_enter_or_waits() {
        let (pool, much) = (Balancer::default(), amounts(200_000, 1_000));
        let reserves = amounts(1_000, 1_000);
        assert_eq!(pool.adjust(Weighing::AllOrNothing, reserves, much), (pool, amounts(0, 0)));
        let (waiting, entered) = pool.adjust(Weighing::WithReservoirs, reserves, much);
        assert_eq!((waiting.reservoir, entered), (amounts(200_000, 0), amounts(0, 1_000)));
        // Doubled alpha at the same price: two thirds of the weight.
        assert_eq!(waiting.tao_weight.parts(), 333_333_333_333_333_333);
    }
}
