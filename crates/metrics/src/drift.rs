//! How prices move when nobody trades.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use dtao_engine::math::ln;
use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::pool::Curve;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::grid::Grid;
use crate::kind::MetricKind;
use crate::statistic::{Statistic, defined, median};
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "how ln(price) moves in a block without trades, over subnets";

/// A statistic over subnets of the change of ln(price) in a block without trades.
///
/// At each look the coming coinbase is worked out for every subnet; a subnet's drift is the median over the
/// looks. Trades between the looks change the reserves, but are not part of any drift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Which statistic.
    pub over_subnets: Statistic,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Blocks between looks.
    pub every: NonZeroU64,
}

impl Parameters for Drift {}

impl Metric for Drift {
    fn kind(&self) -> MetricKind {
        self.over_subnets.kind(MetricKind::Ratio)
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn fault(&self) -> Option<String> {
        Grid { from: self.from, to: self.to, every: self.every }.endless()
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self.clone(), name, drifts: BTreeMap::new() })
    }
}

/// The change of ln(price) that the coming coinbase makes to a subnet; nothing if a price is 0.
#[must_use]
pub fn coming_drift(netuid: Netuid, view: &View, coming: &dtao_engine::view::Foresight) -> Option<f64> {
    let (after, now) = (coming.emission(netuid)?, view.subnet(netuid)?);
    let then = match now.curve {
        Curve::ConstantProduct => after.pool.price(),
        // The reserves' ratio is not the price.
        _ => after.spot.to_f64(),
    };
    defined(ln(then / now.price()))
}

struct Seen {
    metric: Drift,
    name: String,
    drifts: BTreeMap<Netuid, Vec<f64>>,
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        let Drift { from: start, to, every, .. } = self.metric;
        Grid { from: start, to, every }.next(from)
    }

    fn observe(&mut self, view: &View) {
        let coming = view.foresee();
        for netuid in view.netuids() {
            if let Some(drift) = coming_drift(netuid, view, &coming) {
                self.drifts.entry(netuid).or_default().push(drift);
            }
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        let medians: Vec<f64> = self.drifts.values().filter_map(|drifts| median(drifts)).collect();
        let reached = view.block() >= self.metric.to;
        let value = if reached { self.metric.over_subnets.of(&medians) } else { None };
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
