//! The exponential by which locks decay.

use crate::fixed::Q64;

/// ln 2 with 64 fractional bits.
const LN_2: u128 = 12_786_308_645_202_655_660;

/// No more time constants than this count: e^-40 is less than 2^-57.
const MOST: u128 = 40 << 64;

/// `e^(-blocks / constant)`, rounded to about 2^-62; without a constant nothing is left after a block.
///
/// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::exp_decay` @ 14bc6f9f9
pub(super) fn decayed(blocks: u64, constant: u64) -> Q64 {
    if blocks == 0 {
        return Q64::ONE;
    }
    if constant == 0 {
        return Q64::ZERO;
    }
    let exponent = ((u128::from(blocks) << 64) / u128::from(constant)).min(MOST);
    // e^-x = 2^-k * e^-r, x = k ln 2 + r
    let (halvings, rest) = (exponent / LN_2, exponent % LN_2);
    let (mut sum, mut term) = (1u128 << 64, rest);
    for n in 2..30 {
        sum = if n % 2 == 0 { sum - term } else { sum + term };
        term = ((term * rest) >> 64) / n;
    }
    Q64::from_bits(sum >> halvings)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn some_powers_of_e() {
        let of = |blocks, constant| decayed(blocks, constant).to_f64();
        assert_eq!((of(0, 0), of(1, 0), of(0, 5)), (1.0, 0.0, 1.0));
        assert!((of(7, 7) - 0.367_879_441_171_442_33).abs() < 1e-15);
        assert!((of(693_147, 1_000_000) - 0.500_000_090_279_980_8).abs() < 1e-15);
        assert!((of(20, 2) / 4.539_992_976_248_485e-5 - 1.0).abs() < 1e-13);
        assert_eq!(decayed(u64::MAX, 1), decayed(40, 1));
    }

    proptest! {
        #[test]
        // Exponents are cut at -40: six million blocks are thirty constants at most.
        fn it_falls_with_time_and_products_add_exponents(a in 0..3_000_000u64, b in 0..3_000_000u64, constant in 200_000..2_000_000u64) {
            let (first, second, both) = (decayed(a, constant), decayed(b, constant), decayed(a + b, constant));
            prop_assert!(both <= first && first <= Q64::ONE);
            prop_assert!(first.times(second).bits().abs_diff(both.bits()) < 64);
        }
    }
}
