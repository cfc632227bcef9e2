//! Runs, made by several threads, each taking the next that nobody has taken.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use rayon::ThreadPool;

use super::SweepError;
use super::caught::caught;
use super::folder::SweepFolder;
use super::plan::Plan;
use super::rows::{Identity, Merged, Row, RowsError};
use super::scenarios::Scenarios;
use super::watch::Watch;
use dtao_experiment::run::{Options, Progress, priors as drawn_priors, run};

/// Makes the run of a number, and says what was drawn of these priors: its outcomes, they and the samples of its series,
/// nothing if it was told to stop, or why it failed.
pub(crate) type Make<'a> = dyn Fn(u64, &[String]) -> Result<Option<Vec<Option<f64>>>, String> + Sync + 'a;

/// [`Make`], of the priors of a sweep.
type MakeRun<'a> = dyn Fn(u64) -> Result<Option<Vec<Option<f64>>>, String> + Sync + 'a;

/// The runs that are due and have no row yet, in the order of the plan.
pub(crate) struct Missing<I> {
    due: I,
    made: Merged,
    next_made: Option<u64>,
}

impl<I: Iterator<Item = u64>> Missing<I> {
    pub fn new(due: I, mut made: Merged) -> Result<Self, RowsError> {
        let next_made = made.next_row()?.map(|row| row.run);
        Ok(Self { due, made, next_made })
    }

    fn next(&mut self) -> Result<Option<u64>, RowsError> {
        for run in self.due.by_ref() {
            while self.next_made.is_some_and(|made| made < run) {
                self.next_made = self.made.next_row()?.map(|row| row.run);
            }
            if self.next_made != Some(run) {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }
}

/// Makes runs until none is missing, the watcher stops it, or a row cannot be written.
///
/// Each thread writes a part file of its own, in which runs rise.
pub(crate) fn execute<I: Iterator<Item = u64> + Send>(
    pool: &ThreadPool,
    missing: Missing<I>,
    make: &MakeRun,
    folder: &SweepFolder,
    identity: &Identity,
    watch: &dyn Watch,
) -> Result<Progress, SweepError> {
    let missing = Mutex::new(missing);
    // Part 0 holds what was made before.
    let parts = AtomicU64::new(folder.row_files()?.len() as u64 + 1);
    let broken = AtomicBool::new(false);
    let worker = || -> Result<Progress, SweepError> {
        let mut part = None;
        loop {
            if broken.load(Ordering::Relaxed) || watch.progress() == Progress::Stop {
                return Ok(Progress::Stop);
            }
            let next = missing.lock().expect("nothing panics while it is locked").next()?;
            let Some(run) = next else { return Ok(Progress::Continue) };
            let Some(result) = caught(|| make(run)).and_then(|made| made).transpose() else {
                return Ok(Progress::Stop);
            };
            let failed = result.is_err();
            let file = match &mut part {
                Some(file) => file,
                empty => empty.insert(folder.new_part(parts.fetch_add(1, Ordering::Relaxed), identity)?),
            };
            file.append(&Row { run, result })?;
            watch.made(failed);
        }
    };
    let results = pool.broadcast(|_| {
        let result = worker();
        broken.fetch_or(result.is_err(), Ordering::Relaxed);
        result
    });
    let mut progress = Progress::Continue;
    for result in results {
        if result? == Progress::Stop {
            progress = Progress::Stop;
        }
    }
    Ok(progress)
}

/// Makes a run of a plan.
pub(crate) fn outcome(
    plan: &Plan,
    scenarios: &Scenarios,
    number: u64,
    priors: &[String],
    audit: Audit,
    watch: &dyn Watch,
) -> Result<Option<Vec<Option<f64>>>, String> {
    let seed = RunSeed(plan.row(number).seed);
    let loaded = scenarios.of(plan.cell(number)).map_err(|error| error.to_string())?;
    let summary = run(&loaded, Options { seed, audit }, None, &mut |_| watch.progress())
        .map_err(|error| error.to_string())?;
    if !summary.interrupted && !summary.all_refused.is_empty() {
        watch.all_refused(&summary.all_refused);
    }
    let values = plan.outcomes.iter().map(|name| summary.metrics.get(name).copied().flatten());
    // In a cell that fixes a quantity which others draw, it is what it is fixed at.
    let drawn = drawn_priors(&loaded.scenario, seed);
    let drawn: BTreeMap<&str, f64> = drawn.iter().map(|drawn| (drawn.name.as_str(), drawn.value)).collect();
    let draws = priors.iter().map(|name| drawn.get(name.as_str()).copied());
    let samples = summary.series.iter().flatten().copied();
    Ok((!summary.interrupted).then(|| values.chain(draws).chain(samples).collect()))
}
