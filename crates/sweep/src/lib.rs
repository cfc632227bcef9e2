//! Sweeps: thousands of runs of one scenario, as one experiment.
//!
//! ```text
//! sweep.ron -> plan.csv -> threads -> parts/*.rows -> runs.csv cells.csv failures.csv series.csv
//!              a row a run             a row as soon as   in the order of the plan
//!                                      a run is made
//! ```
//! A run depends on its row of the plan alone, and the tables on the rows alone. So they have the same bytes
//! for any number of threads or shards, and however often the sweep was interrupted.

pub mod analysis;
mod beside;
pub mod caught;
mod cells;
pub mod columns;
mod differences;
mod due;
mod execution;
pub mod file;
mod finish;
mod folder;
mod format;
mod growth;
mod indices;
pub mod limits;
pub mod manifest;
mod mending;
mod merge;
pub mod plan;
mod planned;
pub mod points;
pub mod rows;
mod scenarios;
pub mod schema;
pub mod seeds;
pub mod series;
pub mod shard;
mod sheet;
mod spreads;
mod watch;
mod writers;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use dtao_engine::run::Audit;
use dtao_experiment::run::Progress;
pub use dtao_files::folder::Beginning;
use dtao_files::folder::table::Completed;
use dtao_files::folder::{FolderError, Kind};
use dtao_files::input::InputError;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::limits::JOBS;
pub use cells::Line;
use due::Due;
use execution::{Make, Missing, execute, outcome};
pub use finish::{Report, SoFar};
use finish::{finish, so_far};
use folder::{Found, Gathered, Smaller, SweepFolder};
pub use format::Format;
use manifest::Manifest;
pub use merge::merge;
use plan::Plan;
use rows::{Merged, RowsError, Unwritable};
use scenarios::Scenarios;
use shard::Shard;
pub use watch::Watch;

/// How a sweep is made; nothing of it moves a result.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many runs are made at once.
    pub jobs: NonZeroUsize,
    /// What is done with what the folder holds.
    pub beginning: Beginning,
    /// The part of the runs to make; all of them if there is none.
    pub shard: Option<Shard>,
    /// Whether everything is recounted after every block.
    pub audit: Audit,
    /// Which files tables are written to.
    pub format: Format,
}

/// How a sweep ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// All runs are made, and the tables written.
    Complete(Report),
    /// A shard's runs are made.
    Shard(Report),
    /// It was stopped; it can be resumed. What was made so far is said unless it could not be written down.
    Stopped(Option<SoFar>),
}

/// Why a sweep has no result.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A file is wrong.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The folder holds another sweep.
    #[error(
        "{folder}: this is another sweep; what differs: {what}. Undo the change to go on, or begin anew with \
         --force", folder = folder.display(), what = what.join("; ")
    )]
    Different {
        /// The folder in question.
        folder: PathBuf,
        /// What differs.
        what: Vec<String>,
    },
    /// The folder cannot be used.
    #[error("{0}{help}", help = help(.0))]
    Folder(#[from] FolderError),
    /// A run has no row, though it was made.
    #[error("run {run} has no row, though it was made: a part file was damaged; go on with --resume")]
    MissingRun {
        /// The number of the run in the plan.
        run: u64,
    },
    /// Shards do not belong together.
    #[error("{0}")]
    Shards(String),
    /// Rows cannot be read.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// A file cannot be written.
    #[error("{0}; what was made so far is kept: make room, and go on with --resume")]
    Write(#[from] Unwritable),
    /// A table cannot be written.
    #[error("{0}; what was made so far is kept: make room, and go on with --resume")]
    Table(String),
    /// Threads cannot be started.
    #[error("{jobs} runs at once: {why}; lower --jobs")]
    Threads {
        /// The number of threads asked for.
        jobs: usize,
        /// Why not.
        why: String,
    },
    /// The program cannot write Parquet.
    #[error(
        "this program was built without Parquet: build it with `cargo build --release --features parquet`"
    )]
    NoParquet,
}

impl SweepError {
    /// The error of a folder that holds another piece of work, with what differs.
    #[must_use]
    pub fn different(folder: &Path, what: Vec<String>) -> Self {
        Self::Different { folder: folder.to_owned(), what }
    }
}

/// What to do where nothing was wrong with what was asked.
fn help(error: &FolderError) -> &'static str {
    if error.is_refusal() { "" } else { "; what was made so far is kept: make room, and go on with --resume" }
}

/// Makes a sweep's runs and writes its tables.
///
/// # Errors
/// If a cell's scenario is wrong, before any run; if the folder holds something else; if a file cannot be
/// written: then what there is can be resumed.
pub fn sweep(plan: &Plan, out: &Path, settings: &Settings, watch: &dyn Watch) -> Result<Ending, SweepError> {
    let scenarios = Scenarios::new(plan, settings.jobs.get());
    let make = |number, priors: &[String]| outcome(plan, &scenarios, number, priors, settings.audit, watch);
    sweep_by(plan, out, settings, watch, &make)
}

/// [`sweep`], with another way of making a run.
fn sweep_by(
    plan: &Plan,
    out: &Path,
    settings: &Settings,
    watch: &dyn Watch,
    make: &Make,
) -> Result<Ending, SweepError> {
    settings.format.check()?;
    let pool = pool(settings.jobs)?;
    let checked = pool.install(|| plan.check())?;
    let manifest = Manifest::of(plan, settings.shard, checked, settings.audit);
    // Claiming a folder makes it, with a lock in it: from here on stopping waits until that can be undone.
    watch.writes();
    let (folder, found) = match settings.shard {
        None => SweepFolder::open(out, &manifest, settings.beginning)?,
        Some(shard) => {
            let names = beside::plan_to_write_for_shard(out, &manifest)?;
            // Engines make a shard again when they have lost sight of it.
            let fresh = settings.beginning == Beginning::Fresh;
            let beginning = if fresh { Beginning::Resuming } else { settings.beginning };
            let opened = SweepFolder::open(&out.join(shard.folder()), &manifest, beginning)?;
            beside::write_plan(plan, out, &shard.folder(), &names)?;
            opened
        }
    };
    let mut format = settings.format;
    match found {
        Found::Begun => folder.begin(&manifest)?,
        Found::Nothing => {
            folder.drop_work()?;
            folder.begin(&manifest)?;
        }
        Found::Complete(there) => {
            let damaged = mending::damages(folder.path(), &there)?;
            if damaged.is_empty() {
                folder.drop_work()?;
                return Ok(Ending::Complete(mending::report(&folder, &there)?).of(manifest.dtao));
            }
            for table in &damaged {
                watch.note(&format!("{}: {}; it is made again", table.path.display(), table.what));
            }
            format = there.format();
            format.check()?;
            folder.begin(&manifest)?;
            mending::keep_rows(&folder, &there, &damaged, &manifest)?;
        }
        Found::Smaller(smaller) => {
            if let Smaller::Complete(there) = &smaller
                && there.format() == Format::CsvAndParquet
            {
                format = there.format();
                format.check()?;
            }
            growth::begin(&folder, &manifest, &smaller, watch)?;
        }
    }
    if let Some(report) = make_all(plan, &folder, &manifest, &pool, make, watch, format)? {
        return Ok(Ending::Complete(report).of(manifest.dtao));
    }
    let rows =
        || -> Result<Merged, SweepError> { Ok(Merged::open(&folder.row_files()?, &manifest.identity())?) };
    let made = manifest.shard.is_none().then(|| so_far(&folder.parts(), &manifest, rows()?));
    // Whoever is asked to end and has no room for a table still ends in good order.
    Ok(Ending::Stopped(made.and_then(Result::ok)))
}

impl Ending {
    /// A shard's end is not that of the whole.
    fn of(self, kind: Kind) -> Self {
        match self {
            Self::Complete(report) if kind == Kind::Shard => Self::Shard(report),
            other => other,
        }
    }
}

/// Makes the runs that are missing, and then the result; nothing if it was stopped.
fn make_all(
    plan: &Plan,
    folder: &SweepFolder,
    manifest: &Manifest,
    pool: &ThreadPool,
    make: &Make,
    watch: &dyn Watch,
    format: Format,
) -> Result<Option<Report>, SweepError> {
    let identity = manifest.identity();
    let shard = manifest.shard.unwrap_or(Shard::new(1, 1).expect("one of one"));
    let tables = Completed::default();
    if manifest.shard.is_none() {
        folder.write_plan(plan, manifest, &tables)?;
    }
    let Some(mut gathered) = folder.gather(&identity, watch)? else { return Ok(None) };
    if gathered.damaged > 0 {
        let rows = gathered.damaged;
        watch.note(&format!(
            "{rows} damaged row(s) in the part files were dropped; their runs are made again"
        ));
    }
    loop {
        let rows = || -> Result<Merged, SweepError> { Ok(Merged::open(&folder.row_files()?, &identity)?) };
        let due = Due::of(plan, shard, rows()?)?;
        let Gathered { done, failed, .. } = gathered;
        watch.begins(due.runs(plan).count() as u64, done + failed, failed);
        let missing = Missing::new(due.runs(plan), rows()?)?;
        if execute(pool, missing, &|run| make(run, &manifest.priors), folder, &identity, watch)?
            == Progress::Stop
        {
            return Ok(None);
        }
        if plan.sweep.until.is_none() && manifest.shard.is_none() {
            break;
        }
        match folder.gather(&identity, watch)? {
            None => return Ok(None),
            Some(now) => gathered = now,
        }
        if plan.sweep.until.is_none() || gathered.done + gathered.failed == done + failed {
            break;
        }
    }
    if manifest.shard.is_some() {
        return merge::finish_shard(folder, shard, manifest, gathered).map(Some);
    }
    let rows = Merged::open(&folder.row_files()?, &identity)?;
    let Some(report) = finish(&folder.parts(), manifest, rows, format, &tables, watch)? else {
        return Ok(None);
    };
    folder.commit(&manifest.completed(tables.tables()))?;
    Ok(Some(report))
}

/// So many threads, apart from those of other work.
fn pool(jobs: NonZeroUsize) -> Result<ThreadPool, SweepError> {
    let jobs = jobs.get();
    if jobs > JOBS {
        return Err(SweepError::Threads { jobs, why: format!("at most {JOBS} are possible") });
    }
    let pool = ThreadPoolBuilder::new().num_threads(jobs).build();
    pool.map_err(|error| SweepError::Threads { jobs, why: error.to_string() })
}

#[cfg(test)]
mod tests;
