//! Which part of some accounts follows a strategy.

use dtao_engine::observe::Observer;
use dtao_protocol::units::Block;
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::members::{followers, of_groups};
use crate::statistic::defined;
use crate::{Metric, once};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "the part of groups' accounts that follows one of their strategies";

/// The part of the accounts of some groups that says that it follows a strategy, 0 to 1; see the agent `Switcher`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followers {
    /// Which groups.
    pub groups: Vec<String>,
    /// The strategy's name in their role.
    pub strategy: String,
    /// At the end of which block.
    pub at: Block,
}

of_groups!(Followers, strategy);

impl Metric for Followers {
    fn kind(&self) -> MetricKind {
        MetricKind::Share
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let metric = self.clone();
        once::at_end(self.at, name, move |view| {
            let (following, all) = followers(&metric.groups, &metric.strategy, view);
            defined(following.len() as f64 / f64::from(all))
        })
    }
}
