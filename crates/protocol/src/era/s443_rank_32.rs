//! Spec 443: the bar lies at the share of rank 32.

use crate::drain::RootEarners;
use crate::era::{Era, Spec};
use crate::fixed::Q64;
use crate::hill_gate::HillGate;

pub(super) const ERA: Era = Era {
    spec: Spec(443),
    date: "2026-08-04",
    about: "the bar lies at the share of rank 32; what hotkeys without a place on root would earn for root is nobody's",
    source: "subtensor:pallets/subtensor/src/lib.rs::DefaultEmissionBarRank (RaoFoundation @ f8ff769a4)",
    change: |rules| {
        rules.coinbase.gate = HillGate::Rank { rank: 32, exponent: Q64::from_int(3) };
        rules.drain.root_earners = RootEarners::Seats;
    },
    doubts: &[],
    migration: None,
};
