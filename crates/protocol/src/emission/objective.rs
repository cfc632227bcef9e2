//! By an objective function: the value of a subnet as it was last measured, such as its revenue or the verified quality
//! of its work, and not what anybody pays for its token.
//!
//! ```text
//! share = v / sum of v            by moving prices as long as nothing has been measured
//! ```
//! How values are measured is in [`crate::measurement`]: with noise, with a delay, and open to whoever pays to be
//! measured higher.

use super::price_burn::proportional;
use super::{Candidate, Description};
use crate::fixed::Q64;

pub(super) const ABOUT: Description = Description {
    about: "by a value that is measured, such as revenue or verified quality; never ran",
    stops: "a price that is no sign of any use: pumps, and tokens that only pay for being held",
    source: "asked for by donn in March 2025, a month after the launch: one objective function for all subnets",
};

pub(super) fn shares(market: &[Candidate], shares: &mut Vec<Q64>) {
    let value = |subnet: &Candidate| subnet.measured;
    if market.iter().any(|subnet| value(subnet) > Q64::ZERO) {
        proportional(market.iter().map(value), shares);
    } else {
        proportional(market.iter().map(|subnet| subnet.moving_price.into()), shares);
    }
}
