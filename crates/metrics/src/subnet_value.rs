//! A quantity of one subnet at the end of one block.

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::{Metric, Parameters, once};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "a quantity of one subnet at the end of a block";

/// A quantity of one subnet at the end of one block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubnetValue {
    /// Which subnet.
    pub netuid: Netuid,
    /// Which quantity.
    pub of: Quantity,
    /// At the end of which block.
    pub at: Block,
}

impl Parameters for SubnetValue {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for SubnetValue {
    fn kind(&self) -> MetricKind {
        self.of.kind()
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let metric = self.clone();
        once::at_end(self.at, name, move |view| {
            view.subnet(metric.netuid).and_then(|subnet| metric.of.of(subnet, view))
        })
    }
}
