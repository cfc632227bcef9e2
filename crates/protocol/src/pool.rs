//! Pools in which TAO and a subnet's alpha are traded.
//!
//! A pool is its reserves and a [`Curve`], which says what the reserves mean: a constant product to spec 282, one
//! position over all prices ([`v3`]) to 422, a product of weighted reserves ([`balancer`]) from 423 on; one never ran ([`superellipse`]). Whoever trades
//! asks an [`Exchange`], whatever the curve; [`PoolRules`] say which curve a runtime trades on and what that costs.

pub mod balancer;
pub mod constant_product;
pub mod curve;
pub mod exchange;
pub mod order;
pub mod rules;
pub mod settlement;
pub mod superellipse;
pub mod v3;

pub use self::curve::{Adjusted, Curve, Pool};
pub use self::exchange::{Exchange, Swap, limits};
pub use self::order::{Charge, Order, SwapRefused};
pub use self::rules::{CurveRule, EmptyOutput, FeeDestination, PoolRules, ReserveFloor};
pub use self::settlement::{Purchase, Sale};

use crate::fixed::Q32;
use crate::units::{Alpha, Tao};

/// The reserves of a subnet's pool (`SubnetTAO` and `SubnetAlphaIn` on the chain).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reserves {
    /// TAO in the pool.
    pub tao: Tao,
    /// Alpha in the pool.
    pub alpha: Alpha,
}

impl Reserves {
    /// The spot price, in TAO per alpha, as the chain computes it: cut to 32 fractional bits, zero for an
    /// empty pool.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::get_alpha_price` @ f95810a25
    #[must_use]
    pub const fn spot_price(self) -> Q32 {
        Q32::ratio(self.tao.rao(), self.alpha.rao())
    }

    /// The spot price as a float, for decisions and reports; zero for an empty pool.
    #[must_use]
    pub fn price(self) -> f64 {
        if self.alpha == Alpha::ZERO { 0.0 } else { self.tao.rao() as f64 / self.alpha.rao() as f64 }
    }

    /// `sqrt(tao * alpha)`, in whole tokens: the depth, which trades keep and only emission moves.
    #[must_use]
    pub fn depth(self) -> f64 {
        (self.tao.to_f64() * self.alpha.to_f64()).sqrt()
    }
}

/// How a subnet's token is traded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mechanism {
    /// One TAO is one alpha, always: root, and subnets of the old kind.
    Stable,
    /// A constant-product pool.
    #[default]
    Dynamic,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::RAO;

    #[test]
    fn depth_is_the_geometric_mean_of_the_reserves_in_whole_tokens() {
        let reserves =
            |tao, alpha| Reserves { tao: Tao::from_rao(tao * RAO), alpha: Alpha::from_rao(alpha * RAO) };
        assert_eq!(reserves(4, 9).depth(), 6.0);
        assert_eq!(reserves(0, 9).depth(), 0.0);
    }
}
