//! Spec 371: a subnet may be started at once.

use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(371),
    date: "2026-01-21",
    about: "a subnet may be started as soon as it is registered",
    source: "subtensor:runtime/src/lib.rs::DurationOfStartCall @ f74d69ed5",
    change: |rules| rules.start_delay = 0,
    doubts: &[],
    migration: None,
};
