//! One run.
#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "Python gives its arguments by value, and names each where it is given"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::{Options, Output, run as run_scenario};
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use dtao_files::folder::Beginning;
use dtao_protocol::era::Spec;
use dtao_sweep::columns::Kind;
use pyo3::prelude::*;

use crate::errors::{InputError, RunError, failure, input};
use crate::table::{OF_A_RUN, Table};
use crate::work::{Task, apart, stopped};

/// Tables by name, without their ending.
pub(crate) type Tables = BTreeMap<String, Table>;

/// Reads a scenario.
pub(crate) fn load(scenario: &Path, set: &[String], as_spec: Option<u16>) -> PyResult<Loaded> {
    let spec = as_spec.map(Spec::try_from).transpose();
    let library = Library::reading_as(spec.map_err(|error| InputError::new_err(error.to_string()))?);
    Loaded::read_from(&library, scenario, set, LaunchSubnets::Needed).map_err(|error| input(&error))
}

/// What a run depends on besides its scenario.
pub(crate) fn options(seed: u64, audit: bool) -> Options {
    Options { seed: RunSeed(seed), audit: if audit { Audit::EveryBlock } else { Audit::Off } }
}

/// Runs a scenario once: the summary as JSON, and the tables that are asked for, from the folder or one that is gone again.
#[pyfunction]
#[pyo3(signature = (scenario, seed, set, as_spec, audit, out, force, tables, progress))]
pub(crate) fn run(
    py: Python<'_>,
    scenario: &str,
    seed: u64,
    set: Vec<String>,
    as_spec: Option<u16>,
    audit: bool,
    out: Option<PathBuf>,
    force: bool,
    tables: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Tables)> {
    let path = crate::scenario(scenario)?;
    let loaded = py.detach(|| load(&path, &set, as_spec))?;
    let task = Task::of(loaded.scenario.blocks);
    let scratch = if out.is_none() && tables { Some(tempfile::tempdir()?) } else { None };
    let folder = out.or_else(|| scratch.as_ref().map(|scratch| scratch.path().join("run")));
    let beginning = if force { Beginning::Replacing } else { Beginning::Fresh };
    apart(py, &task, progress.as_ref(), |task| {
        let output = folder.as_deref().map(|folder| Output { folder, beginning });
        let summary = run_scenario(&loaded, options(seed, audit), output, &mut |made| task.at(made))
            .map_err(|error| failure(&error))?;
        if summary.interrupted {
            return Err(stopped());
        }
        let text = serde_json::to_string(&summary).map_err(|error| RunError::new_err(error.to_string()))?;
        let read = folder.as_deref().filter(|_| tables).map(|folder| read_tables(folder, |_| OF_A_RUN));
        Ok((text, read.transpose()?.unwrap_or_default()))
    })?
}

/// All CSV tables of a folder; `kinds` says of each, by its name without ending, which columns are no plain numbers.
pub(crate) fn read_tables<K: AsRef<[(N, Kind)]>, N: AsRef<str>>(
    folder: &Path,
    kinds: impl Fn(&str) -> K,
) -> PyResult<Tables> {
    let mut tables = Tables::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "csv")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            let table = Table::of(&path, kinds(name).as_ref());
            tables.insert(name.to_owned(), table.map_err(RunError::new_err)?);
        }
    }
    Ok(tables)
}
