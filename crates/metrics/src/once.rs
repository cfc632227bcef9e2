//! Numbers that are read once, or once before something and once after it.

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid, Tao};

use crate::members::wealth;

/// Reads a number at the end of a block.
pub(crate) fn at_end(
    at: Block,
    name: String,
    of: impl Fn(&View) -> Option<f64> + Send + Sync + 'static,
) -> Box<dyn Observer> {
    Box::new(Once { at, name, of, value: None })
}

struct Once<F> {
    at: Block,
    name: String,
    of: F,
    value: Option<f64>,
}

impl<F: Fn(&View) -> Option<f64> + Send + Sync> Observer for Once<F> {
    fn next(&self, from: Block) -> Option<Block> {
        (from <= self.at).then_some(self.at)
    }

    fn observe(&mut self, view: &View) {
        self.value = (self.of)(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.value }])
    }
}

/// The wealth of groups before a block and at the end of another, and what is reported of the two.
pub(crate) struct BeforeAndAfter {
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
    /// The subnets on which stake counts; all if empty.
    pub(crate) netuids: Vec<Netuid>,
    /// From before this block ...
    pub(crate) from: Block,
    /// ... to the end of that.
    pub(crate) at: Block,
    /// Of the wealth before and after, in TAO.
    pub(crate) of: fn(f64, f64) -> Option<f64>,
}

impl BeforeAndAfter {
    pub(crate) fn observer(self) -> Box<dyn Observer> {
        Box::new(Seen { asked: self, before: None, after: None })
    }
}

struct Seen {
    asked: BeforeAndAfter,
    before: Option<Tao>,
    after: Option<Tao>,
}

impl Seen {
    fn look(&mut self, view: &View) {
        let BeforeAndAfter { groups, netuids, from, at, .. } = &self.asked;
        if view.block() + 1 == *from {
            self.before = Some(wealth(groups, netuids, view));
        }
        if view.block() == *at {
            self.after = Some(wealth(groups, netuids, view));
        }
    }
}

impl Observer for Seen {
    fn next(&self, block: Block) -> Option<Block> {
        let BeforeAndAfter { from, at, .. } = self.asked;
        if block < from { Some(Block(from.0 - 1)) } else { (block <= at).then_some(at) }
    }

    fn start(&mut self, view: &View) {
        self.look(view);
    }

    fn observe(&mut self, view: &View) {
        self.look(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let both = self.before.zip(self.after);
        let value = both.and_then(|(before, after)| (self.asked.of)(before.to_f64(), after.to_f64()));
        Ok(vec![Reading { name: self.asked.name.clone(), value }])
    }
}
