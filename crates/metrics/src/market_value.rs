//! A statistic of a quantity over all subnets at the end of one block.

use dtao_engine::observe::Observer;
use dtao_protocol::units::Block;
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::statistic::Statistic;
use crate::{Metric, Parameters, once};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "a statistic of a quantity over all subnets at the end of a block";

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

impl Parameters for MarketValue {}

impl Metric for MarketValue {
    fn kind(&self) -> MetricKind {
        self.over_subnets.kind(self.of.kind())
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let metric = self.clone();
        once::at_end(self.at, name, move |view| {
            let values: Vec<f64> = view.subnets().filter_map(|subnet| metric.of.of(subnet, view)).collect();
            metric.over_subnets.of(&values)
        })
    }
}
