//! When epochs run, and which weights are revealed in them.

mod dynamic;

use std::num::NonZeroU16;

pub use dynamic::{
    ACTIVITY_CUTOFF_FACTOR, DynamicTempo, EpochClock, EpochInputs, EpochSchedule, EpochsOfBlock, MAX_TEMPO,
    MIN_TEMPO, Overdue, activity_cutoff, activity_cutoff_factor, epochs_of_block,
};

use crate::units::{Block, Netuid};

/// Blocks from `block` until the subnet's next epoch; 0 if it runs in this block, `None` if it never does.
///
/// ```text
/// tempo - (block + netuid + 1) mod (tempo + 1)
/// ```
/// The period is `tempo + 1`. A tempo of zero means that no epoch ever runs.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::blocks_until_next_epoch` @ f95810a25
#[must_use]
pub fn blocks_until_epoch(netuid: Netuid, tempo: u16, block: Block) -> Option<u64> {
    if tempo == 0 {
        return None;
    }
    let tempo = u64::from(tempo);
    let adjusted = block.0.wrapping_add(u64::from(netuid.0) + 1);
    Some(tempo - adjusted % (tempo + 1))
}

/// The first block from `block` on in which the subnet's epoch runs.
#[must_use]
pub fn next_epoch(netuid: Netuid, tempo: u16, block: Block) -> Option<Block> {
    blocks_until_epoch(netuid, tempo, block).map(|wait| block + wait)
}

/// The number of a block's window in the grid of a subnet's epochs: each epoch's block is the last of its window.
///
/// ```text
/// (block + netuid + 1) / (tempo + 1)                rounded down
/// ```
/// The grid is one of the tempo: a change of it renumbers all windows, past ones too.
///
/// Source: `subtensor:pallets/subtensor/src/subnets/weights.rs::get_epoch_index` @ f95810a25
#[must_use]
pub fn epoch_window(netuid: Netuid, tempo: u16, block: Block) -> u64 {
    block.0.saturating_add(u64::from(netuid.0) + 1) / (u64::from(tempo) + 1)
}

/// The window that weights belong to which are committed to by a call in a block. Calls come after the block's epoch,
/// so in an epoch's own block it is the next one.
///
/// Source: `subtensor:pallets/subtensor/src/subnets/weights.rs::do_commit_crv3_weights` @ f95810a25
#[must_use]
pub fn commit_window(netuid: Netuid, tempo: u16, block: Block) -> u64 {
    let window = epoch_window(netuid, tempo, block);
    if blocks_until_epoch(netuid, tempo, block) == Some(0) { window + 1 } else { window }
}

/// The window whose commitments the epoch of a block reveals; those of earlier windows have expired. With a period of
/// one it is the block's own: what was committed to since the last epoch.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::reveal_crv3_commits` @ f95810a25
#[must_use]
pub fn revealed_window(netuid: Netuid, tempo: u16, block: Block, period: NonZeroU16) -> u64 {
    epoch_window(netuid, tempo, block).saturating_sub(u64::from(period.get()) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn with_a_period_of_one_a_commitment_is_revealed_at_the_next_epoch(
            netuid: u16, tempo in 1..2_000u16, block in 0..1u64 << 40, period in 1..5u16,
        ) {
            let (netuid, block) = (Netuid(netuid), Block(block));
            let window = commit_window(netuid, tempo, block);
            let mut epoch = next_epoch(netuid, tempo, block + 1).expect("the tempo is above zero");
            for n in 1..=period {
                let period = NonZeroU16::new(period).expect("above zero");
                let revealed = revealed_window(netuid, tempo, epoch, period);
                prop_assert_eq!(revealed == window, n == period.get());
                epoch = epoch + u64::from(tempo) + 1;
            }
        }
    }

    #[test]
    fn a_change_of_tempo_leaves_a_commitment_in_a_window_that_never_comes() {
        let committed = commit_window(Netuid(1), 360, Block(5_004_400));
        let next = next_epoch(Netuid(1), 99, Block(5_004_451)).expect("the tempo is above zero");
        let one = NonZeroU16::MIN;
        assert!(revealed_window(Netuid(1), 99, next, one) > committed, "it has expired at once");
        // A longer tempo's windows have lower numbers: it would be revealed in years.
        let next = next_epoch(Netuid(1), 719, Block(5_004_451)).expect("the tempo is above zero");
        assert!(revealed_window(Netuid(1), 719, next, one) < committed);
    }
}
