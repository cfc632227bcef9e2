//! What differs between registrations, by revision.

use super::{NeuronPayment, NeuronPricing, NewPool, OwnerRefund, ProtocolShare, Rise};
use crate::settable::{self, settable};
use crate::units::{Block, MAX_BLOCKS};

/// By what the neuron that makes room is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Pruning {
    /// By its share of what the last epoch emitted, in 65,535ths of the largest (to spec 396).
    ByShare,
    /// By what the last epoch gave it, in rao; so many that are not immune are kept (spec 397 on).
    ByEmission {
        /// Neurons past their immunity that a full subnet keeps before it prunes immune ones (`MinNonImmuneUids`).
        kept: u16,
    },
}

/// How many subnets there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum SubnetLimit {
    /// As many as register (to spec 319).
    None,
    /// When there are so many, another makes room for a new one (spec 320 on).
    Pruned {
        /// The most that there are (`SubnetLimit`).
        most: u16,
        /// Blocks from its registration on in which a subnet never makes room (`NetworkImmunityPeriod`).
        immunity: u64,
    },
}

impl SubnetLimit {
    /// Whether there is a place for one more, beside those that are there and those that are still being cleaned up.
    #[must_use]
    pub fn leaves_room(self, taken: usize) -> bool {
        match self {
            Self::None => true,
            Self::Pruned { most, .. } => taken < usize::from(most),
        }
    }
}

/// How a registration waits that finds all places taken, by revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum RegistrationQueue {
    /// Not at all: it replaces the subnet that makes room in the same block (to spec 428).
    Never,
    /// Until the place is cleaned up, its TAO frozen on the account; what is there of it then is paid (specs 429 to 471).
    Frozen,
    /// The same, its TAO in escrow: paid in full, or given back (spec 472 on).
    Escrow,
}

settable! {
    /// How subnets and neurons are registered, and what makes room for them.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RegistrationRules, written as RegistrationValues {
        /// How the price of registering a neuron moves.
        neuron_price: NeuronPricing = "rule";
        /// How that price is paid.
        neuron_payment: NeuronPayment = "rule";
        /// By what the neuron that makes room is chosen.
        pruning: Pruning = "rule";
        /// What a new subnet's pool starts with.
        new_pool: NewPool = "rule";
        /// How many subnets there may be.
        subnet_limit: SubnetLimit = "rule";
        /// How a registration waits that finds all places taken.
        queue: RegistrationQueue = "rule";
        /// Blocks that cleaning up a removed subnet takes. On mainnet 17 to 25, as blocks have room; 22 for the one that is known to the
        /// block.
        cleanup: u64 = "blocks" in settable::BLOCKS;
        /// What the chain itself holds of a dissolved subnet's alpha.
        protocol_share: ProtocolShare = "rule";
        /// What the owner of a subnet that makes room gets back of the lock.
        owner_refund: OwnerRefund = "rule";
    }
}

settable::values!(
    NeuronPricing {
        EachBlock { rise, .. } (rise in Rise::MIN..=Rise::MAX),
    },
    Pruning,
    NewPool,
    SubnetLimit {
        Pruned { immunity, .. } (immunity in settable::BLOCKS),
    },
    RegistrationQueue,
    ProtocolShare {
        BoughtAndPool { pool_counts_after } (pool_counts_after in Block(0)..=Block(MAX_BLOCKS)),
    },
    OwnerRefund {
        LessLastEpoch { registered_before } (registered_before in Block(0)..=Block(MAX_BLOCKS)),
        LessAllAlpha { registered_before } (registered_before in Block(0)..=Block(MAX_BLOCKS)),
    },
);

impl RegistrationRules {
    /// The launch's.
    pub const LAUNCH: Self = Self {
        neuron_price: NeuronPricing::EachInterval,
        neuron_payment: NeuronPayment::Burned,
        pruning: Pruning::ByShare,
        new_pool: NewPool::MinimumLock,
        subnet_limit: SubnetLimit::None,
        queue: RegistrationQueue::Never,
        cleanup: 22,
        protocol_share: ProtocolShare::Nothing,
        owner_refund: OwnerRefund::None,
    };
}
