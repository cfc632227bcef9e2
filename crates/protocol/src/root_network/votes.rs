//! Who votes on root, and which weights are taken.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::RootRules;
use crate::units::{Block, Netuid, Tao};

/// The most validators on root.
///
/// `subtensor:pallets/subtensor/src/migrations/migrate_create_root_network.rs @ 8f39a5832`
pub const SEATS: usize = 64;

/// How root votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootVotingRules {
    /// How votes become emission.
    pub epoch: RootRules,
    /// Blocks between root's epochs, less one.
    pub tempo: u16,
    /// Blocks from one call of a validator to the next.
    pub weights_rate_limit: u64,
}

impl RootVotingRules {
    /// The code's values: a tempo of 100, weights at most every 100 blocks.
    ///
    /// `subtensor:pallets/subtensor/src/migrations/migrate_create_root_network.rs`,
    /// `subtensor:runtime/src/lib.rs::SubtensorInitialWeightsSetRateLimit @ 8f39a5832`
    #[must_use]
    pub const fn pre_dtao() -> Self {
        Self { epoch: RootRules::pre_dtao(), tempo: 100, weights_rate_limit: 100 }
    }
}

/// Why root's weights were not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootWeightsRefused {
    /// Under dynamic TAO nobody votes.
    #[error("root does not vote under dynamic TAO")]
    NoVoting,
    /// The caller is not among those with the most stake.
    #[error("the caller has no seat on root: it is not among the {SEATS} hotkeys with the most stake")]
    NoSeat,
    /// The last call was too recent.
    #[error("weights can be set again in block {0}")]
    TooFast(Block),
    /// One subnet is given two weights.
    #[error("subnet {0} has more than one weight")]
    Duplicate(Netuid),
    /// A weight is on a subnet that does not exist.
    #[error("there is no subnet {0}")]
    UnknownSubnet(Netuid),
}

/// Those who vote: the hotkeys with the most stake, most first, of equals the lower key; none without stake.
///
/// The chain gives a seat to who registers and has more stake than the least of the seated; here everybody with
/// enough stake is taken to have registered.
#[must_use]
pub fn seats<K: Ord + Copy>(stakes: impl IntoIterator<Item = (K, Tao)>) -> Vec<(K, Tao)> {
    let mut seats: Vec<_> = stakes.into_iter().filter(|&(_, stake)| stake > Tao::ZERO).collect();
    seats.sort_unstable_by_key(|&(key, stake)| (Reverse(stake), key));
    seats.truncate(SEATS);
    seats
}

/// Whether weights are on subnets that exist, root itself among them, and on each only once.
///
/// `subtensor:pallets/subtensor/src/coinbase/root.rs::do_set_root_weights @ 8f39a5832`
///
/// # Errors
/// The first weight that is not taken.
pub fn check_weights(
    weights: &[(Netuid, u16)],
    exists: impl Fn(Netuid) -> bool,
) -> Result<(), RootWeightsRefused> {
    let mut seen = BTreeSet::new();
    for &(netuid, _) in weights {
        if !seen.insert(netuid) {
            return Err(RootWeightsRefused::Duplicate(netuid));
        }
    }
    match weights.iter().find(|&&(netuid, _)| netuid != Netuid::ROOT && !exists(netuid)) {
        Some(&(netuid, _)) => Err(RootWeightsRefused::UnknownSubnet(netuid)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixty_four_with_the_most_stake_have_seats() {
        let seats = seats((0..70u32).map(|key| (key, Tao::from_rao(u64::from(key / 2)))));
        assert_eq!(seats.len(), SEATS);
        assert_eq!(seats[0], (68, Tao::from_rao(34)));
        assert_eq!(seats[1], (69, Tao::from_rao(34)));
        assert_eq!(super::seats([(1, Tao::ZERO)]), []);
    }

    #[test]
    fn a_subnet_named_twice_or_unknown_is_refused() {
        let check = |weights: &[(u16, u16)]| {
            let weights: Vec<_> = weights.iter().map(|&(netuid, weight)| (Netuid(netuid), weight)).collect();
            check_weights(&weights, |netuid| netuid.0 <= 2)
        };
        assert_eq!(check(&[(0, 1), (1, 1), (2, 0)]), Ok(()));
        assert_eq!(check(&[(1, 1), (1, 2)]), Err(RootWeightsRefused::Duplicate(Netuid(1))));
        assert_eq!(check(&[(1, 1), (3, 2)]), Err(RootWeightsRefused::UnknownSubnet(Netuid(3))));
    }
}
