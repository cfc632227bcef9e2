//! Spec 361: subnets without trading or without any registration no longer emit; claims are kept or sold by subnet.

use crate::era::{Era, Spec};
use crate::root_claim::ClaimCalls;
use crate::rules::Emitting;

pub(super) const ERA: Era = Era {
    spec: Spec(361),
    date: "2025-12-09",
    about: "subnets without trading or without any registration no longer emit; stakers on root may keep what they \
            claim of some subnets only",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_subnets_to_emit_to, staking/claim_root.rs \
             @ 52378dc3e",
    change: |rules| {
        rules.emitting = Emitting::Open;
        rules.root_claims.calls = ClaimCalls::KeepSubnets;
    },
    doubts: &[],
    migration: None,
};
