//! How much of everything a sweep may ask for: what is more is refused before memory is asked for.
//!
//! The guide lists them for users: `docs/guide/limits.md`.

/// Points of a design.
pub const POINTS: usize = 1_000_000;
/// Factors of a design.
pub const FACTORS: usize = 1_000;
/// Arms of a sweep.
pub const ARMS: usize = 10_000;
/// Runs of a sweep: points times arms times seeds.
pub const RUNS: u64 = 1_000_000_000;
/// Samples of all series of a run.
pub const SAMPLES: u64 = 100_000;
/// Samples of all runs of a point in one arm, which are in memory together: 160 MB.
pub const SAMPLES_OF_A_CELL: u64 = 20_000_000;
/// Runs at once.
pub const JOBS: usize = 1_024;
