//! What groups of accounts have gained together.

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::Parameters;
use crate::kind::MetricKind;
use crate::members::{named, wealth};

/// What groups of accounts have gained together, in TAO: their wealth at the end of a block, less that before
/// another.
///
/// ```text
/// wealth = free TAO + stake on root + what each pool would pay for all their stake on its subnet
/// ```
/// All groups' stake on a subnet is sold to the pool as it stands, in one sale that pays one fee, so a
/// coalition is worth less than the sum of its members sold one without the others. A pool that would refuse
/// the sale pays nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profit {
    /// Which groups.
    pub groups: Vec<String>,
    /// The subnets on which stake counts; all if empty. Stake on others is worth nothing: TAO that goes there
    /// is lost, TAO that comes from there is gained.
    pub netuids: Vec<Netuid>,
    /// From before this block ...
    pub from: Block,
    /// ... to the end of that.
    pub at: Block,
}

impl Parameters for Profit {
    const ABOUT: &'static str = "TAO that groups have gained together, their stake sold to the pools at once";

    fn kind(&self) -> MetricKind {
        MetricKind::Amount
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.at)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        let named = |(index, &netuid): (usize, &Netuid)| (format!("netuids[{index}]"), netuid);
        self.netuids.iter().enumerate().map(named).collect()
    }

    fn groups(&self) -> Vec<(String, String)> {
        named(&self.groups)
    }

    fn observer(self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self, name, before: None, after: None })
    }
}

struct Seen {
    metric: Profit,
    name: String,
    before: Option<Tao>,
    after: Option<Tao>,
}

impl Seen {
    fn look(&mut self, view: &View) {
        let Profit { groups, netuids, from, at } = &self.metric;
        if view.block() + 1 == *from {
            self.before = Some(wealth(groups, netuids, view));
        }
        if view.block() == *at {
            self.after = Some(wealth(groups, netuids, view));
        }
    }
}

impl Observer for Seen {
    fn next(&self, block: Block) -> Option<Block> {
        let Profit { from, at, .. } = self.metric;
        if block < from { Some(Block(from.0 - 1)) } else { (block <= at).then_some(at) }
    }

    fn start(&mut self, view: &View) {
        self.look(view);
    }

    fn observe(&mut self, view: &View) {
        self.look(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let value = self.before.zip(self.after).map(|(before, after)| after.to_f64() - before.to_f64());
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
