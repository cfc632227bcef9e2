//! Whether a quantity reaches a limit within a time.

use std::num::NonZeroU64;

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::grid::{Grid, Sampled, Samples};
use crate::kind::MetricKind;
use crate::number::Finite;
use crate::quantity::Quantity;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "whether a subnet's quantity reaches a limit within a time: 1 or 0";

/// Whether a quantity of a subnet reaches a limit at any look within a time: 1 if it does, 0 if not.
///
/// Over many runs its mean is the proportion of runs in which it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whether {
    /// Which subnet.
    pub netuid: Netuid,
    /// Which quantity.
    pub of: Quantity,
    /// What it must be at one look, at least.
    pub is: Limit,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Blocks between looks.
    pub every: NonZeroU64,
}

/// A limit, itself included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Limit {
    /// This or more.
    AtLeast(Finite),
    /// This or less.
    AtMost(Finite),
}

impl Limit {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(limit) => value >= limit.to_f64(),
            Self::AtMost(limit) => value <= limit.to_f64(),
        }
    }
}

impl Parameters for Whether {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for Whether {
    fn kind(&self) -> MetricKind {
        MetricKind::Indicator
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn fault(&self) -> Option<String> {
        self.grid().endless()
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Samples::of(self.clone(), name)
    }
}

impl Sampled for Whether {
    fn sampled(&self) -> (Netuid, Quantity) {
        (self.netuid, self.of)
    }

    fn grid(&self) -> Grid {
        Grid { from: self.from, to: self.to, every: self.every }
    }

    fn value(&self, samples: &[(Block, f64)]) -> Option<f64> {
        let reached = samples.iter().any(|&(_, value)| self.is.holds(value));
        Some(if reached { 1.0 } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::samples;

    fn of(is: Limit, values: &[f64]) -> Option<f64> {
        let every = NonZeroU64::new(10).expect("ten");
        let (netuid, from, to) = (Netuid(1), Block(100), Block(200));
        Whether { netuid, of: Quantity::Price, is, from, to, every }.value(&samples(values))
    }

    #[test]
    fn a_limit_is_reached_if_one_look_is_at_it_or_beyond() {
        let limit = |value| Finite::new(value).expect("finite");
        let values = [2.0, 1.0, 3.0];
        assert_eq!(of(Limit::AtMost(limit(1.0)), &values), Some(1.0));
        assert_eq!(of(Limit::AtMost(limit(0.99)), &values), Some(0.0));
        assert_eq!(of(Limit::AtLeast(limit(3.0)), &values), Some(1.0));
        assert_eq!(of(Limit::AtLeast(limit(3.01)), &values), Some(0.0));
    }
}
