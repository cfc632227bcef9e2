//! Who wakes when.
//!
//! An agent asks to be woken at a block, or when a subnet's spot price crosses a level. A block in which
//! nobody wakes costs nothing here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use bevy_ecs::prelude::*;
use dtao_protocol::books::Books;
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
        crossed(price, self.level, self.crossing)
    }
}

/// Whether a price is across a level.
pub(crate) fn crossed(price: f64, level: f64, crossing: Crossing) -> bool {
    match crossing {
        Crossing::Above => price >= level,
        Crossing::Below => price <= level,
    }
}

/// How many blocks ahead wakes stand in a list of their own block.
const NEAR: u64 = 64;

/// The wakes to come.
///
/// Those of the next blocks, which are most, stand in a list for each block; the others in a heap.
#[derive(Resource)]
pub struct Calendar {
    /// The last block whose wakes were taken; none before the first.
    taken: Option<Block>,
    /// Wakes of the [`NEAR`] blocks after that, by the block's number modulo [`NEAR`], in no order.
    near: [Vec<AgentId>; NEAR as usize],
    far: BinaryHeap<Reverse<(Block, AgentId)>>,
    watches: BTreeMap<Netuid, Vec<Watch>>,
}

impl Default for Calendar {
    fn default() -> Self {
        let near = std::array::from_fn(|_| Vec::new());
        Self { taken: None, near, far: BinaryHeap::new(), watches: BTreeMap::new() }
    }
}

impl Calendar {
    /// Wakes an agent at a block; a past block means the next one.
    pub fn wake(&mut self, agent: AgentId, block: Block) {
        match self.taken {
            Some(taken) if block.0 <= taken.0 + NEAR => {
                let block = block.max(taken + 1);
                self.near[at(block)].push(agent);
            }
            _ => self.far.push(Reverse((block, agent))),
        }
    }

    /// Wakes an agent in the block after the first at whose end the spot price is across the level; once.
    pub fn watch(&mut self, agent: AgentId, netuid: Netuid, level: f64, crossing: Crossing) {
        self.watches.entry(netuid).or_default().push(Watch { level, crossing, agent });
    }

    /// Whether an agent wakes at a block, if none did in the blocks between it and the last whose wakes were taken.
    pub(crate) fn somebody_wakes(&self, block: Block, subnets: &Subnets) -> bool {
        !self.near[at(block)].is_empty()
            || self.far.peek().is_some_and(|Reverse((at, _))| *at <= block)
            || self.watches.iter().any(|(&netuid, watches)| {
                let subnet = subnets.get(netuid);
                subnet.map(Books::price).is_some_and(|price| watches.iter().any(|watch| watch.crossed(price)))
            })
    }

    /// Moves all agents that wake at `block` to `due`, in order, each once.
    pub(crate) fn take_due(
        &mut self,
        block: Block,
        price: impl Fn(Netuid) -> Option<f64>,
        due: &mut Vec<AgentId>,
    ) {
        if let Some(taken) = self.taken {
            for passed in taken.0 + 1..=block.0.min(taken.0 + NEAR) {
                due.append(&mut self.near[at(Block(passed))]);
            }
        }
        self.taken = Some(block);
        while let Some(&Reverse((at, agent))) = self.far.peek()
            && at <= block
        {
            self.far.pop();
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

/// The place of a block's list.
const fn at(block: Block) -> usize {
    (block.0 % NEAR) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

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

    proptest! {
        /// Near and far wakes, those that have passed, and blocks that are passed over.
        #[test]
        fn whoever_asked_wakes_at_the_first_block_from_then_on(
            steps in prop::collection::vec((1..200u64, prop::collection::vec((0..20u32, 0..300u64), 0..6)), 1..30),
        ) {
            let (mut calendar, mut now, mut asked) = (Calendar::default(), 100, Vec::new());
            for (step, wakes) in steps {
                for (agent, ahead) in wakes {
                    let block = now - 50 + ahead;
                    calendar.wake(AgentId(agent), Block(block));
                    asked.push((block.max(now + 1), AgentId(agent)));
                }
                now += step;
                let mut due = Vec::new();
                calendar.take_due(Block(now), |_| None, &mut due);
                let woken = asked.extract_if(.., |(block, _)| *block <= now);
                let expected: BTreeSet<AgentId> = woken.map(|(_, agent)| agent).collect();
                prop_assert_eq!(due, expected.into_iter().collect::<Vec<_>>());
            }
        }
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
