//! TAO a day of the whole network.

use dtao_catalogue::listed;
use dtao_engine::call::{Outcome, Receipt};
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{self, Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::net_flow::flow;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "TAO a day of the whole network: emission, chain buys, root's income, calls, pools";

/// Blocks of a day.
const DAY: f64 = units::DAY as f64;

/// TAO that flows through all pools together, a day of 7,200 blocks.
///
/// ```text
/// pools = emission + chain buys + calls - root income       where root's part is sold in its block
/// ```
/// except for the fees that never enter a pool, and what the registration of a subnet puts into its new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DailyFlow {
    /// Which flow.
    pub of: FlowOf,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

/// A flow of TAO.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FlowOf {
    /// By how much the TAO in all pools grows, that which waits to enter them included.
    Pools,
    /// What coinbases put into pools.
    Emission,
    /// What coinbases spend on subnets' alpha.
    ChainBuys,
    /// What is set apart for stakers on root: the TAO that their part of the alpha is sold for, or its worth at the price of the
    /// block where they may claim it.
    RootIncome,
    /// What accounts' calls pay into pools less what they take out, fees included.
    Calls,
    /// What these groups are paid for their alpha.
    SalesOf(Vec<String>),
}

impl Parameters for DailyFlow {
    fn groups(&self) -> Vec<(String, String)> {
        let FlowOf::SalesOf(groups) = &self.of else { return Vec::new() };
        listed("of.SalesOf", groups)
    }
}

impl Metric for DailyFlow {
    fn kind(&self) -> MetricKind {
        MetricKind::Amount
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self.clone(), name, sum: 0.0, reached: false })
    }
}

/// TAO into all pools by one call's outcome; negative if it came out.
fn of_call(receipt: &Receipt) -> f64 {
    let sold = receipt.sales.iter().map(|sale| sale.netuid);
    let mut netuids: Vec<Netuid> = receipt.call.netuids().chain(sold).collect();
    netuids.sort_unstable();
    netuids.dedup();
    let pools = netuids.into_iter().filter(|&netuid| netuid != Netuid::ROOT);
    pools.map(|netuid| flow(netuid, receipt)).sum()
}

/// TAO in all pools.
fn in_pools(view: &View) -> f64 {
    view.subnets().map(|subnet| (subnet.pool.tao + subnet.waiting().tao).to_f64()).sum()
}

struct Seen {
    metric: DailyFlow,
    name: String,
    sum: f64,
    reached: bool,
}

impl Seen {
    /// What a block adds.
    fn of_block(&self, view: &View) -> f64 {
        match &self.metric.of {
            FlowOf::Pools => 0.0,
            FlowOf::Emission => view.subnets().map(|subnet| subnet.emitted.tao_in.to_f64()).sum(),
            FlowOf::ChainBuys => view.subnets().map(|subnet| subnet.chain_buy.tao.to_f64()).sum(),
            FlowOf::RootIncome => view.root_income(),
            FlowOf::Calls => view.receipts().iter().map(of_call).sum(),
            FlowOf::SalesOf(groups) => {
                let seller = |receipt: &&Receipt| {
                    let group = view.account(receipt.agent).group;
                    groups.contains(&view.groups()[usize::from(group.0)])
                };
                let paid = |receipt: &Receipt| match receipt.outcome {
                    Outcome::Sold { tao, .. } | Outcome::SoldAll { tao } => tao.to_f64(),
                    _ => 0.0,
                };
                view.receipts().iter().filter(seller).map(paid).sum()
            }
        }
    }

    /// Whether only the ends of the window count.
    fn ends_alone(&self) -> bool {
        self.metric.of == FlowOf::Pools
    }

    /// Whether only blocks with calls count, besides the last.
    fn calls_alone(&self) -> bool {
        matches!(self.metric.of, FlowOf::Calls | FlowOf::SalesOf(_))
    }

    fn look(&mut self, view: &View) {
        let DailyFlow { from, to, .. } = self.metric;
        let block = view.block();
        if self.ends_alone() && block + 1 == from {
            self.sum -= in_pools(view);
        }
        if block < from || block > to {
            return;
        }
        self.sum += self.of_block(view);
        if block == to {
            self.reached = true;
            if self.ends_alone() {
                self.sum += in_pools(view);
            }
        }
    }
}

impl Observer for Seen {
    fn next(&self, block: Block) -> Option<Block> {
        let DailyFlow { from, to, .. } = self.metric;
        let next = match () {
            () if self.ends_alone() && block < from => Block(from.0 - 1),
            () if self.ends_alone() || self.calls_alone() => to,
            () => block.max(from),
        };
        (block <= to).then_some(next)
    }

    fn attention(&self) -> Attention {
        if self.calls_alone() { Attention::Events } else { Attention::AskedFor }
    }

    fn start(&mut self, view: &View) {
        if self.ends_alone() {
            self.look(view);
        }
    }

    fn observe(&mut self, view: &View) {
        self.look(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let days = (self.metric.to.since(self.metric.from) + 1) as f64 / DAY;
        let value = self.reached.then_some(self.sum / days);
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
