//! The largest, smallest or mean value of a quantity over a time, and when it was reached.

use std::num::NonZeroU64;

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::grid::{Grid, Sampled, Samples};
use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::statistic::defined;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "a subnet's quantity over a time: largest, smallest, mean, falls from the first or the peak, and when";

/// The largest, smallest or mean value of a quantity over a time, or when it was reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extreme {
    /// Which subnet.
    pub netuid: Netuid,
    /// Which quantity.
    pub of: Quantity,
    /// Largest or smallest, or what follows from them.
    pub which: Which,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Blocks between looks.
    pub every: NonZeroU64,
}

/// Which extreme. Of equal ones, the earliest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// The largest value.
    Largest,
    /// The smallest value.
    Smallest,
    /// The arithmetic mean of the values looked at.
    Mean,
    /// The largest value, divided by the first; nothing if that is 0.
    LargestOverFirst,
    /// The smallest value, divided by the first, less one: the deepest fall from the start, zero at most;
    /// nothing if the first is 0.
    FallFromFirst,
    /// The smallest value after the largest, divided by the largest, less one: the deepest fall from the
    /// peak, zero at most; nothing if the largest is 0.
    FallFromLargest,
    /// Blocks from `from` to the largest value.
    BlocksToLargest,
    /// Blocks from the largest value to the smallest after it.
    BlocksFromLargestToSmallest,
}

impl Parameters for Extreme {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for Extreme {
    fn kind(&self) -> MetricKind {
        match self.which {
            Which::Largest | Which::Smallest | Which::Mean => self.of.kind(),
            Which::LargestOverFirst | Which::FallFromFirst | Which::FallFromLargest => MetricKind::Ratio,
            Which::BlocksToLargest | Which::BlocksFromLargestToSmallest => MetricKind::Duration,
        }
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

impl Sampled for Extreme {
    fn sampled(&self) -> (Netuid, Quantity) {
        (self.netuid, self.of)
    }

    fn grid(&self) -> Grid {
        Grid { from: self.from, to: self.to, every: self.every }
    }

    fn value(&self, samples: &[(Block, f64)]) -> Option<f64> {
        let (_, first) = *samples.first()?;
        let (_, smallest) = samples[earliest_smallest(samples)?];
        let peak = earliest_smallest(&samples.iter().map(|&(at, value)| (at, -value)).collect::<Vec<_>>())?;
        let (largest_at, largest) = samples[peak];
        let (trough_at, trough) = samples[peak + earliest_smallest(&samples[peak..])?];
        defined(match self.which {
            Which::Largest => largest,
            Which::Smallest => smallest,
            Which::Mean => samples.iter().map(|&(_, value)| value).sum::<f64>() / samples.len() as f64,
            Which::LargestOverFirst => largest / first,
            Which::FallFromFirst => smallest / first - 1.0,
            Which::FallFromLargest => trough / largest - 1.0,
            Which::BlocksToLargest => largest_at.since(self.from) as f64,
            Which::BlocksFromLargestToSmallest => trough_at.since(largest_at) as f64,
        })
    }
}

/// Where the smallest value is; of equal ones the earliest.
fn earliest_smallest(samples: &[(Block, f64)]) -> Option<usize> {
    (0..samples.len()).min_by(|&a, &b| samples[a].1.total_cmp(&samples[b].1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::samples;

    fn of(which: Which, values: &[f64]) -> f64 {
        let every = NonZeroU64::new(10).expect("ten");
        let (from, to) = (Block(100), Block(200));
        let metric = Extreme { netuid: Netuid(1), of: Quantity::Price, which, from, to, every };
        metric.value(&samples(values)).expect("samples")
    }

    #[test]
    fn a_ratio_to_nothing_is_not_defined_and_its_blocks_are() {
        let every = NonZeroU64::new(10).expect("ten");
        let value = |which, values: &[f64]| {
            let (from, to) = (Block(100), Block(200));
            let (netuid, of) = (Netuid(1), Quantity::EmissionShare);
            Extreme { netuid, of, which, from, to, every }.value(&samples(values))
        };
        let ratios = [Which::LargestOverFirst, Which::FallFromFirst, Which::FallFromLargest];
        assert_eq!(ratios.map(|which| value(which, &[0.0; 3])), [None; 3]);
        assert_eq!(ratios.map(|which| value(which, &[0.0, 2.0, 1.0])), [None, None, Some(-0.5)]);
        assert_eq!(value(Which::Largest, &[0.0; 3]), Some(0.0));
        assert_eq!(value(Which::BlocksToLargest, &[0.0; 3]), Some(0.0));
        assert_eq!(value(Which::BlocksFromLargestToSmallest, &[0.0; 3]), Some(0.0));
    }

    #[test]
    fn extremes_and_their_times_by_hand() {
        // The smallest of all is before the peak, and the peak and the trough are reached twice.
        let values = [2.0, 0.5, 4.0, 3.0, 4.0, 1.0, 1.0, 1.5];
        assert_eq!(of(Which::Largest, &values), 4.0);
        assert_eq!(of(Which::Smallest, &values), 0.5);
        assert_eq!(of(Which::Mean, &values), 17.0 / 8.0);
        assert_eq!(of(Which::LargestOverFirst, &values), 2.0);
        assert_eq!(of(Which::FallFromFirst, &values), -0.75);
        assert_eq!(of(Which::FallFromLargest, &values), -0.75);
        assert_eq!(of(Which::BlocksToLargest, &values), 20.0);
        assert_eq!(of(Which::BlocksFromLargestToSmallest, &values), 30.0);
    }

    #[test]
    fn a_quantity_that_only_rises_has_not_fallen() {
        assert_eq!(of(Which::FallFromFirst, &[1.0, 2.0]), 0.0);
        assert_eq!(of(Which::FallFromLargest, &[1.0, 2.0]), 0.0);
        assert_eq!(of(Which::BlocksFromLargestToSmallest, &[1.0, 2.0]), 0.0);
    }
}
