//! The halving curve: how much a block emits, by how much exists already.

use crate::units::{Alpha, RAO, Tao};

/// All that may ever exist of TAO, and of each alpha: 21 million.
pub const MAX_SUPPLY: u64 = 21_000_000 * RAO;

/// Emission per block before the first halving.
pub const INITIAL_EMISSION: u64 = RAO;

/// The TAO that a block emits, by the issuance before it.
#[must_use]
pub fn tao_emission(issuance: Tao) -> Tao {
    Tao::from_rao(emission(issuance.rao()))
}

/// The alpha that a block emits for a subnet, by that alpha's issuance (in the pool and outside).
///
/// A block emits this much to the participants and, at most, as much again to the pool.
#[must_use]
pub fn alpha_emission(issuance: Alpha) -> Alpha {
    Alpha::from_rao(emission(issuance.rao()))
}

/// One curve for TAO and for every alpha.
///
/// ```text
/// emission = floor(1e9 / 2^h),   h = number of k >= 1 with issuance >= 21e15 (1 - 2^-k)
/// ```
/// At a threshold itself the emission is already halved; from the 30th on it is less than a rao, so nothing.
/// The chain takes a logarithm with 32 fractional bits; since the first 32 thresholds are dyadic fractions
/// of the maximum, that granularity never moves one, and integers give the same.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/block_emission.rs::get_block_emission_for_issuance` @ f95810a25
fn emission(issuance: u64) -> u64 {
    // The common case first: below 10.5 million nothing is halved yet.
    if issuance < MAX_SUPPLY / 2 {
        return INITIAL_EMISSION;
    }
    let Some(left) = MAX_SUPPLY.checked_sub(issuance).filter(|&left| left > 0) else { return 0 };
    // The largest h with left <= MAX_SUPPLY / 2^h.
    let halvings = (MAX_SUPPLY / left).ilog2();
    INITIAL_EMISSION >> halvings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn emission_never_grows_with_issuance_nor_passes_what_is_left(issuance in 0..MAX_SUPPLY, more in 0..MAX_SUPPLY) {
            prop_assert!(emission(issuance) >= emission(issuance.saturating_add(more)));
            prop_assert!(emission(issuance) <= MAX_SUPPLY - issuance);
        }
    }

    #[test]
    fn the_emission_halves_at_the_threshold_itself() {
        assert_eq!(emission(0), 1_000_000_000);
        assert_eq!(emission(10_500_000_000_000_000 - 1), 1_000_000_000);
        assert_eq!(emission(10_500_000_000_000_000), 500_000_000);
        assert_eq!(emission(15_750_000_000_000_000), 250_000_000);
        assert_eq!(emission(MAX_SUPPLY), 0);
        assert_eq!(emission(u64::MAX), 0);
    }
}
