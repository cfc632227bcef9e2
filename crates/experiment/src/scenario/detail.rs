//! How subnets are simulated: in detail or in aggregate.

use std::num::NonZeroU16;

use dtao_engine::roster::{self, NewRosters};
use dtao_protocol::registration::{CollateralFault, CollateralTerms};
use dtao_protocol::units::{Netuid, Tao};
use dtao_protocol::yuma::EpochRules;
use serde::{Deserialize, Serialize};

/// A subnet that is simulated in detail: with neurons, weights and Yuma epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// Which subnet.
    pub netuid: Netuid,
    /// The group of which an account owns it: gets the owner's cut and holds UID 0.
    pub owner: String,
    /// That account's place in the group, from 0: the first if it is left out.
    #[serde(default)]
    pub owner_place: u32,
    /// Which Yuma its epochs follow.
    pub rules: Yuma,
    /// Most neurons; 256 for a subnet of the launch.
    pub max_uids: u16,
    /// Blocks in which a new neuron is not replaced while an older one can be; 5,000 at launch.
    pub immunity_period: u64,
    /// The price of registering a neuron at the start; 1 TAO at launch.
    pub burn: Tao,
    /// The least that the price falls to, at most the rule `burn.max`; without it the rule `burn.min`, 0.0005 TAO.
    #[serde(default)]
    pub min_burn: Option<Tao>,
    /// The epoch in which committed weights are revealed, counted from the commitment: 1 for the next. Without it weights
    /// are set in the open.
    #[serde(default)]
    pub reveal_after: Option<NonZeroU16>,
    /// From spec 437 on: what of a neuron's price is locked as collateral; nothing without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collateral: Option<CollateralAsked>,
}

/// What a subnet asks of its neurons as collateral, from its start on; its owner may change it (`SetCollateral`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollateralAsked {
    /// The part of a neuron's price that is staked and locked instead of burned, from 0 to 0.95.
    pub lock_share: f64,
    /// Alpha that is let go for each alpha that the neuron earns, above 0 and at most 10; 1 by default.
    #[serde(default = "one")]
    pub release: f64,
}

const fn one() -> f64 {
    1.0
}

impl CollateralAsked {
    /// The same, as the chain takes it.
    ///
    /// # Errors
    /// Which number is out of its range.
    pub fn terms(self) -> Result<CollateralTerms, CollateralFault> {
        CollateralTerms::written(self.lock_share, self.release)
    }
}

/// What of a subnet in aggregate is not the usual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// The subnet, one of the start.
    pub netuid: Netuid,
    /// The part of the incentive that its owner's neurons take, from 0 to 1. From spec 252 on it is not paid.
    pub owners_incentive: f64,
}

/// How subnets that are registered during the run are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum NewSubnets {
    /// In aggregate: the account that registers one owns what its owner, miners and validators earn.
    #[default]
    Aggregate,
    /// In detail: the account that registers one gets the owner's cut and holds UID 0. The price of a place begins at
    /// 1 TAO and falls to 1 rao at least.
    Detail {
        /// Which Yuma their epochs follow.
        rules: Yuma,
        /// Maximum number of neurons; 256 at launch.
        max_uids: u16,
        /// Blocks in which a new neuron is not replaced while an older one can be; 5,000 at launch.
        immunity_period: u64,
        /// As for a subnet of the start.
        #[serde(default)]
        reveal_after: Option<NonZeroU16>,
    },
}

impl NewSubnets {
    /// The same, as the engine takes it.
    #[must_use]
    pub fn for_engine(self) -> roster::NewSubnets {
        match self {
            Self::Aggregate => roster::NewSubnets::Aggregate,
            Self::Detail { rules, max_uids, immunity_period, reveal_after } => {
                let rules = rules.rules();
                roster::NewSubnets::Detailed(NewRosters { rules, max_uids, immunity_period, reveal_after })
            }
        }
    }
}

/// Which Yuma a subnet's epochs follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Yuma {
    /// That of the runtime in force, with the rules that the scenario sets (`epoch`).
    #[serde(alias = "Launch")]
    Runtime,
    /// Yuma 3 with the defaults of spec 425, whatever the runtime.
    #[serde(alias = "Newest")]
    Yuma3,
}

impl Yuma {
    /// The epoch's rules, where the runtime in force does not decide.
    #[must_use]
    pub fn rules(self) -> Option<EpochRules> {
        match self {
            Self::Runtime => None,
            Self::Yuma3 => Some(EpochRules::spec_425()),
        }
    }
}
