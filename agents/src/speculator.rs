//! Buys what has risen or pays well, and sells at a profit or once the price falls behind its best.
//!
//! It looks more often where the price moves. The more the price has risen, and the more holding pays, the likelier
//! it enters; a fall within the last samples keeps it out.
//!
//! ```text
//! attention <- attention * exp(-sample / attention_memory) + |d ln p|                    each sample
//! P(looks at a sample) = min(1, sample / wait * (1 + attention_weight * attention))
//! P(enters | looks) = logistic(odds + momentum * ln(p / p before the window) + yield_weight * income - fear if
//!                     ln(p / highest of the fear window) < -fall)
//! sells all, after a delay, if ln(p / entry) > profit or ln(highest since entry / p) > stop
//! ```
//! Source: momentum traders, Chiarella, He 2001, *Quantitative Finance* 1(5). All numbers are assumptions (P):
//! prices of subnet 28 in February 2025 identify them weakly at best.

use std::collections::VecDeque;

use bevy_ecs::prelude::Component;
use dtao_engine::call::Call;
use dtao_engine::math;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::prior::{Prior, Spread};
use crate::priors::priors;
use crate::trading::{delayed, held, home, logistic, sell_part, usual_income};
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "buys what has risen or pays well; takes profits, stops losses, after a delay";

/// Most samples of the window: all are remembered.
const MOST_SAMPLES: u64 = 100_000;

/// Follows the price.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speculator {
    /// The subnet.
    pub netuid: Netuid,
    /// Blocks between two samples of the price; 1 or more.
    pub sample: u64,
    /// Blocks between two looks, on average, without attention; 1 or more, about 2,400 (P).
    pub wait: Prior<f64>,
    /// By how much attention adds to its looks; 0 or more, about 6 (P).
    pub attention_weight: Prior<f64>,
    /// Blocks in which attention falls to 1/e; 1 or more, about 300 (P).
    pub attention_memory: Prior<f64>,
    /// The log-odds of entering at a look, about -5 (P).
    pub odds: Prior<f64>,
    /// What they gain for each unit of the price's logarithm over the window, about 4.2 (P).
    pub momentum: Prior<f64>,
    /// Blocks of that window; a sample or more, about 1,200 (P).
    pub window: u64,
    /// What they gain for each unit of the usual income per alpha and day; 0 or more (P).
    pub yield_weight: Prior<f64>,
    /// What they lose after a fall; 0 or more, about 3 (P).
    pub fear: Prior<f64>,
    /// That fall of the price's logarithm; above 0, about 0.1 (P).
    pub fall: Prior<f64>,
    /// Blocks within which it counts; at most the window, about 200 (P).
    pub fear_window: u64,
    /// What it pays; lognormal, median about 2.5 TAO, sigma 1.2 (P).
    pub size: Spread<Tao>,
    /// The rise of the logarithm over its entry at which it sells; lognormal, median about 0.5, sigma 0.6 (P).
    pub profit: Spread<f64>,
    /// The fall from the highest since its entry at which it sells; about 0.15 to 0.6 (P).
    pub stop: Spread<f64>,
    /// Blocks from there to the sale; 0 or more (P).
    pub reaction: Spread<f64>,
    #[serde(skip)]
    own: Own,
    #[serde(skip)]
    attention: f64,
    /// Samples of the window, the oldest first.
    #[serde(skip)]
    prices: VecDeque<f64>,
    #[serde(skip)]
    position: Option<Position>,
}

/// What an agent draws for itself at the start.
#[derive(Clone, Debug, Default, PartialEq)]
struct Own {
    size: Tao,
    profit: f64,
    stop: f64,
    reaction: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Position {
    entry: f64,
    highest: f64,
    sells_at: Option<Block>,
}

priors! {
    Speculator {
        wait: 1.0..=range::DURATION,
        attention_weight: 0.0..=range::NUMBER,
        attention_memory: 1.0..=range::DURATION,
        odds: -range::LOGARITHM..=range::LOGARITHM,
        momentum: -range::NUMBER..=range::NUMBER,
        yield_weight: 0.0..=range::NUMBER,
        fear: 0.0..=range::LOGARITHM,
        fall: f64::MIN_POSITIVE..=range::LOGARITHM,
        size: 0.0..=range::TAO,
        profit: 0.0..=range::LOGARITHM,
        stop: 0.0..=range::LOGARITHM,
        reaction: 0.0..=range::DURATION,
    }
    besides { netuid, sample, window, fear_window, own, attention, prices, position }
}

impl Parameters for Speculator {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message: &str| Err(ParameterError { field, message: message.into() });
        if self.window < self.sample {
            return refuse("window", "the window holds no sample: must be `sample` or more");
        }
        if self.fear_window > self.window {
            return refuse("fear_window", "must be at most `window`: no longer past is remembered");
        }
        range::blocks("sample", self.sample, 1)?;
        range::blocks("window", self.window, 1)?;
        if self.window / self.sample > MOST_SAMPLES {
            return refuse("window", "more than 100,000 samples: all are remembered");
        }
        Ok(())
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Strategy for Speculator {
    fn start(&mut self, _: &View, me: &mut Actor) {
        self.own = Own {
            profit: self.profit.sample(&mut me.random_of("profit")),
            stop: self.stop.sample(&mut me.random_of("stop")),
            reaction: self.reaction.sample(&mut me.random_of("reaction")),
            size: self.size.sample(&mut me.random_of("size")),
        };
        let first = me.random_of("first").random_range(1..=self.sample);
        me.wake_after(first);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        let Some(price) = view.price(self.netuid).filter(|price| *price > 0.0) else {
            me.wake_after(self.sample);
            return;
        };
        let (looks, enters): (f64, f64) = (me.random().random(), me.random().random());
        let sold = self.position.is_some_and(|position| position.sells_at.is_some_and(|at| at <= now));
        if held(self.netuid, view, me) == Alpha::ZERO {
            // The chain refused what it wanted to buy.
            self.position = None;
        }
        if sold {
            sell_part(self.netuid, 1.0, view, me);
            self.position = None;
        } else if let Some(mut position) = self.position {
            position.highest = position.highest.max(price);
            let leaves = math::ln(price / position.entry) > self.own.profit
                || math::ln(position.highest / price) > self.own.stop;
            if leaves && position.sells_at.is_none() {
                position.sells_at = Some(delayed(now, self.own.reaction));
            }
            self.position = Some(position);
        }
        self.note(price);
        let busier = 1.0 + self.attention_weight.value() * self.attention;
        let looks = looks < self.sample as f64 / self.wait.value() * busier;
        if !sold && self.position.is_none() && looks && enters < logistic(self.odds_now(price, view, me)) {
            let tao = self.own.size.min(view.spendable(me.id));
            if tao > Tao::ZERO {
                let hotkey = home(self.netuid, view, me);
                me.submit(Call::Stake { netuid: self.netuid, hotkey, tao, limit: None });
                self.position = Some(Position { entry: price, highest: price, sells_at: None });
            }
        }
        let sells_at = self.position.and_then(|position| position.sells_at);
        let next = now + self.sample;
        me.wake_at(sells_at.map_or(next, |at| at.min(next)));
    }
}

impl Speculator {
    fn note(&mut self, price: f64) {
        let moved = self.prices.back().map_or(0.0, |last| math::ln(price / last).abs());
        let kept = math::exp(-(self.sample as f64) / self.attention_memory.value());
        self.attention = self.attention * kept + moved;
        self.prices.push_back(price);
        if self.prices.len() as u64 > self.window / self.sample + 1 {
            self.prices.pop_front();
        }
    }

    /// The log-odds of entering.
    fn odds_now(&self, price: f64, view: &View, me: &Actor) -> f64 {
        let recent = (self.fear_window / self.sample) as usize + 1;
        let highest = self.prices.iter().rev().take(recent).fold(price, |a, b| a.max(*b));
        let fear = if math::ln(highest / price) > self.fall.value() { self.fear.value() } else { 0.0 };
        self.odds.value()
            + self.momentum.value() * math::ln(price / self.prices[0])
            + self.yield_weight.value() * usual_income(self.netuid, view, me.id)
            - fear
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::Agent;
    use crate::testing::{Market, trader};

    /// Looks at every sample, and enters where the logarithm has risen by 0.5 or more.
    fn momentum() -> Speculator {
        let same = |value| Spread::Same(Prior::Exactly(value));
        Speculator {
            netuid: Netuid(1),
            sample: 5,
            wait: Prior::Exactly(1.0),
            attention_weight: Prior::Exactly(0.0),
            attention_memory: Prior::Exactly(300.0),
            odds: Prior::Exactly(-500.0),
            momentum: Prior::Exactly(1_000.0),
            window: 100,
            yield_weight: Prior::Exactly(0.0),
            fear: Prior::Exactly(0.0),
            fall: Prior::Exactly(0.1),
            fear_window: 50,
            size: Spread::Same(Prior::Exactly(Tao::from_rao(RAO))),
            profit: same(1e6),
            stop: same(0.2),
            reaction: same(30.0),
            own: Own::default(),
            attention: 0.0,
            prices: VecDeque::new(),
            position: None,
        }
    }

    /// The price doubles twice over at 200, and halves twice over at 400.
    fn pump() -> Market {
        Market::quiet().with(trader(&[(200, 1_000)], &[(400, 40_000)]))
    }

    fn kinds(speculator: Speculator, market: Market, blocks: u64) -> Vec<(u64, &'static str)> {
        let kind = |(block, call): (Block, Call)| match call {
            Call::Stake { .. } => (block.0, "buy"),
            _ => (block.0, "sell"),
        };
        market.calls_of(speculator, blocks).into_iter().map(kind).collect()
    }

    #[test]
    fn it_enters_after_a_rise_and_leaves_after_its_delay_when_the_price_falls_behind() {
        let seen = kinds(momentum(), pump(), 600);
        let &[(bought, "buy"), (sold, "sell")] = seen.as_slice() else { panic!("{seen:?}") };
        assert!((201..=206).contains(&bought) && (431..=436).contains(&sold), "{seen:?}");
        assert_eq!(kinds(momentum(), Market::quiet(), 600), []);
    }

    #[test]
    fn a_profit_is_taken_after_the_delay() {
        let speculator = Speculator {
            odds: Prior::Exactly(500.0),
            momentum: Prior::Exactly(0.0),
            profit: Spread::Same(Prior::Exactly(0.5)),
            ..momentum()
        };
        let seen = kinds(speculator, pump(), 240);
        let &[(_, "buy"), (sold, "sell"), ..] = seen.as_slice() else { panic!("{seen:?}") };
        assert!((231..=236).contains(&sold), "{seen:?}");
    }

    #[test]
    fn a_recent_fall_keeps_it_out() {
        let calm = Speculator { odds: Prior::Exactly(500.0), momentum: Prior::Exactly(0.0), ..momentum() };
        let fearful = Speculator { fear: Prior::Exactly(1_000.0), ..calm.clone() };
        let reentry = |speculator| {
            let seen = kinds(speculator, pump(), 600);
            let sold = seen.iter().find(|call| call.1 == "sell").expect("it has a stop").0;
            seen.iter().find(|call| call.1 == "buy" && call.0 > sold).expect("it comes back").0 - sold
        };
        // The sale comes 30 blocks or so after the fall, which counts for 50.
        assert!(reentry(calm.clone()) <= 5 && reentry(fearful.clone()) >= 15, "{}", reentry(fearful));
    }

    #[test]
    fn a_moving_price_draws_its_attention() {
        let slow = |attention| Speculator {
            wait: Prior::Exactly(50_000.0),
            attention_weight: Prior::Exactly(attention),
            ..momentum()
        };
        assert_eq!(kinds(slow(0.0), pump(), 300), []);
        assert_eq!(kinds(slow(1e5), pump(), 300).len(), 1);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |speculator: Speculator| speculator.check_all().expect_err("out of range").field;
        assert_eq!(field(Speculator { sample: 0, ..momentum() }), "sample");
        assert_eq!(field(Speculator { window: 4, ..momentum() }), "window");
        assert_eq!(field(Speculator { fear_window: 101, ..momentum() }), "fear_window");
        assert_eq!(field(Speculator { fall: Prior::Exactly(0.0), ..momentum() }), "fall");
    }
}
