//! By moving price times root proportion times the part of the miners' incentive that reached miners. Root's proportion
//! falls as a subnet's alpha grows, so old subnets give way to young ones.
//!
//! ```text
//! w = q rho (1 - min(1, burned))                          from there as in price_burn.rs
//! ```

use super::price_burn::{kept, weighted};
use super::{Candidate, Description};
use crate::fixed::Q64;

pub(super) const ABOUT: Description = Description {
    about: "by moving price times root's proportion times what of the incentive reaches miners (2026-06-22 to 06-30)",
    stops: "an owner who withholds the miners' pay; old subnets that keep out young ones",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_shares @ 6016381e4",
};

pub(super) fn shares(market: &[Candidate], shares: &mut Vec<Q64>) {
    weighted(market, shares, |subnet| Q64::from(subnet.root_proportion).times(kept(subnet)));
}
