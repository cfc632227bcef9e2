//! Spec 348: averages of flow begin at zero.

use crate::emission::Emission;
use crate::era::{Era, Spec};
use crate::flow::FirstAverage;

pub(super) const ERA: Era = Era {
    spec: Spec(348),
    date: "2025-11-24",
    about: "averages of flow begin at zero",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_ema_flow @ 459fa72d1",
    change: |rules| {
        if let Emission::TaoFlow(rule) = &mut rules.emission {
            rule.first = FirstAverage::Zero;
        }
    },
    doubts: &[],
    migration: None,
};
