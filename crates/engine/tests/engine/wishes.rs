//! Accounts that wish for things: how much is measured by what they have when their turn comes.

use std::sync::Arc;

use bevy_ecs::prelude::Component;
use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Fill, FundTrade, Limit};
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::books::Switch;
use dtao_protocol::conviction::{LockValues, OwnershipRule};
use dtao_protocol::drain::Proportion;
use dtao_protocol::emission::CATALOGUE;
use dtao_protocol::emission_weights::{ONE, WeightsChange};
use dtao_protocol::era::{ERAS, Spec};
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::measurement::MeasurementValues;
use dtao_protocol::registration::CollateralTerms;
use dtao_protocol::root_claim::ClaimType;
use dtao_protocol::rules::RuleValues;
use dtao_protocol::rules::coinbase::{BuyLimit, CoinbaseValues};
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::Uid;
use proptest::prelude::{Just, any, prop, prop_oneof};
use proptest::strategy::Strategy as _;

/// What an account wants.
#[derive(Clone, Debug)]
pub enum Wish {
    Buy(Netuid, Size),
    Sell(Netuid, Size),
    Swap(Netuid, Netuid, Size),
    /// From one of the account's hotkeys to another's, by the other's number.
    MoveTo(Netuid, Netuid, AgentId, Size),
    Give(Netuid, Netuid, AgentId, Size),
    SellAll,
    /// All but what is on root, which it joins.
    SellAllAlpha,
    Register,
    Upgrade(Spec),
    MovingAlpha(f64),
    Tempo(Netuid, u16),
    /// Votes on root.
    Vote(Arc<[(Netuid, u16)]>),
    Neuron(Netuid),
    Weights(Netuid, Arc<[(Uid, u16)]>),
    /// Lends a part of its stake to another's hotkey.
    Lend(Netuid, AgentId, u64),
    Claim(Arc<[Netuid]>),
    /// Claims of the fund of an account's hotkey, or of all.
    ClaimFunds(Option<AgentId>),
    ClaimType(ClaimType),
    /// Locks alpha in favour of an account's hotkey.
    Lock(Netuid, AgentId, Size),
    MoveLock(Netuid, AgentId),
    Perpetual(Netuid, bool),
    /// Locks more as collateral of its neuron.
    AddCollateral(Netuid, Size),
    /// Sets what is to stay locked of it, in rao.
    Floor(Netuid, u64),
    /// Sets what a subnet asks for: 65,535ths of the price, and what is let go for each alpha.
    Collateral(Netuid, u16, f64),
    /// Stakes into the fund of an account's hotkey.
    StakeIntoFund(AgentId, Size),
    /// Trades its own hotkey's fund: from, to, and 255ths of what the fund holds there.
    TradeFund(Vec<(Netuid, Netuid, u8)>),
    /// Switches a subnet's share of the TAO on or off.
    SetEmission(Netuid, Switch),
    /// Divides a subnet's emission: 255ths for its owner, and for validators and root.
    Divide(Netuid, u8, u8),
    /// Has a subnet measured higher.
    Fake(Netuid, Size),
    /// Sets how the emission is shared, how values are measured and how much the chain buys.
    Rules(Arc<RuleValues>),
}

#[derive(Clone, Copy, Debug)]
pub enum Size {
    /// A part of what it has, in 255ths; all of it at the end of the range.
    Part(u8),
    /// So many rao.
    Rao(u64),
    /// All that it has, as far as it keeps the average price within so many rao.
    Limit(u64, Fill),
    /// All but so many rao.
    AllBut(u64),
}

/// On which hotkey an account stakes.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// The one validator of a subnet in aggregate.
    Aggregate,
    /// Its own.
    Own,
}

/// Follows its wishes, each in its block from the first, 10,000.
#[derive(Component, Clone)]
pub struct Wishful {
    pub on: On,
    pub wishes: Vec<(u64, Wish)>,
}

impl Strategy for Wishful {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(1);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let now = view.block().0 - 10_000;
        for (_, wish) in self.wishes.iter().filter(|&&(at, _)| at == now) {
            me.submit(wish.call(view, me.id, self.on));
        }
        me.wake_after(1);
    }
}

impl Wish {
    fn call(&self, view: &View, id: AgentId, on: On) -> Call {
        let hotkey = match on {
            On::Aggregate => Hotkey::AGGREGATE,
            On::Own => Hotkey(id),
        };
        let part = |have: u64, size| match size {
            Size::Part(part) => (u128::from(have) * u128::from(part) / 255) as u64,
            Size::Rao(rao) => rao,
            Size::Limit(..) => have,
            Size::AllBut(rao) => have.saturating_sub(rao),
        };
        let limit = |size| match size {
            Size::Limit(rao, fill) => Some(Limit { price: Tao::from_rao(rao), fill }),
            Size::Part(_) | Size::Rao(_) | Size::AllBut(_) => None,
        };
        let held = |netuid| view.stake_on(id, netuid, hotkey).rao();
        match *self {
            Self::Buy(netuid, size) => {
                let tao = Tao::from_rao(part(view.balance(id).rao(), size));
                Call::Stake { netuid, hotkey, tao, limit: limit(size) }
            }
            Self::Sell(netuid, size) => {
                let alpha = Alpha::from_rao(part(held(netuid), size));
                Call::Unstake { netuid, hotkey, alpha, limit: limit(size) }
            }
            Self::Swap(from, to, size) => {
                let alpha = Alpha::from_rao(part(held(from), size));
                Call::SwapStake { from, to, hotkey, alpha, limit: limit(size) }
            }
            Self::MoveTo(from, to, other, size) => Call::MoveStake {
                from,
                to,
                from_hotkey: hotkey,
                to_hotkey: Hotkey(other),
                alpha: Alpha::from_rao(part(held(from), size)),
            },
            Self::Give(from, to, receiver, size) => {
                let alpha = Alpha::from_rao(part(held(from), size));
                Call::TransferStake { from, to, hotkey, receiver, alpha }
            }
            Self::SellAll => Call::UnstakeAll { hotkey },
            Self::SellAllAlpha => Call::UnstakeAllAlpha { hotkey },
            Self::Register => Call::RegisterSubnet,
            Self::Upgrade(spec) => Call::Upgrade { spec },
            Self::MovingAlpha(coefficient) => {
                Call::SetMovingAlpha { coefficient: Q32::from_f64(coefficient) }
            }
            Self::Tempo(netuid, tempo) => Call::SetTempo { netuid, tempo },
            Self::Vote(ref weights) => Call::SetRootWeights { weights: Arc::clone(weights) },
            Self::Fake(netuid, size) => {
                Call::FakeValue { netuid, tao: Tao::from_rao(part(view.balance(id).rao(), size)) }
            }
            Self::Rules(ref values) => Call::SetRules { values: Arc::clone(values) },
            Self::Neuron(netuid) => Call::RegisterNeuron { netuid },
            Self::Weights(netuid, ref weights) => Call::SetWeights { netuid, weights: Arc::clone(weights) },
            Self::Claim(ref netuids) => Call::ClaimRoot { netuids: Arc::clone(netuids) },
            Self::Divide(netuid, owner, validator) => {
                let (owner, validator) = (ONE / 255 * u64::from(owner), ONE / 255 * u64::from(validator));
                let miner = Some(ONE.saturating_sub(owner).saturating_sub(validator));
                let (owner, validator) = (Some(owner), Some(validator));
                let change = WeightsChange { owner, validator, miner, ..WeightsChange::default() };
                Call::SetEmissionWeights { netuid, change }
            }
            Self::Lock(netuid, to, size) => {
                let alpha = Alpha::from_rao(part(view.stake(id, netuid).rao(), size));
                Call::LockStake { netuid, hotkey: Hotkey(to), alpha }
            }
            Self::MoveLock(netuid, to) => Call::MoveLock { netuid, hotkey: Hotkey(to) },
            Self::Perpetual(netuid, enabled) => Call::SetPerpetualLock { netuid, enabled },
            Self::AddCollateral(netuid, size) => {
                let alpha = Alpha::from_rao(part(held(netuid), size));
                let limit = limit(size).map_or(Tao::from_rao(1 << 60), |limit| limit.price);
                Call::AddCollateral { netuid, alpha, limit }
            }
            Self::Floor(netuid, rao) => Call::SetMinCollateral { netuid, alpha: Alpha::from_rao(rao) },
            Self::Collateral(netuid, share, release) => {
                let terms = CollateralTerms::new(share, Q64::from_f64(release)).expect("in range");
                Call::SetCollateral { netuid, terms }
            }
            Self::ClaimFunds(of) => Call::ClaimFunds { hotkey: of.map(Hotkey) },
            Self::StakeIntoFund(of, size) => {
                let tao = Tao::from_rao(part(view.balance(id).rao(), size));
                Call::StakeIntoFund { hotkey: Hotkey(of), tao }
            }
            Self::TradeFund(ref legs) => {
                let trade = |&(from, to, size): &(Netuid, Netuid, u8)| {
                    let held = view.fund_holds(Hotkey(id), from).rao();
                    let alpha = Alpha::from_rao(part(held, Size::Part(size)));
                    FundTrade { from, to, alpha, least: Alpha::ZERO }
                };
                Call::TradeFund { trades: legs.iter().map(trade).collect() }
            }
            Self::SetEmission(netuid, tao) => Call::SetEmission { netuid, tao },
            Self::ClaimType(ref claims) => Call::SetClaimType { claims: claims.clone() },
            Self::Lend(netuid, to, part) => {
                Call::SetChildren { netuid, children: [(Hotkey(to), Proportion(part))].into() }
            }
        }
    }
}

fn netuid() -> impl proptest::strategy::Strategy<Value = Netuid> {
    (0u16..7).prop_map(Netuid)
}

/// Sizes from dust to all, and the last parts of a stake, where the share pool takes the rest along.
fn size() -> impl proptest::strategy::Strategy<Value = Size> {
    prop_oneof![
        4 => any::<u8>().prop_map(Size::Part),
        2 => Just(Size::Part(255)),
        2 => (0u32..60).prop_map(|power| Size::Rao(1 << power)),
        2 => (0u64..2_000_000_000, prop_oneof![Just(Fill::Partial), Just(Fill::Whole)])
            .prop_map(|(rao, fill)| Size::Limit(rao, fill)),
        2 => (0u32..40).prop_map(|power| Size::AllBut(1 << power)),
    ]
}

/// One of the accounts that there may be, and one that there is not.
fn account() -> impl proptest::strategy::Strategy<Value = AgentId> {
    (0u32..6).prop_map(AgentId)
}

pub fn revision() -> impl proptest::strategy::Strategy<Value = Spec> {
    let last = u16::from(ERAS.last().expect("there are runtimes").spec);
    let launch = 234u16..=246;
    prop_oneof![launch, 234..=last, 426..=last].prop_map(|spec| spec.try_into().expect("a known runtime"))
}

/// Any rule for the emission under dynamic TAO, with measurements every few blocks.
fn rules() -> impl proptest::strategy::Strategy<Value = Wish> {
    let emission = 1..CATALOGUE.len();
    let measurement = (1u64..20, 0u64..30, 0.0..2.0f64);
    let limit = prop_oneof![Just(BuyLimit::Unlimited), Just(BuyLimit::UnburnedMiners)];
    let ownership = prop_oneof![Just(OwnershipRule::TenthOfAll), Just(OwnershipRule::LeaderAbove18Percent)];
    (emission, measurement, limit, ownership).prop_map(|(rule, (every, delay, noise), limit, ownership)| {
        let measurement = MeasurementValues {
            every: Some(every),
            delay: Some(delay),
            noise: Some(Q32::from_f64(noise)),
            ..MeasurementValues::default()
        };
        let values = RuleValues {
            emission: Some(CATALOGUE[rule].2),
            coinbase: Some(CoinbaseValues { buy_limit: Some(limit), ..CoinbaseValues::default() }),
            measurement: Some(measurement),
            // In a world of some hundred blocks.
            locks: Some(LockValues {
                unlock_rate: Some(100),
                maturity_rate: Some(50),
                ownership: Some(ownership),
                ownership_age: Some(20),
                ..LockValues::default()
            }),
            ..RuleValues::default()
        };
        Wish::Rules(Arc::new(values))
    })
}

/// A wish under dynamic TAO.
pub fn wish() -> impl proptest::strategy::Strategy<Value = Wish> {
    prop_oneof![
        8 => (netuid(), size()).prop_map(|(netuid, size)| Wish::Buy(netuid, size)),
        8 => (netuid(), size()).prop_map(|(netuid, size)| Wish::Sell(netuid, size)),
        4 => (netuid(), netuid(), size()).prop_map(|(from, to, size)| Wish::Swap(from, to, size)),
        3 => (netuid(), netuid(), account(), size())
            .prop_map(|(from, to, other, size)| Wish::MoveTo(from, to, other, size)),
        3 => (netuid(), netuid(), account(), size())
            .prop_map(|(from, to, receiver, size)| Wish::Give(from, to, receiver, size)),
        1 => Just(Wish::SellAll),
        1 => Just(Wish::SellAllAlpha),
        1 => Just(Wish::Register),
        1 => revision().prop_map(Wish::Upgrade),
        1 => (0.0f64..=1.0).prop_map(Wish::MovingAlpha),
        1 => (netuid(), 0u16..30).prop_map(|(netuid, tempo)| Wish::Tempo(netuid, tempo)),
        2 => prop::collection::vec(netuid(), 0..7).prop_map(|netuids| Wish::Claim(netuids.into())),
        3 => prop::option::of(account()).prop_map(Wish::ClaimFunds),
        1 => (netuid(), 0u8..100, any::<u8>()).prop_map(|(netuid, a, b)| Wish::Divide(netuid, a, b)),
        2 => (netuid(), account(), size()).prop_map(|(netuid, to, size)| Wish::Lock(netuid, to, size)),
        1 => (netuid(), account()).prop_map(|(netuid, to)| Wish::MoveLock(netuid, to)),
        1 => (netuid(), any::<bool>()).prop_map(|(netuid, enabled)| Wish::Perpetual(netuid, enabled)),
        1 => claim_type().prop_map(Wish::ClaimType),
        4 => (account(), size()).prop_map(|(of, size)| Wish::StakeIntoFund(of, size)),
        4 => prop::collection::vec((netuid(), netuid(), any::<u8>()), 1..4).prop_map(Wish::TradeFund),
        1 => (netuid(), prop_oneof![Just(Switch::On), Just(Switch::Off)])
            .prop_map(|(netuid, tao)| Wish::SetEmission(netuid, tao)),
        2 => (netuid(), size()).prop_map(|(netuid, size)| Wish::Fake(netuid, size)),
        2 => rules(),
        6 => neuron_wish(),
    ]
}

/// A wish about neurons of the subnet that may be in detail, and their collateral.
fn neuron_wish() -> impl proptest::strategy::Strategy<Value = Wish> {
    let weights = prop::collection::vec(((0u16..4).prop_map(Uid), any::<u16>()), 1..4);
    let one = || Just(Netuid(1));
    prop_oneof![
        3 => one().prop_map(Wish::Neuron),
        3 => (one(), weights).prop_map(|(netuid, weights)| Wish::Weights(netuid, weights.into())),
        2 => (one(), size()).prop_map(|(netuid, size)| Wish::AddCollateral(netuid, size)),
        1 => (one(), prop::option::of(0u32..50))
            .prop_map(|(netuid, power)| Wish::Floor(netuid, power.map_or(0, |power| 1 << power))),
        1 => (one(), terms()).prop_map(|(netuid, (share, release))| Wish::Collateral(netuid, share, release)),
    ]
}

/// What a subnet may ask for as collateral.
pub fn terms() -> impl proptest::strategy::Strategy<Value = (u16, f64)> {
    (0..=CollateralTerms::MAX_LOCK_SHARE, 0.01..=10.0f64)
}

fn claim_type() -> impl proptest::strategy::Strategy<Value = ClaimType> {
    let some = prop::collection::btree_set(netuid(), 0..4).prop_map(ClaimType::KeepSubnets);
    prop_oneof![Just(ClaimType::Swap), Just(ClaimType::Keep), some]
}

/// A wish before dynamic TAO, or of a neuron: votes on root, stake on it, registrations and weights.
pub fn vote_wish() -> impl proptest::strategy::Strategy<Value = Wish> {
    let votes = prop::collection::vec((netuid(), any::<u16>()), 0..4);
    let weights = prop::collection::vec(((0u16..4).prop_map(Uid), any::<u16>()), 0..4);
    let on_root = || Just(Netuid::ROOT);
    let detailed = || prop_oneof![6 => Just(Netuid(1)), 1 => netuid()];
    prop_oneof![
        6 => votes.prop_map(|weights| Wish::Vote(weights.into())),
        6 => (on_root(), size()).prop_map(|(netuid, size)| Wish::Buy(netuid, size)),
        4 => (on_root(), size()).prop_map(|(netuid, size)| Wish::Sell(netuid, size)),
        2 => Just(Wish::Register),
        3 => detailed().prop_map(Wish::Neuron),
        3 => (detailed(), weights).prop_map(|(netuid, weights)| Wish::Weights(netuid, weights.into())),
        1 => (detailed(), account(), any::<u64>())
            .prop_map(|(netuid, to, part)| Wish::Lend(netuid, to, part)),
    ]
}
