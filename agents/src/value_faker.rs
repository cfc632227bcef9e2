//! Pays for a subnet to be measured higher, as long as the emission that it draws is worth more to it than the payment.
//!
//! ```text
//! at stake  B = worth * TAO emitted until the next measurement * the part of it that is shared by values
//! units     u = sqrt(B * others / cost_of_faking) - others - value        if above 0
//! payment     = u * cost_of_faking, in the block before each measurement, at most what is left of the budget
//! ```
//! `others` is the sum of the values in force for all other subnets. The units are those that are worth most less what
//! they cost, if the others are measured as before: `B (value + u) / (others + value + u) - u cost` is greatest there.
//!
//! Source: the best answer in a contest for shares, Tullock 1980, "Efficient rent seeking"; `worth` is an assumption (P).

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::call::{Call, Outcome};
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::prior::Prior;
use crate::priors::priors;
use crate::{Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "pays for a subnet to be measured higher, as long as that is worth it";

/// The largest value of a subnet.
const VALUE: f64 = dtao_protocol::measurement::MAX_VALUE;

/// Pays for a subnet to be measured higher.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueFaker {
    /// The subnet.
    pub netuid: Netuid,
    /// What a TAO that is emitted to the subnet is worth to it, in TAO; 0 to 1. P.
    pub worth: Prior<f64>,
    /// What it knows the subnet's value to be, in the unit of the scenario's values; 0 or more.
    pub value: Prior<f64>,
    /// TAO that it pays at most, over the whole run. P.
    pub budget: Prior<Tao>,
    /// The block from which on it pays.
    pub from: Prior<Block>,
    #[serde(skip)]
    paid: Tao,
}

priors! {
    ValueFaker {
        worth: 0.0..=1.0,
        value: 0.0..=VALUE,
        budget: 0.0..=range::TAO,
        from: 0.0..=2.0 * range::DURATION,
    }
    besides { netuid, paid }
}

impl Parameters for ValueFaker {
    fn moments(&self) -> Vec<Moment> {
        vec![Moment::drawn_from("from", self.from.range())]
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Strategy for ValueFaker {
    fn start(&mut self, view: &View, me: &mut Actor) {
        me.wake_at(self.from.value().max(view.block() + 1));
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        // What was refused in the last block is not paid.
        let mine = view.receipts().iter().filter(|receipt| receipt.agent == me.id);
        self.paid += mine
            .map(|receipt| if let Outcome::Faked { tao } = receipt.outcome { tao } else { Tao::ZERO })
            .sum();
        let (now, every) = (view.block().0, view.rules().measurement.every);
        // The payment counts in the next measurement: that of the next block, if it wakes in time.
        if (now + 1).is_multiple_of(every) {
            let left = self.budget.value().saturating_sub(self.paid).min(view.spendable(me.id));
            let tao = self.payment(view).min(left);
            if tao > Tao::ZERO {
                me.submit(Call::FakeValue { netuid: self.netuid, tao });
                me.wake_after(1);
            }
        }
        let next = (now / every + 1) * every - 1;
        me.wake_at(Block(if next > now { next } else { next + every }));
    }
}

impl ValueFaker {
    /// What it is best to pay for the next measurement.
    fn payment(&self, view: &View) -> Tao {
        let rules = view.rules();
        let others = view.subnets().filter(|subnet| subnet.netuid != self.netuid);
        let others: f64 = others.map(|subnet| subnet.measured.value.to_f64()).sum();
        let emitted = view.block_emission().to_f64() * rules.measurement.every as f64;
        let at_stake = self.worth.value() * emitted * rules.emission.measured_part().to_f64();
        let cost = rules.measurement.cost_of_faking.to_f64();
        let units = (at_stake * others / cost).sqrt() - others - self.value.value();
        Tao::from_f64((units * cost).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::emission::Emission;
    use dtao_protocol::measurement::MeasurementRules;
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::Agent;
    use crate::testing::Market;

    fn faker(worth: f64, value: f64, budget: u64) -> ValueFaker {
        ValueFaker {
            netuid: Netuid(1),
            worth: Prior::Exactly(worth),
            value: Prior::Exactly(value),
            budget: Prior::Exactly(Tao::from_rao(budget * RAO)),
            from: Prior::Exactly(Block(15)),
            paid: Tao::ZERO,
        }
    }

    /// Measured every 10 blocks and in force at once; the other subnet's value is 4, a unit costs a tenth of a TAO.
    fn payments(strategy: ValueFaker, emission: Emission) -> Vec<(u64, f64)> {
        let measurement = MeasurementRules {
            every: 10,
            delay: 0,
            cost_of_faking: Tao::from_rao(RAO / 10),
            ..MeasurementRules::USUAL
        };
        let market = Market::quiet().under(|rules| {
            (rules.emission, rules.measurement) = (emission, measurement);
        });
        let calls = market.beside_a_subnet_worth(4.0).calls_of(strategy, 60);
        let payment = |(block, call): (Block, Call)| match call {
            Call::FakeValue { tao, .. } => (block.0, tao.to_f64()),
            other => panic!("{other:?}"),
        };
        calls.into_iter().map(payment).collect()
    }

    /// Ten blocks emit 10 TAO, of which 0.4 is worth something: sqrt(4 * 4 / 0.1) - 4 - 1 = 7.649 units.
    #[test]
    fn it_pays_what_is_worth_most_before_each_measurement_until_its_budget_is_spent() {
        let found = payments(faker(0.4, 1.0, 2), Emission::Objective);
        let blocks: Vec<u64> = found.iter().map(|payment| payment.0).collect();
        assert_eq!(blocks, [19, 29, 39]);
        let near = |amount: f64, expected: f64| assert!((amount - expected).abs() < 1e-4, "{found:?}");
        near(found[0].1, 0.7649);
        near(found[1].1, 0.7649);
        near(found[2].1, 2.0 - 2.0 * 0.7649);
    }

    /// Nobody is there to take the payments.
    #[test]
    fn a_refused_payment_costs_nothing_of_the_budget() {
        let found = payments(ValueFaker { netuid: Netuid(9), ..faker(0.4, 1.0, 2) }, Emission::Objective);
        let blocks: Vec<u64> = found.iter().map(|payment| payment.0).collect();
        assert_eq!(blocks, [19, 29, 39, 49, 59]);
        assert!(found.iter().all(|payment| payment.1 == found[0].1), "{found:?}");
    }

    #[test]
    fn it_pays_nothing_where_the_share_is_worth_less_or_nothing_is_measured() {
        assert_eq!(payments(faker(0.05, 1.0, 2), Emission::Objective), []);
        assert_eq!(payments(faker(0.4, 1.0, 2), Emission::MovingPrice), []);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |strategy: ValueFaker| strategy.check_all().expect_err("out of range").field;
        assert_eq!(field(faker(1.5, 1.0, 2)), "worth");
        assert_eq!(field(faker(0.5, -1.0, 2)), "value");
        assert_eq!(field(faker(0.5, 1.0, 22_000_000)), "budget");
    }
}
