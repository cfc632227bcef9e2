//! Spec 464: a fast average of each subnet's spot price is kept.

use crate::era::{Era, Spec};
use crate::rules::coinbase::FastAverage;

pub(super) const ERA: Era = Era {
    spec: Spec(464),
    date: "2026-09-17",
    about: "a fast average of each subnet's spot price is kept, which claims on funds are held against",
    source: "subtensor:pallets/subtensor/src/staking/basket_trade.rs (RaoFoundation#3155, #3178)",
    change: |rules| rules.coinbase.fast_average = FastAverage::Kept,
    doubts: &[],
    migration: None,
};
