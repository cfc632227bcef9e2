//! All locks of one subnet: those of accounts, and their sums by hotkey, by which ownership is decided.
//!
//! The sums are kept beside the locks, and rolled forward by themselves. Locks in favour of the owner's hotkey have sums of their
//! own, which go with the office.

use std::collections::{BTreeMap, BTreeSet};

use super::{Duration, InFavourOf, Lock, LockRules, LockedSupply, OwnershipRule, SumRule};
use crate::fixed::Q64;
use crate::units::{Alpha, Block};

/// The locks of one subnet's alpha. `A` names accounts, `H` hotkeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetLocks<A, H> {
    /// Each account has at most one, in favour of one hotkey.
    locks: BTreeMap<A, (H, Lock)>,
    /// The accounts whose locks are to last.
    perpetual: BTreeSet<A>,
    sums: BTreeMap<(H, Duration), Lock>,
    owners_sums: BTreeMap<Duration, Lock>,
}

/// What locks are rolled forward by.
#[derive(Clone, Copy, Debug)]
pub struct LockTerms<'a, H> {
    /// The rules in force.
    pub rules: &'a LockRules,
    /// The block.
    pub now: Block,
    /// The hotkey of the subnet's owner; root has none.
    pub owner: Option<H>,
}

/// Why alpha is not locked, or a lock not moved; the text is the chain's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockRefused {
    /// There are no locks before spec 411.
    #[error("there are no locks before spec 411")]
    NoLocks,
    /// Nothing is to be locked.
    #[error("AmountTooLow")]
    AmountTooLow,
    /// The account's lock is in favour of another hotkey.
    #[error("LockHotkeyMismatch")]
    HotkeyMismatch,
    /// The account has less alpha than would be locked.
    #[error("InsufficientStakeForLock")]
    InsufficientStake,
    /// The account has no lock.
    #[error("NoExistingLock")]
    NoExistingLock,
    /// More is sold or moved than the account has beyond its lock.
    #[error("StakeUnavailable")]
    Unavailable,
    /// Locked alpha goes to an account that has not allowed it.
    #[error("AccountRejectsLockedAlpha")]
    Rejected,
}

impl<A, H> Default for SubnetLocks<A, H> {
    fn default() -> Self {
        Self {
            locks: BTreeMap::new(),
            perpetual: BTreeSet::new(),
            sums: BTreeMap::new(),
            owners_sums: BTreeMap::new(),
        }
    }
}

impl<H: Copy + Ord> LockTerms<'_, H> {
    fn favour(&self, hotkey: H) -> InFavourOf {
        if self.owner == Some(hotkey) { InFavourOf::Owner } else { InFavourOf::Other }
    }

    fn rolled(&self, lock: Lock, duration: Duration, favour: InFavourOf) -> Lock {
        lock.rolled(self.rules.rates(), duration, favour, self.now)
    }
}

impl<A: Copy + Ord, H: Copy + Ord> SubnetLocks<A, H> {
    /// An account's lock as it is now, with the hotkey that it is in favour of.
    #[must_use]
    pub fn lock_of(&self, account: A, terms: LockTerms<H>) -> Option<(H, Lock)> {
        let &(hotkey, lock) = self.locks.get(&account)?;
        Some((hotkey, terms.rolled(lock, self.duration(account), terms.favour(hotkey))))
    }

    /// Whether an account's lock lasts.
    #[must_use]
    pub fn duration(&self, account: A) -> Duration {
        if self.perpetual.contains(&account) { Duration::Perpetual } else { Duration::Decaying }
    }

    /// The accounts that have locks, in order.
    pub fn accounts(&self) -> impl Iterator<Item = A> + '_ {
        self.locks.keys().copied()
    }

    /// Locks more of an account's alpha, of which it has `all`.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::do_lock_stake` @ 486037ba4, 14bc6f9f9
    ///
    /// # Errors
    /// If nothing is to be locked, or more than there is, or there is a lock in favour of another hotkey.
    pub fn lock(
        &mut self,
        account: A,
        hotkey: H,
        (alpha, all): (Alpha, Alpha),
        terms: LockTerms<H>,
    ) -> Result<(), LockRefused> {
        if alpha == Alpha::ZERO {
            return Err(LockRefused::AmountTooLow);
        }
        let before = self.lock_of(account, terms);
        if before.is_some_and(|(existing, _)| existing != hotkey) {
            return Err(LockRefused::HotkeyMismatch);
        }
        let locked = before.map_or(Alpha::ZERO, |(_, lock)| lock.locked);
        if all < locked.saturating_add(alpha) {
            return Err(LockRefused::InsufficientStake);
        }
        let (duration, favour) = (self.duration(account), terms.favour(hotkey));
        let lock = self.roll(account, terms).unwrap_or(Lock { at: terms.now, ..Lock::default() });
        let more = Lock { locked: alpha, conviction: Q64::ZERO, at: terms.now };
        self.keep(account, hotkey, terms.rolled(lock.with(more), duration, favour));
        self.add_to_sum((hotkey, duration), more, terms);
        Ok(())
    }

    /// Lets an account's lock last from now on, or decay.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::do_set_perpetual_lock` @ 14bc6f9f9
    pub fn set_duration(&mut self, account: A, duration: Duration, terms: LockTerms<H>) {
        let before = self.duration(account);
        let hotkey = self.locks.get(&account).map(|&(hotkey, _)| hotkey);
        let rolled = self.roll(account, terms);
        match duration {
            Duration::Perpetual => self.perpetual.insert(account),
            Duration::Decaying => self.perpetual.remove(&account),
        };
        if let (Some(hotkey), Some(rolled), true) = (hotkey, rolled, before != duration) {
            self.take_from_sum((hotkey, before), rolled, terms);
            self.add_to_sum((hotkey, duration), rolled, terms);
        }
    }

    /// Lets an account's lock be in favour of another hotkey. Its conviction is lost unless both hotkeys are of one owner.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::do_move_lock` @ 14bc6f9f9
    ///
    /// # Errors
    /// If the account has no lock.
    pub fn move_to(
        &mut self,
        account: A,
        hotkey: H,
        same_owner: impl FnOnce(H) -> bool,
        terms: LockTerms<H>,
    ) -> Result<(), LockRefused> {
        // The sum is rolled forward by itself, whatever the rule for other calls.
        let (origin, removed) = self.lock_of(account, terms).ok_or(LockRefused::NoExistingLock)?;
        let duration = self.duration(account);
        let kept = if same_owner(origin) { removed.conviction } else { Q64::ZERO };
        let moved = terms.rolled(Lock { conviction: kept, ..removed }, duration, terms.favour(hotkey));
        self.keep(account, hotkey, moved);
        self.take_from_sum((origin, duration), removed, terms);
        self.add_to_sum((hotkey, duration), moved, terms);
        Ok(())
    }

    /// An account has staked or unstaked in the subnet: its lock is rolled forward and kept.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::cleanup_lock_if_zero` @ 486037ba4, 14bc6f9f9
    pub fn touch(&mut self, account: A, terms: LockTerms<H>) {
        if self.locks.is_empty() {
            return;
        }
        if terms.rules.sums != SumRule::Apart {
            self.roll(account, terms);
            return;
        }
        // Only of a lock that is used up anything is kept: that it is gone.
        let Some((hotkey, lock)) = self.lock_of(account, terms) else { return };
        if lock.locked == Alpha::ZERO {
            self.locks.remove(&account);
            self.take_from_sum((hotkey, self.duration(account)), lock, terms);
        }
    }

    /// Alpha of an account goes to another one within the subnet: what both have locked is rolled forward and kept, without
    /// their sums, if the giver has locked anything.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::transfer_lock` @ 14bc6f9f9
    pub fn touch_both(&mut self, giver: A, receiver: A, terms: LockTerms<H>) {
        if !self.locks.contains_key(&giver) {
            return;
        }
        for account in [giver, receiver] {
            if let Some((hotkey, lock)) = self.lock_of(account, terms) {
                self.keep(account, hotkey, lock);
            }
        }
    }

    /// Alpha of an account was sold although it may have been locked: the lock shrinks, and its conviction in proportion.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::force_reduce_lock` @ 14bc6f9f9
    pub fn shrink(&mut self, account: A, alpha: Alpha, terms: LockTerms<H>) {
        let Some(&(hotkey, _)) = self.locks.get(&account) else { return };
        let duration = self.duration(account);
        let Some(before) = self.roll(account, terms) else { return };
        let locked = before.locked.saturating_sub(alpha);
        let conviction = if locked == Alpha::ZERO {
            Q64::ZERO
        } else {
            let removed = Q64::from_int(alpha.rao()).safe_div(Q64::from_int(before.locked.rao()));
            before.conviction.times(Q64::ONE.saturating_sub(removed))
        };
        self.keep(account, hotkey, Lock { locked, conviction, at: terms.now });
        let lost = Lock {
            locked: before.locked - locked,
            conviction: before.conviction.saturating_sub(conviction),
            at: terms.now,
        };
        self.take_from_sum((hotkey, duration), lost, terms);
    }

    /// The conviction of each hotkey.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::{subnet_king, hotkey_conviction}` @ 14bc6f9f9
    #[must_use]
    pub fn convictions(&self, terms: LockTerms<H>) -> BTreeMap<H, Q64> {
        let mut convictions: BTreeMap<H, Q64> = BTreeMap::new();
        let others = self.sums.iter().map(|(&(hotkey, duration), &sum)| {
            (hotkey, terms.rolled(sum, duration, InFavourOf::Other).conviction)
        });
        let owners = self.owners_sums.iter().filter_map(|(&duration, &sum)| {
            Some((terms.owner?, terms.rolled(sum, duration, InFavourOf::Owner).conviction))
        });
        for (hotkey, conviction) in others.chain(owners) {
            let all = convictions.entry(hotkey).or_default();
            *all = all.saturating_add(conviction);
        }
        convictions
    }

    /// The hotkey that takes a subnet of an age over at its epoch, if one does; it may be the owner's.
    #[must_use]
    pub fn leader(&self, age: u64, supply: LockedSupply, terms: LockTerms<H>) -> Option<H> {
        let none = self.sums.is_empty() && self.owners_sums.is_empty();
        let never = terms.rules.ownership == OwnershipRule::Never;
        if none || never || age < terms.rules.ownership_age {
            return None;
        }
        terms.rules.ownership.leader(supply, &self.convictions(terms))
    }

    /// Another hotkey becomes the owner's: the sums go with their hotkeys. `terms` are those of the time before.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::change_subnet_owner_if_needed` @ 14bc6f9f9
    pub fn change_owner(&mut self, to: H, terms: LockTerms<H>) {
        for duration in [Duration::Perpetual, Duration::Decaying] {
            if let (Some(from), Some(sum)) = (terms.owner, self.owners_sums.remove(&duration)) {
                let moved = terms.rolled(sum, duration, InFavourOf::Owner);
                let current = self.sums.get(&(from, duration)).copied().unwrap_or_default();
                let current = terms.rolled(current, duration, InFavourOf::Other);
                put(&mut self.sums, (from, duration), current.with(moved));
            }
        }
        for duration in [Duration::Perpetual, Duration::Decaying] {
            if let Some(sum) = self.sums.remove(&(to, duration)) {
                let moved = terms.rolled(sum, duration, InFavourOf::Other);
                let moved = terms.rolled(moved, duration, InFavourOf::Owner);
                put(&mut self.owners_sums, duration, moved);
            }
        }
    }

    /// Rolls an account's lock and its sum forward and keeps both; returns the lock.
    fn roll(&mut self, account: A, terms: LockTerms<H>) -> Option<Lock> {
        let &(hotkey, before) = self.locks.get(&account)?;
        let (duration, favour) = (self.duration(account), terms.favour(hotkey));
        let after = terms.rolled(before, duration, favour);
        let rates = terms.rules.rates();
        let after = match terms.rules.sums {
            SumRule::Apart => after,
            SumRule::HeldDown => {
                let sum = self.sum((hotkey, duration), terms);
                let sum = sum.sum_after_touch(before, after, rates, duration, favour, terms.now);
                self.put_sum((hotkey, duration), sum, terms);
                after
            }
            SumRule::Together => {
                let sum = self.sum((hotkey, duration), terms);
                let (after, sum) = before.rolled_with_sum(sum, rates, duration, favour, terms.now);
                self.put_sum((hotkey, duration), sum, terms);
                after
            }
        };
        self.keep(account, hotkey, after);
        Some(after)
    }

    /// Keeps an account's lock; one of next to nothing is gone.
    fn keep(&mut self, account: A, hotkey: H, lock: Lock) {
        if lock.is_nothing() {
            self.locks.remove(&account);
        } else {
            self.locks.insert(account, (hotkey, lock));
        }
    }

    fn sum(&self, (hotkey, duration): (H, Duration), terms: LockTerms<H>) -> Lock {
        let sum = match terms.favour(hotkey) {
            InFavourOf::Owner => self.owners_sums.get(&duration),
            InFavourOf::Other => self.sums.get(&(hotkey, duration)),
        };
        sum.copied().unwrap_or(Lock { at: terms.now, ..Lock::default() })
    }

    fn put_sum(&mut self, (hotkey, duration): (H, Duration), sum: Lock, terms: LockTerms<H>) {
        match terms.favour(hotkey) {
            InFavourOf::Owner => put(&mut self.owners_sums, duration, sum),
            InFavourOf::Other => put(&mut self.sums, (hotkey, duration), sum),
        }
    }

    fn add_to_sum(&mut self, key: (H, Duration), more: Lock, terms: LockTerms<H>) {
        let rolled = |sum| terms.rolled(sum, key.1, terms.favour(key.0));
        let sum = rolled(rolled(self.sum(key, terms)).with(more));
        self.put_sum(key, sum, terms);
    }

    fn take_from_sum(&mut self, key: (H, Duration), less: Lock, terms: LockTerms<H>) {
        let sum = terms.rolled(self.sum(key, terms), key.1, terms.favour(key.0));
        self.put_sum(key, sum.without(less), terms);
    }
}

/// Keeps a sum; one of nothing is gone.
fn put<K: Ord>(sums: &mut BTreeMap<K, Lock>, key: K, sum: Lock) {
    if sum.locked == Alpha::ZERO && sum.conviction == Q64::ZERO {
        sums.remove(&key);
    } else {
        sums.insert(key, sum);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::conviction::{LockCalls, OWNERSHIP_AGE, OwnershipRule};
    use crate::units::RAO;

    const OWNER: u8 = 1;
    const RULES: LockRules =
        LockRules { calls: LockCalls::Allowed, ownership: OwnershipRule::TenthOfAll, ..LockRules::NONE };

    fn alpha(whole: u64) -> Alpha {
        Alpha::from_rao(whole * RAO)
    }

    fn at(rules: &LockRules, block: u64) -> LockTerms<'_, u8> {
        LockTerms { rules, now: Block(block), owner: Some(OWNER) }
    }

    fn conviction(locks: &SubnetLocks<u8, u8>, hotkey: u8, terms: LockTerms<u8>) -> f64 {
        locks.convictions(terms).get(&hotkey).map_or(0.0, |conviction| conviction.to_f64() / RAO as f64)
    }

    #[test]
    fn an_account_locks_what_it_has_in_favour_of_one_hotkey() {
        let mut locks = SubnetLocks::default();
        let terms = at(&RULES, 100);
        let mut lock = |hotkey, amount| locks.lock(7, hotkey, (alpha(amount), alpha(10)), terms);
        assert_eq!(lock(2, 0), Err(LockRefused::AmountTooLow));
        assert_eq!(lock(2, 11), Err(LockRefused::InsufficientStake));
        assert_eq!(lock(2, 6), Ok(()));
        assert_eq!(lock(3, 1), Err(LockRefused::HotkeyMismatch));
        assert_eq!(lock(2, 5), Err(LockRefused::InsufficientStake));
        assert_eq!(lock(2, 4), Ok(()));
        assert_eq!(locks.lock_of(7, terms).map(|(hotkey, lock)| (hotkey, lock.locked)), Some((2, alpha(10))));
        assert_eq!(locks.lock_of(8, terms), None);
    }

    #[test]
    fn the_owners_hotkey_has_conviction_at_once_others_gain_it() {
        let mut locks = SubnetLocks::default();
        for (account, hotkey) in [(7, OWNER), (8, 2)] {
            locks.lock(account, hotkey, (alpha(100), alpha(100)), at(&RULES, 0)).expect("it has that much");
        }
        assert_eq!(conviction(&locks, OWNER, at(&RULES, 0)), 100.0);
        assert_eq!(conviction(&locks, 2, at(&RULES, 0)), 0.0);
        // A time constant later both locks are at 1/e, and so is what the other has gained.
        let e = std::f64::consts::E;
        let later = at(&RULES, RULES.maturity_rate);
        assert!((conviction(&locks, OWNER, later) - 100.0 / e).abs() < 1e-6);
        assert!((conviction(&locks, 2, later) - 100.0 / e).abs() < 1e-6);
    }

    #[test]
    fn a_lock_that_lasts_gains_all_its_alpha_and_changes_sums_with_its_duration() {
        let mut locks = SubnetLocks::default();
        locks.set_duration(8, Duration::Perpetual, at(&RULES, 0));
        locks.lock(8, 2, (alpha(100), alpha(100)), at(&RULES, 0)).expect("it has that much");
        let year = at(&RULES, OWNERSHIP_AGE);
        assert!((conviction(&locks, 2, year) - 94.0).abs() < 0.1);
        let before = conviction(&locks, 2, year);
        locks.set_duration(8, Duration::Decaying, year);
        assert!((conviction(&locks, 2, year) - before).abs() < 1e-9);
        assert_eq!(locks.duration(8), Duration::Decaying);
        let later = at(&RULES, OWNERSHIP_AGE + 100_000);
        assert!(locks.lock_of(8, later).is_some_and(|(_, lock)| lock.locked < alpha(90)));
    }

    #[test]
    fn a_moved_lock_loses_its_conviction_and_gains_the_owners_at_once() {
        let mut locks = SubnetLocks::default();
        locks.lock(8, 2, (alpha(100), alpha(100)), at(&RULES, 0)).expect("it has that much");
        let later = at(&RULES, 500_000);
        let locked = locks.lock_of(8, later).expect("a lock").1.locked;
        assert_eq!(locks.clone().move_to(9, 3, |_| false, later), Err(LockRefused::NoExistingLock));
        let mut moved = locks.clone();
        moved.move_to(8, 3, |_| false, later).expect("a lock");
        assert_eq!((conviction(&moved, 2, later), conviction(&moved, 3, later)), (0.0, 0.0));
        assert_eq!(moved.lock_of(8, later).map(|(hotkey, lock)| (hotkey, lock.locked)), Some((3, locked)));
        locks.move_to(8, OWNER, |_| false, later).expect("a lock");
        assert_eq!(conviction(&locks, OWNER, later), locked.rao() as f64 / RAO as f64);
    }

    /// Two alike; one of them trades in between. What the sum of their conviction is then, and without the trade.
    fn touched(sums: SumRule) -> (f64, f64) {
        let rules = LockRules { sums, ..RULES };
        let mut locks = SubnetLocks::default();
        for account in [7, 8] {
            locks.lock(account, 2, (alpha(100), alpha(100)), at(&rules, 0)).expect("it has that much");
        }
        let left_alone = conviction(&locks, 2, at(&rules, 400_000));
        for block in [100_000, 200_000, 300_000] {
            locks.touch(7, at(&rules, block));
        }
        (conviction(&locks, 2, at(&rules, 400_000)), left_alone)
    }

    #[test]
    fn who_trades_holds_the_conviction_of_others_down_until_that_was_repaired() {
        let (apart, left_alone) = touched(SumRule::Apart);
        assert_eq!(apart, left_alone);
        let (held_down, left_alone) = touched(SumRule::HeldDown);
        assert!(held_down < left_alone * 0.9, "{held_down} of {left_alone}");
        let (together, left_alone) = touched(SumRule::Together);
        assert!((together - left_alone).abs() < 1e-6, "{together} of {left_alone}");
    }

    #[test]
    fn a_move_or_a_gift_holds_nobody_down() {
        let rules = LockRules { sums: SumRule::HeldDown, ..RULES };
        let mut locks = SubnetLocks::default();
        for account in [7, 8] {
            locks.lock(account, 2, (alpha(100), alpha(100)), at(&rules, 0)).expect("it has that much");
        }
        let mut moved = locks.clone();
        moved.move_to(7, 3, |_| false, at(&rules, 300_000)).expect("a lock");
        let both = conviction(&locks, 2, at(&rules, 300_000));
        assert!((conviction(&moved, 2, at(&rules, 300_000)) - both / 2.0).abs() < 1e-6);
        let left_alone = conviction(&locks, 2, at(&rules, 400_000));
        locks.touch_both(7, 9, at(&rules, 300_000));
        assert_eq!(conviction(&locks, 2, at(&rules, 400_000)), left_alone);
        // But what its own lock has lost until then the sum does not lose any more, when it is touched.
        locks.touch(7, at(&rules, 300_001));
        assert!(locks.sums[&(2, Duration::Decaying)].locked > alpha(199));
    }

    #[test]
    fn what_is_sold_all_the_same_takes_its_part_of_the_conviction_along() {
        let mut locks = SubnetLocks::default();
        locks.lock(8, 2, (alpha(100), alpha(100)), at(&RULES, 0)).expect("it has that much");
        let later = at(&RULES, 500_000);
        let (_, before) = locks.lock_of(8, later).expect("a lock");
        let quarter = Alpha::from_rao(before.locked.rao() / 4);
        locks.shrink(8, quarter, later);
        let (_, after) = locks.lock_of(8, later).expect("a lock");
        assert_eq!(after.locked, before.locked - quarter);
        assert!((after.conviction.to_f64() / before.conviction.to_f64() - 0.75).abs() < 1e-9);
        assert!((conviction(&locks, 2, later) * RAO as f64 - after.conviction.to_f64()).abs() < 2.0);
        locks.shrink(8, alpha(100), later);
        assert_eq!(locks, SubnetLocks::default());
    }

    #[test]
    fn the_leader_takes_over_and_the_sums_go_with_the_office() {
        let mut locks = SubnetLocks::default();
        locks.lock(7, OWNER, (alpha(30), alpha(30)), at(&RULES, 0)).expect("it has that much");
        locks.set_duration(8, Duration::Perpetual, at(&RULES, 0));
        locks.lock(8, 2, (alpha(150), alpha(150)), at(&RULES, 0)).expect("it has that much");
        let now = at(&RULES, OWNERSHIP_AGE);
        let supply = LockedSupply { alpha_out: alpha(1_000), protocol: Alpha::ZERO, burned: Alpha::ZERO };
        assert_eq!(locks.leader(OWNERSHIP_AGE - 1, supply, now), None);
        assert_eq!(locks.leader(OWNERSHIP_AGE, supply, now), Some(2));
        let (old, new) = (conviction(&locks, OWNER, now), conviction(&locks, 2, now));
        locks.change_owner(2, now);
        let after = LockTerms { owner: Some(2), ..now };
        // The new owner's hotkey has what is locked at once, the old one keeps what it had.
        assert!(new < 142.0);
        assert_eq!(conviction(&locks, 2, after), 150.0);
        assert!((conviction(&locks, OWNER, after) - old).abs() < 1e-6);
    }

    proptest! {
        /// Whatever accounts do, none has more locked than it had locked itself, and under the repaired rule the sums are those
        /// of the locks.
        #[test]
        fn sums_are_those_of_the_locks(
            steps in prop::collection::vec((0..3u8, 1..4u8, 0..5u8, 1..1_000u64, 0..300_000u64), 1..30),
        ) {
            let rules = LockRules { sums: SumRule::Together, ..RULES };
            let (mut locks, mut block, mut put_in) = (SubnetLocks::default(), 0, [0; 3]);
            for (account, hotkey, what, amount, pause) in steps {
                block += pause;
                let terms = at(&rules, block);
                match what {
                    0 | 1 => {
                        if locks.lock(account, hotkey, (alpha(amount), alpha(1_000_000)), terms).is_ok() {
                            put_in[usize::from(account)] += amount * RAO;
                        }
                    }
                    2 => {
                        let lasts = amount % 2 == 0;
                        let duration = if lasts { Duration::Perpetual } else { Duration::Decaying };
                        locks.set_duration(account, duration, terms);
                    }
                    3 => drop(locks.move_to(account, hotkey, |origin| origin == hotkey, terms)),
                    _ => locks.touch(account, terms),
                }
            }
            let terms = at(&rules, block);
            let mut sums: BTreeMap<u8, f64> = BTreeMap::new();
            for account in locks.accounts() {
                let (hotkey, lock) = locks.lock_of(account, terms).expect("it has one");
                prop_assert!(lock.locked.rao() <= put_in[usize::from(account)]);
                *sums.entry(hotkey).or_default() += lock.conviction.to_f64();
            }
            for hotkey in 1..4u8 {
                let of_locks = sums.get(&hotkey).copied().unwrap_or_default();
                let of_sums = conviction(&locks, hotkey, terms) * RAO as f64;
                // Each rolling forward rounds, and is off by 2^-62 of what is locked.
                prop_assert!((of_sums - of_locks).abs() < 10_000.0, "{of_sums} and {of_locks}");
            }
        }
    }
}
