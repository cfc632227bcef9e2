//! By moving price times the part of the miners' incentive that reached miners.
//!
//! ```text
//! q = m / sum of m,   w = q (1 - min(1, burned)),   share = w / sum of w          q if all w are zero
//! ```

use super::{Candidate, Description};
use crate::fixed::{Q32, Q64, Whole};

pub(super) const ABOUT: Description = Description {
    about: "by moving price times what of the incentive reaches miners (from 2026-06-30)",
    stops: "an owner who withholds the miners' pay",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_shares @ 14bc6f9f9",
};

pub(super) fn shares(market: &[Candidate], shares: &mut Vec<Q64>) {
    weighted(market, shares, kept);
}

/// The part of the last epoch's incentive that was not withheld.
pub(super) fn kept(subnet: &Candidate) -> Q64 {
    Q64::ONE.saturating_sub(subnet.miner_burned.min(Q32::ONE).into())
}

/// The shares of prices, each times a factor; of prices alone if every product is zero.
pub(super) fn weighted(market: &[Candidate], shares: &mut Vec<Q64>, factor: fn(&Candidate) -> Q64) {
    proportional(market.iter().map(|subnet| Q64::from(subnet.moving_price)), shares);
    let weight = |(subnet, share): (&Candidate, &Q64)| match factor(subnet) {
        Q64::ONE => *share,
        factor => share.times(factor),
    };
    let weights = sum(market.iter().zip(shares.iter()).map(weight));
    if weights > Q64::ZERO {
        let weights = Whole::new(weights);
        for (subnet, share) in market.iter().zip(shares) {
            *share = weights.part(weight((subnet, share)));
        }
    }
}

/// The shares of numbers that are each a subnet's: their parts of the sum.
pub(super) fn proportional(numbers: impl Iterator<Item = Q64> + Clone, shares: &mut Vec<Q64>) {
    let total = Whole::new(sum(numbers.clone()));
    shares.extend(numbers.map(|number| total.part(number)));
}

fn sum(numbers: impl Iterator<Item = Q64>) -> Q64 {
    numbers.fold(Q64::ZERO, Q64::saturating_add)
}
