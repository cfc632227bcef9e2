//! What it costs to have a larger share of the emission for a time.

use std::num::NonZeroU64;

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::books::Books;
use dtao_protocol::coinbase::{self, Chain};
use dtao_protocol::pool::Order;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::fraction::Fraction;
use crate::kind::MetricKind;
use crate::{Metric, ParameterError, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "TAO that a purchase takes or loses which raises a subnet's share of the emission";

/// What it takes to raise a subnet's mean share of the emission over some blocks by one purchase, or what is lost by it.
///
/// The purchase comes at the end of a block. The coinbases that follow are made on a copy of all books, with the purchase and
/// without it; nobody else trades, no epoch pays out, and root's stake stands still. The amount is the smallest that is found to
/// raise the mean share by `points`, to a ten-thousandth of that. At the end all that was bought is sold at once.
///
/// ```text
/// share  = TAO emitted to the subnet over the blocks / TAO emitted to all
/// Paid   = TAO of the purchase, fees included
/// Lost   = Paid - what the sale pays, less its fees
/// ```
/// Nothing if no amount of at most all TAO does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareCost {
    /// What is measured.
    pub of: CostOf,
    /// Whose share it is.
    pub whose: Whose,
    /// By how much it is raised: 0.01 is a point, one per cent of all.
    pub points: Fraction,
    /// The blocks over which the share is meant.
    pub blocks: NonZeroU64,
    /// The block at whose end the purchase would come.
    pub at: Block,
}

/// What is measured of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CostOf {
    /// TAO that it takes.
    Paid,
    /// TAO that is not got back.
    Lost,
}

/// Whose share is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// That of this subnet.
    Subnet(Netuid),
    /// That of the subnet with the median TAO in its pool, the upper of two; of equal ones the lower number comes first.
    MedianPool,
}

/// Most blocks that may lie between purchase and sale: a year. Each is worked out a dozen times.
const LONGEST: u64 = 2_628_000;

impl Parameters for ShareCost {
    fn check(&self) -> Result<(), ParameterError> {
        let blocks = self.blocks.get();
        if blocks <= LONGEST {
            return Ok(());
        }
        let message = format!("a share over {blocks} blocks: at most {LONGEST} are possible");
        Err(ParameterError { field: "blocks", message })
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        match self.whose {
            Whose::Subnet(netuid) => vec![("whose.Subnet".into(), netuid)],
            Whose::MedianPool => Vec::new(),
        }
    }
}

impl Metric for ShareCost {
    fn kind(&self) -> MetricKind {
        MetricKind::Amount
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(Search::of(name, self.clone()))
    }
}

impl CostOf {
    fn of(self, cost: &Cost) -> f64 {
        match self {
            Self::Paid => cost.paid,
            Self::Lost => cost.lost,
        }
    }
}

/// One purchase that is looked for, and all that is reported of it.
pub(crate) struct Search {
    metric: ShareCost,
    reported: Vec<(String, CostOf)>,
    found: Option<Cost>,
}

impl Search {
    pub(crate) fn of(name: String, metric: ShareCost) -> Self {
        Self { reported: vec![(name, metric.of)], metric, found: None }
    }

    /// Reports another metric too, if it is of the same purchase; else returns it.
    pub(crate) fn add(&mut self, name: String, metric: ShareCost) -> Option<(String, ShareCost)> {
        if (ShareCost { of: self.metric.of, ..metric }) != self.metric {
            return Some((name, metric));
        }
        self.reported.push((name, metric.of));
        None
    }
}

impl Observer for Search {
    fn next(&self, from: Block) -> Option<Block> {
        (from <= self.metric.at).then_some(self.metric.at)
    }

    fn observe(&mut self, view: &View) {
        self.found = self.metric.cost(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let reading = |(name, of): &(String, CostOf)| Reading {
            name: name.clone(),
            value: self.found.as_ref().map(|cost| of.of(cost)),
        };
        Ok(self.reported.iter().map(reading).collect())
    }
}

/// What a purchase costs, in TAO.
struct Cost {
    paid: f64,
    lost: f64,
}

impl ShareCost {
    fn cost(&self, view: &View) -> Option<Cost> {
        let books: Vec<Books> = view.subnets().copied().collect();
        let at = match self.whose {
            Whose::Subnet(netuid) => books.iter().position(|subnet| subnet.netuid == netuid)?,
            Whose::MedianPool => {
                let mut order: Vec<usize> = (0..books.len()).collect();
                order.sort_by_key(|&index| books[index].pool.tao);
                *order.get(books.len() / 2)?
            }
        };
        let rules = view.rules();
        let ahead = Ahead { rules, chain: view.chain(), books, at, blocks: self.blocks.get() };
        let all = view.issuance().to_f64();
        let (paid, end) = ahead.smallest(self.points.to_f64(), all)?;
        let fee = rules.staking_fee;
        let paid = (paid + fee).to_f64();
        let sale = end.subnet.trading().sell_now(rules.pool, end.bought).unwrap_or(Tao::ZERO);
        Some(Cost { paid, lost: paid - sale.saturating_sub(fee).to_f64() })
    }
}

/// The coinbases to come, from the books as they are.
struct Ahead<'a> {
    rules: &'a Rules,
    chain: Chain,
    books: Vec<Books>,
    /// Which of the books are the subnet's.
    at: usize,
    blocks: u64,
}

/// What a purchase comes to.
struct End {
    /// The subnet's mean share.
    share: f64,
    /// Its books after the last block.
    subnet: Books,
    /// Alpha that was bought.
    bought: Alpha,
}

impl Ahead<'_> {
    /// The smallest purchase that raises the mean share by so much, and what it comes to.
    fn smallest(&self, points: f64, all: f64) -> Option<(Tao, End)> {
        const CLOSE: f64 = 1e-4;
        const TRIES: usize = 40;
        let before = self.after(Tao::ZERO)?.share;
        // By how much a purchase of so many TAO raises the share beyond what is wanted.
        let beyond = |tao: f64| -> Option<(f64, End)> {
            let end = self.after(Tao::from_f64(tao))?;
            Some((end.share - before - points, end))
        };
        let (mut low, mut below) = (0.0, -points);
        let mut high = self.books[self.at].pool.tao.to_f64() / 4.0;
        let (mut above, mut end) = loop {
            let (found, end) = beyond(high)?;
            if found >= 0.0 {
                break (found, end);
            }
            (low, below) = (high, found);
            high *= 4.0;
            if high > all {
                return None;
            }
        };
        // Regula falsi; the value of an end that stays twice is halved (the Illinois rule), so that both ends move.
        let (mut weight, mut side) = ((below, above), 0);
        for _ in 0..TRIES {
            if above <= points * CLOSE {
                break;
            }
            let next = (low * weight.1 - high * weight.0) / (weight.1 - weight.0);
            let (found, there) = beyond(next)?;
            if found >= 0.0 {
                (high, above, end) = (next, found, there);
                weight = (if side == 1 { weight.0 / 2.0 } else { weight.0 }, found);
                side = 1;
            } else {
                (low, below) = (next, found);
                weight = (below, if side == -1 { weight.1 / 2.0 } else { weight.1 });
                side = -1;
            }
        }
        Some((Tao::from_f64(high), end))
    }

    /// What a purchase of so much comes to; nothing if the pool refuses it, or if nothing is emitted.
    fn after(&self, tao: Tao) -> Option<End> {
        let mut books = self.books.clone();
        let mut bought = Alpha::ZERO;
        if tao > Tao::ZERO {
            let subnet = &mut books[self.at];
            let purchase = subnet.exchange().purchase(self.rules.pool, Order::of(tao)).ok()?;
            subnet.settle(purchase.after);
            subnet.alpha_out += purchase.alpha;
            if self.rules.emission.counts_flow() {
                subnet.flow.enters(purchase.entered);
            }
            bought = purchase.alpha;
        }
        let (mut own, mut all) = (0.0, 0.0);
        let (mut chain, mut room) = (self.chain, Vec::new());
        for _ in 0..self.blocks {
            chain.block = chain.block + 1;
            chain.gate_bar = coinbase::block(self.rules, &chain, &mut books, &mut room).gate_bar;
            own += books[self.at].tao_emitted().to_f64();
            all += books.iter().map(|subnet| subnet.tao_emitted().to_f64()).sum::<f64>();
        }
        (all > 0.0).then(|| End { share: own / all, subnet: books[self.at], bought })
    }
}
