//! Spec 441: the bar lies at the share of rank 64.

use crate::drain::RootEarners;
use crate::era::{Era, Spec};
use crate::fixed::Q64;
use crate::hill_gate::HillGate;

pub(super) const ERA: Era = Era {
    spec: Spec(441),
    date: "2026-08-03",
    about: "the bar lies at the share of rank 64",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::maybe_update_emission_gate_bar (RaoFoundation @ f8ff769a4)",
    change: |rules| {
        rules.coinbase.gate = HillGate::Rank { rank: 64, exponent: Q64::from_int(3) };
        rules.drain.root_earners = RootEarners::SeatsOrAlpha;
    },
    migration: None,
};
