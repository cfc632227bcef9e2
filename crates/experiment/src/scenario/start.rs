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
}

impl Start {
    /// The first block to be made.
    #[must_use]
    pub fn first_block(&self) -> Block {
        match *self {
            Self::Genesis { block, .. } => block,
            Self::Replayed { until, .. } => until + 1,
        }
    }

    /// The group that owns what the subnets earn.
    #[must_use]
    pub fn holder(&self) -> &str {
        match self {
            Self::Genesis { holder, .. } | Self::Replayed { holder, .. } => holder,
        }
    }

    /// The kind's name in a file.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Genesis { .. } => "Genesis",
            Self::Replayed { .. } => "Replayed",
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
