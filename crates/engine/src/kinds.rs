//! The kinds of agents of a run: who is of which, and how those that are due are let decide.

use bevy_ecs::prelude::*;
use bevy_ecs::system::{BoxedSystem, InRef};
use dtao_protocol::books::Books;
use dtao_protocol::units::Block;

use crate::account::AgentId;
use crate::calendar::Calendar;
use crate::outbox::{Followed, Outbox};
use crate::strategy::{Strategy, decide};
use crate::subnet::Subnets;

/// A kind's number, in the order in which kinds are installed.
type Kind = usize;

/// The agents that wake in a block, by kind.
///
/// A kind of which nobody is due then costs the block nothing, however many kinds there are.
#[derive(Resource, Default)]
pub(crate) struct Due {
    /// Each account's kind, by number; none if it follows no strategy, as root, which wakes for its scheduled calls.
    kinds: Vec<Option<Kind>>,
    /// Those that are due of each kind, in order.
    by_kind: Vec<Vec<AgentId>>,
    /// All that are due, in order.
    all: Vec<AgentId>,
}

impl Due {
    /// Whether anybody decides in this block.
    pub(crate) fn somebody(&self) -> bool {
        !self.all.is_empty()
    }

    /// Takes those who wake at a block from the calendar.
    pub(crate) fn take(&mut self, calendar: &mut Calendar, block: Block, subnets: &Subnets) {
        self.all.clear();
        let price = |netuid| subnets.get(netuid).map(Books::price);
        calendar.take_due(block, price, &mut self.all);
        for &agent in &self.all {
            if let Some(&Some(kind)) = self.kinds.get(agent.0 as usize) {
                self.by_kind[kind].push(agent);
            }
        }
    }
}

/// The systems that let agents decide, one for each kind.
#[derive(Default)]
pub(crate) struct Deciders(Vec<BoxedSystem<InRef<'static, [AgentId]>>>);

impl Deciders {
    /// Adds a kind that accounts follow.
    pub(crate) fn add<S: Strategy>(&mut self, world: &mut World) {
        let mut system: BoxedSystem<InRef<[AgentId]>> = Box::new(IntoSystem::into_system(decide::<S>));
        system.initialize(world);
        let kind = self.0.len();
        self.0.push(system);
        let mut due = world.remove_resource::<Due>().unwrap_or_default();
        due.by_kind.push(Vec::new());
        for &AgentId(agent) in world.query_filtered::<&AgentId, With<S>>().iter(world) {
            let agent = agent as usize;
            if due.kinds.len() <= agent {
                due.kinds.resize(agent + 1, None);
            }
            assert!(due.kinds[agent].is_none(), "an account follows one strategy");
            due.kinds[agent] = Some(kind);
        }
        world.insert_resource(due);
    }

    /// The system that lets everybody decide who is due.
    pub(crate) fn system(mut self) -> impl FnMut(&mut World) {
        move |world| {
            // Deciders see the world, so who is due is not in it meanwhile.
            let mut by_kind = std::mem::take(&mut world.resource_mut::<Due>().by_kind);
            for (system, agents) in self.0.iter_mut().zip(&mut by_kind) {
                if !agents.is_empty() {
                    system
                        .run_without_applying_deferred(agents, world)
                        .expect("a built run has every resource that a decision reads");
                    agents.clear();
                }
            }
            world.resource_mut::<Due>().by_kind = by_kind;
            hear(world);
        }
    }
}

/// Lets everybody know what accounts said that they do.
pub(crate) fn hear(world: &mut World) {
    let told = std::mem::take(&mut world.resource_mut::<Outbox>().told);
    if !told.is_empty() {
        world.resource_mut::<Followed>().0.extend(told);
    }
}
