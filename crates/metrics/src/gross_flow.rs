//! TAO that a subnet's buyers paid, or its sellers received, over a time.

use std::num::NonZeroU64;

use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::net_flow::flow;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "TAO that a subnet's buyers paid, or its sellers received, over a time";

/// TAO that buyers paid into a subnet's pool, or sellers took out, over a time; above zero either way.
///
/// Counts the calls of all accounts as [`crate::net_flow`] does, so `Buys` less `Sells` is that net flow: a
/// registration's burn buys alpha and is a buy; stake moved away is a sale, stake moved in a buy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrossFlow {
    /// Which subnet.
    pub netuid: Netuid,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Whether purchases, sales or both are counted.
    pub side: Side,
    /// What counts as one trade.
    pub counted: Counted,
}

/// A side of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// TAO into the pool.
    Buys,
    /// TAO out of the pool.
    Sells,
}

/// What counts as one trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counted {
    /// Each call.
    EachCall,
    /// The sum of all calls of `every` blocks, the first of them `from`: recorded prices show no more than
    /// that, so this is what can be held against them.
    NetOver(NonZeroU64),
}

impl Parameters for GrossFlow {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for GrossFlow {
    fn kind(&self) -> MetricKind {
        MetricKind::Amount
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn fault(&self) -> Option<String> {
        let Counted::NetOver(blocks) = self.counted else { return None };
        let window = self.to.since(self.from).saturating_add(1);
        (blocks.get() > window)
            .then(|| format!("the window has {window} blocks, but a trade is counted over {blocks}"))
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self.clone(), name, done: 0.0, interval: 0, net: 0.0, reached: false })
    }
}

struct Seen {
    metric: GrossFlow,
    name: String,
    /// Of the trades that are complete.
    done: f64,
    /// Which interval is being netted, and its flow.
    interval: u64,
    net: f64,
    reached: bool,
}

impl Seen {
    fn count(&mut self, trade: f64) {
        self.done += match self.metric.side {
            Side::Buys => trade.max(0.0),
            Side::Sells => (-trade).max(0.0),
        };
    }

    fn close(&mut self) {
        let net = std::mem::take(&mut self.net);
        self.count(net);
    }
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        (from <= self.metric.to).then_some(self.metric.to)
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn observe(&mut self, view: &View) {
        let GrossFlow { netuid, from, to, .. } = self.metric;
        if view.block() < from || view.block() > to {
            return;
        }
        self.reached |= view.block() == to;
        for receipt in view.receipts() {
            match self.metric.counted {
                Counted::EachCall => self.count(flow(netuid, receipt)),
                Counted::NetOver(blocks) => {
                    let interval = view.block().since(from) / blocks.get();
                    if interval != self.interval {
                        self.close();
                        self.interval = interval;
                    }
                    self.net += flow(netuid, receipt);
                }
            }
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        self.close();
        Ok(vec![Reading { name: self.name.clone(), value: self.reached.then_some(self.done) }])
    }
}
