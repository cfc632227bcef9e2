//! Calls: all that an agent can do, and what becomes of it.

mod fund_event;
mod receipt;
mod refusal;

use std::sync::Arc;

use dtao_protocol::books::Switch;
use dtao_protocol::drain::Proportion;
use dtao_protocol::emission_weights::WeightsChange;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::registration::CollateralTerms;
use dtao_protocol::root_claim::ClaimType;
use dtao_protocol::rules::RuleValues;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::Uid;

pub use self::fund_event::{DepositedRow, FundEvent, RedeemedRow};
pub use self::receipt::{
    Claim, CollateralReceipt, Dissolved, EpochReceipt, Fees, Lost, NewSubnet, Outcome, Receipt, Sale,
    Settled, Settlement,
};
pub use self::refusal::Refusal;
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
    /// Locks alpha of the account, in favour of one hotkey (`lock_stake`, from spec 411 on): it cannot be sold or moved, and the
    /// hotkey gains conviction by it.
    LockStake {
        /// The subnet.
        netuid: Netuid,
        /// The hotkey that gains the conviction.
        hotkey: Hotkey,
        /// How much more is locked of what the account has in the subnet, on whatever hotkeys.
        alpha: Alpha,
    },
    /// Lets the account's lock be in favour of another hotkey; its conviction is lost (`move_lock`).
    MoveLock {
        /// The subnet.
        netuid: Netuid,
        /// The other hotkey.
        hotkey: Hotkey,
    },
    /// Lets what the account locks last, or decay (`set_perpetual_lock`).
    SetPerpetualLock {
        /// The subnet.
        netuid: Netuid,
        /// Whether it lasts.
        enabled: bool,
    },
    /// Locks more of the account's alpha as collateral of its neuron (`add_collateral`, from spec 437 on): of its free stake on its own
    /// hotkey, and what is missing is bought.
    AddCollateral {
        /// The subnet, in detail.
        netuid: Netuid,
        /// How much more is locked.
        alpha: Alpha,
        /// The price above which nothing is bought, in rao of TAO per alpha.
        limit: Tao,
    },
    /// Sets how much is to stay locked on the account's own hotkey; what is missing is taken from what it earns
    /// (`set_min_collateral`, from spec 437 on).
    SetMinCollateral {
        /// The subnet, in detail.
        netuid: Netuid,
        /// How much.
        alpha: Alpha,
    },
    /// Sets what a subnet asks of its neurons as collateral from now on, as its owner or root may
    /// (`sudo_set_collateral_lock_share`, `sudo_set_collateral_drain_ratio`, from spec 437 on).
    SetCollateral {
        /// The subnet, in detail.
        netuid: Netuid,
        /// What it asks for.
        terms: CollateralTerms,
    },
    /// Sets the weights on subnets of the account's hotkey, if it has a seat on root (`set_root_weights`).
    SetRootWeights {
        /// Which subnets, root itself among them, and how large relative to each other.
        weights: Arc<[(Netuid, u16)]>,
    },
    /// Divides the alpha emission of a subnet that the account owns (`set_subnet_emission_weights`, from spec 481 on); root may
    /// too, at any time.
    SetEmissionWeights {
        /// The subnet.
        netuid: Netuid,
        /// What changes.
        change: WeightsChange,
    },
    /// Claims what the account is owed of subnets' alpha for its stake on root (`claim_root`): from spec 334 on, of 1 to 5
    /// subnets. Those of which it is owed less than 500,000 rao, or that do not exist, are passed over.
    ClaimRoot {
        /// The subnets.
        netuids: Arc<[Netuid]>,
    },
    /// Claims what the account is owed of the funds of hotkeys on root (`claim_root`, `claim_root_with_hotkey`): from spec 441
    /// on. What is too little is passed over.
    ClaimFunds {
        /// Whose fund; none for those of all hotkeys through which the account stakes on root.
        hotkey: Option<Hotkey>,
    },
    /// Pays TAO that buys of all that the fund of a hotkey on root holds, for shares of it (`stake_into_basket`): from spec 464 on. A
    /// claim gives the shares up again.
    StakeIntoFund {
        /// Whose fund.
        hotkey: Hotkey,
        /// TAO to pay, fees included.
        tao: Tao,
    },
    /// Trades what the fund of the account's own hotkey holds (`swap_basket` from spec 464 on, `swap_basket_many` from 470 on): all of
    /// these trades are made, in their order, or none.
    TradeFund {
        /// The trades.
        trades: Arc<[FundTrade]>,
    },
    /// Chooses what the account's claims turn into from now on (`set_root_claim_type`), whether it claims itself or the chain
    /// does for it.
    SetClaimType {
        /// Stake on root, stake in the subnets, or one of them by subnet.
        claims: ClaimType,
    },
    /// Pays for a subnet to be measured higher, where the emission is shared by measured values. No call of the chain's:
    /// it stands for what faking costs outside of it, such as wash sales, so the TAO goes to nobody in the run.
    FakeValue {
        /// The subnet; anybody may pay for any.
        netuid: Netuid,
        /// TAO to pay.
        tao: Tao,
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
    /// Root only: lets a subnet have a share of the TAO or none (`sudo_set_subnet_emission_enabled`, from spec 411 on).
    SetEmission {
        /// Of which subnet.
        netuid: Netuid,
        /// Whether it has one.
        tao: Switch,
    },
    /// Root only: replaces the runtime by a later one (`set_code`). Out of root voting this is the migration.
    Upgrade {
        /// Its `spec_version`.
        spec: Spec,
    },
}

impl Call {
    /// The subnets that it trades or sets something on.
    pub fn netuids(&self) -> impl Iterator<Item = Netuid> + use<> {
        let (first, second) = match *self {
            Self::SwapStake { from, to, .. }
            | Self::MoveStake { from, to, .. }
            | Self::TransferStake { from, to, .. } => (Some(from), Some(to)),
            Self::Stake { netuid, .. }
            | Self::Unstake { netuid, .. }
            | Self::StartSubnet { netuid }
            | Self::RegisterNeuron { netuid }
            | Self::FakeValue { netuid, .. }
            | Self::SetWeights { netuid, .. }
            | Self::SetEmissionWeights { netuid, .. }
            | Self::LockStake { netuid, .. }
            | Self::MoveLock { netuid, .. }
            | Self::SetPerpetualLock { netuid, .. }
            | Self::AddCollateral { netuid, .. }
            | Self::SetMinCollateral { netuid, .. }
            | Self::SetCollateral { netuid, .. }
            | Self::SetChildren { netuid, .. } => (Some(netuid), None),
            Self::UnstakeAll { .. }
            | Self::UnstakeAllAlpha { .. }
            | Self::RegisterSubnet
            | Self::SetRootWeights { .. }
            | Self::ClaimRoot { .. }
            | Self::ClaimFunds { .. }
            | Self::StakeIntoFund { .. }
            | Self::TradeFund { .. }
            | Self::SetClaimType { .. }
            | Self::SetMovingAlpha { .. }
            | Self::SetRules { .. }
            | Self::SetTempo { .. }
            | Self::SetEmission { .. }
            | Self::Upgrade { .. } => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// A trade of what a fund holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundTrade {
    /// The subnet whose alpha is sold; root for cash.
    pub from: Netuid,
    /// The subnet whose alpha is bought; root for cash.
    pub to: Netuid,
    /// How much of the origin's alpha.
    pub alpha: Alpha,
    /// The least that is to be bought, in rao of the destination's alpha.
    pub least: Alpha,
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
