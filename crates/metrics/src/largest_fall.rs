//! The largest step by which a price falls: what came before it, how much was sold in it, and who sold.

use std::num::NonZeroU64;

use dtao_catalogue::listed;
use dtao_engine::math::ln;
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::fraction::Fraction;
use crate::grid::Grid;
use crate::kind::MetricKind;
use crate::net_flow::flow;
use crate::statistic::defined;
use crate::{Metric, Parameters};

/// The line about it in the list.
pub(crate) const ABOUT: &str =
    "the largest step down of a subnet's price: what came before it, how much was sold in it, and by whom";

/// The largest step by which a subnet's price falls from one look to the next; of equal ones, the earliest.
///
/// ```text
/// FallBefore            ln(first price / price before the step) / ln(first price / smallest price), 0 at least
/// StepsBefore(x)        steps before it that lose more than x
/// SoldOverBought(a, b)  (1/sqrt(price after) - 1/sqrt(price before)) / sum of the falls of 1/sqrt(price) from a to b
/// SoldBy(groups)        TAO that the groups received in the step / TAO that all sellers received in it
/// ```
/// In a constant-product pool of depth L, `L/sqrt(price)` is the alpha in the pool. So `SoldOverBought` is the alpha sold in the
/// step over all that was bought, look by look, from `a` to `b`, and knows no depth: it takes L to be the same in both.
///
/// Nothing if the price never falls from one look to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LargestFall {
    /// Which subnet.
    pub netuid: Netuid,
    /// What of the step.
    pub of: OfLargestFall,
    /// From the end of this block ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
    /// Blocks between looks.
    pub every: NonZeroU64,
}

/// What of the largest step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OfLargestFall {
    /// The part of the whole fall of ln(price), from the first look to the lowest, that is done before it; 0 where the price before it is
    /// not below the first.
    FallBefore,
    /// How many steps before it lose more than this part.
    StepsBefore(Fraction),
    /// The alpha sold in it, over that bought from the end of one block to the end of another, looked at as often.
    SoldOverBought(Block, Block),
    /// The part of what its sellers received that these groups received.
    SoldBy(Vec<String>),
}

impl LargestFall {
    fn grid(&self) -> Grid {
        Grid { from: self.from, to: self.to, every: self.every }
    }

    /// The looks at purchases, if it asks for them.
    fn earlier(&self) -> Option<Grid> {
        match self.of {
            OfLargestFall::SoldOverBought(from, to) => Some(Grid { from, to, every: self.every }),
            _ => None,
        }
    }
}

impl Parameters for LargestFall {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn groups(&self) -> Vec<(String, String)> {
        match &self.of {
            OfLargestFall::SoldBy(groups) => listed("of.SoldBy", groups),
            _ => Vec::new(),
        }
    }
}

impl Metric for LargestFall {
    fn kind(&self) -> MetricKind {
        match self.of {
            OfLargestFall::FallBefore | OfLargestFall::SoldOverBought(..) => MetricKind::Ratio,
            OfLargestFall::StepsBefore(_) => MetricKind::Count,
            OfLargestFall::SoldBy(_) => MetricKind::Share,
        }
    }

    fn window(&self) -> (Block, Block) {
        match self.of {
            OfLargestFall::SoldOverBought(from, to) => (self.from.min(from), self.to.max(to)),
            _ => (self.from, self.to),
        }
    }

    fn fault(&self) -> Option<String> {
        if let Some(earlier) = self.earlier() {
            if earlier.to < earlier.from {
                return Some(format!(
                    "what was bought is counted from block {} to block {}, which is before it",
                    earlier.from, earlier.to
                ));
            }
            if let Some(fault) = earlier.fewer_than(2) {
                return Some(fault);
            }
        }
        self.grid().fewer_than(2)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let members = Vec::new();
        Box::new(Seen { metric: self.clone(), name, looks: Vec::new(), earlier: Vec::new(), members })
    }
}

/// One look: the price, and what the sellers since the look before it received.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Look {
    price: f64,
    by_groups: f64,
    by_all: f64,
}

struct Seen {
    metric: LargestFall,
    name: String,
    /// The last one is still open: its price is that of the look before it.
    looks: Vec<Look>,
    earlier: Vec<f64>,
    /// Whether each group is named.
    members: Vec<bool>,
}

impl Seen {
    /// Counts what was sold in a block since the last look.
    fn count(&mut self, view: &View) {
        let Some(open) = self.looks.last_mut() else { return };
        for receipt in view.receipts() {
            let sold = (-flow(self.metric.netuid, receipt)).max(0.0);
            if sold == 0.0 {
                continue;
            }
            open.by_all += sold;
            let group = usize::from(view.account(receipt.agent).group.0);
            open.by_groups += if self.members[group] { sold } else { 0.0 };
        }
    }
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        let looks = [Some(self.metric.grid()), self.metric.earlier()];
        looks.into_iter().flatten().filter_map(|grid| grid.next(from)).min()
    }

    fn attention(&self) -> Attention {
        match self.metric.of {
            OfLargestFall::SoldBy(_) => Attention::Events,
            _ => Attention::AskedFor,
        }
    }

    fn observe(&mut self, view: &View) {
        let (now, price) = (view.block(), view.price(self.metric.netuid));
        if let OfLargestFall::SoldBy(groups) = &self.metric.of {
            if self.members.is_empty() {
                self.members = view.groups().iter().map(|name| groups.contains(name)).collect();
            }
            if now > self.metric.from && now <= self.metric.to {
                self.count(view);
            }
        }
        let Some(price) = price else { return };
        let on = |grid: Grid| grid.next(now) == Some(now);
        if self.metric.earlier().is_some_and(on) {
            self.earlier.push(price);
        }
        if on(self.metric.grid()) {
            match self.looks.last_mut() {
                Some(open) => open.price = price,
                None => self.looks.push(Look { price, ..Look::default() }),
            }
            self.looks.push(Look::default());
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        self.looks.pop();
        let reached = view.block() >= self.metric.window().1;
        let value = if reached { self.metric.of.value(&self.looks, &self.earlier) } else { None };
        Ok(vec![Reading { name: self.name.clone(), value: value.and_then(defined) }])
    }
}

impl OfLargestFall {
    fn value(&self, looks: &[Look], earlier: &[f64]) -> Option<f64> {
        let steps: Vec<f64> = looks.windows(2).map(|pair| pair[1].price / pair[0].price - 1.0).collect();
        // From a price of 0 there is no step.
        let known = steps.iter().copied().enumerate().filter(|&(_, step)| defined(step).is_some());
        let (at, least) = known.min_by(|a, b| a.1.total_cmp(&b.1))?;
        if least >= 0.0 {
            return None;
        }
        let (first, before, after) = (looks[0].price, looks[at].price, looks[at + 1]);
        match self {
            Self::FallBefore => {
                let smallest = looks.iter().map(|look| look.price).fold(first, f64::min);
                Some(if before < first { ln(first / before) / ln(first / smallest) } else { 0.0 })
            }
            Self::StepsBefore(part) => {
                Some(steps[..at].iter().filter(|&&step| step < -part.to_f64()).count() as f64)
            }
            Self::SoldOverBought(..) => {
                // Alpha in the pool, in units of its depth.
                let alpha = |price: f64| 1.0 / price.sqrt();
                let bought = earlier.windows(2).map(|pair| (alpha(pair[0]) - alpha(pair[1])).max(0.0));
                Some((alpha(after.price) - alpha(before)) / bought.sum::<f64>())
            }
            Self::SoldBy(_) => Some(after.by_groups / after.by_all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(prices: &[f64]) -> Vec<Look> {
        prices.iter().map(|&price| Look { price, ..Look::default() }).collect()
    }

    fn of(of: &OfLargestFall, prices: &[f64], earlier: &[f64]) -> Option<f64> {
        of.value(&looks(prices), earlier)
    }

    #[test]
    fn the_fall_and_the_steps_before_the_largest_are_told() {
        // Steps: -50 %, +100 %, -20 %, -75 %, 0; the whole fall is from 16 to 3.2.
        let prices = [16.0, 8.0, 16.0, 12.8, 3.2, 3.2];
        let before = of(&OfLargestFall::FallBefore, &prices, &[]).expect("it falls");
        assert!((before - ln(16.0 / 12.8) / ln(5.0)).abs() < 1e-12, "{before}");
        let beyond = |part| OfLargestFall::StepsBefore(Fraction::new(part).expect("a part"));
        assert_eq!(of(&beyond(0.12), &prices, &[]), Some(2.0));
        assert_eq!(of(&beyond(0.3), &prices, &[]), Some(1.0));
        // Above the first price nothing of the fall is done, nor where it never gets below that.
        for prices in [[1.0, 2.0, 0.5], [1.0, 2.0, 1.5]] {
            assert_eq!(of(&OfLargestFall::FallBefore, &prices, &[]), Some(0.0), "{prices:?}");
        }
    }

    #[test]
    fn alpha_sold_is_in_units_of_the_alpha_bought() {
        // With a depth of 1: from a pool of 1 alpha to one of 1/2, back to 3/4, then to 1/4: a half and a half are bought.
        let earlier = [1.0, 4.0, 16.0 / 9.0, 16.0];
        // From 1/4 alpha to 2.
        let sold = of(&OfLargestFall::SoldOverBought(Block(0), Block(1)), &[16.0, 0.25], &earlier);
        assert!((sold.expect("it falls") - 1.75).abs() < 1e-12, "{sold:?}");
        assert_eq!(
            of(&OfLargestFall::SoldOverBought(Block(0), Block(1)), &[1.0, 0.5], &[1.0, 1.0]),
            Some(f64::INFINITY)
        );
    }

    #[test]
    fn what_groups_sold_is_of_the_step_alone() {
        let mut looks = looks(&[4.0, 3.0, 1.0, 0.9]);
        for (look, (by_groups, by_all)) in
            looks.iter_mut().zip([(0.0, 0.0), (5.0, 5.0), (1.0, 4.0), (0.0, 9.0)])
        {
            (look.by_groups, look.by_all) = (by_groups, by_all);
        }
        assert_eq!(OfLargestFall::SoldBy(Vec::new()).value(&looks, &[]), Some(0.25));
    }

    #[test]
    fn without_a_fall_there_is_nothing() {
        for prices in [&[][..], &[1.0], &[1.0, 1.0, 2.0]] {
            assert_eq!(of(&OfLargestFall::FallBefore, prices, &[]), None, "{prices:?}");
        }
    }
}
