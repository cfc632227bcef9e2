//! A pool whose price moves along a quarter of an ellipse: a rule that never ran.
//!
//! The reserves lie at a distance from a centre, and what is kept is an ellipse around that:
//!
//! ```text
//! X = centre_alpha - alpha,  Y = centre_tao - tao          both above zero
//! K = X^2 b^2 + Y^2 a^2                                    a, b   the scales
//! price = b^2 X / (a^2 Y)
//! buy  t:  X' = sqrt(X^2 + (Y^2 - (Y - t)^2) a^2 / b^2),   alpha out = floor(X' - X)
//! sell d:  Y' = sqrt(Y^2 + (X^2 - (X - d)^2) b^2 / a^2),   TAO out   = floor(Y' - Y)
//! ```
//! It takes a pool over at its price and with its response to small trades: `a = 2 w alpha`, `b = 2 (1 - w) tao`, X = a, Y = b. A
//! large trade moves the price more than on the curves before: a buy of `b` TAO would take the price to infinity. Emission moves the
//! centre along, so that neither the price nor the response to trades changes, however deep the reserves become.
//!
//! Amounts are in 2^-32 rao; squares have up to 400 bits and are exact, roots are rounded down, in the pool's favour.
//!
//! Source: `pallets/swap/src/pallet/superellipse.rs`, `swap_step.rs` (RaoFoundation/subtensor @ 0249a4a4e5d5aa5d4dd940730374183fe30a6f2c,
//! #3211); no release of it is known

use num_bigint::BigUint;

use super::balancer::Weight;
use super::order::Side;
use super::{PoolRules, Reserves, SwapRefused};
use crate::fixed::Q64;
use crate::pool::balancer::Step;

/// Rao are counted in 2^-32.
const FRACTION: u32 = 32;
/// Parts of a weight.
const WHOLE_WEIGHT: u64 = 1_000_000_000_000_000_000;
/// What a swap leaves of the reserve that it draws from (`MinimumReserve`).
const LEAST_LEFT: u64 = 1_000_000;

/// What an ellipse remembers besides the reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superellipse {
    alpha_scale: u128,
    tao_scale: u128,
    centre_alpha: u128,
    centre_tao: u128,
    /// What had waited to enter a pool that was taken over; it enters with the next emission.
    pub reservoir: Reserves,
}

impl Superellipse {
    /// The ellipse at the price, and with the response to small trades, of reserves of this weight of TAO; none where one of them is
    /// nothing.
    #[must_use]
    pub fn of_weighted(reserves: Reserves, tao_weight: Weight) -> Option<Self> {
        let (alpha, tao) = (u128::from(reserves.alpha.rao()), u128::from(reserves.tao.rao()));
        let weight = tao_weight.parts();
        let scale = |reserve: u128, weight: u64| {
            let product = BigUint::from(reserve) * BigUint::from(u128::from(weight) << (FRACTION + 1));
            u128::try_from(product / WHOLE_WEIGHT).ok().filter(|&scale| scale > 0)
        };
        let alpha_scale = scale(alpha, weight)?;
        let tao_scale = scale(tao, WHOLE_WEIGHT.checked_sub(weight)?)?;
        let centre = |reserve: u128, scale: u128| (reserve << FRACTION) + scale;
        Some(Self {
            alpha_scale,
            tao_scale,
            centre_alpha: centre(alpha, alpha_scale),
            centre_tao: centre(tao, tao_scale),
            reservoir: Reserves::default(),
        })
    }

    /// How far the reserves are from the centre, in alpha and in TAO; none beyond it.
    fn distance(&self, reserves: Reserves) -> Option<(u128, u128)> {
        let from = |centre: u128, reserve: u64| centre.checked_sub(u128::from(reserve) << FRACTION);
        let distance =
            (from(self.centre_alpha, reserves.alpha.rao())?, from(self.centre_tao, reserves.tao.rao())?);
        (distance.0 > 0 && distance.1 > 0).then_some(distance)
    }

    /// The price of alpha in TAO, cut at 64 bits; zero beyond the centre, or where it does not fit.
    #[must_use]
    pub fn price(&self, reserves: Reserves) -> Q64 {
        self.checked_price(reserves).unwrap_or(Q64::ZERO)
    }

    fn checked_price(&self, reserves: Reserves) -> Option<Q64> {
        let (x, y) = self.distance(reserves)?;
        let (a, b) = (BigUint::from(self.alpha_scale), BigUint::from(self.tao_scale));
        let price = ((&b * &b * x) << 64u32) / (&a * &a * y);
        u128::try_from(price).ok().map(Q64::from_bits)
    }

    /// TAO and alpha, in whole tokens, of the constant product that is like it for small trades.
    ///
    /// ```text
    /// d ln(price) / d tao = 1 / Y + 1 / (price * X)        of a product: 2 / tao
    /// ```
    pub(crate) fn in_play(&self, reserves: Reserves) -> (f64, f64) {
        let Some((x, y)) = self.distance(reserves) else { return (0.0, 0.0) };
        let whole = |rao: u128| rao as f64 / f64::from(1u32 << 31) / 2.0 / 1e9;
        let (x, y, price) = (whole(x), whole(y), self.price(reserves).to_f64());
        // Alpha falls by dt / price: X grows by it, Y falls by dt.
        let response = 1.0 / y + 1.0 / (price * x);
        let tao = 2.0 / response;
        (tao, tao / price)
    }

    /// Emission enters the reserves, with what had waited, and the centre moves along: the price and the response to trades stay.
    #[must_use]
    pub fn adjust(self, offered: Reserves) -> (Self, Reserves) {
        let entering = offered.saturating_add(self.reservoir);
        let moved = |centre: u128, rao: u64| centre.saturating_add(u128::from(rao) << FRACTION);
        let after = Self {
            centre_alpha: moved(self.centre_alpha, entering.alpha.rao()),
            centre_tao: moved(self.centre_tao, entering.tao.rao()),
            reservoir: Reserves::default(),
            ..self
        };
        (after, entering)
    }

    /// The squares of the scales by which a change of what is put in counts for what is taken out.
    fn squares(&self, side: Side) -> (BigUint, BigUint) {
        let square = |scale: u128| BigUint::from(scale) * scale;
        let (alpha, tao) = (square(self.alpha_scale), square(self.tao_scale));
        match side {
            Side::Buy => (alpha, tao),
            Side::Sell => (tao, alpha),
        }
    }

    /// The distances of what is put in and of what is taken out.
    fn sides(&self, reserves: Reserves, side: Side) -> Option<(u128, u128)> {
        let (x, y) = self.distance(reserves)?;
        Some(match side {
            Side::Buy => (y, x),
            Side::Sell => (x, y),
        })
    }

    /// What `amount` takes out, rounded down; none if it would go beyond the centre, or take more than there is.
    fn output(&self, reserves: Reserves, side: Side, amount: u64) -> Option<u64> {
        let (into, out) = self.sides(reserves, side)?;
        let left = into.checked_sub(u128::from(amount) << FRACTION).filter(|&left| left > 0)?;
        let (numerator, denominator) = self.squares(side);
        let gain = BigUint::from(into - left) * (BigUint::from(into) + left);
        let square = BigUint::from(out) * out + gain * numerator / denominator;
        let taken = (square.sqrt() - out) >> FRACTION;
        u64::try_from(taken).ok().filter(|&taken| taken <= side.reserves(reserves).1)
    }

    /// The most that may be put in: as far as the reserve that is drawn from keeps its minimum.
    fn most(&self, reserves: Reserves, side: Side) -> Option<u64> {
        let (into, out) = self.sides(reserves, side)?;
        let (numerator, denominator) = self.squares(side);
        let (reserve, drawn) = side.reserves(reserves);
        // Taken is at most `drawn - LEAST_LEFT` exactly if the root is below `out + (that + 1)`.
        let allowance = BigUint::from(u128::from(drawn.checked_sub(LEAST_LEFT)?) + 1) << FRACTION;
        let headroom = &allowance * (BigUint::from(out) * 2u32 + &allowance);
        let (whole, bound) = (BigUint::from(into) * into * &numerator, headroom * denominator);
        let least_left =
            if whole >= bound { ((whole - bound) / numerator).sqrt() + 1u32 } else { BigUint::from(1u32) };
        let room = u128::try_from(least_left).ok().and_then(|least| into.checked_sub(least))?;
        let most = u64::try_from(room >> FRACTION).unwrap_or(u64::MAX);
        Some(most.min(u64::MAX - reserve))
    }

    /// Swaps `amount`, the fee included, as far as the price does not pass `limit` and the reserves allow it. What is beyond is not
    /// taken.
    pub(crate) fn step(
        &self,
        reserves: Reserves,
        rules: PoolRules,
        side: Side,
        amount: u64,
        limit: Q64,
    ) -> Result<Step, SwapRefused> {
        let fee = rules.fee_within(amount);
        let most = self.most(reserves, side).ok_or(SwapRefused::TooShallow)?;
        let (net, whole) = (amount - fee, (amount - fee).min(most));
        if self.is_within(reserves, side, whole, limit) {
            let out = self.output(reserves, side, whole).ok_or(SwapRefused::TooShallow)?;
            let fee = if whole < net { rules.fee_on_top(whole) } else { fee };
            return Ok(Step { paid_in: whole, fee, out });
        }
        let (mut low, mut high) = (0, whole);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.is_within(reserves, side, middle, limit) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        let out = self.output(reserves, side, low).ok_or(SwapRefused::TooShallow)?;
        Ok(Step { paid_in: low, fee: rules.fee_on_top(low), out })
    }

    /// Whether the price that a swap leaves is not beyond a limit.
    fn is_within(&self, reserves: Reserves, side: Side, amount: u64, limit: Q64) -> bool {
        let Some(out) = self.output(reserves, side, amount) else { return false };
        let left = side.moved(reserves, amount, out);
        match (side, self.checked_price(left)) {
            (Side::Buy, Some(price)) => price <= limit,
            (Side::Sell, Some(price)) => price >= limit,
            (_, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pool::{Curve, CurveRule, Exchange, Order, Pool};
    use crate::units::{Alpha, RAO, Tao};

    fn amounts(tao: u64, alpha: u64) -> Reserves {
        Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) }
    }

    fn ellipse(reserves: Reserves) -> Superellipse {
        Superellipse::of_weighted(reserves, Weight::HALF).expect("something on both sides")
    }

    fn free() -> PoolRules {
        PoolRules { curve: CurveRule::Superellipse, ..PoolRules::LAUNCH }
    }

    #[test]
    fn price_and_response_are_those_of_the_weighted_pool_that_it_takes_over() {
        for weight in [10, 30, 50, 70, 99] {
            let weight = Weight::from_parts(weight * (WHOLE_WEIGHT / 100));
            let reserves = amounts(500 * RAO, 10_000 * RAO);
            let before =
                Pool { reserves, curve: Curve::Balancer(crate::pool::balancer::Balancer::weighted(weight)) };
            let after = before.under(CurveRule::Superellipse);
            assert!((after.price() / before.price() - 1.0).abs() < 1e-9, "{weight:?}");
            let (was, is) = (before.in_play(), after.in_play());
            assert!((is.0 / was.0 - 1.0).abs() < 1e-6 && (is.1 / was.1 - 1.0).abs() < 1e-6, "{was:?} {is:?}");
        }
    }

    /// On a circle of radius sqrt(2) around the centre, at equal weights: the tenfold price is at X / Y = 10, which
    /// 1 - sqrt(2 / 101) = 0.8593 of the TAO reserve buys; a product takes sqrt(10) - 1 = 2.1623 of it.
    #[test]
    fn a_tenfold_price_costs_0_86_of_the_tao_reserve() {
        let reserves = amounts(1_000 * RAO, 100_000 * RAO);
        let pool = Pool { reserves, curve: Curve::ConstantProduct }.under(CurveRule::Superellipse);
        let limit = Tao::from_rao(RAO / 10);
        let order = Order { limit: Some(limit), ..Order::free(Tao::from_rao(5_000 * RAO)) };
        let swap = Exchange::Dynamic(pool).buy(free(), order).expect("a deep pool");
        let part = swap.paid_in.to_f64() / 1_000.0;
        assert!((part - (1.0 - (2.0f64 / 101.0).sqrt())).abs() < 1e-9, "{part}");
        let Exchange::Dynamic(after) = swap.after else { panic!("a pool") };
        assert!(after.price() <= 0.1 && after.price() > 0.099_999);
    }

    #[test]
    fn emission_moves_neither_the_price_nor_the_response_to_trades() {
        let reserves = amounts(1_000 * RAO, 100_000 * RAO);
        let before = ellipse(reserves);
        let (after, entered) = before.adjust(amounts(900 * RAO, 7_000 * RAO));
        let grown = reserves.saturating_add(entered);
        assert_eq!(after.price(grown), before.price(reserves));
        for amount in [1, 1_000, RAO, 500 * RAO] {
            assert_eq!(after.output(grown, Side::Buy, amount), before.output(reserves, Side::Buy, amount));
        }
        // What waited to enter the pool before enters with it.
        let waiting = Superellipse { reservoir: amounts(5, 6), ..before };
        assert_eq!(waiting.adjust(amounts(1, 1)), (before.adjust(amounts(6, 7)).0, amounts(6, 7)));
    }

    /// Each trade against an independent computation in Python with 60 digits, `docs/plot/superellipse_check.py`.
    #[test]
    fn twenty_trades_agree_with_an_independent_computation_to_the_rao() {
        let text = include_str!("../../tests/superellipse_trades.json");
        let cases: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let cases = cases["cases"].as_array().expect("a list");
        assert_eq!(cases.len(), 20);
        for case in cases {
            let number = |key: &str| case[key].as_u64().expect("a number");
            let start = amounts(number("start_tao"), number("start_alpha"));
            let weight = Weight::from_parts(number("tao_weight"));
            let mut curve = Superellipse::of_weighted(start, weight).expect("something on both sides");
            let offered = amounts(number("emitted_tao"), number("emitted_alpha"));
            let entered;
            (curve, entered) = curve.adjust(offered);
            let reserves = start.saturating_add(entered);
            let side = if case["side"] == "buy" { Side::Buy } else { Side::Sell };
            assert_eq!(curve.output(reserves, side, number("amount")), Some(number("out")), "{case}");
        }
    }

    proptest! {
        #[test]
        fn no_round_trip_gains(tao in 1_000_000_000..1u64 << 52, alpha in 1_000_000_000..1u64 << 52, part in 0.0..1.0f64) {
            let reserves = amounts(tao, alpha);
            let pool = ellipse(reserves);
            let most = pool.most(reserves, Side::Buy).expect("a pool");
            let amount = (most as f64 * part) as u64;
            let out = pool.output(reserves, Side::Buy, amount).expect("within");
            let left = Side::Buy.moved(reserves, amount, out);
            prop_assert!(left.alpha.rao() >= LEAST_LEFT);
            if let Some(back) = pool.output(left, Side::Sell, out) {
                prop_assert!(back <= amount);
            }
        }

        #[test]
        fn a_step_takes_as_much_as_the_limit_lets_in_and_no_more(
            tao in 1_000_000_000..1u64 << 50, alpha in 1_000_000_000..1u64 << 50, rise in 1.0001..20.0f64,
        ) {
            let reserves = amounts(tao, alpha);
            let pool = ellipse(reserves);
            let limit = Q64::from_f64(pool.price(reserves).to_f64() * rise);
            let step = pool.step(reserves, free(), Side::Buy, tao, limit).expect("a deep pool");
            prop_assert!(pool.price(Side::Buy.moved(reserves, step.paid_in, step.out)) <= limit);
            let most = pool.most(reserves, Side::Buy).expect("a pool");
            if step.paid_in < most {
                let more = pool.output(reserves, Side::Buy, step.paid_in + 1).expect("within");
                prop_assert!(pool.price(Side::Buy.moved(reserves, step.paid_in + 1, more)) > limit);
            }
        }
    }
}
