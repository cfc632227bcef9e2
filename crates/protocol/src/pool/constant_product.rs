//! The launch's pool: a constant product without a proportional fee.
//!
//! ```text
//! k = tao * alpha
//! buy  (tao t in):   alpha out = floor(alpha - k / (tao + t))
//! sell (alpha a in): tao out   = floor(tao - k / (alpha + a))
//! ```
//! `k / reserve` keeps 18 fractional bits, cut below (`I110F18` on the chain), so both outputs are what is
//! left above a number that was cut; their floor then favours the pool: the product never falls by more
//! than the last of those bits, and no round trip pays.
//!
//! Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::sim_swap_tao_for_alpha`,
//! `sim_swap_alpha_for_tao` @ f95810a25

use crate::division::product_quotient;
use crate::pool::Reserves;
use crate::units::{Alpha, Tao};

/// A swap must leave at least this much in the reserve that it draws from.
pub const MINIMUM_RESERVE: u64 = 10_000_000;

const FRACTION: u32 = 18;
/// Largest integer that an `I110F18` can hold, exclusive; a larger product saturates.
const PRODUCT_LIMIT: u128 = 1 << (127 - FRACTION);

/// Alpha that `tao` buys, or `None` if the pool is too small for it.
#[must_use]
pub fn buy(pool: Reserves, tao: Tao) -> Option<Alpha> {
    swap(pool.tao.rao(), pool.alpha.rao(), tao.rao()).map(Alpha::from_rao)
}

/// TAO that `alpha` sells for, or `None` if the pool is too small for it.
#[must_use]
pub fn sell(pool: Reserves, alpha: Alpha) -> Option<Tao> {
    swap(pool.alpha.rao(), pool.tao.rao(), alpha.rao()).map(Tao::from_rao)
}

/// What `amount` into `reserve_in` takes out of `reserve_out`; `None` below the minimum reserve.
#[expect(clippy::inline_always, reason = "a call costs as much as the swap")]
#[inline(always)]
pub(crate) fn swap(reserve_in: u64, reserve_out: u64, amount: u64) -> Option<u64> {
    // Then k is below the limit, and sums and products that follow fit.
    if (reserve_in | reserve_out | amount) >> 54 != 0 {
        return swap_wide(reserve_in, reserve_out, amount);
    }
    let filled = reserve_in + amount;
    let Some((whole, rest)) = product_quotient(amount, reserve_out, filled) else {
        return swap_wide(reserve_in, reserve_out, amount);
    };
    // k / filled = reserve_out - amount * reserve_out / filled: what is left, cut at 2^-18, is the reserve less
    // whole + rest / filled raised to 2^-18.
    let most = reserve_out.checked_sub(MINIMUM_RESERVE)?;
    if whole + u64::from(rest > 0) > most {
        return None;
    }
    // The raised fraction is one if it is above one less 2^-18.
    let next = filled - rest < filled.div_ceil(1 << FRACTION);
    Some(whole + u64::from(next))
}

/// [`swap`] as the chain reckons, for any amounts.
#[cold]
fn swap_wide(reserve_in: u64, reserve_out: u64, amount: u64) -> Option<u64> {
    let filled = reserve_in as u128 + amount as u128;
    if filled == 0 {
        return None;
    }
    let product = reserve_in as u128 * reserve_out as u128;
    // k / filled, 18 fractional bits, cut below.
    let left =
        if product < PRODUCT_LIMIT { (product << FRACTION) / filled } else { (i128::MAX as u128) / filled };
    if left < (MINIMUM_RESERVE as u128) << FRACTION {
        return None;
    }
    let out = ((reserve_out as u128) << FRACTION).saturating_sub(left) >> FRACTION;
    Some(out as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::RAO;

    fn pool(tao: u64, alpha: u64) -> Reserves {
        Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) }
    }

    fn after_buy(pool: Reserves, tao: Tao, out: Alpha) -> Reserves {
        Reserves { tao: pool.tao + tao, alpha: pool.alpha - out }
    }

    fn product(pool: Reserves) -> u128 {
        pool.tao.rao() as u128 * pool.alpha.rao() as u128
    }

    #[test]
    fn doubling_the_tao_takes_half_of_the_alpha() {
        assert_eq!(buy(pool(RAO, RAO), Tao::from_rao(RAO)), Some(Alpha::from_rao(RAO / 2)));
    }

    #[test]
    fn a_swap_that_would_leave_less_than_the_minimum_reserve_is_refused() {
        let shallow = pool(RAO, MINIMUM_RESERVE);
        assert_eq!(buy(shallow, Tao::from_rao(1)), None);
        assert!(sell(shallow, Alpha::from_rao(1)).is_some());
    }

    fn any_amount() -> impl Strategy<Value = u64> {
        prop_oneof![
            (any::<u64>(), 0..64u32).prop_map(|(bits, shift)| bits >> shift),
            (0..=3u64).prop_map(|by| MINIMUM_RESERVE - 1 + by),
            (0..64u32, -2..=2i64).prop_map(|(shift, by)| (1u64 << shift).wrapping_add_signed(by)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn a_swap_takes_out_what_the_chains_reckoning_gives(
            reserve_in in any_amount(),
            reserve_out in any_amount(),
            amount in any_amount(),
        ) {
            prop_assert_eq!(
                swap(reserve_in, reserve_out, amount),
                swap_wide(reserve_in, reserve_out, amount)
            );
            // Where the raised fraction is about to reach one: what is drawn is just below a whole number.
            if let Some(whole) = reserve_in.checked_mul(reserve_out) {
                let close = swap(whole.saturating_sub(1), reserve_out, reserve_in);
                prop_assert_eq!(close, swap_wide(whole.saturating_sub(1), reserve_out, reserve_in));
            }
        }
    }

    proptest! {
        #[test]
        fn the_product_never_falls_by_more_than_the_last_bit(
            tao in 1_000_000_000u64..10_000_000_000_000_000,
            alpha in 1_000_000_000u64..10_000_000_000_000_000,
            amount in 0u64..10_000_000_000_000_000,
        ) {
            let before = pool(tao, alpha);
            if let Some(out) = buy(before, Tao::from_rao(amount)) {
                let after = after_buy(before, Tao::from_rao(amount), out);
                // k / reserve is cut at 2^-18 rao before the output is: so much of a rao, times the other
                // reserve, may be missing, and no more.
                let slack = after.tao.rao() as u128 >> FRACTION;
                prop_assert!(product(after) + slack + 1 >= product(before));
            }
        }

        #[test]
        fn a_round_trip_never_pays(
            tao in 1_000_000_000u64..1_000_000_000_000_000,
            alpha in 1_000_000_000u64..1_000_000_000_000_000,
            amount in 0u64..1_000_000_000_000_000,
        ) {
            let before = pool(tao, alpha);
            if let Some(out) = buy(before, Tao::from_rao(amount)) {
                let after = after_buy(before, Tao::from_rao(amount), out);
                if let Some(back) = sell(after, out) {
                    prop_assert!(back.rao() <= amount + 1);
                }
            }
        }

        #[test]
        fn more_put_in_never_takes_less_out(
            tao in 1_000_000_000u64..1_000_000_000_000_000,
            alpha in 1_000_000_000u64..1_000_000_000_000_000,
            amount in 0u64..1_000_000_000_000,
            more in 0u64..1_000_000_000_000,
        ) {
            let pool = pool(tao, alpha);
            if let (Some(less), Some(more)) = (buy(pool, Tao::from_rao(amount)), buy(pool, Tao::from_rao(amount + more))) {
                prop_assert!(less <= more);
            }
            if let (Some(less), Some(more)) = (sell(pool, Alpha::from_rao(amount)), sell(pool, Alpha::from_rao(amount + more))) {
                prop_assert!(less <= more);
            }
        }

        #[test]
        fn splitting_a_sale_never_pays_out_more_than_a_rao_more(
            tao in 1_000_000_000u64..1_000_000_000_000_000,
            alpha in 1_000_000_000u64..1_000_000_000_000_000,
            first in 0u64..1_000_000_000_000,
            second in 0u64..1_000_000_000_000,
        ) {
            let before = pool(tao, alpha);
            let (a, b) = (Alpha::from_rao(first), Alpha::from_rao(second));
            if let (Some(whole), Some(one)) = (sell(before, a + b), sell(before, a)) {
                let after = Reserves { tao: before.tao - one, alpha: before.alpha + a };
                prop_assert!(product(after) + (after.alpha.rao() as u128 >> FRACTION) + 1 >= product(before));
                if let Some(two) = sell(after, b) {
                    prop_assert!((one + two).rao() <= whole.rao() + 1);
                }
            }
        }

        #[test]
        fn splitting_a_buy_never_pays_out_more_than_a_rao_more(
            tao in 1_000_000_000u64..1_000_000_000_000_000,
            alpha in 1_000_000_000u64..1_000_000_000_000_000,
            first in 0u64..1_000_000_000_000,
            second in 0u64..1_000_000_000_000,
        ) {
            let before = pool(tao, alpha);
            let (a, b) = (Tao::from_rao(first), Tao::from_rao(second));
            if let (Some(whole), Some(one)) = (buy(before, a + b), buy(before, a))
                && let Some(two) = buy(after_buy(before, a, one), b)
            {
                prop_assert!((one + two).rao() <= whole.rao() + 1);
            }
        }
    }
}
