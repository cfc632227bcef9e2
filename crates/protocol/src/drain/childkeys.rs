//! Childkeys: hotkeys that validate with stake which others lend them.

use super::{Hotkey, HotkeyId, Proportion, part};
use crate::fixed::Q32;
use crate::units::{Alpha, Tao};
use crate::yuma;

/// What a childkey keeps of the dividends on lent stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildkeyRule {
    /// Its take of the whole dividend, that on its own stake included (launch).
    TakeOfAll,
    /// Its take of the part of each parent that another coldkey owns; a part of the same is burned (spec 425).
    TakeOfOthers {
        /// The part that is burned: recycled, in the chain's words.
        burn: Proportion,
    },
}

/// A hotkey's stake weight in an epoch: its own stake less what it lends, plus what is lent to it.
///
/// `subtensor:pallets/subtensor/src/staking/stake_utils.rs::get_inherited_for_hotkey_on_subnet @ f95810a25`
#[must_use]
pub fn stake_weight(keys: &[Hotkey], hotkey: HotkeyId, tao_weight: Q32) -> Q32 {
    let inherited = |stake: fn(&Hotkey) -> u64| {
        let own = Q32::from_int(stake(&keys[hotkey.0]));
        let sum = |parts: &mut dyn Iterator<Item = Q32>| parts.fold(Q32::ZERO, Q32::saturating_add);
        let lent = sum(&mut keys[hotkey.0].lent.iter().map(|part| own.mul(part.to_fixed())));
        let parents = keys[hotkey.0].parents.iter();
        let borrowed = sum(
            &mut parents.map(|(parent, part)| Q32::from_int(stake(&keys[parent.0])).mul(part.to_fixed()))
        );
        own.saturating_sub(lent).saturating_add(borrowed).floor()
    };
    let alpha = Alpha::from_rao(inherited(|key| key.alpha.rao()));
    let root = Tao::from_rao(inherited(|key| key.root.rao()));
    yuma::stake_weight(alpha, root, tao_weight)
}

/// Shares a childkey's dividend with its parents by what each contributes to its stake; returns what is
/// recycled.
///
/// Each part is rounded down to whole rao. At launch the child gets what is left, so nothing is lost; at spec 425
/// revision less than a rao is lost for each parent, twice that if a part is burned, and one for the child.
///
/// `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::get_dividends_distribution @ f95810a25`,
/// `::get_parent_child_dividends_distribution @ 14bc6f9f9`
pub(super) fn share(
    keys: &[Hotkey],
    child: HotkeyId,
    dividend: Alpha,
    tao_weight: Q32,
    rule: ChildkeyRule,
    mut credit: impl FnMut(HotkeyId, Alpha),
) -> Alpha {
    let parents = &keys[child.0].parents;
    if parents.is_empty() {
        credit(child, dividend);
        return Alpha::ZERO;
    }
    let contributions: Vec<_> = parents
        .iter()
        .map(|&(parent, lent)| (parent, contribution(&keys[parent.0], lent.to_fixed(), tao_weight)))
        .collect();
    let own = Q32::from_int(contribution(&keys[child.0], kept(&keys[child.0]), tao_weight).floor());
    let total = contributions.iter().fold(own, |sum, &(_, part)| sum.saturating_add(part));
    let take = part(keys[child.0].childkey_take);
    let whole = Q32::from_int(dividend.rao());
    match rule {
        ChildkeyRule::TakeOfAll => {
            let to_share = whole.saturating_sub(take.mul(whole));
            let mut left = dividend;
            for (parent, contributed) in contributions {
                let part = Alpha::from_rao(to_share.mul(contributed.safe_div(total)).floor());
                credit(parent, part);
                left -= part;
            }
            credit(child, left);
            Alpha::ZERO
        }
        ChildkeyRule::TakeOfOthers { burn } => {
            let (mut left, mut recycled) = (whole, Alpha::ZERO);
            let mut taken = Q32::ZERO;
            for (parent, contributed) in contributions {
                let mut part = whole.mul(contributed.safe_div(total));
                left = left.saturating_sub(part);
                if keys[parent.0].coldkey != keys[child.0].coldkey {
                    let (burned, kept) = (burn.to_fixed().mul(part), take.mul(part));
                    part = part.saturating_sub(burned).saturating_sub(kept);
                    taken = taken.saturating_add(kept);
                    recycled += Alpha::from_rao(burned.floor());
                }
                credit(parent, Alpha::from_rao(part.floor()));
            }
            credit(child, Alpha::from_rao(left.saturating_add(taken).floor()));
            recycled
        }
    }
}

/// What a part of a hotkey's stake contributes, alpha and weighted TAO together.
fn contribution(hotkey: &Hotkey, part: Q32, tao_weight: Q32) -> Q32 {
    let alpha = Q32::from_int(hotkey.alpha.rao()).mul(part);
    alpha.saturating_add(Q32::from_int(hotkey.root.rao()).mul(part).mul(tao_weight))
}

/// The part of a hotkey's stake that it does not lend.
fn kept(hotkey: &Hotkey) -> Q32 {
    hotkey.lent.iter().fold(Q32::ONE, |kept, lent| kept.saturating_sub(lent.to_fixed()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::drain::ColdkeyId;
    use crate::yuma::Fraction;

    fn family(alphas: [u64; 3], lent: [u64; 2], take: u16, coldkeys: [usize; 3]) -> Vec<Hotkey> {
        let mut keys: Vec<_> = alphas
            .iter()
            .zip(coldkeys)
            .map(|(&alpha, coldkey)| Hotkey {
                alpha: Alpha::from_rao(alpha),
                coldkey: ColdkeyId(coldkey),
                ..Hotkey::default()
            })
            .collect();
        keys[0].childkey_take = Fraction(take);
        keys[0].parents = vec![(HotkeyId(1), Proportion(lent[0])), (HotkeyId(2), Proportion(lent[1]))];
        keys[1].lent = vec![Proportion(lent[0])];
        keys[2].lent = vec![Proportion(lent[1])];
        keys
    }

    fn shares(keys: &[Hotkey], dividend: u64, rule: ChildkeyRule) -> ([u64; 3], u64) {
        let mut shares = [0; 3];
        let recycled =
            share(keys, HotkeyId(0), Alpha::from_rao(dividend), Q32::ZERO, rule, |hotkey, part| {
                shares[hotkey.0] += part.rao();
            });
        (shares, recycled.rao())
    }

    #[test]
    fn only_the_launch_takes_from_the_same_owners_stake() {
        let half = u64::MAX / 2 + 1;
        let keys = family([100, 100, 200], [half, half], 32_768, [0, 0, 1]);
        // Contributions 100, 50 and 100 of 250; the take is next to one half.
        assert_eq!(shares(&keys, 1_000, ChildkeyRule::TakeOfAll).0, [702, 99, 199]);
        let later = ChildkeyRule::TakeOfOthers { burn: Proportion(u64::MAX / 10) };
        assert_eq!(shares(&keys, 1_000, later), ([600, 199, 159], 39));
    }

    #[test]
    fn stake_that_is_lent_weighs_for_the_child_only() {
        let keys = family([100, 100, 200], [u64::MAX, u64::MAX / 2 + 1], 0, [0, 1, 2]);
        let weights = [0, 1, 2].map(|id| stake_weight(&keys, HotkeyId(id), Q32::ZERO).floor());
        assert_eq!(weights, [300, 0, 100]);
    }

    proptest! {
        #[test]
        fn sharing_a_dividend_makes_no_alpha_and_loses_dust_at_most(
            alphas: [u32; 3], lent: [u64; 2], take: u16, burn: u64, coldkeys in [0..2usize, 0..2, 0..2], dividend: u32,
        ) {
            let keys = family(alphas.map(u64::from), lent, take / 5, coldkeys);
            let (at_launch, recycled) = shares(&keys, dividend.into(), ChildkeyRule::TakeOfAll);
            prop_assert_eq!((at_launch.iter().sum::<u64>(), recycled), (u64::from(dividend), 0));
            let rule = ChildkeyRule::TakeOfOthers { burn: Proportion(burn / 2) };
            let (now, recycled) = shares(&keys, dividend.into(), rule);
            let paid = now.iter().sum::<u64>() + recycled;
            prop_assert!(paid <= u64::from(dividend) && u64::from(dividend) - paid <= 5);
        }
    }
}
