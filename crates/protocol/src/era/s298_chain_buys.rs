//! Spec 298: a subnet whose price is below its share of the emission is subsidised: the chain buys its alpha with what
//! is over, and sells none for root.

use crate::era::{Era, Spec};
use crate::injection::InjectionRule;
use crate::pool::ReserveFloor;
use crate::rules::coinbase::{RootPart, Surplus};

pub(super) const ERA: Era = Era {
    spec: Spec(298),
    date: "2025-07-29",
    about: "a subnet whose price is below its share of the emission is subsidised: the chain buys its alpha with \
            what is over, and sells none for root; of a swap only the reserve that it draws from needs a minimum",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ 6309d3592",
    change: |rules| {
        rules.coinbase.injection = InjectionRule::SubsidisedWithOwnAlpha;
        rules.coinbase.surplus = Surplus::BoughtAndRecycled;
        rules.coinbase.root_part = RootPart::SoldUnlessSubsidised;
        rules.pool.reserve_floor = ReserveFloor::Output;
    },
    doubts: &[],
    migration: None,
};
