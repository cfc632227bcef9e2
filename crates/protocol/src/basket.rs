//! Baskets: the funds in which root validators hold what their stakers on root earn (spec 441 on).
//!
//! Each hotkey on root has a fund of alpha on subnets and of TAO in cash. A dividend is put into it, and shares of it are
//! minted to those who stake on root through the hotkey, at the rate at which what is already in it is held:
//!
//! ```text
//! s      = floor(value * R / (R + R_e))            R, R_e   stake on root of stakers, and of the fund itself
//! shares = floor(s * P / N)                        P, N     shares and value before; s if there are no shares yet
//! rate  += shares / R                              32 fractional bits, rounded down
//! owed   = floor(rate * stake) - claimed           at least 0
//! ```
//! Values are what a fund's holdings would be sold for.
//!
//! Source: of specs 469 to 475, in RaoFoundation/subtensor

mod claim;
mod deposit;
mod dust;
mod liquidation;
mod rules;
mod trade;
mod turnover;

pub use claim::{CLAIM_THRESHOLD, ClaimRefused, ClaimedRow, FundClaim, FundRow, RowKind, claim_of_fund};
pub use deposit::{Acquisition, FundDeposit, parts_by_value};
pub use dust::{DustRow, DustRules};
pub use liquidation::Liquidation;
pub use rules::{
    ClaimWork, FundClaims, FundDeposits, FundRules, FundTrades, FundValues, RefusedMint, RootDividends,
    Trading,
};
pub use trade::{
    BoughtOfLate, MOST_TRADES, TradePrices, TradeRefused, concentration_binds, guarded_value, within_cap,
};
pub use turnover::TurnoverBucket;

use std::collections::BTreeMap;

use crate::fixed::Q32;
use crate::units::Tao;

/// Shares of one fund, and who is owed how many. `K` names an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundShares<K> {
    minted: u64,
    rate: Q32,
    /// What each account has claimed, or was never owed; less than zero once it has taken stake away.
    claimed: BTreeMap<K, i128>,
}

impl<K> Default for FundShares<K> {
    fn default() -> Self {
        Self { minted: 0, rate: Q32::ZERO, claimed: BTreeMap::new() }
    }
}

/// A dividend that comes into a fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundDividend {
    /// What it adds to the fund's value.
    pub value: Tao,
    /// Stake on root of stakers through the hotkey, R.
    pub stakers: Tao,
    /// Stake on root that the fund itself holds, which earns for those who hold shares already.
    pub escrow: Tao,
    /// The fund's value before, N.
    pub fund: Tao,
}

impl FundDividend {
    /// The part of the value for which shares are minted, rounded down.
    #[must_use]
    pub fn stakers_value(&self) -> Tao {
        let all = u128::from(self.stakers.rao()) + u128::from(self.escrow.rao());
        let part = u128::from(self.value.rao()) * u128::from(self.stakers.rao());
        Tao::from_rao(part.checked_div(all).unwrap_or(0) as u64)
    }
}

/// A dividend for which no shares can be minted; it waits for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no share can be minted for a dividend worth {0} TAO")]
pub struct MintRefused(Tao);

/// Shares for a value that comes into a fund, at what the shares there are are worth; none if that cannot be told.
///
/// A fund without value but with shares takes it at par if the shares are a hundredth of it at most.
fn shares_for_value(value: u64, fund: Tao, outstanding: u64) -> Option<u64> {
    match (outstanding, fund.rao()) {
        (0, _) => Some(value),
        (outstanding, 0) => (outstanding <= value / 100).then_some(value),
        (outstanding, fund) => {
            u64::try_from(u128::from(value) * u128::from(outstanding) / u128::from(fund)).ok()
        }
    }
}

impl<K: Ord + Copy> FundShares<K> {
    /// Shares that have been minted and `claimed` by account, as they stand.
    #[must_use]
    pub fn new(minted: u64, rate: Q32, claimed: BTreeMap<K, i128>) -> Self {
        Self { minted, rate, claimed }
    }

    /// The accounts of which something is booked, in order, with what is.
    pub fn booked(&self) -> impl Iterator<Item = (K, i128)> + '_ {
        self.claimed.iter().map(|(&key, &claimed)| (key, claimed))
    }

    /// All shares, P.
    #[must_use]
    pub fn minted(&self) -> u64 {
        self.minted
    }

    /// Shares that each rao on root has earned so far.
    #[must_use]
    pub fn rate(&self) -> Q32 {
        self.rate
    }

    /// What an account has claimed, or was never owed.
    #[must_use]
    pub fn claimed(&self, key: &K) -> i128 {
        self.claimed.get(key).copied().unwrap_or(0)
    }

    /// Mints shares for a dividend and returns how many.
    ///
    /// # Errors
    /// If the shares, or what each rao on root earns of them, round to nothing.
    pub fn mint(&mut self, dividend: &FundDividend) -> Result<u64, MintRefused> {
        let refused = MintRefused(dividend.value);
        let value = dividend.stakers_value().rao();
        let shares = shares_for_value(value, dividend.fund, self.minted);
        let shares = shares.filter(|&shares| shares > 0).ok_or(refused)?;
        let earned = Q32::ratio(shares, dividend.stakers.rao());
        if earned == Q32::ZERO {
            return Err(refused);
        }
        self.minted = self.minted.checked_add(shares).ok_or(refused)?;
        self.rate = self.rate.saturating_add(earned);
        Ok(shares)
    }

    /// Shares that an account with so much stake on root is owed.
    #[must_use]
    pub fn owed(&self, key: &K, stake: Tao) -> u64 {
        u64::try_from(self.owed_or_overpaid(key, stake).max(0)).unwrap_or(u64::MAX)
    }

    /// The same, less than zero where more has been booked as claimed than was earned.
    #[must_use]
    pub fn owed_or_overpaid(&self, key: &K, stake: Tao) -> i128 {
        self.earned_by(stake.rao().into()) - self.claimed(key)
    }

    /// An account's stake on root changes by so many rao, more or less. What is booked is rounded down, so that an account
    /// that takes stake away may be owed a share more.
    pub fn stake_changed(&mut self, key: K, by: i128) {
        let earned = self.earned_by(by);
        if earned != 0 {
            *self.claimed.entry(key).or_default() += earned;
        }
    }

    /// An account gets shares that it has paid for, whatever stake on root it has.
    ///
    /// # Errors
    /// If there would be more shares than can be counted.
    pub fn grant(&mut self, key: K, shares: u64) -> Result<(), MintRefused> {
        self.minted = self.minted.checked_add(shares).ok_or(MintRefused(Tao::from_rao(shares)))?;
        *self.claimed.entry(key).or_default() -= i128::from(shares);
        Ok(())
    }

    /// An account gives up shares that it is owed; no more than there are.
    pub fn redeem(&mut self, key: K, shares: u64) {
        self.minted = self.minted.saturating_sub(shares);
        *self.claimed.entry(key).or_default() += i128::from(shares);
    }

    /// Shares that an amount of stake, positive or negative, has earned, rounded down.
    fn earned_by(&self, rao: i128) -> i128 {
        let bits = i128::try_from(self.rate.bits()).unwrap_or(i128::MAX);
        bits.saturating_mul(rao) >> 32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dividend(value: u64, stakers: u64, escrow: u64, fund: u64) -> FundDividend {
        let tao = Tao::from_rao;
        FundDividend { value: tao(value), stakers: tao(stakers), escrow: tao(escrow), fund: tao(fund) }
    }

    #[test]
    fn shares_are_minted_at_the_value_of_those_there_are() {
        let mut shares = FundShares::default();
        assert_eq!(shares.mint(&dividend(1_000, 10_000, 0, 0)), Ok(1_000));
        // The fund has doubled in value, and holds a fifth of the stake itself: 800 * 1000 / 2000.
        assert_eq!(shares.mint(&dividend(1_000, 10_000, 2_500, 2_000)), Ok(400));
        assert_eq!(shares.minted(), 1_400);
        assert_eq!(shares.owed(&'a', Tao::from_rao(5_000)), 699);
        shares.stake_changed('a', 5_000);
        assert_eq!((shares.claimed(&'a'), shares.owed(&'a', Tao::from_rao(10_000))), (699, 700));
        // Taking the half away again books it rounded down: 700.
        shares.stake_changed('a', -5_000);
        assert_eq!((shares.claimed(&'a'), shares.owed(&'a', Tao::from_rao(5_000))), (-1, 700));
    }

    #[test]
    fn what_rounds_to_nothing_is_refused() {
        let mut shares = FundShares::<u8>::default();
        for nothing in [dividend(0, 10, 0, 0), dividend(5, 1 << 50, 0, 0), dividend(5, 0, 9, 0)] {
            assert_eq!(shares.mint(&nothing), Err(MintRefused(nothing.value)));
        }
        shares.mint(&dividend(100, 100, 0, 0)).expect("something");
        assert!(shares.mint(&dividend(9_999, 100, 0, 0)).is_err());
        assert_eq!(shares.mint(&dividend(10_000, 100, 0, 0)), Ok(10_000));
    }

    proptest! {
        #[test]
        fn rates_only_rise_and_accounts_are_owed_no_more_than_was_minted(
            dividends in prop::collection::vec((1..1u64 << 40, 0..1u64 << 40), 1..20), stakes in prop::collection::vec(1..1u64 << 44, 1..5),
        ) {
            let all: u64 = stakes.iter().sum();
            let mut shares = FundShares::default();
            for (value, fund) in dividends {
                let before = shares.rate();
                let minted = shares.minted();
                let new = shares.mint(&dividend(value, all, 0, fund)).unwrap_or(0);
                prop_assert!(shares.rate() >= before && shares.minted() == minted + new);
            }
            let owed = stakes.iter().zip(0..).map(|(&stake, key)| shares.owed(&key, Tao::from_rao(stake))).sum::<u64>();
            prop_assert!(owed <= shares.minted());
        }

        #[test]
        fn a_change_of_stake_is_never_to_the_accounts_loss_and_gains_it_a_share_at_most(
            rate in 1..1u128 << 40, stake in 0..1u64 << 50, more in 0..1u64 << 50,
        ) {
            let mut shares = FundShares::new(u64::MAX, Q32::from_bits(rate), BTreeMap::new());
            let owed = |shares: &FundShares<u8>, stake| shares.owed(&1, Tao::from_rao(stake));
            let before = owed(&shares, stake);
            shares.stake_changed(1, i128::from(more));
            prop_assert!((before..=before + 1).contains(&owed(&shares, stake + more)));
            shares.stake_changed(1, -i128::from(more));
            prop_assert!((before..=before + 1).contains(&owed(&shares, stake)));
        }
    }
}
