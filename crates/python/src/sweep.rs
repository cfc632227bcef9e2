//! Many runs.
#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::fn_params_excessive_bools,
    reason = "Python gives its arguments by value, and names each where it is given"
)]

use std::path::PathBuf;
use std::sync::Arc;

use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_files::folder::MANIFEST;
use dtao_files::input::Source;
use dtao_sweep::manifest::Manifest;
use dtao_sweep::plan::{Changes, Plan};
use dtao_sweep::schema;
use dtao_sweep::seeds::Seeds;
use dtao_sweep::{Beginning, Ending, Format, Settings, Watch};
use pyo3::prelude::*;

use crate::errors::{self, RunError};
use crate::run::{Tables, options, read_tables};
use crate::work::{Task, apart, jobs as number_of_jobs, stopped};

/// Tells the task how far the sweep is.
struct Watcher<'t>(&'t Task);

impl Watch for Watcher<'_> {
    fn begins(&self, due: u64, made: u64, _: u64) {
        self.0.begins(due, made);
    }

    fn made(&self, _: bool) {
        self.0.add(1);
    }

    fn note(&self, _: &str) {}

    fn progress(&self) -> Progress {
        self.0.progress()
    }
}

/// Makes a sweep: what it came to and its manifest, both as JSON, and its tables.
#[pyfunction]
#[pyo3(signature = (sweep, seeds, set, jobs, audit, out, resume, force, parquet, progress))]
pub(crate) fn sweep(
    py: Python<'_>,
    sweep: &str,
    seeds: Option<&str>,
    set: Vec<String>,
    jobs: Option<usize>,
    audit: bool,
    out: Option<PathBuf>,
    resume: bool,
    force: bool,
    parquet: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, String, Tables)> {
    let path = dtao_cli::sweep(sweep).map_err(errors::InputError::new_err)?;
    let seeds: Option<Seeds> = seeds.map(str::parse).transpose().map_err(errors::InputError::new_err)?;
    let changes = Changes { scenario: None, seeds, set: &set };
    let plan = py
        .detach(|| {
            Source::read(&path).and_then(|source| Plan::changed(source, &changes, Arc::<Library>::default()))
        })
        .map_err(|error| errors::input(&error))?;
    let settings = Settings {
        jobs: number_of_jobs(jobs)?,
        beginning: Beginning::asked(resume, force),
        shard: None,
        audit: options(0, audit).audit,
        format: if parquet { Format::CsvAndParquet } else { Format::Csv },
    };
    let scratch = if out.is_none() { Some(tempfile::tempdir()?) } else { None };
    let folder = out.or_else(|| scratch.as_ref().map(|scratch| scratch.path().join("sweep")));
    let folder = folder.expect("one of the two");
    apart(py, &Task::default(), progress.as_ref(), |task| {
        let ending = dtao_sweep::sweep(&plan, &folder, &settings, &Watcher(task));
        let report = match ending.map_err(|error| errors::sweep(&error))? {
            Ending::Complete(report) | Ending::Shard(report) => report,
            Ending::Stopped(_) => return Err(stopped()),
        };
        let report = serde_json::to_string(&report).map_err(|error| RunError::new_err(error.to_string()))?;
        let text = std::fs::read_to_string(folder.join(MANIFEST))?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| RunError::new_err(error.to_string()))?;
        let tables = read_tables(&folder, |table| schema::of_table(&manifest, table))?;
        Ok((report, text, tables))
    })?
}
