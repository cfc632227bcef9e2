//! Trades of what a fund holds, by the validator whose hotkey it is of, and what guards them.
//!
//! ```text
//! a purchase   fills whole at no more than 102 % of the least of the moving price, the fast average and the spot price
//! a sale       fills whole at no less than 98 % of the greatest of them
//! ```
//! In addition, the TAO that passes from the sale to the purchase is counted against a bucket
//! ([`TurnoverBucket`](super::TurnoverBucket)). What the fund holds after the trade, and what it has bought within a day, is bounded by
//! the pool's alpha and by the fund's value.
//!
//! Source: `subtensor:pallets/subtensor/src/staking/basket_trade.rs` of specs 470 to 475, in RaoFoundation/subtensor

use crate::fixed::Q64;
use crate::units::{Alpha, Block, DAY, Tao};
use crate::yuma::Fraction;

/// How far a trade's price may be from the averages and the spot price, in ten-thousandths.
const SLIPPAGE: u128 = 200;
/// Ten-thousandths of the whole.
const WHOLE: u128 = 10_000;
/// The most trades of one call.
pub const MOST_TRADES: usize = 64;

/// The prices of a subnet that a trade is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradePrices {
    /// The moving price, by which the emission is shared.
    pub slow: Q64,
    /// The fast average; zero if there is none yet.
    pub fast: Q64,
    /// The price now.
    pub spot: Q64,
}

impl TradePrices {
    /// The highest price that a purchase may leave, in rao of TAO per alpha; none if an average is missing or the price is above
    /// it already.
    #[must_use]
    pub fn ceiling(&self) -> Option<Tao> {
        let bound = moved(self.slow.min(self.fast).min(self.spot), WHOLE + SLIPPAGE);
        self.within(self.spot <= bound, bound)
    }

    /// The lowest price that a sale may leave; none if an average is missing or the price is below it already.
    #[must_use]
    pub fn floor(&self) -> Option<Tao> {
        let bound = moved(self.slow.max(self.fast).max(self.spot), WHOLE - SLIPPAGE);
        self.within(self.spot >= bound, bound)
    }

    fn within(&self, open: bool, bound: Q64) -> Option<Tao> {
        let known = self.slow > Q64::ZERO && self.fast > Q64::ZERO;
        (known && open).then(|| Tao::from_rao(bound.times(Q64::from_int(1_000_000_000)).floor()))
    }
}

fn moved(price: Q64, parts: u128) -> Q64 {
    Q64::from_bits(price.bits().saturating_mul(parts) / WHOLE)
}

/// The value of a holding where a pumped price must not raise it: what it would be sold for, but no more than its alpha is worth at
/// the moving price. Cash counts in full.
#[must_use]
pub fn guarded_value(value: Tao, alpha: Alpha, slow: Q64) -> Tao {
    value.min(Tao::from_rao(Q64::from_int(alpha.rao()).times(slow).floor()))
}

/// Whether a part is no more than a fraction of the whole.
#[must_use]
pub fn within_cap(part: u64, whole: u64, cap: Fraction) -> bool {
    u128::from(part) * u128::from(u16::MAX) <= u128::from(whole) * u128::from(cap.0)
}

/// Whether one holding can be kept to a fraction of the fund among so many networks, root included: there must be enough of them for
/// the fund to be spread over.
#[must_use]
pub fn concentration_binds(cap: Fraction, networks: usize) -> bool {
    networks >= usize::from(u16::MAX.div_ceil(cap.0.max(1)))
}

/// Alpha of a subnet that a fund has bought within a day: a purchase counts for less with every block, and for nothing after a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoughtOfLate {
    alpha: Alpha,
    at: Block,
}

impl BoughtOfLate {
    /// What still counts, rounded down.
    #[must_use]
    pub fn counts(&self, now: Block) -> Alpha {
        let left = DAY.saturating_sub(now.since(self.at));
        Alpha::from_rao((u128::from(self.alpha.rao()) * u128::from(left) / u128::from(DAY)) as u64)
    }

    /// With a purchase now.
    #[must_use]
    pub fn with(&self, alpha: Alpha, now: Block) -> Self {
        Self { alpha: self.counts(now).saturating_add(alpha), at: now }
    }
}

/// Why a fund's trade is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TradeRefused {
    /// The runtime has no such call.
    #[error("funds do not trade before spec 464")]
    NoTrades,
    /// The runtime has no call for several trades.
    #[error("a call makes one trade only up to spec 469")]
    OneOnly,
    /// The call has no trades, or too many.
    #[error("a call makes between 1 and {MOST_TRADES} trades")]
    WrongNumber,
    /// Root has switched trades off.
    #[error("trades of funds are switched off")]
    SwitchedOff,
    /// Both sides of a trade are the same.
    #[error("a trade must sell on one subnet and buy on another")]
    SameSubnet,
    /// More TAO would pass from the sale to the purchase than the bucket has.
    #[error("more than the fund may still trade today: {0} TAO")]
    Turnover(Tao),
    /// The fund would hold, or would have bought within a day, too much of the pool's alpha.
    #[error("the fund would hold, or would have bought within a day, too much of the pool's alpha")]
    Liquidity,
    /// The holding would be too large a part of the fund.
    #[error("the holding would be too large a fraction of the fund")]
    Concentration,
    /// Less than the caller asked for.
    #[error("the trade buys less than the minimum that was asked for")]
    LessThanAsked,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prices(slow: f64, fast: f64, spot: f64) -> TradePrices {
        TradePrices { slow: Q64::from_f64(slow), fast: Q64::from_f64(fast), spot: Q64::from_f64(spot) }
    }

    #[test]
    fn a_purchase_stays_within_two_percent_of_the_least_price_and_a_sale_of_the_greatest() {
        let near = |limit: Option<Tao>, rao: u64| limit.is_some_and(|limit| limit.rao().abs_diff(rao) <= 1);
        assert!(near(prices(0.5, 0.5, 0.5).ceiling(), 510_000_000));
        assert!(near(prices(0.5, 0.5, 0.5).floor(), 490_000_000));
        assert!(near(prices(0.5, 0.498, 0.505).ceiling(), 507_960_000));
        assert!(near(prices(0.5, 0.51, 0.505).floor(), 499_800_000));
        // The price has gone beyond already, or an average is missing.
        assert_eq!(prices(0.5, 0.5, 0.511).ceiling(), None);
        assert_eq!(prices(0.5, 0.5, 0.489).floor(), None);
        assert_eq!((prices(0.0, 0.5, 0.5).ceiling(), prices(0.5, 0.0, 0.5).floor()), (None, None));
    }

    #[test]
    fn a_pumped_price_does_not_make_a_holding_count_more() {
        let (alpha, slow) = (Alpha::from_rao(1_000), Q64::from_f64(0.5));
        assert_eq!(guarded_value(Tao::from_rao(2_000), alpha, slow), Tao::from_rao(500));
        assert_eq!(guarded_value(Tao::from_rao(400), alpha, slow), Tao::from_rao(400));
    }

    #[test]
    fn a_cap_needs_enough_networks_to_be_kept() {
        let sixteenth = Fraction(4_096);
        assert!(concentration_binds(sixteenth, 16) && !concentration_binds(sixteenth, 15));
        assert!(within_cap(4_096, 65_535, sixteenth) && !within_cap(4_097, 65_535, sixteenth));
    }

    #[test]
    fn what_was_bought_counts_less_with_every_block_and_nothing_after_a_day() {
        let bought = BoughtOfLate::default().with(Alpha::from_rao(7_200), Block(1_000));
        assert_eq!(bought.counts(Block(1_000)), Alpha::from_rao(7_200));
        assert_eq!(bought.counts(Block(4_600)), Alpha::from_rao(3_600));
        assert_eq!(
            bought.with(Alpha::from_rao(100), Block(4_600)).counts(Block(4_600)),
            Alpha::from_rao(3_700)
        );
        assert_eq!(bought.counts(Block(8_200)), Alpha::ZERO);
    }

    proptest! {
        #[test]
        fn a_purchase_and_a_sale_back_within_the_guards_lose_or_gain_no_more_than_both_slippages(spot in 0.001f64..2.0) {
            let now = prices(spot, spot, spot);
            let (high, low) = (now.ceiling().expect("open"), now.floor().expect("open"));
            prop_assert!(high.to_f64() / low.to_f64() < 1.0409);
        }
    }
}
