//! Spec 440: shares pass a gate whose bar lies at a quantile.

use crate::era::{Era, Spec};
use crate::fixed::Q64;
use crate::hill_gate::HillGate;

pub(super) const ERA: Era = Era {
    spec: Spec(440),
    date: "2026-07-27",
    about: "shares pass a gate whose bar lies at a quantile",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::apply_emission_gate (RaoFoundation @ f8ff769a4)",
    change: |rules| {
        rules.coinbase.gate =
            HillGate::Quantile { quantile: Q64::from_f64(0.61), exponent: Q64::from_int(3) };
    },
    doubts: &[],
    migration: None,
};
