//! The largest or smallest value of a quantity over a time.

use std::num::NonZeroU64;

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::Parameters;
use crate::quantity::Quantity;

/// The largest or smallest value of a quantity over a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extreme {
    /// Which subnet.
    pub netuid: Netuid,
    /// Which quantity.
    pub of: Quantity,
    /// Largest or smallest.
    pub which: Which,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Blocks between looks.
    pub every: NonZeroU64,
}

/// Which extreme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// The largest value.
    Largest,
    /// The smallest value.
    Smallest,
    /// The largest value, divided by that of the first block.
    LargestOverFirst,
    /// The smallest value after the largest, divided by the largest, less one: the deepest fall from the
    /// peak, negative.
    FallFromLargest,
}

impl Parameters for Extreme {
    const ABOUT: &'static str =
        "the largest or smallest value of a subnet's quantity over a time, or the fall from its peak";

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn observer(self, name: String) -> Box<dyn Observer> {
        Box::new(Seen {
            metric: self,
            name,
            first: None,
            largest: f64::MIN,
            smallest: f64::MAX,
            after: f64::MAX,
        })
    }
}

struct Seen {
    metric: Extreme,
    name: String,
    first: Option<f64>,
    largest: f64,
    smallest: f64,
    /// The smallest since the largest.
    after: f64,
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        let Extreme { from: start, to, every, .. } = self.metric;
        let block = if from <= start {
            start
        } else {
            start + from.since(start).div_ceil(every.get()).saturating_mul(every.get())
        };
        (block <= to).then_some(block)
    }

    fn observe(&mut self, view: &View) {
        let Some(subnet) = view.subnet(self.metric.netuid) else { return };
        let value = self.metric.of.of(&subnet, view);
        self.first.get_or_insert(value);
        self.smallest = self.smallest.min(value);
        if value > self.largest {
            (self.largest, self.after) = (value, value);
        }
        self.after = self.after.min(value);
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        let first = self.first.filter(|_| view.block() >= self.metric.to);
        let value = first.map(|first| match self.metric.which {
            Which::Largest => self.largest,
            Which::Smallest => self.smallest,
            Which::LargestOverFirst => self.largest / first,
            Which::FallFromLargest => self.after / self.largest - 1.0,
        });
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
