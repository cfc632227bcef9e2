//! Stake: who has how much of it, on which hotkey of which subnet.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;
use dtao_protocol::share_pool::{Precision, SharePool};
use dtao_protocol::staking::LastDividends;
use dtao_protocol::units::{Alpha, Netuid};

use crate::account::{AgentId, Hotkey};

/// Stake, by netuid (0 is root) and by the hotkey that it is on.
#[derive(Resource, Clone, Debug)]
pub struct Stakes {
    precision: Precision,
    pools: Vec<BTreeMap<Hotkey, SharePool<AgentId>>>,
    /// What each hotkey's stakers received in a subnet's last epoch.
    last_dividends: BTreeMap<(Netuid, Hotkey), LastDividends>,
}

impl Stakes {
    /// No stake yet.
    pub(crate) fn new(precision: Precision) -> Self {
        Self { precision, pools: Vec::new(), last_dividends: BTreeMap::new() }
    }

    /// Lets every pool take over another revision's precision.
    pub(crate) fn upgrade(&mut self, precision: Precision) {
        self.precision = precision;
        self.pools.iter_mut().flat_map(BTreeMap::values_mut).for_each(|pool| pool.upgrade(precision));
    }

    /// What all of an account's stake on a subnet is worth, in the subnet's alpha (TAO on root).
    #[must_use]
    pub fn value(&self, netuid: Netuid, agent: AgentId) -> Alpha {
        self.on(netuid).map(|(_, pool)| pool.value(&agent)).sum()
    }

    /// The hotkeys on which there is stake on a subnet, in order, each with its share pool.
    pub fn on(&self, netuid: Netuid) -> impl Iterator<Item = (Hotkey, &SharePool<AgentId>)> + '_ {
        let pools = self.pools.get(usize::from(netuid.0));
        pools.into_iter().flatten().map(|(&hotkey, pool)| (hotkey, pool))
    }

    /// All that is staked on a subnet, on whatever hotkey.
    #[must_use]
    pub fn total(&self, netuid: Netuid) -> Alpha {
        self.on(netuid).map(|(_, pool)| pool.total()).sum()
    }

    /// The share pool of a hotkey on a subnet.
    #[must_use]
    pub fn pool(&self, netuid: Netuid, hotkey: Hotkey) -> Option<&SharePool<AgentId>> {
        self.pools.get(usize::from(netuid.0))?.get(&hotkey)
    }

    /// All that is staked on a hotkey on a subnet.
    #[must_use]
    pub fn staked_on(&self, netuid: Netuid, hotkey: Hotkey) -> Alpha {
        self.pool(netuid, hotkey).map_or(Alpha::ZERO, SharePool::total)
    }

    /// What a hotkey's stakers received in a subnet's last epoch; nothing if it paid them nothing.
    pub(crate) fn last_dividends(&self, netuid: Netuid, hotkey: Hotkey) -> LastDividends {
        self.last_dividends.get(&(netuid, hotkey)).copied().unwrap_or_default()
    }

    /// Forgets what a subnet's last epoch paid, as another begins to pay.
    pub(crate) fn begin_dividends(&mut self, netuid: Netuid) {
        self.last_dividends.retain(|&(of, _), _| of != netuid);
    }

    /// Remembers what an epoch has just paid to a hotkey's stakers.
    pub(crate) fn note_dividends(&mut self, netuid: Netuid, hotkey: Hotkey, paid: Alpha) {
        let stake = self.staked_on(netuid, hotkey);
        self.last_dividends.insert((netuid, hotkey), LastDividends { paid, stake });
    }

    pub(crate) fn pool_mut(&mut self, netuid: Netuid, hotkey: Hotkey) -> &mut SharePool<AgentId> {
        let index = usize::from(netuid.0);
        if self.pools.len() <= index {
            self.pools.resize_with(index + 1, BTreeMap::new);
        }
        self.pools[index].entry(hotkey).or_insert_with(|| SharePool::new(self.precision))
    }
}
