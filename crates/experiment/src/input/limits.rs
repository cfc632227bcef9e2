//! How much of everything is taken: what is more is refused before it is read or memory is asked for.
//!
//! The guide lists them for users: `docs/guide/limits.md`.

/// Bytes of a scenario's, a sweep's or a vector file.
pub const TEXT_BYTES: u64 = 64 << 20;
/// Values in such a file, fields and elements of lists alike.
pub const VALUES: usize = 2_000_000;
/// Brackets within brackets; as many as ron and `serde_json` allow.
pub const NESTING: usize = 128;
/// Bytes of a table, compressed or not.
pub const TABLE_BYTES: u64 = 256 << 20;
/// Bytes of one line of a table.
pub const LINE_BYTES: usize = 1 << 20;
/// Prices in a table, rows times columns; the same limit holds for files that are put together.
pub const PRICES: usize = 32_000_000;
/// Trades of a table that are repeated.
pub const FLOWS: usize = 10_000_000;
/// Bytes of a name.
pub const NAME: usize = 200;
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
/// Points of a design.
pub const POINTS: usize = 1_000_000;
/// Factors of a design.
pub const FACTORS: usize = 1_000;
/// Arms of a sweep.
pub const ARMS: usize = 10_000;
/// Runs of a sweep: points times arms times seeds.
pub const RUNS: u64 = 1_000_000_000;
/// Runs at once.
pub const JOBS: usize = 1_024;
