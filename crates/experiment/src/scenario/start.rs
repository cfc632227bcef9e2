//! The state before the first block.

use std::path::PathBuf;

use dtao_protocol::units::{Block, Netuid, Tao};
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
        /// What of all this is another market's: a run reports it as assumed, not as given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        borrowed: Option<Borrowed>,
    },
}

/// What a start takes from another market, since its own is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Borrowed {
    /// Whose it is, such as `march_2025`.
    pub from: String,
    /// What the scenario says beside the table.
    #[serde(default)]
    pub fields: Vec<BorrowedField>,
    /// Rows of the table.
    #[serde(default)]
    pub subnets: BorrowedSubnets,
}

/// A field that is another market's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BorrowedField {
    /// Root's TAO.
    RootTao,
    /// What may be claimed on root beyond that.
    RootUncounted,
    /// All TAO that exists.
    Issuance,
    /// The last registration.
    LastRegistration,
    /// The averages of flow.
    FlowAverages,
    /// The values of the rules.
    Protocol,
}

impl BorrowedField {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::RootTao,
        Self::RootUncounted,
        Self::Issuance,
        Self::LastRegistration,
        Self::FlowAverages,
        Self::Protocol,
    ];

    /// Its name in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RootTao => "root_tao",
            Self::RootUncounted => "root_uncounted",
            Self::Issuance => "issuance",
            Self::LastRegistration => "last_registration",
            Self::FlowAverages => "flow_averages",
            Self::Protocol => "protocol",
        }
    }
}

/// Which rows of a table are another market's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BorrowedSubnets {
    /// None of them.
    #[default]
    Nobody,
    /// All but those of these subnets.
    Except(Vec<Netuid>),
}

impl Borrowed {
    /// Whether a field is.
    #[must_use]
    pub fn has(&self, field: BorrowedField) -> bool {
        self.fields.contains(&field)
    }

    /// Whether a subnet's row is.
    #[must_use]
    pub fn has_subnet(&self, netuid: Netuid) -> bool {
        matches!(&self.subnets, BorrowedSubnets::Except(own) if !own.contains(&netuid))
    }
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
