//! Locked alpha, by subnet.

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use dtao_protocol::conviction::{Lock, LockTerms, SubnetLocks};
use dtao_protocol::fixed::Q64;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Block, Netuid};

use crate::account::{AgentId, Hotkey};
use crate::subnet::Subnets;

/// The locks of all subnets' alpha, and of TAO on root. Only the ledger changes them.
#[derive(Resource, Default)]
pub(crate) struct Locks {
    by_subnet: BTreeMap<Netuid, SubnetLocks<AgentId, Hotkey>>,
}

impl Locks {
    /// A subnet's locks, if anything was ever locked there.
    pub(crate) fn get(&self, netuid: Netuid) -> Option<&SubnetLocks<AgentId, Hotkey>> {
        self.by_subnet.get(&netuid)
    }

    pub(crate) fn get_mut(&mut self, netuid: Netuid) -> Option<&mut SubnetLocks<AgentId, Hotkey>> {
        self.by_subnet.get_mut(&netuid)
    }

    /// A subnet's locks, perhaps the first.
    pub(crate) fn of(&mut self, netuid: Netuid) -> &mut SubnetLocks<AgentId, Hotkey> {
        self.by_subnet.entry(netuid).or_default()
    }

    /// Forgets a subnet that makes room.
    pub(crate) fn forget(&mut self, netuid: Netuid) {
        self.by_subnet.remove(&netuid);
    }

    /// An account's lock as it is now, with the hotkey that it is in favour of.
    pub(crate) fn lock_of(
        &self,
        agent: AgentId,
        netuid: Netuid,
        terms: LockTerms<Hotkey>,
    ) -> Option<(Hotkey, Lock)> {
        self.get(netuid)?.lock_of(agent, terms)
    }

    /// The conviction of each hotkey on a subnet.
    pub(crate) fn convictions(&self, netuid: Netuid, terms: LockTerms<Hotkey>) -> BTreeMap<Hotkey, Q64> {
        self.get(netuid).map(|locks| locks.convictions(terms)).unwrap_or_default()
    }
}

/// What a subnet's locks are rolled forward by.
pub(crate) fn lock_terms<'a>(
    rules: &'a Rules,
    subnets: &Subnets,
    netuid: Netuid,
    now: Block,
) -> LockTerms<'a, Hotkey> {
    LockTerms { rules: &rules.locks, now, owner: subnets.owner(netuid).map(Hotkey) }
}
