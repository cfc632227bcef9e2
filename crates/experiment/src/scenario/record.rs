//! What is recorded.

use dtao_protocol::units::Netuid;
use serde::{Deserialize, Serialize};

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Blocks between rows; a row stands at the end of every block whose number it divides.
    pub every: u64,
    /// Which subnets.
    pub subnets: RecordedSubnets,
    /// Whether groups of agents are recorded.
    pub agents: RecordedAgents,
    /// Whether calls and epochs are recorded.
    pub calls: RecordedCalls,
}

/// Which calls are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordedCalls {
    /// All, and all epochs.
    All,
    /// None; the summary still counts them.
    Nothing,
}

/// Which subnets are recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RecordedSubnets {
    /// All.
    All,
    /// These.
    Only(Vec<Netuid>),
}

/// What is recorded of agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordedAgents {
    /// One row per group.
    Groups,
    /// Nothing.
    Nothing,
}
