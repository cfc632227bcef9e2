//! Block numbers as times, on the chain's historical clock.

use dtao_protocol::units::Block;
use jiff::Timestamp;

/// Blocks whose time is known, as seconds since 1970, rising. To the first from before, a block took 12 seconds.
///
/// 5,000,232 is 2025-02-25T00:00:00Z and 5,373,802 was made on 2025-04-17; the chain kept 12 seconds a block between the two.
/// 7,103,976, at 2025-12-15T13:31:24Z, is the first block after the halving. 8,740,402 is 2026-07-31T07:01Z.
const KNOWN: [(i64, i64); 4] = [
    (5_000_232, 1_740_441_600),
    (5_373_802, 1_740_441_600 + (5_373_802 - 5_000_232) * SECONDS_PER_BLOCK),
    (7_103_976, 1_765_805_484),
    (8_740_402, 1_785_481_260),
];
const SECONDS_PER_BLOCK: i64 = 12;

/// When a block was made: interpolated between blocks whose time is known, at 12 seconds a block before the first and after the
/// last. To within a minute of the real clock in February 2025, to within hours later.
#[must_use]
pub fn time_of(block: Block) -> Timestamp {
    let block = i64::try_from(block.0).unwrap_or(i64::MAX);
    let after = KNOWN.partition_point(|&(known, _)| known <= block);
    let seconds = match (after.checked_sub(1).map(|before| KNOWN[before]), KNOWN.get(after)) {
        (Some((from, begun)), Some(&(to, ended))) => {
            let part = i128::from(block - from) * i128::from(ended - begun) / i128::from(to - from);
            begun + i64::try_from(part).expect("between two times")
        }
        (Some((known, seconds)), None) | (None, Some(&(known, seconds))) => {
            seconds.saturating_add((block - known).saturating_mul(SECONDS_PER_BLOCK))
        }
        (None, None) => unreachable!("some blocks are known"),
    };
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

    #[test]
    fn later_blocks_lie_between_those_that_are_known() {
        assert_eq!(time_of(Block(5_373_802)).to_string(), "2025-04-17T21:14:00Z");
        assert_eq!(time_of(Block(7_103_976)).to_string(), "2025-12-15T13:31:24Z");
        assert_eq!(time_of(Block(8_740_402)).to_string(), "2026-07-31T07:01:00Z");
        assert_eq!(time_of(Block(8_740_407)).to_string(), "2026-07-31T07:02:00Z");
        // Half-way between two that are known.
        assert_eq!(time_of(Block(7_922_189)).to_string(), "2026-04-08T10:16:12Z");
    }

    #[test]
    fn any_block_has_a_time() {
        assert_eq!(time_of(Block(u64::MAX)), Timestamp::MAX);
    }
}
