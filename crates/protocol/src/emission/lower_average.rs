//! By the lesser of two averages of the price: the moving price, and one that follows within hours.
//!
//! A pump lifts the fast average at once and the moving price slowly; when the attacker has sold, the fast one falls at
//! once, and with it the share that the moving price would have kept for weeks.
//!
//! ```text
//! share = min(m, f) / sum of min(m, f)        f' = f + (spot - f) step; it begins at the spot price
//! ```
//! Until a subnet has a fast average its moving price counts.

use serde::{Deserialize, Serialize};

use super::price_burn::proportional;
use super::{Candidate, Description};
use crate::fixed::Q64;
use crate::moving_price;

pub(super) const ABOUT: Description = Description {
    about: "by the lesser of the moving price and a fast average of the price; never ran",
    stops: "a pump whose share outlasts its price: what is sold again stops counting at once",
    source: "the minimum of a raw and a slow average, proposed for flows by igoraxz in RaoFoundation/subtensor#2704 \
             (2026-06-01, closed), here of prices",
};

/// How fast the fast average is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LowerAverage {
    /// The part of its distance to the spot price that the fast average moves in a block, from 0 to 1.
    pub step: Q64,
}

impl LowerAverage {
    /// The step by which baskets guard their trades: half of a change in two hours.
    pub const USUAL: Self = Self { step: moving_price::FAST_STEP };

    #[expect(clippy::unused_self, reason = "its step is the average's, which is kept in the books")]
    pub(super) fn shares(self, market: &[Candidate], shares: &mut Vec<Q64>) {
        let lower = |subnet: &Candidate| {
            let slow = Q64::from(subnet.moving_price);
            if subnet.fast_price == Q64::ZERO { slow } else { slow.min(subnet.fast_price) }
        };
        proportional(market.iter().map(lower), shares);
    }
}

impl Default for LowerAverage {
    fn default() -> Self {
        Self::USUAL
    }
}
