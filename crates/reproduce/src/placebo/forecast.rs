//! Forecasts of pumps that nobody has looked at yet: a table that can be scored later.

use std::collections::BTreeMap;

use dtao_files::table::{cell, csv};
use dtao_statistics::quantile;

use super::elsewhere::{DEPTH, Depths, QUICK, SCENARIOS, Simulated};
use super::pumps::{AFTER, Pump};
use crate::{Arms, sorted};

/// How many pumps of the kind at large a kind's own are weighed against.
const WEIGHT: f64 = 10.0;
/// From this rise on a pump is a large one.
const LARGE: f64 = 3.0;
/// From this multiple of SN28's pool on a pool is a deep one.
const DEEP: f64 = 2.0;

/// What a kind of pump is forecast to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Whose forecast it is: `recorded`, from recorded pumps, or that of SN28's agents where the pumper `stays` or `leaves`.
    pub by: &'static str,
    /// The rise, from ... to, without the last; no upper bound if there is none.
    pub rise: (f64, Option<f64>),
    /// TAO in the pool before the pump, from ... to.
    pub depth: (f64, Option<f64>),
    /// Hours from the onset to the doubling, from ... to, both included.
    pub hours: (u64, u64),
    /// How many pumps, or runs, it is from.
    pub n: usize,
    /// The probability of a fall of 50 % within nine hours of the peak.
    pub half: f64,
    /// That of a fall of 80 %.
    pub fifth: f64,
    /// The median price, as a part of the peak's, one to nine hours after it.
    pub path: Vec<Option<f64>>,
}

/// All forecasts: by recorded pumps for eight kinds, and by SN28's agents for each kind that was simulated.
#[must_use]
pub fn forecasts(pumps: &[Pump], depths: &Depths, runs: &BTreeMap<&'static str, Arms>) -> Vec<Forecast> {
    let mut all = by_recorded(pumps, depths);
    for (name, ..) in SCENARIOS {
        let Some(runs) = runs.get(name) else { continue };
        let kinds = runs.names().filter_map(|arm| Some((arm, Simulated::named(arm)?)));
        all.extend(kinds.filter_map(|(arm, kind)| by_agents(name, kind, arm, runs)));
    }
    all
}

fn by_recorded(pumps: &[Pump], depths: &Depths) -> Vec<Forecast> {
    let everything: Vec<&Pump> = pumps.iter().collect();
    let mut all = Vec::new();
    for rise in [(2.0, Some(LARGE)), (LARGE, None)] {
        for depth in [(0.0, Some(DEEP)), (DEEP, None)] {
            for hours in [(1, QUICK), (QUICK + 1, AFTER)] {
                let within = |value: f64, (from, to): (f64, Option<f64>)| {
                    value >= from && to.is_none_or(|to| value < to)
                };
                let kind: Vec<&Pump> = pumps
                    .iter()
                    .filter(|pump| {
                        within(pump.rise(), rise) && (hours.0..=hours.1).contains(&pump.doubled_after)
                    })
                    .filter(|pump| depths.before(pump).is_some_and(|known| within(known, depth)))
                    .collect();
                let chance = |part: f64| {
                    let falls =
                        |pumps: &[&Pump]| pumps.iter().filter(|pump| pump.fall() <= -part).count() as f64;
                    // Jeffreys' rule for all pumps together, towards which each kind is drawn.
                    let at_large = (falls(&everything) + 0.5) / (everything.len() as f64 + 1.0);
                    (falls(&kind) + WEIGHT * at_large) / (kind.len() as f64 + WEIGHT)
                };
                // Below so many, a kind's own median says less than that of all.
                let chosen = if kind.len() as f64 >= WEIGHT { &kind } else { &everything };
                let path = (1..=AFTER).map(|hour| {
                    let at: Vec<_> = chosen.iter().map(|pump| pump.path.get(&hour).copied()).collect();
                    let at = sorted(&at);
                    (!at.is_empty()).then(|| quantile(&at, 0.5))
                });
                let depth = (depth.0 * DEPTH, depth.1.map(|to| to * DEPTH));
                let (half, fifth) = (chance(0.5), chance(0.8));
                let path = path.collect();
                all.push(Forecast { by: "recorded", rise, depth, hours, n: kind.len(), half, fifth, path });
            }
        }
    }
    all
}

/// What the agents make of one kind: halfway, in logarithms, to the kinds next to it.
fn by_agents(by: &'static str, kind: Simulated, arm: &str, runs: &Arms) -> Option<Forecast> {
    let falls = sorted(runs.of(arm, "hourly.fall_9h"));
    if falls.is_empty() {
        return None;
    }
    let others = || runs.names().filter_map(Simulated::named);
    let around = |own: f64, of: fn(Simulated) -> f64| {
        let below = others().map(of).filter(|&other| other < own).fold(0.0, f64::max);
        let above = others().map(of).filter(|&other| other > own).fold(f64::INFINITY, f64::min);
        ((below * own).sqrt(), above.is_finite().then(|| (above * own).sqrt()))
    };
    let (rise, depth) = (around(kind.rise, |kind| kind.rise), around(kind.depth, |kind| kind.depth));
    let chance = |part: f64| falls.iter().filter(|&&fall| fall <= -part).count() as f64 / falls.len() as f64;
    let path = (1..=AFTER).map(|hour| {
        let prices = runs.together(arm, ["path_0", &format!("path_{hour}")]);
        let parts: Vec<_> = prices.iter().map(|[first, later]| Some(later / first)).collect();
        let parts = sorted(&parts);
        (!parts.is_empty()).then(|| quantile(&parts, 0.5))
    });
    Some(Forecast {
        by,
        rise: (rise.0.max(2.0), rise.1),
        depth: (depth.0 * DEPTH, depth.1.map(|to| to * DEPTH)),
        hours: if kind.hours > QUICK { (QUICK + 1, AFTER) } else { (1, QUICK) },
        n: falls.len(),
        half: chance(0.5),
        fifth: chance(0.8),
        path: path.collect(),
    })
}

/// The table of forecasts, a row for each kind of pump; parts of TAO and of prices with four decimals.
#[must_use]
pub fn forecast_csv(forecasts: &[Forecast]) -> String {
    let mut columns: Vec<String> = [
        "by",
        "rise_from",
        "rise_to",
        "tao_from",
        "tao_to",
        "hours_from",
        "hours_to",
        "n",
        "falls_50",
        "falls_80",
    ]
    .map(str::to_owned)
    .into();
    columns.extend((1..=AFTER).map(|hour| format!("path_{hour}h")));
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    csv(
        columns,
        forecasts.iter().map(|forecast| {
            let mut row = vec![
                forecast.by.to_owned(),
                rounded(forecast.rise.0).to_string(),
                cell(forecast.rise.1.map(rounded)),
                forecast.depth.0.round().to_string(),
                cell(forecast.depth.1.map(f64::round)),
                forecast.hours.0.to_string(),
                forecast.hours.1.to_string(),
                forecast.n.to_string(),
                rounded(forecast.half).to_string(),
                rounded(forecast.fifth).to_string(),
            ];
            row.extend(forecast.path.iter().map(|part| cell(part.map(rounded))));
            row
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placebo::pumps::tests::pump;
    use crate::tests::arms;

    #[test]
    fn a_kind_that_nobody_has_seen_is_forecast_as_all_are() {
        let pumps = [pump(&[0.9, 0.4]), pump(&[0.9, 0.8])];
        let all = by_recorded(&pumps, &Depths::default());
        assert_eq!(all.len(), 8);
        // One of two falls by half: one and a half of three.
        assert!(all.iter().all(|kind| kind.n == 0 && (kind.half - 0.5).abs() < 1e-12), "{all:?}");
        assert!(all.iter().all(|kind| (kind.fifth - 0.5 / 3.0).abs() < 1e-12));
        let second = all[0].path[1].expect("both have a second hour");
        assert!((second - 0.6).abs() < 1e-12, "{second}");
        assert_eq!(all[0].path[2], None);
    }

    #[test]
    fn agents_forecast_each_kind_halfway_to_its_neighbours() {
        let header = "run,point,arm,seed,hourly.fall_9h,path_0,path_1\n";
        let runs = arms(&format!(
            "{header}0,0,r2_d1_h7,1,-0.2,2,1\n1,0,r2_d1_h7,2,-0.9,4,1\n2,0,r8_d4_h1,1,-0.5,1,1\n"
        ));
        let found = by_agents("stays", Simulated::named("r2_d1_h7").expect("a name"), "r2_d1_h7", &runs);
        let found = found.expect("it has runs");
        assert_eq!((found.rise, found.depth), ((2.0, Some(4.0)), (0.0, Some(2.0 * DEPTH))));
        assert_eq!((found.hours, found.n, found.half, found.fifth), ((5, 9), 2, 0.5, 0.5));
        assert_eq!(found.path[..2], [Some(0.375), None]);
        let text = forecast_csv(&[found]);
        assert!(
            text.lines().nth(1).is_some_and(|row| row.starts_with("stays,2,4,0,1376,5,9,2,0.5,0.5,0.375,,")),
            "{text}"
        );
    }
}
