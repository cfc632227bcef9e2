//! Rules beside each other: one scenario under several, seed by seed, or the arms of a finished sweep.
//!
//! ```text
//! scenario + rules -> runs -> Column: outcomes by seed, a trace -> Comparison: a row an outcome, a column a rule
//! sweep's runs.csv -------^
//! ```
//! The first column is the scenario as it is. Agents draw the same numbers under each rule, so all others are held against it
//! seed by seed. What comes out depends on the scenario, the list and the seeds alone, for any number of threads.

pub mod arms;
mod asked;
pub mod folder;
mod notes;
pub mod number;
mod prepared;
pub mod rules;
mod table;
mod trace;
mod trial;
mod unmeasured;
pub mod written;

use std::num::NonZeroUsize;

use dtao_experiment::run::{Failure, Progress};
use dtao_files::folder::FolderError;
use dtao_files::input::InputError;

pub use prepared::{Prepared, under};
pub use table::{Comparison, Entry, Header, Likeness, Row};

use rules::Rule;

/// What is asked of a scenario.
#[derive(Clone, Debug)]
pub struct Question {
    /// The rules that are compared with the scenario's own.
    pub rules: Vec<Rule>,
    /// The first seed; usually 1.
    pub first: u64,
    /// How many seeds.
    pub seeds: u64,
    /// The outcomes that are reported, by name; all that are ready to use if empty.
    pub outcomes: Vec<String>,
    /// Whether the scenario's own metrics are reported, too.
    pub own_metrics: OwnMetrics,
    /// Groups whose gain together is reported.
    pub attackers: Vec<String>,
    /// The group whose trades are recorded under the scenario's own rule, and repeated under each.
    pub flow: Option<String>,
    /// How many runs are made at once.
    pub jobs: NonZeroUsize,
}

/// Whether the scenario's own metrics are reported, besides the outcomes that are ready to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnMetrics {
    /// They are.
    Reported,
    /// Only if they are named.
    Named,
}

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A file or an argument is wrong.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A run failed.
    #[error(transparent)]
    Run(#[from] Failure),
    /// Threads cannot be started.
    #[error("{jobs} runs at once: {why}")]
    Threads {
        /// The number of threads asked for.
        jobs: usize,
        /// Why not.
        why: String,
    },
}

/// Whether a comparison goes on. It is told how many more blocks are made.
pub type Watch<'a> = &'a (dyn Fn(u64) -> Progress + Sync);
