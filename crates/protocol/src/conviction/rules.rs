//! What differs between locks, by revision.

use super::{LockRates, OWNERSHIP_AGE, OwnershipRule};
use crate::settable::{self, settable};

/// Whether alpha can be locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LockCalls {
    /// To spec 410: there are no locks.
    None,
    /// Spec 411 on: in favour of a hotkey.
    Allowed,
}

/// What becomes of a hotkey's sum of locks when one of them is rolled forward and kept, as at each trade of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SumRule {
    /// Spec 411 to 422: nothing.
    Apart,
    /// Spec 423 on: it loses what that lock has lost and counts as of this block, without having been rolled forward itself. What
    /// the conviction of the others has gained since then is lost, and so is the decay of what they lock. A fault of the chain.
    HeldDown,
    /// Spec 475 on: the lock is taken out, and both are rolled forward and joined again.
    Together,
}

settable! {
    /// How alpha is locked, and who owns a subnet by it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LockRules, written as LockValues {
        /// Whether alpha can be locked.
        calls: LockCalls = "rule";
        /// Blocks in which a decaying lock falls to 1/e (`UnlockRate`).
        unlock_rate: u64 = "blocks" in 1..=*settable::BLOCKS.end();
        /// Blocks in which conviction comes within 1/e of what is locked (`MaturityRate`).
        maturity_rate: u64 = "blocks" in 1..=*settable::BLOCKS.end();
        /// What becomes of a hotkey's sum of locks when one of them is kept.
        sums: SumRule = "rule";
        /// When the hotkey with most conviction takes a subnet over.
        ownership: OwnershipRule = "rule";
        /// How old a subnet is before that can happen.
        ownership_age: u64 = "blocks" in settable::BLOCKS;
    }
}

settable::values!(LockCalls, SumRule, OwnershipRule);

impl LockRules {
    /// Those of a chain without locks.
    pub const NONE: Self = Self {
        calls: LockCalls::None,
        unlock_rate: LockRates::DEFAULT.unlock,
        maturity_rate: LockRates::DEFAULT.maturity,
        sums: SumRule::Apart,
        ownership: OwnershipRule::Never,
        ownership_age: OWNERSHIP_AGE,
    };

    /// How fast locks decay and mature.
    #[must_use]
    pub fn rates(&self) -> LockRates {
        LockRates { unlock: self.unlock_rate, maturity: self.maturity_rate }
    }
}
