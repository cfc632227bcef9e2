//! Subnets in detail: their neurons, weights, bonds and the price of joining.
//!
//! A subnet without a [`Roster`] is simulated in aggregate. Every account has one hotkey, of its own number,
//! so a hotkey's owner is the account of the same number.

mod epoch;
pub(crate) mod registration;
mod weights;

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::Arc;

use bevy_ecs::prelude::*;
use dtao_protocol::children::{Applied, ChildKeys, ChildrenCall, ParentStanding, TakenOver};
use dtao_protocol::drain::Proportion;
use dtao_protocol::registration::{BurnAdjustment, CollateralTerms, Interval, NeuronPricing};
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};
use dtao_protocol::yuma::{Epoch, EpochRules, I32F32, Neurons, Uid};

use crate::account::{AgentId, Hotkey};
use crate::call::Refusal;
use crate::roster::weights::Commit;
use crate::stakes::Stakes;

/// What a roster reads of the chain around it.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// The subnet.
    pub netuid: Netuid,
    /// Blocks between its epochs, less one.
    pub tempo: u16,
    /// The block being made.
    pub now: Block,
    /// The stakes on all hotkeys.
    pub stakes: &'a Stakes,
    /// The rules in force.
    pub rules: &'a Rules,
}

/// What a subnet in detail is set up with.
#[derive(Clone, Debug)]
pub struct RosterSetup {
    /// The owner: gets the owner's cut and holds UID 0.
    pub owner: AgentId,
    /// How its epochs run whatever the runtime; none if the runtime in force decides.
    pub rules: Option<EpochRules>,
    /// Maximum number of neurons.
    pub max_uids: u16,
    /// Blocks in which a new neuron is not replaced while an older one can be.
    pub immunity_period: u64,
    /// The price of registering a neuron at the start.
    pub burn: Tao,
    /// The least that it falls to; without it that of the rules in force.
    pub min_burn: Option<Tao>,
    /// The epoch in which committed weights are revealed, counted from the commitment: one for the next
    /// (`RevealPeriodEpochs`); none if weights are set in the open.
    pub reveal_after: Option<NonZeroU16>,
    /// What it asks of its neurons as collateral, where the rules in force have it.
    pub collateral: CollateralTerms,
}

impl RosterSetup {
    /// A subnet that was registered before dynamic TAO, with the launch's defaults.
    #[must_use]
    pub fn launch(owner: AgentId) -> Self {
        Self {
            owner,
            rules: None,
            max_uids: 256,
            immunity_period: 5_000,
            burn: Tao::from_rao(RAO),
            min_burn: None,
            reveal_after: None,
            collateral: CollateralTerms::NONE,
        }
    }
}

/// How subnets that are registered during the run are simulated.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub enum NewSubnets {
    /// In aggregate: whoever registers one is its holder.
    #[default]
    Aggregate,
    /// In detail: whoever registers one owns it and holds UID 0.
    Detailed(NewRosters),
}

/// What subnets in detail that are registered during the run have in common. Their price of a place begins at 1 TAO and
/// falls to 1 rao at least.
#[derive(Clone, Copy, Debug)]
pub struct NewRosters {
    /// As [`RosterSetup::rules`].
    pub rules: Option<EpochRules>,
    /// Maximum number of neurons; 256 at launch.
    pub max_uids: u16,
    /// As [`RosterSetup::immunity_period`]; 5,000 blocks at launch.
    pub immunity_period: u64,
    /// As [`RosterSetup::reveal_after`].
    pub reveal_after: Option<NonZeroU16>,
}

/// The neurons of a subnet, and what they have agreed on.
pub struct Roster {
    owner: AgentId,
    rules: Option<EpochRules>,
    reveal_after: Option<NonZeroU16>,
    collateral: CollateralTerms,
    max_uids: u16,
    immunity_period: u64,
    hotkeys: Vec<Hotkey>,
    neurons: Neurons,
    children: ChildKeys<Hotkey>,
    /// Weights committed to and not revealed, by window, in the order in which they came.
    commits: BTreeMap<u64, Vec<Commit>>,
    /// Epochs run so far.
    epochs: u64,
    /// The window of commitments that the last epoch closed.
    last_window: u64,
    burn: Tao,
    min_burn: Option<Tao>,
    last_adjustment: Block,
    registered_in_interval: Interval,
    registered_in_block: (Block, u16),
    last: Results,
}

/// What the last epoch gave, by UID.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Consensus weight.
    pub consensus: Vec<I32F32>,
    /// Fraction of the miners' emission.
    pub incentive: Vec<I32F32>,
    /// Fraction of the validators' emission.
    pub dividends: Vec<I32F32>,
    /// Alpha, for mining and validating together.
    pub emission: Vec<Alpha>,
    /// Score by which the worst neuron makes room: its fraction of the emission, upscaled so that the largest is 65,535.
    pruning: Vec<u16>,
}

impl Roster {
    pub(crate) fn new(setup: RosterSetup, rules: &Rules, now: Block) -> Self {
        let mut roster = Self {
            owner: setup.owner,
            rules: setup.rules,
            reveal_after: setup.reveal_after,
            collateral: setup.collateral,
            max_uids: setup.max_uids,
            immunity_period: setup.immunity_period,
            hotkeys: Vec::new(),
            neurons: Neurons::default(),
            children: ChildKeys::default(),
            commits: BTreeMap::new(),
            epochs: 0,
            last_window: 0,
            burn: setup.burn,
            min_burn: setup.min_burn,
            last_adjustment: now,
            registered_in_interval: Interval::default(),
            registered_in_block: (now, 0),
            last: Results::default(),
        };
        roster.join(Hotkey(setup.owner), rules, now);
        roster
    }

    /// A subnet that has just been registered. It has no last adjustment of the price, so the next block adjusts it.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::init_new_network` @ f95810a25
    pub(crate) fn registered(owner: AgentId, new: &NewRosters, rules: &Rules, now: Block) -> Self {
        let NewRosters { rules: epoch, max_uids, immunity_period, reveal_after } = *new;
        let setup = RosterSetup {
            rules: epoch,
            max_uids,
            immunity_period,
            reveal_after,
            min_burn: match rules.registration.neuron_price {
                NeuronPricing::EachInterval => Some(BurnAdjustment::NEW_MIN),
                NeuronPricing::EachBlock { .. } => None,
            },
            ..RosterSetup::launch(owner)
        };
        Self { last_adjustment: Block(0), ..Self::new(setup, rules, now) }
    }

    /// Neurons that were there before the first block, registered long enough ago to set weights in it; those
    /// with most stake have their permits.
    pub(crate) fn found(&mut self, hotkeys: impl Iterator<Item = Hotkey>, around: &Surroundings) {
        let rules = around.rules;
        let registered = Block(around.now.0.saturating_sub(rules.weights.rate_limit()));
        let mut founded = false;
        for hotkey in hotkeys {
            if self.uid(hotkey).is_none() {
                self.join(hotkey, rules, registered);
                founded = true;
            }
        }
        if founded {
            // An epoch without weights or emission decides nothing but who gets a permit.
            self.weigh(around);
            let epoch_rules = *self.epoch_rules(rules);
            Epoch::default().run(&epoch_rules, &mut self.neurons, around.now, Alpha::ZERO);
        }
    }

    /// The subnet's owner.
    #[must_use]
    pub fn owner(&self) -> AgentId {
        self.owner
    }

    /// Gives the subnet to another hotkey's account; the hotkey becomes a neuron, if there is a UID for it, or nothing
    /// changes. Says which.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::register_neuron` @ 14bc6f9f9
    pub(crate) fn hand_over(&mut self, to: Hotkey, rules: &Rules, now: Block) -> bool {
        if self.uid(to).is_none() {
            if self.has_room(rules, now).is_err() {
                return false;
            }
            self.join(to, rules, now);
        }
        self.owner = to.0;
        true
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

    /// The least that the price of registering a neuron falls to under the rules in force.
    #[must_use]
    pub fn min_burn(&self, rules: &Rules) -> Tao {
        self.min_burn.unwrap_or(rules.burn.min)
    }

    /// What it asks of its neurons as collateral, where the rules in force have it.
    #[must_use]
    pub fn collateral(&self) -> CollateralTerms {
        self.collateral
    }

    pub(crate) fn set_collateral(&mut self, terms: CollateralTerms) {
        self.collateral = terms;
    }

    /// How its epochs run under the rules in force.
    fn epoch_rules<'a>(&'a self, rules: &'a Rules) -> &'a EpochRules {
        self.rules.as_ref().unwrap_or(&rules.epoch)
    }

    /// Schedules a change of a hotkey's children, or makes it at once; `stake` is what all stake on it is worth.
    pub(crate) fn set_children(
        &mut self,
        parent: Hotkey,
        children: &Arc<[(Hotkey, Proportion)]>,
        stake: Tao,
        applied: Applied,
        around: &Surroundings,
    ) -> Result<(), Refusal> {
        let owns = parent == Hotkey(self.owner);
        let call = ChildrenCall {
            parent,
            children,
            stake,
            threshold: around.rules.stake_threshold,
            standing: if owns { ParentStanding::Owner } else { ParentStanding::Other },
            applied,
        };
        self.children.schedule(&around.rules.children, &call, around.now).map_err(Refusal::Children)
    }

    /// Drops a hotkey's scheduled children: its stake has fallen below the threshold.
    pub(crate) fn cancel_children(&mut self, parent: Hotkey) {
        self.children.cancel(parent);
    }

    pub(crate) fn take_over_children(&mut self, rules: &Rules, applied: Applied, now: Block) {
        let due = match rules.children.taken_over {
            TakenOver::EveryBlock => true,
            TakenOver::AfterEpoch => self.neurons.last_epoch == now,
            TakenOver::BeforeEpoch => false,
        };
        match applied {
            Applied::AtOnce if due => self.children.take_over_all(),
            Applied::Later if due => self.children.take_over(now),
            Applied::AtOnce | Applied::Later => {}
        }
    }
}
