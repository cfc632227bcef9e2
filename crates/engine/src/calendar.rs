//! Who wakes when.
//!
//! An agent asks to be woken at a block, or when a subnet's spot price crosses a level. A block in which
//! nobody wakes costs nothing here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use bevy_ecs::prelude::*;
use dtao_protocol::units::{Block, Netuid};

use crate::account::AgentId;
use crate::subnet::Subnets;

/// On which side of a level a price wakes its watcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// When the price is at the level or above.
    Above,
    /// When the price is at the level or below.
    Below,
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    level: f64,
    crossing: Crossing,
    agent: AgentId,
}

impl Watch {
    fn crossed(&self, price: f64) -> bool {
        match self.crossing {
            Crossing::Above => price >= self.level,
            Crossing::Below => price <= self.level,
        }
    }
}

/// The wakes to come.
#[derive(Resource, Default)]
pub struct Calendar {
    wakes: BinaryHeap<Reverse<(Block, AgentId)>>,
    watches: BTreeMap<Netuid, Vec<Watch>>,
}

impl Calendar {
    /// Wakes an agent at a block; a block that has passed counts as the next.
    pub fn wake(&mut self, agent: AgentId, block: Block) {
        self.wakes.push(Reverse((block, agent)));
    }

    /// Wakes an agent in the block after the first at whose end the spot price is across the level; once.
    pub fn watch(&mut self, agent: AgentId, netuid: Netuid, level: f64, crossing: Crossing) {
        self.watches.entry(netuid).or_default().push(Watch { level, crossing, agent });
    }

    /// Whether an agent wakes at a block.
    pub(crate) fn somebody_wakes(&self, block: Block, subnets: &Subnets) -> bool {
        self.wakes.peek().is_some_and(|Reverse((at, _))| *at <= block)
            || self.watches.iter().any(|(&netuid, watches)| {
                let subnet = subnets.get(netuid);
                subnet
                    .map(|subnet| subnet.pool.price())
                    .is_some_and(|price| watches.iter().any(|watch| watch.crossed(price)))
            })
    }

    /// Moves all agents that wake at `block` to `due`, in order, each once.
    pub(crate) fn take_due(
        &mut self,
        block: Block,
        price: impl Fn(Netuid) -> Option<f64>,
        due: &mut Vec<AgentId>,
    ) {
        while let Some(&Reverse((at, agent))) = self.wakes.peek()
            && at <= block
        {
            self.wakes.pop();
            due.push(agent);
        }
        for (&netuid, watches) in &mut self.watches {
            if let Some(price) = price(netuid) {
                watches.retain(|watch| {
                    let crossed = watch.crossed(price);
                    if crossed {
                        due.push(watch.agent);
                    }
                    !crossed
                });
            }
        }
        due.sort_unstable();
        due.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_wakes_once_however_often_it_asked() {
        let mut calendar = Calendar::default();
        for block in [5, 3, 5] {
            calendar.wake(AgentId(1), Block(block));
        }
        calendar.wake(AgentId(0), Block(5));
        let mut due = Vec::new();
        calendar.take_due(Block(2), |_| None, &mut due);
        assert_eq!(due, []);
        calendar.take_due(Block(5), |_| None, &mut due);
        assert_eq!(due, [AgentId(0), AgentId(1)]);
    }

    #[test]
    fn a_watch_fires_when_the_price_is_across_and_then_never_again() {
        let mut calendar = Calendar::default();
        calendar.watch(AgentId(1), Netuid(28), 0.05, Crossing::Below);
        calendar.watch(AgentId(2), Netuid(28), 0.08, Crossing::Above);
        let mut fired = |price| {
            let mut due = Vec::new();
            calendar.take_due(Block(1), |_| Some(price), &mut due);
            due
        };
        assert_eq!(fired(0.06), []);
        assert_eq!(fired(0.05), [AgentId(1)]);
        assert_eq!(fired(0.04), []);
        assert_eq!(fired(0.09), [AgentId(2)]);
    }
}
