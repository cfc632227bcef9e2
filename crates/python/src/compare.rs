//! Rules beside each other.
#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "Python gives its arguments by value, and names each where it is given"
)]

use std::path::PathBuf;

use dtao_compare::folder::ComparisonFolder;
use dtao_compare::{OwnMetrics, Prepared, Question, rules, written};
use dtao_experiment::recorded::library::Library;
use dtao_files::folder::Beginning;
use dtao_sweep::seeds::Seeds;
use pyo3::prelude::*;

use crate::errors::{self, RunError};
use crate::table::{OF_A_RUN, Table};
use crate::work::{Task, apart, jobs as number_of_jobs, stopped};

/// Compares rules: the comparison as JSON and as Markdown, and its table.
#[pyfunction]
#[pyo3(signature = (scenario, rules, seeds, set, outcomes, metrics, attackers, flow, jobs, out, force, progress))]
pub(crate) fn compare(
    py: Python<'_>,
    scenario: &str,
    rules: &str,
    seeds: &str,
    set: Vec<String>,
    outcomes: Vec<String>,
    metrics: bool,
    attackers: Vec<String>,
    flow: Option<String>,
    jobs: Option<usize>,
    out: Option<PathBuf>,
    force: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, String, Table)> {
    let path = crate::scenario(scenario)?;
    let (first, end) = seeds.parse::<Seeds>().map_err(errors::InputError::new_err)?.from(1);
    let question = Question {
        rules: rules::rules(rules).map_err(|error| errors::input(&error))?,
        first,
        seeds: end - first,
        outcomes,
        own_metrics: if metrics { OwnMetrics::Reported } else { OwnMetrics::Named },
        attackers,
        flow,
        jobs: number_of_jobs(jobs)?,
    };
    let prepared = py
        .detach(|| Prepared::read(&Library::default(), &path, &set, question))
        .map_err(|error| errors::input(&error))?;
    let beginning = if force { Beginning::Replacing } else { Beginning::Fresh };
    let folder = out.as_deref().map(|out| ComparisonFolder::of_rules(out, &prepared, beginning)).transpose();
    let folder = folder.map_err(|error| errors::folder(&error))?;
    apart(py, &Task::of(prepared.blocks()), progress.as_ref(), |task| {
        let comparison = match prepared.compare(&|more| task.add(more)) {
            Ok(Some(comparison)) => comparison,
            none => {
                if let Some(folder) = &folder {
                    folder.drop_work().map_err(|error| errors::folder(&error))?;
                }
                return Err(none.err().map_or_else(stopped, |error| errors::compare(&error)));
            }
        };
        let json =
            serde_json::to_string(&comparison).map_err(|error| RunError::new_err(error.to_string()))?;
        let text = written::csv(&comparison);
        let reader = csv::Reader::from_reader(text.as_bytes());
        let table = Table::read("comparison.csv", reader, &OF_A_RUN).map_err(RunError::new_err)?;
        let markdown = written::markdown(&comparison);
        if let Some(folder) = folder {
            folder.complete(&comparison).map_err(|error| errors::folder(&error))?;
        }
        Ok((json, markdown, table))
    })?
}
