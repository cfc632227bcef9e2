//! Locked alpha: the calls that lock it, what cannot be sold, and the owner that changes by it.

use dtao_protocol::books::Books;
use dtao_protocol::conviction::{Duration, LockCalls, LockRefused, LockTerms, LockedSupply, available};
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid};

use crate::account::{AgentId, Hotkey};
use crate::call::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::locks::{Locks, lock_terms};
use crate::subnet::Inside;

impl Ledger<'_, '_> {
    /// Locks alpha in favour of a hotkey.
    pub(super) fn lock_stake(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        alpha: Alpha,
    ) -> Result<Outcome, Refusal> {
        let hotkey = self.lockable(netuid, hotkey)?;
        let (now, all) = (self.clock.block, self.stakes.value(netuid, agent));
        let Self { locks, law, subnets, .. } = self;
        let terms = lock_terms(&law.rules, subnets, netuid, now);
        let first = locks.get(netuid).is_none();
        let locked = locks.of(netuid).lock(agent, hotkey, (alpha, all), terms);
        if locked.is_err() && first {
            locks.forget(netuid);
        }
        locked.map(|()| Outcome::Done).map_err(Refusal::Lock)
    }

    /// Moves the account's lock to another hotkey.
    pub(super) fn move_lock(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        hotkey: Hotkey,
    ) -> Result<Outcome, Refusal> {
        let hotkey = self.lockable(netuid, hotkey)?;
        let now = self.clock.block;
        let Self { locks, law, subnets, .. } = self;
        let terms = lock_terms(&law.rules, subnets, netuid, now);
        let locks = locks.get_mut(netuid).ok_or(Refusal::Lock(LockRefused::NoExistingLock))?;
        // An account has one hotkey, so that two hotkeys are of two owners.
        locks.move_to(agent, hotkey, |origin| origin == hotkey, terms).map_err(Refusal::Lock)?;
        Ok(Outcome::Done)
    }

    /// Lets the account's lock last, or decay, whether or not there is one yet.
    pub(super) fn set_perpetual_lock(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        enabled: bool,
    ) -> Result<Outcome, Refusal> {
        self.lockable(netuid, Hotkey(agent))?;
        let now = self.clock.block;
        let Self { locks, law, subnets, .. } = self;
        let terms = lock_terms(&law.rules, subnets, netuid, now);
        let duration = if enabled { Duration::Perpetual } else { Duration::Decaying };
        locks.of(netuid).set_duration(agent, duration, terms);
        Ok(Outcome::Done)
    }

    /// The hotkey that a lock is in favour of: the one validator that stands for those of a subnet in aggregate is its owner's.
    fn lockable(&self, netuid: Netuid, hotkey: Hotkey) -> Result<Hotkey, Refusal> {
        if self.law.rules.locks.calls == LockCalls::None {
            return Err(Refusal::Lock(LockRefused::NoLocks));
        }
        self.exchange(netuid)?;
        self.exists(hotkey.0)?;
        match self.subnets.inside(netuid) {
            Some(Inside::Aggregate { holder, .. }) if hotkey == Hotkey::AGGREGATE => Ok(Hotkey(*holder)),
            _ => Ok(hotkey),
        }
    }

    /// Whether an account has so much beyond what it has locked, in favour of a hotkey or as collateral.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::ensure_available_to_unstake` @ 486037ba4, `RaoFoundation` @ 1ce8b56f
    pub(super) fn beyond_lock(&self, agent: AgentId, netuid: Netuid, alpha: Alpha) -> Result<(), Refusal> {
        let lock = self.locks.lock_of(agent, netuid, self.lock_terms(netuid));
        let collateral = self.collaterals.locked(netuid, agent);
        if lock.is_none() && collateral == Alpha::ZERO {
            return Ok(());
        }
        let locked = lock.map_or(Alpha::ZERO, |(_, lock)| lock.locked);
        let unlocked = available(self.stakes.value(netuid, agent), locked).saturating_sub(collateral);
        if unlocked >= alpha { Ok(()) } else { Err(Refusal::STAKE_UNAVAILABLE) }
    }

    /// Whether so much may change hands within a subnet. On the chain an account can allow that it is given locked alpha,
    /// which comes with its lock; here none does.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::transfer_lock` @ 14bc6f9f9
    pub(super) fn transferable(
        &self,
        (giver, receiver): (AgentId, AgentId),
        netuid: Netuid,
        alpha: Alpha,
    ) -> Result<(), Refusal> {
        if giver == receiver {
            return Ok(());
        }
        self.beyond_lock(giver, netuid, alpha).map_err(|_| Refusal::Lock(LockRefused::Rejected))
    }

    /// Rolls the locks of two accounts forward when stake goes from one to the other within a subnet.
    pub(super) fn touch_both_locks(&mut self, (giver, receiver): (AgentId, AgentId), netuid: Netuid) {
        let now = self.clock.block;
        let Self { locks, law, subnets, .. } = self;
        if let Some(locks) = locks.get_mut(netuid).filter(|_| giver != receiver) {
            locks.touch_both(giver, receiver, lock_terms(&law.rules, subnets, netuid, now));
        }
    }

    /// Rolls an account's lock forward after it has staked or unstaked.
    pub(super) fn touch_lock(&mut self, agent: AgentId, netuid: Netuid) {
        let now = self.clock.block;
        let Self { locks, law, subnets, .. } = self;
        if let Some(locks) = locks.get_mut(netuid) {
            locks.touch(agent, lock_terms(&law.rules, subnets, netuid, now));
        }
    }

    /// Takes from an account's lock what was sold although it may have been locked.
    pub(super) fn shrink_lock(&mut self, agent: AgentId, netuid: Netuid, alpha: Alpha) {
        let now = self.clock.block;
        let Self { locks, law, subnets, .. } = self;
        if let Some(locks) = locks.get_mut(netuid) {
            locks.shrink(agent, alpha, lock_terms(&law.rules, subnets, netuid, now));
        }
    }

    fn lock_terms(&self, netuid: Netuid) -> LockTerms<'_, Hotkey> {
        lock_terms(&self.law.rules, &self.subnets, netuid, self.clock.block)
    }
}

/// At a subnet's epoch: the hotkey with most conviction takes it over, if the rules say so and it belongs to another account.
/// In a subnet in detail it is registered as a neuron without paying; if there is no UID for it nothing changes.
///
/// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::change_subnet_owner_if_needed` @ 14bc6f9f9
pub(super) fn change_owner(
    locks: &mut Locks,
    (books, inside): (&Books, &mut Inside),
    rules: &Rules,
    now: Block,
) {
    let Some(locks) = locks.get_mut(books.netuid) else { return };
    let owner = inside.owner();
    let terms = LockTerms { rules: &rules.locks, now, owner: Some(Hotkey(owner)) };
    // How much of the burned alpha counts is not known; none does.
    let supply =
        LockedSupply { alpha_out: books.alpha_out, protocol: books.protocol_alpha, burned: Alpha::ZERO };
    let age = now.since(books.settings.registered_at);
    let Some(leader) = locks.leader(age, supply, terms) else { return };
    if leader == Hotkey(owner) {
        return;
    }
    match inside {
        Inside::Aggregate { holder, .. } => *holder = leader.0,
        Inside::Detailed(roster) => {
            if !roster.hand_over(leader, rules, now) {
                return;
            }
        }
    }
    locks.change_owner(leader, terms);
}
