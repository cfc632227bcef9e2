//! The search: rung 0, then programs made of the archive's.

use std::collections::BTreeSet;

use dtao_agents::program::Program;
use dtao_statistics::random::{below, keyed};
use rand::Rng;

use crate::archive::Archive;
use crate::evaluate::{Evaluator, digest};
use crate::grammar::{Grammar, Random};
use crate::grid::Grid;
use crate::numbers::tuned;
use crate::race::{Track, race, try_longer};
use crate::until::Until;
use crate::{AttackError, Method};

/// Programs that are raced side by side. It is part of what determines a result.
const BATCH: usize = 16;
/// One program of so many in a batch is the grid's, until that is exhausted.
const OF_GRID: usize = 16;
/// Batches without a program that was not tried before, after which there seems to be none.
const IDLE: u32 = 800;
/// After so many batches the numbers of the best programs are tuned.
const TUNED_EVERY: u64 = 128;
/// After so many batches the best programs are tried on more seeds.
const LONGER_EVERY: u64 = 4;
/// How many of them.
const LONGER: usize = 1;
/// How many programs are tuned at once.
const TUNED: usize = 1;
/// How many seeds their numbers are tuned on.
const TUNED_ON: usize = 4;
/// What random numbers of the search are for.
const GRID: u64 = 1;
const BATCHES: u64 = 2;

/// A point of the curve of the best so far.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub evaluations: u64,
    pub best: f64,
    pub seeds: usize,
    pub cells: usize,
}

/// What a search has found.
pub(crate) struct Found {
    pub archive: Archive,
    pub curve: Vec<Point>,
    /// How many programs of the grid were tried, of how many.
    pub grid: (usize, usize),
    /// The number of runs with which the search ends in the same place.
    pub repeated_by: u64,
}

/// Searches; nothing if it was stopped.
pub(crate) fn search(
    grammar: &Grammar,
    method: Method,
    seeded: &[Program],
    seed: u64,
    track: &Track,
    mut until: Until,
    evaluator: &mut Evaluator,
) -> Result<Option<Found>, AttackError> {
    let mut grid = Grid::of(grammar, &mut keyed(seed, &[GRID]));
    let (mut archive, mut curve) = (Archive::default(), Vec::new());
    let mut first: Vec<Program> = vec![Program::new(vec![])];
    first.extend(seeded.iter().map(|program| grammar.fitted(program.steps.clone())));
    let (mut batch, mut idle, mut known) = (0, 0, BTreeSet::new());
    loop {
        let mut random = keyed(seed, &[BATCHES, batch]);
        let mut candidates = std::mem::take(&mut first);
        let ranked = archive.ranked();
        let gains = ranked.first().is_some_and(|(_, best)| best.mean() > track.least);
        let ranked: Vec<&Program> = ranked.into_iter().map(|(_, elite)| &elite.program).collect();
        while candidates.len() < BATCH {
            let of_grid = method == Method::Search && candidates.len() % OF_GRID == OF_GRID - 1;
            let program = of_grid.then(|| grid.next()).flatten();
            candidates.push(program.unwrap_or_else(|| made(grammar, method, (&ranked, gains), &mut random)));
        }
        let before = evaluator.count();
        if !race(candidates, &mut archive, track, evaluator)? {
            return Ok(None);
        }
        if batch.is_multiple_of(LONGER_EVERY) && !try_longer(&mut archive, LONGER, track, evaluator)? {
            return Ok(None);
        }
        if method == Method::Search && batch % TUNED_EVERY == TUNED_EVERY - 1 {
            let new = untuned(&archive, &mut known);
            let some = &track.seeds[..TUNED_ON.min(track.seeds.len())];
            let Some(tuned) = tuned(&new, grammar, some, random.next_u64(), &mut until, evaluator)? else {
                return Ok(None);
            };
            known.extend(tuned.iter().map(digest));
            if !race(tuned, &mut archive, track, evaluator)? {
                return Ok(None);
            }
        }
        if let Some((_, best)) = archive.ranked().first() {
            let (best, seeds) = (best.mean(), best.values.len());
            curve.push(Point { evaluations: evaluator.count(), best, seeds, cells: archive.cells.len() });
        }
        batch += 1;
        idle = if evaluator.count() == before { idle + 1 } else { 0 };
        if until.reached(evaluator)? || idle == IDLE {
            let repeated_by = until.repeated_by(evaluator);
            return Ok(Some(Found { archive, curve, grid: grid.progress(), repeated_by }));
        }
    }
}

/// The best programs whose numbers have not been tuned yet; from now on they have.
fn untuned(archive: &Archive, known: &mut BTreeSet<u64>) -> Vec<Program> {
    let ranked = archive.ranked().into_iter().map(|(_, elite)| &elite.program);
    let new = ranked.filter(|program| !program.steps.is_empty() && known.insert(digest(program)));
    new.take(TUNED).cloned().collect()
}

/// A program that a method makes, of those of the archive, the best first, and whether that gains.
fn made(
    grammar: &Grammar,
    method: Method,
    (ranked, gains): (&[&Program], bool),
    random: &mut Random,
) -> Program {
    if ranked.is_empty() || method == Method::Random {
        return grammar.program(random);
    }
    if method == Method::HillClimbing {
        return grammar.mutated(random, ranked[0], ranked[0]);
    }
    // As long as nothing gains there is nothing to climb, and what loses least is what does least: three in four are new, the others made
    // of any. Then one in twenty is new, three are made of any, and of the others every second climbs from the best program, every second of
    // the rest from the next, and so on: what is climbed from can change.
    let draw = below(random, 20);
    if draw < if gains { 1 } else { 15 } {
        return grammar.program(random);
    }
    let parent = if gains && draw >= 4 {
        (random.next_u64().trailing_zeros() as usize).min(ranked.len() - 1)
    } else {
        below(random, ranked.len())
    };
    let other = below(random, ranked.len());
    grammar.mutated(random, ranked[parent], ranked[other])
}
