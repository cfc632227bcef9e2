//! Spec 238: a pool receives TAO unless its subnet allows no registration at all.

use crate::era::{Era, Spec};
use crate::rules::RegistrationGate;

pub(super) const ERA: Era = Era {
    spec: Spec(238),
    date: "2025-02-15",
    about: "pools receive TAO unless no registration is open (234 withheld it by an oversight where only work was)",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ f9254ea63",
    change: |rules| rules.registration_gate = RegistrationGate::UnlessNeither,
    migration: None,
};
