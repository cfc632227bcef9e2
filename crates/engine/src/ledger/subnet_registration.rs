//! Registrations of subnets: at once, or after a wait for a place.

use bevy_ecs::prelude::*;
use dtao_protocol::books::{Books, Settings};
use dtao_protocol::children::RootParents;
use dtao_protocol::fixed::Q64;
use dtao_protocol::genesis;
use dtao_protocol::halving::tao_emission;
use dtao_protocol::pool::{CurveRule, Exchange, Reserves};
use dtao_protocol::registration::{
    LastLock, NewPool, RegistrationQueue as Rule, lock_cost, median_price, reduction_interval,
};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::call::{Lost, NewSubnet, Outcome, Refusal, Settled, Settlement};
use crate::ledger::Ledger;
use crate::ledger::dissolution::Room;
use crate::receipts::Receipts;
use crate::registration_queue::{Held, RegistrationQueue, Waiting};
use crate::root_network::RootShare;
use crate::roster::{NewSubnets, Roster};
use crate::subnet::Inside;

/// Whether registrations wait for a place, or places are being cleaned up.
pub(crate) fn somebody_waits(queue: Res<RegistrationQueue>) -> bool {
    !queue.is_idle()
}

/// What the chain does about them after a block's calls.
pub(crate) fn settle_registrations(mut ledger: Ledger, mut receipts: ResMut<Receipts>) {
    receipts.settled.extend(ledger.settle_registration());
}

impl Ledger<'_, '_> {
    /// Pays the lock cost, and makes room for the new subnet where there are as many as there may be: from spec 429 on the other is
    /// removed at once, and the new one waits until its place is cleaned up. The pool starts with 1 TAO of the lock and the rest is
    /// burned, since spec 397 with all of it. Under root voting all of it is locked.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::do_register_network` @ f95810a25, 835a2c902, 14bc6f9f9;
    /// `RaoFoundation` @ 072666e0; coldint @ 24e6b4daf
    pub(super) fn register_subnet(&mut self, agent: AgentId, lost: &mut Lost) -> Result<Outcome, Refusal> {
        let rules = self.law.rules;
        let last = self.last_registration.0;
        let now = self.clock.block;
        if last.block != Block(0) && now.since(last.block) < rules.network_rate_limit {
            return Err(Refusal::RateLimit);
        }
        let room = self.room()?;
        let interval = reduction_interval(rules.lock_reduction_interval, tao_emission(self.issuance.0));
        let cost = lock_cost(last, rules.min_lock_cost, interval, now);
        let short = self.pays_in_full() && self.keepable(agent, cost) < cost;
        if self.balance(agent) < cost || short {
            return Err(Refusal::NotEnoughBalance);
        }
        let waits = match rules.registration.queue {
            _ if room == Room::There => None,
            Rule::Never => None,
            Rule::Frozen => Some(Held::OnAccount),
            Rule::Escrow => Some(Held::InEscrow),
        };
        let cost = if waits == Some(Held::OnAccount) { cost } else { self.withdraw(agent, cost)? };
        self.last_registration.0 = LastLock { cost, block: now };
        let (removed, dissolved) = match room {
            Room::Made(netuid) => (Some(netuid), Some(self.dissolve(netuid, lost))),
            Room::There | Room::Cleaned => (None, None),
        };
        if let Some(netuid) = removed {
            self.subnets.remove(netuid);
        }
        let median = median_price(self.subnets.books().iter().map(Books::price_bits));
        let Some(held) = waits else {
            let netuid = removed.unwrap_or_else(|| self.free_netuid());
            let new = self.found_subnet(agent, netuid, cost, median);
            *self.new_subnet = Some(NewSubnet { dissolved, ..new });
            return Ok(Outcome::Registered { netuid, cost });
        };
        if let Some(netuid) = removed {
            self.queue.clean_up(netuid, rules.registration.cleanup, now);
        }
        let waiting = Waiting { agent, lock: cost, median, held };
        self.queue.waiting.push(waiting);
        *self.new_subnet = Some(NewSubnet { escrow: waiting.escrow(), dissolved, ..NewSubnet::default() });
        Ok(Outcome::Queued { cost, removed })
    }

    /// Ends the cleaning up that is done, and lets at most one registration have a place, if there is one. To spec 471 one that cannot
    /// pay is passed over and stays; then it is given up.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/dissolution.rs::process_network_registration_queue` (`RaoFoundation` @ 0249a4a4e;
    /// coldint @ 022141231)
    fn settle_registration(&mut self) -> Option<Settlement> {
        let now = self.clock.block;
        if self.queue.cleaning.first().is_some_and(|first| first.done <= now) {
            self.queue.cleaning.remove(0);
        }
        if !self.law.rules.registration.subnet_limit.leaves_room(self.taken()) {
            return None;
        }
        for at in 0..self.queue.waiting.len() {
            let waiting = self.queue.waiting.remove(at);
            let Waiting { agent, lock, median, .. } = waiting;
            let escrow = waiting.escrow();
            let settled = |outcome| Some(Settlement { agent, place: at, lock, escrow, outcome });
            if let Some(paid) = self.pay_for(&waiting) {
                let netuid = self.free_netuid();
                let pool = self.found_subnet(agent, netuid, paid, median).pool;
                return settled(Settled::Registered { netuid, paid, pool });
            }
            if self.law.rules.registration.queue == Rule::Escrow {
                return settled(Settled::Cancelled);
            }
            self.queue.waiting.insert(at, waiting);
        }
        None
    }

    /// Takes the TAO of a registration that has waited, no longer frozen: what there is of it, or all where it is paid in full.
    fn pay_for(&mut self, waiting: &Waiting) -> Option<Tao> {
        match waiting.held {
            Held::InEscrow => Some(waiting.lock),
            Held::OnAccount => {
                let there = self.keepable(waiting.agent, waiting.lock);
                if self.pays_in_full() && there < waiting.lock {
                    return None;
                }
                self.withdraw(waiting.agent, waiting.lock).ok()
            }
        }
    }

    fn pays_in_full(&self) -> bool {
        self.law.rules.registration.new_pool == NewPool::PaidInFull
    }

    /// The lowest number that neither a subnet nor one that is being cleaned up has.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::get_next_netuid` @ f95810a25; `RaoFoundation` @ 072666e0
    fn free_netuid(&self) -> Netuid {
        self.subnets.free_netuid(|netuid| self.queue.cleans(netuid))
    }

    /// A new subnet of an account, for TAO that has been paid, at the median price of all subnets.
    fn found_subnet(&mut self, agent: AgentId, netuid: Netuid, paid: Tao, median: Q64) -> NewSubnet {
        let (rules, now) = (self.law.rules, self.clock.block);
        let mut owner = Alpha::ZERO;
        let pool = if self.root_votes() {
            self.network.subnets.insert(netuid, RootShare { locked: paid, ..RootShare::default() });
            Reserves::default()
        } else {
            let start = rules.registration.new_pool.of(paid, rules.min_lock_cost, median);
            // An account that is kept alive may pay less than the pool starts with.
            self.issuance.0 -= start.recycled;
            self.tao_dust.uncounted += start.tao.saturating_sub(paid);
            owner = start.owner;
            Reserves { tao: start.tao, alpha: start.alpha }
        };
        let settings = Settings {
            tao: rules.coinbase.new_subnets,
            ..Settings::dynamic(netuid, now, genesis::TEMPO, now + 1)
        };
        let lock = if self.root_votes() { Tao::ZERO } else { paid };
        let mut books = Books { pool, alpha_out: owner, lock, ..Books::new(netuid, settings) };
        if matches!(rules.pool.curve, CurveRule::Balancer(_) | CurveRule::Superellipse) {
            books.settle(Exchange::Dynamic(books.trading().under(rules.pool.curve)));
        }
        let inside = match &*self.new_subnets {
            NewSubnets::Aggregate => Inside::aggregate(agent),
            NewSubnets::Detailed(new) => {
                Inside::Detailed(Box::new(Roster::registered(agent, new, &rules, now)))
            }
        };
        let in_detail = inside.roster().is_some();
        let hotkey = if in_detail { Hotkey(agent) } else { Hotkey::AGGREGATE };
        self.subnets.add(&books, inside);
        if owner > Alpha::ZERO {
            self.stakes.add(netuid, hotkey, agent, owner);
        }
        if in_detail && rules.children.root_parents == RootParents::All {
            self.root_validators_lend(netuid, hotkey);
        }
        NewSubnet { pool: pool.tao, owner, ..NewSubnet::default() }
    }
}
