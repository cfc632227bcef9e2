//! How many runs a result is of, and what of them there is not.

use std::fmt;

use crate::text::count;

/// What the last line of a result sums up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs that were made, those that failed included.
    pub runs: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Answers without a value: what they are about was not reached, or was not measured.
    pub missing: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { runs, failed, missing } = *self;
        write!(f, "{}, {failed} failed, {missing} missing", count(runs, "run"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_one_line() {
        let counts = Counts { runs: 16_800, failed: 2, missing: 31 };
        assert_eq!(counts.to_string(), "16,800 runs, 2 failed, 31 missing");
        assert_eq!(Counts { runs: 1, ..Counts::default() }.to_string(), "1 run, 0 failed, 0 missing");
    }
}
