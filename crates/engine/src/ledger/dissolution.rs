//! A subnet makes room for another: who held its alpha is paid the TAO of its pool.

use dtao_protocol::books::Books;
use dtao_protocol::registration::{Established, RegistrationQueue, SubnetLimit, dissolve, subnet_to_prune};
use dtao_protocol::staking;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::AgentId;
use crate::call::{Dissolved, Lost, Refusal};
use crate::ledger::Ledger;

/// The place of a subnet that is to be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is one.
    There,
    /// There will be one: more subnets are being cleaned up than registrations wait.
    Cleaned,
    /// This subnet has to make room.
    Made(Netuid),
}

impl Ledger<'_, '_> {
    /// The place of the next subnet, or none for now. Under root's votes, which share only among subnets that are there, nobody makes
    /// room.
    pub(super) fn room(&self) -> Result<Room, Refusal> {
        if self.root_votes() {
            return Ok(Room::There);
        }
        let registration = self.law.rules.registration;
        let SubnetLimit::Pruned { immunity, .. } = registration.subnet_limit else { return Ok(Room::There) };
        if registration.subnet_limit.leaves_room(self.taken()) {
            return Ok(Room::There);
        }
        let spare = self.queue.cleaning.len() > self.queue.waiting.len();
        if spare && registration.queue != RegistrationQueue::Never {
            return Ok(Room::Cleaned);
        }
        let established = self.subnets.books().iter().map(|books| Established {
            netuid: books.netuid,
            moving_price: books.share_price(),
            registered_at: books.settings.registered_at,
        });
        let pruned = subnet_to_prune(established, immunity, self.clock.block);
        pruned.map(Room::Made).ok_or(Refusal::SubnetLimitReached)
    }

    /// How many places are taken: by subnets, and by those that are being cleaned up.
    pub(super) fn taken(&self) -> usize {
        self.subnets.books().len() + self.queue.cleaning.len()
    }

    /// Pays out a subnet's pool to those who hold its alpha, and to its owner what is paid back of the lock; takes the stake and
    /// what stakers on root could claim. What waited to enter the pool counts in it, and funds sell what they hold first.
    /// What waits for its next epoch is lost. The books stay as they are, to be removed.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::destroy_alpha_in_out_stakes` @ 835a2c902, 14bc6f9f9
    pub(super) fn dissolve(&mut self, netuid: Netuid, lost: &mut Lost) -> Dissolved {
        self.subnet(netuid).let_in_what_waits();
        for hotkey in self.stakes.funds().hotkeys().collect::<Vec<_>>() {
            self.fund_books().sell_for_cash(hotkey, netuid);
        }
        self.locks.forget(netuid);
        self.collaterals.forget(netuid);
        let books: Books = *self.subnet(netuid);
        let pool = books.pool;
        let rule = self.law.rules.registration.protocol_share;
        let protocol = rule.of(books.protocol_alpha, pool.alpha, books.settings.registered_at);
        let holders: Vec<(AgentId, Alpha)> = self.stakes.take_all(netuid);
        let held: Vec<Alpha> = holders.iter().map(|&(_, alpha)| alpha).collect();
        let shared = dissolve(pool.tao, &held, protocol);
        let (mut paid, mut recycled, mut nobodys) = (Tao::ZERO, shared.recycled, books.pending.root_tao);
        for (&(agent, _), &tao) in holders.iter().zip(&shared.paid) {
            if agent.is_fund() {
                // Of a holding that could not be sold; a fund has no wallet to spend from.
                nobodys += tao;
                continue;
            }
            let mut wallet = self.wallet(agent);
            let arrived = staking::arriving(wallet.0, tao);
            wallet.0 += arrived;
            paid += arrived;
            recycled += tao - arrived;
        }
        self.issuance.0 -= recycled;
        let refund = self.refund(netuid, &books);
        self.lose(nobodys, lost);
        Dissolved {
            paid,
            recycled,
            refund,
            lost: nobodys,
            chain_buy: books.chain_buy.tao,
            root_sale: books.emitted.root_tao.unwrap_or_default(),
            dust: books.dust,
        }
    }

    /// Pays a subnet's owner back what is left of the lock, in TAO that the issuance does not count.
    fn refund(&mut self, netuid: Netuid, books: &Books) -> Tao {
        let rules = self.law.rules;
        let refund = rules.registration.owner_refund.of(books, rules.owner_cut, rules.pool);
        let owner = self.subnets.owner(netuid).expect("it is being dissolved");
        let mut wallet = self.wallet(owner);
        let arrived = staking::arriving(wallet.0, refund);
        wallet.0 += arrived;
        self.tao_dust.uncounted += arrived;
        arrived
    }
}
