//! One trade in one pool: what it pays, what it costs, and what becomes of the pool.
//!
//! A [`Question`] names a pool, among the pools of a market, and what is done in it. It is made a scenario, which is run: without
//! the trade, with it, and with trades at random beside it. So whatever is answered is what `dtao run` of that scenario gives.

pub mod answer;
pub mod course;
pub mod import;
pub mod market;
pub mod question;
pub mod scenario;
pub mod shipped;
mod text;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use dtao_engine::run::RunError;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use dtao_files::input::{InputError, Source};
use rayon::prelude::*;

use crate::answer::Answer;
use crate::course::{Course, Until};
use crate::market::Market;
use crate::question::Question;
use crate::scenario::{Files, NOISE, WITHOUT};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// A file is wrong.
    #[error(transparent)]
    Input(#[from] InputError),
    /// What is asked cannot be: what is wrong, and what would be right.
    #[error("{message}")]
    Question {
        /// What is wrong.
        message: String,
        /// What would be right.
        help: String,
    },
    /// A run failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl PoolError {
    pub(crate) fn question(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Question { message: message.into(), help: help.into() }
    }
}

/// An answer, and the files of the scenario that gave it.
#[derive(Debug)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// The scenario's files.
    pub files: Files,
}

/// Answers a question; nothing if it was stopped. `progress` is told how many more blocks are made; `early` the answer as it is before
/// trades at random are tried: all but how long these take to bring the pool back.
///
/// # Errors
/// If a file that it names is wrong, or what it asks for cannot be done in the pool.
pub fn ask(
    question: &Question,
    jobs: NonZeroUsize,
    progress: &(dyn Fn(u64) -> Progress + Sync),
    early: &dyn Fn(&Answer),
) -> Result<Option<Reply>, PoolError> {
    let market = Market::of(question)?;
    let files = Files::of(question, &market)?;
    let library = Library::default();
    library.put(Source::new(files.path.clone(), files.scenario.clone()));
    library.put_pools(&files.table_path(), files.table.clone().into_bytes())?;
    let read =
        |assignments: &[String]| Loaded::read_from(&library, &files.path, assignments, LaunchSubnets::Needed);
    let (with, without) = (read(&[])?, read(&[WITHOUT.to_owned()])?);
    let noisy = read(&[format!("{NOISE}={}", files.noise)])?;

    let stopped = AtomicBool::new(false);
    let progress = |blocks: u64| {
        if progress(blocks) == Progress::Stop {
            stopped.store(true, Ordering::Relaxed);
        }
        if stopped.load(Ordering::Relaxed) { Progress::Stop } else { Progress::Continue }
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build();
    let pool = pool.map_err(|error| {
        PoolError::question(format!("{jobs} threads cannot be started: {error}"), "ask for fewer with --jobs")
    })?;
    let courses = |runs: &[(&Loaded, u64)], until: Until| -> Result<Option<Vec<Course>>, RunError> {
        let run = |&(loaded, seed): &(&Loaded, u64)| {
            Course::of(loaded, files.subnet, seed, files.end_of_trade, until, &progress)
        };
        let courses = pool.install(|| runs.par_iter().map(run).collect::<Result<Vec<Course>, _>>())?;
        Ok((!stopped.load(Ordering::Relaxed)).then_some(courses))
    };
    let Some(quiet) = courses(&[(&with, 1), (&without, 1)], Until::End)? else { return Ok(None) };
    let [with_trade, without_trade] = &quiet[..] else { unreachable!("two runs are without noise") };
    let answer = |noisy: &[Course]| {
        let (end, both) = (files.end_of_trade, (with_trade, without_trade));
        Answer::of(question, &market, end, &with.origins, both, noisy)
    };
    // Trades at random take most of the time, and tell nothing of the trade itself.
    early(&answer(&[])?);
    let seeds: Vec<(&Loaded, u64)> = (1..=question.seeds).map(|seed| (&noisy, seed)).collect();
    let Some(noisy) = courses(&seeds, Until::AllIsBack)? else { return Ok(None) };
    let answer = answer(&noisy)?;
    let files = files.with_metrics(&answer);
    Ok(Some(Reply { answer, files }))
}
