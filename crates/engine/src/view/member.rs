//! What can be seen of one account as a whole: what it is worth, where its stake lies, what it says that it does.

use dtao_protocol::units::{Alpha, Netuid, Tao};

use super::View;
use crate::account::{AgentId, Hotkey};

impl View<'_, '_> {
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
