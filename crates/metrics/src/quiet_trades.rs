//! What was traded in intervals in which, by the recorded prices, nobody traded.

use std::collections::BTreeMap;

use dtao_engine::market::PriceFiles;
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::Parameters;
use crate::net_flow::flow;
use crate::quiet::quiet_intervals;
use crate::statistic::Statistic;

/// A statistic of the TAO traded in intervals in which, by the recorded prices, nobody traded.
///
/// A replay meets the recorded price at each sample. Where nobody traded, emission alone should have led
/// there, so the size of the replay's trade is the error of the emission. An interval's trades are those
/// after its first sample up to its last; the size is that of their sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietTrades {
    /// Files with the recorded prices.
    pub prices: PriceFiles,
    /// The subnets that are looked at; all if empty.
    pub netuids: Vec<Netuid>,
    /// Which statistic of the sizes, in TAO.
    pub over_intervals: Statistic,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

impl Parameters for QuietTrades {
    const ABOUT: &'static str = "TAO traded in intervals in which, by recorded prices, nobody traded";

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn price_files(&mut self) -> Option<&mut PriceFiles> {
        Some(&mut self.prices)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        self.netuids
            .iter()
            .enumerate()
            .map(|(index, &netuid)| (format!("netuids[{index}]"), netuid))
            .collect()
    }

    fn observer(self, name: String) -> Box<dyn Observer> {
        let table = &self.prices.table;
        let netuids = if self.netuids.is_empty() { table.netuids() } else { &self.netuids };
        let intervals: BTreeMap<Netuid, Vec<(Block, Block, f64)>> = netuids
            .iter()
            .map(|&netuid| {
                let quiet = quiet_intervals(table, netuid, self.from, self.to);
                (netuid, quiet.iter().map(|interval| (interval.from, interval.to, 0.0)).collect())
            })
            .collect();
        Box::new(Seen { metric: self, name, intervals, reached: false })
    }
}

struct Seen {
    metric: QuietTrades,
    name: String,
    /// Quiet intervals with the TAO traded in them so far.
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
