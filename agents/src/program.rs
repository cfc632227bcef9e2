//! Carries out a short program: a fixed list of calls by at most three accounts, with waits between them.
//!
//! This is what `dtao attack` searches among. Amounts are parts of what an account has and subnets are named by what they are, so
//! that a program found in one market can be tried in another. All accounts of the group follow the whole program, each makes its
//! own steps; so all of them know when the others' are made.
//!
//! ```text
//! step:  wait (blocks, an epoch, a price, somebody's pending trade), then one call of one account
//! ```
//! A call that the chain refuses is passed over, and so is one about what is not there. A step about the group's own subnet waits
//! while a registration of the group's does.

mod action;
mod calling;
mod place;
mod wait;

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::account::AgentId;
use dtao_engine::calendar::Crossing;
use dtao_engine::call::Submitted;
use dtao_engine::strategy::{Actor, Reaction, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

pub use self::action::{Action, Claims, Key, Pattern};
use self::calling::{Caller, Given};
use self::place::Places;
pub use self::place::{Place, roles};
pub use self::wait::{Side, Wait};
use self::wait::{Until, awaited};
use crate::priors::priors;
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "makes up to twelve calls with up to three accounts, with waits between: what `dtao attack` finds";

/// The most steps of a program.
pub const STEPS: usize = 12;
/// The most accounts of a program.
pub const ACCOUNTS: u8 = 3;

/// Carries out a short program.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The steps, one after the other; at most 12.
    pub steps: Vec<Step>,
    #[serde(skip)]
    course: Course,
}

/// A wait, and a call after it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it waits for; nothing by default, so that it is made in the block of the step before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub wait: Wait,
    /// Which account calls, from 0 on; at most 2.
    #[serde(default, skip_serializing_if = "is_default")]
    pub account: u8,
    /// Where the call wants to stand, if the step answers to a pending trade.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stand: Stand,
    /// The call.
    pub action: Action,
}

/// Where a call wants to stand in its block, if the scenario's order heeds it (`Searcher`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stand {
    /// Right before the trade that was waited for.
    Before,
    /// Right after it.
    After,
    /// After all others.
    #[default]
    Last,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How far a program is.
#[derive(Clone, Debug, Default, PartialEq)]
struct Course {
    /// The step that is due.
    next: usize,
    /// When the step before it was made.
    since: Block,
    /// What the step that is due waits for, once it has begun to.
    until: Option<Until>,
    places: Places,
    /// The group's accounts, by their numbers.
    members: Vec<AgentId>,
    given: Given,
}

impl Step {
    /// A call by the first account, in the block of the step before.
    #[must_use]
    pub fn new(action: Action) -> Self {
        Self { wait: Wait::default(), account: 0, stand: Stand::default(), action }
    }

    /// The same, after so many blocks.
    #[must_use]
    pub fn after(blocks: u64, action: Action) -> Self {
        Self { wait: Wait::Blocks(blocks), ..Self::new(action) }
    }
}

impl Program {
    /// A program before the first block.
    #[must_use]
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps, course: Course::default() }
    }

    /// How many accounts it names.
    #[must_use]
    pub fn accounts(&self) -> u8 {
        let named = self.steps.iter().flat_map(|step| {
            let mut action = step.action;
            let others: Vec<u8> = action.accounts_mut().into_iter().map(|account| *account).collect();
            others.into_iter().chain(std::iter::once(step.account))
        });
        named.max().map_or(1, |most| most + 1)
    }
}

priors!(Program {} besides { steps, course });

impl Parameters for Program {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |message| Err(ParameterError { field: "steps", message });
        if self.steps.len() > STEPS {
            return refuse(format!("{} steps: a program has at most {STEPS}", self.steps.len()));
        }
        for (index, step) in self.steps.iter().enumerate() {
            if let Some(fault) = step.fault() {
                return refuse(format!("steps[{index}]: {fault}"));
            }
        }
        Ok(())
    }

    fn moments(&self) -> Vec<Moment> {
        // Only the first step's time is known before the run.
        let first = self.steps.first().map(|step| step.wait);
        let Some(Wait::Blocks(blocks)) = first else { return vec![] };
        vec![Moment::after("steps[0].wait", blocks)]
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        let of_step = |(index, step): (usize, &Step)| {
            let waits = step.wait.place().map(|place| ("wait", place));
            let acts = step.action.places().into_iter().map(|place| ("action", place));
            let named = waits.into_iter().chain(acts).filter_map(move |(field, place)| match place {
                Place::Netuid(number) if number > 0 => {
                    Some((format!("steps[{index}].{field}"), Netuid(number)))
                }
                _ => None,
            });
            named.collect::<Vec<_>>()
        };
        self.steps.iter().enumerate().flat_map(of_step).collect()
    }

    fn registrations(&self) -> usize {
        self.steps.iter().filter(|step| step.action == Action::RegisterSubnet).count()
    }
}

impl Step {
    /// What is wrong with it, if anything.
    fn fault(&self) -> Option<String> {
        let mut action = self.action;
        let mut accounts = action.accounts_mut().into_iter().map(|account| *account);
        if let Some(account) = accounts.find(|&account| account >= ACCOUNTS) {
            return Some(format!("account {account}: the accounts of a program are 0 to {}", ACCOUNTS - 1));
        }
        if self.account >= ACCOUNTS {
            return Some(format!(
                "account {}: the accounts of a program are 0 to {}",
                self.account,
                ACCOUNTS - 1
            ));
        }
        let parts: Vec<f64> = action.parts_mut().into_iter().map(|part| *part).collect();
        if let Some(part) = parts.iter().find(|part| !(0.0..=1.0).contains(*part)) {
            return Some(format!("{part}: a part is 0 to 1"));
        }
        if matches!(action, Action::SetEmissionWeights { .. }) && parts.iter().sum::<f64>() > 1.0 {
            return Some("owner and validators together get more than 1".into());
        }
        let ratio = match self.wait {
            Wait::Above { ratio, .. } | Wait::Below { ratio, .. } => Some(ratio),
            Wait::Blocks(_) | Wait::Epoch { .. } | Wait::Pending { .. } => None,
        };
        let ratios = ratio.into_iter().chain(action.limit());
        if let Some(ratio) = ratios.into_iter().find(|ratio| !(1e-6..=1e6).contains(ratio)) {
            return Some(format!("{ratio}: a price over the price now is 0.000001 to 1,000,000"));
        }
        let blocks = self.wait.longest();
        if let Err(error) = range::blocks("steps", blocks, 0) {
            return Some(error.message);
        }
        None
    }
}

impl Step {
    fn is_about_own(&self) -> bool {
        self.wait.place() == Some(Place::Own) || self.action.places().contains(&Place::Own)
    }
}

impl Strategy for Program {
    const REACTION: Reaction = Reaction::PendingCalls;

    fn start(&mut self, view: &View, me: &mut Actor) {
        let account = view.account(me.id);
        let of_group = |other: &AgentId| view.account(*other).group == account.group;
        let first = me.id.0 - account.place;
        let members = (first..).map(AgentId).take_while(|other| (other.0 as usize) < view.accounts().len());
        self.course.members = members.take_while(of_group).collect();
        self.course.places = Places::of(view);
        self.course.since = view.block() + 1;
        if !self.steps.is_empty() {
            me.wake_at(view.block() + 1);
        }
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        self.go_on(None, view, me);
    }

    fn react(&mut self, pending: &[Submitted], view: &View, me: &mut Actor) {
        let Some(Until::Pending { netuid, side, tao, .. }) = self.course.until else { return };
        let is_own = |submitted: &Submitted| self.course.members.contains(&submitted.agent);
        if let Some(position) = awaited(pending, (netuid, side, tao), view, is_own) {
            self.make(Some(position), view, me);
            self.go_on(Some(position), view, me);
        }
    }
}

impl Program {
    /// Makes all steps that are due, and asks to be woken for the next. `answered` is the pending trade that they answer to.
    fn go_on(&mut self, answered: Option<usize>, view: &View, me: &mut Actor) {
        while let Some(step) = self.steps.get(self.course.next) {
            let Course { since, places, members, .. } = &self.course;
            // One that can never be paid, or never has a place, is waited for no longer than this.
            let patient = view.block().since(*since) < 10 * view.rules().registration.cleanup;
            let waits = || view.waiting_registrations().any(|(agent, _)| members.contains(&agent));
            if step.is_about_own() && patient && waits() {
                return me.wake_after(1);
            }
            let begin = || step.wait.begin(*since, view, |place| places.find(place, view, members));
            let until = self.course.until.unwrap_or_else(begin);
            let now = view.block();
            let latest = match until {
                Until::Block(block) => block,
                Until::Price { netuid, level, crossing, latest } => {
                    let crossed = view.price(netuid).is_some_and(|price| match crossing {
                        Crossing::Above => price >= level,
                        Crossing::Below => price <= level,
                    });
                    if crossed { now } else { latest }
                }
                Until::Pending { latest, .. } => latest,
            };
            if latest > now {
                if self.course.until.is_none() {
                    me.wake_at(latest);
                    if let Until::Price { netuid, level, crossing, .. } = until {
                        me.watch(netuid, level, crossing);
                    }
                }
                self.course.until = Some(until);
                return;
            }
            self.make(answered, view, me);
        }
    }

    /// Makes the step that is due, if it is this account's.
    fn make(&mut self, answered: Option<usize>, view: &View, me: &mut Actor) {
        let Some(step) = self.steps.get(self.course.next) else { return };
        let Course { places, members, given, .. } = &mut self.course;
        if members.get(usize::from(step.account)) == Some(&me.id) {
            let mut caller = Caller { view, members, me: me.id, given };
            let call = caller.call(&step.action, |place| places.find(place, view, members));
            if let Some(call) = call {
                me.submit_at(call, step.stand.place(answered));
            }
        }
        self.course.next += 1;
        self.course.since = view.block();
        self.course.until = None;
    }
}

impl Stand {
    fn place(self, answered: Option<usize>) -> dtao_engine::call::Place {
        use dtao_engine::call::Place as Stands;
        match (self, answered) {
            (Self::Before, Some(position)) => Stands::Before(position),
            (Self::After, Some(position)) => Stands::After(position),
            _ => Stands::Last,
        }
    }
}

#[cfg(test)]
mod tests;
