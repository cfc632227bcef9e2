//! Pools in which TAO and a subnet's alpha are traded.

pub mod constant_product;
pub mod limits;

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

/// How a subnet's token is traded at a moment: its mechanism with what that needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// One TAO is one alpha.
    Stable,
    /// A constant-product pool with these reserves.
    Dynamic(Reserves),
}

impl Exchange {
    /// Alpha that `tao` buys, or `None` if the pool is too small for it.
    #[must_use]
    pub fn buy(self, tao: Tao) -> Option<Alpha> {
        match self {
            Self::Stable => Some(Alpha::from_rao(tao.rao())),
            Self::Dynamic(pool) => constant_product::buy(pool, tao),
        }
    }

    /// TAO that `alpha` sells for, or `None` if the pool is too small for it.
    #[must_use]
    pub fn sell(self, alpha: Alpha) -> Option<Tao> {
        match self {
            Self::Stable => Some(Tao::from_rao(alpha.rao())),
            Self::Dynamic(pool) => constant_product::sell(pool, alpha),
        }
    }
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
