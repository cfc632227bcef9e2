//! What subnets are worth, and what is measured of it.
//!
//! What a subnet is worth is the scenario's; a measurement adds what has been paid to be measured higher, and noise that
//! depends on the seed, the subnet and the block alone. The formula is in [`dtao_protocol::measurement`].

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::*;
use dtao_protocol::books::Books;
use dtao_protocol::fixed::Q64;
use dtao_protocol::measurement::{MAX_VALUE, MeasurementRules};
use dtao_protocol::units::{Block, Netuid, Tao};
use rand_distr::{Distribution, StandardNormal};

use crate::math;
use crate::random::{RunSeed, measurement};

/// What subnets are worth, in the unit of what is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Of every subnet that has no line of its own, and of those that have before its first step; from 0 to
    /// [`MAX_VALUE`].
    pub others: f64,
    /// Of single subnets, by number: from which block on, and how much. Blocks rise.
    pub subnets: BTreeMap<Netuid, Vec<(Block, f64)>>,
}

impl Values {
    /// What a subnet is worth in a block.
    #[must_use]
    pub fn of(&self, netuid: Netuid, block: Block) -> f64 {
        let steps = self.subnets.get(&netuid).map_or(&[][..], Vec::as_slice);
        let past = steps.partition_point(|&(from, _)| from <= block);
        past.checked_sub(1).map_or(self.others, |last| steps[last].1)
    }
}

/// Measures what subnets are worth, and keeps what has been measured until it comes into force.
#[derive(Resource)]
pub(crate) struct Measurements {
    seed: RunSeed,
    values: Values,
    /// What was measured in one block, and the block from which on it counts; none overtakes an earlier one.
    under_way: VecDeque<(Block, Vec<Measurement>)>,
}

/// What was measured of one subnet.
struct Measurement {
    netuid: Netuid,
    /// By which a successor with the same number is told from it.
    registered_at: Block,
    value: Q64,
}

impl Measurements {
    pub(crate) fn new(seed: RunSeed, values: Values) -> Self {
        Self { seed, values, under_way: VecDeque::new() }
    }

    /// Measures, if that is due in block `now`, and puts into force what is due then: before the block's emission.
    pub(crate) fn make(&mut self, rules: MeasurementRules, now: Block, books: &mut [Books]) {
        if now.0.is_multiple_of(rules.every) {
            let measured = books.iter_mut().map(|subnet| {
                let paid = std::mem::take(&mut subnet.measured.paid);
                let value = self.values.of(subnet.netuid, now) + rules.faked(paid);
                let value = (value * self.noise(rules, subnet.netuid, now)).min(MAX_VALUE);
                Measurement {
                    netuid: subnet.netuid,
                    registered_at: subnet.settings.registered_at,
                    value: Q64::from_f64(value),
                }
            });
            let measured = measured.collect();
            self.under_way.push_back((now + rules.delay, measured));
        }
        while self.under_way.front().is_some_and(|&(due, _)| due <= now)
            && let Some((_, measured)) = self.under_way.pop_front()
        {
            put_into_force(&measured, books);
        }
    }

    /// Forgets what is under way, since nothing is shared by it any more.
    pub(crate) fn stop(&mut self) {
        self.under_way.clear();
    }

    /// A factor with mean 1.
    fn noise(&self, rules: MeasurementRules, netuid: Netuid, now: Block) -> f64 {
        let deviation = rules.noise.to_f64();
        if deviation == 0.0 {
            return 1.0;
        }
        let normal: f64 = StandardNormal.sample(&mut measurement(self.seed, netuid, now));
        let variance = math::ln_1p(deviation * deviation);
        math::exp(variance.sqrt() * normal - variance / 2.0)
    }
}

/// Both are in the order of numbers.
fn put_into_force(measured: &[Measurement], books: &mut [Books]) {
    let mut subnets = books.iter_mut().peekable();
    for Measurement { netuid, registered_at, value } in measured {
        while subnets.next_if(|subnet| subnet.netuid < *netuid).is_some() {}
        let is_it =
            |subnet: &&mut Books| subnet.netuid == *netuid && subnet.settings.registered_at == *registered_at;
        if let Some(subnet) = subnets.next_if(is_it) {
            subnet.measured.value = *value;
        }
    }
}

/// Forgets what was measured of every subnet, and what was paid for the next measurement.
pub(crate) fn forget(books: &mut [Books]) {
    for subnet in books {
        (subnet.measured.value, subnet.measured.paid) = (Q64::ZERO, Tao::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::books::Settings;
    use dtao_protocol::fixed::Q32;
    use dtao_protocol::units::RAO;

    use super::*;

    fn market() -> Vec<Books> {
        let of =
            |netuid| Books::new(Netuid(netuid), Settings::dynamic(Netuid(netuid), Block(0), 360, Block(1)));
        [1, 2, 5].map(of).to_vec()
    }

    fn measurements(seed: u64) -> Measurements {
        let subnets = BTreeMap::from([(Netuid(2), vec![(Block(20), 6.0), (Block(40), 8.0)])]);
        Measurements::new(RunSeed(seed), Values { others: 3.0, subnets })
    }

    fn in_force(books: &[Books]) -> Vec<f64> {
        books.iter().map(|subnet| subnet.measured.value.to_f64()).collect()
    }

    const EXACT: MeasurementRules = MeasurementRules { every: 10, delay: 15, ..MeasurementRules::USUAL };

    #[test]
    fn a_measurement_counts_when_its_delay_has_passed_and_until_the_next_does() {
        let (mut measurements, mut books) = (measurements(1), market());
        let mut seen = Vec::new();
        for block in 10..56 {
            measurements.make(EXACT, Block(block), &mut books);
            seen.push(in_force(&books)[1]);
        }
        let at = |block: usize| seen[block - 10];
        assert_eq!([at(24), at(25), at(34), at(35), at(54), at(55)], [0.0, 3.0, 3.0, 6.0, 6.0, 8.0]);
        assert_eq!(in_force(&books), [3.0, 8.0, 3.0]);
    }

    #[test]
    fn what_is_paid_counts_once() {
        let rules = MeasurementRules { delay: 0, cost_of_faking: Tao::from_rao(RAO / 2), ..EXACT };
        let (mut measurements, mut books) = (measurements(1), market());
        books[0].measured.paid = Tao::from_rao(2 * RAO);
        measurements.make(rules, Block(10), &mut books);
        assert_eq!(in_force(&books), [7.0, 3.0, 3.0]);
        measurements.make(rules, Block(20), &mut books);
        assert_eq!(in_force(&books), [3.0, 6.0, 3.0]);
    }

    #[test]
    fn a_successor_with_the_same_number_inherits_nothing() {
        let (mut measurements, mut books) = (measurements(1), market());
        measurements.make(EXACT, Block(10), &mut books);
        books[1].settings.registered_at = Block(12);
        books.remove(0);
        measurements.make(EXACT, Block(25), &mut books);
        assert_eq!(in_force(&books), [0.0, 3.0]);
    }

    #[test]
    fn noise_has_mean_one_and_the_deviation_that_is_written_and_depends_on_no_other_subnet() {
        let rules = MeasurementRules { delay: 0, noise: Q32::from_f64(0.5), ..EXACT };
        let drawn = |books: &mut Vec<Books>, seed| {
            measurements(seed).make(rules, Block(10), books);
            in_force(books)
        };
        let all: Vec<f64> = (0..20_000).flat_map(|seed| drawn(&mut market(), seed)).collect();
        let n = all.len() as f64;
        let mean = all.iter().sum::<f64>() / n / 3.0;
        let deviation = (all.iter().map(|value| (value / 3.0 - mean).powi(2)).sum::<f64>() / n).sqrt();
        // Five standard errors of the mean; the deviation's own error is about a hundredth.
        assert!((mean - 1.0).abs() < 0.0103 && (deviation - 0.5).abs() < 0.02, "{mean} {deviation}");
        let mut without_the_first = market().split_off(1);
        assert_eq!(drawn(&mut without_the_first, 7), drawn(&mut market(), 7)[1..]);
        assert_ne!(drawn(&mut market(), 7), drawn(&mut market(), 8));
    }
}
