//! Trades at random: the example to copy for a new agent.
//!
//! A noise trader has no view. It wakes after geometrically distributed times, so at a constant rate per block, chooses a subnet and a side
//! at random, and trades a lognormal amount, or as much as it has. In models of markets it is the flow that
//! others react to.
//!
//! ```text
//! blocks to the next trade ~ Geometric(trades per block),  side ~ Bernoulli(buys),  size ~ LogNormal
//! ```
//! Source: Kyle 1985, doi:10.2307/1913210 (noise traders); sizes: SN28's trades of 20 to 24 February 2025
//! have a median of 1 TAO and a standard deviation of the logarithm of 1.6.

use bevy_ecs::prelude::Component;
use dtao_engine::call::Call;
use dtao_engine::math;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_distr::{Distribution, Exp1, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::trading::{held, home};
use crate::{ParameterError, Parameters, listed, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "trades at random times, sides and sizes; the example to copy for a new agent";

/// Trades at random.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// The subnets that it trades on; all that exist if empty.
    pub netuids: Vec<Netuid>,
    /// Trades per day of 7,200 blocks, on average; 0.001 to 7,200, one per block.
    pub trades_per_day: f64,
    /// Which part of the trades are buys; 0 to 1.
    pub buys: f64,
    /// The median size of a trade, in TAO.
    pub median_size: Tao,
    /// The standard deviation of the size's natural logarithm; 0 or more.
    pub size_deviation: f64,
}

priors!(Noise {} besides { netuids, trades_per_day, buys, median_size, size_deviation });

impl Parameters for Noise {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message: String| Err(ParameterError { field, message });
        if !(0.001..=7_200.0).contains(&self.trades_per_day) {
            return refuse(
                "trades_per_day",
                format!(
                    "{} trades per day: must be at least 0.001 and at most 7200, one per block",
                    self.trades_per_day
                ),
            );
        }
        if !(0.0..=1.0).contains(&self.buys) {
            return refuse("buys", format!("{} is not a part of the trades: must be 0 to 1", self.buys));
        }
        if self.median_size == Tao::ZERO {
            return refuse("median_size", "trades of nothing: must be above 0".into());
        }
        range::amount("median_size", self.median_size)?;
        range::number("size_deviation", self.size_deviation, 0.0, range::DEVIATION)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        listed("netuids", &self.netuids)
    }
}

impl Strategy for Noise {
    fn start(&mut self, _: &View, me: &mut Actor) {
        self.wait(me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let netuid = if self.netuids.is_empty() {
            let chosen = me.random().random_range(0..view.netuids().len().max(1));
            view.netuids().nth(chosen)
        } else {
            self.netuids.choose(me.random()).copied()
        };
        if let Some((netuid, price)) = netuid.and_then(|netuid| Some((netuid, view.price(netuid)?))) {
            let buys = me.random().random_bool(self.buys);
            let normal: f64 = StandardNormal.sample(me.random());
            let size = self.median_size.to_f64() * math::exp(self.size_deviation * normal);
            let hotkey = home(netuid, view, me);
            if buys {
                let tao = Tao::from_f64(size).min(view.spendable(me.id));
                me.submit(Call::Stake { netuid, hotkey, tao, limit: None });
            } else {
                let alpha = Alpha::from_f64(size / price).min(held(netuid, view, me));
                me.submit(Call::Unstake { netuid, hotkey, alpha, limit: None });
            }
        }
        self.wait(me);
    }
}

impl Noise {
    fn wait(&self, me: &mut Actor) {
        // Geometric by inversion; at one trade per block the logarithm is infinite and every wait is one block.
        let exponential: f64 = Exp1.sample(me.random());
        let idle = exponential / -math::ln_1p(-self.trades_per_day / 7_200.0);
        me.wake_after(1 + idle as u64);
    }
}

#[cfg(test)]
mod tests {
    use dtao_engine::account::Hotkey;

    use super::*;
    use crate::testing::Market;

    fn noise(buys: f64) -> Noise {
        Noise {
            netuids: vec![Netuid(1)],
            trades_per_day: 720.0,
            buys,
            median_size: Tao::from_rao(2_000_000_000),
            size_deviation: 0.0,
        }
    }

    #[test]
    fn with_no_spread_and_only_buys_every_call_is_a_buy_of_the_median() {
        let calls = Market::quiet().calls_of(noise(1.0), 300);
        assert!(calls.len() > 10, "about 30 trades are due in 300 blocks, not {}", calls.len());
        let buy = Call::Stake {
            netuid: Netuid(1),
            hotkey: Hotkey::AGGREGATE,
            tao: Tao::from_rao(2_000_000_000),
            limit: None,
        };
        assert!(calls.iter().all(|(_, call)| *call == buy));
    }

    #[test]
    fn it_sells_only_what_it_has() {
        let calls = Market::quiet().calls_of(noise(0.0), 300);
        assert!(!calls.is_empty());
        let nothing =
            Call::Unstake { netuid: Netuid(1), hotkey: Hotkey::AGGREGATE, alpha: Alpha::ZERO, limit: None };
        assert!(calls.iter().all(|(_, call)| *call == nothing));
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |noise: Noise| noise.check().expect_err("out of range").field;
        assert_eq!(field(Noise { trades_per_day: 0.0, ..noise(0.5) }), "trades_per_day");
        assert_eq!(field(noise(1.5)), "buys");
        assert_eq!(field(Noise { size_deviation: f64::NAN, ..noise(0.5) }), "size_deviation");
    }
}
