//! Random numbers that depend on their purpose only, never on the order in which they are drawn.
//!
//! A generator is keyed by (run seed, stream, agent, block): adding an agent, a metric or a draw elsewhere
//! leaves all others' numbers alone, so that two variants of a scenario share theirs. The key is hashed with
//! the finaliser of `SplitMix64` and seeds xoshiro256++, whose values are fixed by its authors.
//!
//! Sources: Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195 (`SplitMix64`);
//! Blackman, Vigna 2021, doi:10.1145/3460772 (xoshiro256++).

use dtao_protocol::units::Block;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::account::AgentId;

/// The generator's name and version of the keying, for manifests.
pub const ALGORITHM: &str = "xoshiro256++ keyed by SplitMix64(seed, stream, agent, block), version 1";

/// A run's seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunSeed(pub u64);

/// What random numbers are drawn for. A new purpose gets a number of its own; none is ever used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Stream {
    /// An agent's decisions in a block.
    Decide = 1,
    /// An agent's answers to pending calls in a block.
    React = 2,
    /// What an agent draws once, before its first block.
    Start = 3,
    /// The order of calls in a block.
    Sequence = 4,
    /// What is drawn once for a whole run, by name: unknown quantities of a scenario.
    Prior = 5,
    /// How what a group holds at the start is spread over its accounts.
    Holdings = 6,
}

/// The generator for one purpose of one agent in one block.
#[must_use]
pub fn generator(seed: RunSeed, stream: Stream, agent: AgentId, block: Block) -> Xoshiro256PlusPlus {
    keyed(seed.0, &[stream as u64, u64::from(agent.0), block.0])
}

/// The generator for any key: `generator` for what is no part of a run, such as the points of a design.
#[must_use]
pub fn keyed(seed: u64, parts: &[u64]) -> Xoshiro256PlusPlus {
    let key = parts.iter().fold(mix(seed), |key, part| mix(key ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    Xoshiro256PlusPlus::seed_from_u64(key)
}

/// The generator for one purpose of what has a name instead of a number, such as a parameter of a group.
///
/// Names keep their numbers when others are added before them.
#[must_use]
pub fn named(seed: RunSeed, stream: Stream, names: &[&str]) -> Xoshiro256PlusPlus {
    let mut key = mix(mix(seed.0) ^ (stream as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    for name in names {
        for &byte in name.as_bytes() {
            key = mix(key ^ u64::from(byte));
        }
        // No byte of a text is 0xFF: `ab`, `c` is not `a`, `bc`.
        key = mix(key ^ 0xFF);
    }
    Xoshiro256PlusPlus::seed_from_u64(key)
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    fn first(seed: u64, stream: Stream, agent: u32, block: u64) -> u64 {
        generator(RunSeed(seed), stream, AgentId(agent), Block(block)).random()
    }

    #[test]
    fn every_part_of_the_key_changes_the_numbers() {
        let base = first(1, Stream::Decide, 2, 3);
        assert_eq!(base, first(1, Stream::Decide, 2, 3));
        assert_ne!(base, first(2, Stream::Decide, 2, 3));
        assert_ne!(base, first(1, Stream::React, 2, 3));
        assert_ne!(base, first(1, Stream::Decide, 3, 3));
        assert_ne!(base, first(1, Stream::Decide, 2, 4));
        assert_ne!(first(1, Stream::Decide, 2, 3), first(1, Stream::Decide, 3, 2));
    }

    #[test]
    fn names_are_kept_apart() {
        let first = |names: &[&str]| named(RunSeed(1), Stream::Prior, names).random::<u64>();
        assert_eq!(first(&["pumper", "budget"]), first(&["pumper", "budget"]));
        assert_ne!(first(&["pumper", "budget"]), first(&["pumper", "budge", "t"]));
        assert_ne!(first(&["ab", "c"]), first(&["a", "bc"]));
        assert_ne!(first(&["a"]), named(RunSeed(2), Stream::Prior, &["a"]).random::<u64>());
        assert_ne!(first(&["a"]), named(RunSeed(1), Stream::Holdings, &["a"]).random::<u64>());
    }

    #[test]
    fn the_numbers_never_change_between_versions() {
        assert_eq!(first(28, Stream::Decide, 7, 5_000_232), FROZEN);
    }

    /// Written down once; another value means that every published result would change.
    const FROZEN: u64 = 13_905_094_354_824_766_218;

    #[test]
    fn neighbouring_keys_give_uncorrelated_numbers() {
        let draw = |agent: u32, block: u64| -> f64 {
            generator(RunSeed(1), Stream::Decide, AgentId(agent), Block(block)).random::<f64>() - 0.5
        };
        let n = 10_000;
        let next_agent: f64 = (0..n).map(|i| draw(i, 9) * draw(i + 1, 9)).sum::<f64>() / f64::from(n) * 12.0;
        let next_block: f64 =
            (0..u64::from(n)).map(|i| draw(9, i) * draw(9, i + 1)).sum::<f64>() / f64::from(n) * 12.0;
        // Four standard errors of a correlation over 10,000 pairs.
        assert!(next_agent.abs() < 0.04, "{next_agent}");
        assert!(next_block.abs() < 0.04, "{next_block}");
    }
}
