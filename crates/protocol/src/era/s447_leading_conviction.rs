//! Spec 447: one hotkey alone must have conviction enough to take a subnet over.

use crate::conviction::OwnershipRule;
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(447),
    date: "2026-08-14",
    about: "a subnet changes hands if one hotkey's conviction exceeds 18 % of the alpha that stakers hold",
    source: "subtensor:pallets/subtensor/src/staking/lock.rs (RaoFoundation#3083)",
    change: |rules| rules.locks.ownership = OwnershipRule::LeaderAbove18Percent,
    doubts: &[],
    migration: None,
};
