//! Root's validators vote. Their votes fix each subnet's TAO at root's own epochs ([`crate::root_network`]), and
//! there are no pools to receive any, so no subnet has a weight here.

use super::Description;
use crate::books::Books;
use crate::fixed::Q32;

pub(super) const ABOUT: Description = Description {
    about: "root's validators vote, before dynamic TAO (to 2025-02-13)",
    stops: "",
    source: "subtensor:pallets/subtensor/src/coinbase/root.rs @ 8f39a5832",
};

pub(super) fn weights(market: &[Books], weights: &mut Vec<Q32>) {
    weights.resize(market.len(), Q32::ZERO);
}
