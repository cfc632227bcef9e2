//! Spec 246: young subnets' moving prices start slowly.

use crate::era::{Era, Spec};
use crate::moving_price::MovingPriceStart;

pub(super) const ERA: Era = Era {
    spec: Spec(246),
    date: "2025-03-06",
    about: "young subnets' moving prices start slowly: half of the final speed at an age of 100,800 blocks",
    source: "subtensor:pallets/subtensor/src/staking/stake_utils.rs::update_moving_price @ a27fff291",
    change: |rules| rules.moving_price_start = MovingPriceStart::Slow { half_speed_age: 100_800 },
    doubts: &[],
    migration: None,
};
