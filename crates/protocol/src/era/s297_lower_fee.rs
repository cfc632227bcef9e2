//! Spec 297: the pools' fee is 0.05 %, and stake that stays in its subnet changes hands without a swap.

use crate::era::{Era, Spec};
use crate::trading::WithinSubnet;
use crate::yuma::CommitMask;

pub(super) const ERA: Era = Era {
    spec: Spec(297),
    date: "2025-07-23",
    about: "the pools' fee is 0.05 % (33 of 65,535); stake that stays in its subnet changes hands without a swap; \
            an open commitment masks weights on neurons that registered since",
    source: "subtensor:pallets/swap/src/pallet/mod.rs, pallets/subtensor/src/staking/move_stake.rs @ 7b541095b",
    change: |rules| {
        rules.pool.fee_rate = 33;
        rules.trading.within_subnet = WithinSubnet::Transferred;
        rules.epoch.commit_mask = CommitMask::SinceEarliest;
    },
    doubts: &[],
    migration: None,
};
