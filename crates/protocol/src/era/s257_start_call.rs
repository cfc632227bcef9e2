//! Spec 257: a subnet emits once its owner has started it.

use crate::drain::AlphaDividends;
use crate::era::{Era, Migration, Spec};
use crate::rules::Emitting;
use crate::yuma::{BondMask, Fraction, Replacement};

pub(super) const ERA: Era = Era {
    spec: Spec(257),
    date: "2025-03-28",
    about: "a subnet emits once its owner has started it, a week or more after its registration; those that exist are \
            started at once; bonds follow the clipped weights, and a neuron that takes a UID over starts without bonds; \
            validators are paid what is left of their half after root's sale",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs, subnets/subnet.rs::do_start_call @ 8de0d23ca",
    change: |rules| {
        rules.emitting = Emitting::Started;
        rules.start_delay = 7 * 7_200;
        rules.epoch.bonds_penalty = Fraction::ONE;
        rules.epoch.replacement = Replacement::LosesBonds;
        rules.epoch.bond_mask = BondMask::RegisteredWithinTempo { tempo: 360 };
        rules.alpha_dividends = AlphaDividends::Rescaled;
    },
    doubts: &[],
    migration: Some(Migration::StartSubnets),
};
