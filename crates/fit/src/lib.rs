//! What is not known of a scenario, and what recorded facts say of it.
//!
//! ```text
//! sweep over wide priors (kept) -> runs nearest to the facts -> corrected by a plane -> posterior
//!                                  each run in turn as the truth -> coverage, contraction, confusion
//! ```
//! A reference table is a sweep's folder: every run with what was drawn for it. Facts, mechanisms and answers are named in a
//! file of their own, so one table serves many questions. Everything is a function of the two.

mod abc;
pub mod answers;
pub mod file;
pub mod folder;
mod linear;
mod models;
mod posterior;
mod prepared;
mod reading;
pub mod scores;
pub mod sensitivity;
pub mod table;
pub mod written;

use serde::Serialize;

pub use models::{Confusion, Telling, Weight};
pub use posterior::{Belief, Believed, CALIBRATED, Calibration, IDENTIFIED};
use prepared::Prepared;
pub use reading::{Read, TableError, read};
use table::{FactSet, Table};

/// How a table is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The part of the runs that are kept as the nearest.
    pub accept: f64,
    /// How many synthetic truths each mechanism is tested with.
    pub truths: usize,
}

/// What one set of facts says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings {
    /// The set's name.
    pub facts: String,
    /// The mechanisms' weights.
    pub weights: Vec<Weight>,
    /// What truths of each mechanism are taken for.
    pub confusion: Vec<Confusion>,
    /// Every quantity before and after.
    pub believed: Vec<Believed>,
    /// How far that can be trusted.
    pub calibration: Vec<Calibration>,
    /// Which outcome would tell the mechanisms apart.
    pub telling: Vec<Telling>,
}

/// Fits a table to a set of facts.
#[must_use]
pub fn fit(table: &Table, set: &FactSet, settings: &Settings) -> Findings {
    let prepared = Prepared::new(table, set);
    Findings {
        facts: set.name.clone(),
        weights: models::weights(&prepared, settings),
        confusion: models::confusion(&prepared, settings),
        believed: prepared
            .models
            .iter()
            .flat_map(|model| posterior::beliefs(&prepared, model, settings))
            .collect(),
        calibration: prepared
            .models
            .iter()
            .flat_map(|model| posterior::calibration(model, settings))
            .collect(),
        telling: models::telling(table, set, &prepared, settings),
    }
}
