//! A statistic of a quantity over all subnets at the end of one block.

use dtao_engine::observe::Observer;
use dtao_protocol::units::Block;
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::statistic::Statistic;
use crate::{Parameters, once};

/// A statistic of a quantity over all subnets at the end of one block, except those of which it is not defined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketValue {
    /// Which quantity.
    pub of: Quantity,
    /// Which statistic.
    pub over_subnets: Statistic,
    /// At the end of which block.
    pub at: Block,
}

impl Parameters for MarketValue {
    const ABOUT: &'static str = "a statistic of a quantity over all subnets at the end of a block";

    fn kind(&self) -> MetricKind {
        self.over_subnets.kind(self.of.kind())
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn observer(self, name: String) -> Box<dyn Observer> {
        once::at_end(self.at, name, move |view| {
            let values: Vec<f64> = view.subnets().filter_map(|subnet| self.of.of(subnet, view)).collect();
            self.over_subnets.of(&values)
        })
    }
}
