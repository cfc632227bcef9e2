//! Registrations of subnets that wait for a place, and the places that are being cleaned up.

use bevy_ecs::prelude::Resource;
use dtao_protocol::fixed::Q64;
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
    pub(crate) fn escrow(&self) -> Tao {
        self.waiting.iter().map(Waiting::escrow).sum()
    }

    /// TAO of an account that its registrations have frozen. Locks on one account lie over each other: the largest counts.
    pub(crate) fn frozen(&self, agent: AgentId) -> Tao {
        let of_account =
            self.waiting.iter().filter(|waiting| waiting.agent == agent && waiting.held == Held::OnAccount);
        of_account.map(|waiting| waiting.lock).max().unwrap_or(Tao::ZERO)
    }

    /// The queue for a run that begins here: what is frozen on accounts, which that run does not know, is in escrow.
    pub(crate) fn carried(&self) -> Self {
        let waits =
            |waiting: &Waiting| Waiting { agent: AgentId::ROOT_STAKERS, held: Held::InEscrow, ..*waiting };
        Self { cleaning: self.cleaning.clone(), waiting: self.waiting.iter().map(waits).collect() }
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
        assert_eq!(queue.carried().escrow(), Tao::from_rao(144));
    }
}
