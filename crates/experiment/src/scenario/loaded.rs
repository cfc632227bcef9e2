//! A scenario that has been read, with every file that it names.

use std::collections::BTreeMap;
use std::sync::Arc;

use dtao_engine::checkpoint::Checkpoint;
use dtao_metrics::series::Series;
use dtao_protocol::units::{Block, Netuid};

use super::{AsSpec, Origin, Scenario};
use crate::recorded::launch::LaunchSubnet;
use dtao_files::input::Source;

/// A scenario that has been read and checked, with the data that it names.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its name: the file's, without folder and ending.
    pub name: String,
    /// The scenario, with its price files read.
    pub scenario: Scenario,
    /// The file's text after assignments.
    pub source: Source,
    /// The values that replaced the file's, as `PATH=VALUE`.
    pub assignments: Vec<String>,
    /// The subnets of a genesis.
    pub subnets: Vec<LaunchSubnet>,
    /// The state that a replayed start, or one from a table of pools, begins with.
    pub checkpoint: Option<Arc<Checkpoint>>,
    /// Where the parts of a state from a table of pools come from; empty for other starts.
    pub origins: Vec<Origin>,
    /// SHA-256 of each file of data that was read, by its name in the scenario.
    pub files: BTreeMap<String, String>,
    /// How many blocks the scenario is written for; a run that is cut short makes fewer.
    pub planned: u64,
    /// The runtime that stands in for those whose rules are not known, if there are any.
    pub as_spec: Option<AsSpec>,
    /// Quantities whose values over time are asked for besides the metrics; a scenario's file names none.
    pub series: Vec<Series>,
}

/// Whether a missing file of launch subnets is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchSubnets {
    /// It is.
    Needed,
    /// It is about to be made.
    ToBeMade,
}

impl Loaded {
    /// The first block to be made.
    #[must_use]
    pub fn first_block(&self) -> Block {
        self.scenario.start.first_block()
    }

    /// The last block to be made.
    #[must_use]
    pub fn last_block(&self) -> Block {
        self.scenario.last_block()
    }

    /// Whether a run may have such a subnet: one that is there at the start, or that somebody registers.
    #[must_use]
    pub fn may_have(&self, netuid: Netuid) -> bool {
        let state = self.checkpoint.iter().flat_map(|state| &state.subnets).map(|subnet| subnet.netuid);
        let mut there = self.subnets.iter().map(|subnet| subnet.netuid).chain(state);
        let registered = || self.scenario.agents.iter().any(|group| group.strategy.registrations() > 0);
        there.any(|other| other == netuid) || (netuid != Netuid::ROOT && registered())
    }

    /// The metrics that look beyond the last block, since the run was cut short.
    #[must_use]
    pub fn unreached(&self) -> Vec<&str> {
        self.scenario.unreached()
    }
}
