//! Buys where the price is low for what the chain emits, and sells where it is high.
//!
//! ```text
//! worth = TAO that the last block emitted to the subnet's pool, for one alpha
//! buys, after a delay, if price < below * worth, until price >= until * worth
//! sells, after a delay, if price > above * worth, until it is not
//! each time: slice * the pool's TAO, or what it has
//! ```
//! It looks seldom and acts late; while it acts it does so every few blocks.
//!
//! Source: the demand of fundamentalists, Chiarella, He 2001, *Quantitative Finance* 1(5); the emission as a measure of
//! worth is an assumption (P). Fitted (D) to the bounce of subnet 28 on 25 February 2025, from 20:58 on, in
//! two-minute prices (`configs/market`).

use bevy_ecs::prelude::Component;
use dtao_engine::call::Call;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::prior::Spread;
use crate::priors::priors;
use crate::trading::{delayed, held, home};
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "buys where the price is low for what is emitted, and sells where it is high";

/// Trades on the price in terms of the emission.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueTrader {
    /// The subnet.
    pub netuid: Netuid,
    /// It buys below this many times the emission in TAO per block; about 0.2 to 0.4 (D: SN28's trough was at 0.24).
    pub below: Spread<f64>,
    /// Up to this many times the emission, at least `below`; about 0.5 to 0.7 (D).
    pub until: Spread<f64>,
    /// It sells above this many times the emission; about 0.7 to 0.9 (D: SN28's 26th).
    pub above: Spread<f64>,
    /// Blocks from what it sees to the first trade; lognormal, median about 210, sigma 0.6 (D).
    pub reaction: Spread<f64>,
    /// What it trades at a time, as a part of the pool's TAO; 0 to 1, about 0.06 to 0.15 (P).
    pub slice: Spread<f64>,
    /// Blocks between two trades; 1 or more, about 5 to 13 (P).
    pub every: Spread<f64>,
    /// Blocks between two looks; 1 or more.
    pub look: u64,
    #[serde(skip)]
    own: Own,
    #[serde(skip)]
    mode: Mode,
}

/// What an agent draws for itself at the start.
#[derive(Clone, Debug, Default, PartialEq)]
struct Own {
    below: f64,
    until: f64,
    above: f64,
    reaction: f64,
    slice: f64,
    every: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Mode {
    #[default]
    Looks,
    BuysFrom(Block),
    SellsFrom(Block),
}

priors! {
    ValueTrader {
        below: 0.0..=range::NUMBER,
        until: 0.0..=range::NUMBER,
        above: 0.0..=range::NUMBER,
        reaction: 0.0..=range::DURATION,
        slice: 0.0..=1.0,
        every: 1.0..=range::DURATION,
    }
    besides { netuid, look, own, mode }
}

impl Parameters for ValueTrader {
    fn check(&self) -> Result<(), ParameterError> {
        range::blocks("look", self.look, 1)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Strategy for ValueTrader {
    fn start(&mut self, _: &View, me: &mut Actor) {
        let below = self.below.sample(&mut me.random_of("below"));
        self.own = Own {
            below,
            until: self.until.sample(&mut me.random_of("until")).max(below),
            above: self.above.sample(&mut me.random_of("above")),
            reaction: self.reaction.sample(&mut me.random_of("reaction")),
            slice: self.slice.sample(&mut me.random_of("slice")),
            every: self.every.sample(&mut me.random_of("every")),
        };
        let first = me.random_of("first").random_range(1..=self.look);
        me.wake_after(first);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let Some(subnet) = view.subnet(self.netuid) else {
            me.wake_after(self.look);
            return;
        };
        let (now, price) = (view.block(), subnet.price());
        let worth = subnet.emitted.tao_in.to_f64();
        let (netuid, hotkey) = (self.netuid, home(self.netuid, view, me));
        let slice = subnet.pool.tao.to_f64() * self.own.slice;
        match self.mode {
            // Where the chain emits nothing, nothing can be said of the price.
            _ if worth == 0.0 => self.mode = Mode::Looks,
            Mode::Looks if price < self.own.below * worth => {
                self.mode = Mode::BuysFrom(delayed(now, self.own.reaction));
            }
            Mode::Looks if price > self.own.above * worth => {
                self.mode = Mode::SellsFrom(delayed(now, self.own.reaction));
            }
            Mode::BuysFrom(at) if at <= now => {
                let tao = Tao::from_f64(slice).min(view.spendable(me.id));
                if tao == Tao::ZERO || price >= self.own.until * worth {
                    self.mode = Mode::Looks;
                } else {
                    me.submit(Call::Stake { netuid, hotkey, tao, limit: None });
                    self.mode = Mode::BuysFrom(delayed(now, self.own.every));
                }
            }
            Mode::SellsFrom(at) if at <= now => {
                let alpha = Alpha::from_f64(slice / price).min(held(netuid, view, me));
                if alpha == Alpha::ZERO || price <= self.own.above * worth {
                    self.mode = Mode::Looks;
                } else {
                    me.submit(Call::Unstake { netuid, hotkey, alpha, limit: None });
                    self.mode = Mode::SellsFrom(delayed(now, self.own.every));
                }
            }
            Mode::Looks | Mode::BuysFrom(_) | Mode::SellsFrom(_) => {}
        }
        match self.mode {
            Mode::Looks => me.wake_after(self.look),
            Mode::BuysFrom(at) | Mode::SellsFrom(at) => me.wake_at(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Agent;
    use crate::prior::Prior;
    use crate::testing::Market;

    /// In the quiet market one TAO is emitted in a block and the price is 0.01: a hundredth of that.
    fn value(below: f64, until: f64, above: f64) -> ValueTrader {
        let same = |value| Spread::Same(Prior::Exactly(value));
        ValueTrader {
            netuid: Netuid(1),
            below: same(below),
            until: same(until),
            above: same(above),
            reaction: same(50.0),
            slice: same(0.1),
            every: same(5.0),
            look: 1,
            own: Own::default(),
            mode: Mode::Looks,
        }
    }

    #[test]
    fn it_buys_in_slices_after_its_delay_up_to_the_level() {
        let (calls, prices) = Market::quiet().seen_of(value(0.02, 0.03, 100.0), 300);
        // The first look, in block 2, finds no emission yet or that of block 1.
        let blocks: Vec<u64> = calls.iter().map(|(block, _)| block.0).collect();
        assert!((52..=54).contains(&blocks[0]), "{blocks:?}");
        assert!(blocks.windows(2).all(|pair| pair[1] - pair[0] == 5), "{blocks:?}");
        let before = |block: u64| prices[block as usize - 2];
        assert!(blocks.iter().all(|&block| before(block) < 0.03), "{blocks:?}");
        assert!(before(blocks[blocks.len() - 1] + 5) >= 0.03, "{blocks:?}");
        let Call::Stake { tao, .. } = calls[0].1 else { panic!("{:?}", calls[0]) };
        // A tenth of 1,000 TAO and one for each block.
        assert!((tao.to_f64() - 105.0).abs() < 1.0, "{tao}");
    }

    #[test]
    fn it_sells_above_the_other_level_and_does_nothing_between() {
        let calls = Market::quiet().calls_of(value(0.02, 0.03, 0.028), 400);
        let first = calls.iter().position(|(_, call)| matches!(call, Call::Unstake { .. }));
        let bought = calls.iter().rposition(|(_, call)| matches!(call, Call::Stake { .. })).expect("it buys");
        let first = first.expect("it sells what it bought above 0.028");
        assert!(calls[first].0.0 >= calls[bought.min(first)].0.0 + 50, "{calls:?}");
        assert_eq!(Market::quiet().calls_of(value(0.005, 0.03, 0.05), 300), []);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |trader: ValueTrader| trader.check_all().expect_err("out of range").field;
        assert_eq!(field(ValueTrader { look: 0, ..value(0.1, 0.2, 0.3) }), "look");
        let slice = Spread::Same(Prior::Exactly(1.5));
        assert_eq!(field(ValueTrader { slice, ..value(0.1, 0.2, 0.3) }), "slice");
        assert_eq!(field(value(-0.1, 0.2, 0.3)), "below");
    }
}
