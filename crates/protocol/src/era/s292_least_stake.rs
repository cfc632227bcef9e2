//! Spec 292: the minimum stake is 0.002 TAO, of what enters a pool too, and all of a stake may be sold for less.

use crate::era::{Era, Spec};
use crate::trading::MinimumOf;
use crate::units::Tao;

pub(super) const ERA: Era = Era {
    spec: Spec(292),
    date: "2025-07-10",
    about: "at least 0.002 TAO are staked, and of a limited order as much must enter the pool; all of a stake may be \
            sold for less",
    source: "subtensor:pallets/subtensor/src/staking/stake_utils.rs @ f813dade9, a77d7127d",
    change: |rules| {
        rules.min_stake = Tao::from_rao(2_000_000);
        rules.trading.minimum_of = MinimumOf::WhatEnters;
    },
    doubts: &[],
    migration: None,
};
