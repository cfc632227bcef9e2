//! Child keys: hotkeys that others lend stake to, and when a change of them takes effect.
//!
//! A call only schedules a change. The chain takes it over later, so that stake cannot be lent for a single epoch. What
//! is lent counts for the child's stake weight, and the child's dividends are shared with its parents
//! ([`crate::drain`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::drain::Proportion;
use crate::settable::{self, settable};
use crate::units::{Block, Tao};

/// The most children that a hotkey may have on a subnet.
pub const MAX_CHILDREN: usize = 5;

/// Blocks between two calls of a hotkey on a subnet: 30 minutes.
pub const RATE_LIMIT: u64 = 150;

settable! {
    /// By whom and when children are set.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ChildrenRules, written as ChildrenValues {
        /// Blocks that must have passed before a change is taken over (`DefaultPendingCooldown`).
        cooldown: u64 = "blocks" in settable::BLOCKS;
        /// At which moments changes are taken over.
        taken_over: TakenOver = "rule";
        /// Whose stake must reach the threshold.
        parents: Parents = "rule";
        /// Whether a change waits on a subnet that is not started.
        before_start: BeforeStart = "rule";
        /// Whether root's validators lend their stake to the owner of a new subnet.
        root_parents: RootParents = "rule";
    }
}

settable::values!(TakenOver, Parents, BeforeStart, RootParents);

/// At which moments changes of children are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TakenOver {
    /// Before each of the subnet's epochs, so that they count in it (before dynamic TAO).
    BeforeEpoch,
    /// At the end of each block's coinbase (spec 234).
    EveryBlock,
    /// At the end of the coinbase of each block in which the subnet's epoch ran (spec 238 on).
    AfterEpoch,
}

/// Whose stake must reach the threshold for children to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Parents {
    /// Everybody's (to spec 243).
    All,
    /// Everybody's except that of the subnet owner's hotkey (spec 244 on).
    NotTheOwner,
}

/// Whether a change of children waits on a subnet that is not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum BeforeStart {
    /// To spec 396: it waits as on others.
    Waits,
    /// Spec 397 on: it takes effect at once.
    AtOnce,
}

/// Whether root's validators become parents of a new subnet's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RootParents {
    /// To spec 396: no.
    None,
    /// Spec 397 on: each lends all its stake on the subnet to the owner's hotkey, as far as it may have children. None of
    /// them has switched that off (`AutoParentDelegationEnabled`).
    All,
}

/// When a change of children takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Once the cooldown has passed.
    Later,
    /// In the same block.
    AtOnce,
}

impl ChildrenRules {
    /// When a change takes effect on a subnet, by whether that has been started.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/set_children.rs::schedule_or_apply_ck` @ e7f05a051
    #[must_use]
    pub const fn applied(&self, started: bool) -> Applied {
        match (self.before_start, started) {
            (BeforeStart::AtOnce, false) => Applied::AtOnce,
            (BeforeStart::AtOnce, true) | (BeforeStart::Waits, _) => Applied::Later,
        }
    }

    /// The rules before dynamic TAO.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::run_coinbase` @ 8f39a5832
    pub const ROOT_VOTING: Self = Self {
        cooldown: 7_200,
        taken_over: TakenOver::BeforeEpoch,
        parents: Parents::All,
        before_start: BeforeStart::Waits,
        root_parents: RootParents::None,
    };
}

/// Why children were not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChildrenRefused {
    /// The last call was too recent.
    #[error("children can be set again in block {0}")]
    TooSoon(Block),
    /// There are too many.
    #[error("a hotkey has at most {MAX_CHILDREN} children")]
    TooMany,
    /// A hotkey lends to itself.
    #[error("a hotkey is not its own child")]
    Itself,
    /// More is lent than there is.
    #[error("the fractions lent to children sum to more than one")]
    TooMuch,
    /// A child is named twice.
    #[error("a child is named twice")]
    Twice,
    /// The parent's stake is below the threshold.
    #[error("the parent's stake is worth less than {0}")]
    StakeTooLow(Tao),
}

/// A change of a hotkey's children.
#[derive(Clone, Debug)]
pub struct ChildrenCall<'a, K> {
    /// Whose children.
    pub parent: K,
    /// To whom it lends, and which fraction of its stake.
    pub children: &'a Arc<[(K, Proportion)]>,
    /// What the parent's stake on root and all subnets is worth, in TAO at the spot prices.
    pub stake: Tao,
    /// The least of it that may lend; a call that lends nothing needs none.
    pub threshold: Tao,
    /// Whether the parent is the subnet owner's hotkey.
    pub standing: ParentStanding,
    /// When the change takes effect.
    pub applied: Applied,
}

/// Whether a parent is the subnet owner's hotkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParentStanding {
    /// It is.
    Owner,
    /// It is not.
    Other,
}

/// The children of all hotkeys on a subnet.
#[derive(Clone, Debug)]
pub struct ChildKeys<K> {
    in_force: BTreeMap<K, Arc<[(K, Proportion)]>>,
    pending: BTreeMap<K, Scheduled<K>>,
    last_call: BTreeMap<K, Block>,
}

#[derive(Clone, Debug)]
struct Scheduled<K> {
    children: Arc<[(K, Proportion)]>,
    /// Taken over in a block after this one.
    after: Block,
}

impl<K> Default for ChildKeys<K> {
    fn default() -> Self {
        Self { in_force: BTreeMap::new(), pending: BTreeMap::new(), last_call: BTreeMap::new() }
    }
}

impl<K: Copy + Ord> ChildKeys<K> {
    /// Schedules a change, in place of one that was scheduled before, or makes it at once.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/set_children.rs::do_schedule_children` @ f95810a25, 5073ade60,
    /// e7f05a051
    ///
    /// # Errors
    /// The first condition that does not hold, in the chain's order.
    pub fn schedule(
        &mut self,
        rules: &ChildrenRules,
        call: &ChildrenCall<'_, K>,
        now: Block,
    ) -> Result<(), ChildrenRefused> {
        let ChildrenCall { parent, children, stake, threshold, standing, applied } = *call;
        let require = |holds: bool, refused| if holds { Ok(()) } else { Err(refused) };
        if let Some(&last) = self.last_call.get(&parent) {
            require(now.since(last) >= RATE_LIMIT, ChildrenRefused::TooSoon(last + RATE_LIMIT))?;
        }
        require(children.len() <= MAX_CHILDREN, ChildrenRefused::TooMany)?;
        require(children.iter().all(|&(child, _)| child != parent), ChildrenRefused::Itself)?;
        let sum: u128 = children.iter().map(|(_, fraction)| u128::from(fraction.0)).sum();
        require(sum <= u128::from(u64::MAX), ChildrenRefused::TooMuch)?;
        let twice =
            (1..children.len()).any(|at| children[..at].iter().any(|(other, _)| *other == children[at].0));
        require(!twice, ChildrenRefused::Twice)?;
        let exempt = rules.parents == Parents::NotTheOwner && standing == ParentStanding::Owner;
        let enough = children.is_empty() || stake >= threshold || exempt;
        require(enough, ChildrenRefused::StakeTooLow(threshold))?;

        self.last_call.insert(parent, now);
        match applied {
            Applied::AtOnce => {
                self.in_force.insert(parent, Arc::clone(children));
            }
            Applied::Later => {
                let scheduled = Scheduled { children: Arc::clone(children), after: now + rules.cooldown };
                self.pending.insert(parent, scheduled);
            }
        }
        Ok(())
    }

    /// Takes over all changes whose time has come.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/set_children.rs::do_set_pending_children` @ f95810a25
    pub fn take_over(&mut self, now: Block) {
        let due = self.pending.extract_if(.., |_, scheduled| scheduled.after < now);
        self.in_force.extend(due.map(|(parent, scheduled)| (parent, scheduled.children)));
    }

    /// Takes over all changes, whether their time has come or not.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/set_children.rs::do_set_pending_children` @ e7f05a051
    pub fn take_over_all(&mut self) {
        let due = std::mem::take(&mut self.pending);
        self.in_force.extend(due.into_iter().map(|(parent, scheduled)| (parent, scheduled.children)));
    }

    /// Drops the change that a hotkey has scheduled, if any.
    pub fn cancel(&mut self, parent: K) {
        self.pending.remove(&parent);
    }

    /// A hotkey's children, and which fraction of its stake it lends to each.
    #[must_use]
    pub fn of(&self, parent: K) -> &[(K, Proportion)] {
        self.in_force.get(&parent).map_or(&[], |children| children)
    }

    /// All hotkeys with their children, in order.
    pub fn iter(&self) -> impl Iterator<Item = (K, &[(K, Proportion)])> + '_ {
        self.in_force.iter().map(|(&parent, children)| (parent, &**children))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As at spec 234.
    const LAUNCH: ChildrenRules =
        ChildrenRules { cooldown: 1, taken_over: TakenOver::EveryBlock, ..ChildrenRules::ROOT_VOTING };

    type Refused = Result<(), ChildrenRefused>;

    fn schedule(
        keys: &mut ChildKeys<u32>,
        rules: &ChildrenRules,
        children: &[(u32, u64)],
        now: u64,
    ) -> Refused {
        let children = children.iter().map(|&(child, part)| (child, Proportion(part))).collect();
        let call = ChildrenCall {
            parent: 0,
            children: &children,
            stake: Tao::from_rao(10),
            threshold: Tao::from_rao(10),
            standing: ParentStanding::Other,
            applied: rules.applied(false),
        };
        keys.schedule(rules, &call, Block(now))
    }

    #[test]
    fn a_change_is_taken_over_once_more_than_the_cooldown_has_passed() {
        for (rules, first) in [(LAUNCH, 102), (ChildrenRules::ROOT_VOTING, 7_301)] {
            let mut keys = ChildKeys::default();
            schedule(&mut keys, &rules, &[(1, 9)], 100).expect("nothing is wrong with it");
            keys.take_over(Block(first - 1));
            assert_eq!(keys.of(0), []);
            keys.take_over(Block(first));
            assert_eq!(keys.of(0), [(1, Proportion(9))]);
        }
    }

    #[test]
    fn a_later_change_replaces_the_scheduled_one_and_waits_anew() {
        let rules = ChildrenRules { cooldown: 200, ..LAUNCH };
        let mut keys = ChildKeys::default();
        schedule(&mut keys, &rules, &[(1, 9)], 100).expect("the first");
        assert_eq!(schedule(&mut keys, &rules, &[(2, 9)], 249), Err(ChildrenRefused::TooSoon(Block(250))));
        schedule(&mut keys, &rules, &[(2, 9)], 250).expect("150 blocks later");
        keys.take_over(Block(450));
        assert_eq!(keys.of(0), []);
        keys.take_over(Block(451));
        assert_eq!(keys.of(0), [(2, Proportion(9))]);
        // Lending to nobody ends it.
        schedule(&mut keys, &rules, &[], 500).expect("in time");
        keys.take_over(Block(701));
        assert_eq!(keys.of(0), []);
    }

    #[test]
    fn from_spec_397_a_change_waits_for_nothing_before_the_subnet_is_started() {
        let rules = ChildrenRules { before_start: BeforeStart::AtOnce, cooldown: 200, ..LAUNCH };
        assert_eq!(rules.applied(true), Applied::Later);
        let mut keys = ChildKeys::default();
        schedule(&mut keys, &rules, &[(1, 9)], 100).expect("nothing is wrong with it");
        assert_eq!(keys.of(0), [(1, Proportion(9))]);
        // What was scheduled before that is taken over with the next epoch.
        schedule(&mut keys, &LAUNCH, &[(2, 9)], 300).expect("in time");
        keys.take_over_all();
        assert_eq!(keys.of(0), [(2, Proportion(9))]);
    }

    #[test]
    fn each_condition_refuses_by_itself() {
        let refused =
            |children: &[(u32, u64)]| schedule(&mut ChildKeys::default(), &LAUNCH, children, 1).unwrap_err();
        assert_eq!(refused(&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)]), ChildrenRefused::TooMany);
        assert_eq!(refused(&[(1, 1), (0, 1)]), ChildrenRefused::Itself);
        assert_eq!(refused(&[(1, u64::MAX), (2, 1)]), ChildrenRefused::TooMuch);
        assert_eq!(refused(&[(1, 1), (2, 1), (1, 1)]), ChildrenRefused::Twice);
        let all = [(1, u64::MAX - 4), (2, 1), (3, 1), (4, 1), (5, 1)];
        assert_eq!(schedule(&mut ChildKeys::default(), &LAUNCH, &all, 1), Ok(()));
    }

    #[test]
    fn from_spec_244_the_owners_hotkey_needs_no_stake_and_lending_nothing_never_does() {
        let poor = |parents, standing, children: &[(u32, Proportion)]| {
            let children = children.into();
            let call = ChildrenCall {
                parent: 0,
                children: &children,
                stake: Tao::from_rao(9),
                threshold: Tao::from_rao(10),
                standing,
                applied: Applied::Later,
            };
            ChildKeys::default().schedule(&ChildrenRules { parents, ..LAUNCH }, &call, Block(1))
        };
        let lends = [(1, Proportion(1))];
        let low = Err(ChildrenRefused::StakeTooLow(Tao::from_rao(10)));
        assert_eq!(poor(Parents::All, ParentStanding::Owner, &lends), low);
        assert_eq!(poor(Parents::NotTheOwner, ParentStanding::Other, &lends), low);
        assert_eq!(poor(Parents::NotTheOwner, ParentStanding::Owner, &lends), Ok(()));
        assert_eq!(poor(Parents::All, ParentStanding::Other, &[]), Ok(()));
    }
}
