//! When a search ends.
#![expect(
    clippy::disallowed_types,
    reason = "a search may end by the clock; the report says after how many runs it did"
)]

use std::time::{Duration, Instant};

/// When a search ends: after a batch, or between two rounds of tuning.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// When so many runs were made.
    Evaluations(u64),
    /// When so much time has passed.
    Time(Instant, Duration),
}

impl Until {
    /// After so many minutes from now on.
    pub fn after(minutes: f64) -> Self {
        Self::Time(Instant::now(), Duration::from_secs_f64(60.0 * minutes))
    }

    /// Whether it is reached after so many runs.
    pub fn reached(self, evaluations: u64) -> bool {
        match self {
            Self::Evaluations(most) => evaluations >= most,
            Self::Time(begun, most) => begun.elapsed() >= most,
        }
    }
}
