//! Spec 252: young moving prices start more slowly, moves keep to their limits, and leaving costs an epoch's dividends.

use crate::drain::ChildkeyTake;
use crate::era::{Era, Spec};
use crate::moving_price::MovingPriceStart;
use crate::registration::OwnerIncentive;
use crate::rules::PartialMoves;
use crate::staking::UnstakingFee;

pub(super) const ERA: Era = Era {
    spec: Spec(252),
    date: "2025-03-19",
    about: "moving prices reach half of their final speed at an age of 201,600 blocks; a move that may be filled in \
            part keeps to its limit; leaving a pool costs what the stake earned in the last epoch; a \
            subnet's owner is not paid for mining, and childkeys take only of what others lend",
    source: "subtensor:pallets/subtensor/src/staking/{stake_utils,move_stake}.rs @ b61dd3020",
    change: |rules| {
        rules.moving_price_start = MovingPriceStart::Slow { half_speed_age: 201_600 };
        rules.partial_moves = PartialMoves::WithinLimit;
        rules.unstaking_fee = UnstakingFee::Dividends;
        rules.drain.childkey_take = ChildkeyTake::OfOthers;
        rules.drain.owner_incentive = OwnerIncentive::HotkeySkipped;
    },
    doubts: &[],
    migration: None,
};
