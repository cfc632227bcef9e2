//! Scenarios: everything that determines a run but its seed.

mod calibration;
pub(crate) mod check;
mod detail;
mod expectation;
mod group;
pub mod inheritance;
mod loaded;
mod origin;
mod protocol;
mod record;
mod start;
pub(crate) mod supply;
mod values;
mod variant;
mod written_rules;

use std::collections::BTreeMap;

use dtao_engine::pipeline::CallOrder;
use dtao_metrics::MetricSpec;
use dtao_protocol::units::{Block, Netuid};
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::{Deserialize, Serialize};

pub use self::calibration::Calibration;
pub use self::detail::{Aggregate, Detail, NewSubnets, Yuma};
pub use self::expectation::{Expectation, Kind};
pub use self::group::{Group, Key};
pub use self::loaded::{LaunchSubnets, Loaded};
pub use self::origin::{How, Origin};
pub use self::protocol::{EraChange, Protocol, RootVoting};
pub use self::record::{Record, RecordedAgents, RecordedCalls, RecordedSubnets};
pub use self::start::{Borrowed, BorrowedField, BorrowedSubnets, FlowAverages, LastRegistration, Start};
pub use self::values::{SubnetValue, Values};
pub use self::variant::{Base, Resolved, Variant};
pub use crate::as_spec::AsSpec;

/// A scenario, as a file describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One or two sentences on what it stands for, with the source.
    pub about: String,
    /// The chain's rules at the start.
    pub protocol: Protocol,
    /// Changes of the rules during the run, by block.
    #[serde(default)]
    pub eras: Vec<EraChange>,
    /// The state before the first block.
    pub start: Start,
    /// Blocks to be made; at least one.
    pub blocks: u64,
    /// What subnets are worth, where the emission is shared by measured values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Values>,
    /// How blocks order their calls.
    #[serde(default)]
    pub order: CallOrder,
    /// Subnets of the start that are simulated in detail; the others are in aggregate.
    #[serde(default)]
    pub detail: Vec<Detail>,
    /// What of subnets of the start in aggregate is not the usual, or not what a table of pools says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aggregate: Vec<Aggregate>,
    /// How subnets that are registered during the run are simulated.
    #[serde(default)]
    pub new_subnets: NewSubnets,
    /// Groups of agents.
    pub agents: Vec<Group>,
    /// Kinds of subnets, by name: `dtao compare` reports the emission of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, Vec<Netuid>>,
    /// What is recorded.
    pub record: Record,
    /// How the moving prices of the start are found (`dtao calibrate`).
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Numbers that a run reports, by name.
    #[serde(default)]
    pub metrics: BTreeMap<String, MetricSpec>,
    /// What the metrics are held against.
    #[serde(default)]
    pub expect: Vec<Expectation>,
}

impl Scenario {
    /// The last block to be made.
    #[must_use]
    pub fn last_block(&self) -> Block {
        self.start.first_block() + self.blocks.saturating_sub(1)
    }

    /// The scenario as a text that reads back as the same.
    ///
    /// # Panics
    /// Never: what was read can be written.
    #[must_use]
    pub fn text(&self) -> String {
        let pretty = PrettyConfig::new().extensions(Extensions::UNWRAP_VARIANT_NEWTYPES).new_line("\n");
        ron::ser::to_string_pretty(self, pretty).expect("a scenario that was read can be written")
    }

    /// The metrics that look beyond the last block.
    #[must_use]
    pub fn unreached(&self) -> Vec<&str> {
        let last = self.last_block();
        let beyond = self.metrics.iter().filter(|(_, metric)| metric.window().1 > last);
        beyond.map(|(name, _)| name.as_str()).collect()
    }
}
