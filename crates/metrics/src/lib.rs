//! What a run reports: one file per metric.
//!
//! A scenario names its metrics and gives their parameters; each becomes an observer of the run and reports
//! one number. To add one, write `crates/metrics/src/<name>.rs` (copy [`subnet_value`]) and add one line to
//! the list below.

pub mod daily_flow;
pub mod dividend_share;
pub mod drift;
pub mod drift_error;
pub mod emission_over;
mod epoch_share;
pub mod extreme;
pub mod fraction;
mod grid;
pub mod gross_flow;
pub mod group_return;
pub mod half_fall;
pub mod holdings;
pub mod incentive_share;
pub mod interval_trades;
pub mod kind;
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
pub mod share_cost;
pub mod statistic;
pub mod steps;
pub mod subnet_value;
pub mod traded_intervals;
pub mod whether;

use dtao_engine::market::PriceFiles;
use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use kind::MetricKind;
use share_cost::Search;

/// A metric's own checks of its parameters, and what it reads from files.
pub trait Parameters {
    /// One line for the catalogue.
    const ABOUT: &'static str;

    /// What it is; may depend on its parameters, never on values.
    fn kind(&self) -> MetricKind;

    /// The blocks that it looks at, first and last.
    fn window(&self) -> (Block, Block);

    /// The price files that it reads.
    fn price_files(&mut self) -> Option<&mut PriceFiles> {
        None
    }

    /// The subnets that it names, each with its field.
    fn netuids(&self) -> Vec<(String, Netuid)> {
        Vec::new()
    }

    /// Those of them that must be in detail.
    fn detailed(&self) -> Vec<(String, Netuid)> {
        Vec::new()
    }

    /// The groups of agents that it names, each with its field.
    fn groups(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Why it can have no value in any run, if that can be seen from its parameters.
    fn fault(&self) -> Option<String> {
        None
    }

    /// The observer that reports the metric under a name.
    fn observer(self, name: String) -> Box<dyn Observer>;
}

macro_rules! metrics {
    ($($name:ident: $module:ident),* $(,)?) => {
        /// A metric with its parameters, as a scenario writes it.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum MetricSpec {
            $(#[doc = concat!("See [`", stringify!($module), "::", stringify!($name), "`].")]
            $name($module::$name),)*
        }

        /// Every metric's name and one line about it.
        pub const CATALOGUE: &[(&str, &str)] =
            &[$((stringify!($name), <$module::$name as Parameters>::ABOUT)),*];

        impl MetricSpec {
            /// The metric's name in the catalogue.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)* }
            }

            /// What the metric is.
            #[must_use]
            pub fn kind(&self) -> MetricKind {
                match self { $(Self::$name(metric) => metric.kind(),)* }
            }

            /// The blocks that it looks at, first and last.
            #[must_use]
            pub fn window(&self) -> (Block, Block) {
                match self { $(Self::$name(metric) => metric.window(),)* }
            }

            /// The price files that it reads.
            pub fn price_files(&mut self) -> Option<&mut PriceFiles> {
                match self { $(Self::$name(metric) => metric.price_files(),)* }
            }

            /// The subnets that it names, each with its field.
            #[must_use]
            pub fn netuids(&self) -> Vec<(String, Netuid)> {
                match self { $(Self::$name(metric) => metric.netuids(),)* }
            }

            /// Those of them that must be in detail.
            #[must_use]
            pub fn detailed(&self) -> Vec<(String, Netuid)> {
                match self { $(Self::$name(metric) => metric.detailed(),)* }
            }

            /// The groups of agents that it names, each with its field.
            #[must_use]
            pub fn groups(&self) -> Vec<(String, String)> {
                match self { $(Self::$name(metric) => metric.groups(),)* }
            }

            /// Why it can have no value in any run, if that can be seen from its parameters.
            #[must_use]
            pub fn fault(&self) -> Option<String> {
                match self { $(Self::$name(metric) => metric.fault(),)* }
            }

            /// The observer that reports the metric under a name.
            #[must_use]
            pub fn observer(self, name: String) -> Box<dyn Observer> {
                match self { $(Self::$name(metric) => metric.observer(name),)* }
            }
        }
    };
}

metrics! {
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
}

/// The observers that report metrics under their names. What several of them read off one search is searched for once.
#[must_use]
pub fn observers<'a>(
    metrics: impl IntoIterator<Item = (&'a String, &'a MetricSpec)>,
) -> Vec<Box<dyn Observer>> {
    let (mut observers, mut searches) = (Vec::new(), Vec::<Search>::new());
    for (name, metric) in metrics {
        let MetricSpec::ShareCost(cost) = metric else {
            observers.push(metric.clone().observer(name.clone()));
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
