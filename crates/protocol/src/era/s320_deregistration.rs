//! Spec 320: subsidised pools receive as much alpha as the block emits of TAO.

use crate::era::{Era, Spec};
use crate::injection::InjectionRule;
use crate::registration::{OwnerIncentive, OwnerRefund, OwnersOrder, Spared, SubnetLimit};
use crate::units::{Block, MAX_BLOCKS};
use crate::yuma::Replacement;

pub(super) const ERA: Era = Era {
    spec: Spec(320),
    date: "2025-09-24",
    about: "subsidised pools receive as much alpha as the block emits of TAO; a neuron that takes a UID over starts without \
            weights; of 128 subnets one makes room for a new one, and its owner gets back of the lock what a cut of the \
            last epoch does not fetch",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs, \
             staking/remove_stake.rs::destroy_alpha_in_out_stakes @ 835a2c902",
    change: |rules| {
        rules.coinbase.injection = InjectionRule::SubsidisedWithBlockAlpha;
        rules.epoch.replacement = Replacement::LosesWeights;
        rules.drain.owner_incentive = OwnerIncentive::Withheld;
        rules.spared = Spared::OwnersImmune { limit: 1, order: OwnersOrder::LatestFirst };
        rules.registration.subnet_limit = SubnetLimit::Pruned { most: 128, immunity: 1_296_000 };
        rules.registration.owner_refund = OwnerRefund::LessLastEpoch { registered_before: Block(MAX_BLOCKS) };
    },
    doubts: &[],
    migration: None,
};
