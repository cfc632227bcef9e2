//! A statistic of a quantity over all subnets at the end of one block.

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::Block;
use serde::{Deserialize, Serialize};

use crate::Parameters;
use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::statistic::Statistic;

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
        Box::new(Seen { metric: self, name, value: None })
    }
}

struct Seen {
    metric: MarketValue,
    name: String,
    value: Option<f64>,
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        (from <= self.metric.at).then_some(self.metric.at)
    }

    fn observe(&mut self, view: &View) {
        let values: Vec<f64> = view.subnets().filter_map(|subnet| self.metric.of.of(subnet, view)).collect();
        self.value = self.metric.over_subnets.of(&values);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.value }])
    }
}
