//! What a run reports: one file per metric.
//!
//! A scenario names its metrics and gives their parameters; each becomes an observer of the run and reports
//! one number. To add one, write `crates/metrics/src/<name>.rs` (copy [`subnet_value`]), and add `pub mod <name>;` and one line to
//! the list below.
//!
//! A whole metric, which reads the TAO of one pool at the end of a block:
//!
//! ```
//! use dtao_engine::observe::{Observer, ObserverError, Reading};
//! use dtao_engine::view::View;
//! use dtao_metrics::kind::MetricKind; // `crate::…` in a file of the catalogue
//! use dtao_metrics::{Metric, Parameters};
//! use dtao_protocol::units::{Block, Netuid};
//! use serde::{Deserialize, Serialize};
//!
//! /// One-line description, shown by `dtao list`.
//! pub const ABOUT: &str = "TAO in a subnet's pool at the end of a block";
//!
//! /// TAO in a subnet's pool at the end of a block.
//! #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
//! #[serde(deny_unknown_fields)]
//! pub struct PoolTao {
//!     /// The subnet.
//!     pub netuid: Netuid,
//!     /// The block.
//!     pub at: Block,
//! }
//!
//! // What a scenario's reader asks: all of it may be left out.
//! impl Parameters for PoolTao {
//!     fn netuids(&self) -> Vec<(String, Netuid)> {
//!         vec![("netuid".into(), self.netuid)]
//!     }
//! }
//!
//! impl Metric for PoolTao {
//!     fn kind(&self) -> MetricKind {
//!         MetricKind::Amount
//!     }
//!
//!     fn window(&self) -> (Block, Block) {
//!         (self.at, self.at)
//!     }
//!
//!     fn observer(&self, name: String) -> Box<dyn Observer> {
//!         Box::new(Seen { metric: self.clone(), name, value: None })
//!     }
//! }
//!
//! struct Seen {
//!     metric: PoolTao,
//!     name: String,
//!     value: Option<f64>,
//! }
//!
//! impl Observer for Seen {
//!     fn next(&self, from: Block) -> Option<Block> {
//!         (from <= self.metric.at).then_some(self.metric.at)
//!     }
//!
//!     fn observe(&mut self, view: &View) {
//!         self.value = view.subnet(self.metric.netuid).map(|subnet| subnet.pool.tao.to_f64());
//!     }
//!
//!     fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
//!         Ok(vec![Reading { name: self.name.clone(), value: self.value }])
//!     }
//! }
//! ```

pub mod daily_flow;
pub mod dividend_share;
pub mod drift;
pub mod drift_error;
pub mod emission_over;
mod epoch_share;
pub mod extreme;
pub mod followed;
pub mod follower_profit;
pub mod followers;
pub mod fraction;
mod grid;
pub mod gross_flow;
pub mod group_return;
pub mod half_fall;
pub mod holdings;
pub mod incentive_share;
pub mod interval_trades;
pub mod kind;
pub mod largest_fall;
pub mod market_value;
mod members;
pub mod net_flow;
pub mod number;
mod once;
pub mod outcomes;
pub mod price_error;
pub mod profit;
pub mod quantity;
pub mod quiet;
mod rank_correlation;
#[cfg(test)]
mod real_series;
pub mod recovery;
pub mod returns;
pub mod series;
pub mod share_cost;
pub mod statistic;
pub mod steps;
pub mod subnet_value;
pub mod traded_intervals;
pub mod whether;

use dtao_catalogue::catalogue;
pub use dtao_catalogue::{ParameterError, Parameters};
use dtao_engine::observe::Observer;
use dtao_protocol::units::Block;

use kind::MetricKind;
use share_cost::Search;

/// What a metric is, besides what a scenario's reader asks of it, and what reports it.
pub trait Metric: Parameters {
    /// What it is; may depend on its parameters, never on values.
    fn kind(&self) -> MetricKind;

    /// The blocks that it looks at, first and last.
    fn window(&self) -> (Block, Block);

    /// Why it can have no value in any run, if its window says so.
    fn fault(&self) -> Option<String> {
        None
    }

    /// The observer that reports the metric under a name.
    fn observer(&self, name: String) -> Box<dyn Observer>;
}

catalogue! {
    /// A metric with its parameters, as a scenario writes it.
    MetricSpec: Metric {
        SubnetValue: subnet_value,
        MarketValue: market_value,
        Extreme: extreme,
        NetFlow: net_flow,
        Drift: drift,
        DriftError: drift_error,
        IntervalTrades: interval_trades,
        PriceError: price_error,
        Steps: steps,
        HalfFall: half_fall,
        Returns: returns,
        GrossFlow: gross_flow,
        TradedIntervals: traded_intervals,
        Profit: profit,
        Holdings: holdings,
        IncentiveShare: incentive_share,
        DividendShare: dividend_share,
        Whether: whether,
        EmissionOver: emission_over,
        DailyFlow: daily_flow,
        GroupReturn: group_return,
        Recovery: recovery,
        ShareCost: share_cost,
        LargestFall: largest_fall,
        Followers: followers,
        FollowerProfit: follower_profit,
        Followed: followed,
    }
}

/// The observers that report metrics under their names. What several of them read off one search is searched for once.
#[must_use]
pub fn observers<'a>(
    metrics: impl IntoIterator<Item = (&'a String, &'a MetricSpec)>,
) -> Vec<Box<dyn Observer>> {
    let (mut observers, mut searches) = (Vec::new(), Vec::<Search>::new());
    for (name, metric) in metrics {
        let MetricSpec::ShareCost(cost) = metric else {
            observers.push(metric.observer(name.clone()));
            continue;
        };
        let new = searches
            .iter_mut()
            .try_fold((name.clone(), cost.clone()), |(name, cost), search| search.add(name, cost));
        searches.extend(new.map(|(name, cost)| Search::of(name, cost)));
    }
    observers.extend(searches.into_iter().map(|search| Box::new(search) as Box<dyn Observer>));
    observers
}
