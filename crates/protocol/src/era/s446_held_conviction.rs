//! Spec 446: conviction is measured against the alpha that stakers hold.

use crate::conviction::OwnershipRule;
use crate::era::{Certainty, Doubt, Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(446),
    date: "2026-08-14",
    about: "a subnet changes hands if all conviction is a tenth of the alpha that stakers hold; what the chain bought does \
            not count",
    source: "subtensor:pallets/subtensor/src/staking/lock.rs (RaoFoundation#3078)",
    change: |rules| rules.locks.ownership = OwnershipRule::TenthOfHeld,
    doubts: &[Doubt {
        certainty: Certainty::Open,
        about: "how the alpha that is burned is counted, by which the bar is lower: none is counted",
    }],
    migration: None,
};
