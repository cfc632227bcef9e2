//! Conviction: alpha that is locked, the weight that it gains with time, and who owns a subnet by it (spec 425 on).
//!
//! A coldkey locks alpha of a subnet in favour of one hotkey. Locked alpha cannot be unstaked or moved. A lock decays
//! unless its coldkey wants it to last; while it lasts its conviction matures towards what is locked:
//!
//! ```text
//! m' = m * e^(-t/U)                                                           decaying; a lasting lock keeps m
//! c' = c * e^(-t/M) + m * (1 - e^(-t/M))                                      lasting
//!    = c * e^(-t/M) + m * (t/M) * e^(-t/M)                                    decaying, U = M
//!    = c * e^(-t/M) + m * U * (e^(-t/U) - e^(-t/M)) / (U - M)                 decaying, U != M
//! ```
//! A lock in favour of the owner's hotkey has as much conviction as it locks. A lock of less than 100 rao with a conviction
//! below 100 is gone.
//!
//! The exponential is exact to 2^-62 here; the chain's series is off by up to a millionth.
//!
//! Source: `subtensor:pallets/subtensor/src/staking/lock.rs` @ 14bc6f9f9

mod decay;
mod ownership;
mod rules;
mod subnet;

pub use ownership::{LockedSupply, OWNERSHIP_AGE, OwnershipRule};
pub use rules::{LockCalls, LockRules, LockValues, SumRule};
pub use subnet::{LockRefused, LockTerms, SubnetLocks};

use self::decay::decayed;
use crate::fixed::Q64;
use crate::units::{Alpha, Block};

/// How fast locks decay and mature, as time constants in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockRates {
    /// U, in which a decaying lock falls to 1/e (`UnlockRate`).
    pub unlock: u64,
    /// M, in which conviction comes within 1/e of what is locked (`MaturityRate`).
    pub maturity: u64,
}

impl LockRates {
    /// The code's defaults: a half-life of 90 days.
    ///
    /// Source: `subtensor:pallets/subtensor/src/lib.rs` @ 14bc6f9f9
    pub const DEFAULT: Self = Self { unlock: 934_866, maturity: 934_866 };
}

/// Whether a lock decays.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Duration {
    /// It decays from the first block on.
    #[default]
    Decaying,
    /// It stays until its coldkey wants otherwise.
    Perpetual,
}

/// In whose favour a lock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InFavourOf {
    /// The hotkey that gets the owner's cut.
    Owner,
    /// Another hotkey.
    Other,
}

/// A lock, or the sum of several that are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// What is locked.
    pub locked: Alpha,
    /// Its conviction, in rao.
    pub conviction: Q64,
    /// When both were this much.
    pub at: Block,
}

/// Below this, in rao, both what is locked and its conviction count as nothing.
const NOTHING: u64 = 100;

impl Lock {
    /// The lock as it is in a later block.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::roll_forward_lock` @ 14bc6f9f9
    #[must_use]
    pub fn rolled(self, rates: LockRates, duration: Duration, favour: InFavourOf, now: Block) -> Self {
        let rolled = self.rolled_with_dust(rates, duration, favour, now);
        if rolled.is_nothing() {
            return Self { locked: Alpha::ZERO, conviction: Q64::ZERO, at: rolled.at };
        }
        rolled
    }

    /// Whether it is too little to be kept.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.locked.rao() < NOTHING && self.conviction < Q64::from_int(NOTHING)
    }

    /// The lock as it is in a later block, however little is left.
    fn rolled_with_dust(self, rates: LockRates, duration: Duration, favour: InFavourOf, now: Block) -> Self {
        let mut rolled = match now.since(self.at) {
            0 => self,
            blocks => self.after(rates, duration, blocks, now),
        };
        if favour == InFavourOf::Owner {
            rolled.conviction = Q64::from_int(rolled.locked.rao());
        }
        rolled
    }

    fn after(self, rates: LockRates, duration: Duration, blocks: u64, now: Block) -> Self {
        let (unlocked, matured) = (decayed(blocks, rates.unlock), decayed(blocks, rates.maturity));
        let mass = Q64::from_int(self.locked.rao());
        let (locked, gained) = match duration {
            Duration::Perpetual => (self.locked, Q64::ONE.saturating_sub(matured)),
            Duration::Decaying => {
                let locked = Alpha::from_rao(mass.times(unlocked).floor());
                let gained = if rates.unlock == rates.maturity {
                    Q64::from_int(blocks).safe_div(Q64::from_int(rates.maturity)).times(matured)
                } else if rates.unlock == 0 || rates.maturity == 0 {
                    Q64::ZERO
                } else {
                    let apart = Q64::from_bits(unlocked.bits().abs_diff(matured.bits()));
                    let rates_apart = Q64::from_int(rates.unlock.abs_diff(rates.maturity));
                    Q64::from_int(rates.unlock).times(apart).safe_div(rates_apart)
                };
                (locked, gained)
            }
        };
        let conviction = matured.times(self.conviction).saturating_add(mass.times(gained));
        Self { locked, conviction, at: now }
    }

    /// Two locks that were rolled to the same block, together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            locked: self.locked + other.locked,
            conviction: self.conviction.saturating_add(other.conviction),
            at: self.at.max(other.at),
        }
    }

    /// A sum of locks without one of them.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self {
            locked: self.locked.saturating_sub(other.locked),
            conviction: self.conviction.saturating_sub(other.conviction),
            at: self.at,
        }
    }

    /// The lock in a later block and its sum, rolled forward apart from each other and joined again: the chain's repair of
    /// [`Self::sum_after_touch`].
    ///
    /// Source: `RaoFoundation/subtensor:pallets/subtensor/src/staking/lock.rs::roll_forward` @ 081650b31
    #[must_use]
    pub fn rolled_with_sum(
        self,
        sum: Self,
        rates: LockRates,
        duration: Duration,
        favour: InFavourOf,
        now: Block,
    ) -> (Self, Self) {
        let anchor = sum.at.max(self.at);
        let own = self.rolled_with_dust(rates, duration, favour, anchor);
        let others = sum.rolled(rates, duration, favour, anchor).without(own);
        let others = others.rolled_with_dust(rates, duration, favour, now);
        let own = own.rolled(rates, duration, favour, now);
        (own, others.with(own))
    }

    /// A sum of locks after one of them was rolled and kept in a block.
    ///
    /// If that lock lost alpha or conviction by it, the sum loses as much and counts as of this block, without having been
    /// rolled itself: what the conviction of the others has gained since then is lost, and so is the decay of what they
    /// lock. Otherwise the sum is rolled. A fault of the chain, at spec 425.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::{roll_forward, apply_roll_delta_to_aggregate}` @ 14bc6f9f9
    #[must_use]
    pub fn sum_after_touch(
        self,
        before: Self,
        after: Self,
        rates: LockRates,
        duration: Duration,
        favour: InFavourOf,
        now: Block,
    ) -> Self {
        let lost = before.locked.saturating_sub(after.locked);
        let forgotten = before.conviction.saturating_sub(after.conviction);
        if lost == Alpha::ZERO && forgotten == Q64::ZERO {
            return self.rolled(rates, duration, favour, now);
        }
        Self {
            locked: self.locked.saturating_sub(lost),
            conviction: self.conviction.saturating_sub(forgotten),
            at: now,
        }
    }
}

/// What a coldkey may unstake or move of all its alpha in a subnet.
#[must_use]
pub fn available(all: Alpha, locked: Alpha) -> Alpha {
    all.saturating_sub(locked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::RAO;

    const RATES: LockRates = LockRates::DEFAULT;

    fn lock(locked: u64, conviction: u64) -> Lock {
        Lock { locked: Alpha::from_rao(locked), conviction: Q64::from_int(conviction), at: Block(0) }
    }

    fn rolled(lock: Lock, rates: LockRates, duration: Duration, blocks: u64) -> (f64, f64) {
        let rolled = lock.rolled(rates, duration, InFavourOf::Other, Block(blocks));
        (rolled.locked.rao() as f64, rolled.conviction.to_f64())
    }

    /// A time constant later a decaying lock is at 1/e, and so is its conviction; a lasting one has gained 1 - 1/e.
    #[test]
    fn a_time_constant_by_hand() {
        let e = std::f64::consts::E;
        let near = |(a, b): (f64, f64), (c, d): (f64, f64)| (a - c).abs() < 1.0 && (b - d).abs() < 1.0;
        let whole = RAO as f64;
        assert!(near(rolled(lock(RAO, 0), RATES, Duration::Decaying, 934_866), (whole / e, whole / e)));
        assert!(near(
            rolled(lock(RAO, 0), RATES, Duration::Perpetual, 934_866),
            (whole, whole * (1.0 - 1.0 / e))
        ));
        assert!(near(rolled(lock(0, RAO), RATES, Duration::Perpetual, 934_866), (0.0, whole / e)));
        // U = 2, M = 1 after two blocks: 2 * (1/e - 1/e^2).
        let apart = LockRates { unlock: 2, maturity: 1 };
        let gained = 2.0 * whole * (1.0 / e - 1.0 / (e * e));
        assert!(near(rolled(lock(RAO, 0), apart, Duration::Decaying, 2), (whole / e, gained)));
    }

    #[test]
    fn the_owners_locks_have_conviction_at_once_and_dust_has_none() {
        let of = |lock: Lock, favour| lock.rolled(RATES, Duration::Decaying, favour, Block(0));
        assert_eq!(of(lock(500, 7), InFavourOf::Owner).conviction, Q64::from_int(500));
        assert_eq!(of(lock(500, 7), InFavourOf::Other).conviction, Q64::from_int(7));
        assert_eq!(of(lock(99, 99), InFavourOf::Other), Lock::default());
        assert_eq!(of(lock(99, 100), InFavourOf::Other).locked, Alpha::from_rao(99));
    }

    #[test]
    fn touching_a_decaying_lock_holds_the_sum_down() {
        let (mine, theirs) = (lock(RAO, 0), lock(9 * RAO, 0));
        let sum = mine.with(theirs);
        let now = Block(100_000);
        let after = mine.rolled(RATES, Duration::Decaying, InFavourOf::Other, now);
        let touched = sum.sum_after_touch(mine, after, RATES, Duration::Decaying, InFavourOf::Other, now);
        let honest = sum.rolled(RATES, Duration::Decaying, InFavourOf::Other, now);
        assert_eq!(touched.locked, sum.locked - (mine.locked - after.locked));
        assert!(touched.conviction < honest.conviction && touched.locked > honest.locked);
        // A lasting lock loses nothing, so that the sum is rolled.
        let after = mine.rolled(RATES, Duration::Perpetual, InFavourOf::Other, now);
        let touched = sum.sum_after_touch(mine, after, RATES, Duration::Perpetual, InFavourOf::Other, now);
        assert_eq!(touched, sum.rolled(RATES, Duration::Perpetual, InFavourOf::Other, now));
    }

    proptest! {
        #[test]
        fn conviction_never_exceeds_what_was_locked_and_rolling_twice_is_rolling_once(
            locked in 1_000_000..1u64 << 54, matured in 0.0..=1.0f64, first in 0..2_000_000u64, second in 0..2_000_000u64,
            unlock in 100_000..2_000_000u64, maturity in 100_000..2_000_000u64, lasts: bool,
        ) {
            let duration = if lasts { Duration::Perpetual } else { Duration::Decaying };
            let rates = LockRates { unlock, maturity };
            let start = lock(locked, (locked as f64 * matured) as u64);
            let once = start.rolled(rates, duration, InFavourOf::Other, Block(first + second));
            let half = start.rolled(rates, duration, InFavourOf::Other, Block(first));
            let twice = half.rolled(rates, duration, InFavourOf::Other, Block(first + second));
            prop_assert!(once.locked.rao() <= locked && half.locked >= once.locked);
            prop_assert!(once.conviction.to_f64() <= locked as f64 * (1.0 + 1e-9));
            let off = |a: f64, b: f64| (a - b).abs() / (locked as f64);
            // What is locked is rounded down once more on the way.
            prop_assert!(off(once.locked.rao() as f64, twice.locked.rao() as f64) < 1e-6);
            prop_assert!(off(once.conviction.to_f64(), twice.conviction.to_f64()) < 1e-5);
        }
    }
}
