//! Accounts of a role that choose each period among named strategies, by what these earned.
//!
//! ```text
//! profit    = (wealth now - wealth a period ago) / days + outside                     per account, in TAO a day
//! return    = profit / wealth a period ago                                            0 if it had nothing
//! earned_h  = mean of either over the group's accounts that followed h in the period
//! fitness_h = memory * fitness_h before + (1 - memory) * earned_h                     earned_h, if it is the first
//! P(h)      = exp(intensity * fitness_h) / sum over all options of the same
//! ```
//! Each period an account reconsiders with the probability `reviews`, and then follows h with the probability P(h). An option that
//! nobody followed in the period keeps its fitness; one that nobody has followed yet counts as the mean of those that somebody has,
//! so the first choice is made with equal probabilities.
//!
//! Wealth is as in [`dtao_engine::view::View::wealth`]: free TAO, stake on root, and what each pool would pay for all of the account's
//! stake there. It says nothing of income outside of the chain, which is `outside`. What everybody earned is public on the chain; what
//! everybody follows, accounts tell each other.
//!
//! An option begins anew each time that it is taken up, and knows nothing of an earlier time. It draws the same random numbers
//! as if it were the account's only strategy, so a group with one option acts as a group that follows that strategy.
//!
//! Source: Brock, Hommes 1997, doi:10.2307/2171879 (a logit choice among predictors by realised profit, with memory); the fraction
//! that reconsiders: Hommes, Huang, Wang 2005, *Journal of Economic Dynamics and Control* 29(6). Intensity, period, memory and that fraction are
//! assumptions (P).

mod option;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::account::AgentId;
use dtao_engine::call::{Call, Submitted};
use dtao_engine::math;
use dtao_engine::strategy::{Actor, Reaction, Strategy};
use dtao_engine::view::View;
use dtao_engine::wakes::Wakes;
use dtao_protocol::units::{self, Alpha, Block, Netuid};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::prior::{Draws, Prior};
use crate::priors::Priors;
use crate::{ParameterError, Parameters, StrategySpec, range};

pub use option::{Choice, Works};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "chooses each period among named strategies, by what they earned (logit)";

/// Most options of a role.
pub const MOST_OPTIONS: usize = 64;

const DAY: f64 = units::DAY as f64;

/// Chooses among strategies by what they earned.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switcher {
    /// What it chooses among; 1 to 64, each with a name of its own.
    pub options: Vec<Choice>,
    /// By how much the log-odds of an option rise with its fitness: per TAO a day, or per unit of return a day; 0 chooses with equal
    /// probabilities. P.
    pub intensity: Prior<f64>,
    /// Blocks between two choices; 1 or more. P.
    pub period: Prior<Block>,
    /// The probability that an account reconsiders at the end of a period; 0 to 1. P.
    pub reviews: Prior<f64>,
    /// How much of its fitness an option keeps from period to period; 0 to 1. P.
    pub memory: Prior<f64>,
    /// What counts as fitness.
    pub by: By,
    /// What is done with what the account holds when it takes up another option.
    pub on_change: OnChange,
    /// Which subnets the options' netuids stand for.
    pub works: Works,
    /// How many accounts follow each option, in the order of the options and of the accounts, from the first block to the last: nobody
    /// chooses then. Left out, they choose.
    #[serde(default)]
    pub allotted: Option<Vec<u32>>,
    #[serde(skip)]
    state: State,
}

/// What options are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// TAO a day.
    Profit,
    /// TAO a day for each TAO that the account had.
    Return,
}

/// What becomes of what an account holds when it takes up another option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnChange {
    /// It stays, for the new option to do with as it will.
    Keeps,
    /// All alpha is sold.
    Sells,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    /// The options' names, to be told.
    names: Vec<Arc<str>>,
    active: usize,
    /// What it follows, with its memory; none before the first block.
    follows: Option<Box<StrategySpec>>,
    wakes: Wakes,
    /// When it may choose again; never, if there is nothing to choose.
    next: Option<Block>,
}

/// What all accounts of a role know alike.
#[derive(Default)]
struct Earnings {
    /// Each option's fitness, once somebody has followed it.
    fitness: Vec<Option<f64>>,
    /// The accounts, and what each had at the last look.
    accounts: Vec<(AgentId, f64)>,
    /// The block of that look.
    looked: Option<Block>,
}

impl Switcher {
    /// A role that chooses, before its first block.
    #[must_use]
    pub fn new(options: Vec<Choice>, intensity: Prior<f64>, period: Prior<Block>) -> Self {
        Self {
            options,
            intensity,
            period,
            reviews: Prior::Exactly(1.0),
            memory: Prior::Exactly(0.0),
            by: By::Profit,
            on_change: OnChange::Keeps,
            works: Works::AsWritten,
            allotted: None,
            state: State::default(),
        }
    }

    /// The probability of each option, by the fitness known so far.
    fn probabilities(&self, fitness: &[Option<f64>]) -> Vec<f64> {
        let known: Vec<f64> = fitness.iter().flatten().copied().collect();
        let usual = if known.is_empty() { 0.0 } else { known.iter().sum::<f64>() / known.len() as f64 };
        let fitness: Vec<f64> = fitness.iter().map(|known| known.unwrap_or(usual)).collect();
        logit(&fitness, self.intensity.value())
    }

    /// Chooses again when a period is over.
    fn wait(&mut self, view: &View, me: &mut Actor) {
        let next = view.block() + self.period.value().0.max(1);
        self.state.next = Some(next);
        me.wake_at(next);
    }

    /// Takes up an option.
    fn take_up(&mut self, option: usize, view: &View, me: &mut Actor) {
        let choice = &self.options[option];
        let mut follows = Box::new(self.works.of(&choice.strategy, view.account(me.id).place));
        (self.state.active, self.state.wakes) = (option, Wakes::default());
        follows.begin(view, &mut me.part(&mut self.state.wakes));
        self.state.follows = Some(follows);
        me.tell(Arc::clone(&self.state.names[option]));
    }

    /// The end of a period: what everybody earned.
    fn look(&self, view: &View, earnings: &mut Earnings) {
        let days = self.period.value().0 as f64 / DAY;
        let mut earned = vec![(0.0, 0_u32); self.options.len()];
        for (account, before) in &mut earnings.accounts {
            let now = view.wealth(*account).to_f64();
            let had = std::mem::replace(before, now);
            let name = view.following(*account);
            let Some(option) = self.options.iter().position(|choice| Some(choice.name.as_str()) == name)
            else {
                continue;
            };
            let profit = (now - had) / days + self.options[option].outside.value();
            let gain = match self.by {
                By::Profit => profit,
                By::Return if had > 0.0 => profit / had,
                By::Return => 0.0,
            };
            let (sum, count) = &mut earned[option];
            (*sum, *count) = (*sum + gain, *count + 1);
        }
        let memory = self.memory.value();
        for (fitness, (sum, count)) in earnings.fitness.iter_mut().zip(earned) {
            if count > 0 {
                let mean = sum / f64::from(count);
                *fitness = Some(fitness.map_or(mean, |before| memory * before + (1.0 - memory) * mean));
            }
        }
    }

    /// What it follows from now on.
    fn review(&mut self, view: &View, me: &mut Actor) -> Change {
        let earnings = earnings(view, me);
        // All accounts of the role review in the same blocks: the first of them looks for all.
        if earnings.looked != Some(view.block()) {
            earnings.looked = Some(view.block());
            self.look(view, earnings);
        }
        let probabilities = self.probabilities(&earnings.fitness);
        let mut random = me.random_of(CHOICE);
        let reconsiders = random.random::<f64>() < self.reviews.value();
        let option = chosen(&probabilities, &mut random);
        if !reconsiders || option == self.state.active {
            return Change::None;
        }
        if self.on_change == OnChange::Sells {
            sell_all(view, me);
        }
        self.take_up(option, view, me);
        Change::Made
    }
}

/// What the accounts of the actor's role know.
fn earnings<'a>(view: &View, me: &'a mut Actor) -> &'a mut Earnings {
    me.common(view).expect("no option is a Switcher itself: checked with the scenario")
}

/// Whether an account took up another option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    None,
    Made,
}

/// The name of the choice's random numbers.
const CHOICE: &str = "Switcher";

/// The probability of each of some options, by their fitness and the intensity of choice.
#[must_use]
pub fn logit(fitness: &[f64], intensity: f64) -> Vec<f64> {
    let best = fitness.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // The best has weight 1, so the sum is at least 1 whatever the intensity.
    let weights: Vec<f64> = fitness.iter().map(|fitness| math::exp(intensity * (fitness - best))).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// One of some options, with their probabilities.
fn chosen(probabilities: &[f64], random: &mut impl Rng) -> usize {
    let drawn: f64 = random.random();
    let mut below = 0.0;
    let found = probabilities.iter().position(|probability| {
        below += probability;
        drawn < below
    });
    // The sum may fall short of 1 by the last digit.
    found.unwrap_or(probabilities.len() - 1)
}

/// Sells all alpha, wherever it is staked.
fn sell_all(view: &View, me: &mut Actor) {
    for netuid in view.netuids() {
        for hotkey in view.hotkeys_of(me.id, netuid) {
            let alpha = view.stake_on(me.id, netuid, hotkey);
            if alpha > Alpha::ZERO {
                me.submit(Call::Unstake { netuid, hotkey, alpha, limit: None });
            }
        }
    }
}

impl Priors for Switcher {
    fn check_priors(&self) -> Result<(), ParameterError> {
        self.intensity.check("intensity", 0.0, range::NUMBER)?;
        self.period.check("period", 1.0, range::DURATION)?;
        self.reviews.check("reviews", 0.0, 1.0)?;
        self.memory.check("memory", 0.0, 1.0)
    }

    fn draw_priors(&mut self, draws: &Draws) {
        draws.prior("intensity", &mut self.intensity);
        draws.prior("period", &mut self.period);
        draws.prior("reviews", &mut self.reviews);
        draws.prior("memory", &mut self.memory);
        for choice in &mut self.options {
            let within = format!("{}.{}", draws.group(), choice.name);
            let own = Draws::new(draws.seed(), &within);
            own.prior("outside", &mut choice.outside);
            choice.strategy.draw_priors(&own);
            draws.join(own);
        }
    }
}

impl Parameters for Switcher {
    // Each option is checked where it stands: see `Choice::check`.
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message: String| Err(ParameterError { field, message });
        if !(1..=MOST_OPTIONS).contains(&self.options.len()) {
            let message = format!("{} options: must be 1 to {MOST_OPTIONS}", self.options.len());
            return refuse("options", message);
        }
        let mut names = BTreeSet::new();
        for choice in &self.options {
            if !names.insert(&choice.name) {
                let message =
                    format!("two options are called `{}`: give each a name of its own", choice.name);
                return refuse("options", message);
            }
        }
        let Some(allotted) = &self.allotted else { return Ok(()) };
        if allotted.len() != self.options.len() {
            let (found, expected) = (allotted.len(), self.options.len());
            let message = format!("{found} numbers for {expected} options: write one for each");
            return refuse("allotted", message);
        }
        Ok(())
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        self.each(|strategy| strategy.netuids())
    }

    fn detailed(&self) -> Vec<(String, Netuid)> {
        self.each(|strategy| strategy.detailed())
    }

    fn groups(&self) -> Vec<(String, String)> {
        self.each(|strategy| strategy.groups())
    }

    fn members(&self) -> Vec<(String, (String, u32))> {
        self.each(|strategy| strategy.members())
    }

    fn moments(&self) -> Vec<Moment> {
        let options = self.options.iter().enumerate();
        let moments = options.flat_map(|(at, choice)| {
            let path = Self::path(at, choice);
            choice.strategy.moments().into_iter().map(move |moment| moment.within(&path))
        });
        moments.collect()
    }
}

impl Strategy for Switcher {
    const REACTION: Reaction = Reaction::PendingCalls;

    fn start(&mut self, view: &View, me: &mut Actor) {
        self.state.names = self.options.iter().map(|choice| choice.name.as_str().into()).collect();
        let own = view.account(me.id);
        let option = match &self.allotted {
            Some(allotted) => {
                let mut before = 0;
                let place = allotted.iter().position(|&accounts| {
                    before += accounts;
                    own.place < before
                });
                place.expect("as many are allotted as the group has accounts: checked with the scenario")
            }
            None => chosen(&self.probabilities(&vec![None; self.options.len()]), &mut me.random_of(CHOICE)),
        };
        if self.allotted.is_none() && self.options.len() > 1 {
            let earnings = earnings(view, me);
            if earnings.accounts.is_empty() {
                let wealth = |account| (account, view.wealth(account).to_f64());
                earnings.accounts = view.members(own.group).map(wealth).collect();
                earnings.fitness = vec![None; self.options.len()];
            }
            self.wait(view, me);
        }
        self.take_up(option, view, me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        if self.state.next.is_some_and(|next| view.block() >= next) {
            self.wait(view, me);
            if self.review(view, me) == Change::Made {
                return;
            }
        }
        if self.state.wakes.due(view)
            && let Some(follows) = &mut self.state.follows
        {
            follows.act(view, &mut me.part(&mut self.state.wakes));
        }
    }

    fn react(&mut self, pending: &[Submitted], view: &View, me: &mut Actor) {
        if let Some(follows) = &mut self.state.follows
            && follows.reaction() == Reaction::PendingCalls
        {
            follows.answer(pending, view, &mut me.part(&mut self.state.wakes));
        }
    }
}

impl Switcher {
    /// What every option answers, with the path of the field.
    fn each<T>(&self, of: impl Fn(&StrategySpec) -> Vec<(String, T)>) -> Vec<(String, T)> {
        let answers = |(at, choice): (usize, &Choice)| {
            let path = Self::path(at, choice);
            let fields = of(&choice.strategy).into_iter();
            fields.map(|(field, answer)| (format!("{path}.{field}"), answer)).collect::<Vec<_>>()
        };
        self.options.iter().enumerate().flat_map(answers).collect()
    }

    /// Where an option's strategy stands in this one.
    #[must_use]
    pub fn path(at: usize, choice: &Choice) -> String {
        format!("options[{at}].strategy.{}", choice.strategy.name())
    }
}
