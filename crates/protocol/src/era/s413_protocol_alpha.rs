//! Spec 413: the protocol keeps the alpha that it buys.

use crate::era::{Era, Spec};
use crate::rules::coinbase::Surplus;

pub(super) const ERA: Era = Era {
    spec: Spec(413),
    date: "2026-06-01",
    about: "the protocol keeps the alpha that it buys",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::inject_and_maybe_swap @ ec2212c53",
    change: |rules| rules.coinbase.surplus = Surplus::KeptByProtocol,
    doubts: &[],
    migration: None,
};
