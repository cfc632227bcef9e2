//! How long something stays below a level before it is back.

use std::num::NonZeroU64;

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::grid::Grid;
use crate::kind::MetricKind;
use crate::number::NonNegative;
use crate::quantity::Quantity;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "blocks until a quantity that fell below a level, or rose above it, is there again";

/// Blocks from the first look at which a quantity is below a level to the next at which it is there again.
///
/// 0 if it never falls below the level; nothing if it does and is not back by the end of the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Which subnet; without one, the sum over all subnets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub netuid: Option<Netuid>,
    /// Which quantity.
    pub of: Quantity,
    /// The level.
    pub level: Level,
    /// Which way it leaves the level.
    #[serde(default, skip_serializing_if = "Past::is_below")]
    pub past: Past,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Blocks between looks.
    pub every: NonZeroU64,
}

/// A level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Level {
    /// The value itself, in the quantity's unit.
    Value(NonNegative),
    /// This many times the value of the first look.
    OfFirst(NonNegative),
}

/// On which side of its level a quantity is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Past {
    /// It falls below.
    #[default]
    Below,
    /// It rises above.
    Above,
}

impl Past {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
    fn is_below(&self) -> bool {
        *self == Self::Below
    }

    fn is(self, value: f64, level: f64) -> bool {
        match self {
            Self::Below => value < level,
            Self::Above => value > level,
        }
    }
}

impl Parameters for Recovery {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        self.netuid.iter().map(|&netuid| ("netuid".into(), netuid)).collect()
    }
}

impl Metric for Recovery {
    fn kind(&self) -> MetricKind {
        MetricKind::Duration
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn fault(&self) -> Option<String> {
        self.grid().endless().or_else(|| self.grid().fewer_than(2))
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self.clone(), name, taken: Vec::new() })
    }
}

impl Recovery {
    fn grid(&self) -> Grid {
        Grid { from: self.from, to: self.to, every: self.every }
    }

    fn read(&self, view: &View) -> Option<f64> {
        match self.netuid {
            Some(netuid) => view.subnet(netuid).and_then(|subnet| self.of.of(subnet, view)),
            None => Some(view.subnets().filter_map(|subnet| self.of.of(subnet, view)).sum()),
        }
    }

    fn value(&self, samples: &[(Block, f64)]) -> Option<f64> {
        let &(_, first) = samples.first()?;
        let level = match self.level {
            Level::Value(level) => level.to_f64(),
            Level::OfFirst(times) => times.to_f64() * first,
        };
        let past = |value| self.past.is(value, level);
        let Some(first) = samples.iter().position(|&(_, value)| past(value)) else { return Some(0.0) };
        let (left, after) = (samples[first].0, &samples[first..]);
        let &(back, _) = after.iter().find(|&&(_, value)| !past(value))?;
        Some(back.since(left) as f64)
    }
}

struct Seen {
    metric: Recovery,
    name: String,
    taken: Vec<(Block, f64)>,
}

impl Observer for Seen {
    fn next(&self, block: Block) -> Option<Block> {
        self.metric.grid().next(block)
    }

    fn observe(&mut self, view: &View) {
        self.taken.extend(self.metric.read(view).map(|value| (view.block(), value)));
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        let reached = view.block() >= self.metric.to;
        let value = if reached { self.metric.value(&self.taken) } else { None };
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::grid::samples;

    fn of(level: Level, values: &[f64]) -> Option<f64> {
        from(Past::Below, level, values)
    }

    fn from(past: Past, level: Level, values: &[f64]) -> Option<f64> {
        let every = NonZeroU64::new(10).expect("ten");
        let (of, from, to) = (Quantity::Price, Block(100), Block(200));
        Recovery { netuid: None, of, level, past, from, to, every }.value(&samples(values))
    }

    fn number(number: f64) -> NonNegative {
        NonNegative::new(number).expect("not negative")
    }

    #[test]
    fn the_time_runs_from_the_first_look_below_to_the_next_that_is_not() {
        let first = Level::OfFirst(number(1.0));
        // Below at 120 and 130, at the level again at 140; a later fall does not count.
        assert_eq!(of(first, &[2.0, 3.0, 1.9, 1.0, 2.0, 0.5, 9.0]), Some(20.0));
        assert_eq!(of(first, &[2.0, 2.0, 3.0]), Some(0.0), "it never fell");
        assert_eq!(of(first, &[2.0, 1.0, 1.9]), None, "it is not back");
        assert_eq!(of(Level::OfFirst(number(0.5)), &[2.0, 1.0, 0.9, 1.0]), Some(10.0));
        // Below from the first look on.
        assert_eq!(of(Level::Value(number(5.0)), &[2.0, 4.0, 5.0]), Some(20.0));
        assert_eq!(of(Level::Value(number(5.0)), &[]), None);
    }

    #[test]
    fn what_rises_above_its_level_is_back_when_it_is_no_longer_above() {
        let first = Level::OfFirst(number(1.0));
        assert_eq!(from(Past::Above, first, &[2.0, 1.0, 2.1, 3.0, 2.0, 5.0]), Some(20.0));
        assert_eq!(from(Past::Above, first, &[2.0, 1.0, 2.0]), Some(0.0), "it never rose");
        assert_eq!(from(Past::Above, first, &[2.0, 3.0, 2.1]), None, "it is not back");
    }

    proptest! {
        #[test]
        fn a_lower_level_is_never_below_for_longer_from_the_same_fall(
            values in prop::collection::vec(0.0..10.0f64, 1..40), level in 0.0..10.0f64,
        ) {
            // One fall, straight down and then up again: the lower of two levels is crossed later and regained earlier.
            let mut falling = values.clone();
            falling.sort_by(|a, b| b.total_cmp(a));
            let mut rising = values;
            rising.sort_by(f64::total_cmp);
            let path = [falling, rising].concat();
            let at = |level: f64| of(Level::Value(number(level)), &path);
            let (low, high) = (at(level / 2.0), at(level));
            prop_assert!(high.is_none_or(|high| low.is_some_and(|low| low <= high)), "{low:?} {high:?}");
        }
    }
}
