//! How a subnet splits its alpha emission since spec 480: a vector that its owner sets, and root's baseline within it.
//!
//! Each subnet's emission has five slots, in parts of 2^64 - 1. Root is paid what it would earn at the default vector, off the
//! top of the validators' slot, whatever the subnet sets:
//!
//! ```text
//! x = floor(TAO on root * tao_weight)      r = floor(V0 * x / (x + alpha issuance))      root: min(V, r)
//! ```
//!
//! Source: the SDK `bittensor` 11.3.1rc73, `emission_weights.py` and its tests; the chain's own rounding is not known.

use crate::units::{Alpha, Block, Tao};

/// The whole: the parts of all slots sum to it.
pub const ONE: u64 = u64::MAX;

/// The most that an owner may take: 33 %.
pub const MAX_OWNER: u64 = percent(33);

/// The most that validators and root may get: 50 %.
pub const MAX_VALIDATOR: u64 = percent(50);

/// The least that miners get: 33 %.
pub const MIN_MINER: u64 = percent(33);

/// The owner's part by default, and at least so much in a subnet that was created through a lease: 18 %.
pub const DEFAULT_OWNER: u64 = (11_796 * ONE as u128 / 65_535) as u64;

/// V0, the part of validators and root by default: half of the rest.
pub const DEFAULT_VALIDATOR: u64 = (ONE - DEFAULT_OWNER) / 2;

/// Blocks that must pass between two changes by an owner; the first is free, and root is not limited.
pub const OWNER_RATE_LIMIT: u64 = 50_400;

const fn percent(percent: u128) -> u64 {
    (ONE as u128 * percent / 100) as u64
}

/// How a subnet's alpha emission is divided among its owner, miners, validators and root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum AlphaDivision {
    /// To spec 479: the owner's cut, and half of the rest for miners.
    OwnersCut,
    /// Spec 481 on: by weights that the subnet's owner sets; root has what it would have by the default ones.
    EmissionWeights,
}

/// How a subnet's emission is split, in parts of [`ONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmissionWeights {
    /// Burned; reserved.
    pub burn: u64,
    /// Recycled; reserved.
    pub recycle: u64,
    /// The owner's.
    pub owner: u64,
    /// Validators' and root's, V.
    pub validator: u64,
    /// Miners'.
    pub miner: u64,
}

impl Default for EmissionWeights {
    fn default() -> Self {
        Self {
            burn: 0,
            recycle: 0,
            owner: DEFAULT_OWNER,
            validator: DEFAULT_VALIDATOR,
            miner: ONE - DEFAULT_OWNER - DEFAULT_VALIDATOR,
        }
    }
}

/// A change of some slots; what is left out of burn and recycle becomes zero, of the others stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightsChange {
    /// The new part burned.
    pub burn: Option<u64>,
    /// The new part recycled.
    pub recycle: Option<u64>,
    /// The owner's new part.
    pub owner: Option<u64>,
    /// The new part of validators and root.
    pub validator: Option<u64>,
    /// Miners' new part.
    pub miner: Option<u64>,
}

/// Why a vector is refused; the text is the chain's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsViolation {
    /// Nothing may be burned yet.
    #[error("BurnEmissionMustBeZero")]
    Burn,
    /// Nothing may be recycled yet.
    #[error("RecycleEmissionMustBeZero")]
    Recycle,
    /// The owner takes more than [`MAX_OWNER`].
    #[error("OwnerEmissionAboveMaximum")]
    Owner,
    /// The owner of a leased subnet takes less than [`DEFAULT_OWNER`], from which those who financed it are paid.
    #[error("LeasedSubnetOwnerCutBelowMinimum")]
    LeasedOwner,
    /// Validators and root get more than [`MAX_VALIDATOR`].
    #[error("ValidatorEmissionAboveMaximum")]
    Validator,
    /// Root's baseline leaves alpha validators nothing.
    #[error("ValidatorEmissionTooLowToPreserveRoot")]
    Root,
    /// Miners get less than [`MIN_MINER`].
    #[error("MinerEmissionBelowMinimum")]
    Miner,
    /// The parts are not the whole.
    #[error("EmissionWeightsDoNotSumToOne")]
    Sum,
}

/// How a subnet came to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Created {
    /// Its owner paid for it.
    #[default]
    ByOwner,
    /// Others financed it and are paid from the owner's cut.
    ThroughLease,
}

impl EmissionWeights {
    /// The vector after a change, whether or not it may be made.
    #[must_use]
    pub fn with(self, change: &WeightsChange) -> Self {
        Self {
            burn: change.burn.unwrap_or(0),
            recycle: change.recycle.unwrap_or(0),
            owner: change.owner.unwrap_or(self.owner),
            validator: change.validator.unwrap_or(self.validator),
            miner: change.miner.unwrap_or(self.miner),
        }
    }

    /// Everything that is wrong with the vector, in the chain's order; the chain reports the first. `baseline` is root's,
    /// if any is to be kept.
    #[must_use]
    pub fn violations(&self, baseline: Option<RootBaseline>, created: Created) -> Vec<WeightsViolation> {
        let Self { burn, recycle, owner, validator, miner } = *self;
        let sum: u128 = [burn, recycle, owner, validator, miner].map(u128::from).into_iter().sum();
        let too_low = baseline.is_some_and(|baseline| validator < baseline.min_validator());
        let leased = created == Created::ThroughLease;
        [
            (burn != 0, WeightsViolation::Burn),
            (recycle != 0, WeightsViolation::Recycle),
            (owner > MAX_OWNER, WeightsViolation::Owner),
            (leased && owner < DEFAULT_OWNER, WeightsViolation::LeasedOwner),
            (validator > MAX_VALIDATOR, WeightsViolation::Validator),
            (too_low, WeightsViolation::Root),
            (miner < MIN_MINER, WeightsViolation::Miner),
            (sum != u128::from(ONE), WeightsViolation::Sum),
        ]
        .into_iter()
        .filter_map(|(is_wrong, violation)| is_wrong.then_some(violation))
        .collect()
    }
}

/// r, root's part of a subnet's emission at the default vector, in parts of [`ONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RootBaseline(pub u64);

/// What the validators' slot comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidatorSlot {
    /// Root's part.
    pub root: u64,
    /// The part of validators by their alpha.
    pub alpha: u64,
}

impl RootBaseline {
    /// The baseline of a subnet; `tao_weight` is in parts of 2^64 - 1, the issuance is all alpha that exists.
    #[must_use]
    pub fn of(root: Tao, tao_weight: u64, issuance: Alpha) -> Self {
        let weighted = u128::from(root.rao()) * u128::from(tao_weight) / u128::from(ONE);
        let share = u128::from(DEFAULT_VALIDATOR) * weighted;
        Self(share.checked_div(weighted + u128::from(issuance.rao())).unwrap_or(0) as u64)
    }

    /// The same from root's weight, TAO times its weight, rounded down.
    #[must_use]
    pub fn of_weighted(weighted: u64, issuance: Alpha) -> Self {
        let share = u128::from(DEFAULT_VALIDATOR) * u128::from(weighted);
        Self(share.checked_div(u128::from(weighted) + u128::from(issuance.rao())).unwrap_or(0) as u64)
    }

    /// The least part of validators that leaves those with alpha something.
    #[must_use]
    pub fn min_validator(self) -> u64 {
        self.0.saturating_add(1)
    }

    /// How a slot for validators is split; root comes first.
    #[must_use]
    pub fn split(self, validator: u64) -> ValidatorSlot {
        let root = self.0.min(validator);
        ValidatorSlot { root, alpha: validator - root }
    }
}

/// A slot's part of an emission, rounded down.
#[must_use]
pub fn part(emitted: Alpha, slot: u64) -> Alpha {
    Alpha::from_rao((u128::from(emitted.rao()) * u128::from(slot) / u128::from(ONE)) as u64)
}

/// The first block in which an owner may change the vector again; in block `now` or before, it is now.
#[must_use]
pub fn next_owner_change(last_change: Option<Block>, now: Block) -> Block {
    last_change.map_or(now, |last| last + OWNER_RATE_LIMIT)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_default_is_18_41_41_and_nothing_is_wrong_with_it() {
        let EmissionWeights { owner, validator, miner, .. } = EmissionWeights::default();
        let of_whole = |parts: u64| (parts as f64 / ONE as f64 * 10_000.0).round();
        assert_eq!([owner, validator, miner].map(of_whole), [1_800.0, 4_100.0, 4_100.0]);
        for created in [Created::ByOwner, Created::ThroughLease] {
            assert!(
                EmissionWeights::default()
                    .violations(Some(RootBaseline(DEFAULT_VALIDATOR - 1)), created)
                    .is_empty()
            );
        }
    }

    #[test]
    fn each_rule_is_named_in_order() {
        use WeightsViolation::{Burn, LeasedOwner, Miner, Owner, Recycle, Root, Sum, Validator};
        let wrong = EmissionWeights { burn: 1, recycle: 1, owner: 0, validator: MAX_VALIDATOR + 1, miner: 0 };
        assert_eq!(
            wrong.violations(Some(RootBaseline(MAX_VALIDATOR + 1)), Created::ThroughLease),
            [Burn, Recycle, LeasedOwner, Validator, Root, Miner, Sum]
        );
        let greedy = EmissionWeights { owner: MAX_OWNER + 1, miner: MIN_MINER, ..EmissionWeights::default() };
        assert_eq!(greedy.violations(None, Created::ByOwner), [Owner, Sum]);
    }

    #[test]
    fn a_change_keeps_what_it_leaves_out_except_what_is_reserved() {
        let before = EmissionWeights { burn: 7, recycle: 9, owner: 10, validator: 20, miner: 30 };
        let after = before.with(&WeightsChange { owner: Some(11), ..WeightsChange::default() });
        assert_eq!(after, EmissionWeights { burn: 0, recycle: 0, owner: 11, validator: 20, miner: 30 });
    }

    #[test]
    fn the_first_change_is_free_and_the_next_is_a_week_later() {
        assert_eq!(next_owner_change(None, Block(1_000)), Block(1_000));
        assert_eq!(next_owner_change(Some(Block(900)), Block(1_000)), Block(51_300));
    }

    proptest! {
        #[test]
        fn the_slot_is_split_whole_and_root_never_gets_more_than_its_baseline(
            root in 0..1u64 << 54, tao_weight: u64, issuance in 0..1u64 << 54, validator: u64,
        ) {
            let baseline = RootBaseline::of(Tao::from_rao(root), tao_weight, Alpha::from_rao(issuance));
            prop_assert!(baseline.0 <= DEFAULT_VALIDATOR);
            let slot = baseline.split(validator);
            prop_assert_eq!(slot.root + slot.alpha, validator);
            prop_assert!(slot.root <= baseline.0 && (slot.alpha > 0 || validator < baseline.min_validator()));
            let more = RootBaseline::of(Tao::from_rao(root * 2), tao_weight, Alpha::from_rao(issuance));
            prop_assert!(more >= baseline);
        }
    }
}
