//! Spec 290: pools grow with emission again, root's part is sold without a fee, and so is what leaves for another subnet.

use crate::era::{Era, Spec};
use crate::pool::CurveRule;
use crate::pool::v3::Injection;
use crate::rules::coinbase::RootPart;
use crate::trading::MoveFee;
use crate::units::Tao;

pub(super) const ERA: Era = Era {
    spec: Spec(290),
    date: "2025-07-07",
    about: "pools grow deeper with emission again; root's part is sold without a fee; of a move only the purchase \
            pays; at least 0.02 TAO are staked",
    source: "subtensor:pallets/swap/src/pallet/impls.rs, pallets/subtensor/src/staking/move_stake.rs @ 74614df76",
    change: |rules| {
        rules.coinbase.root_part = RootPart::SoldWithoutFee;
        rules.pool.curve = CurveRule::V3(Injection::Emission);
        rules.trading.move_fee = MoveFee::Purchase;
        rules.min_stake = Tao::from_rao(20_000_000);
    },
    doubts: &[],
    migration: None,
};
