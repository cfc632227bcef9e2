//! By the pools' prices of the moment, without an average. The chain never ran this rule: it shows what the average
//! is for, since a price can be moved for one block.

use super::Description;
use crate::books::Books;
use crate::fixed::Q32;

pub(super) const ABOUT: Description = Description {
    about: "by the pools' prices of the moment, without an average; never ran",
    stops: "",
    source: "what the launch's rule would be without its average",
};

pub(super) fn weights(market: &[Books], weights: &mut Vec<Q32>) {
    weights.extend(market.iter().map(Books::spot_price));
}
