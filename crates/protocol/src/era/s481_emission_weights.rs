//! Spec 481: a subnet's owner divides its alpha emission.

use crate::emission_weights::AlphaDivision;
use crate::era::{Certainty, Doubt, Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(481),
    date: "2026-10-19",
    about: "a subnet's owner divides its alpha emission within bounds; root has what it would have by the default division",
    source: "bittensor 11.3.1rc73, emission_weights.py and metadata (PyPI); RaoFoundation#3254, #3264",
    change: |rules| rules.coinbase.alpha_division = AlphaDivision::EmissionWeights,
    doubts: &[
        Doubt {
            certainty: Certainty::Likely,
            about: "the division itself: it was read in the SDK, not in the chain's code",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "how each part is rounded, single rao a block: each is rounded down from the emission in rao",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "whether the cap of what enters a pool, the weight of TAO and the recycling of root's part changed: they are \
                    479's",
        },
        Doubt {
            certainty: Certainty::Likely,
            about: "482 changes nothing of these rules: only the types of its storage are known",
        },
    ],
    migration: None,
};
