//! Buys up a subnet's token in a few large steps, earns for holding it if that is paid, and sells all of it.
//!
//! The attacker. Part of the budget goes in early, in small clips at random times; the rest at a set hour in a few
//! blocks. What it held before is handed to it by the scenario, and sold with the rest.
//!
//! ```text
//! early clips: sizes ~ clip, times ~ U(from, at), together early_part * budget
//! step i at block `at` + i * step_interval:  steps[i] * (budget - early clips)
//! cut: an epoch at which its incentive is below a tenth of its best
//! sight: a look at which so many votes, set but not counted yet, are without it, after one at which fewer were
//! sells at the earliest of its exits, held / (slices left) in each of `slices` calls
//! ```
//! In a constant-product pool without followers all that sell later are paid by it: a pumper gains by what others
//! put in after it, by what it held before, or by what it earns.
//!
//! Source: trades of subnet 28, 25 February 2025, in two-minute prices (`configs/market`): 365 TAO of buys from 05:00
//! to 12:00, then 301 TAO at 12:02 and 74 TAO at 12:24. That one account made them is an assumption (P), as is every
//! exit. On pumps elsewhere: Xu, Livshits 2019, arXiv:1811.10109.

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::call::Call;
use dtao_engine::roster::Roster;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::schedule::next_epoch;
use dtao_protocol::units::{Block, Netuid, Tao};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::prior::{Draws, Prior, Spread};
use crate::priors::{Priors, priors};
use crate::trading::{Seat, Sight, delayed, home, incentive, register, sell_part};
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "buys up a token in a few large steps, holds it for the emission, and sells all of it";

/// An incentive below this part of the best so far is a cut.
const CUT: f64 = 0.1;

/// Buys up a token, and sells it.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pumper {
    /// The subnet.
    pub netuid: Netuid,
    /// What it puts in; about 620 TAO, 500 to 690 (D).
    pub budget: Prior<Tao>,
    /// Which part of it goes in early; 0 to 1, about 0.25 to 0.4 (D).
    pub early_part: Prior<f64>,
    /// One early purchase, drawn for each; about 4 to 24 TAO (D).
    pub clip: Spread<Tao>,
    /// The block from which on it buys early.
    pub from: Prior<Block>,
    /// The block of the main purchase's first step.
    pub at: Prior<Block>,
    /// The main purchase's steps, each a part of it; together 1, about [0.8, 0.2] (D).
    pub steps: Vec<f64>,
    /// Blocks between two steps; 1 or more, about 110 (D).
    pub step_interval: Prior<f64>,
    /// Whether it becomes a neuron, to be paid for holding.
    pub holds_for_emission: HoldsForEmission,
    /// When it sells: the first that comes. Never if there are none.
    pub exits: Vec<Exit>,
    /// The calls in which it sells; 1 or more.
    pub slices: u32,
    /// Blocks between two of them; 1 or more.
    pub slice_interval: Prior<f64>,
    /// Blocks between two looks at the price, besides one after each epoch; 1 or more.
    pub look: u64,
    #[serde(skip)]
    plan: Plan,
    #[serde(skip)]
    memory: Memory,
}

/// Whether it becomes a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldsForEmission {
    /// Yes, if it is none at the start.
    Yes,
    /// It stays what it is.
    No,
}

/// A reason to sell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Exit {
    /// Its incentive is cut to less than a tenth of its best.
    OnCut {
        /// The probability that it cares; 0 to 1, about 0.9 (P).
        probability: Prior<f64>,
        /// Blocks from the epoch to the sale; lognormal, median about 240, sigma 1.15 (P).
        reaction: Spread<f64>,
    },
    /// It sees weights without it, before they count.
    OnSight {
        /// The probability that it looks; 0 to 1 (P).
        probability: Prior<f64>,
        /// The part of the validators' stake whose weights give it nothing from which on it leaves; above 0, to 1 (P).
        votes: Prior<f64>,
        /// Blocks from that look to the sale; 0 or more (P).
        reaction: Spread<f64>,
    },
    /// Its own clock.
    After {
        /// Blocks from the main purchase's first step to the sale; about 2,100, seven hours (P).
        blocks: Spread<f64>,
    },
    /// The price falls below a part of the best since the main purchase.
    Below {
        /// Which part; 0 to 1 (P).
        part: Prior<f64>,
        /// Blocks from there to the sale; 0 or more (P).
        reaction: Spread<f64>,
    },
}

/// What it will do, drawn at the start.
#[derive(Clone, Debug, Default, PartialEq)]
struct Plan {
    /// Purchases in the order of blocks.
    purchases: Vec<(Block, Tao)>,
    /// Blocks from a cut to the sale, if it cares.
    on_cut: Option<f64>,
    /// The votes without it at which it leaves, and blocks from their sight to the sale, if it looks.
    on_sight: Option<(f64, f64)>,
    /// A part of the best price, and blocks from there to the sale.
    below: Option<(f64, f64)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Memory {
    bought: usize,
    seat: Seat,
    epochs: u64,
    best_incentive: f64,
    best_price: f64,
    sight: Sight,
    sells_at: Option<Block>,
    sold: u32,
}

impl Priors for Exit {
    fn check_priors(&self) -> Result<(), ParameterError> {
        match self {
            Self::OnCut { probability, reaction } => {
                probability.check("exits", 0.0, 1.0)?;
                reaction.check("exits", 0.0, range::DURATION)
            }
            Self::OnSight { probability, votes, reaction } => {
                probability.check("exits", 0.0, 1.0)?;
                votes.check("exits", f64::MIN_POSITIVE, 1.0)?;
                reaction.check("exits", 0.0, range::DURATION)
            }
            Self::After { blocks } => blocks.check("exits", 0.0, range::DURATION),
            Self::Below { part, reaction } => {
                part.check("exits", 0.0, 1.0)?;
                reaction.check("exits", 0.0, range::DURATION)
            }
        }
    }

    fn draw_priors(&mut self, draws: &Draws) {
        // Named by kind: an arm without one of them leaves the others' numbers alone.
        match self {
            Self::OnCut { probability, reaction } => {
                draws.prior("exits.OnCut.probability", probability);
                draws.spread("exits.OnCut.reaction", reaction);
            }
            Self::OnSight { probability, votes, reaction } => {
                draws.prior("exits.OnSight.probability", probability);
                draws.prior("exits.OnSight.votes", votes);
                draws.spread("exits.OnSight.reaction", reaction);
            }
            Self::After { blocks } => draws.spread("exits.After.blocks", blocks),
            Self::Below { part, reaction } => {
                draws.prior("exits.Below.part", part);
                draws.spread("exits.Below.reaction", reaction);
            }
        }
    }
}

priors! {
    Pumper {
        budget: 0.0..=range::TAO,
        early_part: 0.0..=1.0,
        // What a block takes at least: smaller clips would be too many to plan.
        clip: 0.01..=range::TAO,
        from: 0.0..=2.0 * range::DURATION,
        at: 0.0..=2.0 * range::DURATION,
        step_interval: 1.0..=range::DURATION,
        slice_interval: 1.0..=range::DURATION,
    }
    groups { exits }
    besides { netuid, steps, holds_for_emission, slices, look, plan, memory }
}

impl Parameters for Pumper {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message: &str| Err(ParameterError { field, message: message.into() });
        if self.steps.iter().any(|part| !(0.0..=1.0).contains(part))
            || (self.steps.iter().sum::<f64>() - 1.0).abs() > 1e-9
        {
            return refuse("steps", "the steps are parts of the main purchase: each 0 to 1, together 1");
        }
        if self.slices == 0 {
            return refuse("slices", "it sells in 0 calls: must be 1 or more");
        }
        range::blocks("look", self.look, 1)?;
        if f64::from(self.slices) > range::NUMBER {
            return refuse("slices", "it sells in more than 1,000,000 calls");
        }
        Ok(())
    }

    fn moments(&self) -> Vec<Moment> {
        vec![Moment::drawn_from("from", self.from.range()), Moment::drawn("at", self.at.range())]
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Strategy for Pumper {
    fn start(&mut self, view: &View, me: &mut Actor) {
        self.draw_plan(me);
        self.memory.epochs = view.roster(self.netuid).map_or(0, Roster::epochs);
        if self.holds_for_emission == HoldsForEmission::No || view.roster(self.netuid).is_none() {
            self.memory.seat = Seat::Taken;
        }
        me.wake_after(0);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        if self.memory.seat == Seat::Wanted {
            self.memory.seat = register(self.netuid, view, me);
        }
        self.watch_incentive(view, me);
        self.watch_weights(view, me);
        self.watch_price(view);
        if self.memory.sells_at.is_some_and(|at| at <= now) {
            let left = self.slices - self.memory.sold;
            sell_part(self.netuid, 1.0 / f64::from(left), view, me);
            self.memory.sold += 1;
            self.memory.sells_at = Some(delayed(now, self.slice_interval.value()));
            if left > 1 {
                me.wake_after(self.slice_interval.value().round() as u64);
            }
            return;
        }
        while let Some(&(_, tao)) = self.plan.purchases.get(self.memory.bought).filter(|next| next.0 <= now) {
            self.memory.bought += 1;
            me.submit(Call::Stake {
                netuid: self.netuid,
                hotkey: home(self.netuid, view, me),
                tao,
                limit: None,
            });
        }
        self.sleep(view, me);
    }
}

impl Pumper {
    /// Each number by its own name: other exits leave the purchases alone, and another budget their times.
    fn draw_plan(&mut self, me: &Actor) {
        let at = self.at.value();
        let mut exits = [None; 4];
        for exit in &self.exits {
            match exit {
                Exit::OnCut { .. } => exits[0] = Some(*exit),
                Exit::After { .. } => exits[1] = Some(*exit),
                Exit::Below { .. } => exits[2] = Some(*exit),
                Exit::OnSight { .. } => exits[3] = Some(*exit),
            }
        }
        if let Some(Exit::OnCut { probability, reaction }) = exits[0] {
            let cares: f64 = me.random_of("exits.OnCut.probability").random();
            let blocks = reaction.sample(&mut me.random_of("exits.OnCut.reaction"));
            self.plan.on_cut = (cares < probability.value()).then_some(blocks);
        }
        if let Some(Exit::After { blocks }) = exits[1] {
            self.memory.sells_at = Some(delayed(at, blocks.sample(&mut me.random_of("exits.After.blocks"))));
        }
        if let Some(Exit::Below { part, reaction }) = exits[2] {
            self.plan.below =
                Some((part.value(), reaction.sample(&mut me.random_of("exits.Below.reaction"))));
        }
        if let Some(Exit::OnSight { probability, votes, reaction }) = exits[3] {
            let looks: f64 = me.random_of("exits.OnSight.probability").random();
            let blocks = reaction.sample(&mut me.random_of("exits.OnSight.reaction"));
            self.plan.on_sight = (looks < probability.value()).then_some((votes.value(), blocks));
        }

        let budget = self.budget.value();
        let early = Tao::from_f64(budget.to_f64() * self.early_part.value());
        let from = self.from.value().min(at);
        let (mut clips, mut times) = (me.random_of("clip"), me.random_of("from"));
        let mut left = early;
        while left > Tao::ZERO {
            let wanted = self.clip.sample(&mut clips).max(Tao::from_rao(1_000_000));
            let when: f64 = times.random();
            let clip = wanted.min(left);
            left = left.saturating_sub(clip);
            self.plan.purchases.push((from + (at.since(from) as f64 * when) as u64, clip));
        }
        let main = budget.saturating_sub(early).to_f64();
        for (index, part) in self.steps.iter().enumerate() {
            let when = at + (self.step_interval.value() * index as f64).round() as u64;
            self.plan.purchases.push((when, Tao::from_f64(main * part)));
        }
        self.plan.purchases.sort_by_key(|purchase| purchase.0);
    }

    fn watch_incentive(&mut self, view: &View, me: &Actor) {
        let Some(epochs) = view.roster(self.netuid).map(Roster::epochs) else { return };
        if epochs == self.memory.epochs {
            return;
        }
        self.memory.epochs = epochs;
        let paid = incentive(self.netuid, view, me.id);
        self.memory.best_incentive = self.memory.best_incentive.max(paid);
        if let Some(blocks) = self.plan.on_cut
            && paid < CUT * self.memory.best_incentive
        {
            self.sell_after(view.block(), blocks);
        }
    }

    fn watch_weights(&mut self, view: &View, me: &Actor) {
        let Some((votes, blocks)) = self.plan.on_sight else { return };
        if self.memory.sight.look(votes, self.netuid, view, me.id) {
            self.sell_after(view.block(), blocks);
        }
    }

    fn watch_price(&mut self, view: &View) {
        let (Some(price), now) = (view.price(self.netuid), view.block()) else { return };
        if now <= self.at.value() {
            return;
        }
        self.memory.best_price = self.memory.best_price.max(price);
        if let Some((part, blocks)) = self.plan.below
            && price < part * self.memory.best_price
        {
            self.sell_after(now, blocks);
        }
    }

    /// The earliest reason counts; once it sells, nothing changes its pace.
    fn sell_after(&mut self, now: Block, blocks: f64) {
        if self.memory.sold == 0 {
            let at = delayed(now, blocks);
            self.memory.sells_at = Some(self.memory.sells_at.map_or(at, |earlier| earlier.min(at)));
        }
    }

    /// Asks for the next wake that it needs, one only.
    fn sleep(&self, view: &View, me: &mut Actor) {
        let now = view.block();
        let tempo = view.subnet(self.netuid).map_or(0, |subnet| subnet.settings.tempo);
        let paid = next_epoch(self.netuid, tempo, now).map(|epoch| epoch + 1);
        let buys = self.plan.purchases.get(self.memory.bought).map(|next| next.0);
        let look = now + self.look;
        let next = [paid, buys, self.memory.sells_at].into_iter().flatten().fold(look, Block::min);
        me.wake_at(next.max(now + 1));
    }
}

#[cfg(test)]
mod tests;
