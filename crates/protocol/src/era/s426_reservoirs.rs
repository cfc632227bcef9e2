//! Spec 426: chain buys come before the injection, and TAO of a buy that fails is recycled.

use crate::coinbase::rules::{BuyOrder, Minting};
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(426),
    date: "2026-07-13",
    about: "chain buys come before the injection, and TAO of a buy that fails is recycled",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::inject_and_maybe_swap (RaoFoundation @ 1a587cc8e)",
    change: |rules| {
        rules.coinbase.buys = BuyOrder::BeforeInjection;
        rules.coinbase.minting = Minting::SpentOrRefunded;
    },
    migration: None,
};
