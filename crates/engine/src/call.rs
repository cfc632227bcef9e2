//! Calls: all that an agent can do, and what becomes of it.

use std::sync::Arc;

use dtao_protocol::children::ChildrenRefused;
use dtao_protocol::drain::Proportion;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::root_network::RootWeightsRefused;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::{Uid, WeightsRefused};

use crate::account::{AgentId, Hotkey};

/// A call (extrinsic) of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Pays TAO and stakes what it buys (`add_stake`, `add_stake_limit`). On root it is staked as it is.
    Stake {
        /// Where.
        netuid: Netuid,
        /// On which validator.
        hotkey: Hotkey,
        /// How much, fee included.
        tao: Tao,
        /// The average price, in rao per alpha, above which no more is bought.
        limit: Option<Tao>,
    },
    /// Sells staked alpha (`remove_stake`, `remove_stake_limit`).
    Unstake {
        /// Where.
        netuid: Netuid,
        /// From which validator.
        hotkey: Hotkey,
        /// How much.
        alpha: Alpha,
        /// The average price, in rao per alpha, below which no more is sold.
        limit: Option<Tao>,
    },
    /// Moves stake from one subnet to another, through both pools (`swap_stake`).
    MoveStake {
        /// From where.
        from: Netuid,
        /// To where.
        to: Netuid,
        /// From and to which validator.
        hotkey: Hotkey,
        /// How much of the origin's alpha.
        alpha: Alpha,
    },
    /// Registers a new subnet at the current lock cost (`register_network`).
    RegisterSubnet,
    /// Registers the account's hotkey as a neuron of a subnet in detail, at the current burn
    /// (`burned_register`).
    RegisterNeuron {
        /// Where.
        netuid: Netuid,
    },
    /// Sets the weights of the account's neuron (`set_weights`), or commits to them where the subnet asks for
    /// that (`commit_weights`).
    SetWeights {
        /// Where.
        netuid: Netuid,
        /// Whom on, and how large relative to each other.
        weights: Arc<[(Uid, u16)]>,
    },
    /// Lends fractions of the stake on the account's hotkey to others' (`set_children`). The change is scheduled; the
    /// chain takes it over later.
    SetChildren {
        /// Where.
        netuid: Netuid,
        /// To whom, and which part, of 2^64 - 1.
        children: Arc<[(Hotkey, Proportion)]>,
    },
    /// Sets the weights on subnets of the account's hotkey, if it has a seat on root (`set_root_weights`).
    SetRootWeights {
        /// Which subnets, root itself among them, and how large relative to each other.
        weights: Arc<[(Netuid, u16)]>,
    },
    /// Root only: sets the moving price's coefficient (`sudo_set_subnet_moving_alpha`).
    SetMovingAlpha {
        /// Per block.
        coefficient: Q32,
    },
    /// Root only: sets a subnet's tempo (`sudo_set_tempo`).
    SetTempo {
        /// Of which subnet.
        netuid: Netuid,
        /// Blocks between epochs, less one.
        tempo: u16,
    },
    /// Root only: replaces the runtime by a later one (`set_code`). Out of root voting this is the migration.
    Upgrade {
        /// Its `spec_version`.
        spec: Spec,
    },
}

impl Call {
    /// The subnets whose pools it touches.
    pub fn netuids(&self) -> impl Iterator<Item = Netuid> + use<> {
        let (first, second) = match *self {
            Self::MoveStake { from, to, .. } => (Some(from), Some(to)),
            Self::Stake { netuid, .. }
            | Self::Unstake { netuid, .. }
            | Self::RegisterNeuron { netuid }
            | Self::SetWeights { netuid, .. }
            | Self::SetChildren { netuid, .. } => (Some(netuid), None),
            Self::RegisterSubnet
            | Self::SetRootWeights { .. }
            | Self::SetMovingAlpha { .. }
            | Self::SetTempo { .. }
            | Self::Upgrade { .. } => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// Where a call wants to stand in its block, if the scenario's order heeds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// After all that arrived earlier.
    #[default]
    Last,
    /// Right before a pending call, by its position among them.
    Before(usize),
    /// Right after a pending call, by its position among them.
    After(usize),
}

/// A call on its way into a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Whose.
    pub agent: AgentId,
    /// What.
    pub call: Call,
    /// Where it wants to stand.
    pub place: Place,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whose.
    pub agent: AgentId,
    /// What.
    pub call: Call,
    /// The outcome.
    pub outcome: Outcome,
}

/// What a subnet's epoch paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochReceipt {
    /// Which subnet.
    pub netuid: Netuid,
    /// Alpha to the owner, the miners and the validators and their stakers.
    pub alpha: Alpha,
    /// TAO to the stakers on root; under root voting, all TAO that it paid.
    pub root_tao: Tao,
}

/// A call's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stake was bought.
    Bought {
        /// TAO paid, fee included.
        tao: Tao,
        /// Alpha received.
        alpha: Alpha,
    },
    /// Stake was sold.
    Sold {
        /// Alpha given.
        alpha: Alpha,
        /// TAO received, fee deducted.
        tao: Tao,
    },
    /// Stake was moved.
    Moved {
        /// Alpha that left the origin.
        sold: Alpha,
        /// TAO that passed between the pools.
        tao: Tao,
        /// Alpha that arrived.
        bought: Alpha,
    },
    /// A subnet was registered.
    Registered {
        /// Its number.
        netuid: Netuid,
        /// What it cost.
        cost: Tao,
    },
    /// A neuron was registered; another may have made room for it.
    RegisteredNeuron {
        /// Its number.
        uid: Uid,
        /// TAO that went into the pool.
        cost: Tao,
        /// Alpha that it bought, and that was burned.
        burned: Alpha,
    },
    /// A setting was changed.
    Done,
    /// The chain refused it; nothing changed.
    Refused(Refusal),
}

/// Why the chain refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such subnet.
    #[error("no such subnet")]
    NoSuchSubnet,
    /// The balance is too small.
    #[error("not enough TAO")]
    NotEnoughBalance,
    /// The stake is too small.
    #[error("not enough stake")]
    NotEnoughStake,
    /// Less than the chain's least stake.
    #[error("amount too low")]
    AmountTooLow,
    /// The pool would be drained below its minimum.
    #[error("insufficient liquidity")]
    InsufficientLiquidity,
    /// Not even a part fits within the limit price.
    #[error("slippage too high")]
    SlippageTooHigh,
    /// Too soon after the last registration of a subnet.
    #[error("rate limit")]
    RateLimit,
    /// Only root may.
    #[error("bad origin")]
    BadOrigin,
    /// The subnet is simulated in aggregate: it has no neurons.
    #[error("subnet in aggregate")]
    Aggregate,
    /// The hotkey is a neuron of the subnet already.
    #[error("already registered")]
    AlreadyRegistered,
    /// Too many neurons were registered in this block or interval, or none can make room.
    #[error("too many registrations")]
    TooManyRegistrations,
    /// The weights are not accepted.
    #[error("weights refused: {0}")]
    Weights(WeightsRefused),
    /// Before dynamic TAO subnets have no pools.
    #[error("no pools before dynamic TAO")]
    NoPools,
    /// Root's weights are not accepted.
    #[error("root weights refused: {0}")]
    RootWeights(RootWeightsRefused),
    /// The children are not accepted.
    #[error("children refused: {0}")]
    Children(ChildrenRefused),
    /// Nothing would change.
    #[error("same subnet")]
    SameSubnet,
    /// An earlier runtime than the one that runs.
    #[error("not an upgrade")]
    NotAnUpgrade,
}
