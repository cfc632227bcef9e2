//! Spec 283: one position over all prices takes the pools' place, with a fee of 0.3 %; mainnet went from 282 to 290.

use crate::era::{Era, Spec};
use crate::pool::v3::Injection;
use crate::pool::{CurveRule, FeeDestination, PoolRules};
use crate::rules::coinbase::RootPart;
use crate::staking::UnstakingFee;
use crate::trading::FailedSwap;
use crate::units::Tao;

pub(super) const ERA: Era = Era {
    spec: Spec(283),
    date: "2025-06-30",
    about: "one position over all prices takes the pools' place, with a fee of 0.3 % instead of the flat one, also of \
            root's sale; mainnet went from 282 to 290",
    source: "subtensor:pallets/swap/src/pallet/impls.rs, pallets/subtensor/src/coinbase/run_coinbase.rs @ e9bbb6134",
    change: |rules| {
        rules.coinbase.root_part = RootPart::SoldWithFee;
        rules.pool = PoolRules {
            curve: CurveRule::V3(Injection::PositionOnly),
            fee_rate: 196,
            fee_destination: FeeDestination::Counter,
            ..rules.pool
        };
        rules.trading.failed_swap = FailedSwap::Refused;
        rules.staking_fee = Tao::ZERO;
        rules.unstaking_fee = UnstakingFee::Flat;
    },
    doubts: &[],
    migration: None,
};
