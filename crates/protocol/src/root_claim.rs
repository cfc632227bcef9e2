//! Root claim (specs 334 to 440): what root's part of a subnet's dividends becomes until it is claimed.
//!
//! ```text
//! rate_h    += dividend / root stake on h                          (32 fractional bits, rounded down)
//! owed_hc    = rate_h * root stake of c on h - claimed_hc          (rounded down to whole rao)
//! stake x    claimed_hc += rate_h * x, so that nothing earned before is owed on it
//! unstake x  claimed_hc -= rate_h * x, but not below zero: what x has earned and was not claimed is lost beyond that
//! ```
//!
//! What is lost stays with the subnet as alpha outstanding that nobody is owed; each change of stake may move it by
//! a rao, in the account's favour or against it. [`RootClaims`] is one subnet's, [`HotkeyClaims`] all those of a
//! hotkey.
//!
//! Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs @ 14bc6f9f9`.

mod auto;
mod by_subnet;
mod rules;

pub use auto::{AUTO_CLAIMS, MAX_AUTO_CLAIMS, auto_claims};
pub use by_subnet::HotkeyClaims;
pub use rules::{
    ClaimCalls, ClaimRefused, ClaimRules, ClaimValues, ClaimedTao, FailedClaim, MAX_SUBNETS_CLAIMED,
};

use std::collections::{BTreeMap, BTreeSet};

use crate::fixed::Q32;
use crate::units::{Alpha, Netuid, Tao};

/// What an account's claims turn into.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ClaimType {
    /// The alpha is sold through the pool, without a fee, and its TAO staked on root.
    #[default]
    Swap,
    /// The alpha is kept as stake in its subnet.
    Keep,
    /// It is kept in these subnets and sold in all others.
    KeepSubnets(BTreeSet<Netuid>),
}

/// What happens to the alpha of one claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimAction {
    /// Sell it without a fee; stake the TAO on root, which is [`RootClaims::stake_added`] in every subnet.
    Sell,
    /// Stake it in the subnet, on the same hotkey.
    Stake,
}

impl ClaimType {
    /// What a claim on a subnet's dividends does.
    #[must_use]
    pub fn action(&self, subnet: Netuid) -> ClaimAction {
        match self {
            Self::Keep => ClaimAction::Stake,
            Self::KeepSubnets(kept) if kept.contains(&subnet) => ClaimAction::Stake,
            Self::Swap | Self::KeepSubnets(_) => ClaimAction::Sell,
        }
    }
}

/// What becomes of root's part of a block's alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootAlpha {
    /// It is gathered for those who stake on root.
    Kept,
    /// It is recycled: taken back out of what is outstanding.
    Recycled,
}

/// Root earns only while the moving prices of all emitting subnets sum to more than one.
///
/// `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::get_network_root_sell_flag @ 14bc6f9f9`
#[must_use]
pub fn root_alpha(moving_prices: impl IntoIterator<Item = Q32>) -> RootAlpha {
    let sum = moving_prices.into_iter().fold(Q32::ZERO, Q32::saturating_add);
    if sum > Q32::ONE { RootAlpha::Kept } else { RootAlpha::Recycled }
}

/// Who a dividend for root stake went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accrual {
    /// It became claimable.
    Claimable,
    /// There is less root stake on the hotkey than alpha to share: the hotkey's owner gets it as stake.
    ToOwner(Alpha),
}

/// A claim of less is left standing, unless the subnet's owner says otherwise.
pub const DEFAULT_THRESHOLD: Alpha = Alpha::from_rao(500_000);

/// What those who stake on root through one hotkey can claim of one subnet's alpha. `K` names an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootClaims<K> {
    rate: Q32,
    /// What each account has been paid, or was never owed (`RootClaimed`), in rao.
    claimed: BTreeMap<K, u128>,
}

impl<K> Default for RootClaims<K> {
    fn default() -> Self {
        Self { rate: Q32::ZERO, claimed: BTreeMap::new() }
    }
}

impl<K: Ord + Copy> RootClaims<K> {
    /// Claims at a rate, of which one account has claimed so much.
    #[must_use]
    pub fn resumed(rate: Q32, key: K, claimed: u128) -> Self {
        Self { rate, claimed: [(key, claimed)].into() }
    }

    /// Alpha that each rao on root has earned so far.
    #[must_use]
    pub fn rate(&self) -> Q32 {
        self.rate
    }

    /// The accounts of which something is booked as claimed, in order, with how many rao of alpha.
    pub fn booked(&self) -> impl Iterator<Item = (K, u128)> + '_ {
        self.claimed.iter().map(|(&key, &claimed)| (key, claimed))
    }

    /// Shares a dividend, take already off, among all `stake` on root; cut in nobody's favour.
    ///
    /// `subtensor:pallets/subtensor/src/staking/claim_root.rs::increase_root_claimable_for_hotkey_and_subnet @
    /// 14bc6f9f9`
    pub fn accrue(&mut self, dividend: Alpha, stake: Tao) -> Accrual {
        if dividend.rao() > stake.rao() {
            return Accrual::ToOwner(dividend);
        }
        self.rate = self.rate.saturating_add(Q32::ratio(dividend.rao(), stake.rao()));
        Accrual::Claimable
    }

    /// What an account has been paid, or was never owed, in rao of alpha.
    #[must_use]
    pub fn claimed(&self, key: &K) -> u128 {
        self.claimed.get(key).copied().unwrap_or(0)
    }

    /// Stake on root is added: it earns from now on.
    pub fn stake_added(&mut self, key: K, amount: Tao) {
        self.book(key, self.earned_by(amount));
    }

    /// Stake on root is taken away: what it has earned and what was booked for it go together, as far as anything was
    /// booked.
    pub fn stake_removed(&mut self, key: K, amount: Tao) {
        let earned = self.earned_by(amount);
        if let Some(claimed) = self.claimed.get_mut(&key) {
            *claimed = claimed.saturating_sub(earned);
        }
    }

    /// What an account with so much stake on root is owed, rounded down to whole rao.
    #[must_use]
    pub fn owed(&self, key: &K, stake: Tao) -> Alpha {
        let owed = self.earned_by(stake).saturating_sub(self.claimed(key));
        Alpha::from_rao(u64::try_from(owed).unwrap_or(u64::MAX))
    }

    /// Takes what an account is owed out of what is claimable; nothing below the threshold.
    pub fn claim(&mut self, key: K, stake: Tao, threshold: Alpha) -> Alpha {
        let owed = self.owed(&key, stake);
        if owed == Alpha::ZERO || owed < threshold {
            return Alpha::ZERO;
        }
        self.book(key, u128::from(owed.rao()));
        owed
    }

    /// Takes a claim back: what was booked as claimed is owed again.
    pub fn unclaim(&mut self, key: &K, amount: Alpha) {
        if let Some(claimed) = self.claimed.get_mut(key) {
            *claimed = claimed.saturating_sub(u128::from(amount.rao()));
        }
    }

    fn book(&mut self, key: K, amount: u128) {
        if amount > 0 {
            let claimed = self.claimed.entry(key).or_default();
            *claimed = claimed.saturating_add(amount);
        }
    }

    /// Rao of alpha that so much stake has earned since the first dividend.
    #[must_use]
    pub fn earned_by(&self, stake: Tao) -> u128 {
        self.rate.mul(Q32::from_int(stake.rao())).bits() >> 32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stake_earns_only_what_is_shared_after_it_came() {
        let mut claims = RootClaims::default();
        claims.stake_added('a', Tao::from_rao(100));
        assert_eq!(claims.accrue(Alpha::from_rao(50), Tao::from_rao(100)), Accrual::Claimable);
        claims.stake_added('b', Tao::from_rao(100));
        claims.accrue(Alpha::from_rao(50), Tao::from_rao(200));
        assert_eq!(claims.owed(&'a', Tao::from_rao(100)), Alpha::from_rao(75));
        assert_eq!(claims.owed(&'b', Tao::from_rao(100)), Alpha::from_rao(25));
    }

    #[test]
    fn what_a_leaver_has_earned_and_not_claimed_is_lost() {
        let mut claims = RootClaims::default();
        claims.stake_added('a', Tao::from_rao(100));
        claims.accrue(Alpha::from_rao(50), Tao::from_rao(100));
        claims.stake_added('a', Tao::from_rao(20));
        // 60 are earned by all of it, of which 10 are booked; 30 go with the half that leaves.
        assert_eq!(claims.owed(&'a', Tao::from_rao(120)), Alpha::from_rao(50));
        claims.stake_removed('a', Tao::from_rao(60));
        assert_eq!((claims.claimed(&'a'), claims.owed(&'a', Tao::from_rao(60))), (0, Alpha::from_rao(30)));
    }

    #[test]
    fn a_claim_below_the_threshold_is_left_standing() {
        let mut claims = RootClaims::default();
        let stake = Tao::from_rao(1_000_000);
        claims.stake_added('a', stake);
        claims.accrue(Alpha::from_rao(499_999), stake);
        assert_eq!(claims.claim('a', stake, DEFAULT_THRESHOLD), Alpha::ZERO);
        claims.accrue(Alpha::from_rao(500_000), stake);
        let owed = claims.owed(&'a', stake);
        assert_eq!(claims.claim('a', stake, DEFAULT_THRESHOLD), owed);
        assert_eq!(claims.owed(&'a', stake), Alpha::ZERO);
    }

    #[test]
    fn alpha_is_kept_or_sold_as_the_account_has_chosen() {
        let some = ClaimType::KeepSubnets([Netuid(3)].into());
        assert_eq!([3, 4].map(|on| some.action(Netuid(on))), [ClaimAction::Stake, ClaimAction::Sell]);
        assert_eq!(ClaimType::default().action(Netuid(3)), ClaimAction::Sell);
        assert_eq!(ClaimType::Keep.action(Netuid(4)), ClaimAction::Stake);
    }

    #[test]
    fn root_earns_only_while_moving_prices_sum_to_more_than_one() {
        assert_eq!(root_alpha([Q32::HALF, Q32::HALF]), RootAlpha::Recycled);
        assert_eq!(root_alpha([Q32::HALF, Q32::HALF, Q32::from_bits(1)]), RootAlpha::Kept);
    }

    #[test]
    fn a_dividend_larger_than_the_stake_goes_to_the_owner() {
        let mut claims = RootClaims::<u8>::default();
        let dividend = Alpha::from_rao(11);
        assert_eq!(claims.accrue(dividend, Tao::from_rao(10)), Accrual::ToOwner(dividend));
        assert_eq!(claims.rate(), Q32::ZERO);
    }

    proptest! {
        #[test]
        fn accounts_are_paid_and_owed_what_was_shared_less_dust_and_what_leavers_lose(
            steps in prop::collection::vec((0..4u8, 0..3usize, 1..1u64 << 40), 1..60),
        ) {
            let (mut claims, mut stakes) = (RootClaims::default(), [0u64; 3]);
            let (mut shared, mut paid, mut lost, mut changes, mut dust) = (0u64, 0u64, 0u64, 0u64, 0u64);
            for (kind, key, amount) in steps {
                let all = stakes.iter().sum::<u64>();
                let rate = claims.rate();
                let before = claims.owed(&key, Tao::from_rao(stakes[key])).rao();
                match kind {
                    0 => {
                        claims.stake_added(key, Tao::from_rao(amount));
                        stakes[key] += amount;
                        changes += 1;
                    }
                    1 => {
                        let amount = amount.min(stakes[key]);
                        claims.stake_removed(key, Tao::from_rao(amount));
                        stakes[key] -= amount;
                        changes += 1;
                        lost += before.saturating_sub(claims.owed(&key, Tao::from_rao(stakes[key])).rao());
                    }
                    2 => {
                        if claims.accrue(Alpha::from_rao(amount), Tao::from_rao(all)) == Accrual::Claimable {
                            shared += amount;
                            // The rate is rounded down at 2^-32 of each rao on root.
                            dust += (all >> 32) + 1;
                        }
                    }
                    _ => paid += claims.claim(key, Tao::from_rao(stakes[key]), Alpha::ZERO).rao(),
                }
                prop_assert!(claims.rate() >= rate);
                let owed = |key: usize| claims.owed(&key, Tao::from_rao(stakes[key])).rao();
                let given = paid + lost + (0..3).map(owed).sum::<u64>();
                // Each change of stake rounds twice, each account's debt once.
                prop_assert!(given <= shared + 2 * changes, "{given} of {shared}");
                prop_assert!(given + dust + changes + 3 >= shared, "{given} of {shared}");
            }
        }
    }
}
