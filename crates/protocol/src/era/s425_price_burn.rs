//! Spec 425: root's proportion no longer shares the TAO.

use crate::emission::Emission;
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(425),
    date: "2026-06-30",
    about: "root's proportion no longer shares the TAO",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_shares @ 14bc6f9f9",
    change: |rules| rules.emission = Emission::PriceBurn,
    doubts: &[],
    migration: None,
};
