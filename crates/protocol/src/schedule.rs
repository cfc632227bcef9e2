//! When epochs run.

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
