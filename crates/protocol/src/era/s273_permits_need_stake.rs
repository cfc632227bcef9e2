//! Spec 273: permits need stake, and a subnet's alpha may be traded once it is started.

use crate::era::{Era, Spec};
use crate::trading::TradingStart;
use crate::yuma::{LowStake, PermitRule};

pub(super) const ERA: Era = Era {
    spec: Spec(273),
    date: "2025-05-28",
    about: "permits need stake, and stake below the threshold counts as none; a subnet may choose Yuma 3; its alpha may be \
            traded once it is started",
    source: "subtensor:pallets/subtensor/src/epoch/run_epoch.rs, staking/stake_utils.rs @ 1b0c63a71",
    change: |rules| {
        rules.epoch.permits = PermitRule::LargestStaked;
        rules.epoch.low_stake = LowStake::CountsAsNone;
        rules.trading.start = TradingStart::StartCall;
    },
    doubts: &[],
    migration: None,
};
