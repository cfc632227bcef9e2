//! Which runs are due: all of a shard, or as many seeds of a point as its interval asks for.

use super::file::Until;
use super::plan::Plan;
use super::rows::{Merged, RowsError};
use super::shard::Shard;
use dtao_statistics::{Next, Stopping, Support};

/// The runs that are due, by what is known so far.
pub(super) enum Due {
    /// All of a shard.
    All(Shard),
    /// The first seeds of each of a shard's points.
    First { shard: Shard, seeds: Vec<u64> },
}

impl Due {
    /// What is due, given the rows so far. Depends on the rows of whole looks alone: not on their order, nor
    /// on those of a look that is not complete.
    pub fn of(plan: &Plan, shard: Shard, rows: Merged) -> Result<Self, RowsError> {
        Ok(match &plan.sweep.until {
            None => Self::All(shard),
            Some(until) => Self::First { shard, seeds: first(plan, until, rows)? },
        })
    }

    /// The runs, in the order of the plan.
    pub fn runs<'p>(&'p self, plan: &'p Plan) -> Box<dyn Iterator<Item = u64> + Send + 'p> {
        match self {
            Self::All(shard) => Box::new(shard.runs(plan.runs())),
            // The arms of a point stop together, so a shard has whole points.
            Self::First { shard, seeds } => Box::new(shard.runs(plan.points.len()).flat_map(move |point| {
                let arms = plan.sweep.arms.len() as u64;
                let cells = point * arms..(point + 1) * arms;
                let first = seeds[point as usize];
                cells.flat_map(move |cell| (0..first).map(move |seed| cell * plan.seeds() + seed))
            })),
        }
    }
}

/// A run, as a look sees it.
#[derive(Clone, Copy)]
enum Seen {
    NotYet,
    Made(Option<f64>),
}

/// How many seeds of each point are due.
fn first(plan: &Plan, until: &Until, mut rows: Merged) -> Result<Vec<u64>, RowsError> {
    let Until::HalfWidth { outcome, .. } = until;
    let rule = plan.stopping().expect("checked when the plan was read");
    let index =
        plan.outcomes.iter().position(|name| name == outcome).expect("checked when the plan was read");
    let support = plan.kind(outcome).support();
    let looks = |made: &[Vec<Seen>]| looks(&rule, support, made);
    let empty = || vec![vec![Seen::NotYet; plan.seeds() as usize]; plan.sweep.arms.len()];
    let mut seeds = vec![looks(&empty()); plan.points.len() as usize];
    let mut point: Option<(u64, Vec<Vec<Seen>>)> = None;
    while let Some(row) = rows.next_row()? {
        let planned = plan.row(row.run);
        if let Some((before, made)) = point.take_if(|(number, _)| *number != planned.point) {
            seeds[before as usize] = looks(&made);
        }
        let (_, made) = point.get_or_insert_with(|| (planned.point, empty()));
        let seed = (planned.seed - plan.sweep.seeds.0) as usize;
        made[planned.arm][seed] = Seen::Made(row.result.ok().and_then(|values| values[index]));
    }
    if let Some((last, made)) = point {
        seeds[last as usize] = looks(&made);
    }
    Ok(seeds)
}

/// Replays the stopping rule over the complete batches, and returns the number of seeds due.
fn looks(rule: &Stopping, support: Support, made: &[Vec<Seen>]) -> u64 {
    let mut due = 0;
    loop {
        let mut more = 0;
        for arm in made {
            let outcome = |seen: &Seen| match seen {
                Seen::NotYet => None,
                Seen::Made(outcome) => Some(*outcome),
            };
            let seen: Option<Vec<Option<f64>>> = arm[..due].iter().map(outcome).collect();
            let Some(seen) = seen else { return due as u64 };
            if let Next::More(runs) = rule.next(&seen, support) {
                more = more.max(runs);
            }
        }
        if more == 0 {
            return due as u64;
        }
        due += more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_goes_on_until_every_arm_is_tight_or_the_cap_is_reached() {
        let rule = Stopping::new(0.1, 20, 10, 60).expect("a good rule");
        let known = |due: usize, spread: f64| -> Vec<Seen> {
            let value =
                |seed: usize| Seen::Made(Some(if seed.is_multiple_of(2) { spread } else { 0.5 - spread }));
            (0..60).map(|seed| if seed < due { value(seed) } else { Seen::NotYet }).collect()
        };
        let looks = |made: &[Vec<Seen>]| looks(&rule, Support::Numbers, made);
        assert_eq!(looks(&[known(0, 0.25), known(0, 0.25)]), 20);
        assert_eq!(looks(&[known(20, 0.25), known(19, 0.25)]), 20, "a look waits for all arms");
        assert_eq!(looks(&[known(20, 0.2), known(20, 0.3)]), 20, "tight at once");
        // Standard deviation 0.5: half-width about 0.1 only beyond 90 seeds.
        assert_eq!(looks(&[known(20, 0.2), known(20, 0.75)]), 30);
        assert_eq!(looks(&[known(60, 0.2), known(60, 0.75)]), 60, "the cap");
    }
}
