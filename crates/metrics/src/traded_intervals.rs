//! In which part of a time's intervals a subnet was traded.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::net_flow::flow;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "the share of intervals in which a subnet was traded for at least so much TAO";

/// The share of intervals in which at least so much TAO was traded on a subnet; 0 to 1.
///
/// An interval's trade is the size of its net flow, as [`crate::net_flow`] counts it: recorded prices show
/// only that, so a buy and a sale of the same size in one interval are no trade. The intervals are of `every`
/// blocks each, the first of them beginning with block `from`; what is left at the end is no interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradedIntervals {
    /// Which subnet.
    pub netuid: Netuid,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Blocks of an interval.
    pub every: NonZeroU64,
    /// The least net flow, in or out, that counts as traded.
    pub at_least: Tao,
}

impl Parameters for TradedIntervals {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for TradedIntervals {
    fn kind(&self) -> MetricKind {
        MetricKind::Share
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn fault(&self) -> Option<String> {
        let blocks = self.to.since(self.from).saturating_add(1);
        (self.every.get() > blocks)
            .then(|| format!("the window has {blocks} blocks, but an interval {}", self.every))
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self.clone(), name, flows: BTreeMap::new(), reached: false })
    }
}

struct Seen {
    metric: TradedIntervals,
    name: String,
    /// Net flow of the intervals in which there were calls.
    flows: BTreeMap<u64, f64>,
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
        let TradedIntervals { netuid, from, to, every, .. } = self.metric;
        if view.block() < from || view.block() > to {
            return;
        }
        self.reached |= view.block() == to;
        let net: f64 = view.receipts().iter().map(|receipt| flow(netuid, receipt)).sum();
        if net != 0.0 {
            *self.flows.entry(view.block().since(from) / every.get()).or_insert(0.0) += net;
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let TradedIntervals { from, to, every, at_least, .. } = self.metric;
        let intervals = (to.since(from) + 1) / every.get();
        let at_least = at_least.to_f64();
        let called = self.flows.range(..intervals);
        // Where nobody called, nothing was traded, which is as much as 0 TAO.
        let idle = if at_least > 0.0 { 0 } else { intervals - called.clone().count() as u64 };
        let traded = called.filter(|(_, flow)| flow.abs() >= at_least).count() as u64 + idle;
        let value = (self.reached && intervals > 0).then(|| traded as f64 / intervals as f64);
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
