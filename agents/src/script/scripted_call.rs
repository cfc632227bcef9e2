//! A call as a scenario writes it, and the engine's call that it stands for.

use std::sync::Arc;

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Fill, FundTrade, Limit};
use dtao_engine::view::View;
use dtao_protocol::books::Switch;
use dtao_protocol::drain::Proportion;
use dtao_protocol::emission_weights::WeightsChange;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::registration::CollateralTerms;
use dtao_protocol::root_claim::ClaimType;
use dtao_protocol::rules::RuleValues;
use dtao_protocol::units::{Alpha, Netuid, RAO, Tao};
use dtao_protocol::yuma::Uid;
use serde::{Deserialize, Serialize};

use super::size::{Fraction, Size};
use super::who::Who;

/// A call as a scenario writes it: every call that an account has.
///
/// Orders with a `limit` are filled as far as it allows, unless they say `allow_partial: false`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ScriptedCall {
    /// Buys stake.
    Stake {
        /// The subnet to buy on; 0 is root.
        netuid: Netuid,
        /// TAO to pay, fee included, or a fraction of the free TAO.
        tao: Size<Tao>,
        /// The validator to stake on.
        #[serde(default)]
        hotkey: Who,
        /// The average price above which no more is bought, in TAO per alpha.
        #[serde(default)]
        limit: Option<Tao>,
        /// Whether less than all may be bought; yes by default.
        #[serde(default)]
        allow_partial: Option<bool>,
    },
    /// Sells stake.
    Unstake {
        /// The subnet to sell on; 0 is root.
        netuid: Netuid,
        /// Alpha to sell, or a fraction of what is staked there on the validator.
        alpha: Size<Alpha>,
        /// The validator that it is staked on.
        #[serde(default)]
        hotkey: Who,
        /// The average price below which no more is sold, in TAO per alpha.
        #[serde(default)]
        limit: Option<Tao>,
        /// Whether less than all may be sold; yes by default.
        #[serde(default)]
        allow_partial: Option<bool>,
    },
    /// Sells all stake on a validator, on every subnet and on root.
    UnstakeAll {
        /// The validator that it is staked on.
        #[serde(default)]
        hotkey: Who,
    },
    /// Sells all stake on a validator, on every subnet, and stakes the proceeds on root.
    UnstakeAllAlpha {
        /// The validator that it is staked on, and that it will be.
        #[serde(default)]
        hotkey: Who,
    },
    /// Moves stake on one validator to another subnet.
    SwapStake {
        /// The subnet that it leaves.
        from: Netuid,
        /// The subnet that it goes to.
        to: Netuid,
        /// Alpha of the origin, or a fraction of what is staked there on the validator.
        alpha: Size<Alpha>,
        /// The validator that it is and will be staked on.
        #[serde(default)]
        hotkey: Who,
        /// The average relative price below which no more is moved: alpha of the destination per alpha of the origin.
        #[serde(default)]
        limit: Option<f64>,
        /// Whether less than all may be moved; yes by default, and then the limit does not bind at launch.
        #[serde(default)]
        allow_partial: Option<bool>,
    },
    /// Moves stake to another validator.
    MoveStake {
        /// The subnet that it leaves.
        from: Netuid,
        /// The subnet that it goes to; may be the same.
        to: Netuid,
        /// The validator that it is staked on.
        from_hotkey: Who,
        /// The validator that it will be staked on.
        to_hotkey: Who,
        /// Alpha of the origin, or a fraction of what is staked there on the validator.
        alpha: Size<Alpha>,
    },
    /// Gives stake to another account.
    TransferStake {
        /// The subnet that it leaves.
        from: Netuid,
        /// The subnet that it goes to; may be the same.
        to: Netuid,
        /// The account that gets it.
        receiver: Who,
        /// Alpha of the origin, or a fraction of what is staked there on the validator.
        alpha: Size<Alpha>,
        /// The validator that it is and will be staked on.
        #[serde(default)]
        hotkey: Who,
    },
    /// Registers a subnet.
    RegisterSubnet,
    /// Starts a subnet that the account owns.
    StartSubnet {
        /// The subnet.
        netuid: Netuid,
    },
    /// Registers the account's hotkey as a neuron.
    RegisterNeuron {
        /// The subnet, which must be in detail.
        netuid: Netuid,
    },
    /// Sets the weights of the account's neuron, or commits to them.
    SetWeights {
        /// The subnet, which must be in detail.
        netuid: Netuid,
        /// UIDs, each with its weight relative to the others'.
        weights: Vec<(Uid, u16)>,
    },
    /// From spec 481 on: divides the alpha emission of a subnet that the account owns; miners get the rest.
    SetEmissionWeights {
        /// The subnet.
        netuid: Netuid,
        /// The owner's part.
        owner: Fraction,
        /// The part of validators and root.
        validator: Fraction,
    },
    /// From spec 411 on: locks alpha, which then cannot be sold or moved, in favour of a hotkey, which gains conviction by it.
    LockStake {
        /// The subnet; 0 is root.
        netuid: Netuid,
        /// Alpha to lock, or a fraction of all that the account has there, whatever is locked already.
        alpha: Size<Alpha>,
        /// The hotkey that gains the conviction; in a subnet in aggregate its owner's by default.
        #[serde(default)]
        hotkey: Who,
    },
    /// From spec 411 on: moves the account's lock to another hotkey, without its conviction.
    MoveLock {
        /// The subnet; 0 is root.
        netuid: Netuid,
        /// The other hotkey.
        hotkey: Who,
    },
    /// From spec 411 on: lets what the account locks last, or decay as it does by default.
    SetPerpetualLock {
        /// The subnet; 0 is root.
        netuid: Netuid,
        /// Whether it lasts.
        enabled: bool,
    },
    /// From spec 437 on: locks more of the account's alpha as collateral of its neuron, of its free stake on its own hotkey first; what is
    /// missing is bought at the moving price.
    AddCollateral {
        /// The subnet, which must be in detail.
        netuid: Netuid,
        /// Alpha to lock, or a fraction of what is staked there on the account's own hotkey.
        alpha: Size<Alpha>,
        /// The price above which nothing is bought, in TAO per alpha.
        limit: Tao,
    },
    /// From spec 437 on: sets what is to stay locked on the account's own hotkey; what is missing is taken from what it earns.
    SetMinCollateral {
        /// The subnet, which must be in detail.
        netuid: Netuid,
        /// How much; nothing ends it.
        alpha: Alpha,
    },
    /// From spec 437 on: sets what of a neuron's price a subnet that the account owns has locked from now on. Root's key may, too.
    SetCollateral {
        /// The subnet, which must be in detail.
        netuid: Netuid,
        /// The part of the price, from 0 to 0.95.
        lock_share: f64,
        /// Alpha that is let go for each alpha that a neuron earns, above 0 and at most 10.
        release: f64,
    },
    /// Lends fractions of the stake on the account's hotkey to others' hotkeys.
    SetChildren {
        /// The subnet, which must be in detail.
        netuid: Netuid,
        /// The others, each with its fraction.
        children: Vec<(Who, Fraction)>,
    },
    /// Pays for a subnet to be measured higher, where the emission is shared by measured values.
    FakeValue {
        /// The subnet.
        netuid: Netuid,
        /// TAO to pay, or a fraction of the free TAO.
        tao: Size<Tao>,
    },
    /// Before dynamic TAO: votes on the emission, with a weight for each subnet.
    SetRootWeights(Vec<(Netuid, u16)>),
    /// From spec 334 to 440: claims what stake on root is owed of these subnets' alpha.
    ClaimRoot(Vec<Netuid>),
    /// From spec 441 on: claims what is owed of the fund of a hotkey on root, or of all through which the account stakes there.
    ClaimFunds {
        /// Whose fund; those of all if none is named.
        #[serde(default)]
        hotkey: Option<Who>,
    },
    /// From spec 464 on: pays TAO that buys of all that the fund of a hotkey on root holds, for shares of it. `ClaimFunds` gives them up
    /// again.
    StakeIntoFund {
        /// Whose fund.
        #[serde(default)]
        hotkey: Who,
        /// TAO to pay, fees included, or a fraction of the free TAO.
        tao: Size<Tao>,
    },
    /// From spec 464 on, once root lets funds trade: trades what the fund of the account's own hotkey holds, all of these trades or
    /// none. Until spec 469 a call makes one.
    TradeFund(Vec<ScriptedTrade>),
    /// From spec 334 to 440: sells what is claimed, or keeps it, everywhere or in some subnets.
    SetClaimType(ClaimType),
    /// Root only: sets the moving price's coefficient per block.
    SetMovingAlpha(f64),
    /// Root only: sets values of the rules.
    SetRules(Box<RuleValues>),
    /// Root only: replaces the runtime.
    Upgrade(Spec),
    /// Root only: lets a subnet have a share of the TAO or none.
    SetEmission {
        /// The subnet.
        netuid: Netuid,
        /// Whether it has one.
        tao: Switch,
    },
    /// Root only: sets a subnet's tempo.
    SetTempo {
        /// The subnet.
        netuid: Netuid,
        /// Blocks between epochs, less one.
        tempo: u16,
    },
}

/// A trade of what a fund holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedTrade {
    /// The subnet whose alpha is sold; 0 for the fund's cash.
    pub from: Netuid,
    /// The subnet whose alpha is bought; 0 for the fund's cash.
    pub to: Netuid,
    /// How much of the origin's alpha, or a fraction of what the fund holds of it.
    pub alpha: Size<Alpha>,
    /// The least that is to be bought; nothing by default.
    #[serde(default)]
    pub least: Alpha,
}

impl ScriptedCall {
    /// Buys stake for so much TAO.
    #[must_use]
    pub const fn stake(netuid: Netuid, tao: Tao) -> Self {
        let tao = Size::Amount(tao);
        Self::Stake { netuid, tao, hotkey: Who::Aggregate, limit: None, allow_partial: None }
    }

    /// Sells so much alpha.
    #[must_use]
    pub const fn unstake(netuid: Netuid, alpha: Alpha) -> Self {
        let alpha = Size::Amount(alpha);
        Self::Unstake { netuid, alpha, hotkey: Who::Aggregate, limit: None, allow_partial: None }
    }

    /// The engine's call, at the end of the block before.
    #[must_use]
    pub fn call(&self, view: &View, me: AgentId) -> Call {
        let key = |who: &Who| Hotkey(who.account(view, me));
        let held = |size: Size<Alpha>, netuid, hotkey| match size {
            Size::Amount(alpha) => alpha,
            Size::Fraction(part) => Alpha::from_rao(part.of(view.stake_on(me, netuid, hotkey).rao())),
        };
        let paid = |size: Size<Tao>| match size {
            Size::Amount(tao) => tao,
            Size::Fraction(part) => Tao::from_rao(part.of(view.balance(me).rao())),
        };
        match *self {
            Self::Stake { netuid, tao, ref hotkey, limit, allow_partial } => {
                let (tao, limit) = (paid(tao), within(limit, allow_partial));
                Call::Stake { netuid, hotkey: key(hotkey), tao, limit }
            }
            Self::Unstake { netuid, alpha, ref hotkey, limit, allow_partial } => {
                let hotkey = key(hotkey);
                let (alpha, limit) = (held(alpha, netuid, hotkey), within(limit, allow_partial));
                Call::Unstake { netuid, hotkey, alpha, limit }
            }
            Self::UnstakeAll { ref hotkey } => Call::UnstakeAll { hotkey: key(hotkey) },
            Self::UnstakeAllAlpha { ref hotkey } => Call::UnstakeAllAlpha { hotkey: key(hotkey) },
            Self::SwapStake { from, to, alpha, ref hotkey, limit, allow_partial } => {
                let hotkey = key(hotkey);
                let price = limit.map(|limit| Tao::from_rao((limit * RAO as f64).round() as u64));
                let (alpha, limit) = (held(alpha, from, hotkey), within(price, allow_partial));
                Call::SwapStake { from, to, hotkey, alpha, limit }
            }
            Self::MoveStake { from, to, ref from_hotkey, ref to_hotkey, alpha } => {
                let (from_hotkey, to_hotkey) = (key(from_hotkey), key(to_hotkey));
                Call::MoveStake { from, to, from_hotkey, to_hotkey, alpha: held(alpha, from, from_hotkey) }
            }
            Self::TransferStake { from, to, ref receiver, alpha, ref hotkey } => {
                let (receiver, hotkey) = (receiver.account(view, me), key(hotkey));
                Call::TransferStake { from, to, hotkey, receiver, alpha: held(alpha, from, hotkey) }
            }
            Self::RegisterSubnet => Call::RegisterSubnet,
            Self::StartSubnet { netuid } => Call::StartSubnet { netuid },
            Self::RegisterNeuron { netuid } => Call::RegisterNeuron { netuid },
            Self::SetWeights { netuid, ref weights } => {
                Call::SetWeights { netuid, weights: weights.as_slice().into() }
            }
            Self::SetChildren { netuid, ref children } => {
                let lent = |(who, part): &(Who, Fraction)| (key(who), Proportion(part.of(u64::MAX)));
                Call::SetChildren { netuid, children: children.iter().map(lent).collect() }
            }
            Self::SetEmissionWeights { netuid, owner, validator } => {
                let (owner, validator) = (owner.of(u64::MAX), validator.of(u64::MAX));
                let miner = u64::MAX.saturating_sub(owner).saturating_sub(validator);
                let (owner, validator, miner) = (Some(owner), Some(validator), Some(miner));
                let change = WeightsChange { owner, validator, miner, ..WeightsChange::default() };
                Call::SetEmissionWeights { netuid, change }
            }
            Self::LockStake { netuid, alpha, ref hotkey } => {
                let alpha = match alpha {
                    Size::Amount(alpha) => alpha,
                    Size::Fraction(part) => Alpha::from_rao(part.of(view.stake(me, netuid).rao())),
                };
                Call::LockStake { netuid, hotkey: key(hotkey), alpha }
            }
            Self::MoveLock { netuid, ref hotkey } => Call::MoveLock { netuid, hotkey: key(hotkey) },
            Self::SetPerpetualLock { netuid, enabled } => Call::SetPerpetualLock { netuid, enabled },
            Self::AddCollateral { netuid, alpha, limit } => {
                Call::AddCollateral { netuid, alpha: held(alpha, netuid, Hotkey(me)), limit }
            }
            Self::SetMinCollateral { netuid, alpha } => Call::SetMinCollateral { netuid, alpha },
            Self::SetCollateral { netuid, lock_share, release } => {
                let terms = CollateralTerms::written(lock_share, release);
                Call::SetCollateral { netuid, terms: terms.expect("checked when the script was read") }
            }
            Self::FakeValue { netuid, tao } => Call::FakeValue { netuid, tao: paid(tao) },
            Self::SetRootWeights(ref weights) => Call::SetRootWeights { weights: weights.as_slice().into() },
            Self::ClaimRoot(ref netuids) => Call::ClaimRoot { netuids: netuids.as_slice().into() },
            Self::ClaimFunds { ref hotkey } => Call::ClaimFunds { hotkey: hotkey.as_ref().map(key) },
            Self::StakeIntoFund { ref hotkey, tao } => {
                Call::StakeIntoFund { hotkey: key(hotkey), tao: paid(tao) }
            }
            Self::TradeFund(ref trades) => {
                let of_fund = |size: Size<Alpha>, netuid| match size {
                    Size::Amount(alpha) => alpha,
                    Size::Fraction(part) => {
                        Alpha::from_rao(part.of(view.fund_holds(Hotkey(me), netuid).rao()))
                    }
                };
                let trade = |trade: &ScriptedTrade| FundTrade {
                    from: trade.from,
                    to: trade.to,
                    alpha: of_fund(trade.alpha, trade.from),
                    least: trade.least,
                };
                Call::TradeFund { trades: trades.iter().map(trade).collect() }
            }
            Self::SetClaimType(ref claims) => Call::SetClaimType { claims: claims.clone() },
            Self::SetMovingAlpha(coefficient) => {
                Call::SetMovingAlpha { coefficient: Q32::from_f64(coefficient) }
            }
            Self::SetRules(ref values) => Call::SetRules { values: Arc::new(RuleValues::clone(values)) },
            Self::Upgrade(spec) => Call::Upgrade { spec },
            Self::SetTempo { netuid, tempo } => Call::SetTempo { netuid, tempo },
            Self::SetEmission { netuid, tao } => Call::SetEmission { netuid, tao },
        }
    }
}

/// The limit of an order.
fn within(price: Option<Tao>, allow_partial: Option<bool>) -> Option<Limit> {
    let fill = if allow_partial == Some(false) { Fill::Whole } else { Fill::Partial };
    price.map(|price| Limit { price, fill })
}
