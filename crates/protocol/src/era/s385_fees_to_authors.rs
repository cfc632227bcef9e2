//! Spec 385: the author of a block gets the fees of its swaps.

use crate::era::{Era, Spec};
use crate::pool::{EmptyOutput, FeeDestination};

pub(super) const ERA: Era = Era {
    spec: Spec(385),
    date: "2026-03-11",
    about: "the author of a block gets the fees of its swaps, those of sales sold for TAO; a swap that would get \
            nothing is refused",
    source: "subtensor:pallets/swap/src/pallet/swap_step.rs, pallets/subtensor/src/staking/stake_utils.rs @ 7eb6f9bb7",
    change: |rules| {
        rules.pool.fee_destination = FeeDestination::BlockAuthor;
        rules.pool.empty_output = EmptyOutput::Refused;
    },
    doubts: &[],
    migration: None,
};
