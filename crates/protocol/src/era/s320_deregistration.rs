//! Spec 320: subsidised pools receive as much alpha as the block emits of TAO.

use crate::era::{Era, Spec};
use crate::injection::InjectionRule;
use crate::registration::{OwnerIncentive, OwnersOrder, Spared, SubnetLimit};
use crate::yuma::Replacement;

pub(super) const ERA: Era = Era {
    spec: Spec(320),
    date: "2025-09-24",
    about: "subsidised pools receive as much alpha as the block emits of TAO; a neuron that takes a UID over starts without \
            weights",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ 835a2c902",
    change: |rules| {
        rules.coinbase.injection = InjectionRule::SubsidisedWithBlockAlpha;
        rules.epoch.replacement = Replacement::LosesWeights;
        rules.drain.owner_incentive = OwnerIncentive::Withheld;
        rules.spared = Spared::OwnersImmune { limit: 1, order: OwnersOrder::LatestFirst };
        rules.registration.subnet_limit = SubnetLimit::Pruned { most: 128, immunity: 1_296_000 };
    },
    migration: None,
};
