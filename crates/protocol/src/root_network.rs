//! The root network before dynamic TAO: validators vote on how emission is shared among subnets.
//!
//! Its last result lives on as the moving prices with which dynamic TAO began.

mod payout;
mod votes;

pub use payout::{NominalPayout, nominal, owner_cut};
pub use votes::{RootVotingRules, RootWeightsRefused, SEATS, check_weights, seats};

use crate::units::Tao;
use crate::yuma::{Fraction, I64F64, exp_64};

/// What the root epoch depends on besides stake and weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootRules {
    /// How steeply a subnet's emission depends on the stake that votes for it.
    pub rho: u16,
    /// The part of stake whose votes give half of the full weight.
    pub kappa: Fraction,
}

impl RootRules {
    /// The defaults.
    ///
    /// `subtensor:runtime/src/lib.rs::{SubtensorInitialRho, SubtensorInitialKappa} @ 8f39a5832`
    #[must_use]
    pub const fn pre_dtao() -> Self {
        Self { rho: 10, kappa: Fraction(32_767) }
    }
}

/// A root validator: its TAO, its delegators' included, and its weights by subnet, root itself among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootVote {
    /// All TAO staked on the validator.
    pub stake: Tao,
    /// The weight on each subnet; missing ones are zero.
    pub weights: Vec<u16>,
}

/// Why a root epoch changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootEpochError {
    /// No validator has stake.
    #[error("no validator on root has stake")]
    NoStake,
    /// rho and kappa take the exponential out of range.
    #[error("rho is too large: the consensus leaves the range of the chain's numbers")]
    OutOfRange,
}

/// What each of `subnets` subnets is emitted a block.
///
/// ```text
/// rank_k      = sum_v S_v W_vk           S normalised, rows of W normalised
/// trust_k     = sum_v S_v [W_vk > 0]
/// consensus_k = 1 / (1 + e^(-rho (trust_k - kappa)))
/// emission_k  ~ consensus_k rank_k       of `emission`, each cut below the rao
/// ```
///
/// What the cuts leave, less than a rao a subnet, is issued to nobody. The exponential is the chain's own
/// series with 64 fractional bits; nothing here is approximate.
///
/// `subtensor:pallets/subtensor/src/coinbase/root.rs::root_epoch @ 8f39a5832`
///
/// # Errors
/// If no validator has stake, or rho is so large that the chain would halt.
pub fn root_epoch(
    rules: RootRules,
    votes: &[RootVote],
    subnets: usize,
    emission: Tao,
) -> Result<Vec<Tao>, RootEpochError> {
    let mut stake: Vec<_> = votes.iter().map(|vote| I64F64::from_int(vote.stake.rao())).collect();
    normalise(&mut stake);
    let total = sum(&stake);
    if total == I64F64::ZERO {
        return Err(RootEpochError::NoStake);
    }

    let mut ranks = vec![I64F64::ZERO; subnets];
    let mut trust = vec![I64F64::ZERO; subnets];
    for (vote, &stake) in votes.iter().zip(&stake) {
        let mut row: Vec<_> =
            vote.weights.iter().map(|&weight| I64F64::from_int(u64::from(weight))).collect();
        normalise(&mut row);
        for ((&weight, rank), trust) in row.iter().zip(&mut ranks).zip(&mut trust) {
            *rank = *rank + stake.mul(weight);
            if weight > I64F64::ZERO {
                *trust = *trust + stake;
            }
        }
    }

    let (rho, kappa) = (I64F64::from_int(u64::from(rules.rho)), I64F64::from_i32f32(rules.kappa.to_fixed()));
    let mut shares = Vec::with_capacity(subnets);
    for (rank, trust) in ranks.into_iter().zip(trust) {
        let ahead = (trust.safe_div(total) - kappa).mul(rho);
        let power = exp_64(I64F64::ZERO - ahead).ok_or(RootEpochError::OutOfRange)?;
        let consensus = I64F64::ONE.safe_div(I64F64::ONE + power);
        shares.push(consensus.mul(rank));
    }
    normalise(&mut shares);
    let emission = I64F64::from_int(emission.rao());
    Ok(shares.into_iter().map(|share| Tao::from_rao(share.mul(emission).floor())).collect())
}

fn sum(values: &[I64F64]) -> I64F64 {
    values.iter().fold(I64F64::ZERO, |sum, &value| sum + value)
}

fn normalise(values: &mut [I64F64]) {
    let sum = sum(values);
    if sum != I64F64::ZERO {
        for value in values {
            *value = value.safe_div(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vote(stake: u64, weights: &[u16]) -> RootVote {
        RootVote { stake: Tao::from_rao(stake), weights: weights.to_vec() }
    }

    #[test]
    fn without_stake_nothing_changes() {
        let emission = Tao::from_rao(1_000);
        let epoch = root_epoch(RootRules::pre_dtao(), &[vote(0, &[1, 1])], 2, emission);
        assert_eq!(epoch, Err(RootEpochError::NoStake));
    }

    #[test]
    fn votes_of_a_minority_count_for_less_than_their_stake() {
        let votes = [vote(3_000, &[1, 0]), vote(1_000, &[0, 1])];
        let shares = root_epoch(RootRules::pre_dtao(), &votes, 2, Tao::from_rao(1_000_000)).unwrap();
        // 3 * s(2.5) : 1 * s(-2.5) with the logistic s, kappa next to one half.
        assert!(shares[0].rao().abs_diff(973_362) < 10, "{shares:?}");
    }

    proptest! {
        #[test]
        fn no_more_is_emitted_than_there_is_and_less_than_a_rao_a_subnet_is_lost(
            votes in prop::collection::vec((1..1u64 << 40, prop::collection::vec(0..100u16, 3)), 1..6),
            emission in 0..2_000_000_000u64,
        ) {
            prop_assume!(votes.iter().any(|(_, weights)| weights.iter().any(|&w| w > 0)));
            let votes: Vec<_> = votes.iter().map(|(stake, weights)| vote(*stake, weights)).collect();
            let shares = root_epoch(RootRules::pre_dtao(), &votes, 3, Tao::from_rao(emission)).unwrap();
            let total = shares.into_iter().sum::<Tao>().rao();
            prop_assert!(total <= emission && emission - total <= 3);
        }
    }
}
