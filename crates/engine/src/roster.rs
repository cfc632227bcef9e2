//! Subnets in detail: their neurons, weights, bonds and the price of joining.
//!
//! A subnet without a [`Roster`] is simulated in aggregate. Every account has one hotkey, of its own number,
//! so a hotkey's owner is the account of the same number.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::prelude::*;
use dtao_protocol::books::Pending;
use dtao_protocol::drain::{self, Earned, HotkeyId, LaunchPayout, Proportion};
use dtao_protocol::fixed::Q32;
use dtao_protocol::registration::BurnAdjustment;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use dtao_protocol::yuma::{
    Arrival, Epoch, EpochRules, Fraction, I32F32, Neuron, Neurons, Uid, WeightsCall, WeightsRefused,
    WeightsRules, max_upscale_fixed,
};

use crate::account::{AgentId, Hotkey};
use crate::call::Refusal;
use crate::clock::Clock;
use crate::ledger::Stakes;
use crate::subnet::Subnets;

/// What a hotkey keeps of dividends for its owner: the default and the maximum.
const TAKE: Fraction = Fraction(11_796);
/// Blocks between adjustments of the burn (`AdjustmentInterval`).
const ADJUSTMENT_INTERVAL: u64 = 360;
/// Registrations of neurons per block (`MaxRegistrationsPerBlock`).
const PER_BLOCK: u16 = 1;

/// Adjusts the price of registering where it is due; after the block's epochs.
pub(crate) fn adjust_burns(clock: Res<Clock>, mut subnets: ResMut<Subnets>) {
    for roster in subnets.rosters_mut() {
        roster.adjust_burn(clock.block);
    }
}

/// What a subnet in detail is set up with.
#[derive(Clone, Debug)]
pub struct RosterSetup {
    /// The owner: gets the owner's cut and holds UID 0.
    pub owner: AgentId,
    /// How the epoch runs.
    pub rules: EpochRules,
    /// Most neurons.
    pub max_uids: u16,
    /// Blocks in which a new neuron is not replaced while an older one can be.
    pub immunity_period: u64,
    /// The price of registering a neuron at the start.
    pub burn: Tao,
    /// Epochs after which committed weights take effect; none if weights are set in the open.
    pub reveal_after: Option<u16>,
}

/// Weights that a validator has committed to and that are still to take effect.
#[derive(Clone, Debug)]
struct Commit {
    hotkey: Hotkey,
    weights: Arc<[(Uid, u16)]>,
    /// When it committed.
    at: Block,
    /// The number of the epoch at whose start they take effect.
    epoch: u64,
}

/// The neurons of a subnet, and what they have agreed on.
pub struct Roster {
    owner: AgentId,
    rules: EpochRules,
    weights_rules: WeightsRules,
    reveal_after: Option<u16>,
    max_uids: u16,
    immunity_period: u64,
    hotkeys: Vec<Hotkey>,
    neurons: Neurons,
    children: BTreeMap<Hotkey, Arc<[(Hotkey, Proportion)]>>,
    commits: Vec<Commit>,
    /// Epochs run so far.
    epochs: u64,
    burn: Tao,
    last_adjustment: Block,
    registered_in_interval: u16,
    registered_in_block: (Block, u16),
    last: Results,
}

/// What the last epoch gave, by UID.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Consensus weight.
    pub consensus: Vec<I32F32>,
    /// Part of the miners' emission.
    pub incentive: Vec<I32F32>,
    /// Part of the validators' emission.
    pub dividends: Vec<I32F32>,
    /// Alpha, both parts together.
    pub emission: Vec<Alpha>,
    /// Score by which the worst neuron makes room: emission, upscaled to the largest.
    pruning: Vec<u16>,
}

impl Roster {
    pub(crate) fn new(setup: RosterSetup, now: Block) -> Self {
        let mut roster = Self {
            owner: setup.owner,
            rules: setup.rules,
            weights_rules: WeightsRules::launch(),
            reveal_after: setup.reveal_after,
            max_uids: setup.max_uids,
            immunity_period: setup.immunity_period,
            hotkeys: Vec::new(),
            neurons: Neurons::default(),
            children: BTreeMap::new(),
            commits: Vec::new(),
            epochs: 0,
            burn: setup.burn,
            last_adjustment: now,
            registered_in_interval: 0,
            registered_in_block: (now, 0),
            last: Results::default(),
        };
        roster.join(Hotkey(setup.owner), now);
        roster
    }

    /// Neurons that were there before the first block, registered long enough ago to set weights in it; those
    /// with most stake have their permits.
    pub(crate) fn found(
        &mut self,
        netuid: Netuid,
        hotkeys: impl Iterator<Item = Hotkey>,
        now: Block,
        stakes: &Stakes,
        law: &Rules,
    ) {
        let registered = Block(now.0.saturating_sub(self.weights_rate_limit()));
        let mut founded = false;
        for hotkey in hotkeys {
            if self.uid(hotkey).is_none() {
                self.join(hotkey, registered);
                founded = true;
            }
        }
        if founded {
            // An epoch without weights or emission decides nothing but who gets a permit.
            self.weigh(netuid, stakes, law);
            Epoch::default().run(&self.rules, &mut self.neurons, now, Alpha::ZERO);
        }
    }

    /// The subnet's owner.
    #[must_use]
    pub fn owner(&self) -> AgentId {
        self.owner
    }

    /// The hotkeys, by UID.
    #[must_use]
    pub fn hotkeys(&self) -> &[Hotkey] {
        &self.hotkeys
    }

    /// A hotkey's UID, if it is a neuron.
    #[must_use]
    pub fn uid(&self, hotkey: Hotkey) -> Option<Uid> {
        self.hotkeys.iter().position(|&other| other == hotkey).map(|at| Uid(at as u16))
    }

    /// The neurons' state, by UID: stake weight, permit, weights, bonds.
    #[must_use]
    pub fn neurons(&self) -> &Neurons {
        &self.neurons
    }

    /// What the last epoch gave.
    #[must_use]
    pub fn results(&self) -> &Results {
        &self.last
    }

    /// Epochs run so far.
    #[must_use]
    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    /// The price of registering a neuron now.
    #[must_use]
    pub fn burn(&self) -> Tao {
        self.burn
    }

    /// Blocks between two calls that set weights.
    #[must_use]
    pub fn weights_rate_limit(&self) -> u64 {
        match self.weights_rules.arrival {
            Arrival::Open { rate_limit } => rate_limit,
            Arrival::Revealed => 0,
        }
    }

    /// Adjusts the burn, every so many blocks.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/block_step.rs::adjust_registration_terms_for_networks`
    /// @ f95810a25
    pub(crate) fn adjust_burn(&mut self, now: Block) {
        if now.since(self.last_adjustment) >= ADJUSTMENT_INTERVAL {
            self.burn = BurnAdjustment::LAUNCH.next_price(self.burn, self.registered_in_interval);
            self.last_adjustment = now;
            self.registered_in_interval = 0;
        }
    }

    /// Whether a hotkey can be registered now.
    pub(crate) fn may_register(&self, hotkey: Hotkey, now: Block) -> Result<(), Refusal> {
        if self.uid(hotkey).is_some() {
            return Err(Refusal::AlreadyRegistered);
        }
        let (block, number) = self.registered_in_block;
        let in_block = if block == now { number } else { 0 };
        let most = 3 * BurnAdjustment::LAUNCH.target;
        if in_block >= PER_BLOCK || self.registered_in_interval >= most {
            return Err(Refusal::TooManyRegistrations);
        }
        let full = self.hotkeys.len() >= usize::from(self.max_uids);
        if full && self.worst(now).is_none() { Err(Refusal::TooManyRegistrations) } else { Ok(()) }
    }

    /// Registers a hotkey that may register.
    pub(crate) fn register(&mut self, hotkey: Hotkey, now: Block) -> Uid {
        let (block, number) = self.registered_in_block;
        self.registered_in_block = (now, if block == now { number + 1 } else { 1 });
        self.registered_in_interval += 1;
        self.join(hotkey, now)
    }

    fn join(&mut self, hotkey: Hotkey, now: Block) -> Uid {
        if self.hotkeys.len() < usize::from(self.max_uids) {
            self.hotkeys.push(hotkey);
            self.neurons.by_uid.push(Neuron { registered: now, last_update: now, ..Neuron::default() });
            self.last.pruning.push(0);
            return Uid((self.hotkeys.len() - 1) as u16);
        }
        let uid = self.worst(now).expect("asked before");
        let leaving = self.hotkeys[uid.index()];
        self.commits.retain(|commit| commit.hotkey != leaving);
        self.hotkeys[uid.index()] = hotkey;
        self.neurons.replace(uid, Q32::ZERO, now);
        self.last.pruning[uid.index()] = u16::MAX;
        uid
    }

    /// The neuron that makes room: the lowest score, those past their immunity first, the earliest
    /// registration of equals; never the owner's.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::get_neuron_to_prune` @ f95810a25
    fn worst(&self, now: Block) -> Option<Uid> {
        (0..self.hotkeys.len())
            .filter(|&uid| self.hotkeys[uid] != Hotkey(self.owner))
            .min_by_key(|&uid| {
                let registered = self.neurons.by_uid[uid].registered;
                let immune = now.since(registered) < self.immunity_period;
                (immune, self.last.pruning[uid], registered)
            })
            .map(|uid| Uid(uid as u16))
    }

    pub(crate) fn set_weights(
        &mut self,
        hotkey: Hotkey,
        weights: &Arc<[(Uid, u16)]>,
        now: Block,
    ) -> Result<(), WeightsRefused> {
        let uid = self.uid(hotkey).ok_or(WeightsRefused::NotRegistered)?;
        let call = WeightsCall { weights, version_key: 0 };
        let Some(after) = self.reveal_after else {
            return self.neurons.set_weights(&self.weights_rules, uid, &call, now);
        };
        // A commitment passes the same checks when it is revealed; here only how often.
        let neuron = &mut self.neurons.by_uid[uid.index()];
        let limit = match self.weights_rules.arrival {
            Arrival::Open { rate_limit } => rate_limit,
            Arrival::Revealed => 0,
        };
        if neuron.last_update != Block(0) && now.since(neuron.last_update) < limit {
            return Err(WeightsRefused::TooFast(neuron.last_update + limit));
        }
        neuron.last_update = now;
        neuron.pending_commit.get_or_insert(now);
        let epoch = self.epochs + 1 + u64::from(after);
        self.commits.push(Commit { hotkey, weights: Arc::clone(weights), at: now, epoch });
        Ok(())
    }

    pub(crate) fn set_children(
        &mut self,
        parent: Hotkey,
        children: &Arc<[(Hotkey, Proportion)]>,
    ) -> Result<(), Refusal> {
        let sum: u128 = children.iter().map(|(_, part)| u128::from(part.0)).sum();
        let mut names: Vec<Hotkey> = children.iter().map(|&(child, _)| child).collect();
        names.sort_unstable();
        let twice = names.windows(2).any(|pair| pair[0] == pair[1]);
        if sum > u128::from(u64::MAX) || twice || names.contains(&parent) {
            return Err(Refusal::InvalidChildren);
        }
        self.children.insert(parent, Arc::clone(children));
        Ok(())
    }

    /// Committed weights whose time has come take effect, in the order in which they were committed.
    fn reveal(&mut self, now: Block) {
        let (due, later) =
            std::mem::take(&mut self.commits).into_iter().partition(|commit| commit.epoch <= self.epochs);
        self.commits = later;
        let due: Vec<Commit> = due;
        let rules = WeightsRules { arrival: Arrival::Revealed, ..self.weights_rules };
        for Commit { hotkey, weights, .. } in due {
            if let Some(uid) = self.uid(hotkey) {
                // What does not pass the chain's checks when it is revealed has no effect.
                let _ = self.neurons.set_weights(
                    &rules,
                    uid,
                    &WeightsCall { weights: &weights, version_key: 0 },
                    now,
                );
                let earliest = self.commits.iter().find(|commit| commit.hotkey == hotkey);
                self.neurons.by_uid[uid.index()].pending_commit = earliest.map(|commit| commit.at);
            }
        }
    }

    /// Runs the epoch over what the subnet has gathered, and says who gets what.
    pub(crate) fn epoch(
        &mut self,
        netuid: Netuid,
        now: Block,
        pending: &Pending,
        stakes: &Stakes,
        law: &Rules,
        scratch: &mut Epoch,
    ) -> (Vec<Hotkey>, LaunchPayout) {
        self.epochs += 1;
        self.reveal(now);
        let (names, keys) = self.weigh(netuid, stakes, law);
        scratch.run(&self.rules, &mut self.neurons, now, pending.for_epoch());
        self.neurons.last_epoch = now;
        let earned: Vec<Earned> = scratch
            .server_emission()
            .iter()
            .zip(scratch.validator_emission())
            .enumerate()
            .map(|(uid, (&incentive, &dividend))| Earned { hotkey: HotkeyId(uid), incentive, dividend })
            .collect();
        self.last.consensus = scratch.consensus().to_vec();
        self.last.incentive = scratch.incentive().to_vec();
        self.last.dividends = scratch.dividends().to_vec();
        self.last.emission = scratch.emission().to_vec();
        let total = pending.for_epoch().rao().max(1);
        let parts: Vec<I32F32> = self.last.emission.iter().map(|alpha| part(alpha.rao(), total)).collect();
        self.last.pruning = max_upscale_fixed(&parts);
        (names, drain::launch(pending, &earned, &keys, law.tao_weight, law.alpha_dividends))
    }

    /// Gives every neuron its stake weight; returns all keys that it depends on.
    fn weigh(&mut self, netuid: Netuid, stakes: &Stakes, law: &Rules) -> (Vec<Hotkey>, Vec<drain::Hotkey>) {
        let (names, keys) = self.keys(netuid, stakes);
        for uid in 0..self.hotkeys.len() {
            self.neurons.by_uid[uid].stake = drain::stake_weight(&keys, HotkeyId(uid), law.tao_weight);
        }
        (names, keys)
    }

    /// The neurons' hotkeys by UID, then all others that lend them stake, as a drain sees them.
    fn keys(&self, netuid: Netuid, stakes: &Stakes) -> (Vec<Hotkey>, Vec<drain::Hotkey>) {
        let mut names = self.hotkeys.clone();
        let neurons: BTreeMap<Hotkey, usize> =
            names.iter().enumerate().map(|(at, &name)| (name, at)).collect();
        let lends =
            |children: &[(Hotkey, Proportion)]| children.iter().any(|(child, _)| neurons.contains_key(child));
        names.extend(
            self.children
                .iter()
                .filter(|(parent, children)| !neurons.contains_key(parent) && lends(children))
                .map(|(&parent, _)| parent),
        );
        let mut keys: Vec<drain::Hotkey> = names
            .iter()
            .map(|&name| drain::Hotkey {
                coldkey: drain::ColdkeyId(name.0.0 as usize),
                alpha: stakes.staked_on(netuid, name),
                root: Tao::from_rao(stakes.staked_on(Netuid::ROOT, name).rao()),
                take: TAKE,
                ..drain::Hotkey::default()
            })
            .collect();
        for (at, name) in names.iter().enumerate() {
            for &(child, part) in self.children.get(name).into_iter().flat_map(|children| children.iter()) {
                keys[at].lent.push(part);
                if let Some(&child) = neurons.get(&child) {
                    keys[child].parents.push((HotkeyId(at), part));
                }
            }
        }
        (names, keys)
    }
}

/// `amount / total` with 32 fractional bits, for amounts no larger than the total.
fn part(amount: u64, total: u64) -> I32F32 {
    I32F32::from_bits((Q32::ratio(amount, total).bits() as i64).min(I32F32::ONE.bits()))
}
