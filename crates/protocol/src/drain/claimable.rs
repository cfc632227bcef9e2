//! The drain since spec 334: root's dividends stay in alpha, and owners do not mine for themselves.

use std::collections::BTreeMap;

use super::{
    AlphaDividends, ChildkeyRule, Dividend, Earned, Hotkey, HotkeyId, RootEarners, in_proportion, incentives,
    pay, shared_with_parents,
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

impl ClaimablePending {
    /// What is for validators after an epoch: what was gathered for them, or until spec 342 half of all less root's
    /// part; if nobody mined, with what was gathered for miners.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::distribute_emission` @ 6a76ecc0d, b179867c3
    fn for_validators(&self, mined: Alpha, rule: AlphaDividends) -> Alpha {
        match rule {
            _ if mined == Alpha::ZERO => self.validator + self.server,
            AlphaDividends::Gathered => self.validator,
            AlphaDividends::Full | AlphaDividends::Net | AlphaDividends::Rescaled => {
                Alpha::from_rao(self.for_epoch().rao() / 2).saturating_sub(self.root)
            }
        }
    }
}

/// What a drain with claimable dividends goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimableRules {
    /// How much alpha one TAO on root weighs.
    pub tao_weight: Q32,
    /// How much of what was gathered is validators'.
    pub alpha_dividends: AlphaDividends,
    /// Whose stake on root earns.
    pub root_earners: RootEarners,
    /// How a child's dividend is shared with its parents.
    pub childkeys: ChildkeyRule,
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
    /// All of root's part, recycled since spec 442 where no share of it comes to a rao.
    pub root_recycled: Alpha,
}

/// Shares out what a subnet has gathered, after the epoch over [`ClaimablePending::for_epoch`].
///
/// `owners` are the hotkeys whose incentive is withheld. If nobody mined, validators get the miners' alpha. Each take
/// and each rest is rounded down to whole rao.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::distribute_emission` and what it calls, @ 6218ecc5c,
/// 14bc6f9f9
#[must_use]
pub fn claimable(
    rules: &ClaimableRules,
    pending: &ClaimablePending,
    earned: &[Earned],
    keys: &[Hotkey],
    owners: &[HotkeyId],
) -> ClaimablePayout {
    let (dividends, recycled) = shared_with_parents(keys, earned, rules.tao_weight, rules.childkeys);
    let (withheld, paid): (Vec<_>, Vec<_>) =
        incentives(earned).into_iter().partition(|(hotkey, _)| owners.contains(hotkey));
    let sum =
        |incentives: &[(HotkeyId, Alpha)]| incentives.iter().map(|&(_, incentive)| incentive).sum::<Alpha>();
    let (withheld, mined) = (sum(&withheld), sum(&withheld) + sum(&paid));
    let for_validators = pending.for_validators(mined, rules.alpha_dividends);
    let shares = shared_out(rules, keys, &dividends, for_validators, pending.root);
    let recycles = rules.root_earners.recycles_lost_dividends();
    let nothing_for_root = recycles && shares.root.iter().all(|&(_, share)| share.floor() == 0);
    let paid_out = |shares: Vec<(HotkeyId, Q32)>| {
        shares.into_iter().map(|(hotkey, all)| pay(keys, hotkey, all, Alpha::from_rao)).collect()
    };
    ClaimablePayout {
        owner_cut: pending.owner_cut,
        incentives: paid,
        withheld,
        withheld_part: Q32::ratio(withheld.rao(), mined.rao()),
        alpha_dividends: paid_out(shares.alpha),
        root_dividends: paid_out(shares.root),
        recycled,
        root_recycled: if nothing_for_root { pending.root } else { Alpha::ZERO },
    }
}

/// What is each hotkey's of two amounts of alpha, take and rest together, not yet rounded to whole rao.
pub(crate) struct Shares {
    pub(crate) alpha: Vec<(HotkeyId, Q32)>,
    pub(crate) root: Vec<(HotkeyId, Q32)>,
}

/// Shares what was gathered for validators and for root by what hotkeys' dividends are worth to alpha and to root.
pub(crate) fn shared_out(
    rules: &ClaimableRules,
    keys: &[Hotkey],
    dividends: &BTreeMap<HotkeyId, Q32>,
    for_validators: Alpha,
    for_root: Alpha,
) -> Shares {
    let (mut alpha, mut root) = (Vec::new(), Vec::new());
    for (&hotkey, &dividend) in dividends {
        let parts = rules.root_earners.split(&keys[hotkey.0], dividend, rules.tao_weight);
        alpha.push((hotkey, parts.alpha));
        root.push((hotkey, parts.root));
    }
    Shares {
        alpha: in_proportion(for_validators.rao(), &alpha).collect(),
        root: in_proportion(for_root.rao(), &root).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::drain::{Proportion, RootSeat};
    use crate::units::Tao;
    use crate::yuma::Fraction;

    const RULES: ClaimableRules = ClaimableRules {
        tao_weight: Q32::ONE,
        alpha_dividends: AlphaDividends::Gathered,
        root_earners: RootEarners::AnyHotkey,
        childkeys: ChildkeyRule::TakeOfOthers { burn: Proportion(0) },
    };

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
        let payout = claimable(&RULES, &PENDING, &epoch, &keys, &[HotkeyId(1)]);
        assert_eq!(payout.incentives, [(HotkeyId(0), Alpha::from_rao(100))]);
        assert_eq!(payout.withheld, Alpha::from_rao(400));
        assert_eq!(payout.withheld_part, Q32::ratio(4, 5));
    }

    #[test]
    fn an_epoch_shares_out_all_but_the_owners_cut() {
        assert_eq!(PENDING.for_epoch(), Alpha::from_rao(1_000));
    }

    #[test]
    fn without_miners_validators_get_the_miners_alpha() {
        let keys = keys(&[(10, 10)]);
        let payout = claimable(&RULES, &PENDING, &[earned(0, 0, 1_000)], &keys, &[]);
        assert_eq!((total(&payout.alpha_dividends), total(&payout.root_dividends)), (799, 199));
    }

    #[test]
    fn until_spec_342_validators_get_half_of_all_less_roots_part() {
        let keys = keys(&[(10, 0)]);
        let rules = ClaimableRules { alpha_dividends: AlphaDividends::Rescaled, ..RULES };
        let pending = ClaimablePending { server: Alpha::ZERO, validator: Alpha::from_rao(800), ..PENDING };
        let paid = |incentive| {
            total(&claimable(&rules, &pending, &[earned(0, incentive, 500)], &keys, &[]).alpha_dividends)
        };
        assert_eq!((paid(500), paid(0)), (299, 799));
    }

    #[test]
    fn roots_part_of_a_hotkey_without_a_seat_is_nobodys_and_recycled_if_nobody_has_one() {
        let mut keys = keys(&[(10, 10), (10, 10)]);
        let epoch = [earned(0, 1, 400), earned(1, 0, 100)];
        let rules = ClaimableRules { root_earners: RootEarners::Seats, ..RULES };
        let payout = claimable(&rules, &PENDING, &epoch, &keys, &[]);
        assert_eq!((total(&payout.root_dividends), payout.root_recycled.rao()), (0, 200));
        keys[1].root_seat = RootSeat::Held;
        let payout = claimable(&rules, &PENDING, &epoch, &keys, &[]);
        let of = |dividend: Dividend<Alpha>| dividend.take.rao() + dividend.rest.rao();
        assert_eq!(payout.root_dividends.iter().map(|&d| of(d)).collect::<Vec<_>>(), [0, 199]);
        assert_eq!(payout.alpha_dividends.iter().map(|&d| of(d)).collect::<Vec<_>>(), [239, 59]);
        assert_eq!(payout.root_recycled, Alpha::ZERO);
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
            let rules = ClaimableRules { tao_weight: Q32::from_f64(0.18), ..RULES };
            let payout = claimable(&rules, &pending, &epoch, &keys, &[HotkeyId(owner)]);
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
