//! Spec 423: pools of weighted reserves, and moving prices with 64 fractional bits.

use crate::books::Switch;
use crate::conviction::SumRule;
use crate::era::{Era, Spec};
use crate::pool::CurveRule;
use crate::pool::balancer::Weighing;
use crate::rules::coinbase::PriceBits;
use crate::schedule::{DynamicTempo, EpochSchedule};
use crate::yuma::BondMask;

pub(super) const ERA: Era = Era {
    spec: Spec(423),
    date: "2026-06-25",
    about: "pools of weighted reserves, at the price that they had; moving prices are computed with 64 fractional bits; \
            who touches a lock holds the sum of its hotkey's locks down",
    source: "subtensor:pallets/swap/src/pallet/balancer.rs, \
             pallets/subtensor/src/staking/stake_utils.rs::update_moving_price, staking/lock.rs @ 06032d518",
    change: |rules| {
        rules.coinbase.price_bits = PriceBits::SixtyFour;
        rules.coinbase.new_subnets = Switch::Off;
        rules.locks.sums = SumRule::HeldDown;
        rules.epoch.bond_mask = BondMask::RegisteredSinceLastEpoch { tempo: 360 };
        rules.pool.curve = CurveRule::Balancer(Weighing::AllOrNothing);
        rules.epoch_schedule = EpochSchedule::Dynamic(DynamicTempo::SPEC_423);
    },
    doubts: &[],
    migration: None,
};
