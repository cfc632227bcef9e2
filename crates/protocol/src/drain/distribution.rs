//! A drain: what a subnet has gathered since its last epoch is shared out.
//!
//! What differs by revision is in [`DrainTerms`]: how much of the alpha is validators', how a child's dividend is shared with
//! its parents, whose stake on root earns. What is root's was gathered as TAO, which is staked on root, or since spec 334 as
//! alpha, which becomes claimable.

use std::collections::BTreeMap;

use super::{
    AlphaDividends, ChildkeyRule, Dividend, Earned, Hotkey, HotkeyId, RootEarners, in_proportion, incentives,
    pay, shared_with_parents,
};
use crate::books::Pending;
use crate::fixed::Q32;
use crate::units::{Alpha, Tao};

/// What a drain goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainTerms {
    /// How much alpha one TAO on root weighs.
    pub tao_weight: Q32,
    /// How much of what was gathered is validators'.
    pub alpha_dividends: AlphaDividends,
    /// Whose stake on root earns.
    pub root_earners: RootEarners,
    /// How a child's dividend is shared with its parents.
    pub childkeys: ChildkeyRule,
}

impl DrainTerms {
    /// The launch's, with one of the ways in which validators are paid until spec 333.
    #[must_use]
    pub const fn launch(tao_weight: Q32, alpha_dividends: AlphaDividends) -> Self {
        let (root_earners, childkeys) = (RootEarners::AnyHotkey, ChildkeyRule::TakeOfAll);
        Self { tao_weight, alpha_dividends, root_earners, childkeys }
    }
}

/// Who gets what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payout {
    /// Staked for the subnet's owner on the owner's hotkey.
    pub owner_cut: Alpha,
    /// Staked for the owner of each hotkey, on it or where that owner has chosen; no take.
    pub incentives: Vec<(HotkeyId, Alpha)>,
    /// Incentives of hotkeys that are not paid: the subnet owner's.
    pub withheld: Alpha,
    /// The part of all incentives that was withheld, by which the subnet's TAO emission may shrink; zero without any.
    pub withheld_part: Q32,
    /// Staked in the subnet.
    pub alpha_dividends: Vec<Dividend<Alpha>>,
    /// Staked on root. Until spec 283 the chain left root's own totals as they were.
    pub root_dividends: Vec<Dividend<Tao>>,
    /// The take is staked in the subnet, the rest becomes claimable by those who stake on root.
    pub claimable_dividends: Vec<Dividend<Alpha>>,
    /// Dividends on lent stake that are burned: recycled, in the chain's words.
    pub recycled: Alpha,
    /// All of root's alpha, recycled since spec 442 where no share of it comes to a rao.
    pub root_recycled: Alpha,
}

/// Shares out what a subnet has gathered, after the epoch over [`Pending::for_epoch`].
///
/// `keys` are the hotkeys that earned something and all their parents; `unpaid` are those whose incentive is not paid. Root's
/// TAO is lost if no hotkey that earned has stake on root that earns. Each take and each rest is rounded down to whole rao.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::{drain_pending_emission, distribute_emission}` and what
/// they call, @ f95810a25, a27fff291, 8de0d23ca, 6218ecc5c, 14bc6f9f9
#[must_use]
pub fn distribute(
    terms: &DrainTerms,
    pending: &Pending,
    earned: &[Earned],
    keys: &[Hotkey],
    unpaid: &[HotkeyId],
) -> Payout {
    let (dividends, recycled) = shared_with_parents(keys, earned, terms.tao_weight, terms.childkeys);
    let shares =
        shared_out(terms, keys, &dividends, for_validators(terms.alpha_dividends, pending, earned), pending);

    let (withheld, paid): (Vec<_>, Vec<_>) =
        incentives(earned).into_iter().partition(|(hotkey, _)| unpaid.contains(hotkey));
    let sum =
        |incentives: &[(HotkeyId, Alpha)]| incentives.iter().map(|&(_, incentive)| incentive).sum::<Alpha>();
    let (withheld, mined) = (sum(&withheld), sum(&withheld) + sum(&paid));

    let recycles = terms.root_earners.recycles_lost_dividends();
    let nothing_for_root = recycles && shares.root.iter().all(|&(_, share)| share.floor() == 0);
    let in_alpha = |shares: Vec<(HotkeyId, Q32)>| {
        shares.into_iter().map(|(hotkey, all)| pay(keys, hotkey, all, Alpha::from_rao)).collect()
    };
    let in_tao = shares.root_tao.into_iter().map(|(hotkey, all)| pay(keys, hotkey, all, Tao::from_rao));
    Payout {
        owner_cut: pending.owner_cut,
        incentives: paid,
        withheld,
        withheld_part: Q32::ratio(withheld.rao(), mined.rao()),
        alpha_dividends: in_alpha(shares.alpha),
        root_dividends: if pending.root_tao > Tao::ZERO { in_tao.collect() } else { Vec::new() },
        claimable_dividends: if pending.root_alpha > Alpha::ZERO {
            in_alpha(shares.root)
        } else {
            Vec::new()
        },
        recycled,
        root_recycled: if nothing_for_root { pending.root_alpha } else { Alpha::ZERO },
    }
}

/// What is validators' of the alpha: what was gathered for them, or until spec 342 half of all less root's part; if nobody
/// mined, with what was gathered for miners.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::{drain_pending_emission, distribute_emission}` @
/// 8de0d23ca, 6a76ecc0d, b179867c3
pub(crate) fn for_validators(rule: AlphaDividends, pending: &Pending, earned: &[Earned]) -> Alpha {
    if earned.iter().all(|earned| earned.incentive == Alpha::ZERO) {
        return pending.emission + pending.server + pending.validator;
    }
    match rule {
        AlphaDividends::Gathered => {
            let mut apart = *pending;
            apart.set_apart();
            apart.validator
        }
        AlphaDividends::Full | AlphaDividends::Net | AlphaDividends::Rescaled => {
            let half = Alpha::from_rao(pending.for_epoch().rao() / 2);
            half.saturating_sub(pending.swapped).saturating_sub(pending.root_alpha)
        }
    }
}

/// What is each hotkey's, take and rest together, not yet rounded to whole rao.
pub(crate) struct Shares {
    pub(crate) alpha: Vec<(HotkeyId, Q32)>,
    pub(crate) root: Vec<(HotkeyId, Q32)>,
    pub(crate) root_tao: Vec<(HotkeyId, Q32)>,
}

/// Shares what is validators' and what is root's by what hotkeys' dividends are worth to alpha and to root.
pub(crate) fn shared_out(
    terms: &DrainTerms,
    keys: &[Hotkey],
    dividends: &BTreeMap<HotkeyId, Q32>,
    for_validators: Alpha,
    pending: &Pending,
) -> Shares {
    let (mut alpha, mut root) = (Vec::new(), Vec::new());
    for (&hotkey, &dividend) in dividends {
        let parts = terms.root_earners.split(&keys[hotkey.0], dividend, terms.tao_weight);
        alpha.push((hotkey, parts.alpha));
        root.push((hotkey, parts.root));
    }
    Shares {
        alpha: match terms.alpha_dividends {
            AlphaDividends::Full => dividends.iter().map(|(&hotkey, &all)| (hotkey, all)).collect(),
            AlphaDividends::Net => alpha,
            AlphaDividends::Rescaled | AlphaDividends::Gathered => {
                in_proportion(for_validators.rao(), &alpha).collect()
            }
        },
        root: in_proportion(pending.root_alpha.rao(), &root).collect(),
        root_tao: in_proportion(pending.root_tao.rao(), &root).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::drain::{Proportion, RootSeat};
    use crate::yuma::Fraction;

    const RULES: DrainTerms = DrainTerms {
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

    const PENDING: Pending = Pending {
        emission: Alpha::ZERO,
        swapped: Alpha::ZERO,
        root_tao: Tao::ZERO,
        owner_cut: Alpha::from_rao(180),
        server: Alpha::from_rao(500),
        validator: Alpha::from_rao(300),
        root_alpha: Alpha::from_rao(200),
    };

    #[test]
    fn an_owner_who_mines_is_not_paid() {
        let keys = keys(&[(10, 10), (0, 0)]);
        let epoch = [earned(0, 100, 500), earned(1, 400, 0)];
        let payout = distribute(&RULES, &PENDING, &epoch, &keys, &[HotkeyId(1)]);
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
        let payout = distribute(&RULES, &PENDING, &[earned(0, 0, 1_000)], &keys, &[]);
        assert_eq!((total(&payout.alpha_dividends), total(&payout.claimable_dividends)), (799, 199));
    }

    #[test]
    fn until_spec_342_validators_get_half_of_all_less_roots_part() {
        let keys = keys(&[(10, 0)]);
        let rules = DrainTerms { alpha_dividends: AlphaDividends::Rescaled, ..RULES };
        let pending = Pending {
            server: Alpha::ZERO,
            validator: Alpha::ZERO,
            emission: Alpha::from_rao(800),
            ..PENDING
        };
        let paid = |incentive| {
            total(&distribute(&rules, &pending, &[earned(0, incentive, 500)], &keys, &[]).alpha_dividends)
        };
        assert_eq!((paid(500), paid(0)), (299, 799));
    }

    #[test]
    fn roots_part_of_a_hotkey_without_a_seat_is_nobodys_and_recycled_if_nobody_has_one() {
        let mut keys = keys(&[(10, 10), (10, 10)]);
        let epoch = [earned(0, 1, 400), earned(1, 0, 100)];
        let rules = DrainTerms { root_earners: RootEarners::Seats, ..RULES };
        let payout = distribute(&rules, &PENDING, &epoch, &keys, &[]);
        assert_eq!((total(&payout.claimable_dividends), payout.root_recycled.rao()), (0, 200));
        keys[1].root_seat = RootSeat::Held;
        let payout = distribute(&rules, &PENDING, &epoch, &keys, &[]);
        let of = |dividend: Dividend<Alpha>| dividend.take.rao() + dividend.rest.rao();
        assert_eq!(payout.claimable_dividends.iter().map(|&d| of(d)).collect::<Vec<_>>(), [0, 199]);
        assert_eq!(payout.alpha_dividends.iter().map(|&d| of(d)).collect::<Vec<_>>(), [239, 59]);
        assert_eq!(payout.root_recycled, Alpha::ZERO);
    }

    #[test]
    fn what_waited_together_is_set_apart_half_and_half_with_roots_part() {
        let mut pending = Pending {
            emission: Alpha::from_rao(901),
            root_alpha: Alpha::from_rao(100),
            server: Alpha::from_rao(7),
            validator: Alpha::from_rao(5),
            ..Pending::default()
        };
        let before = pending.for_epoch();
        let validators = for_validators(AlphaDividends::Gathered, &pending, &[earned(0, 1, 1)]);
        pending.set_apart();
        assert_eq!((pending.server.rao(), pending.validator.rao()), (507, 406));
        assert_eq!((validators, pending.for_epoch()), (pending.validator, before));
        let mut again = pending;
        again.set_apart();
        assert_eq!(again, pending);
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
            let pending = Pending {
                server: epoch.iter().map(|e| e.incentive).sum(),
                validator: Alpha::from_rao(validator),
                root_alpha: Alpha::from_rao(root),
                owner_cut: Alpha::from_rao(1_234),
                ..Pending::default()
            };
            let rules = DrainTerms { tao_weight: Q32::from_f64(0.18), ..RULES };
            let payout = distribute(&rules, &pending, &epoch, &keys, &[HotkeyId(owner)]);
            let mined = payout.incentives.iter().map(|i| i.1).sum::<Alpha>() + payout.withheld;
            prop_assert_eq!((mined, payout.owner_cut), (pending.server, pending.owner_cut));
            for (dividends, pool) in [(&payout.alpha_dividends, validator), (&payout.claimable_dividends, root)] {
                // A hotkey's share is cut at 2^-32, its take and rest at the rao.
                let dust = keys.len() as u64 * (2 + (pool >> 32) + 1);
                let paid = total(dividends);
                prop_assert!(paid <= pool && pool - paid <= dust, "{paid} of {pool}");
            }
        }
    }
}
