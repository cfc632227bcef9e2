//! Registrations of subnets that wait for a place, and the places that are being cleaned up.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;
use dtao_protocol::fixed::Q64;
use dtao_protocol::staking::{self, EXISTENTIAL_DEPOSIT};
use dtao_protocol::units::{Block, Netuid, Tao};

use crate::account::AgentId;

/// What waits for places, and the places that are still those of removed subnets.
///
/// Only the ledger changes it.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrationQueue {
    /// In the order in which the subnets were removed; one is cleaned up after the other.
    pub(crate) cleaning: Vec<Cleaning>,
    /// In the order of the calls.
    pub(crate) waiting: Vec<Waiting>,
}

/// A removed subnet whose number is not free yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cleaning {
    pub(crate) netuid: Netuid,
    /// The block at whose end it is done.
    pub(crate) done: Block,
}

/// A registration that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) agent: AgentId,
    /// The lock, by its price when it was queued.
    pub(crate) lock: Tao,
    /// The median price of all subnets then.
    pub(crate) median: Q64,
    pub(crate) held: Held,
}

/// Where the TAO of a registration is that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// On the account, frozen.
    OnAccount,
    /// In escrow.
    InEscrow,
}

impl Waiting {
    /// TAO that is held for it.
    pub(crate) fn escrow(&self) -> Tao {
        match self.held {
            Held::OnAccount => Tao::ZERO,
            Held::InEscrow => self.lock,
        }
    }
}

impl RegistrationQueue {
    /// Whether nothing waits and nothing is being cleaned up.
    pub(crate) fn is_idle(&self) -> bool {
        self.cleaning.is_empty() && self.waiting.is_empty()
    }

    /// Whether a number is that of a removed subnet which is being cleaned up.
    pub(crate) fn cleans(&self, netuid: Netuid) -> bool {
        self.cleaning.iter().any(|cleaning| cleaning.netuid == netuid)
    }

    /// Starts to clean up a removed subnet, after those before it.
    pub(crate) fn clean_up(&mut self, netuid: Netuid, blocks: u64, now: Block) {
        let begins = self.cleaning.last().map_or(now, |before| before.done.max(now));
        self.cleaning.push(Cleaning { netuid, done: begins + blocks });
    }

    /// All TAO in escrow.
    #[must_use]
    pub fn escrow(&self) -> Tao {
        self.waiting.iter().map(Waiting::escrow).sum()
    }

    /// TAO of an account that its registrations have frozen. Locks on one account lie over each other: the largest counts.
    pub(crate) fn frozen(&self, agent: AgentId) -> Tao {
        let of_account =
            self.waiting.iter().filter(|waiting| waiting.agent == agent && waiting.held == Held::OnAccount);
        of_account.map(|waiting| waiting.lock).max().unwrap_or(Tao::ZERO)
    }

    /// What of an amount an account with so much TAO can pay: what is frozen cannot be, and keeps the account alive.
    pub(crate) fn payable(&self, agent: AgentId, wallet: Tao, amount: Tao) -> Tao {
        staking::taken(wallet, self.frozen(agent), amount)
    }

    /// The queue for a run that begins here: what is frozen on accounts, which that run does not know, is in escrow. An account's TAO
    /// goes to those that were queued first, as far as it reaches; the others are given up.
    pub(crate) fn carried(&self, wallet: impl Fn(AgentId) -> Tao) -> Self {
        let mut left: BTreeMap<AgentId, Tao> = BTreeMap::new();
        let waits = |waiting: &Waiting| {
            let mut lock = waiting.lock;
            if waiting.held == Held::OnAccount {
                let all = || wallet(waiting.agent).saturating_sub(EXISTENTIAL_DEPOSIT);
                let left = left.entry(waiting.agent).or_insert_with(all);
                lock = lock.min(*left);
                *left -= lock;
            }
            let carried = Waiting { agent: AgentId::ROOT_STAKERS, lock, held: Held::InEscrow, ..*waiting };
            (lock > Tao::ZERO).then_some(carried)
        };
        Self { cleaning: self.cleaning.clone(), waiting: self.waiting.iter().filter_map(waits).collect() }
    }

    /// The same queue with all registrations an account's.
    #[must_use]
    pub fn held_by(&self, agent: AgentId) -> Self {
        let waiting = self.waiting.iter().map(|waiting| Waiting { agent, ..*waiting }).collect();
        Self { cleaning: self.cleaning.clone(), waiting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(agent: u32, rao: u64, held: Held) -> Waiting {
        Waiting { agent: AgentId(agent), lock: Tao::from_rao(rao), median: Q64::ONE, held }
    }

    #[test]
    fn one_subnet_is_cleaned_up_after_the_other() {
        let mut queue = RegistrationQueue::default();
        for (netuid, now) in [(4, 100), (7, 105), (2, 200)] {
            queue.clean_up(Netuid(netuid), 20, Block(now));
        }
        let done: Vec<u64> = queue.cleaning.iter().map(|cleaning| cleaning.done.0).collect();
        assert_eq!(done, [120, 140, 220]);
        assert!(queue.cleans(Netuid(7)) && !queue.cleans(Netuid(1)));
    }

    #[test]
    fn locks_lie_over_each_other_and_escrows_add_up() {
        let queue = RegistrationQueue {
            waiting: vec![
                waiting(1, 5, Held::OnAccount),
                waiting(1, 9, Held::OnAccount),
                waiting(1, 100, Held::InEscrow),
                waiting(2, 30, Held::InEscrow),
            ],
            ..RegistrationQueue::default()
        };
        let frozen = |agent| queue.frozen(AgentId(agent)).rao();
        assert_eq!([frozen(1), frozen(2), frozen(3)], [9, 0, 0]);
        assert_eq!(queue.escrow(), Tao::from_rao(130));
    }

    #[test]
    fn what_is_frozen_is_carried_over_once() {
        let queue = RegistrationQueue {
            waiting: vec![
                waiting(1, 5_000, Held::OnAccount),
                waiting(1, 9_000, Held::OnAccount),
                waiting(2, 700, Held::InEscrow),
                waiting(1, 8_000, Held::OnAccount),
            ],
            ..RegistrationQueue::default()
        };
        // 9,500 rao, of which 500 keep the account alive.
        let carried = queue.carried(|_| Tao::from_rao(9_500));
        let locks: Vec<u64> = carried.waiting.iter().map(|waiting| waiting.lock.rao()).collect();
        assert_eq!(locks, [5_000, 4_000, 700]);
        assert_eq!(carried.escrow(), Tao::from_rao(9_700));
        let held = carried.held_by(AgentId(7));
        assert!(held.waiting.iter().all(|waiting| waiting.agent == AgentId(7)));
        assert_eq!(held.escrow(), carried.escrow());
    }

    #[test]
    fn what_is_frozen_keeps_the_account_alive() {
        let queue =
            |rao| RegistrationQueue { waiting: vec![waiting(1, rao, Held::OnAccount)], ..Default::default() };
        let payable = |frozen, agent| {
            queue(frozen).payable(AgentId(agent), Tao::from_rao(10_000), Tao::from_rao(10_000)).rao()
        };
        assert_eq!([payable(3_000, 1), payable(300, 1), payable(3_000, 2)], [7_000, 9_500, 9_500]);
    }
}
