//! Calls: all that an agent can do, and what becomes of it.

mod receipt;

use std::sync::Arc;

use dtao_protocol::children::ChildrenRefused;
use dtao_protocol::drain::Proportion;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::root_network::RootWeightsRefused;
use dtao_protocol::rules::RuleValues;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::{Uid, WeightsRefused};

pub use self::receipt::{Dissolved, EpochReceipt, Fees, Lost, NewSubnet, Receipt, Sale};
use crate::account::{AgentId, Hotkey};

/// A price that a trade is not to go beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// In rao of TAO per alpha, fee not counted: to spec 282 the average price of the trade, later the price that it
    /// leaves.
    pub price: Tao,
    /// What becomes of an order that does not fit.
    pub fill: Fill,
}

/// What becomes of an order that does not fit within its limit (`allow_partial`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// As much of it is executed as fits, which may be nothing.
    Partial,
    /// It is refused.
    Whole,
}

/// A call (extrinsic) of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Pays TAO and stakes what it buys (`add_stake`, `add_stake_limit`). On root it is staked as it is.
    Stake {
        /// The subnet to buy on.
        netuid: Netuid,
        /// The validator to stake on.
        hotkey: Hotkey,
        /// TAO to pay, fee included.
        tao: Tao,
        /// The price above which no more is bought, in TAO per alpha.
        limit: Option<Limit>,
    },
    /// Sells staked alpha (`remove_stake`, `remove_stake_limit`).
    Unstake {
        /// The subnet to sell on.
        netuid: Netuid,
        /// The validator that it is staked on.
        hotkey: Hotkey,
        /// Alpha to sell; on root, TAO to take back.
        alpha: Alpha,
        /// The price below which no more is sold, in TAO per alpha.
        limit: Option<Limit>,
    },
    /// Sells all stake on a validator, on every subnet and on root, however little it is worth (`unstake_all`).
    UnstakeAll {
        /// The validator that it is staked on.
        hotkey: Hotkey,
    },
    /// Sells all stake on a validator, on every subnet, and stakes the proceeds on root (`unstake_all_alpha`).
    UnstakeAllAlpha {
        /// The validator that it is staked on, and that it will be.
        hotkey: Hotkey,
    },
    /// Moves stake on one validator to another subnet (`swap_stake`, `swap_stake_limit`), as all moves through both
    /// pools.
    SwapStake {
        /// The subnet that it leaves.
        from: Netuid,
        /// The subnet that it goes to; may be the same.
        to: Netuid,
        /// The validator that it is and will be staked on.
        hotkey: Hotkey,
        /// How much of the origin's alpha.
        alpha: Alpha,
        /// The average relative price below which no more is moved: alpha of the destination per alpha of the origin,
        /// 1e9 rao being one to one. At launch it binds only if the whole amount must fit.
        limit: Option<Limit>,
    },
    /// Moves stake to another validator, on the same subnet or another (`move_stake`).
    MoveStake {
        /// The subnet that it leaves.
        from: Netuid,
        /// The subnet that it goes to; may be the same.
        to: Netuid,
        /// The validator that it is staked on.
        from_hotkey: Hotkey,
        /// The validator that it will be staked on.
        to_hotkey: Hotkey,
        /// How much of the origin's alpha.
        alpha: Alpha,
    },
    /// Gives stake to another account, on the same subnet or another (`transfer_stake`).
    TransferStake {
        /// The subnet that it leaves.
        from: Netuid,
        /// The subnet that it goes to; may be the same.
        to: Netuid,
        /// The validator that it is and will be staked on.
        hotkey: Hotkey,
        /// The account that gets it.
        receiver: AgentId,
        /// How much of the origin's alpha.
        alpha: Alpha,
    },
    /// Registers a new subnet at the current lock cost (`register_network`).
    RegisterSubnet,
    /// Starts a subnet that the account owns: it emits from the next block on (`start_call`).
    StartSubnet {
        /// The subnet.
        netuid: Netuid,
    },
    /// Registers the account's hotkey as a neuron of a subnet in detail, at the current burn
    /// (`burned_register`).
    RegisterNeuron {
        /// The subnet that the call is about.
        netuid: Netuid,
    },
    /// Sets the weights of the account's neuron (`set_weights`), or commits to them where the subnet asks for
    /// that (`commit_weights`).
    SetWeights {
        /// The subnet that the call is about.
        netuid: Netuid,
        /// The neurons to weight, and their relative weights.
        weights: Arc<[(Uid, u16)]>,
    },
    /// Lends fractions of the stake on the account's hotkey to others' (`set_children`). The change is scheduled; the
    /// chain takes it over later.
    SetChildren {
        /// The subnet that the call is about.
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
    /// Root only: sets values of the rules; on the chain a call for each, or a runtime that differs in nothing else.
    SetRules {
        /// What is set; the rest stays as it is.
        values: Arc<RuleValues>,
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
    /// The subnets that it names.
    pub fn netuids(&self) -> impl Iterator<Item = Netuid> + use<> {
        let (first, second) = match *self {
            Self::SwapStake { from, to, .. }
            | Self::MoveStake { from, to, .. }
            | Self::TransferStake { from, to, .. } => (Some(from), Some(to)),
            Self::Stake { netuid, .. }
            | Self::Unstake { netuid, .. }
            | Self::StartSubnet { netuid }
            | Self::RegisterNeuron { netuid }
            | Self::SetWeights { netuid, .. }
            | Self::SetChildren { netuid, .. } => (Some(netuid), None),
            Self::UnstakeAll { .. }
            | Self::UnstakeAllAlpha { .. }
            | Self::RegisterSubnet
            | Self::SetRootWeights { .. }
            | Self::SetMovingAlpha { .. }
            | Self::SetRules { .. }
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
    /// The account that made the call.
    pub agent: AgentId,
    /// The call itself.
    pub call: Call,
    /// Where it wants to stand.
    pub place: Place,
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
        /// Alpha given, with what the chain then cleared.
        alpha: Alpha,
        /// TAO received, fee deducted.
        tao: Tao,
    },
    /// All stake on a validator was sold: see [`Receipt::sales`].
    SoldAll {
        /// TAO that it fetched, fees deducted; to the account, or as stake on root if the call says so.
        tao: Tao,
    },
    /// Stake was moved.
    Moved {
        /// Alpha that left the origin.
        sold: Alpha,
        /// TAO that left the origin's pool, its fee deducted.
        tao: Tao,
        /// Alpha that arrived; nothing if the TAO was lost.
        bought: Alpha,
    },
    /// Stake has changed hands within its subnet.
    Transferred {
        /// How much.
        alpha: Alpha,
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
        /// TAO paid: it went into the pool, but for the pool's fee.
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
    /// There is no such account, and so no such hotkey.
    #[error("no such account")]
    NoSuchAccount,
    /// Until spec 237 only stake on the account's own hotkey may be moved.
    #[error("not the account's own hotkey")]
    NotOwnHotkey,
    /// Root has no neurons to be registered.
    #[error("not on root")]
    NotOnRoot,
    /// Less than the chain's minimum.
    #[error("amount too low")]
    AmountTooLow,
    /// The pool would be drained below its minimum, or the stake is too small for a share of the validator's.
    #[error("insufficient liquidity")]
    InsufficientLiquidity,
    /// The order does not fit within its limit price, and must be filled whole.
    #[error("slippage too high")]
    SlippageTooHigh,
    /// Too soon after the last registration of a subnet.
    #[error("rate limit")]
    RateLimit,
    /// From spec 273 on a subnet's alpha may be traded once it is started.
    #[error("the subnet is not started")]
    SubtokenDisabled,
    /// There are as many subnets as there may be, and all are too young to make room.
    #[error("subnet limit reached")]
    SubnetLimitReached,
    /// Only the subnet's owner may.
    #[error("not the subnet's owner")]
    NotSubnetOwner,
    /// The subnet was started before, or by spec 257's upgrade; up to spec 256 every subnet emits without it.
    #[error("already started")]
    AlreadyStarted,
    /// Too few blocks have passed since the subnet's registration.
    #[error("too early to start the subnet")]
    TooEarlyToStart,
    /// Whether root votes on the emission is the runtime's to say, not a rule to be set.
    #[error("root's votes end with a runtime")]
    RootVotesByRuntime,
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
    /// An earlier runtime than the one that runs.
    #[error("not an upgrade")]
    NotAnUpgrade,
}
