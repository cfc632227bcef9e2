//! How far a price falls from one look to the next.

use std::num::NonZeroU64;

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::fraction::Fraction;
use crate::grid::{Grid, Sampled, Samples};
use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::statistic::defined;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "how far a subnet's price falls from one look to the next, or how often far";

/// How far a subnet's price falls from one look to the next.
///
/// ```text
/// step = price / price at the look before - 1
/// ```
/// There is no step from a price of 0. Nothing if there are no steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Which subnet.
    pub netuid: Netuid,
    /// Blocks between looks.
    pub every: NonZeroU64,
    /// What of the steps.
    pub of: StepsOf,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

/// What of a price's steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum StepsOf {
    /// The deepest fall in one step, as a return: -0.61 if 61 % were lost; zero if none fell.
    LargestFall,
    /// How many steps lose more than this part.
    CountBeyond(Fraction),
}

impl Parameters for Steps {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for Steps {
    fn kind(&self) -> MetricKind {
        match self.of {
            StepsOf::LargestFall => MetricKind::Ratio,
            StepsOf::CountBeyond(_) => MetricKind::Count,
        }
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn fault(&self) -> Option<String> {
        self.grid().fewer_than(2)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Samples::of(self.clone(), name)
    }
}

impl Sampled for Steps {
    fn sampled(&self) -> (Netuid, Quantity) {
        (self.netuid, Quantity::Price)
    }

    fn grid(&self) -> Grid {
        Grid { from: self.from, to: self.to, every: self.every }
    }

    fn value(&self, samples: &[(Block, f64)]) -> Option<f64> {
        let steps = samples.windows(2).filter_map(|pair| defined(pair[1].1 / pair[0].1 - 1.0));
        let steps: Vec<f64> = steps.collect();
        (!steps.is_empty()).then(|| match self.of {
            StepsOf::LargestFall => steps.iter().copied().fold(0.0, f64::min),
            StepsOf::CountBeyond(part) => steps.iter().filter(|&&step| step < -part.to_f64()).count() as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::samples;

    fn of(of: StepsOf, values: &[f64]) -> Option<f64> {
        let every = NonZeroU64::new(10).expect("ten");
        Steps { netuid: Netuid(1), every, of, from: Block(100), to: Block(200) }.value(&samples(values))
    }

    #[test]
    fn falls_are_counted_and_rises_are_not() {
        // Steps: -50 %, +100 %, -25 %, 0, -5 %.
        let values = [4.0, 2.0, 4.0, 3.0, 3.0, 2.85];
        let beyond = |part| StepsOf::CountBeyond(Fraction::new(part).expect("a part"));
        assert_eq!(of(StepsOf::LargestFall, &values), Some(-0.5));
        assert_eq!(of(beyond(0.12), &values), Some(2.0));
        assert_eq!(of(beyond(0.25), &values), Some(1.0));
        assert_eq!(of(StepsOf::LargestFall, &[1.0, 2.0]), Some(0.0));
        assert_eq!(of(StepsOf::LargestFall, &[1.0]), None);
    }

    #[test]
    fn there_is_no_step_from_nothing() {
        let beyond = StepsOf::CountBeyond(Fraction::new(0.12).expect("a part"));
        for values in [&[0.0, 0.0, 0.0][..], &[0.0, 1.0]] {
            assert_eq!((of(StepsOf::LargestFall, values), of(beyond, values)), (None, None), "{values:?}");
        }
        assert_eq!(of(StepsOf::LargestFall, &[1.0, 0.0, 0.0, 2.0, 1.0]), Some(-1.0));
        assert_eq!(of(beyond, &[1.0, 0.0, 0.0, 2.0, 1.0]), Some(2.0));
    }
}
