//! Spec 426: chain buys come before the injection, and TAO of a buy that fails is recycled.

use crate::era::{Era, Spec};
use crate::pool::CurveRule;
use crate::pool::balancer::Weighing;
use crate::rules::coinbase::{BuyOrder, Minting};

pub(super) const ERA: Era = Era {
    spec: Spec(426),
    date: "2026-07-13",
    about: "chain buys come before the injection, and TAO of a buy that fails is recycled; what the \
            weights of a pool do not allow waits in reservoirs",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::inject_and_maybe_swap (RaoFoundation @ 1a587cc8e)",
    change: |rules| {
        rules.coinbase.buys = BuyOrder::BeforeInjection;
        rules.coinbase.minting = Minting::SpentOrRefunded;
        rules.pool.curve = CurveRule::Balancer(Weighing::WithReservoirs);
    },
    doubts: &[],
    migration: None,
};
