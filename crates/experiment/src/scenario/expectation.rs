//! What metrics are held against.

use serde::{Deserialize, Serialize};

use dtao_statistics::Target;

/// What a metric is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The metric's name.
    pub metric: String,
    /// The value that is known or measured outside.
    pub target: f64,
    /// The smallest and the largest median over the seeds that meets it; bounds included.
    pub within: (f64, f64),
    /// What meeting it proves.
    pub kind: Kind,
    /// Where the target comes from.
    pub source: String,
}

impl Expectation {
    /// What is known of the metric.
    #[must_use]
    pub fn known(&self) -> Target {
        Target { recorded: self.target, within: self.within }
    }
}

/// What meeting an expectation proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The model could have got it wrong: it was not fitted to it and is not given it.
    Validation,
    /// Free parameters were fitted to this or to something close to it.
    Calibrated,
    /// The same fact as another line, seen differently: counted once.
    Restated,
    /// The scenario puts it in: that it comes out again shows only that the program works.
    Imposed,
}
