//! Outcomes of the whole network that any run can be asked for, without writing metrics.
//!
//! Each is a metric with its parameters, so that a scenario may name it too. They are about a whole run, from its first block to
//! its last.

use std::collections::BTreeMap;
use std::num::{NonZeroU64, NonZeroUsize};

use dtao_protocol::units::{Block, DAY, Netuid};

use crate::MetricSpec;
use crate::daily_flow::{DailyFlow, FlowOf};
use crate::emission_over::{EmissionOf, EmissionOver, Value};
use crate::fraction::Fraction;
use crate::group_return::GroupReturn;
use crate::market_value::MarketValue;
use crate::number::NonNegative;
use crate::profit::Profit;
use crate::quantity::Quantity;
use crate::recovery::{Level, Past, Recovery};
use crate::share_cost::{CostOf, ShareCost, Whose};
use crate::statistic::Statistic;

/// An outcome that is ready to use.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub about: &'static str,
    /// The metric.
    pub metric: MetricSpec,
}

/// What outcomes are asked of.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The run's first block.
    pub first: Block,
    /// The run's last block.
    pub last: Block,
    /// Kinds of subnets, by name.
    pub kinds: &'a BTreeMap<String, Vec<Netuid>>,
    /// Groups whose gain is asked for; none if empty.
    pub attackers: &'a [String],
    /// Groups that mine at a cost; none if empty.
    pub paying: &'a [String],
}

/// What `emission.…` may be about besides a kind of subnet: no kind can have one of these names.
pub const NO_KINDS: [&str; 4] = ["top_10", "hhi", "gini", "by_price"];

/// Most looks of an outcome that looks at a path.
const LOOKS: u64 = 2_000;
/// How many subnets are the largest.
const TOP: usize = 10;

/// The outcomes, in the order in which they are read.
///
/// # Panics
/// If the run has no block.
#[must_use]
pub fn network(asked: &Asked) -> Vec<Outcome> {
    let mut outcomes = emission(asked);
    outcomes.extend(tao(asked));
    outcomes.extend(groups(asked));
    outcomes
}

fn outcome(name: impl Into<String>, about: &'static str, metric: MetricSpec) -> Outcome {
    Outcome { name: name.into(), about, metric }
}

/// Who has the emission.
fn emission(asked: &Asked) -> Vec<Outcome> {
    let (from, to) = (asked.first, asked.last);
    let over = |of| MetricSpec::EmissionOver(EmissionOver { of, from, to });
    let top = EmissionOf::Top(NonZeroUsize::new(TOP).expect("not zero"));
    let mut outcomes: Vec<Outcome> = asked
        .kinds
        .iter()
        .map(|(kind, netuids)| {
            let name = format!("emission.{kind}");
            outcome(
                name,
                "share of the emission of a kind of subnet",
                over(EmissionOf::ShareOf(netuids.clone())),
            )
        })
        .collect();
    outcomes.extend([
        outcome("emission.top_10", "share of the emission of the ten subnets with most", over(top)),
        outcome("emission.hhi", "Herfindahl-Hirschman index of the emission", over(EmissionOf::Hhi)),
        outcome("emission.gini", "Gini coefficient of the emission", over(EmissionOf::Gini)),
        outcome(
            "emission.by_price",
            "rank correlation of a subnet's emission with its price at the end",
            over(EmissionOf::RankCorrelation(Value::Price)),
        ),
    ]);
    outcomes
}

/// Where TAO goes.
fn tao(asked: &Asked) -> Vec<Outcome> {
    let (from, to) = (asked.first, asked.last);
    let sum = |of| MetricSpec::MarketValue(MarketValue { of, over_subnets: Statistic::Sum, at: to });
    let mean = |of| MetricSpec::MarketValue(MarketValue { of, over_subnets: Statistic::Mean, at: to });
    let daily = |of| MetricSpec::DailyFlow(DailyFlow { of, from, to });
    let cost = |of| {
        let points = Fraction::new(0.01).expect("a part");
        let blocks = NonZeroU64::new(DAY).expect("not zero");
        MetricSpec::ShareCost(ShareCost { of, whose: Whose::MedianPool, points, blocks, at: to })
    };
    let mut outcomes = vec![
        outcome("pools.tao", "TAO in all pools at the end", sum(Quantity::TaoIn)),
        outcome("pools.tao_a_day", "by how many TAO a day all pools grow", daily(FlowOf::Pools)),
        outcome(
            "calls.tao_a_day",
            "TAO a day that calls pay into pools less what they take out",
            daily(FlowOf::Calls),
        ),
        outcome(
            "root.tao_a_day",
            "TAO a day set apart for stakers on root: root's sale",
            daily(FlowOf::RootIncome),
        ),
        outcome("chain_buys.tao_a_day", "TAO a day that coinbases spend on alpha", daily(FlowOf::ChainBuys)),
        outcome("prices.sum", "sum of all prices at the end", sum(Quantity::Price)),
        outcome(
            "root.proportion",
            "root's part of the validating stake, mean over subnets, at the end",
            mean(Quantity::RootProportion),
        ),
    ];
    // A path of one look has no fall.
    if to > from {
        let every = NonZeroU64::new(to.since(from).div_ceil(LOOKS)).expect("the run has two blocks");
        let level = Level::OfFirst(NonNegative::new(1.0).expect("not negative"));
        let past = Past::Below;
        let metric = Recovery { netuid: None, of: Quantity::Price, level, past, from, to, every };
        let about = "blocks until the sum of all prices is back at that of the first block";
        outcomes.push(outcome("prices.recovery", about, MetricSpec::Recovery(metric)));
    }
    outcomes.extend([
        outcome(
            "share_point.paid",
            "TAO that buys the median pool one more point of share for a day",
            cost(CostOf::Paid),
        ),
        outcome(
            "share_point.lost",
            "TAO of it that a sale after the day does not bring back",
            cost(CostOf::Lost),
        ),
    ]);
    outcomes
}

/// What groups make of it.
fn groups(asked: &Asked) -> Vec<Outcome> {
    let (from, at) = (asked.first, asked.last);
    let mut outcomes = Vec::new();
    if !asked.attackers.is_empty() {
        let (groups, netuids) = (asked.attackers.to_vec(), Vec::new());
        let profit = Profit { groups: groups.clone(), netuids: netuids.clone(), from, at };
        let gain = GroupReturn { groups, netuids, from, at };
        outcomes.extend([
            outcome("attackers.profit", "TAO that the attackers gain together", MetricSpec::Profit(profit)),
            outcome("attackers.return", "what they gain over what they had", MetricSpec::GroupReturn(gain)),
        ]);
    }
    if !asked.paying.is_empty() {
        let of = FlowOf::SalesOf(asked.paying.to_vec());
        let metric = MetricSpec::DailyFlow(DailyFlow { of, from, to: at });
        let about = "TAO a day that miners with costs sell their pay for";
        outcomes.push(outcome("costs.paid_a_day", about, metric));
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::MetricKind;

    fn names(asked: &Asked) -> Vec<String> {
        network(asked).into_iter().map(|outcome| outcome.name).collect()
    }

    #[test]
    fn every_run_has_the_same_outcomes_and_kinds_and_groups_add_theirs() {
        let none = BTreeMap::new();
        let plain = Asked { first: Block(100), last: Block(199), kinds: &none, attackers: &[], paying: &[] };
        let always = names(&plain);
        let kinds = BTreeMap::from([("meme".to_owned(), vec![Netuid(28)])]);
        let (attackers, paying) = (["pumper".to_owned()], ["miners".to_owned()]);
        let all = names(&Asked { kinds: &kinds, attackers: &attackers, paying: &paying, ..plain.clone() });
        assert!(always.iter().all(|name| all.contains(name)), "{all:?}");
        let more: Vec<&String> = all.iter().filter(|name| !always.contains(name)).collect();
        assert_eq!(more, ["emission.meme", "attackers.profit", "attackers.return", "costs.paid_a_day"]);
        let of_emission = always.iter().filter_map(|name| name.strip_prefix("emission."));
        assert_eq!(of_emission.collect::<Vec<_>>(), NO_KINDS);
        let mut distinct = all.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), all.len(), "no two have one name");
        assert!(!names(&Asked { last: Block(100), ..plain }).contains(&"prices.recovery".to_owned()));
    }

    #[test]
    fn no_outcome_looks_beyond_the_run_or_has_a_fault() {
        let none = BTreeMap::new();
        for last in [100, 101, 99_999_999] {
            let asked =
                Asked { first: Block(100), last: Block(last), kinds: &none, attackers: &[], paying: &[] };
            for Outcome { name, metric, .. } in network(&asked) {
                let (from, to) = metric.window();
                assert!(from >= asked.first && to <= asked.last, "{name}");
                assert_eq!((metric.check(), metric.fault()), (Ok(()), None), "{name}");
                assert_ne!(
                    metric.kind(),
                    MetricKind::Indicator,
                    "{name}: shown as a number, not a proportion"
                );
            }
        }
    }
}
