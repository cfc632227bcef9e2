//! How much of a file is read: what is more is refused before it is read.
//!
//! The guide lists them for users, with those of scenarios and sweeps: `docs/guide/limits.md`.

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
/// Bytes of a name.
pub const NAME: usize = 200;
