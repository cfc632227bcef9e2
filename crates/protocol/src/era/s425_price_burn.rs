//! Spec 425: root's proportion no longer shares the TAO.

use crate::conviction::OwnershipRule;
use crate::emission::Emission;
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(425),
    date: "2026-06-30",
    about: "root's proportion no longer shares the TAO; the hotkey with most conviction may take over a subnet of a year",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_shares, \
             staking/lock.rs::change_subnet_owner_if_needed @ 14bc6f9f9",
    change: |rules| {
        rules.emission = Emission::PriceBurn;
        rules.locks.ownership = OwnershipRule::TenthOfAll;
    },
    doubts: &[],
    migration: None,
};
