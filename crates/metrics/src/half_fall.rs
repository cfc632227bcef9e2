//! How soon half of a price's fall is done.

use std::num::NonZeroU64;

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::grid::{Grid, Sampled, Samples};
use crate::kind::MetricKind;
use crate::quantity::Quantity;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "blocks until half of the fall of a subnet's ln(price) is done";

/// Blocks from `from` until half of the fall of ln(price) is first done.
///
/// The fall is that from the first look to the lowest of the window, so half of it is done at
///
/// ```text
/// price <= sqrt(first * smallest)
/// ```
///
/// Nothing if the price never falls below the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HalfFall {
    /// Which subnet.
    pub netuid: Netuid,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Blocks between looks.
    pub every: NonZeroU64,
}

impl Parameters for HalfFall {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Metric for HalfFall {
    fn kind(&self) -> MetricKind {
        MetricKind::Duration
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

impl Sampled for HalfFall {
    fn sampled(&self) -> (Netuid, Quantity) {
        (self.netuid, Quantity::Price)
    }

    fn grid(&self) -> Grid {
        Grid { from: self.from, to: self.to, every: self.every }
    }

    fn value(&self, samples: &[(Block, f64)]) -> Option<f64> {
        let (_, first) = *samples.first()?;
        let smallest = samples.iter().map(|&(_, price)| price).fold(first, f64::min);
        let half = (first * smallest).sqrt();
        let (at, _) = samples.iter().find(|&&(_, price)| price < first && price <= half)?;
        Some(at.since(self.from) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::samples;

    fn of(values: &[f64]) -> Option<f64> {
        let every = NonZeroU64::new(10).expect("ten");
        HalfFall { netuid: Netuid(1), from: Block(100), to: Block(200), every }.value(&samples(values))
    }

    #[test]
    fn half_of_the_log_fall_is_at_the_geometric_mean() {
        // From 16 to 1: half is 4, and half of the price itself, 8, is not enough.
        assert_eq!(of(&[16.0, 20.0, 8.0, 4.0, 9.0, 1.0, 2.0]), Some(30.0));
        assert_eq!(of(&[16.0, 1.0]), Some(10.0));
    }

    #[test]
    fn a_price_that_never_falls_has_no_half_of_a_fall() {
        assert_eq!(of(&[1.0, 1.0, 2.0]), None);
    }
}
