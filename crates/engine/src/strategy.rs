//! What a kind of agent is, and how it is put to work.

use std::sync::Arc;

use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::*;
use bevy_ecs::system::{InRef, SystemParam};
use dtao_protocol::units::{Block, Netuid};
use rand::rngs::Xoshiro256PlusPlus;

use crate::account::{Accounts, AgentId};
use crate::calendar::{Calendar, Crossing};
use crate::call::{Call, Place, Submitted};
use crate::clock::Clock;
use crate::common::Common;
use crate::outbox::Outbox;
use crate::random::{AgentKey, Stream, generator, generator_of};
use crate::view::View;
use crate::wakes::Wakes;

/// A kind of behaviour. The component is the agent's parameters, as the scenario writes them, and its memory.
pub trait Strategy: Component<Mutability = Mutable> + Sized {
    /// Whether its agents see pending calls and may answer them within the block.
    const REACTION: Reaction = Reaction::None;

    /// Before the first block: asks for the first wake.
    fn start(&mut self, view: &View, me: &mut Actor);

    /// Woken: reads the state that the previous block left, submits calls, asks for the next wake.
    fn decide(&mut self, view: &View, me: &mut Actor);

    /// Called when others have submitted calls for this block, if [`Strategy::REACTION`] says so.
    fn react(&mut self, pending: &[Submitted], view: &View, me: &mut Actor) {
        let _ = (pending, view, me);
    }
}

/// Whether a kind of agent watches pending calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It does not.
    None,
    /// It sees all pending calls of each block in which there are any.
    PendingCalls,
}

/// An agent's hands: what it can do when it is its turn.
pub struct Actor<'a> {
    /// Its number.
    pub id: AgentId,
    key: AgentKey,
    block: Block,
    stream: Stream,
    random: Option<Xoshiro256PlusPlus>,
    calendar: &'a mut Calendar,
    outbox: &'a mut Vec<Submitted>,
    told: Option<&'a mut Vec<(AgentId, Arc<str>)>>,
    common: Option<&'a mut Common>,
    wakes: Option<&'a mut Wakes>,
}

impl<'a> Actor<'a> {
    /// An agent in a block: for the pipeline, and for tests of strategies.
    pub fn new(
        (id, key): (AgentId, AgentKey),
        block: Block,
        stream: Stream,
        calendar: &'a mut Calendar,
        outbox: &'a mut Vec<Submitted>,
    ) -> Self {
        Self { id, key, block, stream, random: None, calendar, outbox, told: None, common: None, wakes: None }
    }

    /// The hands of one of several strategies of this account: the same random numbers as if it were the account's only one, and
    /// wakes that are remembered as its own.
    pub fn part<'b>(&'b mut self, wakes: &'b mut Wakes) -> Actor<'b> {
        Actor {
            id: self.id,
            key: self.key,
            block: self.block,
            stream: self.stream,
            random: None,
            calendar: &mut *self.calendar,
            outbox: &mut *self.outbox,
            told: None,
            common: None,
            wakes: Some(wakes),
        }
    }

    /// Says to all what the account does from now on, outside of the chain: heard once all have decided, before anybody answers. An
    /// answer to pending calls and a part of an account have no voice.
    pub fn tell(&mut self, does: Arc<str>) {
        if let Some(told) = &mut self.told {
            told.push((self.id, does));
        }
    }

    /// What the accounts of its group know in common: worked out by the first that needs it, once for all of them. Nothing
    /// for an answer to pending calls, and for a part of an account.
    pub fn common<T: Default + Send + Sync + 'static>(&mut self, view: &View) -> Option<&mut T> {
        let group = view.account(self.id).group;
        self.common.as_mut().map(|common| common.of(group))
    }

    /// Random numbers of this agent, for this purpose, in this block.
    pub fn random(&mut self) -> &mut Xoshiro256PlusPlus {
        let (key, stream, block) = (self.key, self.stream, self.block);
        self.random.get_or_insert_with(|| generator(key, stream, block))
    }

    /// Random numbers of this agent, for this purpose, in this block, for one of its parameters: whether and how the others
    /// are drawn changes nothing.
    #[must_use]
    pub fn random_of(&self, parameter: &str) -> Xoshiro256PlusPlus {
        generator_of(self.key, self.stream, self.block, parameter)
    }

    /// Submits a call for this block.
    pub fn submit(&mut self, call: Call) {
        self.submit_at(call, Place::Last);
    }

    /// Submits a call that wants a certain place among the pending ones.
    pub fn submit_at(&mut self, call: Call, place: Place) {
        self.outbox.push(Submitted { agent: self.id, call, place });
    }

    /// Asks to be woken at a block.
    pub fn wake_at(&mut self, block: Block) {
        if let Some(wakes) = &mut self.wakes {
            wakes.wake(block.max(self.block + 1));
        }
        self.calendar.wake(self.id, block);
    }

    /// Asks to be woken after `blocks` blocks, at least one.
    pub fn wake_after(&mut self, blocks: u64) {
        self.wake_at(self.block + blocks.max(1));
    }

    /// Asks to be woken once a spot price is across a level.
    pub fn watch(&mut self, netuid: Netuid, level: f64, crossing: Crossing) {
        if let Some(wakes) = &mut self.wakes {
            wakes.watch(netuid, level, crossing);
        }
        self.calendar.watch(self.id, netuid, level, crossing);
    }
}

/// What agents act with, of a world.
#[derive(SystemParam)]
pub(crate) struct Stage<'w> {
    clock: Res<'w, Clock>,
    accounts: Res<'w, Accounts>,
    calendar: ResMut<'w, Calendar>,
    outbox: ResMut<'w, Outbox>,
    common: ResMut<'w, Common>,
}

impl Stage<'_> {
    /// An agent with a voice, and with what its group knows.
    fn actor(&mut self, id: AgentId, stream: Stream) -> Actor<'_> {
        let who = (id, self.accounts.key(id));
        let Outbox { calls, told, .. } = &mut *self.outbox;
        let actor = Actor::new(who, self.clock.block, stream, &mut self.calendar, calls);
        Actor { told: Some(told), common: Some(&mut self.common), ..actor }
    }
}

/// Starts all agents of one kind, before the first block.
pub(crate) fn start<S: Strategy>(mut stage: Stage, view: View, mut agents: Query<(&AgentId, &mut S)>) {
    for (&id, mut strategy) in &mut agents {
        strategy.start(&view, &mut stage.actor(id, Stream::Start));
    }
}

/// Lets the agents of one kind that are due decide.
pub(crate) fn decide<S: Strategy>(
    InRef(due): InRef<[AgentId]>,
    mut stage: Stage,
    view: View,
    mut agents: Query<&mut S>,
) {
    for &id in due {
        let entity = stage.accounts.entity(id);
        let mut strategy = agents.get_mut(entity).expect("who is due is of this kind");
        strategy.decide(&view, &mut stage.actor(id, Stream::Decide));
    }
}

/// Lets all agents of one kind answer to pending calls.
pub(crate) fn react<S: Strategy>(
    clock: Res<Clock>,
    accounts: Res<Accounts>,
    view: View,
    mut agents: Query<(&AgentId, &mut S)>,
    mut calendar: ResMut<Calendar>,
    mut outbox: ResMut<Outbox>,
) {
    let Outbox { calls, answers, .. } = &mut *outbox;
    if calls.is_empty() {
        return;
    }
    for (&id, mut strategy) in &mut agents {
        let who = (id, accounts.key(id));
        let mut me = Actor::new(who, clock.block, Stream::React, &mut calendar, answers);
        strategy.react(calls, &view, &mut me);
    }
}
