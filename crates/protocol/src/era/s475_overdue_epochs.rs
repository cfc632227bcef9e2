//! Spec 475: an epoch is due once a tempo has passed without one.

use crate::conviction::SumRule;
use crate::era::{Certainty, Doubt, Era, Migration, Spec};
use crate::schedule::{DynamicTempo, EpochSchedule};

pub(super) const ERA: Era = Era {
    spec: Spec(475),
    date: "2026-10-07",
    about: "an epoch is due once a tempo has passed without one, however often the tempo was set; root's own account takes in \
            the stake that it had not counted; who touches a lock leaves the conviction of others as it is",
    source: "subtensor:pallets/subtensor/src/coinbase/{run_coinbase,tempo_control}.rs of spec 475 (RaoFoundation), \
             staking/lock.rs (RaoFoundation @ 081650b31)",
    change: |rules| {
        rules.locks.sums = SumRule::Together;
        if let EpochSchedule::Dynamic(DynamicTempo { max_per_block, .. }) = rules.epoch_schedule {
            rules.epoch_schedule =
                EpochSchedule::Dynamic(DynamicTempo { max_per_block, ..DynamicTempo::SPEC_475 });
        }
    },
    doubts: &[
        Doubt {
            certainty: Certainty::Open,
            about: "which runtime from 426 to 475 made epochs due after a tempo instead of 50,400 blocks: 475 is run",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "which runtime from 471 to 475 let root's own account take in the stake that it had not counted: 475 is run",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "which runtime from 426 on repaired the sums of locks (RaoFoundation @ 081650b31): 475 is run",
        },
        Doubt {
            certainty: Certainty::Likely,
            about: "476 to 479 change nothing of these rules: of them only notes and the types of their storage are known",
        },
    ],
    migration: Some(Migration::RootStakeCounted),
};
