//! How the TAO of a time was shared among subnets.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use dtao_catalogue::listed;
use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::number::Finite;
use crate::rank_correlation::rank_correlation;
use crate::statistic::{Statistic, defined};
use crate::{Metric, ParameterError, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "how the TAO emitted over a time was shared among subnets";

/// How the TAO that blocks emitted over a time was shared among subnets.
///
/// A subnet's emission is what entered its pool by the coinbase and what bought its alpha there, summed over all blocks of the
/// window. A number that passed to another subnet counts as one subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmissionOver {
    /// What is said of the emission.
    pub of: EmissionOf,
    /// From this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

/// What is said of the emission of a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EmissionOf {
    /// The share of these subnets together: a kind of subnet. 0 to 1.
    ShareOf(Vec<Netuid>),
    /// The share of as many subnets as this, those with most emission. 0 to 1.
    Top(NonZeroUsize),
    /// The Gini coefficient over the subnets that exist at the end: 0 if all have the same.
    Gini,
    /// The Herfindahl-Hirschman index over the subnets that exist at the end: the sum of squared shares.
    Hhi,
    /// Spearman's rank correlation with a value of each subnet, -1 to 1; equal values have their mean rank. Not defined where
    /// either is the same for all.
    RankCorrelation(Value),
}

/// A value of each subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Its spot price at the end of the window.
    Price,
    /// Stated values; only these subnets are compared.
    Stated(BTreeMap<Netuid, Finite>),
}

impl Parameters for EmissionOver {
    fn check(&self) -> Result<(), ParameterError> {
        match &self.of {
            EmissionOf::ShareOf(netuids) if netuids.is_empty() => Err(ParameterError {
                field: "of.ShareOf",
                message: "the share of no subnets: name at least one".into(),
            }),
            EmissionOf::RankCorrelation(Value::Stated(values)) if values.len() < 2 => Err(ParameterError {
                field: "of.RankCorrelation.Stated",
                message: format!("{} stated value(s): ranks need two or more", values.len()),
            }),
            _ => Ok(()),
        }
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        match &self.of {
            EmissionOf::ShareOf(netuids) => listed("of.ShareOf", netuids),
            EmissionOf::RankCorrelation(Value::Stated(values)) => {
                let named = |&netuid: &Netuid| (format!("of.RankCorrelation.Stated.{netuid}"), netuid);
                values.keys().map(named).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Metric for EmissionOver {
    fn kind(&self) -> MetricKind {
        match self.of {
            EmissionOf::RankCorrelation(_) => MetricKind::Ratio,
            _ => MetricKind::Share,
        }
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self.clone(), name, emitted: BTreeMap::new(), value: None })
    }
}

struct Seen {
    metric: EmissionOver,
    name: String,
    /// Rao of TAO by subnet.
    emitted: BTreeMap<Netuid, u64>,
    value: Option<f64>,
}

impl Observer for Seen {
    fn next(&self, block: Block) -> Option<Block> {
        let EmissionOver { from, to, .. } = self.metric;
        (block <= to).then_some(block.max(from))
    }

    fn observe(&mut self, view: &View) {
        for subnet in view.subnets() {
            *self.emitted.entry(subnet.netuid).or_default() += subnet.tao_emitted().rao();
        }
        if view.block() == self.metric.to {
            let prices = view.subnets().map(|subnet| (subnet.netuid, subnet.price())).collect();
            self.value = self.metric.of.of(&self.emitted, &prices);
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.value }])
    }
}

impl EmissionOf {
    /// The number, from each subnet's emission and from the prices of those that exist.
    fn of(&self, emitted: &BTreeMap<Netuid, u64>, prices: &BTreeMap<Netuid, f64>) -> Option<f64> {
        let of = |netuid: &Netuid| emitted.get(netuid).map_or(0.0, |&rao| rao as f64);
        let existing: Vec<f64> = prices.keys().map(of).collect();
        let all: f64 = emitted.values().map(|&rao| rao as f64).sum();
        match self {
            Self::ShareOf(netuids) => defined(netuids.iter().map(of).sum::<f64>() / all),
            Self::Top(number) => {
                let mut falling: Vec<f64> = emitted.values().map(|&rao| rao as f64).collect();
                falling.sort_by(|a, b| b.total_cmp(a));
                defined(falling.iter().take(number.get()).sum::<f64>() / all)
            }
            Self::Gini => Statistic::Gini.of(&existing),
            Self::Hhi => Statistic::Hhi.of(&existing),
            Self::RankCorrelation(Value::Price) => {
                rank_correlation(&existing, &prices.values().copied().collect::<Vec<_>>())
            }
            Self::RankCorrelation(Value::Stated(values)) => {
                let pairs = values.iter().filter(|(netuid, _)| prices.contains_key(netuid));
                let (emitted, stated): (Vec<f64>, Vec<f64>) =
                    pairs.map(|(netuid, value)| (of(netuid), value.to_f64())).unzip();
                rank_correlation(&emitted, &stated)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table<T: Copy>(values: &[T]) -> BTreeMap<Netuid, T> {
        values.iter().enumerate().map(|(index, &value)| (Netuid(1 + index as u16), value)).collect()
    }

    fn top(number: usize) -> EmissionOf {
        EmissionOf::Top(NonZeroUsize::new(number).expect("not zero"))
    }

    #[test]
    fn four_subnets_by_hand() {
        let (emitted, prices) = (table(&[10, 20, 30, 40]), table(&[0.1, 0.4, 0.2, 0.3]));
        let of = |what: EmissionOf| what.of(&emitted, &prices).expect("defined");
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        near(of(EmissionOf::ShareOf(vec![Netuid(1), Netuid(4)])), 0.5);
        near(of(top(1)), 0.4);
        near(of(top(9)), 1.0);
        // 0.01 + 0.04 + 0.09 + 0.16; 2 (10 + 40 + 90 + 160) / 400 - 5/4.
        near(of(EmissionOf::Hhi), 0.3);
        near(of(EmissionOf::Gini), 0.25);
        // Ranks 1 2 3 4 against 1 4 2 3: squares of differences 0 + 4 + 1 + 1, so 1 - 6 * 6 / 60.
        near(of(EmissionOf::RankCorrelation(Value::Price)), 0.4);
        let stated = table(&[2.0, 1.0].map(|value| Finite::new(value).expect("finite")));
        near(of(EmissionOf::RankCorrelation(Value::Stated(stated))), -1.0);
    }

    #[test]
    fn shares_of_nothing_are_not_defined_and_a_subnet_that_is_gone_still_took_its_part() {
        let of = |what: &EmissionOf, emitted: &[u64]| what.of(&table(emitted), &table(&[0.1, 0.2]));
        for what in [top(1), EmissionOf::ShareOf(vec![Netuid(1)]), EmissionOf::Gini, EmissionOf::Hhi] {
            assert_eq!(of(&what, &[0, 0]), None, "{what:?}");
        }
        // The third is gone: half of all went to it, and the concentration is that of the two that exist.
        assert_eq!(of(&EmissionOf::ShareOf(vec![Netuid(1)]), &[1, 1, 2]), Some(0.25));
        assert_eq!(of(&top(1), &[1, 1, 2]), Some(0.5));
        assert_eq!(of(&EmissionOf::Hhi, &[1, 1, 2]), Some(0.5));
    }

    proptest! {
        #[test]
        fn shares_of_all_kinds_sum_to_one_and_the_top_never_shrinks(
            emitted in prop::collection::vec(0u64..1 << 50, 2..40), cut in 1usize..39,
        ) {
            prop_assume!(emitted.iter().any(|&rao| rao > 0));
            let cut = cut.min(emitted.len() - 1);
            let (table, prices) = (table(&emitted), table(&vec![0.1; emitted.len()]));
            let netuids: Vec<Netuid> = table.keys().copied().collect();
            let (one, other) = netuids.split_at(cut);
            let share = |netuids: &[Netuid]| EmissionOf::ShareOf(netuids.to_vec()).of(&table, &prices);
            prop_assert!((share(one).expect("something") + share(other).expect("something") - 1.0).abs() < 1e-12);
            let largest = |number| top(number).of(&table, &prices).expect("something was emitted");
            prop_assert!(largest(cut) <= largest(cut + 1) && largest(cut) >= share(one).expect("something") - 1e-12);
        }
    }
}
