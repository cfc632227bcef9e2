//! Random numbers of the experiment itself: resampling and designs. Runs have streams of their own.

use dtao_engine::random::keyed;
use rand::Rng;
use rand::rngs::Xoshiro256PlusPlus;

/// What random numbers are drawn for. A new purpose gets a number of its own; none is ever used again.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(crate) enum Purpose {
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
pub(crate) fn generator(purpose: Purpose, seed: u64, part: u64) -> Xoshiro256PlusPlus {
    keyed(seed, &[purpose as u64, part])
}

/// A whole number below `n`: own arithmetic, so that no version of a library changes a result. Its bias is
/// below `n / 2^64`.
pub(crate) fn below(random: &mut Xoshiro256PlusPlus, n: usize) -> usize {
    ((u128::from(random.next_u64()) * n as u128) >> 64) as usize
}

/// The numbers below `n` in random order (Fisher, Yates; Durstenfeld 1964).
pub(crate) fn permutation(random: &mut Xoshiro256PlusPlus, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, below(random, i + 1));
    }
    order
}
