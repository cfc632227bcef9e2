//! Collateral of neurons: where a subnet asks for it, a part of a neuron's price is staked and locked instead of burned. What the
//! neuron earns lets it go.
//!
//! ```text
//! required  = floor(price * share)                               share = lock_share / 65,535
//! burned    = price - required
//! locked    = required - floor(standing * moving price)          at least nothing
//! ```
//! Both are paid by one purchase. What it buys is shared in proportion, the locked part rounded down.
//!
//! Source: `subtensor:pallets/subtensor/src/subnets/collateral.rs` (`RaoFoundation` @ 1ce8b56f), of which 00d2eb97 is an earlier form.

use crate::fixed::{Q32, Q64};
use crate::settable::{self, text};
use crate::units::{Alpha, RAO, Tao};

/// How a registration of a neuron is paid, by revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum NeuronPayment {
    /// What the price buys is burned, and the purchase's fee is nobody's (to spec 436).
    Burned,
    /// A subnet may have a part of the price locked as collateral. The fee is the author's of the block, with or without
    /// collateral, and the account must stay alive without paying less (spec 437 on).
    WithCollateral,
}

/// What a subnet asks of its neurons as collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollateralTerms {
    lock_share: u16,
    release: Q64,
}

/// Terms of collateral that the chain does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollateralRefused {
    /// Too much of the price would be locked.
    #[error("CollateralLockShareTooHigh")]
    LockShareTooHigh,
    /// Nothing would ever be let go, or too much at once.
    #[error("CollateralDrainRatioOutOfBounds")]
    ReleaseOutOfBounds,
}

impl CollateralTerms {
    /// A subnet's without a choice of its own: nothing is locked.
    pub const NONE: Self = Self { lock_share: 0, release: Q64::ONE };

    /// The most of the price that may be locked, in 65,535ths: 95 % (`MaxCollateralLockShare`).
    pub const MAX_LOCK_SHARE: u16 = 62_258;

    /// The most that may be let go for each alpha earned (`MaxCollateralDrainRatio`).
    pub const MAX_RELEASE: Q64 = Q64::from_int(10);

    /// Terms with so many 65,535ths of the price locked (`CollateralLockShare`), and so much let go for each alpha earned
    /// (`CollateralDrainRatio`).
    ///
    /// # Errors
    /// If more than 95 % would be locked, or the ratio is zero or above 10.
    ///
    /// Source: `subtensor:pallets/subtensor/src/lib.rs::MaxCollateralLockShare, MaxCollateralDrainRatio` (`RaoFoundation` @ d19c99e8a)
    pub fn new(lock_share: u16, release: Q64) -> Result<Self, CollateralRefused> {
        if lock_share > Self::MAX_LOCK_SHARE {
            return Err(CollateralRefused::LockShareTooHigh);
        }
        if release == Q64::ZERO || release > Self::MAX_RELEASE {
            return Err(CollateralRefused::ReleaseOutOfBounds);
        }
        Ok(Self { lock_share, release })
    }

    /// The terms that a file writes as numbers: the fraction of the price, rounded to 65,535ths, and the ratio.
    ///
    /// # Errors
    /// Which number is out of its range, and what that is.
    pub fn written(lock_share: f64, release: f64) -> Result<Self, CollateralFault> {
        let parts = (lock_share * f64::from(u16::MAX)).round();
        if !(lock_share >= 0.0 && parts <= f64::from(Self::MAX_LOCK_SHARE)) {
            return Err(CollateralFault::LockShare(text(&lock_share)));
        }
        // Not-a-number and what is below the smallest ratio become zero, which is refused.
        Self::new(parts as u16, Q64::from_f64(release)).map_err(|_| CollateralFault::Release(text(&release)))
    }

    /// The part of the price that is locked, in 65,535ths.
    #[must_use]
    pub const fn lock_share(self) -> u16 {
        self.lock_share
    }

    /// How much is let go for each alpha earned.
    #[must_use]
    pub const fn release(self) -> Q64 {
        self.release
    }

    /// What a registration pays at a price, by an account that has so much locked already.
    ///
    /// The part is cut to 64 fractional bits before it multiplies; what stands is worth its alpha at the moving price, so that
    /// nobody can raise it within a block. Every cut is downwards: the account locks less.
    #[must_use]
    pub fn charge(self, price: Tao, standing: Alpha, moving_price: Q32) -> NeuronCharge {
        let share = Q64::from_int(self.lock_share.into()).safe_div(Q64::from_int(u16::MAX.into()));
        let required = Q64::from_int(price.rao()).times(share).floor();
        let worth = Q64::from_int(standing.rao()).times(moving_price.into()).floor();
        NeuronCharge {
            burned: Tao::from_rao(price.rao().saturating_sub(required)),
            locked: Tao::from_rao(required.saturating_sub(worth)),
        }
    }
}

/// What a registration of a neuron pays, by what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeuronCharge {
    /// What it buys is burned.
    pub burned: Tao,
    /// What it buys is staked and locked.
    pub locked: Tao,
}

/// What a purchase has bought, by what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeuronShares {
    /// Alpha that ceases to exist.
    pub burned: Alpha,
    /// Alpha that is staked and locked.
    pub locked: Alpha,
}

impl NeuronCharge {
    /// Both together.
    #[must_use]
    pub fn total(self) -> Tao {
        self.burned + self.locked
    }

    /// The price at which the purchase stops, if anything of it is to be locked: 5 % above the spot price, rounded down to whole
    /// rao per alpha; zero in a pool without a price.
    #[must_use]
    pub fn limit(self, spot: Q64) -> Option<Tao> {
        let above = spot.times(Q64::from_int(105)).safe_div(Q64::from_int(100));
        (self.locked > Tao::ZERO).then(|| Tao::from_rao(above.times(Q64::from_int(RAO)).floor()))
    }

    /// Shares what was bought in proportion to what each part pays; the locked part is rounded down.
    #[must_use]
    pub fn shares(self, bought: Alpha) -> NeuronShares {
        let part = u128::from(bought.rao()) * u128::from(self.locked.rao());
        let locked = part.checked_div(u128::from(self.total().rao())).unwrap_or(0) as u64;
        NeuronShares { burned: bought - Alpha::from_rao(locked), locked: Alpha::from_rao(locked) }
    }
}

/// What an account has locked on its own hotkey of a subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collateral {
    /// Alpha that is locked now.
    pub locked: Alpha,
    /// What the account wants to be locked at least; less is filled up from what it earns.
    pub floor: Alpha,
    /// How much is let go for each alpha earned, as of the last registration.
    pub release: Q64,
    /// What the hotkey has earned since there is collateral.
    pub earned: Alpha,
}

/// What earnings did to collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Alpha of the earnings that is staked on the hotkey and locked.
    pub captured: Alpha,
    /// Alpha that is locked no longer.
    pub released: Alpha,
}

impl Collateral {
    /// What is new, under a ratio.
    #[must_use]
    pub fn under(release: Q64) -> Self {
        Self { release, ..Self::default() }
    }

    /// Whether nothing is locked or to be locked.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.locked == Alpha::ZERO && self.floor == Alpha::ZERO
    }

    /// Settles what the hotkey has earned: incentive, or dividends with all of them that are others'.
    ///
    /// Below the floor as much of what is the `owner`'s of it as is short is captured, and nothing is let go. Otherwise `release`
    /// alpha for each alpha earned, rounded down, are let go, but no more than is above the floor. Nothing happens without earnings.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/collateral.rs::settle_miner_collateral` (`RaoFoundation` @ 1ce8b56f)
    #[must_use]
    pub fn settle(&mut self, earned: Alpha, owners: Alpha) -> Settled {
        if earned == Alpha::ZERO {
            return Settled::default();
        }
        self.earned = self.earned.saturating_add(earned);
        let short = self.floor.saturating_sub(self.locked);
        if short > Alpha::ZERO {
            let captured = owners.min(short);
            self.locked += captured;
            return Settled { captured, released: Alpha::ZERO };
        }
        let release = Alpha::from_rao(Q64::from_int(earned.rao()).times(self.release).floor());
        let released = release.min(self.locked - self.floor);
        self.locked -= released;
        Settled { captured: Alpha::ZERO, released }
    }
}

settable::values!(NeuronPayment);

/// A number of a subnet's terms of collateral that is out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollateralFault {
    /// The fraction of the price.
    #[error("expected a fraction of the price from 0 to 0.95, found {0}")]
    LockShare(String),
    /// The ratio.
    #[error("expected alpha let go for each alpha earned, above 0 and at most 10, found {0}")]
    Release(String),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(lock_share: u16, release: f64) -> CollateralTerms {
        CollateralTerms::new(lock_share, Q64::from_f64(release)).expect("in range")
    }

    const fn tao(rao: u64) -> Tao {
        Tao::from_rao(rao)
    }

    const fn alpha(rao: u64) -> Alpha {
        Alpha::from_rao(rao)
    }

    #[test]
    fn terms_are_bounded_as_on_the_chain() {
        assert_eq!(CollateralTerms::new(62_259, Q64::ONE), Err(CollateralRefused::LockShareTooHigh));
        assert!(CollateralTerms::new(62_258, CollateralTerms::MAX_RELEASE).is_ok());
        let above = Q64::from_bits(CollateralTerms::MAX_RELEASE.bits() + 1);
        for release in [Q64::ZERO, above] {
            assert_eq!(CollateralTerms::new(0, release), Err(CollateralRefused::ReleaseOutOfBounds));
        }
        assert_eq!(CollateralTerms::NONE, terms(0, 1.0));
    }

    #[test]
    fn a_file_says_a_fraction_and_a_ratio() {
        assert_eq!(CollateralTerms::written(0.95, 10.0), Ok(terms(62_258, 10.0)));
        assert_eq!(CollateralTerms::written(0.5, 1.0), Ok(terms(32_768, 1.0)));
        assert_eq!(CollateralTerms::written(0.0, 0.25), Ok(terms(0, 0.25)));
        for (share, release) in [(0.951, 1.0), (-0.1, 1.0), (f64::NAN, 1.0)] {
            assert!(
                matches!(CollateralTerms::written(share, release), Err(CollateralFault::LockShare(_))),
                "{share}"
            );
        }
        for release in [0.0, -1.0, 10.1, f64::NAN, f64::INFINITY, 1e-30] {
            assert!(
                matches!(CollateralTerms::written(0.5, release), Err(CollateralFault::Release(_))),
                "{release}"
            );
        }
    }

    /// A fifth of 65,535 is 13,107 parts; 0.2 has no end in binary and is cut, so that the required part of 10 rao is 1.
    #[test]
    fn the_required_part_is_cut_down_and_the_rest_is_burned() {
        let charge = |price, share| {
            let charge = terms(share, 1.0).charge(tao(price), Alpha::ZERO, Q32::ONE);
            (charge.burned.rao(), charge.locked.rao())
        };
        assert_eq!(charge(10, 13_107), (9, 1));
        assert_eq!(charge(11, 13_107), (9, 2));
        assert_eq!(charge(1_000_000_000, 0), (1_000_000_000, 0));
        // 2 TAO at 95 %: 2e9 * 62,258 / 65,535 = 1,899,992,370.48…
        assert_eq!(charge(2_000_000_000, 62_258), (100_007_630, 1_899_992_370));
    }

    /// 19 alpha are worth 3.8 TAO at 0.2, and 1.1875 at a sixteenth.
    #[test]
    fn standing_collateral_counts_at_the_moving_price() {
        let locked = |standing: u64, price| {
            let charge = terms(62_258, 1.0).charge(tao(2_000_000_000), alpha(standing), Q32::from_f64(price));
            assert_eq!(charge.burned, tao(100_007_630), "what stands never pays what is burned");
            charge.locked.rao()
        };
        assert_eq!(locked(19_000_000_000, 0.2), 0);
        assert_eq!(locked(19_000_000_000, 0.0625), 1_899_992_370 - 1_187_500_000);
        assert_eq!(locked(7, 0.25), 1_899_992_370 - 1);
        assert_eq!(locked(u64::MAX, 1e9), 0);
    }

    #[test]
    fn the_purchase_is_bounded_only_where_something_is_locked() {
        let charge = |locked| NeuronCharge { burned: tao(5), locked: tao(locked) };
        assert_eq!(charge(0).limit(Q64::ONE), None);
        // 1.05 has no end in binary and is cut, so that a rao is lost.
        assert_eq!(charge(1).limit(Q64::ONE), Some(tao(1_049_999_999)));
        // 1.05 * 3e-9 TAO are 3.15 rao.
        assert_eq!(charge(1).limit(Q64::from_f64(3e-9)), Some(tao(3)));
        assert_eq!(charge(1).limit(Q64::ZERO), Some(Tao::ZERO));
    }

    #[test]
    fn what_is_bought_is_shared_by_what_each_part_pays() {
        let shares = |burned, locked, bought| {
            let shares = NeuronCharge { burned: tao(burned), locked: tao(locked) }.shares(alpha(bought));
            (shares.burned.rao(), shares.locked.rao())
        };
        assert_eq!(shares(1, 2, 100), (34, 66));
        assert_eq!(shares(1, 0, 100), (100, 0));
        assert_eq!(shares(0, 1, 100), (0, 100));
        assert_eq!(shares(0, 0, 0), (0, 0));
        let most = u64::MAX / 2;
        assert_eq!(shares(most, most, u64::MAX), (u64::MAX / 2 + 1, u64::MAX / 2));
    }

    fn locked(locked: u64, floor: u64, release: f64) -> Collateral {
        let release = Q64::from_f64(release);
        Collateral { locked: alpha(locked), floor: alpha(floor), release, earned: alpha(7) }
    }

    #[test]
    fn earnings_let_go_of_what_is_above_the_floor() {
        let settled = |mut collateral: Collateral, earned| {
            let settled = collateral.settle(alpha(earned), alpha(earned));
            assert_eq!(settled.captured, Alpha::ZERO);
            assert_eq!(collateral.earned, alpha(7 + earned));
            (settled.released.rao(), collateral.locked.rao())
        };
        assert_eq!(settled(locked(100, 0, 1.0), 30), (30, 70));
        assert_eq!(settled(locked(100, 0, 1.0), 300), (100, 0));
        assert_eq!(settled(locked(100, 80, 1.0), 30), (20, 80));
        assert_eq!(settled(locked(100, 100, 1.0), 30), (0, 100));
        // A third of 31, and ten times 9.
        assert_eq!(settled(locked(100, 0, 1.0 / 3.0), 31), (10, 90));
        assert_eq!(settled(locked(100, 0, 10.0), 9), (90, 10));
        assert_eq!(
            settled(locked(u64::MAX, 0, 10.0), u64::MAX / 16),
            (u64::MAX / 16 * 10, u64::MAX - u64::MAX / 16 * 10)
        );
    }

    #[test]
    fn earnings_below_the_floor_are_captured_as_far_as_they_are_the_owners() {
        let mut short = locked(60, 100, 1.0);
        assert_eq!(
            short.settle(alpha(500), alpha(25)),
            Settled { captured: alpha(25), released: Alpha::ZERO }
        );
        assert_eq!((short.locked, short.earned), (alpha(85), alpha(507)));
        // Dividends of which the owner has no part count as earned and let nothing go.
        assert_eq!(short.settle(alpha(500), Alpha::ZERO), Settled::default());
        assert_eq!((short.locked, short.earned), (alpha(85), alpha(1_007)));
        assert_eq!(
            short.settle(alpha(90), alpha(90)),
            Settled { captured: alpha(15), released: Alpha::ZERO }
        );
        assert_eq!(short.locked, alpha(100));
        assert_eq!(short.settle(Alpha::ZERO, Alpha::ZERO), Settled::default());
        assert_eq!(short.earned, alpha(1_097));
    }

    #[test]
    fn collateral_is_over_once_nothing_is_locked_or_asked_for() {
        assert!(locked(0, 0, 1.0).is_over());
        assert!(!locked(1, 0, 1.0).is_over() && !locked(0, 1, 1.0).is_over());
        assert!(Collateral::under(Q64::ONE).is_over());
    }

    proptest! {
        #[test]
        fn a_charge_is_the_price_less_what_stands_and_locks_no_more_than_its_share(
            price in 0u64..1 << 54, share in 0..=CollateralTerms::MAX_LOCK_SHARE,
            standing in 0u64..1 << 50, moving in 0.0f64..2.0, bought in any::<u64>(),
        ) {
            let moving = Q32::from_f64(moving);
            let charge = terms(share, 1.0).charge(tao(price), alpha(standing), moving);
            let bare = terms(share, 1.0).charge(tao(price), Alpha::ZERO, moving);
            prop_assert_eq!(bare.total(), tao(price));
            prop_assert_eq!(charge.burned, bare.burned);
            let worth = (u128::from(standing) * moving.bits()) >> 32;
            prop_assert_eq!(u128::from(charge.locked.rao()), u128::from(bare.locked.rao()).saturating_sub(worth));
            let (shares, whole) = (charge.shares(alpha(bought)), u128::from(u16::MAX));
            prop_assert_eq!(shares.burned + shares.locked, alpha(bought));
            prop_assert!(u128::from(shares.locked.rao()) * whole <= u128::from(bought) * u128::from(share));
            prop_assert!(u128::from(bare.locked.rao()) * whole + 2 * whole > u128::from(price) * u128::from(share));
        }

        #[test]
        fn settling_neither_makes_nor_loses_alpha_and_keeps_to_the_floor(
            now in 0u64..1 << 60, floor in 0u64..1 << 60, release in 0.001f64..=10.0,
            earned in 0u64..1 << 60, part in 0.0f64..=1.0,
        ) {
            let owners = alpha((earned as f64 * part) as u64);
            let mut collateral = locked(now, floor, release);
            let settled = collateral.settle(alpha(earned), owners);
            prop_assert_eq!(collateral.locked + settled.released, alpha(now) + settled.captured);
            prop_assert!(settled.captured <= owners);
            prop_assert!(settled.captured == Alpha::ZERO || collateral.locked <= alpha(floor));
            prop_assert!(settled.released == Alpha::ZERO || collateral.locked >= alpha(floor));
        }
    }
}
