//! The reference table: runs of each mechanism with what was drawn, what came out, and what they answer.

use std::collections::BTreeMap;

use dtao_statistics::Support;
use serde::{Deserialize, Serialize};

/// The runs of all mechanisms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The mechanisms, in the order of the file.
    pub models: Vec<Model>,
}

/// The runs of one mechanism.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// How many draws there are.
    pub runs: usize,
    /// By run, which draw it is of: its point and seed. Runs of one draw in several models share much of their chance, so that they are
    /// not independent.
    pub draws: Vec<Draw>,
    /// By outcome: a value for each draw, or nothing where the run did not reach it.
    pub outcomes: BTreeMap<String, Vec<Option<f64>>>,
    /// What is not known of it.
    pub quantities: Vec<Quantity>,
}

/// A point of the design, and a seed.
pub type Draw = (u64, u64);

/// Something that is not known: a number that was drawn, or an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Which of the two.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// A value for each draw.
    pub values: Vec<Option<f64>>,
    /// Which values it can take.
    pub support: Support,
}

/// What a quantity is in the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It was drawn before the run.
    Parameter,
    /// It was computed from runs.
    Answer,
}

impl Role {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Answer => "answer",
        }
    }
}

/// Something that was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The outcome that says the same of a run.
    pub outcome: String,
    /// What was recorded.
    pub recorded: f64,
    /// On which scale runs are near to it.
    pub scale: Scale,
}

/// On which scale distances of a fact are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// Its own.
    Linear,
    /// That of its logarithm: for what is above 0, such as prices and amounts. A run that is at 0 or below has no such fact.
    Log,
}

impl Scale {
    pub(crate) fn of(self, value: f64) -> Option<f64> {
        let value = match self {
            Self::Linear => value,
            Self::Log if value > 0.0 => libm::log(value),
            Self::Log => return None,
        };
        value.is_finite().then_some(value)
    }

    pub(crate) fn back(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => libm::exp(value),
        }
    }
}

/// Facts that are used together.
#[derive(Clone, Debug, PartialEq)]
pub struct FactSet {
    /// Its name.
    pub name: String,
    /// The facts.
    pub facts: Vec<Fact>,
}
