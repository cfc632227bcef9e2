//! Spec 437: part of a neuron's price may be locked as collateral.

use crate::era::{Certainty, Doubt, Era, Spec};
use crate::registration::NeuronPayment;

pub(super) const ERA: Era = Era {
    spec: Spec(437),
    date: "2026-07-22",
    about: "a subnet may have part of a neuron's price staked and locked, which what the neuron earns lets go; the fee of a \
            registration is the author's of the block",
    source: "subtensor:pallets/subtensor/src/subnets/collateral.rs (RaoFoundation @ 1ce8b56f); RaoFoundation/subtensor #2949, #2958, \
             #2960",
    change: |rules| rules.registration.neuron_payment = NeuronPayment::WithCollateral,
    doubts: &[
        Doubt {
            certainty: Certainty::Likely,
            about: "it begins with 437: 435 and 436, which let only incentive release what is locked, were not on mainnet (#2958, #2960)",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "from which runtime on a registration is refused if its purchase would raise the price by more than 5 %: here it pays for \
                    what fits, as in the code of 437; later code refuses it",
        },
    ],
    migration: None,
};
