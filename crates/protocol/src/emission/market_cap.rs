//! By market capitalisation: the price of the moment times all alpha that exists. The chain never ran this rule,
//! though many took it for the launch's.
//!
//! ```text
//! weight = spot * (alpha_in + alpha_out)            in rao of TAO, 32 fractional bits
//! ```

use super::Description;
use crate::books::Books;
use crate::fixed::Q32;

pub(super) const ABOUT: Description = Description {
    about: "by market capitalisation, the price times all alpha that exists; never ran",
    stops: "a high price of a token of which little exists",
    source: "the rule for which the launch's was often mistaken",
};

pub(super) fn weights(market: &[Books], weights: &mut Vec<Q32>) {
    let cap = |subnet: &Books| Q32::from_int(subnet.issuance().rao()).mul(subnet.spot_price());
    weights.extend(market.iter().map(cap));
}
