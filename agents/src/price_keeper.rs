//! Moves a price and keeps it there: the pump of one account, or one trade to a price.
//!
//! In each block of its time it trades what moves the pool, as the block's coinbase leaves it, to its price. It pushes one
//! way only: up by purchases if the price is below the goal before its first block, else down by sales. What others move
//! the price beyond the goal it leaves alone. It spends as much as it has; then, if it is to, it sells all that it holds.
//!
//! ```text
//! goal = At(p): p;   Times(x): x times the price before its first block
//! ```
//! Source: an assumption, the plainest attack on a rule that shares emission by price: what a price costs that is held by
//! force (Allen and Gale 1992, doi:10.1093/rfs/5.3.503, on manipulation by trades).

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::call::Call;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::to_price::call_to;
use crate::trading::{held, home, sell};
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "moves a price, keeps it there for a time, and may then sell all";

/// Moves a price and keeps it there.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceKeeper {
    /// The subnet whose price it moves.
    pub netuid: Netuid,
    /// The price that it wants.
    pub price: Goal,
    /// The first block in which it trades.
    pub from: Block,
    /// For how many blocks it keeps the price; 1 or more.
    pub blocks: u64,
    /// What it does afterwards.
    pub then: Then,
    #[serde(skip)]
    push: Option<Push>,
}

/// A price that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Goal {
    /// This one, in TAO per alpha; above 0 and at most 21,000,000.
    At(f64),
    /// This multiple of the price before the first block; above 0 and at most 1,000,000.
    Times(f64),
}

/// What comes after a price was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    /// It sells all that it holds.
    Sells,
    /// It keeps what it holds.
    Keeps,
}

/// The goal price, and the side on which it trades to reach it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Push {
    goal: f64,
    side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Buys,
    Sells,
}

impl PriceKeeper {
    /// The first block in which it no longer keeps the price.
    fn end(&self) -> Block {
        self.from + self.blocks
    }
}

priors!(PriceKeeper {} besides { netuid, price, from, blocks, then, push });

impl Parameters for PriceKeeper {
    fn check(&self) -> Result<(), ParameterError> {
        let (goal, most) = match self.price {
            Goal::At(price) => (price, range::TAO),
            Goal::Times(times) => (times, range::NUMBER),
        };
        range::number("price", goal, f64::MIN_POSITIVE, most)?;
        range::blocks("blocks", self.blocks, 1)
    }

    fn moments(&self) -> Vec<Moment> {
        let sale = (self.then == Then::Sells).then(|| Moment::at("blocks", self.end()));
        std::iter::once(Moment::at("from", self.from)).chain(sale).collect()
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Strategy for PriceKeeper {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_at(self.from);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        let Some(price) = view.price(self.netuid) else {
            // The subnet may still be registered.
            if now < self.end() {
                me.wake_after(1);
            }
            return;
        };
        if now >= self.end() {
            if self.then == Then::Sells {
                sell(self.netuid, held(self.netuid, view, me), view, me);
                // An epoch of the same block may have paid for what was just sold.
                if now == self.end() {
                    me.wake_after(1);
                }
            }
            return;
        }
        let push = *self.push.get_or_insert_with(|| {
            let goal = match self.price {
                Goal::At(price) => price,
                Goal::Times(times) => times * price,
            };
            Push { goal, side: if goal >= price { Side::Buys } else { Side::Sells } }
        });
        self.trade(push, view, me);
        me.wake_after(1);
    }
}

impl PriceKeeper {
    fn trade(&self, push: Push, view: &View, me: &mut Actor) {
        let netuid = self.netuid;
        let Some(coming) = view.foresee().emission(netuid) else { return };
        let hotkey = home(netuid, view, me);
        // What the chain would refuse as too little is not tried.
        let least = view.rules().min_stake + view.rules().staking_fee;
        match (push.side, call_to((netuid, push.goal), &coming, view, me.id)) {
            (Side::Buys, Some(Call::Stake { tao, limit, .. })) => {
                let tao = tao.min(view.spendable(me.id));
                if tao >= least {
                    me.submit(Call::Stake { netuid, hotkey, tao, limit });
                }
            }
            (Side::Sells, Some(Call::Unstake { alpha, limit, .. })) => {
                let alpha = alpha.min(held(netuid, view, me));
                if alpha.at(coming.spot) > least {
                    me.submit(Call::Unstake { netuid, hotkey, alpha, limit });
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::pool::CurveRule;
    use dtao_protocol::pool::balancer::Weighing;
    use dtao_protocol::pool::v3::Injection;
    use dtao_protocol::units::Tao;

    use super::*;
    use crate::testing::{Market, trader};

    fn keeper(price: Goal, blocks: u64, then: Then) -> PriceKeeper {
        PriceKeeper { netuid: Netuid(1), price, from: Block(5), blocks, then, push: None }
    }

    /// The prices after blocks 1 to 20, in a market that began at 0.01.
    fn prices(keeper: PriceKeeper, market: Market) -> Vec<f64> {
        market.seen_of(keeper, 20).1
    }

    #[test]
    fn a_price_is_kept_from_its_first_block_to_its_last_under_every_curve() {
        let position = CurveRule::V3(Injection::WithReservoirs);
        let weighted = CurveRule::Balancer(Weighing::WithReservoirs);
        for curve in [CurveRule::ConstantProduct, position, weighted] {
            let market = Market::quiet().under(|rules| {
                rules.pool.curve = curve;
                if curve != CurveRule::ConstantProduct {
                    rules.staking_fee = Tao::ZERO;
                }
            });
            // Somebody who has bought before sells in block 7, after the keeper's call.
            let market = market.with(trader(&[(2, 200)], &[(7, 8_000)]));
            let kept = prices(keeper(Goal::Times(2.0), 6, Then::Sells), market);
            let goal = 2.0 * kept[3];
            let near = |price: f64| (price / goal - 1.0).abs() < 1e-6;
            assert!(near(kept[4]), "{curve:?}: {} for {goal}", kept[4]);
            assert!(kept[6] < 0.95 * goal && near(kept[7]), "{curve:?}: {} {}", kept[6], kept[7]);
            // In block 11 all is sold.
            assert!(kept[9] >= goal * (1.0 - 1e-6) && kept[10] < 0.7 * goal, "{curve:?}: {kept:?}");
        }
    }

    #[test]
    fn what_others_move_beyond_the_goal_it_leaves_alone() {
        let market = Market::quiet().with(trader(&[(8, 900)], &[]));
        let kept = prices(keeper(Goal::Times(1.5), 10, Then::Keeps), market);
        assert!((kept[4] / (1.5 * kept[3]) - 1.0).abs() < 1e-6, "{}", kept[4]);
        assert!(kept[7] > 2.0 * kept[3] && kept[13] > 2.0 * kept[3], "{kept:?}");
    }

    #[test]
    fn a_goal_below_the_price_is_reached_by_sales_of_what_there_is() {
        // It holds nothing, so nothing is sold, and nothing is asked for that would be refused.
        let calls = Market::quiet().calls_of(keeper(Goal::At(0.005), 3, Then::Keeps), 20);
        assert_eq!(calls, []);
    }

    #[test]
    fn prices_and_times_out_of_range_are_refused_by_name() {
        let field = |keeper: PriceKeeper| keeper.check().expect_err("out of range").field;
        for goal in [Goal::At(0.0), Goal::At(f64::NAN), Goal::Times(-2.0), Goal::Times(f64::INFINITY)] {
            assert_eq!(field(keeper(goal, 1, Then::Keeps)), "price", "{goal:?}");
        }
        assert_eq!(field(keeper(Goal::Times(2.0), 0, Then::Keeps)), "blocks");
    }
}
