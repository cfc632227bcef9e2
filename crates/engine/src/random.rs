//! Random numbers that depend on their purpose only, never on the order in which they are drawn.
//!
//! An agent is known by its group's name and its place in the group ([`AgentKey`]), never by its number among all
//! accounts: adding, removing, reordering or resizing any group, or adding a metric or a draw elsewhere, leaves all
//! others' numbers alone, so that two variants of a scenario share theirs. The key is hashed with the finaliser of
//! `SplitMix64` and seeds xoshiro256++, whose values are fixed by its authors.
//!
//! Sources: Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195 (`SplitMix64`);
//! Blackman, Vigna 2021, doi:10.1145/3460772 (xoshiro256++).

use dtao_protocol::units::{Block, Netuid};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// The generator's name and version of the keying, for manifests.
pub const ALGORITHM: &str =
    "xoshiro256++ keyed by SplitMix64(seed, group, place in the group, stream, block), version 2";

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
    /// The order of calls in a block: each agent draws its calls' places.
    Sequence = 4,
    /// What is drawn once for a whole run, by name: unknown quantities of a scenario.
    Prior = 5,
    /// How what a group holds at the start is spread over its accounts.
    Holdings = 6,
    /// An agent's key, from which its streams are made.
    Agent = 7,
    /// Whom the chain claims for in a block, of those who stake on root; keyed by the account of root's stakers.
    RootClaims = 8,
    /// The noise of a measurement of a subnet's value in a block.
    Measurement = 9,
}

/// What an agent's random numbers are keyed by: the run's seed, its group's name and its place in the group.
///
/// Hashed once, when the account is made, so that a draw costs the same however long the name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentKey(u64);

impl AgentKey {
    /// The key of a group's account; places are counted from 0.
    #[must_use]
    pub fn new(seed: RunSeed, group: &str, place: u32) -> Self {
        Self(absorb(hash_names(seed, Stream::Agent, &[group]), u64::from(place)))
    }
}

/// The generator for one purpose of one agent in one block.
#[must_use]
pub fn generator(agent: AgentKey, stream: Stream, block: Block) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(absorb(absorb(agent.0, stream as u64), block.0))
}

/// The generator for one named number of an agent: what else it draws in the block leaves this one alone.
#[must_use]
pub fn generator_of(agent: AgentKey, stream: Stream, block: Block, name: &str) -> Xoshiro256PlusPlus {
    let key = absorb(absorb(agent.0, stream as u64), block.0);
    Xoshiro256PlusPlus::seed_from_u64(absorb_names(key, &[name]))
}

/// The generator for the noise of the measurement of one subnet in one block.
#[must_use]
pub fn measurement(seed: RunSeed, netuid: Netuid, block: Block) -> Xoshiro256PlusPlus {
    let key = absorb(mix(seed.0), Stream::Measurement as u64);
    Xoshiro256PlusPlus::seed_from_u64(absorb(absorb(key, u64::from(netuid.0)), block.0))
}

/// The generator for one purpose of what has a name instead of a number, such as a parameter of a group.
///
/// Names keep their numbers when others are added before them.
#[must_use]
pub fn named(seed: RunSeed, stream: Stream, names: &[&str]) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(hash_names(seed, stream, names))
}

fn hash_names(seed: RunSeed, stream: Stream, names: &[&str]) -> u64 {
    absorb_names(absorb(mix(seed.0), stream as u64), names)
}

fn absorb_names(mut key: u64, names: &[&str]) -> u64 {
    for name in names {
        for &byte in name.as_bytes() {
            key = mix(key ^ u64::from(byte));
        }
        // No byte of a text is 0xFF: `ab`, `c` is not `a`, `bc`.
        key = mix(key ^ 0xFF);
    }
    key
}

/// A key with one more part.
fn absorb(key: u64, part: u64) -> u64 {
    mix(key ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15))
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

    fn first(seed: u64, group: &str, place: u32, stream: Stream, block: u64) -> u64 {
        generator(AgentKey::new(RunSeed(seed), group, place), stream, Block(block)).random()
    }

    #[test]
    fn every_part_of_the_key_changes_the_numbers() {
        let base = first(1, "a", 2, Stream::Decide, 3);
        assert_eq!(base, first(1, "a", 2, Stream::Decide, 3));
        assert_ne!(base, first(2, "a", 2, Stream::Decide, 3));
        assert_ne!(base, first(1, "b", 2, Stream::Decide, 3));
        assert_ne!(base, first(1, "a", 3, Stream::Decide, 3));
        assert_ne!(base, first(1, "a", 2, Stream::React, 3));
        assert_ne!(base, first(1, "a", 2, Stream::Decide, 4));
        assert_ne!(base, first(1, "a", 3, Stream::Decide, 2));
        assert_ne!(first(1, "a1", 2, Stream::Decide, 3), first(1, "a", 12, Stream::Decide, 3));
    }

    #[test]
    fn an_agents_named_numbers_differ_from_each_other_and_from_the_others() {
        let agent = |place| AgentKey::new(RunSeed(1), "a", place);
        let of = |place, name| generator_of(agent(place), Stream::Start, Block(3), name).random::<u64>();
        assert_eq!(of(1, "stop"), of(1, "stop"));
        assert_ne!(of(1, "stop"), of(1, "profit"));
        assert_ne!(of(1, "stop"), of(2, "stop"));
        assert_ne!(of(1, "stop"), first(1, "a", 1, Stream::Start, 3));
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
        assert_eq!(first(28, "traders", 7, Stream::Decide, 5_000_232), FROZEN);
    }

    /// Worked out apart from this code, from the published formulas; another value means that every published result
    /// would change.
    const FROZEN: u64 = 9_709_505_042_668_946_476;

    #[test]
    fn neighbouring_keys_give_uncorrelated_numbers() {
        let draw = |place: u32, block: u64| -> f64 {
            let key = AgentKey::new(RunSeed(1), "traders", place);
            generator(key, Stream::Decide, Block(block)).random::<f64>() - 0.5
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
