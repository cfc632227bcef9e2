//! Which program makes results, for their manifests: two builds that differ are two programs.

/// The commit that the program was built from, in hexadecimal; `unknown` outside a repository.
pub const COMMIT: &str = env!("DTAO_COMMIT");

/// Whether the program's sources are as the commit has them: `clean`, `dirty` or `unknown`.
pub const COMMIT_STATE: &str = env!("DTAO_COMMIT_STATE");

/// SHA-256 of the program's sources, in hexadecimal.
pub const SOURCES: &str = env!("DTAO_SOURCES");

/// The version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
