//! What a fund's holding would be sold for, and how it is sold.

use crate::pool::{Charge, Exchange, Order, PoolRules};
use crate::units::{Alpha, Tao};

/// A sale of a holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// Alpha that entered the pool.
    pub entered: Alpha,
    /// TAO that it brought.
    pub tao: Tao,
    /// The exchange afterwards.
    pub after: Exchange,
}

impl Liquidation {
    /// The sale of so much alpha without a fee; none if the pool is too shallow to buy it, so that the holding is dead.
    ///
    /// A pool takes in a thousand times the alpha that it has at most: more is sold in pieces. (Until spec 450 the chain
    /// takes a holding of more than that for worthless.)
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/basket_views.rs::try_realizable_tao_for_alpha` of specs 451 to 475, in
    /// RaoFoundation/subtensor
    #[must_use]
    pub fn of(exchange: Exchange, rules: PoolRules, alpha: Alpha) -> Option<Self> {
        let mut sale = Self { entered: Alpha::ZERO, tao: Tao::ZERO, after: exchange };
        while sale.entered < alpha {
            let left = alpha - sale.entered;
            let piece = sale.after.largest_sale(rules).map_or(left, |most| left.min(most));
            if piece == Alpha::ZERO {
                return None;
            }
            let order = Order { amount: piece, limit: None, charge: Charge::Free };
            let swap = sale.after.sell(rules, order).ok()?;
            sale.entered += swap.paid_in;
            sale.tao += swap.out;
            sale.after = swap.after;
            if swap.paid_in < piece {
                // The price has come to its end.
                break;
            }
        }
        Some(sale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::era::Spec;
    use crate::pool::{Pool, Reserves};
    use crate::rules::Rules;
    use crate::units::RAO;

    fn sold(tao: u64, alpha: u64, sold: u64) -> Option<Liquidation> {
        let rules = Rules::at(Spec::in_part(441)).pool;
        let reserves = Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) };
        let pool = Pool { reserves, ..Pool::default() }.under(rules.curve);
        Liquidation::of(Exchange::Dynamic(pool), rules, Alpha::from_rao(sold))
    }

    /// As much alpha as there is brings half of the TAO.
    #[test]
    fn a_holding_is_worth_what_its_sale_would_bring_without_a_fee() {
        let sale = sold(100 * RAO, 1_000 * RAO, 1_000 * RAO).expect("a deep pool");
        assert_eq!((sale.entered.rao(), sale.tao.rao()), (1_000 * RAO, 50 * RAO));
    }

    #[test]
    fn nothing_is_worth_nothing_and_a_shallow_pool_makes_a_holding_dead() {
        assert_eq!(sold(100 * RAO, RAO, 0).map(|sale| sale.tao), Some(Tao::ZERO));
        assert_eq!(sold(0, RAO, 0).map(|sale| sale.tao), Some(Tao::ZERO));
        assert_eq!(sold(900_000, RAO, 1), None);
    }

    #[test]
    fn more_than_a_thousand_times_the_pools_alpha_is_sold_in_pieces() {
        let sale = sold(100 * RAO, 10_000_000, 25_000 * 10_000_000).expect("in pieces");
        assert_eq!(sale.entered.rao(), 25_000 * 10_000_000);
        assert!(sale.tao.rao() > 99 * RAO && sale.tao.rao() < 100 * RAO);
    }
}
