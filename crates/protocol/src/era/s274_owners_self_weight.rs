//! Spec 274: the owner's neuron may set weights on itself.

use crate::era::{Era, Spec};
use crate::yuma::OwnersNeuron;

pub(super) const ERA: Era = Era {
    spec: Spec(274),
    date: "2025-06-10",
    about: "the neuron of a subnet's owner may set weights on itself, by which miners' emission can be withheld",
    source: "subtensor:pallets/subtensor/src/epoch/run_epoch.rs::epoch @ f2d6939ad",
    change: |rules| rules.epoch.owners_neuron = OwnersNeuron::MayFavourItself,
    doubts: &[],
    migration: None,
};
