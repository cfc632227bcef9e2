//! By the moving average of the pools' prices; a stable subnet counts as one.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::run_coinbase @ f95810a25`

use crate::books::Books;
use crate::fixed::Q32;

pub(super) const ABOUT: &str =
    "by the moving prices of the subnets' pools, as the chain does from 2025-02-13";

pub(super) fn weights(market: &[Books], weights: &mut Vec<Q32>) {
    weights.extend(market.iter().map(Books::share_price));
}
