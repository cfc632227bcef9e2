//! A trade with all that becomes of it, its fee included.
//!
//! ```text
//! buy:   TAO taken  = entered + fee;   the author gets the fee, or it is counted for the pool and nobody's
//! sell:  alpha taken = entered + fee;  the fee is sold once more for the author, without a fee, or it is nobody's
//! ```
//! So with authors a sale moves the price twice.
//!
//! Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::stake_into_subnet, unstake_from_subnet` @ 7eb6f9bb7,
//! 14bc6f9f9

use crate::pool::{Exchange, FeeDestination, Order, PoolRules, SwapRefused};
use crate::units::{Alpha, Tao};

/// TAO turned into alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// TAO that it takes: less than was offered where a limit binds.
    pub taken: Tao,
    /// TAO that enters the pool.
    pub entered: Tao,
    /// Alpha that it buys.
    pub alpha: Alpha,
    /// TAO for the block's author.
    pub author: Tao,
    /// TAO of the fee that is nobody's.
    pub idle: Tao,
    /// The exchange afterwards.
    pub after: Exchange,
}

/// Alpha turned into TAO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Alpha that it takes: less than was offered where a limit binds.
    pub taken: Alpha,
    /// Alpha that enters the pool, what is sold for the author included.
    pub entered: Alpha,
    /// TAO that it fetches for who sells.
    pub tao: Tao,
    /// TAO for the block's author.
    pub author: Tao,
    /// Alpha of the fee that is nobody's.
    pub idle: Alpha,
    /// The exchange afterwards.
    pub after: Exchange,
}

impl Exchange {
    /// Buys alpha, and settles the fee.
    ///
    /// # Errors
    /// If the pool refuses.
    pub fn purchase(self, rules: PoolRules, order: Order<Tao>) -> Result<Purchase, SwapRefused> {
        let swap = self.buy(rules, order)?;
        let (author, idle) = match rules.fee_destination {
            FeeDestination::BlockAuthor => (swap.fee, Tao::ZERO),
            FeeDestination::Counter => (Tao::ZERO, swap.fee),
        };
        let (taken, entered) = (swap.taken(), swap.paid_in);
        Ok(Purchase { taken, entered, alpha: swap.out, author, idle, after: swap.after })
    }

    /// Sells alpha, and settles the fee.
    ///
    /// # Errors
    /// If the pool refuses, be it the fee's own sale.
    pub fn sale(self, rules: PoolRules, order: Order<Alpha>) -> Result<Sale, SwapRefused> {
        let swap = self.sell(rules, order)?;
        let (taken, entered, tao) = (swap.taken(), swap.paid_in, swap.out);
        match rules.fee_destination {
            FeeDestination::Counter => {
                Ok(Sale { taken, entered, tao, author: Tao::ZERO, idle: swap.fee, after: swap.after })
            }
            FeeDestination::BlockAuthor => {
                let fee = swap.after.sell(rules, Order::free(swap.fee))?;
                let (entered, idle) = (entered + fee.paid_in, swap.fee.saturating_sub(fee.paid_in));
                Ok(Sale { taken, entered, tao, author: fee.out, idle, after: fee.after })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::balancer::Weighing;
    use crate::pool::v3::Injection;
    use crate::pool::{CurveRule, Reserves};
    use crate::units::RAO;

    fn exchange() -> Exchange {
        let thousand = 1_000 * RAO;
        Exchange::Dynamic(Reserves { tao: Tao::from_rao(thousand), alpha: Alpha::from_rao(thousand) }.into())
    }

    fn rules(curve: CurveRule, fee_destination: FeeDestination) -> PoolRules {
        PoolRules { curve, fee_rate: 655, fee_destination, ..PoolRules::LAUNCH }
    }

    #[test]
    fn an_authors_part_of_a_sale_is_sold_too() {
        let rules = rules(CurveRule::Balancer(Weighing::WithReservoirs), FeeDestination::BlockAuthor);
        let sale = exchange().sale(rules, Order::of(Alpha::from_rao(100 * RAO))).expect("deep enough");
        assert_eq!((sale.taken, sale.entered), (Alpha::from_rao(100 * RAO), Alpha::from_rao(100 * RAO)));
        assert_eq!(sale.idle, Alpha::ZERO);
        // 100 alpha less 0.9995 %, then the rest, along 1000 * 1000 = k: in all what 100 alpha fetch at once.
        assert!((sale.tao + sale.author).rao().abs_diff(90_909_090_909) <= 2);
        assert!(sale.author.rao().abs_diff(826_690_000) < 1_000_000, "{}", sale.author);
    }

    #[test]
    fn a_counted_fee_is_nobodys() {
        let rules = rules(CurveRule::V3(Injection::WithFees), FeeDestination::Counter);
        let sale = exchange().sale(rules, Order::of(Alpha::from_rao(100 * RAO))).expect("deep enough");
        assert_eq!((sale.author, sale.entered + sale.idle), (Tao::ZERO, sale.taken));
        let bought = exchange().purchase(rules, Order::of(Tao::from_rao(100 * RAO))).expect("deep enough");
        assert_eq!((bought.author, bought.entered + bought.idle), (Tao::ZERO, Tao::from_rao(100 * RAO)));
        assert_eq!(bought.idle.rao(), rules.fee_within(100 * RAO));
    }
}
