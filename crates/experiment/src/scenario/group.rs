//! Groups of agents.

use dtao_agents::StrategySpec;
use dtao_protocol::units::Tao;
use serde::{Deserialize, Serialize};

use super::inheritance::Inherits;

/// A group of agents that follow one strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// How many accounts.
    pub count: u32,
    /// Free TAO of each account.
    pub tao: Tao,
    /// TAO that each account has staked on root, on its own hotkey.
    #[serde(default)]
    pub root_stake: Tao,
    /// What the accounts have had since before the first block, besides free TAO.
    #[serde(default)]
    pub inherits: Inherits,
    /// Whether the accounts hold the root key.
    #[serde(default)]
    pub key: Key,
    /// What they do.
    pub strategy: StrategySpec,
}

/// Which key an account holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// Its own.
    #[default]
    Own,
    /// The root key besides (`sudo`).
    Root,
}
