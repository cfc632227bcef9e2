//! Who watches a sweep.

use dtao_experiment::run::{AllRefused, Progress};

/// Whoever watches a sweep, and may stop it.
pub trait Watch: Sync {
    /// So many runs are due in all; some were made before, and some of those failed. With `until` it is told
    /// again when more become due.
    fn begins(&self, due: u64, made: u64, failed: u64);

    /// A run was made.
    fn made(&self, failed: bool);

    /// Groups of a run all of whose calls were refused.
    fn all_refused(&self, groups: &[AllRefused]) {
        let _ = groups;
    }

    /// From here on files are written: until now nothing was changed.
    fn writes(&self) {}

    /// Something to know that is no error.
    fn note(&self, text: &str);

    /// Whether to go on.
    fn progress(&self) -> Progress;
}
