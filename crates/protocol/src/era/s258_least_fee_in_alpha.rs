//! Spec 258: leaving a pool costs at least a part of the alpha sold.

use crate::era::{Era, Spec};
use crate::staking::UnstakingFee;

pub(super) const ERA: Era = Era {
    spec: Spec(258),
    date: "2025-04-04",
    about: "leaving a pool costs at least 0.00005 TAO per alpha sold, whatever its price (an oversight)",
    source: "subtensor:pallets/subtensor/src/staking/stake_utils.rs::calculate_staking_fee @ 719a6f5e9",
    change: |rules| rules.unstaking_fee = UnstakingFee::DividendsOrPartOfAlpha,
    doubts: &[],
    migration: None,
};
