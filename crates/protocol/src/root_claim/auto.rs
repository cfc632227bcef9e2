//! Which accounts the chain claims for in a block without being asked.

use std::collections::BTreeSet;

/// Accounts that are claimed for in a block (`NumRootClaim`); fewer where two of the draws agree.
pub const AUTO_CLAIMS: u64 = 5;

/// The most accounts that may be claimed for in a block (`MAX_NUM_ROOT_CLAIMS`).
///
/// Source: `subtensor:pallets/subtensor/src/macros/dispatches.rs::sudo_set_num_root_claims` @ 14bc6f9f9
pub const MAX_AUTO_CLAIMS: u64 = 50;

/// The places, in ascending order, of the accounts that are claimed for, among `accounts` that stake on root.
///
/// ```text
/// place_i = (place_(i-1) + word_(i mod 4)) mod accounts      place_(-1) = word_0
/// ```
/// The words are the parent block's hash, read as four big-endian numbers of 64 bits; the sum saturates.
///
/// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::block_hash_to_indices` @ 14bc6f9f9
#[must_use]
pub fn auto_claims(words: [u64; 4], claims: u64, accounts: u64) -> BTreeSet<u64> {
    let mut place = words[0];
    let places = words.iter().cycle().zip(0..claims).map(|(&word, _)| {
        place = place.saturating_add(word).checked_rem(accounts).unwrap_or(0);
        place
    });
    if accounts == 0 { BTreeSet::new() } else { places.collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_stepped_through_by_the_words_of_the_hash() {
        // 7 + 7 = 14, + 11 = 25, + 13 = 38, + 17 = 55, + 7 = 62, each modulo 10 along the way.
        assert_eq!(auto_claims([7, 11, 13, 17], 5, 10), [2, 4, 5, 8].into());
        assert_eq!(auto_claims([u64::MAX, 1, 1, 1], 1, 10), [5].into());
        assert!(auto_claims([7, 11, 13, 17], 5, 0).is_empty());
    }

    proptest! {
        #[test]
        fn at_most_so_many_of_the_accounts_are_claimed_for(words: [u64; 4], claims in 0..9u64, accounts in 1..50u64) {
            let places = auto_claims(words, claims, accounts);
            prop_assert!(places.len() as u64 <= claims && places.iter().all(|&place| place < accounts));
            prop_assert_eq!(places.is_empty(), claims == 0);
        }
    }
}
