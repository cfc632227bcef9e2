//! One swap against the position.

use super::{HIGHEST, LOWEST, V3, square_root};
use crate::fixed::Q64;
use crate::pool::PoolRules;
use crate::pool::order::Side;
use crate::units::{RAO, Tao};

/// How exactly the square root of a limit price is found: 1e-10.
const LIMIT_EPSILON: Q64 = Q64::from_bits(1_844_674_407);

/// The square root of 2^64 - 1 rao, the widest limit of a buy: the highest price of the position would be more.
const WIDEST: Q64 = Q64::from_bits(2_505_414_483_750_478_650_549_490);

/// What one swap does, in rao.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) paid_in: u64,
    pub(crate) fee: u64,
    pub(crate) out: u64,
    pub(crate) sqrt_price: Q64,
}

/// The square root of the price at which a swap stops: that of its limit, or the end of the position.
///
/// Source: `subtensor:pallets/swap/src/pallet/impls.rs::swap` @ e9bbb6134
pub(crate) fn bound(side: Side, limit: Option<Tao>) -> Q64 {
    let root =
        |limit: Tao| square_root(Q64::from_int(limit.rao()).fitting_div(Q64::from_int(RAO)), LIMIT_EPSILON);
    match side {
        Side::Buy => limit.map_or(WIDEST, |limit| root(limit).min(HIGHEST)),
        // The lowest is less than a rao, so the widest limit is none at all.
        Side::Sell => {
            limit.filter(|&limit| limit > Tao::ZERO).map_or(LOWEST, |limit| root(limit).max(LOWEST))
        }
    }
}

/// Swaps `amount`, the fee included, until the price reaches `bound`, which must lie ahead. What is beyond is not taken.
///
/// Source: `subtensor:pallets/swap/src/pallet/impls.rs::determine_action`, `convert_deltas` @ e9bbb6134
pub(crate) fn step(v3: &V3, rules: PoolRules, side: Side, amount: u64, bound: Q64) -> Step {
    let fee = rules.fee_within(amount);
    let whole = amount - fee;
    let target = v3.target(side, whole);
    let within = match side {
        Side::Buy => target <= bound,
        Side::Sell => target >= bound,
    };
    if within {
        Step { paid_in: whole, fee, out: v3.output(side, whole), sqrt_price: target }
    } else {
        let paid_in = v3.needed(side, bound);
        Step { paid_in, fee: rules.fee_on_top(paid_in), out: v3.output(side, paid_in), sqrt_price: bound }
    }
}

impl V3 {
    /// The square root of the price that `amount` leads to. Without liquidity there is no end to it.
    fn target(&self, side: Side, amount: u64) -> Q64 {
        if self.liquidity == 0 {
            return match side {
                Side::Buy => Q64::MAX,
                Side::Sell => Q64::ZERO,
            };
        }
        let moved = Q64::from_int(amount).fitting_div(Q64::from_int(self.liquidity));
        match side {
            Side::Buy => moved.saturating_add(self.sqrt_price),
            Side::Sell => Q64::ONE.fitting_div(moved.saturating_add(Q64::ONE.fitting_div(self.sqrt_price))),
        }
    }

    /// What must be put in to bring the square root of the price to `target`, rounded down.
    fn needed(&self, side: Side, target: Q64) -> u64 {
        let distance = match side {
            Side::Buy => target.saturating_sub(self.sqrt_price),
            Side::Sell => Q64::ONE.fitting_div(target).saturating_sub(Q64::ONE.fitting_div(self.sqrt_price)),
        };
        Q64::from_int(self.liquidity).times(distance).floor()
    }

    /// What `amount` takes out, rounded down.
    fn output(&self, side: Side, amount: u64) -> u64 {
        if amount == 0 {
            return 0;
        }
        let (liquidity, root, amount) =
            (Q64::from_int(self.liquidity), self.sqrt_price, Q64::from_int(amount));
        let rate = match side {
            Side::Buy => {
                let filled = liquidity.times(root).saturating_add(amount).times(root);
                liquidity.fitting_div(filled)
            }
            Side::Sell => {
                let filled = liquidity.fitting_div(root).saturating_add(amount);
                liquidity.fitting_div(filled).times(root)
            }
        };
        amount.times(rate).floor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Reserves;
    use crate::units::Alpha;

    const FREE: PoolRules = PoolRules::LAUNCH;

    /// L = 1,000 and s = 1.
    fn pool() -> V3 {
        let thousand = 1_000 * RAO;
        let mut pool = V3::of(Reserves { tao: Tao::from_rao(thousand), alpha: Alpha::from_rao(thousand) });
        pool.sqrt_price = Q64::ONE;
        pool
    }

    #[test]
    fn a_buy_of_as_much_as_there_is_doubles_the_root_of_the_price() {
        let widest = bound(Side::Buy, None);
        let step = step(&pool(), FREE, Side::Buy, 1_000 * RAO, widest);
        // 1000 of 1000 + 1000 halves; the root is 1 + 1.
        assert_eq!((step.paid_in, step.fee, step.out), (1_000 * RAO, 0, 500 * RAO));
        assert_eq!(step.sqrt_price, Q64::from_int(2));
    }

    #[test]
    fn a_sale_stops_where_its_limit_is() {
        // Down to a price of 1/4 the root falls to 1/2: L * (2 - 1) alpha go in, L * (1 - 1/2) TAO come out.
        let quarter = bound(Side::Sell, Some(Tao::from_rao(RAO / 4)));
        assert!((quarter.to_f64() - 0.5).abs() < 1e-10);
        let rules = PoolRules { fee_rate: 33, ..FREE };
        let step = step(&pool(), rules, Side::Sell, u64::MAX, Q64::from_bits(1 << 63));
        assert_eq!((step.paid_in, step.out), (1_000 * RAO, 500 * RAO));
        assert_eq!(step.fee, rules.fee_on_top(1_000 * RAO));
        assert_eq!(step.sqrt_price, Q64::from_bits(1 << 63));
    }

    #[test]
    fn limits_are_bounded_by_the_ends_of_the_position() {
        assert_eq!(bound(Side::Sell, None), LOWEST);
        assert_eq!(bound(Side::Sell, Some(Tao::ZERO)), LOWEST);
        // The root of (2^64 - 1) / 1e9.
        assert_eq!(bound(Side::Buy, None), bound(Side::Buy, Some(Tao::from_rao(u64::MAX))));
        assert!((bound(Side::Buy, None).to_f64() - 135_818.79).abs() < 0.01);
    }
}
