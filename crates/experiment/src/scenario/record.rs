//! What is recorded.

use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Blocks between rows. The run's last block has a row, too.
    pub every: u64,
    /// The first block with a row, from which the others are counted; without it rows stand at the blocks whose number
    /// `every` divides.
    #[serde(default)]
    pub from: Option<Block>,
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
