//! What was traded between recorded prices: in all intervals, or where by the prices nobody traded.

use std::collections::BTreeMap;

use dtao_catalogue::listed;
use dtao_engine::market::PriceFiles;
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::net_flow::flow;
use crate::quiet::quiet_intervals;
use crate::statistic::Statistic;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "TAO traded between recorded prices: in all intervals, or where by the prices nobody traded";

/// Which intervals between recorded prices are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intervals {
    /// All.
    All,
    /// Those in which, by the prices alone, nobody traded: see [`crate::quiet`].
    Quiet,
}

/// A statistic of the TAO traded between recorded prices.
///
/// A replay meets the recorded price at each sample. Where nobody traded, emission alone should have led
/// there, so the size of the replay's trade is the error of the emission. An interval's trades are those
/// after its first sample up to its last; the size is that of their sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalTrades {
    /// Files with the recorded prices.
    pub prices: PriceFiles,
    /// The subnets that are looked at; all if empty.
    pub netuids: Vec<Netuid>,
    /// Which intervals.
    pub intervals: Intervals,
    /// Which statistic of the sizes, in TAO.
    pub over_intervals: Statistic,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

impl Parameters for IntervalTrades {
    fn price_files(&mut self) -> Option<&mut PriceFiles> {
        Some(&mut self.prices)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        listed("netuids", &self.netuids)
    }
}

impl Metric for IntervalTrades {
    fn kind(&self) -> MetricKind {
        self.over_intervals.kind(MetricKind::Amount)
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let table = &self.prices.table;
        let netuids = if self.netuids.is_empty() { table.netuids() } else { &self.netuids };
        let intervals: BTreeMap<Netuid, Vec<(Block, Block, f64)>> = netuids
            .iter()
            .map(|&netuid| {
                let intervals: Vec<_> = match self.intervals {
                    Intervals::Quiet => quiet_intervals(table, netuid, self.from, self.to)
                        .iter()
                        .map(|interval| (interval.from, interval.to, 0.0))
                        .collect(),
                    Intervals::All => {
                        let within = |&block: &Block| block >= self.from && block <= self.to;
                        let samples: Vec<_> =
                            table.series(netuid).map(|(block, _)| block).filter(within).collect();
                        samples.windows(2).map(|pair| (pair[0], pair[1], 0.0)).collect()
                    }
                };
                (netuid, intervals)
            })
            .collect();
        Box::new(Seen { metric: self.clone(), name, intervals, reached: false })
    }
}

struct Seen {
    metric: IntervalTrades,
    name: String,
    /// The intervals with the TAO traded in them so far.
    intervals: BTreeMap<Netuid, Vec<(Block, Block, f64)>>,
    reached: bool,
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        (from <= self.metric.to).then_some(self.metric.to)
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn observe(&mut self, view: &View) {
        let block = view.block();
        self.reached |= block == self.metric.to;
        if block < self.metric.from || block > self.metric.to {
            return;
        }
        for receipt in view.receipts() {
            for netuid in receipt.call.netuids() {
                let Some(intervals) = self.intervals.get_mut(&netuid) else { continue };
                let at = intervals.partition_point(|&(_, to, _)| to < block);
                if let Some((from, _, traded)) = intervals.get_mut(at)
                    && *from < block
                {
                    *traded += flow(netuid, receipt);
                }
            }
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let sizes: Vec<f64> = self.intervals.values().flatten().map(|(.., traded)| traded.abs()).collect();
        let value = if self.reached { self.metric.over_intervals.of(&sizes) } else { None };
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
