//! Spec 397: subnets emit only while neurons may register by burning.

use crate::children::{BeforeStart, RootParents};
use crate::era::{Era, Spec};
use crate::registration::{MIN_NON_IMMUNE, NeuronPricing, NewPool, Pruning};
use crate::rules::Emitting;
use crate::yuma::{OwnersNeuron, Replacement};

pub(super) const ERA: Era = Era {
    spec: Spec(397),
    date: "2026-04-22",
    about: "subnets emit only while neurons may register by burning; the owner's neuron validates whatever stake it has, and \
            root's validators lend theirs to it on a new subnet",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_subnets_to_emit_to, \
             staking/set_children.rs::do_set_root_validators_for_subnet @ e7f05a051",
    change: |rules| {
        rules.emitting = Emitting::OpenForBurning;
        rules.children.before_start = BeforeStart::AtOnce;
        rules.children.root_parents = RootParents::All;
        rules.epoch.owners_neuron = OwnersNeuron::Validates;
        rules.epoch.replacement = Replacement::KeepsPermit;
        rules.registration.neuron_price = NeuronPricing::spec_397();
        rules.registration.pruning = Pruning::ByEmission { kept: MIN_NON_IMMUNE };
        rules.registration.new_pool = NewPool::MedianPriceAndOwner;
    },
    doubts: &[],
    migration: None,
};
