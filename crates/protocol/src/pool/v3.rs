//! The pool of spec 283 to 422: concentrated liquidity, of which the protocol owns one position over all prices.
//!
//! With no other position the market is a constant product of virtual reserves:
//!
//! ```text
//! L              liquidity that swaps meet; swaps leave it as it is
//! s              square root of the price of alpha in TAO, so L * s TAO and L / s alpha are in play
//! buy  d TAO:    s' = s + d / L              out = floor( d * (L / ((L*s + d) * s)) )
//! sell d alpha:  s' = 1 / (d / L + 1 / s)    out = floor( d * (L / (L/s + d) * s) )
//! ```
//! All in 64 fractional bits, each step cut below in the order written, so outputs favour the pool. The price is `s * s`
//! and no longer the reserves' ratio: what emission adds to the reserves beside that ratio lies idle in them.
//!
//! Users could open positions too, on a few subnets for some months; these are left out.
//!
//! Source: `subtensor:pallets/swap/src/pallet/impls.rs` @ e9bbb6134 (spec 283) to 7eb6f9bb7 (spec 385)

mod injection;
mod root;
mod swap;

pub use self::injection::{Position, inject};
pub use self::root::square_root;
pub(crate) use self::swap::{bound, step};
use crate::fixed::Q64;
use crate::pool::Reserves;
use crate::pool::order::Side;
pub use crate::pool::rules::Injection;
use crate::units::{Alpha, Tao};

/// The lowest square root of a price: `1.0001^-221818`, rounded up.
///
/// Source: `subtensor:pallets/swap/src/tick.rs::try_to_sqrt_price` of tick -443636 @ e9bbb6134
pub const LOWEST: Q64 = Q64::from_bits(4_295_048_017);
/// The highest: `1.0001^221818`, rounded up.
///
/// Source: `subtensor:pallets/swap/src/tick.rs::try_to_sqrt_price` of tick 443636 @ e9bbb6134
pub const HIGHEST: Q64 = Q64::from_bits(79_226_673_515_401_279_992_447_579_062);
/// Fees are counted per unit of the liquidity above this.
const MINIMUM_LIQUIDITY: u64 = 1_000;
/// How exactly a pool's first price is found: 1e-12.
const FIRST_PRICE_EPSILON: Q64 = Q64::from_bits(18_446_744);

/// A pool of spec 283 to 422, besides its reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V3 {
    /// L, the liquidity that swaps meet (`CurrentLiquidity`), in rao.
    pub liquidity: u64,
    /// The liquidity of the protocol's position. It may fall by rounding; then it is below L, and lifts L again when it
    /// recovers.
    pub position: u64,
    /// s, the square root of the price (`AlphaSqrtPrice`).
    pub sqrt_price: Q64,
    /// Fees counted since the protocol last collected them.
    pub owed: FeeGrowth,
    /// What does not fit the price yet (`ScrapReservoirTao`, `ScrapReservoirAlpha`); it is in the reserves.
    pub reservoir: Reserves,
}

/// Fees per unit of liquidity (`FeeGlobalTao`, `FeeGlobalAlpha`, less what was collected).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeeGrowth {
    /// Of buys, in TAO.
    pub tao: Q64,
    /// Of sales, in alpha.
    pub alpha: Q64,
}

impl V3 {
    /// The pool at its first swap: at the price of its reserves, to within 1e-12, with all of them in the position.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/impls.rs::maybe_initialize_v3` @ e9bbb6134
    #[must_use]
    pub fn of(reserves: Reserves) -> Self {
        let (tao, alpha) = (reserves.tao.rao(), reserves.alpha.rao());
        let price = Q64::from_int(tao).fitting_div(Q64::from_int(alpha));
        let liquidity = (u128::from(tao) * u128::from(alpha)).isqrt() as u64;
        Self {
            liquidity,
            position: liquidity,
            sqrt_price: square_root(price, FIRST_PRICE_EPSILON).clamp(LOWEST, HIGHEST),
            owed: FeeGrowth::default(),
            reservoir: Reserves::default(),
        }
    }

    /// A pool at a price that its reserves alone do not say: the largest position that both of them hold at that price.
    /// What is more of either lies idle in the reserves.
    ///
    /// ```text
    /// L = min( floor(tao / s), floor(alpha * s) )
    /// ```
    #[must_use]
    pub fn at_price(reserves: Reserves, price: Q64) -> Self {
        let sqrt_price = square_root(price, FIRST_PRICE_EPSILON).clamp(LOWEST, HIGHEST);
        let of_tao = Q64::from_int(reserves.tao.rao()).fitting_div(sqrt_price).floor();
        let of_alpha = Q64::from_int(reserves.alpha.rao()).times(sqrt_price).floor();
        let liquidity = of_tao.min(of_alpha);
        Self { liquidity, position: liquidity, sqrt_price, ..Self::of(Reserves::default()) }
    }

    /// What of the reserves the position holds at its price: no swap reaches the rest.
    ///
    /// ```text
    /// floor( L * s ) TAO, floor( L / s ) alpha
    /// ```
    #[must_use]
    pub const fn in_position(self) -> Reserves {
        let liquidity = Q64::from_int(self.liquidity);
        Reserves {
            tao: Tao::from_rao(liquidity.times(self.sqrt_price).floor()),
            alpha: Alpha::from_rao(liquidity.fitting_div(self.sqrt_price).floor()),
        }
    }

    /// The price: `s * s`.
    #[must_use]
    pub const fn price(self) -> Q64 {
        self.sqrt_price.times(self.sqrt_price)
    }

    /// Counts a fee for the position.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/impls.rs::add_fees` @ e9bbb6134
    pub(crate) fn count_fee(&mut self, side: Side, fee: u64) {
        let liquidity = Q64::from_int(self.liquidity.saturating_sub(MINIMUM_LIQUIDITY));
        let growth = match side {
            Side::Buy => &mut self.owed.tao,
            Side::Sell => &mut self.owed.alpha,
        };
        *growth = growth.saturating_add(Q64::from_int(fee).fitting_div(liquidity));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::RAO;

    #[test]
    fn a_pool_starts_at_the_price_of_its_reserves() {
        // 4 TAO and 9 alpha: s = 2/3, L = 6.
        let pool = V3::of(Reserves { tao: Tao::from_rao(4 * RAO), alpha: Alpha::from_rao(9 * RAO) });
        assert_eq!((pool.liquidity, pool.position), (6 * RAO, 6 * RAO));
        assert!((pool.sqrt_price.to_f64() - 2.0 / 3.0).abs() < 1e-12);
        assert!((pool.price().to_f64() - 4.0 / 9.0).abs() < 2e-12);
        assert_eq!(V3::of(Reserves::default()).sqrt_price, LOWEST);
    }

    #[test]
    fn at_a_price_beside_the_reserves_ratio_the_surplus_lies_idle() {
        let reserves =
            |tao, alpha| Reserves { tao: Tao::from_rao(tao * RAO), alpha: Alpha::from_rao(alpha * RAO) };
        let quarter = Q64::from_bits(1 << 62);
        // 400 alpha at a quarter need 100 TAO, and 150 are there; 100 TAO need 400 alpha, and 700 are there.
        for found in [reserves(150, 400), reserves(100, 700)] {
            let pool = V3::at_price(found, quarter);
            // The root is found to within 1e-12, so amounts to about 1e-11: 4 rao of 400.
            let near = |found: u64, whole: u64| assert!(found.abs_diff(whole * RAO) <= 5, "{found}");
            near(pool.liquidity, 200);
            near(pool.position, 200);
            near(pool.in_position().tao.rao(), 100);
            near(pool.in_position().alpha.rao(), 400);
            assert!((pool.price().to_f64() - 0.25).abs() < 2e-12);
        }
    }

    #[test]
    fn fees_are_counted_by_the_liquidity_above_a_thousand() {
        let mut pool = V3 { liquidity: 1_004, ..V3::of(Reserves::default()) };
        pool.count_fee(Side::Buy, 6);
        assert_eq!(pool.owed, FeeGrowth { tao: Q64::from_bits(3 << 63), alpha: Q64::ZERO });
        let mut none = V3 { liquidity: 1_000, ..pool };
        none.count_fee(Side::Sell, 6);
        assert_eq!(none.owed, pool.owed);
    }
}
