//! How near to recorded prices a run stays.

use dtao_engine::market::PriceFiles;
use dtao_engine::math::ln;
use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::Block;
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::statistic::Statistic;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "how far spot prices are from recorded ones, over samples and subnets";

/// A statistic over samples and subnets of |ln(spot price / recorded price)|.
///
/// A replay imposes the recorded prices, so for one this only shows that it could trade what it had to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceError {
    /// Files with the recorded prices.
    pub prices: PriceFiles,
    /// Which statistic.
    pub over_samples: Statistic,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

impl Parameters for PriceError {
    fn price_files(&mut self) -> Option<&mut PriceFiles> {
        Some(&mut self.prices)
    }
}

impl Metric for PriceError {
    fn kind(&self) -> MetricKind {
        self.over_samples.kind(MetricKind::Ratio)
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self.clone(), name, errors: Vec::new() })
    }
}

struct Seen {
    metric: PriceError,
    name: String,
    errors: Vec<f64>,
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        let blocks = self.metric.prices.table.blocks();
        let next = blocks[blocks.partition_point(|&block| block < from.max(self.metric.from))..].first();
        next.copied().filter(|&block| block <= self.metric.to)
    }

    fn observe(&mut self, view: &View) {
        let table = &self.metric.prices.table;
        let Ok(row) = table.blocks().binary_search(&view.block()) else { return };
        for (netuid, recorded) in table.row(row) {
            if let (Some(recorded), Some(price)) = (recorded, view.price(netuid)) {
                self.errors.push(ln(price / recorded).abs());
            }
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        let reached = view.block() >= self.metric.to;
        let value = if reached { self.metric.over_samples.of(&self.errors) } else { None };
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
