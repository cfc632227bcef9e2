//! Searches for the attack that gains most: short programs of calls, tried in a scenario's world.
//!
//! ```text
//! scenario + attacker -> World -> Evaluator: runs on paired seeds, less the best honest use of the same capital
//! Grid (rung 0), Grammar (random programs, mutations) -> race -> Archive -> shrink -> fresh seeds, Holm, auditor -> Report
//! ```
//! What is found depends on the scenario, the question and the number of runs alone, for any number of threads and however often the
//! search was interrupted. A search finds what it finds: that it found nothing is evidence for as many runs as it made, and no proof.

mod against;
mod archive;
mod asked;
mod evaluate;
mod finish;
pub mod folder;
mod grammar;
mod grid;
mod journal;
mod kind;
mod mutate;
pub mod nulls;
mod numbers;
mod prepared;
mod race;
pub mod respond;
mod search;
mod seeds;
mod shrink;
pub mod table;
mod until;
mod world;
mod worth;
pub mod written;

use std::num::NonZeroUsize;

use dtao_agents::program::Program;
use dtao_compare::rules::Rule;
use dtao_experiment::run::Progress;
use dtao_files::folder::FolderError;
use dtao_files::input::InputError;
use dtao_protocol::units::{Netuid, Tao};

pub use evaluate::Broken;
pub use finish::{Attack, LEVEL, MOST, Made};
pub use kind::Kind;
pub use prepared::{Elsewhere, Prepared, Report, Searched};
pub use seeds::MOST_SEED;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// What the attacker has at the start, in free TAO.
    pub budget: Tao,
    /// What it wants.
    pub goal: Goal,
    /// How many accounts it may have, from 1 to 3; they share the budget equally.
    pub accounts: u8,
    /// The calls that are tried, under each rule those of them that it knows; all that it knows if empty.
    pub kinds: Vec<Kind>,
    /// The subnets that new programs are about, besides root and those that they register; all of them if empty.
    pub subnets: Vec<Netuid>,
    /// Programs that the search begins with, of these calls and as many accounts.
    pub seeded: Vec<Program>,
    /// The names of these programs, if none is searched for and they alone are tried, under every rule: see [`table`]. Otherwise none.
    pub names: Vec<String>,
    /// Rules under which the attacks are replayed, and which are searched as well.
    pub against: Vec<Rule>,
    /// Whether those who trade answer to what is found.
    pub others: Others,
    /// The seed of the search, at most [`MOST_SEED`].
    pub seed: u64,
    /// How new programs are made.
    pub method: Method,
    /// When the search ends.
    pub effort: Effort,
    /// How many runs are made at once.
    pub jobs: NonZeroUsize,
}

impl Question {
    /// What one account gains, by all calls and from seed 0, found by the search itself; one run is made at a time.
    #[must_use]
    pub const fn new(budget: Tao, effort: Effort) -> Self {
        Self {
            budget,
            goal: Goal::Profit,
            accounts: 1,
            kinds: vec![],
            subnets: vec![],
            seeded: vec![],
            names: vec![],
            against: vec![],
            others: Others::Asleep,
            seed: 0,
            method: Method::Search,
            effort,
            jobs: NonZeroUsize::MIN,
        }
    }
}

/// What the scenario's own rule is called in tables.
pub const OWN: &str = "own";

/// What an attacker wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// TAO after selling everything, less what the best honest use of the same capital comes to with the same seed.
    Profit,
    /// What all others lose, in TAO for each TAO of the budget.
    Damage,
    /// The part of the emission that stands behind its alpha at the end, less the most of an honest use.
    Share,
}

impl Goal {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profit => "profit",
            Self::Damage => "damage",
            Self::Share => "share",
        }
    }
}

/// What those who trade do when they are attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// What they do anyway.
    Asleep,
    /// Each attack that is reported is told once more after they have answered it: see [`respond`].
    Answer,
}

/// How new programs are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// From a grid and from the archive of the best of every kind.
    Search,
    /// At random: what the search must be better than.
    Random,
    /// By changing the best one: the other baseline.
    HillClimbing,
}

impl Method {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Random => "random",
            Self::HillClimbing => "hill-climbing",
        }
    }
}

/// When a search ends: after a batch, or between two rounds of tuning. What it has found is then shortened and confirmed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effort {
    /// When so many runs were made.
    Evaluations(u64),
    /// When so many minutes have passed; the report says with how many runs it can be repeated.
    Minutes(f64),
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// A file or an argument is wrong.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Threads cannot be started.
    #[error("{jobs} runs at once: {why}")]
    Threads {
        /// The number of threads asked for.
        jobs: usize,
        /// Why not.
        why: String,
    },
    /// The scenario breaks an invariant of the simulator while the attacker only holds TAO, root or an index.
    #[error("the scenario without an attack, seed {seed}: {why}")]
    Scenario {
        /// With which seed.
        seed: u64,
        /// What broke.
        why: String,
    },
}

/// Whether a search goes on. It is told how many more runs begin; none if it is asked in the middle of one.
pub type Watch<'a> = &'a (dyn Fn(u64) -> Progress + Sync);
