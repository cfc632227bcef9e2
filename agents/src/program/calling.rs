//! A program's calls made of what its accounts have: amounts in rao, subnets by number, hotkeys by account.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::Call;
use dtao_engine::view::View;
use dtao_protocol::root_claim::ClaimType;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};
use dtao_protocol::yuma::Uid;

use super::action::{Action, Claims, Key, Pattern};
use super::place::Place;
use crate::script::{Fraction, ScriptedCall, ScriptedTrade, Size, Who};

/// What an account has given away in the block being made: a later step of the block has the rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Given {
    block: Block,
    tao: Tao,
    alpha: Vec<(Netuid, Hotkey, Alpha)>,
}

/// Who calls, and what is known of the others.
pub(super) struct Caller<'a, 'w, 's> {
    pub view: &'a View<'w, 's>,
    /// The program's accounts, by their numbers.
    pub members: &'a [AgentId],
    pub me: AgentId,
    pub given: &'a mut Given,
}

impl Caller<'_, '_, '_> {
    /// The engine's call; nothing if what the program names is not there.
    pub fn call(&mut self, action: &Action, find: impl Fn(Place) -> Option<Netuid>) -> Option<Call> {
        if self.given.block != self.view.block() {
            *self.given = Given { block: self.view.block(), ..Given::default() };
        }
        self.scripted(action, find).map(|scripted| scripted.call(self.view, self.me))
    }

    fn scripted(&mut self, action: &Action, find: impl Fn(Place) -> Option<Netuid>) -> Option<ScriptedCall> {
        Some(match *action {
            Action::Stake { on, part, hotkey, limit } => {
                let netuid = find(on)?;
                let (hotkey, tao) = (self.who(hotkey, netuid)?, Size::Amount(self.free(part)));
                ScriptedCall::Stake {
                    netuid,
                    tao,
                    hotkey,
                    limit: self.limit(limit, netuid),
                    allow_partial: None,
                }
            }
            Action::Unstake { on, part, hotkey, limit } => {
                let netuid = find(on)?;
                let (who, alpha) = (self.who(hotkey, netuid)?, self.staked(part, netuid, hotkey)?);
                let limit = self.limit(limit, netuid);
                ScriptedCall::Unstake {
                    netuid,
                    alpha: Size::Amount(alpha),
                    hotkey: who,
                    limit,
                    allow_partial: None,
                }
            }
            Action::UnstakeAll { hotkey } => {
                ScriptedCall::UnstakeAll { hotkey: self.who(hotkey, Netuid::ROOT)? }
            }
            Action::UnstakeAllAlpha { hotkey } => {
                ScriptedCall::UnstakeAllAlpha { hotkey: self.who(hotkey, Netuid::ROOT)? }
            }
            Action::SwapStake { from, to, part, hotkey } => {
                let (from, to) = (find(from)?, find(to)?);
                let (who, alpha) = (self.who(hotkey, from)?, Size::Amount(self.staked(part, from, hotkey)?));
                ScriptedCall::SwapStake { from, to, alpha, hotkey: who, limit: None, allow_partial: None }
            }
            Action::MoveStake { from, to, part, from_hotkey, to_hotkey } => {
                let (from, to) = (find(from)?, find(to)?);
                let alpha = Size::Amount(self.staked(part, from, from_hotkey)?);
                let (from_hotkey, to_hotkey) = (self.who(from_hotkey, from)?, self.who(to_hotkey, to)?);
                ScriptedCall::MoveStake { from, to, from_hotkey, to_hotkey, alpha }
            }
            Action::TransferStake { from, to, part, hotkey, receiver } => {
                let (from, to) = (find(from)?, find(to)?);
                let alpha = Size::Amount(self.staked(part, from, hotkey)?);
                let receiver = self.named(*self.members.get(usize::from(receiver))?);
                ScriptedCall::TransferStake { from, to, receiver, alpha, hotkey: self.who(hotkey, from)? }
            }
            Action::RegisterSubnet => ScriptedCall::RegisterSubnet,
            Action::StartSubnet { on } => ScriptedCall::StartSubnet { netuid: find(on)? },
            Action::RegisterNeuron { on } => ScriptedCall::RegisterNeuron { netuid: find(on)? },
            Action::SetWeights { on, pattern } => {
                let netuid = find(on)?;
                ScriptedCall::SetWeights { netuid, weights: self.weights(netuid, pattern)? }
            }
            Action::SetChildren { on, child, part } => {
                let netuid = find(on)?;
                let children = vec![(self.who(child, netuid)?, part)];
                let children = children.into_iter().filter(|&(_, part)| part > 0.0);
                let children = children.map(|(who, part)| (who, Fraction::new(part))).collect();
                ScriptedCall::SetChildren { netuid, children }
            }
            Action::SetEmissionWeights { on, owner, validator } => {
                let (owner, validator) = (Fraction::new(owner), Fraction::new(validator));
                ScriptedCall::SetEmissionWeights { netuid: find(on)?, owner, validator }
            }
            Action::LockStake { on, part, hotkey } => {
                let netuid = find(on)?;
                let (alpha, hotkey) = (Size::Fraction(Fraction::new(part)), self.who(hotkey, netuid)?);
                ScriptedCall::LockStake { netuid, alpha, hotkey }
            }
            Action::MoveLock { on, hotkey } => {
                let netuid = find(on)?;
                ScriptedCall::MoveLock { netuid, hotkey: self.who(hotkey, netuid)? }
            }
            Action::SetPerpetualLock { on, enabled } => {
                ScriptedCall::SetPerpetualLock { netuid: find(on)?, enabled }
            }
            Action::SetRootWeights { on } => ScriptedCall::SetRootWeights(vec![(find(on)?, u16::MAX)]),
            Action::ClaimRoot { on } => ScriptedCall::ClaimRoot(vec![find(on)?]),
            Action::ClaimFunds => ScriptedCall::ClaimFunds { hotkey: None },
            Action::StakeIntoFund { hotkey, part } => {
                let (hotkey, tao) = (self.who(hotkey, Netuid::ROOT)?, Size::Amount(self.free(part)));
                ScriptedCall::StakeIntoFund { hotkey, tao }
            }
            Action::TradeFund { from, to, part } => {
                let (from, to, alpha) = (find(from)?, find(to)?, Size::Fraction(Fraction::new(part)));
                ScriptedCall::TradeFund(vec![ScriptedTrade { from, to, alpha, least: Alpha::ZERO }])
            }
            Action::SetClaimType { claims } => ScriptedCall::SetClaimType(match claims {
                Claims::Swap => ClaimType::Swap,
                Claims::Keep => ClaimType::Keep,
            }),
            Action::FakeValue { on, part } => {
                let netuid = find(on)?;
                ScriptedCall::FakeValue { netuid, tao: Size::Amount(self.free(part)) }
            }
        })
    }

    /// A part of the free TAO, less what earlier steps of the block pay.
    fn free(&mut self, part: f64) -> Tao {
        let all = self.view.spendable(self.me).saturating_sub(self.given.tao);
        let paid = Tao::from_rao(Fraction::new(part).of(all.rao()));
        self.given.tao += paid;
        paid
    }

    /// A part of the stake on a hotkey, less what earlier steps of the block take from it.
    fn staked(&mut self, part: f64, netuid: Netuid, hotkey: Key) -> Option<Alpha> {
        let hotkey = Hotkey(self.account(hotkey, netuid)?);
        let all = self.view.stake_on(self.me, netuid, hotkey);
        let on = |&&(on, of, _): &&(Netuid, Hotkey, Alpha)| (on, of) == (netuid, hotkey);
        let given: Alpha = self.given.alpha.iter().filter(on).map(|&(.., alpha)| alpha).sum();
        let alpha = Alpha::from_rao(Fraction::new(part).of(all.saturating_sub(given).rao()));
        self.given.alpha.push((netuid, hotkey, alpha));
        Some(alpha)
    }

    /// The price that an order is not to go beyond.
    fn limit(&self, over: Option<f64>, netuid: Netuid) -> Option<Tao> {
        let price = self.view.price(netuid)?;
        over.map(|over| Tao::from_rao((price * over * RAO as f64) as u64))
    }

    fn account(&self, key: Key, netuid: Netuid) -> Option<AgentId> {
        match key {
            Key::Own => Some(self.me),
            Key::Account(number) => self.members.get(usize::from(number)).copied(),
            Key::Owner => self.view.subnet_owner(netuid),
            Key::Validator => {
                let Some(roster) = self.view.roster(netuid) else { return Some(AgentId::ROOT_STAKERS) };
                let staked = |hotkey: &&Hotkey| self.view.staked_on(netuid, **hotkey);
                // Of equals the first: `max_by_key` would give the last.
                roster.hotkeys().iter().rev().max_by_key(staked).map(|hotkey| hotkey.0)
            }
        }
    }

    fn who(&self, key: Key, netuid: Netuid) -> Option<Who> {
        self.account(key, netuid).map(|agent| self.named(agent))
    }

    fn named(&self, agent: AgentId) -> Who {
        match agent {
            AgentId::ROOT_STAKERS => Who::Aggregate,
            own if own == self.me => Who::Own,
            other => {
                let account = self.view.account(other);
                Who::Nth(self.view.groups()[usize::from(account.group.0)].clone(), account.place)
            }
        }
    }

    fn weights(&self, netuid: Netuid, pattern: Pattern) -> Option<Vec<(Uid, u16)>> {
        let roster = self.view.roster(netuid)?;
        let own = roster.uid(Hotkey(self.me));
        let even = |uids: Vec<Uid>| uids.into_iter().map(|uid| (uid, u16::MAX)).collect::<Vec<_>>();
        let weights = match pattern {
            Pattern::Own => {
                let members = self.members.iter().filter(|&&agent| agent != self.me);
                let uids: Vec<Uid> = members.filter_map(|&agent| roster.uid(Hotkey(agent))).collect();
                even(if uids.is_empty() { own.into_iter().collect() } else { uids })
            }
            Pattern::Others => {
                let uids = (0..roster.hotkeys().len()).map(|uid| Uid(uid as u16));
                even(uids.filter(|&uid| Some(uid) != own).collect())
            }
            Pattern::Copy => {
                let neurons = roster.hotkeys().iter().zip(&roster.neurons().by_uid);
                let voted = neurons.filter(|(hotkey, neuron)| {
                    !neuron.weights.is_empty() && !self.members.contains(&hotkey.0)
                });
                let most = voted.max_by_key(|(hotkey, _)| self.view.staked_on(netuid, **hotkey))?;
                most.1.weights.iter().filter(|&&(uid, _)| Some(uid) != own).copied().collect()
            }
            Pattern::On(key) => even(vec![roster.uid(Hotkey(self.account(key, netuid)?))?]),
        };
        (!weights.is_empty()).then_some(weights)
    }
}
