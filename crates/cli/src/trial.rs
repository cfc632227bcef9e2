//! `dtao sweep --dry-run`: a short trial, and what it says of the whole.
#![expect(clippy::disallowed_types, reason = "a trial measures how long runs take; no result depends on it")]

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Progress, run};
use dtao_sweep::plan::Plan;
use dtao_sweep::shard::Shard;
use serde::Serialize;

use crate::report::Error;

/// Most cells that are tried, and how long each.
const CELLS: u64 = 6;
const PATIENCE: Duration = Duration::from_millis(500);

/// What a sweep will take.
#[derive(Debug, Serialize)]
pub(crate) struct Estimate {
    /// Runs to be made.
    pub runs: u64,
    /// How many at once.
    pub jobs: usize,
    /// Seconds of one run and one thread, from the trial.
    pub seconds_per_run: f64,
    /// Seconds of the whole.
    pub seconds: f64,
    /// Bytes of plan.csv and runs.csv.
    pub bytes: u64,
}

/// Makes a few runs of cells far apart, each for half a second at most, and writes nothing.
pub(crate) fn estimate(
    plan: &Plan,
    shard: Option<Shard>,
    jobs: NonZeroUsize,
    audit: Audit,
) -> Result<Estimate, Error> {
    let tried = plan.cells().min(CELLS);
    let (mut seconds, mut loading) = (0.0, 0.0);
    for index in 0..tried {
        let cell = index * plan.cells() / tried;
        let begin = Instant::now();
        let loaded = plan.load(cell)?;
        loading += begin.elapsed().as_secs_f64();
        let seed = RunSeed(plan.row(cell * plan.seeds()).seed);
        let begin = Instant::now();
        let mut made = 0;
        run(&loaded, Options { seed, audit }, None, &mut |blocks| {
            made = blocks;
            if begin.elapsed() > PATIENCE { Progress::Stop } else { Progress::Continue }
        })?;
        seconds += begin.elapsed().as_secs_f64() * loaded.scenario.blocks as f64 / made.max(1) as f64;
    }
    let runs = shard.map_or(plan.runs(), |shard| shard.runs(plan.runs()).count() as u64);
    let (seconds_per_run, loading) = (seconds / tried as f64, loading / tried as f64);
    // Each cell's scenario is read before the first run, and again for its runs.
    let work = seconds_per_run * runs as f64 + 2.0 * loading * plan.cells() as f64;
    let mut size = Size(0);
    plan.write(&mut size).expect("counting does not fail");
    // A number has up to 18 characters, and a comma.
    let outcomes = plan.outcomes.len() as u64 * 19 * plan.runs();
    let bytes = if shard.is_some() { size.0 } else { 2 * size.0 } + outcomes * runs / plan.runs();
    Ok(Estimate { runs, jobs: jobs.get(), seconds_per_run, seconds: work / jobs.get() as f64, bytes })
}

/// Counts what is written.
struct Size(u64);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
