//! The drain of the launch, root's dividends in TAO, with its faults by date.

use super::{AlphaDividends, DrainTerms, Earned, Hotkey, Payout, distribute};
use crate::books::Pending;
use crate::fixed::Q32;

/// Shares out what a subnet has gathered under the launch's rules, but for how much validators are paid in alpha: see
/// [`distribute`].
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::drain_pending_emission @ f95810a25` (full),
/// @ a27fff291 (net)
#[must_use]
pub fn launch(
    pending: &Pending,
    earned: &[Earned],
    keys: &[Hotkey],
    tao_weight: Q32,
    revision: AlphaDividends,
) -> Payout {
    distribute(&DrainTerms::launch(tao_weight, revision), pending, earned, keys, &[])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::drain::{HotkeyId, root_part};
    use crate::units::{Alpha, Tao};
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

    fn credited(payout: &Payout) -> u64 {
        let dividends = payout.alpha_dividends.iter().map(|d| d.take.rao() + d.rest.rao()).sum::<u64>();
        payout.owner_cut.rao() + payout.incentives.iter().map(|i| i.1.rao()).sum::<u64>() + dividends
    }

    #[test]
    fn the_first_revision_pays_the_root_part_twice() {
        let keys = keys(&[(1_000, 1_000)]);
        let earned =
            [Earned { hotkey: HotkeyId(0), incentive: Alpha::ZERO, dividend: Alpha::from_rao(1_000) }];
        let pending = Pending {
            emission: Alpha::from_rao(500),
            swapped: Alpha::from_rao(500),
            root_tao: Tao::from_rao(70),
            ..Pending::default()
        };
        let of = |revision| launch(&pending, &earned, &keys, Q32::ONE, revision);
        assert_eq!(credited(&of(AlphaDividends::Full)), 999);
        assert_eq!(credited(&of(AlphaDividends::Net)), 499);
        assert_eq!(credited(&of(AlphaDividends::Rescaled)), 499);
        let root = of(AlphaDividends::Full).root_dividends[0];
        assert_eq!((root.take, root.rest), (Tao::from_rao(12), Tao::from_rao(57)));
    }

    #[test]
    fn a_neuron_that_earned_nothing_is_not_paid() {
        let keys = keys(&[(1_000, 0), (0, 0)]);
        let earned = [(0, 0, 500), (1, 500, 0)].map(|(hotkey, incentive, dividend)| Earned {
            hotkey: HotkeyId(hotkey),
            incentive: Alpha::from_rao(incentive),
            dividend: Alpha::from_rao(dividend),
        });
        let pending = Pending { emission: Alpha::from_rao(1_000), ..Pending::default() };
        let payout = launch(&pending, &earned, &keys, Q32::ONE, AlphaDividends::Net);
        assert_eq!(payout.incentives, [(HotkeyId(1), Alpha::from_rao(500))]);
        let paid: Vec<_> = payout.alpha_dividends.iter().map(|dividend| dividend.hotkey).collect();
        assert_eq!(paid, [HotkeyId(0)]);
    }

    proptest! {
        #[test]
        fn the_drain_makes_no_alpha_and_loses_dust_at_most(
            stakes in prop::collection::vec((0..1u64 << 40, 0..1u64 << 40), 1..6),
            dividends in prop::collection::vec(1..1u64 << 36, 6), sold in 0.0..=1.0f64, tao: u32,
        ) {
            let keys = keys(&stakes);
            let earned: Vec<_> = stakes.iter().zip(&dividends).enumerate().map(|(id, (_, &dividend))| Earned {
                hotkey: HotkeyId(id), incentive: Alpha::from_rao(dividend), dividend: Alpha::from_rao(dividend),
            }).collect();
            let half = earned.iter().map(|e| e.dividend.rao()).sum::<u64>();
            let swapped = (half as f64 * sold) as u64;
            let pending = Pending {
                emission: Alpha::from_rao(2 * half - swapped),
                swapped: Alpha::from_rao(swapped),
                root_tao: Tao::from_rao(tao.into()),
                owner_cut: Alpha::from_rao(1_234),
                ..Pending::default()
            };
            prop_assume!(stakes.iter().any(|stake| stake.0 > 0));
            let payout = launch(&pending, &earned, &keys, Q32::from_f64(0.18), AlphaDividends::Rescaled);
            let (whole, paid) = (pending.emission.rao() + 1_234, credited(&payout));
            // A hotkey's share is cut at 2^-32, its take and rest at the rao.
            let dust = keys.len() as u64 * (2 + (half >> 32) + 1);
            prop_assert!(paid <= whole && whole - paid <= dust, "{paid} of {whole}");
            let root: u64 = payout.root_dividends.iter().map(|d| d.take.rao() + d.rest.rao()).sum();
            prop_assert!(root <= u64::from(tao));

            // Net of root: what is credited and what is withheld are what the epoch gave.
            let withheld: u64 = stakes.iter().zip(&earned)
                .map(|(_, e)| root_part(&keys[e.hotkey.0], Q32::from_int(e.dividend.rao()), Q32::from_f64(0.18)).floor())
                .sum();
            let net = launch(&pending, &earned, &keys, Q32::from_f64(0.18), AlphaDividends::Net);
            let given = 2 * half + 1_234;
            let accounted = credited(&net) + withheld;
            prop_assert!(accounted <= given && given - accounted <= 3 * keys.len() as u64);
        }
    }
}
