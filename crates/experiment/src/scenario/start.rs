//! The state before the first block.

use std::path::PathBuf;

use dtao_protocol::units::{Block, Tao};
use serde::{Deserialize, Serialize};

/// The state before the first block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Start {
    /// The migration to dynamic TAO: all stake on root, every pool with 1 TAO and 1 alpha. Under root voting the
    /// same before the migration: no pools yet, and each subnet's moving price is its part of the emission.
    Genesis {
        /// The first block to be made.
        block: Block,
        /// TAO staked on root.
        root_stake: Tao,
        /// A file with the subnets and their moving prices, relative to the scenario's file.
        subnets: PathBuf,
        /// The group, of one account, that owns what the subnets' owners, miners and validators earn.
        holder: String,
        /// What the last registration of a subnet cost, and when it was.
        last_registration: LastRegistration,
        /// All TAO that exists then, at least what the start hands out; without it no more. Halvings depend on it.
        #[serde(default)]
        issuance: Option<Tao>,
    },
    /// The state in which another scenario leaves the chain, its issuance included. That one is run first, once, with
    /// seed 0; its agents are dropped: their holdings pass to the holder, except what groups inherit.
    Replayed {
        /// The other scenario's file, relative to this one's.
        scenario: PathBuf,
        /// The last block of it that is made.
        until: Block,
        /// The group, of one account, that owns what the subnets' owners, miners and validators have and earn.
        holder: String,
    },
    /// The state that a table gives: each subnet's pool and what else is known of it. What the table does not say is the
    /// chain's default or an assumption; a run reports which.
    Pools {
        /// The first block to be made.
        block: Block,
        /// A file with a row for each subnet, relative to the scenario's file.
        subnets: PathBuf,
        /// Root's TAO (`SubnetTAO` of root), by which its proportion is counted.
        root_tao: Tao,
        /// What may be claimed on root beyond that.
        #[serde(default)]
        root_uncounted: Tao,
        /// All TAO that exists then, at least what the start hands out. Halvings depend on it.
        issuance: Tao,
        /// The group, of one account, that owns what the subnets' owners, miners and validators have and earn.
        holder: String,
        /// What the last registration of a subnet cost, and when it was; without it a subnet costs the minimum.
        #[serde(default)]
        last_registration: Option<LastRegistration>,
        /// What the averages of flow are taken to be, where TAO is shared by flow and the table has none.
        #[serde(default)]
        flow_averages: Option<FlowAverages>,
    },
}

/// What the averages of users' flow are taken to be, of all subnets that have been started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum FlowAverages {
    /// In proportion to moving prices.
    ByMovingPrice {
        /// The sum of all, in TAO per block: what they are to weigh against the run's own flow.
        sum: Tao,
    },
    /// All the same.
    Equal {
        /// The sum of all, in TAO per block.
        sum: Tao,
    },
}

impl FlowAverages {
    /// The sum of all, in TAO per block.
    #[must_use]
    pub const fn sum(self) -> Tao {
        match self {
            Self::ByMovingPrice { sum } | Self::Equal { sum } => sum,
        }
    }
}

impl Start {
    /// The first block to be made.
    #[must_use]
    pub fn first_block(&self) -> Block {
        match *self {
            Self::Genesis { block, .. } | Self::Pools { block, .. } => block,
            Self::Replayed { until, .. } => until + 1,
        }
    }

    /// The group that owns what the subnets earn.
    #[must_use]
    pub fn holder(&self) -> &str {
        match self {
            Self::Genesis { holder, .. } | Self::Replayed { holder, .. } | Self::Pools { holder, .. } => {
                holder
            }
        }
    }

    /// The kind's name in a file.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Genesis { .. } => "Genesis",
            Self::Replayed { .. } => "Replayed",
            Self::Pools { .. } => "Pools",
        }
    }
}

/// The last registration of a subnet before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastRegistration {
    /// What it cost.
    pub cost: Tao,
    /// When it was.
    pub block: Block,
}
