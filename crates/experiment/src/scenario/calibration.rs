//! How the moving prices of the start are found: see [`crate::calibrate`].

use dtao_protocol::units::Block;
use serde::{Deserialize, Serialize};

/// How the moving prices of the start are found: see [`crate::calibrate`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Recorded prices from this block on ...
    pub from: Block,
    /// ... to the end of that are used.
    pub to: Block,
    /// How often the moving prices are adjusted.
    pub rounds: u32,
    /// Which part of a difference is taken away in a round: above 0, at most 1.
    pub damping: f64,
    /// The largest difference, as a natural logarithm, that a round takes into account: above 0, at most 1,000,000.
    pub clip: f64,
}
