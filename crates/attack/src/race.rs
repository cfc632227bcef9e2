//! Races: a candidate against the holder of its cell, over more and more common seeds.
//!
//! ```text
//! rungs: 2, 4, 16 seeds
//! it stops   if it is behind on the first two, or if the 95 % upper bound of the mean of (candidate - holder) over the seeds so far is below zero
//! it enters  if that mean is above zero after 16 seeds, or its 99 % lower bound is after 4
//! ```
//! A program that comes to the same as one without steps does not race. Against a holder that was tried on fewer seeds those decide. In an
//! empty cell a candidate enters after 4 seeds, or at once if it gains nothing.
//!
//! The seeds are the same in all races, so a lucky seed is as lucky for the holder. Where nothing is random one seed says all.

use dtao_agents::program::Program;

use crate::AttackError;
use crate::archive::{Archive, Cell, Elite, mean};
use crate::evaluate::{Evaluator, digest};

/// How many seeds a candidate has raced on after each rung.
pub(crate) const RUNGS: [usize; 3] = [2, 4, 16];
/// How many seeds a program is tried on before it is reported.
pub(crate) const LAST_RUNG: usize = 64;

/// What races are run on.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    /// The racing seeds; one, if nothing is random.
    pub seeds: Vec<u64>,
    pub budget: f64,
    /// The least that counts as a gain.
    pub least: f64,
}

impl Track {
    /// The rungs that there are.
    fn rungs(&self) -> impl Iterator<Item = usize> + '_ {
        let most = self.seeds.len();
        RUNGS.into_iter().map(move |rung| rung.min(most))
    }
}

/// Tries the best elites on more seeds, a rung further each: what was lucky comes down before it is built upon. Says whether it was not
/// stopped.
pub(crate) fn try_longer(
    archive: &mut Archive,
    most: usize,
    track: &Track,
    evaluator: &mut Evaluator,
) -> Result<bool, AttackError> {
    let longest = LAST_RUNG.min(track.seeds.len());
    let lucky = archive.ranked().into_iter().take(2 * most).filter(|(_, elite)| elite.values.len() < longest);
    let cells: Vec<Cell> = lucky.map(|(cell, _)| *cell).take(most).collect();
    let mut asked = Vec::new();
    for cell in &cells {
        let Elite { program, values } = &archive.cells[cell];
        let rungs = RUNGS.into_iter().chain([LAST_RUNG]);
        let rung = rungs.map(|rung| rung.min(longest)).find(|&rung| rung > values.len()).unwrap_or(longest);
        asked.extend(track.seeds[values.len()..rung].iter().map(|&seed| (*cell, program.clone(), seed)));
    }
    let runs: Vec<(&Program, u64)> = asked.iter().map(|(_, program, seed)| (program, *seed)).collect();
    let Some(values) = evaluator.values(&runs)? else { return Ok(false) };
    for ((cell, ..), value) in asked.iter().zip(values) {
        archive.cells.get_mut(cell).expect("it was there just now").values.push(value);
    }
    Ok(true)
}

/// Lets candidates race for the archive's cells, all of a batch side by side; says whether it was not stopped.
pub(crate) fn race(
    candidates: Vec<Program>,
    archive: &mut Archive,
    track: &Track,
    evaluator: &mut Evaluator,
) -> Result<bool, AttackError> {
    let mut candidates = candidates;
    let mut known = std::collections::BTreeSet::new();
    candidates.retain(|program| known.insert(digest(program)));
    let mut running: Vec<(Program, Vec<f64>, Option<Cell>)> =
        candidates.into_iter().map(|program| (program, vec![], None)).collect();
    let mut arrived = Vec::new();
    let mut last = 0;
    for rung in track.rungs() {
        if rung == last {
            break;
        }
        if !tried(&mut running, rung, track, evaluator)? {
            return Ok(false);
        }
        last = rung;
        let mut next = Vec::new();
        for (program, values, cell) in running {
            if does_nothing(&program, track, evaluator) {
                continue;
            }
            let cell = cell.unwrap_or_else(|| {
                let seen = evaluator.seen(&program, track.seeds[0]).expect("it was tried on the first");
                Cell::of(&program, &seen, track.budget)
            });
            if !mean(&values).is_finite() {
                continue;
            }
            let verdict = archive.cells.get(&cell).map_or(Verdict::of_first(&values, track), |holder| {
                Verdict::of(&values, &holder.values, rung == track.seeds.len().min(RUNGS[2]))
            });
            match verdict {
                Verdict::Enters => arrived.push((program, values, cell)),
                Verdict::GoesOn => next.push((program, values, Some(cell))),
                Verdict::Stops => {}
            }
        }
        running = next;
    }
    for (program, values, cell) in arrived {
        let better = archive.cells.get(&cell).is_none_or(|holder| {
            let common = values.len().min(holder.values.len());
            mean(&values[..common]) > mean(&holder.values[..common])
        });
        if better {
            archive.cells.insert(cell, Elite { program, values });
        }
    }
    Ok(true)
}

/// Whether a program with steps comes to the same as one without, on the seeds of the first rung: that is no way of behaving, and would
/// keep those that cost something at first out of its cell.
fn does_nothing(program: &Program, track: &Track, evaluator: &Evaluator) -> bool {
    let idle = Program::new(vec![]);
    let same = |&seed: &u64| evaluator.seen(program, seed) == evaluator.seen(&idle, seed);
    !program.steps.is_empty() && track.seeds.iter().take(RUNGS[0]).all(same)
}

/// Tries all candidates on the seeds up to a rung; says whether it was not stopped.
fn tried(
    running: &mut [(Program, Vec<f64>, Option<Cell>)],
    rung: usize,
    track: &Track,
    evaluator: &mut Evaluator,
) -> Result<bool, AttackError> {
    let asked: Vec<(&Program, u64)> = running
        .iter()
        .flat_map(|(program, values, _)| {
            track.seeds[values.len()..rung].iter().map(move |&seed| (program, seed))
        })
        .collect();
    let Some(values) = evaluator.values(&asked)? else { return Ok(false) };
    let mut values = values.into_iter();
    for (_, known, _) in running {
        known.extend(values.by_ref().take(rung - known.len()));
    }
    Ok(true)
}

/// What becomes of a candidate at a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Enters,
    GoesOn,
    Stops,
}

impl Verdict {
    /// In a cell that nobody holds: one of several seeds is not enough for a program that seems to gain.
    fn of_first(values: &[f64], track: &Track) -> Self {
        let enough = RUNGS[1].min(track.seeds.len());
        if values.len() >= enough || mean(values) <= 0.0 { Self::Enters } else { Self::GoesOn }
    }

    /// In a cell that somebody holds.
    fn of(candidate: &[f64], holder: &[f64], is_last: bool) -> Self {
        let common = candidate.len().min(holder.len());
        let differences: Vec<f64> = candidate[..common].iter().zip(holder).map(|(a, b)| a - b).collect();
        let ahead = mean(&differences);
        if is_last || common < candidate.len() {
            return if ahead > 0.0 { Self::Enters } else { Self::Stops };
        }
        if common < RUNGS[1] {
            return if ahead > 0.0 { Self::GoesOn } else { Self::Stops };
        }
        let error = standard_error(&differences, ahead);
        // Student's quantiles with 3 degrees of freedom: this is asked after 4 seeds.
        match () {
            () if ahead + 2.353 * error < 0.0 || ahead <= 0.0 && error == 0.0 => Self::Stops,
            () if ahead - 4.541 * error > 0.0 => Self::Enters,
            () => Self::GoesOn,
        }
    }
}

fn standard_error(values: &[f64], mean: f64) -> f64 {
    let n = values.len() as f64;
    let squares = dtao_statistics::sum(values.iter().map(|value| (value - mean) * (value - mean)));
    (squares / (n - 1.0) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use dtao_agents::program::{Action, Key, Place, Step};
    use dtao_experiment::run::Progress;
    use dtao_experiment::scenario::Loaded;
    use dtao_protocol::units::{RAO, Tao};

    use super::*;
    use crate::Goal;
    use crate::world::{Looks, World};

    #[test]
    fn what_does_nothing_holds_no_cell_and_neurons_are_a_way_of_behaving() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/weight_policies.ron");
        let loaded = Loaded::read(&path, &["blocks=10".to_owned()]).expect("the scenario is good");
        let world = World::new(&loaded, Tao::from_rao(50 * RAO), Looks::For(Goal::Profit));
        let watch = |_| Progress::Continue;
        let mut evaluator =
            Evaluator::new(&world, (Goal::Profit, 50.0), 1, None, &watch).expect("one thread");
        let track = Track { seeds: vec![1, 2, 3, 4], budget: 50.0, least: 5e-5 };
        let on = Place::Netuid(1);
        let unstake = Action::Unstake { on, part: 1.0, hotkey: Key::Validator, limit: None };
        let all = [vec![], vec![Step::new(unstake)], vec![Step::new(Action::RegisterNeuron { on })]];
        let mut archive = Archive::default();
        let raced = race(all.map(Program::new).to_vec(), &mut archive, &track, &mut evaluator);
        assert!(raced.expect("it can be run"));
        let held: Vec<(usize, u8)> = archive
            .ranked()
            .into_iter()
            .map(|(cell, elite)| (elite.program.steps.len(), cell.neurons))
            .collect();
        assert_eq!(held, [(0, 0), (1, 1)], "nobody has stake to sell, and a neuron costs 1 TAO");
    }

    #[test]
    fn a_candidate_stops_enters_or_goes_on() {
        assert_eq!(Verdict::of(&[2.0], &[1.0, 1.0, 1.0, 1.0], false), Verdict::GoesOn);
        assert_eq!(Verdict::of(&[1.0], &[2.0, 1.0, 1.0, 1.0], false), Verdict::Stops);
        assert_eq!(Verdict::of(&[2.0, 2.0, 2.0, 2.1], &[1.0; 4], false), Verdict::Enters);
        assert_eq!(Verdict::of(&[9.0, 0.0, 2.0, 0.0], &[1.0; 16], false), Verdict::GoesOn);
        assert_eq!(Verdict::of(&[1.1, 0.2, 0.1, 0.3], &[1.0; 16], false), Verdict::Stops);
        assert_eq!(Verdict::of(&[2.0; 16], &[1.0; 16], true), Verdict::Enters);
        assert_eq!(Verdict::of(&[1.0; 16], &[1.0; 16], true), Verdict::Stops, "a tie leaves the holder");
        // The holder has not been tried on as many seeds: what is common decides.
        assert_eq!(Verdict::of(&[2.0, 9.0, 9.0, 9.0], &[3.0], false), Verdict::Stops);
    }
}
