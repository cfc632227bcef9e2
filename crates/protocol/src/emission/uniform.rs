//! The same share for every subnet that emits.
//!
//! No price can be pushed up for a share here; but each further subnet that one registers has a whole one.
//!
//! ```text
//! share = 1 / number of subnets that emit
//! ```

use super::{Candidate, Description};
use crate::fixed::Q64;

pub(super) const ABOUT: Description = Description {
    about: "the same for every subnet that emits; never ran",
    stops: "any purchase of a share by way of prices, flows or measurements",
    source: "an equal-emission mode, on a branch of RaoFoundation/subtensor @ 7fa60072; never merged",
};

pub(super) fn shares(market: &[Candidate], shares: &mut Vec<Q64>) {
    let each = Q64::ONE.fitting_div(Q64::from_int(market.len() as u64));
    shares.resize(market.len(), each);
}
