//! What subnets are worth, where the emission is shared by measured values.

use dtao_engine::measurement;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

/// What subnets are worth, in any unit: only the proportions count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// Of every subnet without a line of its own; 0 to 1e12.
    pub others: f64,
    /// Of single subnets.
    #[serde(default)]
    pub subnets: Vec<SubnetValue>,
}

/// What one subnet is worth, step by step; before the first step what the others are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubnetValue {
    /// The subnet.
    pub netuid: Netuid,
    /// The steps, in the order of blocks; at least one.
    pub steps: Vec<Step>,
}

/// A value that holds from a block on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The block.
    pub from: Block,
    /// The value; 0 to 1e12.
    pub value: f64,
}

impl Values {
    /// As the engine takes them.
    pub(crate) fn for_engine(&self) -> measurement::Values {
        let path = |subnet: &SubnetValue| {
            (subnet.netuid, subnet.steps.iter().map(|step| (step.from, step.value)).collect())
        };
        measurement::Values { others: self.others, subnets: self.subnets.iter().map(path).collect() }
    }
}
