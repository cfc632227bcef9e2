//! Spec 315: of a move the sale pays the fee, and from root the purchase.

use crate::era::{Era, Spec};
use crate::trading::MoveFee;

pub(super) const ERA: Era = Era {
    spec: Spec(315),
    date: "2025-09-09",
    about: "of a move the sale pays the fee instead of the purchase; from root the purchase still does",
    source: "subtensor:pallets/subtensor/src/staking/move_stake.rs @ 81ee047fd",
    change: |rules| rules.trading.move_fee = MoveFee::Sale,
    doubts: &[],
    migration: None,
};
