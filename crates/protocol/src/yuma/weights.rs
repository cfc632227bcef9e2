//! What weights a neuron may set, and how they are stored.

use super::fixed::I32F32;
use super::{Fraction, Neurons, Permit, Uid};
use crate::settable::{self, settable};
use crate::units::{Alpha, Block};

settable! {
    /// A subnet's conditions on weights.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct WeightsRules, written as WeightsValues {
        /// The fewest weights in a call; in a smaller subnet, one for each neuron.
        min_weights: u16 = "weights";
        /// The largest part of the row that one weight may be.
        max_weight: Fraction = "fraction";
        /// How weights arrive.
        arrival: Arrival = "rule";
        fixed {
            /// The oldest version of the subnet's software whose weights are taken; zero takes any.
            version_key: u64;
            /// The least stake weight that sets weights.
            stake_threshold: Alpha;
        }
    }
}

settable::values!(Arrival {
    Open { rate_limit } (rate_limit in settable::BLOCKS),
});

/// How weights arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Arrival {
    /// In the open, at most once in `rate_limit` blocks.
    Open {
        /// Blocks from one call to the next.
        rate_limit: u64,
    },
    /// Committed to first and revealed later: the commit was limited and set the time of the update. A subnet's own
    /// setting says so, not the rules.
    #[serde(skip)]
    Revealed,
}

impl WeightsRules {
    /// Blocks from one call to the next; none where weights arrive by being revealed.
    #[must_use]
    pub const fn rate_limit(&self) -> u64 {
        match self.arrival {
            Arrival::Open { rate_limit } => rate_limit,
            Arrival::Revealed => 0,
        }
    }

    /// A new subnet's conditions at launch.
    ///
    /// `subtensor:pallets/subtensor/src/subnets/subnet.rs::init_new_network @ f95810a25`
    #[must_use]
    pub const fn launch() -> Self {
        Self {
            min_weights: 1,
            max_weight: Fraction::ONE,
            version_key: 0,
            stake_threshold: Alpha::ZERO,
            arrival: Arrival::Open { rate_limit: 100 },
        }
    }

    /// A new subnet's conditions at spec 425, whose weights are committed to by default.
    ///
    /// `subtensor:pallets/subtensor/src/subnets/subnet.rs::init_new_network @ 14bc6f9f9`
    #[must_use]
    pub const fn spec_425() -> Self {
        Self { arrival: Arrival::Revealed, ..Self::launch() }
    }
}

/// A call to set weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightsCall<'a> {
    /// Whom the weights are on, and how large they are relative to each other.
    pub weights: &'a [(Uid, u16)],
    /// The version of the caller's software.
    pub version_key: u64,
}

/// Why weights were not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsRefused {
    /// There are more weights than neurons.
    #[error("there are more weights than neurons")]
    TooMany,
    /// The neuron does not exist.
    #[error("the caller is not registered in this subnet")]
    NotRegistered,
    /// The caller's stake weight is below the threshold.
    #[error("the caller's stake weight is below {0} alpha")]
    StakeTooLow(Alpha),
    /// The caller's software is too old.
    #[error("the version key is below {0}")]
    VersionTooOld(u64),
    /// Too many commitments of the caller wait in this window of the epochs' grid.
    #[error("{0} commitments wait to be revealed: no more are taken")]
    TooManyCommits(usize),
    /// The last call was too recent.
    #[error("weights can be set again in block {0}")]
    TooFast(Block),
    /// Only a validator sets weights on others.
    #[error("the caller has no validator permit")]
    NoPermit,
    /// One neuron is given two weights.
    #[error("neuron {} has more than one weight", .0.0)]
    Duplicate(Uid),
    /// A weight is on a neuron that does not exist.
    #[error("there is no neuron {}", .0.0)]
    UnknownUid(Uid),
    /// There are too few weights.
    #[error("expected at least {0} weights")]
    TooFew(usize),
    /// One weight is too large a part of the row.
    #[error("a weight is more than {} of 65535 parts", .0.0)]
    TooLarge(Fraction),
}

impl Neurons {
    /// Sets the weights of `uid`, upscaled so that the largest is 65535, if every condition holds.
    ///
    /// `subtensor:pallets/subtensor/src/subnets/weights.rs::do_set_weights @ f95810a25`
    ///
    /// # Errors
    /// The first condition that does not hold, in the chain's order.
    pub fn set_weights(
        &mut self,
        rules: &WeightsRules,
        uid: Uid,
        call: &WeightsCall<'_>,
        now: Block,
    ) -> Result<(), WeightsRefused> {
        let WeightsCall { weights, version_key } = *call;
        let n = self.by_uid.len();
        let require = |holds: bool, refused| if holds { Ok(()) } else { Err(refused) };

        require(weights.len() <= n, WeightsRefused::TooMany)?;
        let neuron = self.by_uid.get(uid.index()).ok_or(WeightsRefused::NotRegistered)?;
        let threshold = rules.stake_threshold;
        require(neuron.stake.floor() >= threshold.rao(), WeightsRefused::StakeTooLow(threshold))?;
        let oldest = rules.version_key;
        require(oldest == 0 || version_key >= oldest, WeightsRefused::VersionTooOld(oldest))?;
        if let Arrival::Open { rate_limit } = rules.arrival {
            let last = neuron.last_update;
            let waited = last == Block(0) || now.since(last) >= rate_limit;
            require(waited, WeightsRefused::TooFast(last + rate_limit))?;
        }
        let on_itself = matches!(*weights, [(only, _)] if only == uid);
        require(on_itself || neuron.permit == Permit::Granted, WeightsRefused::NoPermit)?;
        if let Some(twice) = first_duplicate(weights) {
            return Err(WeightsRefused::Duplicate(twice));
        }
        if let Some(&(unknown, _)) = weights.iter().find(|(on, _)| on.index() >= n) {
            return Err(WeightsRefused::UnknownUid(unknown));
        }
        let fewest = n.min(usize::from(rules.min_weights));
        require(on_itself || weights.len() >= fewest, WeightsRefused::TooFew(fewest))?;
        let values: Vec<u16> = weights.iter().map(|&(_, value)| value).collect();
        let values = max_upscale(&values);
        let most = rules.max_weight;
        let free = on_itself || most == Fraction::ONE;
        require(free || within_limit(&values, most), WeightsRefused::TooLarge(most))?;

        let neuron = &mut self.by_uid[uid.index()];
        neuron.weights.clear();
        neuron.weights.extend(weights.iter().zip(values).map(|(&(on, _), value)| (on, value)));
        if let Arrival::Open { .. } = rules.arrival {
            neuron.last_update = now;
        }
        Ok(())
    }
}

fn first_duplicate(weights: &[(Uid, u16)]) -> Option<Uid> {
    let mut uids: Vec<Uid> = weights.iter().map(|&(on, _)| on).collect();
    uids.sort_unstable();
    uids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// Values scaled so that the largest is 65535, each rounded to the nearest.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::vec_u16_max_upscale_to_u16 @ f95810a25`
#[must_use]
pub fn max_upscale(values: &[u16]) -> Vec<u16> {
    let fixed: Vec<_> = values.iter().map(|&value| I32F32::from_int(i32::from(value))).collect();
    max_upscale_fixed(&fixed)
}

/// Values scaled so that the largest is 65535, each rounded to the nearest; all zero stay zero.
///
/// Above 32768 the chain divides first, since the product would leave the range.
/// `subtensor:pallets/subtensor/src/epoch/math.rs::vec_max_upscale_to_u16 @ f95810a25`
#[must_use]
pub fn max_upscale_fixed(values: &[I32F32]) -> Vec<u16> {
    let whole = I32F32::from_int(i32::from(u16::MAX));
    let largest = values.iter().copied().max().unwrap_or_default();
    let scaled = |value: I32F32| {
        if largest == I32F32::ZERO {
            value.mul(whole).floor_to_u16()
        } else if largest > I32F32::from_int(32_768) {
            value.mul(whole.safe_div(largest)).round_to_u16()
        } else {
            value.mul(whole).safe_div(largest).round_to_u16()
        }
    };
    values.iter().copied().map(scaled).collect()
}

/// Whether no value is more than `limit` of their sum.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::check_vec_max_limited @ f95810a25`
#[must_use]
pub fn within_limit(values: &[u16], limit: Fraction) -> bool {
    let sum: u32 = values.iter().map(|&value| u32::from(value)).sum();
    values.iter().all(|&value| I32F32::ratio(u32::from(value), sum) <= limit.to_fixed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixed::Q32;
    use crate::yuma::Neuron;

    fn validators(n: usize) -> Neurons {
        let neuron = Neuron { stake: Q32::from_int(10), permit: Permit::Granted, ..Neuron::default() };
        Neurons { by_uid: vec![neuron; n], ..Neurons::default() }
    }

    fn set(rules: WeightsRules, uid: u16, weights: &[(u16, u16)]) -> Result<Vec<(Uid, u16)>, WeightsRefused> {
        let mut neurons = validators(4);
        neurons.by_uid[3].permit = Permit::Withheld;
        neurons.by_uid[2].last_update = Block(950);
        let weights: Vec<_> = weights.iter().map(|&(on, value)| (Uid(on), value)).collect();
        let call = WeightsCall { weights: &weights, version_key: 5 };
        neurons.set_weights(&rules, Uid(uid), &call, Block(1000))?;
        assert_eq!(neurons.by_uid[usize::from(uid)].last_update, Block(1000));
        Ok(neurons.by_uid[usize::from(uid)].weights.clone())
    }

    #[test]
    fn weights_are_stored_upscaled_in_the_order_given() {
        assert_eq!(
            set(WeightsRules::launch(), 0, &[(2, 1), (1, 2)]),
            Ok(vec![(Uid(2), 32_768), (Uid(1), 65_535)])
        );
    }

    #[test]
    fn each_condition_refuses_by_itself() {
        let launch = WeightsRules::launch();
        let two = [(1, 1), (2, 1)];
        assert_eq!(set(launch, 0, &[(0, 1); 5]), Err(WeightsRefused::TooMany));
        assert_eq!(set(launch, 9, &two), Err(WeightsRefused::NotRegistered));
        let threshold = Alpha::from_rao(11);
        let picky = WeightsRules { stake_threshold: threshold, ..launch };
        assert_eq!(set(picky, 0, &two), Err(WeightsRefused::StakeTooLow(threshold)));
        assert_eq!(
            set(WeightsRules { version_key: 6, ..launch }, 0, &two),
            Err(WeightsRefused::VersionTooOld(6))
        );
        assert_eq!(set(launch, 2, &two), Err(WeightsRefused::TooFast(Block(1050))));
        assert_eq!(set(launch, 3, &two), Err(WeightsRefused::NoPermit));
        assert_eq!(set(launch, 0, &[(1, 1), (2, 1), (1, 1)]), Err(WeightsRefused::Duplicate(Uid(1))));
        assert_eq!(set(launch, 0, &[(1, 1), (7, 1)]), Err(WeightsRefused::UnknownUid(Uid(7))));
        assert_eq!(set(WeightsRules { min_weights: 9, ..launch }, 0, &two), Err(WeightsRefused::TooFew(4)));
        let half = Fraction(32_767);
        let capped = WeightsRules { max_weight: half, ..launch };
        assert_eq!(set(capped, 0, &two), Err(WeightsRefused::TooLarge(half)));
    }

    #[test]
    fn a_weight_on_oneself_needs_neither_permit_nor_company() {
        let strict = WeightsRules { min_weights: 4, max_weight: Fraction(1), ..WeightsRules::launch() };
        assert_eq!(set(strict, 3, &[(3, 7)]), Ok(vec![(Uid(3), 65_535)]));
    }

    #[test]
    fn a_reveal_is_not_limited_and_leaves_the_commits_time() {
        let mut neurons = validators(4);
        neurons.by_uid[2].last_update = Block(950);
        let call = WeightsCall { weights: &[(Uid(1), 1)], version_key: 0 };
        assert_eq!(neurons.set_weights(&WeightsRules::spec_425(), Uid(2), &call, Block(1000)), Ok(()));
        assert_eq!(neurons.by_uid[2].last_update, Block(950));
    }
}
