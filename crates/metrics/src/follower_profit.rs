//! What those have gained who follow a strategy.

use std::collections::BTreeMap;

use dtao_catalogue::listed;
use dtao_engine::account::AgentId;
use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::Block;
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::members::{followers, members};
use crate::statistic::defined;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "TAO that an account gains on average which follows one of its groups' strategies";

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

impl Parameters for FollowerProfit {
    fn groups(&self) -> Vec<(String, String)> {
        listed("groups", &self.groups)
    }

    fn options(&self) -> Vec<(String, String)> {
        vec![("strategy".into(), self.strategy.clone())]
    }
}

impl Metric for FollowerProfit {
    fn kind(&self) -> MetricKind {
        MetricKind::Amount
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { asked: self.clone(), name, before: BTreeMap::new(), gained: None })
    }
}

struct Seen {
    asked: FollowerProfit,
    name: String,
    before: BTreeMap<AgentId, f64>,
    gained: Option<f64>,
}

impl Seen {
    fn look(&mut self, view: &View) {
        let FollowerProfit { groups, strategy, from, at } = &self.asked;
        if view.block() + 1 == *from {
            let wealth = |agent| (agent, view.wealth(agent).to_f64());
            self.before = members(groups, view).into_iter().map(wealth).collect();
        }
        if view.block() == *at {
            let (following, _) = followers(groups, strategy, view);
            let gain = |agent| view.wealth(agent).to_f64() - self.before.get(&agent).copied().unwrap_or(0.0);
            let number = following.len() as f64;
            self.gained = defined(following.into_iter().map(gain).sum::<f64>() / number);
        }
    }
}

impl Observer for Seen {
    fn next(&self, block: Block) -> Option<Block> {
        let FollowerProfit { from, at, .. } = self.asked;
        if block < from { Some(Block(from.0 - 1)) } else { (block <= at).then_some(at) }
    }

    fn start(&mut self, view: &View) {
        self.look(view);
    }

    fn observe(&mut self, view: &View) {
        self.look(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.gained }])
    }
}
