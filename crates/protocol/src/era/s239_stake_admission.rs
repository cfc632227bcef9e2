//! Spec 239: stake that gives no share of what is on its hotkey is refused.

use crate::era::{Era, Spec};
use crate::share_pool::Admission;

pub(super) const ERA: Era = Era {
    spec: Spec(239),
    date: "2025-02-16",
    about: "stake that gives no share of what is on its hotkey is refused",
    source: "subtensor:pallets/subtensor/src/staking/stake_utils.rs @ 85f72d9dc",
    change: |rules| rules.share_admission = Admission::WithShares,
    doubts: &[],
    migration: None,
};
