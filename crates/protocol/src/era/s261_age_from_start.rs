//! Spec 261: the age of a moving price counts from the subnet's start call.

use crate::era::{Era, Spec};
use crate::rules::MovingPriceAge;
use crate::staking::UnstakingFee;

pub(super) const ERA: Era = Era {
    spec: Spec(261),
    date: "2025-04-11",
    about: "the age of a moving price counts from the subnet's start call, for the subnets of before from spec 257's \
            upgrade; leaving a pool costs at least 0.005 % of what the sale fetches",
    source: "subtensor:pallets/subtensor/src/staking/stake_utils.rs::{update_moving_price, calculate_staking_fee} @ 6b86ebf30",
    change: |rules| {
        rules.moving_price_age = MovingPriceAge::StartCall;
        rules.unstaking_fee = UnstakingFee::DividendsOrPartOfTao;
    },
    doubts: &[],
    migration: None,
};
