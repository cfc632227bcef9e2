//! The drain: who gets what of the alpha that a subnet has gathered since its last epoch.
//!
//! Owner cut, incentives and dividends are paid as stake. A dividend is first shared with the hotkeys that
//! lent the validator their stake (childkeys), then split into what the hotkey's alpha earned and what its
//! TAO on root earned, then into the hotkey's take and the rest for all who stake on it.
//!
//! Until spec 333 root's part is paid in TAO, for which the coinbase has sold alpha all along; since spec 334 it is kept in
//! alpha until it is claimed.
//!
//! Every amount is cut below the rao; what is lost so belongs to nobody and stays counted as outstanding.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ f95810a25`, @ 14bc6f9f9.

mod aggregate;
mod alpha_dividends;
mod childkeys;
mod distribution;
mod launch;
mod root_earners;
mod rules;

use std::collections::BTreeMap;

pub use aggregate::{AggregatePayout, Staked, TAKE};
pub use alpha_dividends::AlphaDividends;
pub use childkeys::{ChildkeyRule, stake_weight};
pub use distribution::{DrainTerms, Payout, distribute};
pub(crate) use distribution::{for_validators, shared_out};
pub use launch::launch;
pub use root_earners::RootEarners;
pub use rules::{ChildkeyTake, DrainRules, DrainValues};

use crate::fixed::Q32;
use crate::units::{Alpha, Tao};
use crate::yuma::Fraction;

/// A hotkey's place among those given to a drain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HotkeyId(pub usize);

/// Whose hotkey it is; equal ids are the same owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColdkeyId(pub usize);

/// A part of a hotkey's stake that is lent to a childkey, in parts of 2^64 - 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proportion(pub u64);

impl Proportion {
    /// The part with 32 fractional bits, cut below the last.
    #[must_use]
    pub const fn to_fixed(self) -> Q32 {
        Q32::ratio(self.0, u64::MAX)
    }
}

/// A hotkey as a drain sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hotkey {
    /// Its owner.
    pub coldkey: ColdkeyId,
    /// Alpha of the subnet staked on it, by everyone.
    pub alpha: Alpha,
    /// TAO on root staked on it, by everyone.
    pub root: Tao,
    /// What it keeps of dividends for its owner.
    pub take: Fraction,
    /// What it keeps of dividends on stake lent to it.
    pub childkey_take: Fraction,
    /// Who lends it stake in this subnet, and how much of theirs.
    pub parents: Vec<(HotkeyId, Proportion)>,
    /// How much of its stake it lends to each of its children in this subnet.
    pub lent: Vec<Proportion>,
    /// Whether it is registered on root.
    pub root_seat: RootSeat,
}

/// Whether a hotkey has a UID on root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RootSeat {
    /// It has none.
    #[default]
    None,
    /// It has one.
    Held,
}

/// What an epoch gave a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earned {
    /// The neuron's hotkey.
    pub hotkey: HotkeyId,
    /// For mining.
    pub incentive: Alpha,
    /// For validating, before it is shared.
    pub dividend: Alpha,
}

/// A hotkey's dividend in alpha or TAO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dividend<Amount> {
    /// The hotkey.
    pub hotkey: HotkeyId,
    /// Take and rest together, rounded down once: as much as they come to, or a rao more.
    pub whole: Amount,
    /// Staked on the hotkey for its owner.
    pub take: Amount,
    /// Shared by all who stake on the hotkey, its owner among them.
    pub rest: Amount,
}

/// A fraction with 32 fractional bits, cut below the last.
const fn part(fraction: Fraction) -> Q32 {
    Q32::ratio(fraction.0 as u64, u16::MAX as u64)
}

/// Splits a dividend, itself not yet cut, into a hotkey's take and the rest, each cut below the rao.
fn pay<Amount>(
    keys: &[Hotkey],
    hotkey: HotkeyId,
    dividend: Q32,
    amount: fn(u64) -> Amount,
) -> Dividend<Amount> {
    let take = part(keys[hotkey.0].take).mul(dividend);
    let rest = dividend.saturating_sub(take);
    Dividend {
        hotkey,
        whole: amount(dividend.floor()),
        take: amount(take.floor()),
        rest: amount(rest.floor()),
    }
}

/// Dividends by hotkey after childkeys, and what was recycled on the way.
pub(crate) fn shared_with_parents(
    keys: &[Hotkey],
    earned: &[Earned],
    tao_weight: Q32,
    rule: ChildkeyRule,
) -> (BTreeMap<HotkeyId, Q32>, Alpha) {
    let mut dividends = BTreeMap::new();
    let mut recycled = Alpha::ZERO;
    for earned in earned.iter().filter(|earned| earned.dividend > Alpha::ZERO) {
        recycled +=
            childkeys::share(keys, earned.hotkey, earned.dividend, tao_weight, rule, |hotkey, part| {
                let dividend: &mut Q32 = dividends.entry(hotkey).or_default();
                *dividend = dividend.saturating_add(Q32::from_int(part.rao()));
            });
    }
    (dividends, recycled)
}

/// Lets incentives sum to what was gathered for miners, each in proportion and rounded down, where an epoch has shared out half of
/// all instead.
pub fn share_among_miners(earned: &mut [Earned], gathered: Alpha) {
    let all: u128 = earned.iter().map(|earned| u128::from(earned.incentive.rao())).sum();
    for earned in earned {
        let part = u128::from(gathered.rao()) * u128::from(earned.incentive.rao());
        earned.incentive = Alpha::from_rao(part.checked_div(all).unwrap_or(0) as u64);
    }
}

/// Incentives by hotkey, without the neurons that have none.
pub(crate) fn incentives(earned: &[Earned]) -> BTreeMap<HotkeyId, Alpha> {
    let mut incentives = BTreeMap::new();
    for earned in earned.iter().filter(|earned| earned.incentive > Alpha::ZERO) {
        *incentives.entry(earned.hotkey).or_default() += earned.incentive;
    }
    incentives
}

/// Root's part of a hotkey's dividend, by the weighted TAO in its stake; the rest is alpha's.
fn root_part(hotkey: &Hotkey, dividend: Q32, tao_weight: Q32) -> Q32 {
    let root = Q32::from_int(hotkey.root.rao()).mul(tao_weight);
    let all = Q32::from_int(hotkey.alpha.rao()).saturating_add(root);
    dividend.mul(root.safe_div(all))
}

/// An amount in proportion to each part, cut in the last bit; nothing if the parts sum to zero.
fn in_proportion(amount: u64, parts: &[(HotkeyId, Q32)]) -> impl Iterator<Item = (HotkeyId, Q32)> {
    let total = parts.iter().fold(Q32::ZERO, |sum, &(_, part)| sum.saturating_add(part));
    parts.iter().map(move |&(hotkey, part)| (hotkey, Q32::from_int(amount).mul(part.safe_div(total))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn miners_share_what_was_gathered_for_them_in_proportion() {
        let earned = |incentive| Earned {
            hotkey: HotkeyId(0),
            incentive: Alpha::from_rao(incentive),
            dividend: Alpha::from_rao(9),
        };
        let mut all = [30, 0, 10].map(earned);
        share_among_miners(&mut all, Alpha::from_rao(61));
        assert_eq!(all, [45, 0, 15].map(earned));
        let mut nobody = [0, 0].map(earned);
        share_among_miners(&mut nobody, Alpha::from_rao(61));
        assert_eq!(nobody, [0, 0].map(earned));
    }
}
