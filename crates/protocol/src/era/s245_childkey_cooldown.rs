//! Spec 245: a change of children waits a day.

use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(245),
    date: "2025-03-05",
    about: "a change of children is taken over a day later",
    source: "subtensor:pallets/subtensor/src/lib.rs::DefaultPendingCooldown @ 17b6ef3fe",
    change: |rules| rules.children.cooldown = 7_200,
    doubts: &[],
    migration: None,
};
