//! The owner of a subnet with a revenue from elsewhere, part of which buys the subnet's token each day.
//!
//! The revenue, for example of mined Bitcoin, does not depend on the token. The account's free TAO is where it comes
//! from: the scenario gives it as much as the run can take. The part that buys nothing back does not reach the chain.
//!
//! ```text
//! minute of the day ~ U(0, 7,200) blocks                        once per agent, before the run
//! revenue           = revenue per day * exp(deviation * N(0, 1) - deviation^2 / 2)     anew each day
//! buy               = buys * revenue, each day at that minute; held
//! ```
//! Source: an assumption (P): a subnet that earns outside the chain, for example by mining Bitcoin, and spends part of it on its
//! own token.

use bevy_ecs::prelude::Component;
use dtao_engine::call::Call;
use dtao_engine::math;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{DAY, Netuid, Tao};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::prior::Prior;
use crate::priors::priors;
use crate::trading::home;
use crate::{Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "buys a subnet's token each day with part of a revenue from elsewhere, and holds it";

/// Buys a subnet's token with revenue from elsewhere.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevenueSubnet {
    /// The subnet.
    pub netuid: Netuid,
    /// The mean revenue, in TAO per day of 7,200 blocks. P.
    pub revenue: Prior<Tao>,
    /// The standard deviation of a day's revenue's natural logarithm; 0 or more. P.
    pub deviation: Prior<f64>,
    /// Which part of the revenue buys the token; 0 to 1. P.
    pub buys: Prior<f64>,
}

priors! {
    RevenueSubnet {
        revenue: 0.0..=range::TAO,
        deviation: 0.0..=range::DEVIATION,
        buys: 0.0..=1.0,
    }
    besides { netuid }
}

impl Parameters for RevenueSubnet {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Strategy for RevenueSubnet {
    fn start(&mut self, _: &View, me: &mut Actor) {
        let first = me.random().random_range(1..=DAY);
        me.wake_after(first);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let normal: f64 = StandardNormal.sample(me.random());
        let deviation = self.deviation.value();
        let revenue =
            self.revenue.value().to_f64() * math::exp(deviation * normal - deviation * deviation / 2.0);
        let tao = Tao::from_f64(revenue * self.buys.value()).min(view.spendable(me.id));
        if tao > Tao::ZERO {
            let hotkey = home(self.netuid, view, me);
            me.submit(Call::Stake { netuid: self.netuid, hotkey, tao, limit: None });
        }
        me.wake_after(DAY);
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::Agent;
    use crate::testing::Market;

    fn revenue(per_day: u64, deviation: f64, buys: f64) -> RevenueSubnet {
        RevenueSubnet {
            netuid: Netuid(1),
            revenue: Prior::Exactly(Tao::from_rao(per_day * RAO)),
            deviation: Prior::Exactly(deviation),
            buys: Prior::Exactly(buys),
        }
    }

    fn bought(strategy: RevenueSubnet) -> Vec<(u64, u64)> {
        let buy = |(block, call): (dtao_protocol::units::Block, Call)| match call {
            Call::Stake { tao, .. } => (block.0, tao.rao()),
            other => panic!("{other:?}"),
        };
        Market::quiet().calls_of(strategy, 4 * DAY).into_iter().map(buy).collect()
    }

    #[test]
    fn it_buys_its_part_once_a_day_at_one_time_and_sells_nothing() {
        let all = bought(revenue(8, 0.0, 0.25));
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|buy| buy.1 == 2 * RAO), "{all:?}");
        assert!(all.windows(2).all(|pair| pair[1].0 - pair[0].0 == DAY), "{all:?}");
    }

    #[test]
    fn revenue_differs_from_day_to_day_if_it_is_told_so() {
        let all = bought(revenue(8, 0.3, 0.25));
        assert!(all.windows(2).all(|pair| pair[1].1 != pair[0].1), "{all:?}");
    }

    #[test]
    fn it_buys_for_no_more_than_it_has() {
        let all = bought(revenue(6_000, 0.0, 1.0));
        // The last 500 rao keep the account alive.
        assert_eq!(all.iter().map(|buy| buy.1).collect::<Vec<_>>(), [6_000 * RAO, 4_000 * RAO - 500]);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |strategy: RevenueSubnet| strategy.check_all().expect_err("out of range").field;
        assert_eq!(field(revenue(8, -0.1, 0.5)), "deviation");
        assert_eq!(field(revenue(8, 0.1, 1.5)), "buys");
    }
}
