//! A miner with costs: sells what it earns to pay them, and leaves when the pay is too low.
//!
//! ```text
//! owed     += costs * blocks / 7,200                           since the last epoch, in TAO
//! sale      = alpha that the pool pays owed for, at most what it holds; whole 0.01 alpha; once per epoch
//! too low   : emission of the epoch * price < costs * blocks / 7,200
//! leaves    : after `patience` epochs in a row that paid too little; sells all and stops
//! ```
//! What it earns beyond its costs it holds. What the sale leaves unpaid it owes further.
//!
//! Source: entry and exit under costs as in Marshall, "Principles of Economics", book V; the costs are an assumption.

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::books::Books;
use dtao_protocol::units::{self, Alpha, Block, Netuid, RAO, Tao};
use serde::{Deserialize, Serialize};

use crate::prior::Prior;
use crate::priors::priors;
use crate::trading::{cut, held, sell, sell_part};
use crate::validator::join;
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "mines, pays its costs by selling what it earns, and leaves when that is too little";

/// Blocks between two looks whether there was an epoch.
const LOOK: u64 = 10;
const DAY: f64 = units::DAY as f64;

/// Mines at a cost.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostlyMiner {
    /// The subnet, in detail, that it mines.
    pub netuid: Netuid,
    /// Blocks after the run's first before it registers, if it is no neuron yet; 0 or more.
    pub after: u64,
    /// What mining costs, in TAO per day of 7,200 blocks. P.
    pub costs: Prior<Tao>,
    /// Epochs in a row that may pay less than they cost before it leaves; 1 or more.
    pub patience: u32,
    #[serde(skip)]
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    /// The block of the last epoch that it has seen.
    seen: Option<Block>,
    owed: f64,
    poor: u32,
}

impl CostlyMiner {
    /// A miner before its first block.
    #[must_use]
    pub fn new(netuid: Netuid, after: u64, costs: Prior<Tao>, patience: u32) -> Self {
        Self { netuid, after, costs, patience, state: State::default() }
    }
}

priors! {
    CostlyMiner {
        costs: 0.0..=range::TAO,
    }
    besides { netuid, after, patience, state }
}

impl Parameters for CostlyMiner {
    fn check(&self) -> Result<(), ParameterError> {
        if self.patience == 0 {
            let message = "patience of 0 epochs: must be 1 or more".into();
            return Err(ParameterError { field: "patience", message });
        }
        range::blocks("after", self.after, 0)
    }

    fn moments(&self) -> Vec<Moment> {
        vec![Moment::after("after", self.after)]
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn detailed(&self) -> Vec<(String, Netuid)> {
        self.netuids()
    }
}

impl Strategy for CostlyMiner {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(self.after);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let Some((roster, uid)) = join(self.netuid, view, me) else { return };
        let epoch = roster.neurons().last_epoch;
        let Some(before) = self.state.seen.replace(epoch).filter(|&before| before < epoch) else {
            return me.wake_after(LOOK);
        };
        let Some(pool) = view.subnet(self.netuid).map(Books::trading) else { return me.wake_after(LOOK) };
        let costs = self.costs.value().to_f64() * epoch.since(before) as f64 / DAY;
        let earned = roster.results().emission.get(uid.index()).copied().unwrap_or(Alpha::ZERO);
        self.state.poor = if earned.to_f64() * pool.price() < costs { self.state.poor + 1 } else { 0 };
        if self.state.poor >= self.patience {
            return sell_part(self.netuid, 1.0, view, me);
        }
        self.state.owed += costs;
        let (tao, alpha) = pool.in_play();
        let due = self.state.owed.min(tao / 2.0);
        // Rounded up, or what it pays would fall short.
        let needed = cut(Alpha::from_f64(alpha * due / (tao - due)) + Alpha::from_rao(RAO / 100 - 1));
        let sale = needed.min(cut(held(self.netuid, view, me)));
        if sale > Alpha::ZERO {
            self.state.owed = (self.state.owed - tao * sale.to_f64() / (alpha + sale.to_f64())).max(0.0);
            sell(self.netuid, sale, view, me);
        }
        me.wake_after(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use dtao_engine::call::Call;

    use super::*;
    use crate::honest_validator::{HonestValidator, Quality};
    use crate::testing::Market;
    use crate::validator::tests::validating_after;

    /// Its sales, with blocks, on a subnet whose validator pays all miners' emission to its group from block 110 on.
    fn sales(costs: f64, patience: u32) -> Vec<(u64, f64)> {
        let miner = CostlyMiner::new(Netuid(1), 0, Prior::Exactly(Tao::from_f64(costs)), patience);
        let quality = vec![Quality { group: "agents".into(), is: 1.0 }];
        let validator = validating_after(10);
        let honest = HonestValidator { validator, quality, deviation: 0.0, turn: None };
        let calls = Market::detailed(&[]).validated_by(honest).calls_of(miner, 900);
        let sold = |(block, call): (Block, Call)| match call {
            Call::Unstake { alpha, .. } => Some((block.0, alpha.to_f64())),
            _ => None,
        };
        calls.into_iter().filter_map(sold).collect()
    }

    #[test]
    fn it_sells_what_pays_its_costs_and_no_more() {
        let all = sales(6.0, 1_000);
        // The one subnet's pool gains a TAO and an alpha in each block; sales move it by less than a thousandth.
        let paid =
            |&(block, alpha): &(u64, f64)| alpha * (1_000.0 + block as f64) / (100_000.0 + block as f64);
        // An epoch of 21 blocks costs 0.0175 TAO; a hundredth of alpha is worth 0.0002.
        let last = &all[all.len() - 5..];
        assert!(last.iter().all(|sale| (paid(sale) - 0.0175).abs() < 0.0003), "{last:?}");
        // What it owed before it was paid anything is made up for: all costs from the epoch of block 19 to that of
        // 880; the pool's price is right within 1 %, as it also takes what is sold for root.
        let total: f64 = all.iter().map(paid).sum();
        assert!((total / 6.0 * DAY - 861.0).abs() < 9.0, "{total}");
    }

    #[test]
    fn it_stays_while_its_pay_covers_its_costs_and_else_leaves_once_its_patience_ends() {
        let blocks = |costs, patience| sales(costs, patience).last().map(|sale| sale.0);
        // Paid nothing until block 110, it waits longer than that.
        assert!(blocks(6.0, 10) > Some(870));
        let left = blocks(60.0, 10).expect("it sells what it got");
        assert!((190..=260).contains(&left), "{left}");
        let later = blocks(60.0, 20).expect("it sells what it got");
        assert!((400..=470).contains(&later), "{later}");
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let miner = CostlyMiner::new(Netuid(1), 0, Prior::Exactly(Tao::ZERO), 0);
        assert_eq!(miner.check().expect_err("out of range").field, "patience");
    }
}
