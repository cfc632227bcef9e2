//! Spec 301: a subnet that allows no registration receives no alpha either.

use crate::era::{Era, Spec};
use crate::rules::RegistrationGate;

pub(super) const ERA: Era = Era {
    spec: Spec(301),
    date: "2025-08-12",
    about: "a subnet that allows no registration receives no alpha either",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ 312c0be95",
    change: |rules| rules.registration_gate = RegistrationGate::NothingIfNeither,
    migration: None,
};
