//! How far the drift of prices without trades is from the recorded one, subnet by subnet.

use std::collections::BTreeMap;

use dtao_catalogue::listed;
use dtao_engine::market::{PriceFiles, PriceTable};
use dtao_engine::math::ln;
use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::drift::coming_drift;
use crate::kind::MetricKind;
use crate::quiet::{QuietInterval, quiet_intervals};
use crate::statistic::{Statistic, median};
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "how far trade-free drifts are from the recorded ones, over subnets";

/// A statistic over subnets of how far their trade-free drift is from the recorded one.
///
/// ```text
/// x_i = median over quiet intervals of ln(recorded drift / simulated drift)
/// ```
/// A drift is `-2 r / alpha_in`, so x is also the logarithm of how much deeper the simulated pool is than the
/// real one. Intervals in which the simulated pool's injection is capped are left out: there the drift says
/// something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftError {
    /// Files with the recorded prices.
    pub prices: PriceFiles,
    /// The subnets that are looked at; all if empty.
    pub netuids: Vec<Netuid>,
    /// x itself, or its size.
    pub measure: Measure,
    /// Which statistic.
    pub over_subnets: Statistic,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

/// What of a difference is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// The difference itself: positive if the simulated pool is too deep.
    Signed,
    /// Its size.
    Absolute,
}

impl Parameters for DriftError {
    fn price_files(&mut self) -> Option<&mut PriceFiles> {
        Some(&mut self.prices)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        listed("netuids", &self.netuids)
    }
}

impl Metric for DriftError {
    fn kind(&self) -> MetricKind {
        self.over_subnets.kind(MetricKind::Ratio)
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let table = &self.prices.table;
        let netuids = if self.netuids.is_empty() { table.netuids() } else { &self.netuids };
        let comparison = Comparison::new(table, netuids, self.from, self.to);
        Box::new(Seen { metric: self.clone(), name, comparison })
    }
}

/// Recorded and simulated drifts, compared as a run passes the quiet intervals.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    quiet: BTreeMap<Block, Vec<QuietInterval>>,
    ratios: BTreeMap<Netuid, Vec<f64>>,
}

impl Comparison {
    /// The quiet intervals of some subnets, to be compared.
    #[must_use]
    pub fn new(table: &PriceTable, netuids: &[Netuid], from: Block, to: Block) -> Self {
        let mut quiet: BTreeMap<Block, Vec<QuietInterval>> = BTreeMap::new();
        for &netuid in netuids {
            for interval in quiet_intervals(table, netuid, from, to) {
                quiet.entry(interval.from).or_default().push(interval);
            }
        }
        Self { quiet, ratios: BTreeMap::new() }
    }

    /// The next block at which an interval begins.
    #[must_use]
    pub fn next(&self, from: Block) -> Option<Block> {
        self.quiet.range(from..).next().map(|(&block, _)| block)
    }

    /// Compares the intervals that begin with the block just made.
    pub fn observe(&mut self, view: &View) {
        let Some(intervals) = self.quiet.get(&view.block()) else { return };
        let coming = view.foresee();
        for interval in intervals {
            let drift = coming_drift(interval.netuid, view, &coming);
            let (Some(drift), Some(emission)) = (drift, coming.emission(interval.netuid)) else { continue };
            let uncapped = emission.alpha_in < emission.alpha_out;
            if uncapped && drift < 0.0 && interval.drift < 0.0 {
                self.ratios.entry(interval.netuid).or_default().push(ln(interval.drift / drift));
            }
        }
    }

    /// x of each subnet.
    #[must_use]
    pub fn differences(&self) -> BTreeMap<Netuid, f64> {
        self.ratios.iter().filter_map(|(&netuid, ratios)| Some((netuid, median(ratios)?))).collect()
    }
}

struct Seen {
    metric: DriftError,
    name: String,
    comparison: Comparison,
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        self.comparison.next(from)
    }

    fn observe(&mut self, view: &View) {
        self.comparison.observe(view);
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        let differences: Vec<f64> = self
            .comparison
            .differences()
            .into_values()
            .map(|x| if self.metric.measure == Measure::Absolute { x.abs() } else { x })
            .collect();
        let reached = view.block() >= self.metric.to;
        let value = if reached { self.metric.over_subnets.of(&differences) } else { None };
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
