//! Random numbers for resampling and designs. Runs have streams of their own, which their engine makes.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// What random numbers are drawn for. A new purpose gets a number of its own; none is ever used again.
#[derive(Clone, Copy)]
#[repr(u64)]
pub enum Purpose {
    /// Bootstrap resamples.
    Resample = 1001,
    /// Latin hypercubes.
    LatinHypercube = 1002,
    /// The scrambling of Sobol sequences.
    Sobol = 1003,
    /// Morris trajectories.
    Morris = 1004,
}

/// The generator for one purpose and key.
#[must_use]
pub fn generator(purpose: Purpose, seed: u64, part: u64) -> Xoshiro256PlusPlus {
    keyed(seed, &[purpose as u64, part])
}

/// The generator for a key: its numbers are hashed with the finaliser of `SplitMix64` and seed xoshiro256++, whose values are
/// fixed by its authors.
///
/// Sources: Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195 (`SplitMix64`); Blackman, Vigna 2021, doi:10.1145/3460772
/// (xoshiro256++).
#[must_use]
pub fn keyed(seed: u64, parts: &[u64]) -> Xoshiro256PlusPlus {
    let key = parts.iter().fold(mix(seed), |key, &part| mix(key ^ part.wrapping_mul(STEP)));
    Xoshiro256PlusPlus::seed_from_u64(key)
}

/// What the state of `SplitMix64` moves by: 2^64 over the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The number that `SplitMix64` gives in a state.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A whole number below `n`: own arithmetic, so that no version of a library changes a result. Its bias is
/// below `n / 2^64`.
pub fn below(random: &mut Xoshiro256PlusPlus, n: usize) -> usize {
    ((u128::from(random.next_u64()) * n as u128) >> 64) as usize
}

/// The numbers below `n` in random order (Fisher, Yates; Durstenfeld 1964).
#[must_use]
pub fn permutation(random: &mut Xoshiro256PlusPlus, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, below(random, i + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_generators() {
        // The first three numbers of SplitMix64 from state 0.
        let numbers = [0, STEP, STEP.wrapping_mul(2)].map(mix);
        assert_eq!(numbers, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]);
    }

    #[test]
    fn every_part_of_the_key_changes_the_numbers() {
        let first = |seed, parts: &[u64]| keyed(seed, parts).next_u64();
        assert_eq!(first(1, &[2, 3]), first(1, &[2, 3]));
        assert_ne!(first(1, &[2, 3]), first(2, &[2, 3]));
        assert_ne!(first(1, &[2, 3]), first(1, &[3, 2]));
        assert_ne!(first(1, &[2]), first(1, &[2, 0]));
    }

    #[test]
    fn a_permutation_has_every_number_once() {
        let mut order = permutation(&mut generator(Purpose::Morris, 1, 2), 50);
        assert_ne!(order, (0..50).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..50).collect::<Vec<_>>());
    }
}
