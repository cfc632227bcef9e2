//! A quantity of one subnet at the end of one block.

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::Parameters;
use crate::kind::MetricKind;
use crate::quantity::Quantity;

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
        Box::new(Seen { metric: self, name, value: None })
    }
}

struct Seen {
    metric: SubnetValue,
    name: String,
    value: Option<f64>,
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        (from <= self.metric.at).then_some(self.metric.at)
    }

    fn observe(&mut self, view: &View) {
        self.value = view.subnet(self.metric.netuid).and_then(|subnet| self.metric.of.of(subnet, view));
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.value }])
    }
}
