//! Spec 301: a subnet that allows no registration receives no alpha either, and fees deepen the pool.

use crate::era::{Era, Spec};
use crate::pool::CurveRule;
use crate::pool::v3::Injection;
use crate::rules::RegistrationGate;

pub(super) const ERA: Era = Era {
    spec: Spec(301),
    date: "2025-08-12",
    about: "a subnet that allows no registration receives no alpha either; fees deepen the pool, all since its first \
            swap at once",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs, pallets/swap/src/pallet/impls.rs @ 312c0be95",
    change: |rules| {
        rules.registration_gate = RegistrationGate::NothingIfNeither;
        rules.pool.curve = CurveRule::V3(Injection::WithFees);
    },
    doubts: &[],
    migration: None,
};
