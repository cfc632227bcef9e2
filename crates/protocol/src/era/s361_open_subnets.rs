//! Spec 361: subnets without trading or without any registration no longer emit.

use crate::era::{Era, Spec};
use crate::rules::Emitting;

pub(super) const ERA: Era = Era {
    spec: Spec(361),
    date: "2025-12-09",
    about: "subnets without trading or without any registration no longer emit",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_subnets_to_emit_to @ 52378dc3e",
    change: |rules| rules.emitting = Emitting::Open,
    migration: None,
};
