//! What a new subnet's pool starts with.

use crate::fixed::Q64;
use crate::units::{Alpha, Tao};

/// What a new subnet's pool starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum NewPool {
    /// The minimum lock cost and as much alpha; what was paid beyond it is recycled (to spec 396).
    MinimumLock,
    /// All that was paid, at the median price of all subnets; the owner gets alpha at that price for what was paid
    /// beyond the minimum (specs 397 to 401).
    MedianPriceAndOwner,
    /// All that was paid, at the median price of all subnets (specs 402 to 471).
    MedianPrice,
    /// The same, without a minimum; an account that cannot pay all of the lock and stay alive is refused (spec 472 on).
    PaidInFull,
}

/// A new subnet's pool, and what else becomes of the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartingPool {
    /// TAO in the pool.
    pub tao: Tao,
    /// Alpha in the pool.
    pub alpha: Alpha,
    /// Alpha staked for the owner.
    pub owner: Alpha,
    /// TAO of the lock that is recycled.
    pub recycled: Tao,
}

impl NewPool {
    /// The pool of a subnet for which `lock` was paid, of which `min_lock` is the minimum. Alpha is rounded down.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::do_register_network` @ 835a2c902, e7f05a051, 14bc6f9f9;
    /// `set_new_network_state` (coldint @ 24e6b4daf)
    #[must_use]
    pub fn of(self, lock: Tao, min_lock: Tao, median: Q64) -> StartingPool {
        let at_median = |tao: Tao| Alpha::from_rao(Q64::from_int(tao.rao()).fitting_div(median).floor());
        match self {
            Self::MinimumLock => StartingPool {
                tao: min_lock,
                alpha: Alpha::from_rao(min_lock.rao()),
                owner: Alpha::ZERO,
                recycled: lock.saturating_sub(min_lock),
            },
            Self::MedianPriceAndOwner | Self::MedianPrice => {
                let tao = lock.max(min_lock);
                let owner = match self {
                    Self::MedianPriceAndOwner => at_median(tao.saturating_sub(min_lock)),
                    _ => Alpha::ZERO,
                };
                StartingPool { tao, alpha: at_median(tao), owner, recycled: Tao::ZERO }
            }
            Self::PaidInFull => {
                StartingPool { tao: lock, alpha: at_median(lock), owner: Alpha::ZERO, recycled: Tao::ZERO }
            }
        }
    }
}

/// The median of all prices above zero: of an even number, the mean of the two middle ones, rounded down at 2^-64; one if
/// there are none.
///
/// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::get_median_subnet_alpha_price` @ 14bc6f9f9
#[must_use]
pub fn median_price(prices: impl IntoIterator<Item = Q64>) -> Q64 {
    let mut prices: Vec<Q64> = prices.into_iter().filter(|&price| price > Q64::ZERO).collect();
    prices.sort_unstable();
    let Some(&upper) = prices.get(prices.len() / 2) else { return Q64::ONE };
    if prices.len() % 2 == 1 {
        return upper;
    }
    let lower = prices[prices.len() / 2 - 1];
    lower.saturating_add(upper).safe_div(Q64::from_int(2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::RAO;

    fn prices(values: &[u64]) -> Vec<Q64> {
        values.iter().map(|&value| Q64::from_int(value)).collect()
    }

    #[test]
    fn the_median_ignores_prices_of_zero_and_is_one_without_any() {
        assert_eq!(median_price(prices(&[])), Q64::ONE);
        assert_eq!(median_price(prices(&[0, 0])), Q64::ONE);
        assert_eq!(median_price(prices(&[9, 0, 1, 4])), Q64::from_int(4));
        assert_eq!(median_price(prices(&[9, 3, 1, 4])), Q64::from_bits(7 << 63));
    }

    #[test]
    fn the_whole_lock_goes_into_the_pool_since_spec_397() {
        let (lock, min, median) = (Tao::from_rao(500 * RAO), Tao::from_rao(RAO), Q64::from_bits(1 << 62));
        let of = |rule: NewPool| {
            let StartingPool { tao, alpha, owner, recycled } = rule.of(lock, min, median);
            [tao.rao(), alpha.rao(), owner.rao(), recycled.rao()].map(|rao| rao / RAO)
        };
        assert_eq!(of(NewPool::MinimumLock), [1, 1, 0, 499]);
        assert_eq!(of(NewPool::MedianPriceAndOwner), [500, 2_000, 1_996, 0]);
        assert_eq!(of(NewPool::MedianPrice), [500, 2_000, 0, 0]);
        assert_eq!(of(NewPool::PaidInFull), [500, 2_000, 0, 0]);
        let short = |rule: NewPool| rule.of(Tao::from_rao(9), min, median).tao.rao();
        assert_eq!([NewPool::MedianPrice, NewPool::PaidInFull].map(short), [RAO, 9]);
    }

    proptest! {
        #[test]
        fn the_pool_and_what_is_recycled_are_the_lock(
            lock in RAO..1u64 << 50, min in 1..=RAO, median in 1u128 << 50..1 << 70,
        ) {
            use NewPool::{MedianPrice, MedianPriceAndOwner, MinimumLock, PaidInFull};
            for rule in [MinimumLock, MedianPriceAndOwner, MedianPrice, PaidInFull] {
                let pool = rule.of(Tao::from_rao(lock), Tao::from_rao(min), Q64::from_bits(median));
                prop_assert_eq!((pool.tao + pool.recycled).rao(), lock);
            }
            let pool = MedianPrice.of(Tao::from_rao(lock), Tao::from_rao(min), Q64::from_bits(median));
            let price = Q64::from_int(pool.tao.rao()).safe_div(Q64::from_int(pool.alpha.rao()));
            let off = price.bits().abs_diff(median) as f64 / median as f64;
            prop_assert!(off <= 1.0 / pool.alpha.rao() as f64 + 1e-15, "the spot price is the median");
        }
    }
}
