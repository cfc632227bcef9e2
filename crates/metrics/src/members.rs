//! Groups of accounts taken together: what they hold, and which of them follow a strategy.

use dtao_engine::account::AgentId;
use dtao_engine::observe::Observer;
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::once;

/// The accounts of some groups, by number.
struct Members(Vec<bool>);

impl Members {
    fn of(groups: &[String], view: &View) -> Self {
        let named: Vec<bool> = view.groups().iter().map(|name| groups.contains(name)).collect();
        Self(view.accounts().map(|account| named[usize::from(account.group.0)]).collect())
    }

    fn stake(&self, netuid: Netuid, view: &View) -> Alpha {
        view.stakers(netuid).filter(|(agent, _)| self.0[agent.0 as usize]).map(|(_, alpha)| alpha).sum()
    }
}

/// The accounts of some groups.
pub(crate) fn members(groups: &[String], view: &View) -> Vec<AgentId> {
    let members = Members::of(groups, view);
    view.accounts().map(|account| account.agent).filter(|agent| members.0[agent.0 as usize]).collect()
}

/// Those accounts of some groups that follow a strategy, and how many accounts there are.
pub(crate) fn followers(groups: &[String], strategy: &str, view: &View) -> (Vec<AgentId>, u32) {
    let mut members = members(groups, view);
    let all = members.len() as u32;
    members.retain(|&agent| view.following(agent) == Some(strategy));
    (members, all)
}

/// All that some groups have staked on a subnet.
pub(crate) fn stake(groups: &[String], netuid: Netuid, view: &View) -> Alpha {
    Members::of(groups, view).stake(netuid, view)
}

/// What some groups together have: free TAO, stake on root, and what the pools would pay for their stake on
/// some subnets (all if none is named). A subnet's stake is sold in one sale that pays one fee; a pool that
/// would refuse it pays nothing.
pub(crate) fn wealth(groups: &[String], netuids: &[Netuid], view: &View) -> Tao {
    let members = Members::of(groups, view);
    let free: Tao = view
        .accounts()
        .filter(|account| members.0[account.agent.0 as usize])
        .map(|account| account.tao)
        .sum();
    let root = Tao::from_rao(members.stake(Netuid::ROOT, view).rao());
    let sold = view
        .subnets()
        .filter(|subnet| netuids.is_empty() || netuids.contains(&subnet.netuid))
        .map(|subnet| view.liquidation(subnet, members.stake(subnet.netuid, view)))
        .sum();
    free + root + sold
}

/// Reports what comes of the wealth of groups, in TAO, before a block and at the end of another.
pub(crate) fn wealth_changed(
    (groups, netuids): (Vec<String>, Vec<Netuid>),
    window: (Block, Block),
    name: String,
    of: fn(f64, f64) -> Option<f64>,
) -> Box<dyn Observer> {
    let now = move |view: &View| wealth(&groups, &netuids, view).to_f64();
    let before = now.clone();
    once::before_and_after(window, name, before, move |before, view| of(*before, now(view)))
}

/// Declares what a metric asks of the accounts of some `groups`: their stake on `netuids`, or which of them follow a `strategy`.
macro_rules! of_groups {
    ($metric:ident, netuids) => {
        impl crate::Parameters for $metric {
            fn netuids(&self) -> Vec<(String, dtao_protocol::units::Netuid)> {
                dtao_catalogue::listed("netuids", &self.netuids)
            }

            fn groups(&self) -> Vec<(String, String)> {
                dtao_catalogue::listed("groups", &self.groups)
            }
        }
    };
    ($metric:ident, strategy) => {
        impl crate::Parameters for $metric {
            fn groups(&self) -> Vec<(String, String)> {
                dtao_catalogue::listed("groups", &self.groups)
            }

            fn options(&self) -> Vec<(String, String)> {
                vec![("strategy".into(), self.strategy.clone())]
            }
        }
    };
}
pub(crate) use of_groups;
