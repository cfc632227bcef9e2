//! How much a trade may put in within a limit price.
//!
//! A limit at launch bounds the *average* price of a trade, not the spot price that it leaves: a buy up to its
//! limit ends at a spot price of limit² / price. Limits are in rao of TAO per alpha.
//!
//! Source: `subtensor:pallets/subtensor/src/staking/{add,remove,move}_stake.rs::get_max_amount_*` @ a27fff291

use crate::fixed::{Q32, Q64, wide_mul_shift, wide_shift_div};
use crate::pool::{Exchange, Pool, Reserves};
use crate::units::{Alpha, RAO, Tao};

/// How much TAO a buy may put in so that its average price stays within `limit`.
///
/// ```text
/// floor(limit * alpha / 1e9) - tao      0 if a reserve or the limit is 0, or the limit is below the whole price
/// ```
/// Where one TAO is one alpha: all if the limit allows a price of one, else nothing.
#[must_use]
pub fn max_buy(exchange: Exchange, limit: Tao) -> Tao {
    let limit = limit.rao();
    let Exchange::Dynamic(Pool { reserves: pool, .. }) = exchange else {
        return Tao::from_rao(if limit >= RAO { u64::MAX } else { 0 });
    };
    let (limit, tao, alpha) = (u128::from(limit), u128::from(pool.tao.rao()), u128::from(pool.alpha.rao()));
    // The chain's first test takes the spot price without its fraction.
    if alpha == 0 || tao == 0 || limit == 0 || limit < tao / alpha * u128::from(RAO) {
        return Tao::ZERO;
    }
    Tao::from_rao(saturated((limit * alpha / u128::from(RAO)).saturating_sub(tao)))
}

/// How much alpha a sale may put in so that its average price stays at least `limit`.
///
/// ```text
/// floor(tao * 1e9 / limit) - alpha      0 if a reserve is 0 or the limit is at the spot price or above;
///                                       all if the limit is 0
/// ```
/// Where one TAO is one alpha: all if the limit allows a price of one, else nothing.
#[must_use]
pub fn max_sell(exchange: Exchange, limit: Tao) -> Alpha {
    let limit = limit.rao();
    let Exchange::Dynamic(Pool { reserves: pool, .. }) = exchange else {
        return Alpha::from_rao(if limit <= RAO { u64::MAX } else { 0 });
    };
    let (limit, tao, alpha) = (u128::from(limit), u128::from(pool.tao.rao()), u128::from(pool.alpha.rao()));
    if alpha == 0 || tao == 0 {
        return Alpha::ZERO;
    }
    if limit == 0 {
        return Alpha::from_rao(u64::MAX);
    }
    let worth = tao * u128::from(RAO);
    if limit >= worth / alpha {
        return Alpha::ZERO;
    }
    Alpha::from_rao(saturated((worth / limit).saturating_sub(alpha)))
}

/// How much alpha may move from one subnet through TAO into another so that the average relative price, the
/// origin's over the destination's, stays at least `limit` (in rao: 1e9 is one to one).
///
/// ```text
/// alpha_to * share / limit - alpha_from * (1 - share),   share = tao_from / (tao_from + tao_to)
/// ```
/// In 64 fractional bits, each step rounded down; 0 if a reserve is 0, the limit is above the price or the first
/// term does not fit; all if the limit is 0. If one side is one to one it is a buy's limit, of the reciprocal, or a
/// sale's.
#[must_use]
pub fn max_move(from: Exchange, to: Exchange, limit: Tao) -> Alpha {
    match (from, to) {
        (_, Exchange::Stable) => max_sell(from, limit),
        (Exchange::Stable, Exchange::Dynamic(_)) if limit == Tao::ZERO => Alpha::from_rao(u64::MAX),
        (Exchange::Stable, Exchange::Dynamic(_)) => Alpha::from_rao(max_buy(to, reciprocal(limit)).rao()),
        (Exchange::Dynamic(Pool { reserves: from, .. }), Exchange::Dynamic(Pool { reserves: to, .. })) => {
            max_move_between(from, to, Prices::Narrow(from.spot_price(), to.spot_price()), limit)
        }
    }
}

/// The price of a buy that is as much below one as a move's limit, which is not zero, is above it.
pub(super) fn reciprocal(limit: Tao) -> Tao {
    let rao = u128::from(RAO);
    // 1e9 / limit has 64 fractional bits; times 1e9 it may be beyond the largest number of rao.
    let reciprocal = (rao << 64) / u128::from(limit.rao());
    Tao::from_rao(saturated(wide_mul_shift(reciprocal, rao, 64)))
}

/// The prices of a move's two sides, as the runtime computes with them.
#[derive(Clone, Copy)]
pub(super) enum Prices {
    /// To spec 422: with 32 fractional bits.
    Narrow(Q32, Q32),
    /// From spec 423 on: with 64.
    Wide(Q64, Q64),
}

impl Prices {
    /// The relative price, cut at 64 fractional bits; a quotient that does not fit counts as 0.
    fn relative(self) -> u128 {
        match self {
            // Cut at 32 bits on the chain, and beyond 2^64 more than any limit.
            Self::Narrow(from, to) => match to.bits() {
                0 => 0,
                divisor => {
                    let quotient = fitting(wide_shift_div(from.bits(), 32, divisor));
                    if quotient >> 96 == 0 { quotient << 32 } else { u128::MAX }
                }
            },
            Self::Wide(from, to) => from.fitting_div(to).bits(),
        }
    }
}

pub(super) fn max_move_between(from: Reserves, to: Reserves, prices: Prices, limit: Tao) -> Alpha {
    let empty = |pool: Reserves| pool.tao == Tao::ZERO || pool.alpha == Alpha::ZERO;
    if empty(from) || empty(to) {
        return Alpha::ZERO;
    }
    let limit = (u128::from(limit.rao()) << 64) / u128::from(RAO);
    if limit > prices.relative() {
        return Alpha::ZERO;
    }
    if limit == 0 {
        return Alpha::from_rao(u64::MAX);
    }
    let (tao_from, tao_to) = (u128::from(from.tao.rao()) << 64, u128::from(to.tao.rao()) << 64);
    let share = |tao: u128| wide_shift_div(tao, 64, tao_from.saturating_add(tao_to));
    let target = wide_shift_div(u128::from(to.alpha.rao()) * share(tao_from), 64, limit);
    // As on the chain, a quotient that does not fit is nothing.
    let target = if target == u128::MAX { 0 } else { target };
    let held = u128::from(from.alpha.rao()) * share(tao_to);
    Alpha::from_rao(saturated(target.saturating_sub(held) >> 64))
}

/// A quotient that does not fit the chain's `I96F32` counts as 0.
fn fitting(quotient: u128) -> u128 {
    if quotient > i128::MAX as u128 { 0 } else { quotient }
}

fn saturated(amount: u128) -> u64 {
    u64::try_from(amount).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pool::constant_product;

    const ALL: u64 = u64::MAX;

    fn reserves(tao: u64, alpha: u64) -> Reserves {
        Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) }
    }

    fn pool(tao: u64, alpha: u64) -> Exchange {
        Exchange::Dynamic(reserves(tao, alpha).into())
    }

    fn buy_limit(exchange: Exchange, limit: u64) -> u64 {
        max_buy(exchange, Tao::from_rao(limit)).rao()
    }

    fn sell_limit(exchange: Exchange, limit: u64) -> u64 {
        max_sell(exchange, Tao::from_rao(limit)).rao()
    }

    fn move_limit(from: Exchange, to: Exchange, limit: u64) -> u64 {
        max_move(from, to, Tao::from_rao(limit)).rao()
    }

    #[test]
    fn a_buy_up_to_its_limit_ends_at_limit_squared_over_price() {
        // Price 1.5, limit 6: 450 TAO in, and the spot price is 24 = 6 * 6 / 1.5.
        let before = reserves(150 * RAO, 100 * RAO);
        let tao = Tao::from_rao(buy_limit(Exchange::Dynamic(before.into()), 6 * RAO));
        assert_eq!(tao, Tao::from_rao(450 * RAO));
        let bought = constant_product::buy(before, tao).expect("the pool is deep enough");
        let after = Reserves { tao: before.tao + tao, alpha: before.alpha - bought };
        assert!((after.price() - 24.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_within_any_limit_of_a_pool_with_an_empty_side() {
        for empty in [pool(0, RAO), pool(RAO, 0), pool(0, 0)] {
            for limit in [0, 1, RAO, ALL] {
                assert_eq!(buy_limit(empty, limit), 0);
                assert_eq!(sell_limit(empty, limit), 0);
                assert_eq!(move_limit(empty, pool(RAO, RAO), limit), 0);
                assert_eq!(move_limit(pool(RAO, RAO), empty, limit), 0);
            }
        }
    }

    #[test]
    fn a_limit_of_zero_lets_all_be_sold_and_nothing_be_bought() {
        let pool = pool(RAO, 2 * RAO);
        assert_eq!((buy_limit(pool, 0), sell_limit(pool, 0), move_limit(pool, pool, 0)), (0, ALL, ALL));
        assert_eq!(move_limit(Exchange::Stable, pool, 0), ALL);
        assert_eq!((buy_limit(Exchange::Stable, 0), sell_limit(Exchange::Stable, 0)), (0, ALL));
    }

    #[test]
    fn a_buys_limit_is_held_against_the_whole_part_of_the_price_first() {
        // At a price of 2.5 the chain compares with 2, and then 2.4 * 1000 - 2500 is below zero.
        let at_two_and_a_half = pool(2_500 * RAO, 1_000 * RAO);
        assert_eq!(buy_limit(at_two_and_a_half, 2 * RAO - 1), 0);
        assert_eq!(buy_limit(at_two_and_a_half, 2_400_000_000), 0);
        assert_eq!(buy_limit(at_two_and_a_half, 2_600_000_000), 100 * RAO);
        // A price times 1e9 may be beyond 2^64.
        assert_eq!(buy_limit(pool(ALL, 1), ALL), 0);
    }

    #[test]
    fn one_to_one_all_or_nothing_fits_a_limit() {
        let stable = Exchange::Stable;
        assert_eq!((buy_limit(stable, RAO), buy_limit(stable, RAO - 1)), (ALL, 0));
        assert_eq!((sell_limit(stable, RAO), sell_limit(stable, RAO + 1)), (ALL, 0));
        assert_eq!((move_limit(stable, stable, RAO), move_limit(stable, stable, RAO + 1)), (ALL, 0));
    }

    #[test]
    fn a_move_within_its_limit_is_worked_out_from_both_pools() {
        // share = 1000 / 4000; 4000 * 0.25 / 0.5 - 1000 * 0.75 = 1,250.
        let (from, to) = (pool(1_000 * RAO, 1_000 * RAO), pool(3_000 * RAO, 4_000 * RAO));
        assert_eq!(move_limit(from, to, RAO / 2), 1_250 * RAO);
        // The relative price is 1 / 0.75 rounded down; at the limit itself a rounding is left, above it nothing.
        assert!(move_limit(from, to, 1_333_333_333) < 1_000);
        assert_eq!(move_limit(from, to, 1_333_333_334), 0);
    }

    #[test]
    fn a_move_with_one_side_one_to_one_has_a_sales_or_a_buys_limit() {
        let dynamic = pool(1_000 * RAO, 2_000 * RAO);
        assert_eq!(move_limit(dynamic, Exchange::Stable, RAO / 4), sell_limit(dynamic, RAO / 4));
        // A relative price of at least 1.6 is an alpha price of at most 0.625: 0.625 * 2000 - 1000.
        assert_eq!(move_limit(Exchange::Stable, dynamic, 1_600_000_000), 250 * RAO);
        // 1e18 does not fall on a whole number of rao: floor(1e18 / 3) = 333,333,333,333,333,333.
        let cheap = pool(1_000, 1_000);
        assert_eq!(move_limit(Exchange::Stable, cheap, 3), 333_333_333_333_333_333 / 1_000_000 - 1_000);
    }

    #[test]
    fn a_move_whose_amount_does_not_fit_is_nothing_and_not_all() {
        // 2^63 * 0.5 / 1e-9 is far beyond 2^64.
        let deep = pool(1 << 62, 1 << 63);
        assert_eq!(move_limit(deep, deep, 1), 0);
    }

    proptest! {
        // The outputs are cut below the rao: so much may be missing from the average.
        #[test]
        fn the_largest_amounts_within_a_limit_trade_at_it_on_average(
            tao in 1_000_000_000u64..1_000_000_000_000_000,
            alpha in 1_000_000_000u64..1_000_000_000_000_000,
            off in 1.0..4.0f64,
        ) {
            let pool = reserves(tao, alpha);
            let exchange = Exchange::Dynamic(pool.into());
            let paid = |tao: Tao, alpha: Alpha| tao.rao() as f64 / alpha.rao() as f64 * RAO as f64;
            let above = Tao::from_rao((pool.price() * off * RAO as f64) as u64 + 1);
            let most = max_buy(exchange, above);
            if let Some(out) = constant_product::buy(pool, most).filter(|out| out.rao() > 1_000_000) {
                prop_assert!((paid(most, out) / above.rao() as f64 - 1.0).abs() < 1e-5, "{most} for {out} at {above}");
            }
            let below = Tao::from_rao((pool.price() / off * RAO as f64) as u64 + 1);
            let most = max_sell(exchange, below);
            if let Some(out) = constant_product::sell(pool, most).filter(|out| most.rao().min(out.rao()) > 1_000_000) {
                prop_assert!((paid(out, most) / below.rao() as f64 - 1.0).abs() < 1e-5, "{most} for {out} at {below}");
            }
        }

        #[test]
        fn a_move_up_to_its_limit_keeps_its_average_price(
            from in (1_000_000_000_000u64..1_000_000_000_000_000, 1_000_000_000_000u64..1_000_000_000_000_000),
            to in (1_000_000_000_000u64..1_000_000_000_000_000, 1_000_000_000_000u64..1_000_000_000_000_000),
            below in 0.2f64..0.999,
        ) {
            let (from, to) = (reserves(from.0, from.1), reserves(to.0, to.1));
            let limit = (from.price() / to.price() * below * 1e9) as u64;
            let most = max_move(Exchange::Dynamic(from.into()), Exchange::Dynamic(to.into()), Tao::from_rao(limit));
            let moved = |alpha| {
                let tao = constant_product::sell(from, alpha)?;
                let bought = constant_product::buy(to, tao)?;
                Some(bought.rao() as f64 / alpha.rao() as f64 * 1e9)
            };
            prop_assume!(limit > 1_000_000 && most.rao() > 1_000_000_000);
            // Two swaps round down by up to a rao each: a millionth of amounts of a billion.
            if let (Some(at), Some(beyond)) = (moved(most), moved(Alpha::from_rao(most.rao() + most.rao() / 100))) {
                prop_assert!(at >= limit as f64 * (1.0 - 1e-6), "{at} {limit}");
                prop_assert!(beyond < limit as f64, "{beyond} {limit}");
            }
        }
    }
}
