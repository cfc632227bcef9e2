//! Why the chain refuses a call.

use dtao_protocol::basket::TradeRefused;
use dtao_protocol::children::ChildrenRefused;
use dtao_protocol::conviction::LockRefused;
use dtao_protocol::emission_weights::WeightsViolation;
use dtao_protocol::root_claim::ClaimRefused;
use dtao_protocol::root_network::RootWeightsRefused;
use dtao_protocol::yuma::WeightsRefused;

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
    /// The emission is not shared by measured values.
    #[error("nothing is measured")]
    NothingMeasured,
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
    /// The division of a subnet's emission is not accepted.
    #[error("emission weights refused: {0}")]
    EmissionWeights(WeightsViolation),
    /// Alpha is not locked, or is locked.
    #[error("lock: {0}")]
    Lock(LockRefused),
    /// Up to spec 436 neurons have no collateral.
    #[error("no collateral of neurons before spec 437")]
    NoCollateral,
    /// Up to spec 479 an owner does not divide its subnet's emission.
    #[error("no emission weights before spec 481")]
    NoEmissionWeights,
    /// Before dynamic TAO subnets have no pools.
    #[error("no pools before dynamic TAO")]
    NoPools,
    /// Root's weights are not accepted.
    #[error("root weights refused: {0}")]
    RootWeights(RootWeightsRefused),
    /// The children are not accepted.
    #[error("children refused: {0}")]
    Children(ChildrenRefused),
    /// The claim, or what claims are to turn into, is not accepted.
    #[error("claims refused: {0}")]
    Claims(ClaimRefused),
    /// The runtime has no such call, or no funds.
    #[error("TAO cannot be staked into funds before spec 464")]
    NoFundDeposits,
    /// The hotkey has no place on root.
    #[error("the hotkey has no place on root")]
    NoPlaceOnRoot,
    /// The fund's trades are not accepted.
    #[error("trade of the fund refused: {0}")]
    FundTrade(TradeRefused),
    /// An earlier runtime than the one that runs.
    #[error("not an upgrade")]
    NotAnUpgrade,
}

impl Refusal {
    /// More is sold or moved than the account has beyond what it has locked, in favour of a hotkey or as collateral.
    pub(crate) const STAKE_UNAVAILABLE: Self = Self::Lock(LockRefused::Unavailable);
}
