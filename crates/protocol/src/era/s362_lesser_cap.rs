//! Spec 362: pools receive no more alpha than the block emits of TAO.

use crate::era::{Era, Spec};
use crate::injection::InjectionRule;

pub(super) const ERA: Era = Era {
    spec: Spec(362),
    date: "2025-12-12",
    about: "pools receive no more alpha than the block emits of TAO",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::get_subnet_terms @ 8834a7c73",
    change: |rules| rules.coinbase.injection = InjectionRule::UpToLesser,
    doubts: &[],
    migration: None,
};
