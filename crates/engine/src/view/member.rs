//! What can be seen of one account as a whole: who it is, what it is worth, where its stake lies, what it says that it does.

use dtao_protocol::units::{Alpha, Netuid, Tao};

use super::View;
use crate::account::{AgentId, GroupId, Hotkey};

impl View<'_, '_> {
    /// The group of a name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<GroupId> {
        self.accounts.find(name)
    }

    /// The accounts of a group, in the order of their places.
    pub fn members(&self, group: GroupId) -> impl Iterator<Item = AgentId> + '_ {
        self.accounts().filter(move |account| account.group == group).map(|account| account.agent)
    }

    /// An account, by the name of its group and its place in it, from 0.
    #[must_use]
    pub fn member(&self, group: &str, place: u32) -> Option<AgentId> {
        self.members(self.group(group)?).nth(place as usize)
    }

    /// What an account has: free TAO, stake on root, and what each pool would pay for its stake there, each sold in one trade that
    /// pays the fees. What it is owed and has not claimed, and shares of funds, do not count.
    #[must_use]
    pub fn wealth(&self, agent: AgentId) -> Tao {
        let root = Tao::from_rao(self.stake(agent, Netuid::ROOT).rao());
        let sold = self.subnets().map(|subnet| match self.stake(agent, subnet.netuid) {
            Alpha::ZERO => Tao::ZERO,
            alpha => self.liquidation(subnet, alpha),
        });
        self.balance(agent) + root + sold.sum()
    }

    /// The hotkeys of a subnet on which an account has stake.
    #[must_use]
    pub fn hotkeys_of(&self, agent: AgentId, netuid: Netuid) -> Vec<Hotkey> {
        let pools = self.stakes.on(netuid);
        pools.filter(|(_, pool)| pool.value(&agent) > Alpha::ZERO).map(|(hotkey, _)| hotkey).collect()
    }

    /// The name of what an account has said that it does, if it said so: see [`crate::strategy::Actor::tell`].
    #[must_use]
    pub fn following(&self, agent: AgentId) -> Option<&str> {
        self.followed.0.get(&agent).map(|name| &**name)
    }
}
