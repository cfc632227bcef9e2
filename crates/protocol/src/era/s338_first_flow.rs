//! Spec 338: averages of flow begin with the price times 1e9, not with the price alone.

use crate::emission::Emission;
use crate::era::{Era, Spec};
use crate::flow::FirstAverage;

pub(super) const ERA: Era = Era {
    spec: Spec(338),
    date: "2025-11-05",
    about: "averages of flow begin with the price times 1e9, not with the price alone",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_ema_flow @ 1f520ed95",
    change: |rules| {
        if let Emission::TaoFlow(rule) = &mut rules.emission {
            rule.first = FirstAverage::ScaledPrice;
        }
    },
    doubts: &[],
    migration: None,
};
