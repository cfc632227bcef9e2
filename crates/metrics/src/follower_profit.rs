//! What those have gained who follow a strategy.

use std::collections::BTreeMap;

use dtao_engine::account::AgentId;
use dtao_engine::observe::Observer;
use dtao_engine::view::View;
use dtao_protocol::units::Block;
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::members::{followers, members, of_groups};
use crate::statistic::defined;
use crate::{Metric, once};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "TAO gained on average by an account that follows one of the strategies of its group";

/// What the accounts of some groups that follow a strategy have gained, in TAO per account: the mean over those that follow it at the
/// end of `at`, of their wealth then less that before `from`.
///
/// ```text
/// wealth = free TAO + stake on root + what each pool would pay for the account's stake on its subnet
/// ```
/// Each account's stake is sold by itself, as an account reckons that chooses among strategies (see the agent `Switcher`), so the sum over
/// accounts can be more than `Profit` of their group. Nothing if nobody follows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowerProfit {
    /// Which groups.
    pub groups: Vec<String>,
    /// The strategy's name in their role.
    pub strategy: String,
    /// From before this block ...
    pub from: Block,
    /// ... to the end of that.
    pub at: Block,
}

of_groups!(FollowerProfit, strategy);

impl Metric for FollowerProfit {
    fn kind(&self) -> MetricKind {
        MetricKind::Amount
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let (metric, groups) = (self.clone(), self.groups.clone());
        let before = move |view: &View| -> BTreeMap<AgentId, f64> {
            let wealth = |agent| (agent, view.wealth(agent).to_f64());
            members(&groups, view).into_iter().map(wealth).collect()
        };
        once::before_and_after(self.window(), name, before, move |before, view| {
            let (following, _) = followers(&metric.groups, &metric.strategy, view);
            let gain = |agent| view.wealth(agent).to_f64() - before.get(&agent).copied().unwrap_or(0.0);
            let number = following.len() as f64;
            defined(following.into_iter().map(gain).sum::<f64>() / number)
        })
    }
}
