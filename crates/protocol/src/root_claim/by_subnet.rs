//! The claims on all subnets of those who stake on root through one hotkey.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Accrual, RootClaims};
use crate::units::{Alpha, Netuid, Tao};

/// What can be claimed of each subnet by those who stake on root through one hotkey. `K` names an account.
///
/// A change of stake is booked in every subnet that has a rate. So does a claim whose alpha is sold: its TAO becomes
/// stake on root, which earns from then on in all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotkeyClaims<K> {
    by_subnet: BTreeMap<Netuid, RootClaims<K>>,
}

impl<K> Default for HotkeyClaims<K> {
    fn default() -> Self {
        Self { by_subnet: BTreeMap::new() }
    }
}

impl<K: Ord + Copy> HotkeyClaims<K> {
    /// Shares a subnet's dividend, take already off, among all `stake` on root.
    pub fn accrue(&mut self, subnet: Netuid, dividend: Alpha, stake: Tao) -> Accrual {
        self.by_subnet.entry(subnet).or_default().accrue(dividend, stake)
    }

    /// An account's stake on root grows.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::
    /// add_stake_adjust_root_claimed_for_hotkey_and_coldkey` @ 14bc6f9f9
    pub fn stake_added(&mut self, key: K, amount: Tao) {
        self.by_subnet.values_mut().for_each(|claims| claims.stake_added(key, amount));
    }

    /// An account's stake on root shrinks.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::
    /// remove_stake_adjust_root_claimed_for_hotkey_and_coldkey` @ 14bc6f9f9
    pub fn stake_removed(&mut self, key: K, amount: Tao) {
        self.by_subnet.values_mut().for_each(|claims| claims.stake_removed(key, amount));
    }

    /// The subnets that have something to claim, in order.
    pub fn subnets(&self) -> impl Iterator<Item = Netuid> + '_ {
        self.by_subnet.keys().copied()
    }

    /// A subnet's claims, if it has any.
    #[must_use]
    pub fn of(&self, subnet: Netuid) -> Option<&RootClaims<K>> {
        self.by_subnet.get(&subnet)
    }

    /// Goes on with a subnet's claims.
    pub fn resume(&mut self, subnet: Netuid, claims: RootClaims<K>) {
        self.by_subnet.insert(subnet, claims);
    }

    /// What an account with so much stake on root is owed of a subnet's alpha.
    #[must_use]
    pub fn owed(&self, subnet: Netuid, key: &K, stake: Tao) -> Alpha {
        self.of(subnet).map_or(Alpha::ZERO, |claims| claims.owed(key, stake))
    }

    /// The first subnet after another of whose alpha an account with so much stake on root is owed at least so much.
    #[must_use]
    pub fn next_owed(&self, after: Netuid, key: &K, stake: Tao, threshold: Alpha) -> Option<Netuid> {
        let mut later = self.by_subnet.range((Bound::Excluded(after), Bound::Unbounded));
        later.find(|(_, claims)| claims.owed(key, stake) >= threshold).map(|(&subnet, _)| subnet)
    }

    /// Takes what an account is owed of a subnet's alpha; nothing below the threshold. Whoever sells it books the TAO
    /// with [`HotkeyClaims::stake_added`].
    pub fn claim(&mut self, subnet: Netuid, key: K, stake: Tao, threshold: Alpha) -> Alpha {
        self.by_subnet.get_mut(&subnet).map_or(Alpha::ZERO, |claims| claims.claim(key, stake, threshold))
    }

    /// Takes a claim of a subnet's alpha back, which is owed again.
    pub fn unclaim(&mut self, subnet: Netuid, key: &K, amount: Alpha) {
        if let Some(claims) = self.by_subnet.get_mut(&subnet) {
            claims.unclaim(key, amount);
        }
    }

    /// A subnet is dissolved: what was owed of it is lost.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::finalize_all_subnet_root_dividends` @ 14bc6f9f9
    pub fn dissolve(&mut self, subnet: Netuid) {
        self.by_subnet.remove(&subnet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sold_claim_brings_earns_in_no_subnet_before_it_came() {
        let mut claims = HotkeyClaims::default();
        let stake = Tao::from_rao(1_000);
        claims.accrue(Netuid(1), Alpha::from_rao(500), stake);
        claims.accrue(Netuid(2), Alpha::from_rao(250), stake);
        assert_eq!(claims.claim(Netuid(1), 'a', stake, Alpha::ZERO), Alpha::from_rao(500));
        // It is sold for 100 TAO: half of that is booked in subnet 1, a quarter in subnet 2.
        claims.stake_added('a', Tao::from_rao(100));
        let stake = Tao::from_rao(1_100);
        let claimed = [1, 2].map(|subnet| claims.of(Netuid(subnet)).map(|claims| claims.claimed(&'a')));
        assert_eq!(claimed, [Some(550), Some(25)]);
        assert_eq!([1, 2].map(|subnet| claims.owed(Netuid(subnet), &'a', stake).rao()), [0, 250]);
    }

    #[test]
    fn the_next_subnet_is_the_first_later_one_of_which_enough_is_owed() {
        let (mut claims, stake) = (HotkeyClaims::default(), Tao::from_rao(1_000));
        for (subnet, alpha) in [(2, 499), (5, 500), (9, 700)] {
            claims.accrue(Netuid(subnet), Alpha::from_rao(alpha), stake);
        }
        let next = |after, least| claims.next_owed(Netuid(after), &'a', stake, Alpha::from_rao(least));
        assert_eq!(
            [0, 2, 5, 9].map(|after| next(after, 500)),
            [Some(5), Some(5), Some(9), None].map(|at| at.map(Netuid))
        );
        // The rate of 499 to 1,000 is cut below 32 bits.
        assert_eq!((next(0, 498), next(0, 701)), (Some(Netuid(2)), None));
    }

    #[test]
    fn a_dissolved_subnets_claims_are_lost() {
        let mut claims = HotkeyClaims::default();
        claims.accrue(Netuid(3), Alpha::from_rao(1), Tao::from_rao(1));
        claims.dissolve(Netuid(3));
        assert_eq!(claims.owed(Netuid(3), &'a', Tao::from_rao(1)), Alpha::ZERO);
        assert_eq!(claims.next_owed(Netuid(0), &'a', Tao::from_rao(1), Alpha::ZERO), None);
    }
}
