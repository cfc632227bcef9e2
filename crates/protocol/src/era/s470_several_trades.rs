//! Spec 470: a call trades several holdings of a fund.

use crate::basket::FundTrades;
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(470),
    date: "2026-09-24",
    about: "a call makes up to 64 trades of a fund, all or none",
    source: "subtensor:pallets/subtensor/src/staking/basket_trade.rs::do_swap_basket_many_tracked (RaoFoundation @ 923fd1f)",
    change: |rules| rules.funds.trades = FundTrades::Several,
    doubts: &[],
    migration: None,
};
