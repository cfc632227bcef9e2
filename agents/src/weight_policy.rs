//! The rules for weights that a validator may change between, see [`crate::root_validator`].

use std::collections::BTreeMap;

use dtao_engine::account::Hotkey;
use dtao_engine::strategy::Actor;
use dtao_protocol::units::Alpha;
use serde::{Deserialize, Serialize};

use crate::burn_validator::on_owner;
use crate::holdings_validator::by_holdings;
use crate::honest_validator::{Quality, by_quality, check_quality};
use crate::reward_sellers_validator::by_sales;
use crate::validator::Seen;
use crate::zero_holders_validator::on_those_without;
use crate::{ParameterError, range};

/// A rule for weights. Where it finds nobody, all weight is on the owner's neuron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum WeightPolicy {
    /// In proportion to what miners hold, as [`crate::holdings_validator`].
    Holdings,
    /// Equal on miners who hold little, as [`crate::zero_holders_validator`].
    ZeroHolders {
        /// The most alpha that such a miner may hold.
        threshold: Alpha,
    },
    /// On miners whose holdings fell since the last look, as [`crate::reward_sellers_validator`].
    RewardSellers,
    /// All on the owner's neuron, as [`crate::burn_validator`].
    Burn,
    /// By the miners' quality, as [`crate::honest_validator`].
    Honest {
        /// What a miner of each group is worth.
        quality: Vec<Quality>,
        /// The standard deviation of a measurement's error, in the unit of the qualities; 0 or more.
        deviation: f64,
        /// Blocks after which every group takes on the quality of the next in the list; never if left out.
        #[serde(default)]
        turn: Option<u64>,
    },
}

/// What a validator remembers of a subnet's miners: what each held at the last look.
pub(crate) type Memory = BTreeMap<Hotkey, Alpha>;

impl WeightPolicy {
    pub(crate) fn check(&self) -> Result<(), ParameterError> {
        match self {
            Self::Honest { quality, deviation, turn } => check_quality(quality, *deviation, *turn),
            Self::ZeroHolders { threshold } => range::alpha("threshold", *threshold),
            _ => Ok(()),
        }
    }

    pub(crate) fn groups(&self, field: &str) -> Vec<(String, String)> {
        let Self::Honest { quality, .. } = self else { return Vec::new() };
        let named = |(at, quality): (usize, &Quality)| {
            (format!("{field}.quality[{at}].group"), quality.group.clone())
        };
        quality.iter().enumerate().map(named).collect()
    }

    /// A score of every neuron, at least one of them above 0.
    pub(crate) fn scores(&self, sales: &[f64], seen: &Seen, me: &Actor) -> Vec<f64> {
        let scores = match self {
            Self::Holdings => by_holdings(seen),
            Self::ZeroHolders { threshold } => on_those_without(*threshold, seen),
            Self::RewardSellers => sales.to_vec(),
            Self::Burn => on_owner(seen),
            Self::Honest { quality, deviation, turn } => by_quality(quality, *deviation, *turn, seen, me),
        };
        if scores.iter().any(|&score| score > 0.0) { scores } else { on_owner(seen) }
    }
}

/// What each miner sold since the last look; remembers this one.
pub(crate) fn sales(memory: &mut Memory, seen: &Seen) -> Vec<f64> {
    by_sales(memory, seen)
}
