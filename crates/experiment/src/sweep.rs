//! Sweeps: thousands of runs of one scenario, as one experiment.
//!
//! ```text
//! sweep.ron -> plan.csv -> threads -> parts/*.rows -> runs.csv cells.csv failures.csv
//!              a row a run             a row as soon as   in the order of the plan
//!                                      a run is made
//! ```
//! A run depends on its row of the plan alone, and the tables on the rows alone. So they have the same bytes
//! for any number of threads or shards, and however often the sweep was interrupted.

mod caught;
mod cells;
mod due;
mod execution;
pub mod file;
mod finish;
mod folder;
mod indices;
pub mod manifest;
mod merge;
pub mod plan;
pub mod points;
pub mod rows;
mod scenarios;
pub mod shard;
mod sheet;
mod writers;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use dtao_engine::run::Audit;
use rayon::{ThreadPool, ThreadPoolBuilder};
use sha2::{Digest, Sha256};

pub use cells::Line;
pub use execution::Watch;
pub use finish::Report;
pub use merge::merge;
pub use sheet::Format;

use crate::input::InputError;
use crate::input::limits::JOBS;
use crate::run::{Failure, Progress};
use due::Due;
use execution::{Make, Missing, execute, outcome};
use finish::finish;
use folder::{Folder, Found, write_whole, write_whole_by};
use manifest::{Manifest, Part};
use plan::Plan;
use rows::{Merged, RowsError, Unwritable};
use scenarios::Scenarios;
use shard::Shard;

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

/// What is done with what a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Nothing may be there.
    Fresh,
    /// The same sweep goes on.
    Resuming,
    /// Results are replaced.
    Replacing,
}

/// How a sweep ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// All runs are made, and the tables written.
    Complete(Report),
    /// A shard's runs are made.
    Shard(Report),
    /// It was stopped; it can be resumed.
    Stopped,
}

/// Why a sweep has no result.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A file is wrong.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Where a folder should be is a file.
    #[error("{path}: this is a file, not a folder; name a folder that does not exist yet", path = path.display())]
    NoFolder {
        /// Where.
        path: PathBuf,
    },
    /// The folder holds something.
    #[error(
        "{folder}: the folder is not empty; name another one, go on with --resume, or replace what a sweep left \
         in it with --force", folder = folder.display()
    )]
    NotEmpty {
        /// Which.
        folder: PathBuf,
    },
    /// The folder holds another sweep.
    #[error(
        "{folder}: this is another sweep; what differs: {what}. Undo the change to go on, or begin anew with \
         --force", folder = folder.display(), what = what.join("; ")
    )]
    Different {
        /// Which.
        folder: PathBuf,
        /// What differs.
        what: Vec<String>,
    },
    /// A file that the program wrote is not as it was.
    #[error("{path}: the file is damaged: {what}", path = path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// How.
        what: String,
    },
    /// A run has no row, though it was made.
    #[error("run {run} has no row, though it was made: a part file was damaged; go on with --resume")]
    MissingRun {
        /// Which.
        run: u64,
    },
    /// Shards do not belong together.
    #[error("{0}")]
    Shards(String),
    /// Rows cannot be read.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// A file cannot be read.
    #[error("{path}: {error}", path = path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error("{0}; what was made so far is kept: make room, and go on with --resume")]
    Write(#[from] Unwritable),
    /// A table cannot be written.
    #[error("{0}; what was made so far is kept: make room, and go on with --resume")]
    Table(String),
    /// Threads cannot be started.
    #[error("{jobs} runs at once: {why}; lower --jobs")]
    Threads {
        /// How many.
        jobs: usize,
        /// Why not.
        why: String,
    },
    /// The program cannot write Parquet.
    #[error(
        "this program was built without Parquet: build it with `cargo build --release --features parquet`"
    )]
    NoParquet,
    /// The folder cannot be claimed.
    #[error(transparent)]
    Claim(#[from] Failure),
}

impl SweepError {
    fn read(path: &Path, error: io::Error) -> Self {
        Self::Read { path: path.to_owned(), error }
    }

    fn write(path: &Path, error: io::Error) -> Self {
        Self::Write(Unwritable { path: path.to_owned(), error })
    }
}

/// Makes a sweep's runs and writes its tables.
///
/// # Errors
/// If a cell's scenario is wrong, before any run; if the folder holds something else; if a file cannot be
/// written: then what there is can be resumed.
pub fn sweep(plan: &Plan, out: &Path, settings: &Settings, watch: &dyn Watch) -> Result<Ending, SweepError> {
    let scenarios = Scenarios::new(plan, settings.jobs.get());
    let make = |number| outcome(plan, &scenarios, number, settings.audit, watch);
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
    let files = pool.install(|| plan.check())?;
    let mut manifest = Manifest::of(plan, plan_sha256(plan), files, settings.audit);
    manifest.shard = settings.shard.map(|shard| Part { shard, rows_sha256: None });
    let identity = manifest.identity();
    let (path, beginning) = match settings.shard {
        None => (out.to_owned(), settings.beginning),
        // Engines make a shard again when they have lost sight of it.
        Some(shard) if settings.beginning == Beginning::Fresh => {
            (out.join(shard.folder()), Beginning::Resuming)
        }
        Some(shard) => (out.join(shard.folder()), settings.beginning),
    };
    let (folder, found) = Folder::open(&path, &manifest, beginning)?;
    if let Found::Complete(there) = &found
        && let Some(ending) = merge::still_complete(&folder, there)?
    {
        folder.remove_parts()?;
        return Ok(ending);
    }
    folder.write_manifest(&manifest)?;
    write_plan(plan, &manifest, out, settings.shard)?;

    let mut gathered = folder.gather(&identity)?;
    if gathered.damaged > 0 {
        let rows = gathered.damaged;
        watch.note(&format!(
            "{rows} damaged row(s) in the part files were dropped; their runs are made again"
        ));
    }
    let shard = settings.shard.unwrap_or(Shard::new(1, 1).expect("one of one"));
    loop {
        let rows = || -> Result<Merged, SweepError> { Ok(Merged::open(&folder.parts()?, &identity)?) };
        let due = Due::of(plan, shard, rows()?)?;
        let made = gathered.done + gathered.failed;
        watch.begins(due.runs(plan).count() as u64, made, gathered.failed);
        let missing = Missing::new(due.runs(plan), rows()?)?;
        if execute(&pool, missing, make, &folder, &identity, watch)? == Progress::Stop {
            return Ok(Ending::Stopped);
        }
        if plan.sweep.until.is_none() {
            break;
        }
        gathered = folder.gather(&identity)?;
        if gathered.done + gathered.failed == made {
            break;
        }
    }
    if let Some(shard) = settings.shard {
        let report = merge::finish_shard(&folder, shard, &mut manifest, &identity)?;
        folder.remove_parts()?;
        return Ok(Ending::Shard(report));
    }
    let rows = Merged::open(&folder.parts()?, &identity)?;
    let report = finish(&path, &path.join("plan.csv"), &manifest, rows, settings.format)?;
    manifest.complete = true;
    folder.write_manifest(&manifest)?;
    folder.remove_parts()?;
    Ok(Ending::Complete(report))
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

/// SHA-256 of plan.csv.
fn plan_sha256(plan: &Plan) -> String {
    let mut hasher = BufWriter::with_capacity(1 << 16, Sha256::new());
    plan.write(&mut hasher).expect("a hash takes all that is written");
    let hasher = hasher.into_inner().map_err(io::IntoInnerError::into_error);
    format!("{:x}", hasher.expect("a hash takes all that is written").finalize())
}

/// SHA-256 of a file.
fn file_sha256(path: &Path) -> Result<String, SweepError> {
    let mut hasher = Sha256::new();
    let copied = File::open(path).and_then(|file| io::copy(&mut BufReader::new(file), &mut hasher));
    copied.map_err(|error| SweepError::read(path, error))?;
    Ok(format!("{:x}", hasher.finalize()))
}

/// Writes `plan.csv` and `points.csv`, unless they are there.
fn write_plan(plan: &Plan, manifest: &Manifest, out: &Path, shard: Option<Shard>) -> Result<(), SweepError> {
    let path = out.join("plan.csv");
    let ending = shard.map_or_else(|| "part".to_owned(), |shard| format!("{}.part", shard.folder()));
    if path.exists() {
        if file_sha256(&path)? == manifest.plan_sha256 {
            return Ok(());
        }
        if shard.is_some() {
            let what = vec!["the plan: plan.csv is that of other shards".to_owned()];
            return Err(SweepError::Different { folder: out.to_owned(), what });
        }
    }
    write_whole_by(&out.join("points.csv"), &ending, |file| write_points(plan, file))?;
    write_whole_by(&path, &ending, |file| plan.write(file))
}

fn write_points(plan: &Plan, file: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    let names = plan.points.factors().iter().map(|factor| factor.name.as_str());
    writer.write_record(std::iter::once("point").chain(names))?;
    for point in 0..plan.points.len() {
        let number = point.to_string();
        writer.write_record(std::iter::once(number.as_str()).chain(plan.points.values(point)))?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests;
