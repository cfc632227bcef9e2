//! A scenario as a function: quantities in, outcomes out.
#![expect(clippy::needless_pass_by_value, reason = "Python gives its arguments by value")]

use std::path::PathBuf;

use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::{Progress, each_more, run};
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use dtao_files::input::suggest;
use pyo3::prelude::*;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::errors::{InputError, failure, input};
use crate::run::options;
use crate::work::{Task, apart, jobs as number_of_jobs, stopped};

/// A scenario whose quantities are set anew for each run.
#[pyclass(module = "dtao._dtao", frozen)]
pub(crate) struct Simulator {
    scenario: PathBuf,
    /// What is set in every run.
    set: Vec<String>,
    /// Paths, each with the value's text, which has `{}` in place of the number.
    quantities: Vec<(String, String)>,
    outcomes: Vec<String>,
    library: Library,
}

impl Simulator {
    fn load(&self, theta: &[f64]) -> PyResult<Loaded> {
        let mut set = self.set.clone();
        set.extend(
            self.quantities
                .iter()
                .zip(theta)
                .map(|((path, text), number)| format!("{path}={}", text.replace("{}", &number.to_string()))),
        );
        Loaded::read_from(&self.library, &self.scenario, &set, LaunchSubnets::Needed)
            .map_err(|error| input(&error))
    }

    fn outcomes_of(&self, theta: &[f64], seed: u64, task: &Task) -> PyResult<Vec<f64>> {
        if task.progress() == Progress::Stop {
            return Err(stopped());
        }
        let loaded = self.load(theta)?;
        let go_on = |_: u64| task.progress();
        let summary = run(&loaded, options(seed, false), None, &mut each_more(&go_on))
            .map_err(|error| failure(&error))?;
        if summary.interrupted {
            return Err(stopped());
        }
        let outcome = |name: &String| summary.metrics.get(name).copied().flatten().unwrap_or(f64::NAN);
        task.add(1);
        Ok(self.outcomes.iter().map(outcome).collect())
    }
}

#[pymethods]
impl Simulator {
    /// Reads the scenario with the first values of all quantities, so that what is wrong is told at once.
    #[new]
    fn new(
        py: Python<'_>,
        scenario: &str,
        quantities: Vec<(String, String)>,
        first: Vec<f64>,
        outcomes: Vec<String>,
        set: Vec<String>,
    ) -> PyResult<Self> {
        let scenario = crate::scenario(scenario)?;
        let simulator = Self { scenario, set, quantities, outcomes, library: Library::default() };
        let loaded = py.detach(|| simulator.load(&first))?;
        let metrics: Vec<&String> = loaded.scenario.metrics.keys().collect();
        match simulator.outcomes.iter().find(|name| !metrics.contains(name)) {
            None => Ok(simulator),
            Some(name) => {
                let help = suggest(name, &metrics, "metrics")
                    .map_or_else(String::new, |help| format!("\n  help: {help}"));
                Err(InputError::new_err(format!("the scenario has no metric `{name}`{help}")))
            }
        }
    }

    /// Runs the scenario once for each row of quantities, with its seed; an outcome that is not reached is not a number.
    #[pyo3(signature = (theta, seeds, jobs, progress))]
    fn simulate(
        &self,
        py: Python<'_>,
        theta: Vec<Vec<f64>>,
        seeds: Vec<u64>,
        jobs: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<Vec<f64>>> {
        let pool = ThreadPoolBuilder::new().num_threads(number_of_jobs(jobs)?.get()).build();
        let pool = pool.map_err(|error| InputError::new_err(format!("jobs: {error}")))?;
        let task = Task::of(theta.len() as u64);
        apart(py, &task, progress.as_ref(), |task| {
            pool.install(|| {
                let rows = theta.par_iter().zip(&seeds);
                rows.map(|(row, &seed)| self.outcomes_of(row, seed, task)).collect::<PyResult<Vec<_>>>()
            })
        })?
    }
}
