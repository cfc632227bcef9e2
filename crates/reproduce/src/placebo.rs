//! Placebo pumps: subnets whose price doubled within hours while nobody is known to have intervened, and how they ended.
//!
//! They test the arms of SN28's experiment in which nobody intervenes, and what the same agents say of other pools without
//! being fitted to them. What they are forecast to do after the last recorded hour is a table that can be scored.

pub mod elsewhere;
mod forecast;
mod pumps;

use std::collections::BTreeSet;

use dtao_files::table::{cell, csv};
use elsewhere::{DEPTH, Depths};

use crate::published::{Asked, Figure, Published};
use crate::{Answer, PROPORTION};

pub use forecast::{Forecast, forecast_csv, forecasts};
pub use pumps::{AFTER, Pump, pumps};

/// The subnet whose own later pumps are told apart.
const SN28: u16 = 28;

const ENDS: &str = "How do pumps end in which nobody is known to have intervened?";
const TEST: &str = "Do SN28's arms without an intervention look like them?";

/// What a range over recorded pumps is.
const OF_PUMPS: &str = "5 to 95 % of the pumps";

const MEDIAN_9H: &str = "deepest fall within 9 hours of the peak";
const HALF: &str = "part that falls by 50 % within 9 hours of the peak";
const FIFTH: &str = "part that falls by 80 % within 9 hours of the peak";
const LATER: &str = "from 6 hours after the peak to the lowest of the next 6";

/// How the recorded pumps ended.
#[must_use]
pub fn endings(pumps: &[Pump]) -> Vec<Answer> {
    let all: Vec<&Pump> = pumps.iter().collect();
    // One rally lifts many subnets on one day: they are no independent cases.
    let mut days = BTreeSet::new();
    let first_of_a_day: Vec<&Pump> = all.iter().copied().filter(|pump| days.insert(pump.day())).collect();
    let own: Vec<&Pump> = all.iter().copied().filter(|pump| pump.netuid.0 == SN28).collect();
    let mut answers = Vec::new();
    for (arm, chosen) in [("all", &all), ("the first of each day", &first_of_a_day), ("SN28's own", &own)] {
        let falls: Vec<f64> = chosen.iter().map(|pump| pump.fall()).collect();
        let later: Vec<f64> = chosen.iter().filter_map(|pump| pump.later_fall()).collect();
        let beyond = |part: f64| falls.iter().map(|&fall| fall <= -part).collect::<Vec<_>>();
        let to = |measure| Answer::to(ENDS, "recorded", arm, measure);
        answers.extend([
            Answer { range: OF_PUMPS, ..to(MEDIAN_9H).median(&falls) },
            to(HALF).proportion(&beyond(0.5)),
            to(FIFTH).proportion(&beyond(0.8)),
            Answer { range: OF_PUMPS, ..to(LATER).median(&later) },
        ]);
    }
    answers
}

/// The table of pumps; TAO in the pool before it where its depth is known.
#[must_use]
pub fn pumps_csv(pumps: &[Pump], depths: &Depths) -> String {
    let columns = [
        "netuid",
        "onset",
        "time_utc",
        "hours_to_double",
        "hours_to_peak",
        "low",
        "high",
        "rise",
        "tao",
        "fall_9h",
        "fall_6h_to_12h",
    ];
    csv(
        columns,
        pumps.iter().map(|pump| {
            vec![
                pump.netuid.to_string(),
                pump.onset.to_string(),
                pump.time(),
                pump.doubled_after.to_string(),
                pump.peak_after.to_string(),
                pump.low.to_string(),
                pump.high.to_string(),
                pump.rise().to_string(),
                cell(depths.before(pump).map(|depth| (depth * DEPTH).round())),
                pump.fall().to_string(),
                cell(pump.later_fall()),
            ]
        }),
    )
}

/// The published arms of SN28 in which nobody intervenes, beside the recorded pumps; nothing of what is not published.
#[must_use]
pub fn test(pumps: &[Pump], published: &Published) -> Vec<Answer> {
    let arms = [
        ("M1", "no_intervention"),
        ("M2", "no_intervention"),
        ("M4", "no_intervention"),
        ("M3", "baseline"),
        ("M5", "baseline"),
    ];
    let falls = pumps.iter().filter(|pump| pump.fall() <= -0.8).count();
    let mut answers = Vec::new();
    for (mechanism, arm) in arms {
        let of = |measure: &str| {
            published.of(&Asked {
                question: "How would it look in hourly prices?".into(),
                mechanism: mechanism.into(),
                arm: arm.into(),
                measure: measure.into(),
            })
        };
        let theirs = [
            (MEDIAN_9H, of("deepest fall within 9 hours of the peak")),
            (HALF, of("part of the seeds that fall by 50 % within 9 hours of the peak")),
            (FIFTH, of("part of the seeds that fall by 80 % within 9 hours of the peak")),
            (LATER, of("from 6 hours after the peak to the lowest of the next 6")),
        ];
        for (measure, figure) in theirs {
            let Some(Figure { value, range, n }) = figure else { continue };
            let answer = Answer::to(TEST, mechanism, arm, measure);
            let range_is = if measure == HALF || measure == FIFTH { PROPORTION } else { answer.range };
            answers.push(Answer {
                value: Some(value),
                low: range.map(|range| range.0),
                high: range.map(|range| range.1),
                range: range_is,
                n,
                ..answer
            });
            if measure == FIFTH {
                // Binomial: as few of as many as were recorded.
                let measure =
                    "probability that no more of the recorded pumps fall by 80 %, if each did as often";
                let chance = Answer::to(TEST, mechanism, arm, measure);
                answers.push(Answer {
                    value: Some(at_most(falls, pumps.len(), value)),
                    range: "",
                    n: pumps.len(),
                    ..chance
                });
            }
        }
    }
    answers
}

/// The probability of at most so many of n, each with a probability.
fn at_most(ones: usize, n: usize, probability: f64) -> f64 {
    let (mut term, mut sum) = (libm::pow(1.0 - probability, n as f64), 0.0);
    if probability >= 1.0 {
        return if ones >= n { 1.0 } else { 0.0 };
    }
    for k in 0..=ones.min(n) {
        sum += term;
        term *= (n - k) as f64 / (k + 1) as f64 * probability / (1.0 - probability);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_of_few_is_binomial() {
        assert!((at_most(0, 2, 0.25) - 0.5625).abs() < 1e-12);
        assert!((at_most(1, 2, 0.25) - 0.9375).abs() < 1e-12);
        assert!((at_most(2, 2, 0.25) - 1.0).abs() < 1e-12);
        assert_eq!((at_most(0, 3, 1.0), at_most(3, 3, 1.0), at_most(0, 3, 0.0)), (0.0, 1.0, 1.0));
    }
}
