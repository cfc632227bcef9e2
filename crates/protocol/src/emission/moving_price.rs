//! By the moving average of the pools' prices; a stable subnet counts as one.

use super::Description;
use crate::books::Books;
use crate::fixed::Q32;

pub(super) const ABOUT: Description = Description {
    about: "by the moving prices of the subnets' pools, as the chain does from 2025-02-13",
    stops: "a price that is pushed up for a few blocks",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::run_coinbase @ f95810a25",
};

pub(super) fn weights(market: &[Books], weights: &mut Vec<Q32>) {
    weights.extend(market.iter().map(Books::share_price));
}
