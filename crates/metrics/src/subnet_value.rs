//! A quantity of one subnet at the end of one block.

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::{Parameters, once};

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
    const ABOUT: &'static str = "a quantity of one subnet at the end of a block";

    fn kind(&self) -> MetricKind {
        self.of.kind()
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn observer(self, name: String) -> Box<dyn Observer> {
        once::at_end(self.at, name, move |view| {
            view.subnet(self.netuid).and_then(|subnet| self.of.of(subnet, view))
        })
    }
}
