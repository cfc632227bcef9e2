//! Spec 306: incentive of the subnet owner's immune neurons is not paid.

use crate::era::{Era, Spec};
use crate::registration::OwnerIncentive;

pub(super) const ERA: Era = Era {
    spec: Spec(306),
    date: "2025-08-28",
    about: "incentive of the subnet owner's immune neurons is not paid",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::distribute_dividends_and_incentives @ 737e4acb1",
    change: |rules| rules.drain.owner_incentive = OwnerIncentive::ImmuneSkipped { limit: 1 },
    doubts: &[],
    migration: None,
};
