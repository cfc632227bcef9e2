//! Yuma consensus: from the weights that validators set to who earns what in an epoch.
//!
//! ```text
//! W    weights by validator and neuron, rows sum to one         a    active stake, sums to one
//! C_j  the largest c such that validators with more than kappa of the stake set W_ij >= c
//! Wc   W clipped at C                                           I_j  ~ sum_i a_i Wc_ij     (incentive)
//! B    bonds, a moving average of what was set, clipped or not  D_i  ~ sum_j B_ij I_j      (dividends)
//! ```
//!
//! A minority cannot raise `C` on its favourite. It can raise the favourite's part of incentive, by at most
//! `1 / (1 - its stake)`: what it does not give to others is missing from the sum by which `I` is normalised.
//!
//! Half of an epoch's alpha goes by `I`, half by `D`. [`EpochRules`] says which revision's rules hold,
//! [`Neurons`] is what persists between epochs, [`Epoch`] computes one. All arithmetic is the chain's, to
//! the last bit; [`Epoch`] says what is known to differ.
//!
//! Source: `subtensor:pallets/subtensor/src/epoch/{run_epoch,math}.rs @ f95810a25` (launch), @ 14bc6f9f9
//! (spec 425).

mod bonds;
mod epoch;
mod fixed;
mod liquid_alpha;
pub(crate) mod matrix;
mod median;
mod null;
mod permits;
mod registered;
mod series;
mod weights;

pub(crate) use bonds::{Column, blend_capped, penalised, push_average, push_liquid_average};
pub use epoch::Epoch;
pub use fixed::{I32F32, I64F64};
pub use liquid_alpha::{LiquidAlphaError, LogisticAlpha, SigmoidAlpha};
pub(crate) use liquid_alpha::{Logistic, clamp, quantile};
pub(crate) use median::{MedianScratch, by_column, weighted_median};
pub use null::{NullBudget, NullPayout, null_epoch, null_permit};
pub(crate) use permits::top_k;
pub(crate) use series::{exp_64, exp_of_each, ln, sigmoid_safe};
pub use weights::{
    Arrival, WeightsCall, WeightsRefused, WeightsRules, max_upscale, max_upscale_fixed, within_limit,
};

use crate::fixed::Q32;
use crate::settable::{self, About, Entry, OutOfRange, Settable, settable};
use crate::units::{Alpha, Block, Tao};

/// A part of a whole in 65535ths, as the chain stores its parameters and results.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Fraction(pub u16);

impl Fraction {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const ONE: Self = Self(u16::MAX);

    /// The fraction with 32 fractional bits, cut below the last.
    #[must_use]
    pub const fn to_fixed(self) -> I32F32 {
        I32F32::ratio(self.0 as u32, u16::MAX as u32)
    }

    /// The fraction below a value from zero to one; below and above saturate.
    ///
    /// `subtensor:pallets/subtensor/src/epoch/math.rs::fixed_proportion_to_u16 @ f95810a25`
    #[must_use]
    pub const fn floor(value: I32F32) -> Self {
        let part = if value.bits() < 0 {
            0
        } else if value.bits() > I32F32::ONE.bits() {
            I32F32::ONE.bits().cast_unsigned()
        } else {
            value.bits().cast_unsigned()
        };
        Self(((part * u16::MAX as u64) >> 32) as u16)
    }

    /// The value as a float, for reports.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / f64::from(u16::MAX)
    }
}

/// A neuron's number in its subnet.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Uid(pub u16);

impl Uid {
    /// The place of the neuron in a slice by UID.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How much of the old bonds the moving average keeps each epoch, in millionths: at most 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention(u32);

impl Retention {
    /// So many millionths; `None` above one million.
    #[must_use]
    pub const fn from_millionths(millionths: u32) -> Option<Self> {
        if millionths <= 1_000_000 { Some(Self(millionths)) } else { None }
    }

    /// The weight of what is new: one less the retention, itself cut below its last bit.
    ///
    /// `subtensor:pallets/subtensor/src/epoch/run_epoch.rs::compute_ema_bonds_normal_sparse @ f95810a25`
    #[must_use]
    pub(crate) const fn alpha(self) -> I32F32 {
        I32F32::ONE.saturating_sub(I32F32::ratio(self.0, 1_000_000))
    }
}

/// Which Yuma an epoch follows, with the liquid alpha that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Version {
    /// Yuma 2: bonds are shares of a neuron, each column renormalised; stored upscaled to its largest.
    Yuma2 {
        /// The weight of new bonds by neuron, if the subnet has switched it on. Launch only: the code of spec 425
        /// ignores liquid alpha under Yuma 2.
        #[serde(default)]
        liquid_alpha: Option<LogisticAlpha>,
    },
    /// Yuma 3: bonds are absolute, from zero to one, and count times the validator's active stake.
    Yuma3 {
        /// The weight of new bonds by validator and neuron, if the subnet has switched it on.
        #[serde(default)]
        liquid_alpha: Option<SigmoidAlpha>,
    },
}

/// Which stored bonds no longer count because a neuron was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum BondMask {
    /// Those of validators that have not set weights since the neuron registered (to spec 256).
    SetBeforeRegistration,
    /// Those on neurons that registered within the tempo before this block (specs 257 to 422); the tempo is the subnet's.
    RegisteredWithinTempo {
        /// Blocks between epochs.
        tempo: u16,
    },
    /// Those on neurons that registered since the last epoch (spec 423 on). `tempo` stands in for the time since
    /// then in a subnet that has had none.
    RegisteredSinceLastEpoch {
        /// Blocks between epochs.
        tempo: u16,
    },
}

/// Who gets a validator permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum PermitRule {
    /// The largest by stake, with or without any (launch).
    Largest,
    /// The largest by stake of those that have some (spec 273 on).
    LargestStaked,
}

/// Whose stake counts for nothing because it is too little (`StakeThreshold`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LowStake {
    /// All stake counts in the epoch (to spec 272).
    Counts,
    /// Stake weight below the threshold counts as none (spec 273 on).
    CountsAsNone,
}

/// What the neuron of the subnet's owner may do that others may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum OwnersNeuron {
    /// Nothing (to spec 273).
    Ordinary,
    /// It may set weights on itself (specs 274 to 396).
    MayFavourItself,
    /// It may also validate whatever stake it has (spec 397 on).
    Validates,
}

/// What a neuron that takes over a UID inherits from the one that made room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Replacement {
    /// Its weights, bonds, permit and time of the last update (launch).
    KeepsAll,
    /// The same except the bonds, which are gone (specs 257 to 319).
    LosesBonds,
    /// The permit and the time of the last update; every weight on the UID becomes zero (specs 320 to 396).
    LosesWeights,
    /// The permit; it counts as updated now (specs 397 to 410).
    KeepsPermit,
    /// Nothing (spec 411 on).
    StartsAnew,
}

/// Whether a commitment that waits to be revealed masks the weights of its validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum CommitMask {
    /// It does not (launch).
    Ignored,
    /// Its weights on neurons that registered since the earliest such commitment do not count (spec 297 on).
    SinceEarliest,
}

settable! {
    /// What an epoch's result depends on besides the neurons: one revision's rules and the subnet's parameters.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EpochRules, written as EpochValues {
        /// Which Yuma, and its liquid alpha.
        version: Version = "rule";
        /// The part of active stake that decides consensus.
        kappa: Fraction = "fraction";
        /// How far bonds follow clipped weights: none, those that were set; one, clipped ones.
        bonds_penalty: Fraction = "fraction";
        /// How much of the old bonds is kept, where liquid alpha does not say otherwise.
        bonds_retention: Retention = "fraction";
        /// Blocks without an update after which a validator's stake no longer counts.
        activity_cutoff: u64 = "blocks" in settable::BLOCKS;
        /// How many permits there are.
        max_validators: u16 = "neurons";
        /// Who gets them.
        permits: PermitRule = "rule";
        /// Whether stake below the threshold counts.
        low_stake: LowStake = "rule";
        /// What the owner's neuron may do.
        owners_neuron: OwnersNeuron = "rule";
        /// Which bonds a replaced neuron loses.
        bond_mask: BondMask = "rule";
        /// Whether open commitments mask weights.
        commit_mask: CommitMask = "rule";
        /// What a neuron inherits that takes over a UID.
        replacement: Replacement = "rule";
        fixed {
            /// The threshold of stake weight below which stake may count as none.
            stake_threshold: Alpha;
        }
    }
}

/// Written as a number from 0 to 1; the nearest part is taken.
macro_rules! fractions {
    ($($kind:ident, $whole:expr);*) => {
        $(impl Settable for $kind {
            type Written = Q32;

            fn set(&mut self, written: &Q32) {
                *self = $kind((written.to_f64() * f64::from($whole)).round_ties_even() as _);
            }

            fn check(written: &Q32) -> Result<(), OutOfRange> {
                settable::within("", written, &settable::PART)
            }

            fn list(&self, about: About, entries: &mut Vec<Entry>) {
                let about = About { range: settable::range_text(&(settable::PART)), ..about };
                entries.push(Entry { about, value: format!("{:.6}", f64::from(self.0) / f64::from($whole)) });
            }
        })*
    };
}

fractions!(Fraction, u16::MAX; Retention, 1_000_000_u32);
settable::values!(Version, PermitRule, LowStake, OwnersNeuron, BondMask, CommitMask, Replacement);

impl EpochRules {
    /// The rules and defaults of the launch.
    ///
    /// `subtensor:pallets/subtensor/src/subnets/subnet.rs::init_new_network @ f95810a25`
    #[must_use]
    pub const fn launch() -> Self {
        Self {
            version: Version::Yuma2 { liquid_alpha: None },
            kappa: Fraction(32_767),
            bonds_penalty: Fraction::ZERO,
            bonds_retention: Retention(900_000),
            activity_cutoff: 5_000,
            max_validators: 64,
            permits: PermitRule::Largest,
            low_stake: LowStake::Counts,
            owners_neuron: OwnersNeuron::Ordinary,
            bond_mask: BondMask::SetBeforeRegistration,
            commit_mask: CommitMask::Ignored,
            replacement: Replacement::KeepsAll,
            stake_threshold: Alpha::ZERO,
        }
    }

    /// The rules and defaults of spec 425, for a new subnet.
    ///
    /// `subtensor:pallets/subtensor/src/subnets/subnet.rs::init_new_network @ 14bc6f9f9`
    #[must_use]
    pub const fn spec_425() -> Self {
        Self {
            version: Version::Yuma3 { liquid_alpha: None },
            bonds_penalty: Fraction::ONE,
            permits: PermitRule::LargestStaked,
            low_stake: LowStake::CountsAsNone,
            owners_neuron: OwnersNeuron::Validates,
            bond_mask: BondMask::RegisteredSinceLastEpoch { tempo: 360 },
            commit_mask: CommitMask::SinceEarliest,
            replacement: Replacement::StartsAnew,
            ..Self::launch()
        }
    }
}

/// Whether a neuron may validate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Permit {
    /// Its weights and stake count.
    Granted,
    /// They do not.
    #[default]
    Withheld,
}

/// One neuron, as epochs see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neuron {
    /// Stake weight: alpha on the subnet plus weighted TAO on root, see [`stake_weight`].
    pub stake: Q32,
    /// The permit that the last epoch gave.
    pub permit: Permit,
    /// When it last set weights (committed to them, under commit-reveal).
    pub last_update: Block,
    /// When it registered.
    pub registered: Block,
    /// Its earliest commit that is neither revealed nor expired (spec 425, under commit-reveal).
    pub pending_commit: Option<Block>,
    /// The weights it has set, in the order it gave them.
    pub weights: Vec<(Uid, u16)>,
    /// Its bonds, in 65535ths: of the column's largest in Yuma 2, absolute in Yuma 3.
    pub bonds: Vec<(Uid, u16)>,
}

/// A subnet's neurons by UID, with what persists from one epoch to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neurons {
    /// Every neuron; a UID is its place. At most 65,536.
    pub by_uid: Vec<Neuron>,
    /// The owner's neuron, which validates without a permit and may set weight on itself (spec 425). None at
    /// launch, where an owner had no such rights.
    pub owner: Option<Uid>,
    /// The block of the last epoch; zero before the first.
    pub last_epoch: Block,
}

impl Neurons {
    /// Puts a newly registered neuron in a UID's place. The weights and bonds that others hold on the UID stay; whether
    /// they count is decided by when they were set.
    ///
    /// The permit and the time of the last update are inherited until spec 425: who takes over a validator's UID may
    /// set weights at once, and what the old one has set goes on counting, though not on neurons that registered
    /// since. Its stake is the caller's to set.
    ///
    /// `subtensor:pallets/subtensor/src/subnets/uids.rs::replace_neuron, clear_neuron @ f95810a25`, `@ 8de0d23ca`,
    /// `@ 14bc6f9f9`
    pub fn replace(&mut self, uid: Uid, rule: Replacement, now: Block) {
        let neuron = &mut self.by_uid[uid.index()];
        neuron.registered = now;
        neuron.pending_commit = None;
        match rule {
            Replacement::KeepsAll => {}
            Replacement::LosesBonds => neuron.bonds.clear(),
            Replacement::LosesWeights | Replacement::KeepsPermit | Replacement::StartsAnew => {
                let Neuron { stake, permit, last_update, .. } = *neuron;
                let last_update = if rule == Replacement::LosesWeights { last_update } else { now };
                let permit = if rule == Replacement::StartsAnew { Permit::Withheld } else { permit };
                *neuron = Neuron { stake, permit, last_update, registered: now, ..Neuron::default() };
                for (on, weight) in self.by_uid.iter_mut().flat_map(|neuron| &mut neuron.weights) {
                    if *on == uid {
                        *weight = 0;
                    }
                }
            }
        }
    }
}

/// A hotkey's stake weight: alpha on the subnet, and TAO on root at the TAO weight. Exact.
///
/// `subtensor:pallets/subtensor/src/staking/stake_utils.rs::get_stake_weights_for_network @ f95810a25`
#[must_use]
pub fn stake_weight(alpha: Alpha, root: Tao, tao_weight: Q32) -> Q32 {
    Q32::from_int(alpha.rao()).saturating_add(Q32::from_int(root.rao()).mul(tao_weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_of_65535() {
        assert_eq!(Fraction::ONE.to_f64(), 1.0);
        // 65535 / 5.
        assert_eq!(Fraction(13_107).to_f64(), 0.2);
        // With 32 fractional bits a fifth is rounded down, and so is less than 13,107 of 65,535.
        assert_eq!(Fraction::floor(I32F32::ratio(1, 5)), Fraction(13_106));
    }
}
