//! The samples of a window: every n blocks, from its first on.

use std::num::NonZeroU64;

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, MAX_BLOCKS, Netuid};

use crate::quantity::Quantity;
use crate::statistic::defined;

/// The blocks at whose ends a metric looks: `from`, and every `every` blocks later, up to `to`.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    pub from: Block,
    pub to: Block,
    pub every: NonZeroU64,
}

impl Grid {
    /// The first of them that is not before a block.
    pub fn next(self, block: Block) -> Option<Block> {
        let steps = if block <= self.from { 0 } else { block.since(self.from).div_ceil(self.every.get()) };
        let next = self.from + steps.saturating_mul(self.every.get());
        (next <= self.to).then_some(next)
    }

    /// Why there is no such time between two looks; nothing if there is.
    pub fn endless(self) -> Option<String> {
        let every = self.every.get();
        (every > MAX_BLOCKS)
            .then(|| format!("a look every {every} blocks: at most {MAX_BLOCKS} are possible"))
    }

    /// Why it has fewer looks than are needed; nothing if it has enough.
    pub fn fewer_than(self, needed: u64) -> Option<String> {
        let Self { from, to, every } = self;
        let looks = to.since(from) / every + 1;
        (looks < needed).then(|| {
            format!("{looks} look(s) from block {from} to {to}, one every {every} blocks: at least {needed} are needed")
        })
    }
}

/// A metric that is worked out from samples of one quantity of one subnet.
pub(crate) trait Sampled: Send + Sync + 'static {
    /// What is sampled.
    fn sampled(&self) -> (Netuid, Quantity);

    /// The blocks at whose ends the metric looks.
    fn grid(&self) -> Grid;

    /// The metric; nothing if it is not defined. There is at least one sample: those of blocks at which the subnet
    /// existed and the quantity was defined, all of them finite.
    fn value(&self, samples: &[(Block, f64)]) -> Option<f64>;
}

/// The observer of a sampled metric.
pub(crate) struct Samples<M> {
    metric: M,
    name: String,
    taken: Vec<(Block, f64)>,
}

impl<M: Sampled> Samples<M> {
    pub fn of(metric: M, name: String) -> Box<dyn Observer> {
        Box::new(Self { metric, name, taken: Vec::new() })
    }
}

impl<M: Sampled> Observer for Samples<M> {
    fn next(&self, from: Block) -> Option<Block> {
        self.metric.grid().next(from)
    }

    fn observe(&mut self, view: &View) {
        let (netuid, quantity) = self.metric.sampled();
        if let Some(value) = view.subnet(netuid).and_then(|subnet| quantity.of(subnet, view)) {
            self.taken.push((view.block(), value));
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        let reached = view.block() >= self.metric.grid().to && !self.taken.is_empty();
        let value = if reached { self.metric.value(&self.taken).and_then(defined) } else { None };
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}

/// Samples at blocks 100, 110, ...: for tests of sampled metrics.
#[cfg(test)]
pub(crate) fn samples(values: &[f64]) -> Vec<(Block, f64)> {
    values.iter().enumerate().map(|(i, &value)| (Block(100 + 10 * i as u64), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_lie_on_the_grid_that_begins_with_the_window() {
        let grid = Grid { from: Block(105), to: Block(126), every: NonZeroU64::new(10).expect("ten") };
        let next: Vec<_> = [0, 105, 106, 115, 125, 126].map(|block| grid.next(Block(block))).to_vec();
        assert_eq!(next, [Some(105), Some(105), Some(115), Some(115), Some(125), None].map(|b| b.map(Block)));
    }
}
