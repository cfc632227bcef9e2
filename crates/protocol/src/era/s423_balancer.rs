//! Spec 423: moving prices are computed with 64 fractional bits.

use crate::coinbase::rules::PriceBits;
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(423),
    date: "2026-06-25",
    about: "moving prices are computed with 64 fractional bits",
    source: "subtensor:pallets/subtensor/src/staking/stake_utils.rs::update_moving_price @ 06032d518",
    change: |rules| rules.coinbase.price_bits = PriceBits::SixtyFour,
    migration: None,
};
