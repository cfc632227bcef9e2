//! Block numbers as times, on the chain's historical clock.

use dtao_protocol::units::Block;
use jiff::Timestamp;

/// Block 5,000,232 is 2025-02-25T00:00:00Z.
const ANCHOR: (i64, i64) = (5_000_232, 1_740_441_600);
const SECONDS_PER_BLOCK: i64 = 12;

/// When a block was made, at 12 seconds a block; to within a minute of the real clock in February 2025.
#[must_use]
pub fn time_of(block: Block) -> Timestamp {
    let blocks = i64::try_from(block.0).unwrap_or(i64::MAX) - ANCHOR.0;
    let seconds = ANCHOR.1.saturating_add(blocks.saturating_mul(SECONDS_PER_BLOCK));
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_anchor_and_the_first_block_of_dynamic_tao() {
        assert_eq!(time_of(Block(5_000_232)).to_string(), "2025-02-25T00:00:00Z");
        assert_eq!(time_of(Block(4_920_351)).to_string(), "2025-02-13T21:43:48Z");
    }
}
