//! How much of everything a scenario may ask for: what is more is refused before memory is asked for.
//!
//! The guide lists them for users: `docs/guide/limits.md`.

/// Prices in a table, rows times columns; the same limit holds for files that are put together.
pub const PRICES: usize = 32_000_000;
/// Trades of a table that are repeated.
pub const FLOWS: usize = 10_000_000;
/// Blocks of a run, and the last to begin with.
pub const BLOCKS: u64 = dtao_protocol::units::MAX_BLOCKS;
/// Accounts of a run: a limit on memory, of about 200 bytes each.
pub const ACCOUNTS: u64 = 1_000_000;
/// Metrics of a scenario, and lines of what it expects.
pub const METRICS: usize = 10_000;
/// Groups of agents.
pub const GROUPS: usize = 100_000;
/// Entries of a list of `--set`, of a sweep's or a variant's `set`, and of an arm.
pub const ASSIGNMENTS: usize = 10_000;
