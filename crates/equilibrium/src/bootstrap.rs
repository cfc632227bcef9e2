//! How sure rest points are: the same search with the seeds drawn anew.

use dtao_statistics::random::{below, keyed};

use crate::dynamics::{Dynamics, Stability};
use crate::game::{Game, Payoffs};
use crate::rest::{RestPoint, distance, rest_points};

/// How many resamples of the seeds there are.
pub const RESAMPLES: usize = 200;

/// A rest point of a resample is the same as one of all seeds if it mixes the same strategies and no share differs by more.
pub const NEAR: f64 = 0.15;

/// The key of the resamples' random numbers.
const KEY: u64 = 2_001;

/// How sure a rest point is.
#[derive(Clone, Debug, PartialEq)]
pub struct Sure {
    /// The part of the resamples that have it ...
    pub found: f64,
    /// ... and in which it is stable.
    pub stable: f64,
    /// The 2.5th and the 97.5th percentile of each share where it is found; nothing if it never is.
    pub range: Vec<(f64, f64)>,
}

/// How sure all rest points are.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrapped {
    /// In the order of the rest points.
    pub points: Vec<Sure>,
    /// The part of the resamples with a stable rest point that is none of these.
    pub others: f64,
}

/// The means over seeds that are drawn anew, all payoffs of a seed together.
#[must_use]
pub fn resamples(game: &Game) -> Vec<Payoffs> {
    let resample = |number| {
        let mut random = keyed(game.seeds as u64, &[KEY, number]);
        let seeds: Vec<usize> = (0..game.seeds).map(|_| below(&mut random, game.seeds)).collect();
        game.mean_of(&seeds)
    };
    (0..RESAMPLES as u64).map(resample).collect()
}

/// Looks for the rest points again in each resample.
#[must_use]
pub fn bootstrap(resamples: &[Payoffs], dynamics: Dynamics, rests: &[RestPoint]) -> Bootstrapped {
    let mut seen: Vec<Vec<RestPoint>> = vec![Vec::new(); rests.len()];
    let mut others = 0;
    for payoffs in resamples {
        let mut there = rest_points(payoffs, dynamics);
        for (rest, seen) in rests.iter().zip(&mut seen) {
            let same = |other: &RestPoint| same_support(rest, other, dynamics);
            let near = there
                .iter()
                .enumerate()
                .filter(|(_, other)| same(other))
                .map(|(at, other)| (at, distance(&rest.shares, &other.shares)))
                .filter(|(_, distance)| *distance <= NEAR)
                .min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((at, _)) = near {
                seen.push(there.remove(at));
            }
        }
        others += usize::from(there.iter().any(|rest| rest.stability == Stability::Stable));
    }
    let part = |number: usize| number as f64 / resamples.len() as f64;
    let sure = |seen: Vec<RestPoint>| {
        let stable = seen.iter().filter(|rest| rest.stability == Stability::Stable).count();
        let strategies = seen.first().map_or(0, |rest| rest.shares.len());
        let range = (0..strategies).map(|at| percentiles(seen.iter().map(|rest| rest.shares[at]).collect()));
        Sure { found: part(seen.len()), stable: part(stable), range: range.collect() }
    };
    Bootstrapped { points: seen.into_iter().map(sure).collect(), others: part(others) }
}

/// Whether two points mix the same strategies; a logit rule always mixes all.
fn same_support(one: &RestPoint, other: &RestPoint, dynamics: Dynamics) -> bool {
    let mixed = |share: &f64| *share > 0.0;
    dynamics != Dynamics::Replicator || one.shares.iter().map(mixed).eq(other.shares.iter().map(mixed))
}

fn percentiles(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    (dtao_statistics::quantile(&values, 0.025), dtao_statistics::quantile(&values, 0.975))
}
