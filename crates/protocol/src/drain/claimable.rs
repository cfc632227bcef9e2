//! The drain of spec 425: root's dividends stay in alpha, and owners do not mine for themselves.

use super::{
    ChildkeyRule, Dividend, Earned, Hotkey, HotkeyId, Proportion, in_proportion, incentives, pay, root_part,
    shared_with_parents,
};
use crate::fixed::Q32;
use crate::units::Alpha;

/// What a subnet has gathered since its last epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimablePending {
    /// For miners.
    pub server: Alpha,
    /// For validators and their stakers.
    pub validator: Alpha,
    /// For those who stake on root.
    pub root: Alpha,
    /// For the owner.
    pub owner_cut: Alpha,
}

impl ClaimablePending {
    /// What an epoch shares out; only the ratios of its dividends are used.
    #[must_use]
    pub fn for_epoch(&self) -> Alpha {
        self.server + self.validator + self.root
    }
}

/// Who gets what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimablePayout {
    /// Staked for the subnet's owner on the owner's hotkey.
    pub owner_cut: Alpha,
    /// Staked for the owner of each hotkey, on it or where that owner has chosen.
    pub incentives: Vec<(HotkeyId, Alpha)>,
    /// Incentives of the subnet owner's own hotkeys: burned or recycled, as the subnet has chosen.
    pub withheld: Alpha,
    /// The part of all incentives that was withheld, by which the subnet's TAO emission shrinks.
    pub withheld_part: Q32,
    /// Staked in the subnet.
    pub alpha_dividends: Vec<Dividend<Alpha>>,
    /// The take is staked in the subnet, the rest becomes claimable by those who stake on root.
    pub root_dividends: Vec<Dividend<Alpha>>,
    /// Dividends on lent stake that are burned: recycled, in the chain's words.
    pub recycled: Alpha,
}

/// Shares out what a subnet has gathered, after the epoch over [`ClaimablePending::for_epoch`].
///
/// `owners` are the hotkeys whose incentive is withheld; `childkey_burn` is the part of dividends on lent
/// stake that is burned. If nobody mined, validators get the miners' alpha.
///
/// `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::distribute_emission @ 14bc6f9f9` and what it
/// calls.
#[must_use]
pub fn claimable(
    pending: &ClaimablePending,
    earned: &[Earned],
    keys: &[Hotkey],
    owners: &[HotkeyId],
    tao_weight: Q32,
    childkey_burn: Proportion,
) -> ClaimablePayout {
    let rule = ChildkeyRule::TakeOfOthers { burn: childkey_burn };
    let (dividends, recycled) = shared_with_parents(keys, earned, tao_weight, rule);
    let root: Vec<_> = dividends
        .iter()
        .map(|(&hotkey, &all)| (hotkey, root_part(&keys[hotkey.0], all, tao_weight)))
        .collect();
    let net =
        dividends.iter().zip(&root).map(|((&hotkey, &all), &(_, root))| (hotkey, all.saturating_sub(root)));
    let net: Vec<_> = net.collect();

    let (withheld, paid): (Vec<_>, Vec<_>) =
        incentives(earned).into_iter().partition(|(hotkey, _)| owners.contains(hotkey));
    let sum =
        |incentives: &[(HotkeyId, Alpha)]| incentives.iter().map(|&(_, incentive)| incentive).sum::<Alpha>();
    let (withheld, mined) = (sum(&withheld), sum(&withheld) + sum(&paid));
    let for_validators =
        if mined == Alpha::ZERO { pending.validator + pending.server } else { pending.validator };
    let shares = |amount: Alpha, parts: &[(HotkeyId, Q32)]| {
        let shares = in_proportion(amount.rao(), parts);
        shares.map(|(hotkey, all)| pay(keys, hotkey, all, Alpha::from_rao)).collect()
    };
    ClaimablePayout {
        owner_cut: pending.owner_cut,
        incentives: paid,
        withheld,
        withheld_part: Q32::ratio(withheld.rao(), mined.rao()),
        alpha_dividends: shares(for_validators, &net),
        root_dividends: shares(pending.root, &root),
        recycled,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::Tao;
    use crate::yuma::Fraction;

    fn keys(stakes: &[(u64, u64)]) -> Vec<Hotkey> {
        stakes
            .iter()
            .map(|&(alpha, root)| Hotkey {
                alpha: Alpha::from_rao(alpha),
                root: Tao::from_rao(root),
                take: Fraction(11_796),
                ..Hotkey::default()
            })
            .collect()
    }

    fn earned(hotkey: usize, incentive: u64, dividend: u64) -> Earned {
        Earned {
            hotkey: HotkeyId(hotkey),
            incentive: Alpha::from_rao(incentive),
            dividend: Alpha::from_rao(dividend),
        }
    }

    fn total(dividends: &[Dividend<Alpha>]) -> u64 {
        dividends.iter().map(|dividend| dividend.take.rao() + dividend.rest.rao()).sum()
    }

    const PENDING: ClaimablePending = ClaimablePending {
        server: Alpha::from_rao(500),
        validator: Alpha::from_rao(300),
        root: Alpha::from_rao(200),
        owner_cut: Alpha::from_rao(180),
    };

    #[test]
    fn an_owner_who_mines_is_not_paid() {
        let keys = keys(&[(10, 10), (0, 0)]);
        let epoch = [earned(0, 100, 500), earned(1, 400, 0)];
        let payout = claimable(&PENDING, &epoch, &keys, &[HotkeyId(1)], Q32::ONE, Proportion(0));
        assert_eq!(payout.incentives, [(HotkeyId(0), Alpha::from_rao(100))]);
        assert_eq!(payout.withheld, Alpha::from_rao(400));
        assert_eq!(payout.withheld_part, Q32::ratio(4, 5));
    }

    #[test]
    fn without_miners_validators_get_the_miners_alpha() {
        let keys = keys(&[(10, 10)]);
        let payout = claimable(&PENDING, &[earned(0, 0, 1_000)], &keys, &[], Q32::ONE, Proportion(0));
        assert_eq!((total(&payout.alpha_dividends), total(&payout.root_dividends)), (799, 199));
    }

    proptest! {
        #[test]
        fn the_drain_makes_no_alpha_and_loses_dust_at_most(
            neurons in prop::collection::vec((1..1u64 << 40, 1..1u64 << 40, 1..1u64 << 36), 1..6),
            validator in 0..1u64 << 38, root in 0..1u64 << 38, owner in 0..8usize,
        ) {
            let stakes: Vec<_> = neurons.iter().map(|n| (n.0, n.1)).collect();
            let keys = keys(&stakes);
            let epoch: Vec<_> = neurons.iter().enumerate().map(|(id, n)| earned(id, n.2, n.2)).collect();
            let pending = ClaimablePending {
                server: epoch.iter().map(|e| e.incentive).sum(),
                validator: Alpha::from_rao(validator),
                root: Alpha::from_rao(root),
                owner_cut: Alpha::from_rao(1_234),
            };
            let payout = claimable(&pending, &epoch, &keys, &[HotkeyId(owner)], Q32::from_f64(0.18), Proportion(0));
            let mined = payout.incentives.iter().map(|i| i.1).sum::<Alpha>() + payout.withheld;
            prop_assert_eq!((mined, payout.owner_cut), (pending.server, pending.owner_cut));
            for (dividends, pool) in [(&payout.alpha_dividends, validator), (&payout.root_dividends, root)] {
                // A hotkey's share is cut at 2^-32, its take and rest at the rao.
                let dust = keys.len() as u64 * (2 + (pool >> 32) + 1);
                let paid = total(dividends);
                prop_assert!(paid <= pool && pool - paid <= dust, "{paid} of {pool}");
            }
        }
    }
}
