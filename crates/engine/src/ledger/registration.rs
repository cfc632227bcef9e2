//! Registrations of neurons, and what a subnet's owner decides.

use dtao_protocol::coinbase::BlockTerms;
use dtao_protocol::emission_weights::{
    AlphaDivision, Created, RootBaseline, WeightsChange, next_owner_change,
};
use dtao_protocol::pool::Order;
use dtao_protocol::registration::NeuronPayment;
use dtao_protocol::units::{Alpha, Netuid};

use crate::account::{AgentId, Hotkey};
use crate::call::{Lost, Outcome, Refusal};
use crate::ledger::Ledger;

impl Ledger<'_, '_> {
    /// Pays the burn: the TAO buys alpha from the pool, with the pool's own fee, and the alpha is burned. That fee is nobody's,
    /// not even a block's author's, until spec 436. From a pool that is too shallow it buys nothing, and is lost, or from spec 283
    /// on the call is refused. Under root voting the TAO itself is burned. From spec 437 on a part may be locked.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::do_burned_registration` @ f95810a25, e9bbb6134,
    /// 7eb6f9bb7
    pub(super) fn register_neuron(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        if netuid == Netuid::ROOT {
            return Err(Refusal::NotOnRoot);
        }
        let (now, hotkey, rules) = (self.clock.block, Hotkey(agent), self.law.rules);
        if rules.registration.neuron_payment == NeuronPayment::WithCollateral && !self.root_votes() {
            return self.register_with_collateral(agent, netuid);
        }
        let roster = self.roster(netuid)?;
        roster.may_register(hotkey, &rules, now)?;
        let cost = roster.burn();
        if self.balance(agent) < cost {
            return Err(Refusal::NotEnoughBalance);
        }
        self.roster(netuid)?.has_room(&rules, now)?;
        let mut burned = Alpha::ZERO;
        let cost = if self.root_votes() {
            let cost = self.withdraw(agent, cost)?;
            self.issuance.0 -= cost;
            cost
        } else {
            let order = Order::of(self.keepable(agent, cost));
            let purchase = self.exchange(netuid)?.purchase(rules.pool, order);
            if purchase.is_err() && self.refuses() {
                return Err(Refusal::InsufficientLiquidity);
            }
            let cost = self.withdraw(agent, cost)?;
            if let Ok(purchase) = purchase {
                burned = purchase.alpha;
                self.enter(netuid, &purchase);
                self.pool_fees.tao += purchase.idle + purchase.author;
                if self.counts_flow() {
                    self.subnet(netuid).flow.enters(cost);
                }
                self.lose(cost - purchase.taken, lost);
            } else {
                self.lose(cost, lost);
            }
            cost
        };
        let uid = self.roster(netuid)?.register(hotkey, &rules, now);
        Ok(Outcome::RegisteredNeuron { uid, cost, burned, locked: Alpha::ZERO })
    }

    /// Divides a subnet's emission anew, as its owner may once in 50,400 blocks and root at any time. (On the chain not in the
    /// blocks before an epoch.)
    ///
    /// Source: the SDK `bittensor` 11.3.1rc73, `emission_weights.py`
    pub(super) fn divide_emission(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        change: &WeightsChange,
    ) -> Result<Outcome, Refusal> {
        if self.law.rules.coinbase.alpha_division != AlphaDivision::EmissionWeights {
            return Err(Refusal::NoEmissionWeights);
        }
        let owner = self.subnets.owner(netuid).ok_or(Refusal::NoSuchSubnet)?;
        let by_owner = owner == agent;
        if !by_owner && !self.is_root(agent) {
            return Err(Refusal::NotSubnetOwner);
        }
        let (now, tao_weight) = (self.clock.block, self.law.rules.tao_weight);
        let root_weight = BlockTerms::root_weight(self.root.tao, tao_weight).floor();
        let books = self.subnet(netuid);
        if by_owner && now < next_owner_change(books.settings.weights_changed, now) {
            return Err(Refusal::RateLimit);
        }
        let weights = books.settings.weights.with(change);
        let baseline = RootBaseline::of_weighted(root_weight, books.issuance());
        if let Some(&violation) = weights.violations(Some(baseline), Created::ByOwner).first() {
            return Err(Refusal::EmissionWeights(violation));
        }
        books.settings.weights = weights;
        if by_owner {
            books.settings.weights_changed = Some(now);
        }
        Ok(Outcome::Done)
    }

    /// Lets a subnet emit from the next block on, as its owner may once enough blocks have passed since its registration.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::do_start_call` @ 8de0d23ca
    pub(super) fn start_subnet(&mut self, agent: AgentId, netuid: Netuid) -> Result<Outcome, Refusal> {
        let owner = self.subnets.owner(netuid).ok_or(Refusal::NoSuchSubnet)?;
        if owner != agent {
            return Err(Refusal::NotSubnetOwner);
        }
        let (now, rules) = (self.clock.block, self.law.rules);
        let settings = &mut self.subnet(netuid).settings;
        if rules.is_started(settings.first_emission) {
            return Err(Refusal::AlreadyStarted);
        }
        if now < settings.registered_at + rules.start_delay {
            return Err(Refusal::TooEarlyToStart);
        }
        settings.first_emission = Some(now + 1);
        Ok(Outcome::Done)
    }
}
