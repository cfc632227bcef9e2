//! Neurons join by paying a price, and make room for others.

use dtao_protocol::registration::{
    BurnAdjustment, Candidate, Interval, NeuronPricing, PriceRange, Pruning, Standing, decay_factor,
    to_prune, to_prune_keeping,
};
use dtao_protocol::rules::Rules;
use dtao_protocol::units::Block;
use dtao_protocol::yuma::{I32F32, Neuron, Uid};

use super::Roster;
use crate::account::Hotkey;
use crate::call::Refusal;

/// Blocks between adjustments of the burn (`AdjustmentInterval`).
const ADJUSTMENT_INTERVAL: u64 = 360;
/// Registrations of neurons per block (`MaxRegistrationsPerBlock`).
const PER_BLOCK: u16 = 1;

/// What all rosters' prices have in common in a block.
#[derive(Clone, Copy)]
pub(crate) enum PriceStep {
    /// Prices move once in an interval.
    Interval,
    /// They fall by this factor, with 32 fractional bits.
    Fall(u64),
}

impl PriceStep {
    pub(crate) fn of(rules: &Rules) -> Self {
        match rules.registration.neuron_price {
            NeuronPricing::EachInterval => Self::Interval,
            NeuronPricing::EachBlock { half_life, .. } => Self::Fall(decay_factor(half_life)),
        }
    }
}

impl Roster {
    /// Adjusts the burn: once an interval has passed, or since spec 397 in each block.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/block_step.rs::adjust_registration_terms_for_networks`
    /// @ f95810a25; `subnets/registration.rs::update_registration_prices_for_networks` @ 14bc6f9f9
    pub(crate) fn adjust_burn(&mut self, step: PriceStep, rules: &Rules, now: Block) {
        if let PriceStep::Fall(factor) = step {
            self.burn = self.price_range(rules).fallen(self.burn, factor);
        } else if now.since(self.last_adjustment) >= ADJUSTMENT_INTERVAL {
            let adjustment = BurnAdjustment { min: self.min_burn(rules), ..rules.burn };
            self.burn = adjustment.adjust(self.burn, self.registered_in_interval);
            self.last_adjustment = now;
            self.registered_in_interval = Interval::default();
        }
    }

    fn price_range(&self, rules: &Rules) -> PriceRange {
        PriceRange { min: self.min_burn(rules), max: rules.burn.max }
    }

    /// Whether a hotkey can be registered now, apart from its price and the room that it needs.
    pub(crate) fn may_register(&self, hotkey: Hotkey, rules: &Rules, now: Block) -> Result<(), Refusal> {
        let (block, number) = self.registered_in_block;
        let in_block = if block == now { number } else { 0 };
        let most = rules.burn.target.saturating_mul(3);
        let limited = rules.registration.neuron_price == NeuronPricing::EachInterval;
        if limited && (in_block >= PER_BLOCK || self.registered_in_interval.all() >= most) {
            return Err(Refusal::TooManyRegistrations);
        }
        if self.uid(hotkey).is_some() { Err(Refusal::AlreadyRegistered) } else { Ok(()) }
    }

    /// Whether there is a UID for another neuron, or one to be replaced.
    pub(crate) fn has_room(&self, rules: &Rules, now: Block) -> Result<(), Refusal> {
        let full = self.hotkeys.len() >= usize::from(self.max_uids);
        if full && self.worst(rules, now).is_none() { Err(Refusal::TooManyRegistrations) } else { Ok(()) }
    }

    /// Registers a hotkey that may register.
    pub(crate) fn register(&mut self, hotkey: Hotkey, rules: &Rules, now: Block) -> Uid {
        let (block, number) = self.registered_in_block;
        self.registered_in_block = (now, if block == now { number + 1 } else { 1 });
        self.registered_in_interval.by_burning = self.registered_in_interval.by_burning.saturating_add(1);
        if let NeuronPricing::EachBlock { rise, .. } = rules.registration.neuron_price {
            self.burn = self.price_range(rules).risen(self.burn, rise);
        }
        self.join(hotkey, rules, now)
    }

    pub(super) fn join(&mut self, hotkey: Hotkey, rules: &Rules, now: Block) -> Uid {
        if self.hotkeys.len() < usize::from(self.max_uids) {
            self.hotkeys.push(hotkey);
            self.neurons.by_uid.push(Neuron { registered: now, last_update: now, ..Neuron::default() });
            self.last.pruning.push(0);
            return Uid((self.hotkeys.len() - 1) as u16);
        }
        let uid = self.worst(rules, now).expect("asked before");
        self.hotkeys[uid.index()] = hotkey;
        let replacement = self.epoch_rules(rules).replacement;
        self.neurons.replace(uid, replacement, now);
        self.mark_commits();
        self.last.pruning[uid.index()] = u16::MAX;
        self.last.forget(uid);
        uid
    }

    /// The neuron that makes room. An account has one hotkey, so the owner's other neurons do not occur.
    fn worst(&self, rules: &Rules, now: Block) -> Option<Uid> {
        let neurons = || self.hotkeys.iter().zip(&self.neurons.by_uid).zip(0..);
        let standing = |hotkey: Hotkey| {
            if hotkey == Hotkey(self.owner) { Standing::OwnersHotkey } else { Standing::Others }
        };
        match rules.registration.pruning {
            Pruning::ByShare => {
                let scored = neurons().zip(&self.last.pruning);
                let candidates = scored.map(|(((&hotkey, neuron), uid), &score)| Candidate {
                    uid: Uid(uid),
                    score,
                    registered: neuron.registered,
                    standing: standing(hotkey),
                });
                to_prune(candidates, rules.spared, self.immunity_period, now)
            }
            Pruning::ByEmission { kept } => {
                let candidates = neurons().map(|((&hotkey, neuron), uid)| Candidate {
                    uid: Uid(uid),
                    score: self.last.emission.get(usize::from(uid)).copied().unwrap_or_default(),
                    registered: neuron.registered,
                    standing: standing(hotkey),
                });
                to_prune_keeping(candidates, rules.spared, self.immunity_period, kept.into(), now)
            }
        }
    }
}

impl super::Results {
    /// What the last epoch gave the neuron that made room is not its successor's.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/uids.rs::clear_neuron` @ f95810a25
    fn forget(&mut self, uid: Uid) {
        for results in [&mut self.consensus, &mut self.incentive, &mut self.dividends] {
            if let Some(result) = results.get_mut(uid.index()) {
                *result = I32F32::ZERO;
            }
        }
        if let Some(emission) = self.emission.get_mut(uid.index()) {
            *emission = dtao_protocol::units::Alpha::ZERO;
        }
    }
}
