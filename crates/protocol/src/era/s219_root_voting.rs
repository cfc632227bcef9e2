//! Spec 219: root's validators vote on how each block's TAO is shared; there are no pools.

use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(219),
    date: "2025-02-07",
    about: "the last runtime before dynamic TAO: root's validators vote on how the emission is shared",
    source: "subtensor:pallets/subtensor/src/coinbase/root.rs @ 8f39a5832",
    change: |_| {},
    doubts: &[],
    migration: None,
};
