//! By moving prices, each of which counts up to a cap that grows with the TAO in the subnet's pool.
//!
//! To lift a price by a factor of f costs `T (sqrt(f) - 1)` where the pool holds T: in a shallow pool next to nothing. So
//! there no price counts for much more than the market's median.
//!
//! ```text
//! counted = min(m, median of all m (1 + T / depth))             share = counted / sum of counted
//! ```
//! Of an even number of subnets the median is the lower of the middle two. If it is zero, so is every cap, and moving
//! prices count as they are.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::price_burn::proportional;
use super::{Candidate, Description};
use crate::fixed::Q64;
use crate::halving::MAX_SUPPLY;
use crate::units::{RAO, Tao};

pub(super) const ABOUT: Description = Description {
    about: "by moving prices, each capped by the depth of its pool; never ran",
    stops: "a price that is pushed up in a shallow pool, where that costs next to nothing",
    source: "a cap toward the network's median by depth, proposed by jamisolite in RaoFoundation/subtensor#3029 \
             (2026-08-03); the line by which it rises is this project's",
};

/// How deep a pool must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DepthCap {
    /// TAO in a pool at which the cap is twice the median.
    pub depth: Tao,
}

/// What the depth may be: at least one rao.
pub(super) const DEPTH: RangeInclusive<Tao> = Tao::from_rao(1)..=Tao::from_rao(MAX_SUPPLY);

impl DepthCap {
    /// Twice the median at 1,000 TAO.
    pub const USUAL: Self = Self { depth: Tao::from_rao(1_000 * RAO) };

    pub(super) fn shares(self, market: &[Candidate], shares: &mut Vec<Q64>) {
        let price = |subnet: &Candidate| Q64::from(subnet.moving_price);
        let median = median(market.iter().map(price).collect());
        let counted = |subnet: &Candidate| {
            if median == Q64::ZERO {
                return price(subnet);
            }
            let deep = Q64::from_int(subnet.pool_tao.rao()).safe_div(Q64::from_int(self.depth.rao()));
            price(subnet).min(median.times(Q64::ONE.saturating_add(deep)))
        };
        proportional(market.iter().map(counted), shares);
    }
}

/// The middle one, or the lower of the middle two.
fn median(mut prices: Vec<Q64>) -> Q64 {
    prices.sort_unstable();
    prices.get(prices.len().saturating_sub(1) / 2).copied().unwrap_or(Q64::ZERO)
}

impl Default for DepthCap {
    fn default() -> Self {
        Self::USUAL
    }
}
