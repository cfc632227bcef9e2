//! What groups of accounts have gained together.

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::Metric;
use crate::kind::MetricKind;
use crate::members::{of_groups, wealth_changed};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "TAO that groups have gained together, their stake sold to the pools at once";

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

of_groups!(Profit, netuids);

impl Metric for Profit {
    fn kind(&self) -> MetricKind {
        MetricKind::Amount
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let (groups, netuids) = (self.groups.clone(), self.netuids.clone());
        wealth_changed((groups, netuids), self.window(), name, |before, after| Some(after - before))
    }
}
