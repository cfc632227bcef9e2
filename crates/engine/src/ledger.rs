//! The only code that moves tokens.
//!
//! Amounts of TAO and alpha are in wallets and resources whose fields only this crate can reach, and
//! only this module writes to them: the coinbase in [`coinbase`] and [`root_voting`], calls in [`Ledger`], which has a
//! file for each kind of call. An independent auditor ([`crate::audit`]) recounts everything.

pub mod coinbase;
mod collateral;
mod dissolution;
mod funds;
mod governance;
mod locks;
mod moves;
mod neurons;
mod purse;
mod registration;
mod root_claims;
pub mod root_voting;
pub(crate) mod rosters;
pub(crate) mod subnet_registration;
mod swaps;
mod trade;
mod values;

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use dtao_protocol::books::Books;
use dtao_protocol::emission::Emission;
use dtao_protocol::pool::Exchange;
use dtao_protocol::root_network::RootWeightsRefused;
use dtao_protocol::trading::TradingStart;
use dtao_protocol::units::Netuid;

use crate::account::{Accounts, AgentId, Authority, Hotkey, Wallet};
use crate::call::{Call, Claim, FundEvent, Lost, NewSubnet, Outcome, Receipt, Refusal, Sale};
use crate::chain::{Earned, Issuance, LastRegistration, Law, PoolFees, Root, TaoDust};
use crate::clock::Clock;
use crate::collateral::Collaterals;
use crate::ledger::moves::Move;
use crate::locks::Locks;
use crate::measurement::Measurements;
use crate::registration_queue::RegistrationQueue;
use crate::root_network::RootNetwork;
use crate::roster::{NewSubnets, Roster};
use crate::stakes::Stakes;
use crate::subnet::{Inside, Subnets};

/// Executes calls: checks them as the chain does and moves what they move.
#[derive(SystemParam)]
pub struct Ledger<'w, 's> {
    clock: Res<'w, Clock>,
    accounts: Res<'w, Accounts>,
    law: ResMut<'w, Law>,
    issuance: ResMut<'w, Issuance>,
    root: ResMut<'w, Root>,
    tao_dust: ResMut<'w, TaoDust>,
    pool_fees: ResMut<'w, PoolFees>,
    stakes: ResMut<'w, Stakes>,
    last_registration: ResMut<'w, LastRegistration>,
    queue: ResMut<'w, RegistrationQueue>,
    network: ResMut<'w, RootNetwork>,
    wallets: Query<'w, 's, (&'static mut Wallet, &'static Authority)>,
    subnets: ResMut<'w, Subnets>,
    measurements: ResMut<'w, Measurements>,
    locks: ResMut<'w, Locks>,
    collaterals: ResMut<'w, Collaterals>,
    new_subnets: Res<'w, NewSubnets>,
    earned: Query<'w, 's, &'static mut Earned>,
    /// What the call being executed has registered.
    new_subnet: Local<'s, Option<NewSubnet>>,
    /// What it has claimed.
    claims: Local<'s, Vec<Claim>>,
    /// What it has done to funds.
    funds: Local<'s, Vec<FundEvent>>,
}

impl Ledger<'_, '_> {
    /// Executes one call; a refusal has changed nothing.
    pub(crate) fn execute(&mut self, agent: AgentId, call: Call) -> Receipt {
        let (mut lost, mut sales) = (Lost::default(), Vec::new());
        let fees = *self.pool_fees;
        *self.new_subnet = None;
        let outcome = self.perform(agent, &call, &mut sales, &mut lost).unwrap_or_else(Outcome::Refused);
        let (fees, new_subnet) = (self.pool_fees.since(fees), self.new_subnet.take());
        let claims = std::mem::take(&mut *self.claims);
        let funds = std::mem::take(&mut *self.funds);
        Receipt { agent, call, outcome, sales, claims, funds, lost, fees, new_subnet }
    }

    fn perform(
        &mut self,
        agent: AgentId,
        call: &Call,
        sales: &mut Vec<Sale>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        let own = Hotkey(agent);
        self.may_be_traded(call)?;
        match *call {
            Call::Stake { netuid, hotkey, tao, limit } => {
                self.stake(agent, (netuid, hotkey), tao, limit, lost)
            }
            Call::Unstake { netuid, hotkey, alpha, limit } => {
                self.unstake(agent, (netuid, hotkey), alpha, limit, lost)
            }
            Call::UnstakeAll { hotkey } => self.unstake_all(agent, hotkey, sales, lost),
            Call::UnstakeAllAlpha { hotkey } => self.unstake_all_alpha(agent, hotkey, sales, lost),
            Call::SwapStake { from, to, hotkey, alpha, limit } => {
                let order = Move { from: (from, hotkey), to: (to, hotkey), receiver: agent, alpha, limit };
                self.shift(agent, order, lost)
            }
            Call::MoveStake { from, to, from_hotkey, to_hotkey, alpha } => {
                let (from, to) = ((from, from_hotkey), (to, to_hotkey));
                self.shift(agent, Move { from, to, receiver: agent, alpha, limit: None }, lost)
            }
            Call::TransferStake { from, to, hotkey, receiver, alpha } => {
                let (from, to) = ((from, hotkey), (to, hotkey));
                self.shift(agent, Move { from, to, receiver, alpha, limit: None }, lost)
            }
            Call::RegisterSubnet => self.register_subnet(agent, lost),
            Call::StartSubnet { netuid } => self.start_subnet(agent, netuid),
            Call::RegisterNeuron { netuid } => self.register_neuron(agent, netuid, lost),
            Call::SetWeights { netuid, ref weights } => self.set_weights(own, netuid, weights),
            Call::SetEmissionWeights { netuid, ref change } => self.divide_emission(agent, netuid, change),
            Call::SetChildren { netuid, ref children } => self.set_children(own, netuid, children),
            Call::LockStake { netuid, hotkey, alpha } => self.lock_stake(agent, (netuid, hotkey), alpha),
            Call::MoveLock { netuid, hotkey } => self.move_lock(agent, netuid, hotkey),
            Call::SetPerpetualLock { netuid, enabled } => self.set_perpetual_lock(agent, netuid, enabled),
            Call::AddCollateral { netuid, alpha, limit } => {
                self.add_collateral(agent, netuid, (alpha, limit), lost)
            }
            Call::SetMinCollateral { netuid, alpha } => self.set_min_collateral(agent, netuid, alpha),
            Call::SetCollateral { netuid, terms } => self.set_collateral(agent, netuid, terms),
            Call::SetRootWeights { ref weights } => self.set_root_weights(own, weights),
            Call::ClaimRoot { ref netuids } => self.claim_root(agent, netuids),
            Call::ClaimFunds { hotkey } => self.claim_of_funds(agent, hotkey, lost),
            Call::StakeIntoFund { hotkey, tao } => self.stake_into_fund(agent, hotkey, tao),
            Call::TradeFund { ref trades } => self.trade_fund(agent, trades),
            Call::SetClaimType { ref claims } => self.set_claim_type(agent, claims),
            Call::FakeValue { netuid, tao } => self.fake_value(agent, netuid, tao, lost),
            Call::SetMovingAlpha { coefficient } => self.set_moving_alpha(agent, coefficient),
            Call::SetRules { ref values } => self.set_rules(agent, values),
            Call::SetTempo { netuid, tempo } => self.set_tempo(agent, netuid, tempo),
            Call::SetEmission { netuid, tao } => self.set_emission(agent, netuid, tao),
            Call::Upgrade { spec } => self.upgrade(agent, spec),
        }
    }

    /// Whether the alpha that a trade or move names may be traded already.
    fn may_be_traded(&self, call: &Call) -> Result<(), Refusal> {
        let trades = matches!(
            call,
            Call::Stake { .. }
                | Call::Unstake { .. }
                | Call::SwapStake { .. }
                | Call::MoveStake { .. }
                | Call::TransferStake { .. }
                | Call::AddCollateral { .. }
        );
        if !trades || self.law.rules.trading.start == TradingStart::Registration {
            return Ok(());
        }
        let waits =
            |netuid| self.subnets.get(netuid).is_some_and(|books| books.settings.first_emission.is_none());
        if call.netuids().any(waits) { Err(Refusal::SubtokenDisabled) } else { Ok(()) }
    }

    fn set_root_weights(&mut self, hotkey: Hotkey, weights: &[(Netuid, u16)]) -> Result<Outcome, Refusal> {
        if !self.root_votes() {
            return Err(Refusal::RootWeights(RootWeightsRefused::NoVoting));
        }
        self.network
            .set_weights(hotkey, weights, self.clock.block, &self.stakes, &self.subnets)
            .map(|()| Outcome::Done)
            .map_err(Refusal::RootWeights)
    }

    fn root_votes(&self) -> bool {
        self.law.rules.emission == Emission::RootVote
    }

    /// Before dynamic TAO some calls do not exist.
    fn pools_exist(&self) -> Result<(), Refusal> {
        if self.root_votes() { Err(Refusal::NoPools) } else { Ok(()) }
    }

    /// Every account exists, and so does its hotkey.
    fn exists(&self, account: AgentId) -> Result<(), Refusal> {
        if (account.0 as usize) < self.accounts.len() { Ok(()) } else { Err(Refusal::NoSuchAccount) }
    }

    /// Whether a hotkey is the account's own. The one validator that stands for an aggregate subnet's is the holder's
    /// too, who has what they earn.
    fn owns(&self, agent: AgentId, netuid: Netuid, hotkey: Hotkey) -> bool {
        let holds = |inside: &Inside| inside.roster().is_none() && inside.owner() == agent;
        hotkey == Hotkey(agent)
            || (hotkey == Hotkey::AGGREGATE && self.subnets.inside(netuid).is_some_and(holds))
    }

    /// The neurons of a subnet in detail.
    fn roster(&mut self, netuid: Netuid) -> Result<&mut Roster, Refusal> {
        let inside = self.subnets.inside_mut(netuid).ok_or(Refusal::NoSuchSubnet)?;
        inside.roster_mut().ok_or(Refusal::Aggregate)
    }

    fn subnet(&mut self, netuid: Netuid) -> &mut Books {
        self.subnets.get_mut(netuid).expect("asked before")
    }

    /// How a subnet's token is traded now.
    fn exchange(&self, netuid: Netuid) -> Result<Exchange, Refusal> {
        if netuid == Netuid::ROOT {
            return Ok(Exchange::Stable);
        }
        let subnet = self.subnets.get(netuid).ok_or(Refusal::NoSuchSubnet)?;
        self.pools_exist()?;
        Ok(subnet.exchange())
    }
}
