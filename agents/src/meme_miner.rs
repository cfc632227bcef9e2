//! Holds a subnet's token because the subnet pays for holding it, and leaves when it pays too little.
//!
//! A neuron of a subnet whose validators reward holdings. It keeps what it earns, or sells it every few epochs.
//! It may leave for four reasons, each after a delay of its own: the income stops, the price falls far below
//! what it was six hours ago, the price has risen enough (then it sells a part and stays), or it sees weights without it
//! that do not count yet.
//!
//! ```text
//! income = incentive * 0.41 * 7200 / alpha held                     a day, for each alpha
//! enters with min(1, median income of others' alpha / full_yield)   each look, about every `every` blocks
//! leaves if income >= required_yield at an earlier epoch and income < required_yield at this one
//! leaves if ln(highest price of 1,800 blocks / price) > stop
//! sells a part, once, if ln(price / price at entry) > profit
//! leaves if votes without it >= `announcement.votes` at a look, and fewer at an earlier one
//! ```
//! Decisions are not taken back: an income that recovers within the delay changes nothing. Sales are one call
//! each, and what is sold of the income is cut to 0.01 alpha, so that what differs in the last bits sells the same.
//!
//! Source: two-minute prices of subnet 28, 20 to 28 February 2025 (`configs/market`): six steps, sales of 1,700 to
//! 22,000 alpha each, made nine tenths of the fall on the 25th. Fitted to them (D): `reaction`, `profit`, and how
//! unequal holdings are. Assumed (P): the rest. Prices do not say whether holders left because of the income
//! (`reacts` 1) or because of the price (`reacts` 0): run both.

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::call::Call;
use dtao_engine::math;
use dtao_engine::roster::Roster;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::schedule::next_epoch;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use serde::{Deserialize, Serialize};

use crate::prior::{Prior, Spread};
use crate::priors::priors;
use crate::trading::{
    Peak, Seat, Sight, cut, delayed, held, home, income, register, sell, sell_part, usual_income,
};
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "holds a token because holding is paid, and leaves after a delay when it is not";

/// Blocks over which the highest price counts for the stop: six hours.
const STOP_WINDOW: u64 = 1_800;

/// Holds a token that pays for being held.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemeMiner {
    /// The subnet, in detail.
    pub netuid: Netuid,
    /// How it comes to hold; none if the scenario hands it alpha and a UID before the first block.
    pub entry: Option<Entry>,
    /// Blocks between two looks at the price, besides one after each epoch; 1 or more.
    pub look: f64,
    /// The probability that an agent watches its income; 0 to 1. 1 and 0 are two rival mechanisms (P).
    pub reacts: Prior<f64>,
    /// The least income that it holds for, per alpha and day; about 0.013 (P).
    pub required_yield: Spread<f64>,
    /// Blocks from the epoch that paid too little to its sale; lognormal, median about 480, sigma 1.15 (D).
    pub reaction: Spread<f64>,
    /// The probability that an agent which leaves sells all; otherwise it sells 0.3 to 1 of it; about 0.75 (P).
    pub sells_all: Prior<f64>,
    /// The probability that an agent has a stop; 0 to 1 (P).
    pub stops: Prior<f64>,
    /// The fall of the price's logarithm from the highest of six hours at which it leaves; 0.7 to 2.2 (P).
    pub stop: Spread<f64>,
    /// Blocks from there to its sale; lognormal, median about 180, sigma 0.8 (P).
    pub stop_reaction: Spread<f64>,
    /// The rise of the price's logarithm over its entry, or the start, at which it sells 0 to 0.5 of what it holds,
    /// once; lognormal, median about 0.8, sigma 0.5 (D).
    pub profit: Spread<f64>,
    /// Blocks from there to its sale; 0 or more (P).
    pub profit_reaction: Spread<f64>,
    /// The probability that an agent sells its income; the others compound; about 0.4 (P).
    pub sells_income: Prior<f64>,
    /// Epochs between two such sales; above 0, about 12 (P). The first comes after a part of it, drawn per agent.
    pub income_epochs: Prior<f64>,
    /// How it answers weights without it before they count; not at all if this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<Announcement>,
    #[serde(skip)]
    own: Own,
    #[serde(skip)]
    memory: Memory,
}

/// How it comes to hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Blocks after the run's first before it first thinks of it; 0 or more.
    pub after: Prior<f64>,
    /// Blocks between two times that it thinks of it, on average; 1 or more.
    pub every: Prior<f64>,
    /// What it pays; lognormal, median about 4 TAO, sigma 1.2 (D: quiet days' net inflow).
    pub size: Spread<Tao>,
    /// The income, per alpha and day, at which it surely enters; above 0, about 0.06 (P).
    pub full_yield: Prior<f64>,
}

/// How holders answer weights that anybody can see, and that count from the next epoch on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// The probability that an agent looks at weights; 0 to 1 (P).
    pub reacts: Prior<f64>,
    /// The part of the validators' stake whose weights give it nothing from which on it leaves; above 0, to 1 (P).
    pub votes: Prior<f64>,
    /// Blocks from that look to its sale; 0 or more (P).
    pub reaction: Spread<f64>,
}

/// What an agent draws for itself at the start.
#[derive(Clone, Debug, Default, PartialEq)]
struct Own {
    size: Tao,
    /// None if it does not watch its income.
    required: Option<f64>,
    reaction: f64,
    part: f64,
    stop: Option<f64>,
    stop_reaction: f64,
    profit: f64,
    profit_reaction: f64,
    profit_part: f64,
    /// Blocks from the sight of weights without it to its sale; none if it does not look.
    sight_reaction: Option<f64>,
    /// Where between two sales of income, or looks, it begins; none if it compounds.
    income_phase: Option<f64>,
    look_phase: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Memory {
    stage: Stage,
    seat: Seat,
    entry_price: f64,
    peak: Peak,
    /// Epochs that it has seen.
    epochs: u64,
    pay: Pay,
    sight: Sight,
    leaves_at: Option<Block>,
    profit: Profit,
    /// Income that it has not sold.
    unsold: Alpha,
    next_income: Option<Block>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Outside,
    Holds,
    Left,
}

/// Whether an epoch has paid what it requires.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Pay {
    #[default]
    NotYet,
    Enough,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Profit {
    #[default]
    Open,
    TakenAt(Block),
    Taken,
}

priors! {
    Entry in "entry" {
        after: 0.0..=range::DURATION,
        every: 1.0..=range::DURATION,
        size: 0.0..=range::TAO,
        full_yield: f64::MIN_POSITIVE..=range::NUMBER,
    }
}

priors! {
    Announcement in "announcement" {
        reacts: 0.0..=1.0,
        votes: f64::MIN_POSITIVE..=1.0,
        reaction: 0.0..=range::DURATION,
    }
}

priors! {
    MemeMiner {
        reacts: 0.0..=1.0,
        sells_all: 0.0..=1.0,
        stops: 0.0..=1.0,
        sells_income: 0.0..=1.0,
        required_yield: 0.0..=range::NUMBER,
        reaction: 0.0..=range::DURATION,
        stop: 0.0..=range::LOGARITHM,
        stop_reaction: 0.0..=range::DURATION,
        profit: 0.0..=range::LOGARITHM,
        profit_reaction: 0.0..=range::DURATION,
        income_epochs: f64::MIN_POSITIVE..=range::DURATION,
    }
    groups { entry, announcement }
    besides { netuid, look, own, memory }
}

impl Parameters for MemeMiner {
    fn check(&self) -> Result<(), ParameterError> {
        if !(1.0..=range::DURATION).contains(&self.look) {
            let message = format!("a look every {} blocks: must be 1 or more", self.look);
            return Err(ParameterError { field: "look", message });
        }
        Ok(())
    }

    fn moments(&self) -> Vec<Moment> {
        let after = |entry: &Entry| Moment::after("entry.after", entry.after.range().0 as u64);
        self.entry.iter().map(after).collect()
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn detailed(&self) -> Vec<(String, Netuid)> {
        self.netuids()
    }
}

impl Strategy for MemeMiner {
    fn start(&mut self, view: &View, me: &mut Actor) {
        self.own = self.draw_own(me);
        if let Some(entry) = &self.entry {
            let first: f64 = Exp1.sample(me.random());
            me.wake_after((entry.after.value() + first * entry.every.value()) as u64);
        } else {
            self.memory.seat = Seat::Taken;
            self.hold(view);
            me.wake_after(0);
        }
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        match self.memory.stage {
            Stage::Outside => self.consider(view, me),
            Stage::Holds => {
                if self.memory.seat == Seat::Wanted {
                    self.memory.seat = register(self.netuid, view, me);
                }
                self.watch_income(view, me);
                self.watch_price(view);
                self.watch_weights(view, me);
                self.act(view, me);
                self.sleep(view, me);
            }
            Stage::Left => {}
        }
    }
}

impl MemeMiner {
    /// Each number by its own name, so that an arm without one of them leaves the rest alone.
    fn draw_own(&self, me: &Actor) -> Own {
        let of = |parameter| me.random_of(parameter);
        let unit = |parameter| of(parameter).random::<f64>();
        let has = |parameter, probability: f64| unit(parameter) < probability;
        let required = self.required_yield.sample(&mut of("required_yield"));
        let stop = self.stop.sample(&mut of("stop"));
        let sells_all = has("sells_all", self.sells_all.value());
        Own {
            required: has("reacts", self.reacts.value()).then_some(required),
            reaction: self.reaction.sample(&mut of("reaction")),
            part: if sells_all { 1.0 } else { 0.3 + 0.7 * unit("part") },
            stop: has("stops", self.stops.value()).then_some(stop),
            stop_reaction: self.stop_reaction.sample(&mut of("stop_reaction")),
            profit: self.profit.sample(&mut of("profit")),
            profit_reaction: self.profit_reaction.sample(&mut of("profit_reaction")),
            profit_part: 0.5 * unit("profit_part"),
            sight_reaction: self.announcement.as_ref().and_then(|announcement| {
                let reacts = has("announcement.reacts", announcement.reacts.value());
                reacts.then(|| announcement.reaction.sample(&mut of("announcement.reaction")))
            }),
            income_phase: has("sells_income", self.sells_income.value()).then_some(unit("income_phase")),
            look_phase: unit("look_phase"),
            size: self.entry.as_ref().map_or(Tao::ZERO, |entry| entry.size.sample(&mut of("entry.size"))),
        }
    }

    /// Enters, or thinks of it again later.
    fn consider(&mut self, view: &View, me: &mut Actor) {
        let Some(entry) = &self.entry else { return };
        let wanted: f64 = me.random().random();
        let wait: f64 = Exp1.sample(me.random());
        let Some(roster) = view.roster(self.netuid) else {
            // The subnet may come back.
            me.wake_after((wait * entry.every.value()) as u64);
            return;
        };
        // What the seat costs is kept back.
        let tao = self.own.size.min(view.balance(me.id).saturating_sub(roster.burn()));
        let enters = wanted * entry.full_yield.value() < usual_income(self.netuid, view, me.id);
        if !enters || tao == Tao::ZERO {
            me.wake_after((wait * entry.every.value()) as u64);
            return;
        }
        me.submit(Call::Stake { netuid: self.netuid, hotkey: home(self.netuid, view, me), tao, limit: None });
        self.memory.seat = register(self.netuid, view, me);
        self.hold(view);
        self.sleep(view, me);
    }

    /// Holds from now on.
    fn hold(&mut self, view: &View) {
        self.memory.stage = Stage::Holds;
        self.memory.entry_price = view.price(self.netuid).unwrap_or(0.0);
        self.memory.epochs = view.roster(self.netuid).map_or(0, Roster::epochs);
        let first = |phase| delayed(view.block(), phase * self.income_every(view));
        self.memory.next_income = self.own.income_phase.map(first);
    }

    /// Blocks between two sales of income.
    fn income_every(&self, view: &View) -> f64 {
        let tempo = view.subnet(self.netuid).map_or(0, |subnet| subnet.settings.tempo);
        self.income_epochs.value() * (f64::from(tempo) + 1.0)
    }

    /// After an epoch: notes what it earned, and whether that is still enough.
    fn watch_income(&mut self, view: &View, me: &Actor) {
        let Some(roster) = view.roster(self.netuid) else { return };
        if roster.epochs() == self.memory.epochs {
            return;
        }
        self.memory.epochs = roster.epochs();
        let uid = roster.uid(home(self.netuid, view, me));
        let paid = uid.and_then(|uid| roster.results().emission.get(uid.index()));
        self.memory.unsold += paid.copied().unwrap_or(Alpha::ZERO);
        let Some(required) = self.own.required else { return };
        let enough = income(self.netuid, view, me.id) >= required;
        match self.memory.pay {
            Pay::NotYet if enough => self.memory.pay = Pay::Enough,
            Pay::Enough if !enough => self.leave_after(view.block(), self.own.reaction),
            Pay::NotYet | Pay::Enough => {}
        }
    }

    fn watch_price(&mut self, view: &View) {
        let (Some(price), now) = (view.price(self.netuid), view.block()) else { return };
        let highest = self.memory.peak.see(price, now, STOP_WINDOW);
        if self.own.stop.is_some_and(|stop| math::ln(highest / price) > stop) {
            self.leave_after(now, self.own.stop_reaction);
        }
        if self.memory.profit == Profit::Open && math::ln(price / self.memory.entry_price) > self.own.profit {
            self.memory.profit = Profit::TakenAt(delayed(now, self.own.profit_reaction));
        }
    }

    /// Notes whether weights that are set give it nothing, before they count.
    fn watch_weights(&mut self, view: &View, me: &Actor) {
        let (Some(announcement), Some(reaction)) = (&self.announcement, self.own.sight_reaction) else {
            return;
        };
        if self.memory.sight.look(announcement.votes.value(), self.netuid, view, me.id) {
            self.leave_after(view.block(), reaction);
        }
    }

    /// The earliest reason to leave counts, and each is seen once.
    fn leave_after(&mut self, now: Block, blocks: f64) {
        let at = delayed(now, blocks);
        self.memory.leaves_at = Some(self.memory.leaves_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// Does what is due: at most one sale in a block.
    fn act(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        if self.memory.leaves_at.is_some_and(|at| at <= now) {
            sell_part(self.netuid, self.own.part, view, me);
            self.memory.stage = Stage::Left;
        } else if matches!(self.memory.profit, Profit::TakenAt(at) if at <= now) {
            sell_part(self.netuid, self.own.profit_part, view, me);
            self.memory.profit = Profit::Taken;
        } else if self.memory.next_income.is_some_and(|at| at <= now) {
            self.memory.next_income = Some(delayed(now, self.income_every(view)));
            let alpha = cut(self.memory.unsold).min(held(self.netuid, view, me));
            self.memory.unsold = self.memory.unsold.saturating_sub(alpha);
            sell(self.netuid, alpha, view, me);
        }
    }

    /// Asks for one wake only, the next that it needs: looks keep to a grid of their own.
    fn sleep(&self, view: &View, me: &mut Actor) {
        if self.memory.stage == Stage::Left {
            return;
        }
        let now = view.block();
        let passed = (now.0 as f64 / self.look + self.own.look_phase).floor() + 1.0;
        let look = Block(((passed - self.own.look_phase) * self.look).ceil() as u64);
        let tempo = view.subnet(self.netuid).map_or(0, |subnet| subnet.settings.tempo);
        let paid = next_epoch(self.netuid, tempo, now).map(|epoch| epoch + 1);
        let profit = match self.memory.profit {
            Profit::TakenAt(at) => Some(at),
            Profit::Open | Profit::Taken => None,
        };
        let next = [paid, self.memory.leaves_at, profit, self.memory.next_income].into_iter().flatten().min();
        me.wake_at(next.map_or(look, |next| next.min(look)).max(now + 1));
    }
}

#[cfg(test)]
mod tests;
