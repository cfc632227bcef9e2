//! How much goes to the subnets whose owners follow a strategy.

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::members::{followers, of_groups};
use crate::statistic::defined;
use crate::{Metric, once};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "the share of the emission, or of all TAO in pools, of subnets whose owners follow a strategy";

/// The share of subnets whose owners say that they follow a strategy, 0 to 1; see the agent `Switcher`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    /// Of what.
    pub of: Of,
    /// The owners' groups.
    pub groups: Vec<String>,
    /// The strategy's name in their role.
    pub strategy: String,
    /// At the end of which block.
    pub at: Block,
}

/// What a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Of {
    /// Of a block's TAO.
    Emission,
    /// Of the TAO in all pools.
    Capital,
}

of_groups!(Followed, strategy);

impl Metric for Followed {
    fn kind(&self) -> MetricKind {
        MetricKind::Share
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let metric = self.clone();
        once::at_end(self.at, name, move |view| {
            let (following, _) = followers(&metric.groups, &metric.strategy, view);
            let shares: Vec<(Netuid, f64)> = match metric.of {
                Of::Emission => view.shares().collect(),
                Of::Capital => {
                    view.subnets().map(|subnet| (subnet.netuid, subnet.pool.tao.to_f64())).collect()
                }
            };
            let theirs = |netuid| view.subnet_owner(netuid).is_some_and(|owner| following.contains(&owner));
            let sum: f64 = shares.iter().filter(|(netuid, _)| theirs(*netuid)).map(|(_, share)| share).sum();
            defined(sum / shares.iter().map(|(_, share)| share).sum::<f64>())
        })
    }
}
