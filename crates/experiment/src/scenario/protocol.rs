//! The chain's rules, as a scenario names them.

use dtao_protocol::era::Spec;
use dtao_protocol::units::{Alpha, Tao};
use serde::{Deserialize, Serialize};

/// The chain's rules at the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Protocol {
    /// Dynamic TAO under one of the chain's runtimes.
    Launch {
        /// The runtime's `spec_version`: 234 or later.
        spec: Spec,
        /// Stake below which a hotkey may set neither weights nor children: its stake weight in alpha for weights, the
        /// worth of its stake in TAO for children. Zero without it, the chain's default, or at a replayed start what
        /// the replayed scenario has.
        #[serde(default)]
        stake_threshold: Option<Tao>,
        /// What a sale must leave to a nominator so that the rest is not sold too (`NominatorMinRequiredStake`), in the
        /// subnet's own alpha; without it nothing, the chain's default.
        #[serde(default)]
        nominator_min_stake: Option<Alpha>,
    },
    /// Before dynamic TAO: root's votes share the emission, until a call upgrades to dynamic TAO.
    RootVoting {
        /// The runtime's `spec_version`: 219 to 233.
        spec: Spec,
        /// Blocks between root's epochs, less one; 100 on the chain.
        root_tempo: u16,
        /// Blocks from one vote of a validator to the next; 100 by default.
        weights_rate_limit: u64,
        /// What each subnet's owner has locked for it.
        lock: Tao,
        /// Stake below which a hotkey may set neither weights nor children on a subnet; zero without it.
        #[serde(default)]
        stake_threshold: Option<Tao>,
        /// What a sale must leave to a nominator so that the rest is not sold too (`NominatorMinRequiredStake`), in the
        /// subnet's own alpha; without it nothing, the chain's default.
        #[serde(default)]
        nominator_min_stake: Option<Alpha>,
    },
}

impl Protocol {
    /// The nominators' minimum stake that the scenario sets.
    #[must_use]
    pub fn nominator_min_stake(&self) -> Option<Alpha> {
        match *self {
            Self::Launch { nominator_min_stake, .. } | Self::RootVoting { nominator_min_stake, .. } => {
                nominator_min_stake
            }
        }
    }

    /// The stake threshold that the scenario sets.
    #[must_use]
    pub fn stake_threshold(&self) -> Option<Tao> {
        match *self {
            Self::Launch { stake_threshold, .. } | Self::RootVoting { stake_threshold, .. } => {
                stake_threshold
            }
        }
    }
}
