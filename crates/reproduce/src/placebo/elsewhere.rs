//! SN28's agents in other pools: what they say of each recorded pump without having been fitted to it.

use std::collections::BTreeMap;

use dtao_experiment::recorded::pools::PoolTable;
use dtao_protocol::units::Netuid;
use dtao_statistics::quantile;
use dtao_statistics::scores::{Spread, crps};

use super::OF_PUMPS;
use super::pumps::{Pump, rank};
use crate::{Answer, Arms, sorted};

/// The sweep's file, and what is done under which scenario.
pub const SWEEP: &str = "pump_elsewhere.ron";
/// By name: what the pumper does, and the scenario's file.
pub const SCENARIOS: [(&str, &str, &str); 2] = [
    ("stays", "SN28's agents elsewhere, the pumper stays", "pump_elsewhere.ron"),
    ("leaves", "SN28's agents elsewhere, the pumper leaves after seven hours", "pump_elsewhere_clock.ron"),
];

/// TAO in SN28's pool before its pump: a depth of 1.
pub const DEPTH: f64 = 688.0;
/// A pump that doubles the price within so many hours is a quick one.
pub const QUICK: u64 = 4;

const ELSEWHERE: &str = "What do SN28's agents say of pumps that they were not fitted to?";

/// Depths of pools: for each subnet, `sqrt(tao_in * alpha_in)`, the last table that knows it first.
#[derive(Clone, Debug, Default)]
pub struct Depths(BTreeMap<Netuid, f64>);

impl Depths {
    /// Of tables of pools, a later one before an earlier one.
    #[must_use]
    pub fn of(tables: &[&PoolTable]) -> Self {
        let mut depths = BTreeMap::new();
        for table in tables {
            for row in &table.rows {
                let depth = (row.reserves.tao.to_f64() * row.reserves.alpha.to_f64()).sqrt();
                depths.entry(row.netuid).or_insert(depth);
            }
        }
        Self(depths)
    }

    /// TAO in the pool before a pump, as a multiple of SN28's; nothing of a pool that no table knows.
    #[must_use]
    pub fn before(&self, pump: &Pump) -> Option<f64> {
        self.0.get(&pump.netuid).map(|depth| depth * pump.low.sqrt() / DEPTH)
    }
}

/// A kind of pump that was simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulated {
    /// How many times the price rises.
    pub rise: f64,
    /// TAO in the pool before it, as a multiple of SN28's.
    pub depth: f64,
    /// Hours that it takes.
    pub hours: u64,
}

impl Simulated {
    /// By the name of its arm: `r3_d4_h7`.
    #[must_use]
    pub fn named(arm: &str) -> Option<Self> {
        let mut parts = arm.split('_');
        let mut next = |prefix: char| parts.next()?.strip_prefix(prefix)?.parse::<u32>().ok();
        let (rise, depth, hours) = (next('r')?, next('d')?, next('h')?);
        Some(Self { rise: rise.into(), depth: depth.into(), hours: hours.into() })
    }

    /// How far it is from a pump: first the pace, then ln(rise) and ln(depth).
    fn distance(self, pump: &Pump, depth: f64) -> f64 {
        let pace = (self.hours > QUICK) != (pump.doubled_after > QUICK);
        let log = |a: f64, b: f64| libm::log(a / b).abs();
        (if pace { 100.0 } else { 0.0 }) + log(self.rise, pump.rise()) + log(self.depth, depth)
    }
}

/// The simulated falls nearest to a pump.
fn nearest<'a>(pump: &Pump, depth: f64, runs: &'a Arms) -> Option<Vec<f64>> {
    let arms = runs.names().filter_map(|name: &'a str| Some((name, Simulated::named(name)?)));
    let (name, _) = arms.min_by(|a, b| a.1.distance(pump, depth).total_cmp(&b.1.distance(pump, depth)))?;
    Some(sorted(runs.of(name, "hourly.fall_9h")))
}

/// How well the agents, and other pumps, forecast the fall within nine hours of each pump whose pool's depth is known.
#[must_use]
pub fn transfer(pumps: &[Pump], depths: &Depths, runs: &BTreeMap<&'static str, Arms>) -> Vec<Answer> {
    let known: Vec<(&Pump, f64)> =
        pumps.iter().filter_map(|pump| Some((pump, depths.before(pump)?))).collect();
    let mut forecasts: Vec<(&'static str, Vec<Option<Vec<f64>>>)> = Vec::new();
    for (name, ..) in SCENARIOS {
        let Some(runs) = runs.get(name) else { continue };
        forecasts.push((name, known.iter().map(|(pump, depth)| nearest(pump, *depth, runs)).collect()));
    }
    if let [(_, stays), (_, leaves)] = forecasts.as_slice() {
        let both = |(a, b): (&Option<Vec<f64>>, &Option<Vec<f64>>)| {
            let mut all = [a.clone()?, b.clone()?].concat();
            all.sort_by(f64::total_cmp);
            Some(all)
        };
        let either = stays.iter().zip(leaves).map(both).collect();
        forecasts.push(("either, as likely", either));
    }
    // What the other recorded pumps did, whatever their size.
    let others = known.iter().map(|(pump, _)| {
        let falls: Vec<Option<f64>> =
            pumps.iter().filter(|other| rank(other) != rank(pump)).map(|other| Some(other.fall())).collect();
        Some(sorted(&falls))
    });
    forecasts.push(("the other recorded pumps", others.collect()));
    forecasts.into_iter().flat_map(|(name, falls)| scores(name, &known, &falls)).collect()
}

fn scores(name: &'static str, known: &[(&Pump, f64)], forecasts: &[Option<Vec<f64>>]) -> Vec<Answer> {
    let cases =
        || known.iter().zip(forecasts).filter_map(|((pump, _), falls)| Some((pump.fall(), falls.as_ref()?)));
    let to = |measure| Answer::to(ELSEWHERE, "recorded", name, measure);
    let scores: Vec<f64> = cases().filter_map(|(fall, falls)| crps(falls, fall, Spread::Fair)).collect();
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    let medians: Vec<f64> = cases().map(|(_, falls)| quantile(falls, 0.5)).collect();
    let covered =
        |(fall, falls): (f64, &Vec<f64>)| quantile(falls, 0.05) <= fall && fall <= quantile(falls, 0.95);
    let expected = |part: f64| -> f64 {
        let share =
            |falls: &[f64]| falls.iter().filter(|&&fall| fall <= -part).count() as f64 / falls.len() as f64;
        cases().map(|(_, falls)| share(falls)).sum()
    };
    let recorded = |part: f64| cases().filter(|(fall, _)| *fall <= -part).count() as f64;
    let count = |measure, value: f64| Answer {
        value: value.is_finite().then_some(value),
        range: "",
        n: scores.len(),
        ..to(measure)
    };
    vec![
        count("mean CRPS of the fall within 9 hours of the peak", mean),
        Answer { range: OF_PUMPS, ..to("median forecast of the fall").median(&medians) },
        to("part of the pumps within the forecast's 5 to 95 %")
            .proportion(&cases().map(covered).collect::<Vec<_>>()),
        count("pumps expected to fall by 50 %", expected(0.5)),
        count("pumps recorded to fall by 50 %", recorded(0.5)),
        count("pumps expected to fall by 80 %", expected(0.8)),
        count("pumps recorded to fall by 80 %", recorded(0.8)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placebo::pumps::tests::pump;
    use crate::tests::arms;

    #[test]
    fn a_pump_is_held_against_the_nearest_that_was_simulated() {
        let pump = pump(&[0.9, 0.6]);
        let runs = arms(
            "run,point,arm,seed,hourly.fall_9h\n0,0,r3_d1_h1,1,-0.9\n1,0,r3_d1_h7,1,-0.3\n2,0,r2_d16_h7,1,-0.1\n3,0,other,1,-0.5\n",
        );
        // It takes nine hours: a slow one, that rises threefold.
        assert_eq!(nearest(&pump, 1.5, &runs), Some(vec![-0.3]));
        assert_eq!(nearest(&pump, 30.0, &runs), Some(vec![-0.1]));
    }

    #[test]
    fn forecasts_are_scored_and_counted() {
        let pump = pump(&[0.9, 0.4]);
        let falls = vec![-0.9, -0.6, -0.3, -0.1];
        let known = [(&pump, 1.0)];
        let answers = scores("stays", &known, &[Some(falls.clone())]);
        let of = |measure: &str| {
            answers.iter().find(|answer| answer.measure == measure).and_then(|answer| answer.value)
        };
        assert_eq!(of("mean CRPS of the fall within 9 hours of the peak"), crps(&falls, -0.6, Spread::Fair));
        assert_eq!(of("pumps expected to fall by 50 %"), Some(0.5));
        assert_eq!(of("pumps recorded to fall by 50 %"), Some(1.0));
        assert_eq!(of("part of the pumps within the forecast's 5 to 95 %"), Some(1.0));
    }
}
