//! TAO that calls put into a subnet's pool, less what they took out, over a time.

use dtao_engine::call::{FundEvent, Outcome};
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "TAO that calls put into a subnet's pool, less what they took out, over a time";

/// TAO that calls put into a subnet's pool, less what they took out, over a time.
///
/// Counts what accounts paid and received, fees included, and what claims that they made were sold for; what the chain itself
/// injects, sells or claims is no call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetFlow {
    /// Which subnet.
    pub netuid: Netuid,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

impl Parameters for NetFlow {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for NetFlow {
    fn kind(&self) -> MetricKind {
        MetricKind::Amount
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self.clone(), name, flow: 0.0, reached: false })
    }
}

/// TAO into a subnet's pool by one call's outcome; negative if it came out.
#[must_use]
pub fn flow(netuid: Netuid, receipt: &dtao_engine::call::Receipt) -> f64 {
    let lost = receipt.lost.tao.to_f64();
    let here = |at: Option<Netuid>| at == Some(netuid);
    let mut netuids = receipt.call.netuids();
    let (first, second) = (netuids.next(), netuids.next());
    match receipt.outcome {
        Outcome::Bought { tao, .. } | Outcome::AddedCollateral { tao, .. } if here(first) => tao.to_f64(),
        Outcome::Sold { tao, .. } if here(first) => -tao.to_f64(),
        Outcome::RegisteredNeuron { cost, .. } if here(first) => cost.to_f64() - lost,
        Outcome::Moved { tao, .. } => {
            let arrives = if here(second) { tao.to_f64() - lost } else { 0.0 };
            let leaves = if here(first) { tao.to_f64() } else { 0.0 };
            arrives - leaves
        }
        Outcome::SoldAll { .. } => {
            let sold = receipt.sales.iter().filter(|sale| sale.netuid == netuid);
            -sold.map(|sale| sale.tao.to_f64()).sum::<f64>()
        }
        Outcome::Claimed { .. } => {
            let claimed = receipt.claims.iter().filter(|claim| claim.netuid == netuid);
            of_funds(netuid, receipt) - claimed.filter_map(|claim| claim.tao).map(Tao::to_f64).sum::<f64>()
        }
        Outcome::Deposited { .. } | Outcome::Traded { .. } => of_funds(netuid, receipt),
        Outcome::Bought { .. }
        | Outcome::AddedCollateral { .. }
        | Outcome::Sold { .. }
        | Outcome::RegisteredNeuron { .. }
        | Outcome::Transferred { .. }
        | Outcome::Faked { .. }
        | Outcome::Registered { .. }
        | Outcome::Queued { .. }
        | Outcome::Done
        | Outcome::Refused(_) => 0.0,
    }
}

/// TAO into a subnet's pool by what a call did to funds.
fn of_funds(netuid: Netuid, receipt: &dtao_engine::call::Receipt) -> f64 {
    let here = |at: Netuid, tao: Tao| if at == netuid { tao.to_f64() } else { 0.0 };
    let of = |event: &FundEvent| match event {
        FundEvent::Sold { netuid, tao, .. } => -here(*netuid, *tao),
        FundEvent::Redeemed { rows, .. } => {
            -rows.iter().map(|row| here(row.netuid, row.paid + row.kept)).sum::<f64>()
        }
        FundEvent::Deposited { rows, .. } => rows.iter().map(|row| here(row.netuid, row.tao)).sum(),
        FundEvent::Traded { from, to, tao, .. } => here(*to, *tao) - here(*from, *tao),
        FundEvent::Begun { .. }
        | FundEvent::Unclaimed { .. }
        | FundEvent::Entered { .. }
        | FundEvent::Recycled { .. }
        | FundEvent::Burned { .. } => 0.0,
    };
    receipt.funds.iter().map(of).sum()
}

struct Seen {
    metric: NetFlow,
    name: String,
    flow: f64,
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
        let NetFlow { netuid, from, to } = self.metric;
        if view.block() >= from && view.block() <= to {
            self.flow += view.receipts().iter().map(|receipt| flow(netuid, receipt)).sum::<f64>();
            self.reached |= view.block() == to;
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.reached.then_some(self.flow) }])
    }
}
