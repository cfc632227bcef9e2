//! TAO that is staked into a fund: it buys of all that the fund holds, for shares at the fund's value.
//!
//! ```text
//! part_i  = floor(tao * value_i / sum of values)      of the last, what is left
//! shares  = floor(value added * P / N), and at most floor(added_i * P / held_i) of each holding i
//! ```
//! So that a claim right afterwards sells no more of any holding than the deposit has bought.
//!
//! Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::{deploy_tao_into_basket, try_stake_into_basket}` of specs 468
//! to 475, in RaoFoundation/subtensor

use crate::basket::shares_for_value;
use crate::pool::{Charge, Exchange, Order, PoolRules};
use crate::units::{Alpha, Tao};

/// The parts of TAO that go to holdings of these values, rounded down; the last gets what is left. None if one of them would be
/// nothing.
#[must_use]
pub fn parts_by_value(tao: Tao, values: &[Tao]) -> Option<Vec<Tao>> {
    let sum = u128::from(values.iter().fold(Tao::ZERO, |sum, &value| sum.saturating_add(value)).rao());
    let (mut parts, mut left) = (Vec::with_capacity(values.len()), tao);
    for (place, value) in values.iter().enumerate() {
        let part = if place + 1 == values.len() {
            left
        } else {
            let part = (u128::from(tao.rao()) * u128::from(value.rao())).checked_div(sum)?;
            Tao::from_rao(u64::try_from(part).ok()?)
        };
        left = left.checked_sub(part)?;
        parts.push(part);
    }
    parts.iter().all(|&part| part > Tao::ZERO).then_some(parts)
}

/// What a deposit into a fund comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundDeposit {
    /// What it adds to the fund's value.
    pub value: Tao,
    /// The fund's value before, N.
    pub fund: Tao,
    /// All shares before, P.
    pub outstanding: u64,
}

impl FundDeposit {
    /// Shares for it: at the fund's value, but no larger a part of all than it has added to the holding that it has added least
    /// to. Each holding that it bought of is given with what it has added and what was held before. None if it is no share.
    #[must_use]
    pub fn shares(&self, bought: impl IntoIterator<Item = (Alpha, Alpha)>) -> Option<u64> {
        let priced = shares_for_value(self.value.rao(), self.fund, self.outstanding)?;
        let covered = |(added, held): (Alpha, Alpha)| {
            let shares = u128::from(added.rao()) * u128::from(self.outstanding);
            let shares = shares.checked_div(u128::from(held.rao())).unwrap_or(0);
            u64::try_from(shares).unwrap_or(u64::MAX)
        };
        let shares = match self.outstanding {
            0 => priced,
            _ => bought.into_iter().map(covered).fold(priced, u64::min),
        };
        (shares > 0).then_some(shares)
    }
}

/// Alpha that is bought for a fund, with the pool's fee and at any price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acquisition {
    /// TAO that entered the pool.
    pub entered: Tao,
    /// TAO of the fees for the block's author.
    pub author: Tao,
    /// TAO of the fees that is nobody's.
    pub idle: Tao,
    /// Alpha that it bought.
    pub alpha: Alpha,
    /// The exchange afterwards.
    pub after: Exchange,
}

impl Acquisition {
    /// What so much TAO buys; none if it buys nothing or the pool does not take all of it. A pool takes in a thousand times the
    /// TAO that it has at most: more is spent in pieces.
    #[must_use]
    pub fn of(exchange: Exchange, rules: PoolRules, tao: Tao) -> Option<Self> {
        let (mut left, none) = (tao, Tao::ZERO);
        let mut all = Self { entered: none, author: none, idle: none, alpha: Alpha::ZERO, after: exchange };
        while left > Tao::ZERO {
            let piece =
                all.after.largest_buy(rules).filter(|&most| most > none).map_or(left, |most| left.min(most));
            let order = Order { amount: piece, limit: None, charge: Charge::Fee };
            let bought = all.after.purchase(rules, order).ok().filter(|bought| bought.taken > none)?;
            left = left.checked_sub(bought.taken)?;
            all.entered += bought.entered;
            all.author += bought.author;
            all.idle += bought.idle;
            all.alpha += bought.alpha;
            all.after = bought.after;
        }
        (all.alpha > Alpha::ZERO).then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::era::Spec;
    use crate::pool::{Pool, Reserves};
    use crate::rules::Rules;
    use crate::units::RAO;

    fn tao(rao: u64) -> Tao {
        Tao::from_rao(rao)
    }

    fn deposit(value: u64, fund: u64, outstanding: u64) -> FundDeposit {
        FundDeposit { value: tao(value), fund: tao(fund), outstanding }
    }

    #[test]
    fn tao_is_spread_by_value_and_the_last_gets_the_rest() {
        assert_eq!(
            parts_by_value(tao(100), &[tao(1), tao(1), tao(1)]),
            Some(vec![tao(33), tao(33), tao(34)])
        );
        assert_eq!(parts_by_value(tao(100), &[tao(1)]), Some(vec![tao(100)]));
        assert_eq!(parts_by_value(tao(100), &[tao(1), tao(100)]), None, "the first would get nothing");
    }

    /// The fund has 1,000 shares and is worth 2,000: 100 of value are 50 shares, a twentieth of all.
    #[test]
    fn shares_are_no_larger_a_part_than_what_was_added_to_each_holding() {
        let alpha = Alpha::from_rao;
        let of = |added: [(u64, u64); 2]| {
            deposit(100, 2_000, 1_000).shares(added.map(|(added, held)| (alpha(added), alpha(held))))
        };
        assert_eq!(of([(10, 100), (5, 100)]), Some(50));
        assert_eq!(of([(10, 100), (4, 100)]), Some(40));
        assert_eq!(of([(10, 100), (0, 100)]), None);
        // Into an empty fund the value itself; into one that has lost all, only if there are next to no shares.
        assert_eq!(deposit(100, 0, 0).shares([]), Some(100));
        assert_eq!(deposit(100, 0, 2).shares([]), None);
        assert_eq!(deposit(100, 0, 1).shares([]), Some(100));
    }

    fn exchange(reserve: u64) -> (Exchange, PoolRules) {
        let rules = Rules::at(Spec::known(469)).pool;
        let reserves = Reserves { tao: tao(reserve), alpha: Alpha::from_rao(10 * reserve) };
        (Exchange::Dynamic(Pool { reserves, ..Pool::default() }.under(rules.curve)), rules)
    }

    /// As much TAO as there is buys half of the alpha, but for the fee.
    #[test]
    fn a_deposit_pays_the_pools_fee_and_takes_pieces_where_it_is_large() {
        let (pool, rules) = exchange(100 * RAO);
        let bought = Acquisition::of(pool, rules, tao(100 * RAO)).expect("a deep pool");
        assert_eq!(bought.entered + bought.author, tao(100 * RAO));
        assert!(bought.author > Tao::ZERO && bought.alpha < Alpha::from_rao(500 * RAO));
        let (pool, rules) = exchange(RAO);
        let large = Acquisition::of(pool, rules, tao(2_500 * RAO)).expect("in pieces");
        assert_eq!(large.entered + large.author, tao(2_500 * RAO));
        assert_eq!(Acquisition::of(pool, rules, Tao::ZERO), None);
        assert_eq!(Acquisition::of(exchange(1_000).0, rules, tao(RAO)), None);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(amount in 1..1u64 << 50, values in prop::collection::vec(1..1u64 << 50, 1..20)) {
            let values: Vec<Tao> = values.into_iter().map(tao).collect();
            if let Some(parts) = parts_by_value(tao(amount), &values) {
                prop_assert_eq!(parts.iter().copied().sum::<Tao>(), tao(amount));
            }
        }

        #[test]
        fn a_claim_right_after_a_deposit_takes_no_more_of_a_holding_than_was_added(
            value in 1..1u64 << 45, fund in 1..1u64 << 45, outstanding in 1..1u64 << 45,
            rows in prop::collection::vec((1..1u64 << 45, 1..1u64 << 45), 1..5),
        ) {
            let bought = rows.iter().map(|&(added, held)| (Alpha::from_rao(added), Alpha::from_rao(held)));
            if let Some(shares) = deposit(value, fund, outstanding).shares(bought) {
                for (added, held) in rows {
                    let take = (u128::from(held) + u128::from(added)) * u128::from(shares)
                        / (u128::from(outstanding) + u128::from(shares));
                    prop_assert!(take <= u128::from(added));
                }
            }
        }
    }
}
