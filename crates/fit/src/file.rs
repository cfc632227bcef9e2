//! Fit files: which facts, mechanisms and answers of a sweep are asked for.

use std::path::{Path, PathBuf};

use dtao_experiment::scenario::Expectation;
use dtao_files::input::{InputError, Source, locate, names, ron_file, suggest};
use dtao_sweep::file::Ordered;
use dtao_sweep::plan::Plan;
use serde::{Deserialize, Serialize};

use crate::answers::Answer;
use crate::table::{Fact, FactSet, Scale};

/// A fit, as a file describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// One or two sentences on the question.
    pub about: String,
    /// The sweep whose runs are the reference table, relative to this file.
    pub sweep: PathBuf,
    /// The mechanisms that are weighed against each other, equally probable before.
    pub models: Ordered<Arms>,
    /// Sets of facts; they are used one set after the other. None for a sweep that only asks what the answers depend on.
    #[serde(default)]
    pub facts: Ordered<Ordered<Known>>,
    /// The mechanism that the others are scored against. With one nothing is fitted.
    #[serde(default)]
    pub opponent: Option<String>,
    /// What is asked.
    #[serde(default)]
    pub answers: Ordered<Answer>,
}

/// On which scale a fact counts, and what was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Known {
    /// Its own scale; what was recorded is in the scenario's `expect`.
    Linear,
    /// That of its logarithm; what was recorded is in the scenario's `expect`.
    Log,
    /// Something that the scenario does not expect.
    Recorded {
        /// What was recorded.
        value: f64,
        /// The scale.
        scale: Scale,
    },
}

/// The arms of one mechanism.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arms {
    /// The arm that stands for it.
    pub arm: String,
    /// Other arms with the same draws, by what answers call them.
    #[serde(default)]
    pub others: Ordered<String>,
}

/// A fit that has been read and held against its sweep and the sweep's scenario.
#[derive(Debug)]
pub struct Question {
    /// Its name: the file's, without folder and ending.
    pub name: String,
    /// The file, and its text.
    pub source: Source,
    /// What it says.
    pub fit: Fit,
    /// The sweep.
    pub plan: Plan,
    /// The sets of facts, with what was recorded.
    pub sets: Vec<FactSet>,
}

impl Question {
    /// Reads a fit's file, and the sweep that it names.
    ///
    /// # Errors
    /// If a file is missing or wrong, or names something that is not there.
    pub fn read(path: &Path) -> Result<Self, InputError> {
        let source = Source::read(path)?;
        let fit: Fit = ron_file::parse(&source)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let plan = Plan::read(&folder.join(&fit.sweep), None).map_err(|error| {
            if error.text().is_empty() { error.named_in(&source, "sweep") } else { error }
        })?;
        let sets = sets(&fit, &source, &plan)?;
        check_models(&fit, &source, &plan)?;
        check_answers(&fit, &source, &plan)?;
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Ok(Self { name, source, fit, plan, sets })
    }
}

/// The sets with what was recorded.
fn sets(fit: &Fit, source: &Source, plan: &Plan) -> Result<Vec<FactSet>, InputError> {
    let expected = &plan.base.scenario.expect;
    let set = |(name, facts): (&str, &Ordered<Known>)| {
        let path = format!("facts.{}", locate::quoted(name));
        if let Some((message, help)) = names::fault(name) {
            return Err(InputError::at(source, &path, message, Some(help)));
        }
        if facts.is_empty() {
            let help = "name at least one metric of the scenario's `expect`".to_owned();
            return Err(InputError::at(source, &path, "a set without facts says nothing", Some(help)));
        }
        let fact = |(outcome, &what): (&str, &Known)| {
            let path = format!("{path}.{}", locate::quoted(outcome));
            known(outcome, &plan.outcomes, "outcome", "outcomes", source, &path)?;
            let (scale, recorded) = match what {
                Known::Linear => (Scale::Linear, recorded(expected, outcome)),
                Known::Log => (Scale::Log, recorded(expected, outcome)),
                Known::Recorded { value, scale } => (scale, Some(value)),
            };
            let Some(recorded) = recorded else {
                let metrics: Vec<&str> = expected.iter().map(|expected| expected.metric.as_str()).collect();
                let message = format!("the scenario expects nothing of `{outcome}`, so nothing was recorded");
                let help = suggest(outcome, &metrics, "expected metrics");
                let help = help.or_else(|| Some("write Recorded(value: …, scale: Linear)".to_owned()));
                return Err(InputError::at(source, &path, message, help));
            };
            if scale.of(recorded).is_none() {
                let message =
                    format!("`{outcome}` was recorded as {recorded}, which has no place on this scale");
                return Err(InputError::at(source, &path, message, Some("write Linear".to_owned())));
            }
            Ok(Fact { outcome: outcome.to_owned(), recorded, scale })
        };
        let facts = facts.iter().map(fact).collect::<Result<Vec<_>, InputError>>()?;
        Ok(FactSet { name: name.to_owned(), facts })
    };
    fit.facts.iter().map(set).collect()
}

fn recorded(expected: &[Expectation], outcome: &str) -> Option<f64> {
    expected.iter().find(|expected| expected.metric == outcome).map(|expected| expected.target)
}

fn known<N: AsRef<str>>(
    name: &str,
    all: &[N],
    what: &str,
    whats: &str,
    source: &Source,
    path: &str,
) -> Result<(), InputError> {
    if all.iter().any(|known| known.as_ref() == name) {
        return Ok(());
    }
    let message = format!("the sweep has no {what} `{name}`");
    Err(InputError::at(source, path, message, suggest(name, all, whats)))
}

fn check_models(fit: &Fit, source: &Source, plan: &Plan) -> Result<(), InputError> {
    if fit.models.is_empty() {
        let help = "name at least one: `models: {\"M1\": (arm: \"baseline\")}`".to_owned();
        return Err(InputError::at(source, "models", "there is no mechanism to fit", Some(help)));
    }
    let arms: Vec<&str> = plan.sweep.arms.iter().map(|(name, _)| name).collect();
    for (name, model) in fit.models.iter() {
        let path = format!("models.{}", locate::quoted(name));
        if let Some((message, help)) = names::fault(name) {
            return Err(InputError::at(source, &path, message, Some(help)));
        }
        known(&model.arm, &arms, "arm", "arms", source, &format!("{path}.arm"))?;
        for (other, arm) in model.others.iter() {
            known(arm, &arms, "arm", "arms", source, &format!("{path}.others.{}", locate::quoted(other)))?;
        }
    }
    if let Some(opponent) = &fit.opponent {
        let models: Vec<&str> = fit.models.iter().map(|(name, _)| name).collect();
        if !models.contains(&opponent.as_str()) {
            let message = format!("there is no model `{opponent}`");
            return Err(InputError::at(source, "opponent", message, suggest(opponent, &models, "models")));
        }
    }
    Ok(())
}

fn check_answers(fit: &Fit, source: &Source, plan: &Plan) -> Result<(), InputError> {
    for (name, answer) in fit.answers.iter() {
        let path = format!("answers.{}", locate::quoted(name));
        if let Some((message, help)) = names::fault(name) {
            return Err(InputError::at(source, &path, message, Some(help)));
        }
        for outcome in answer.outcomes() {
            known(outcome, &plan.outcomes, "outcome", "outcomes", source, &path)?;
        }
        let Some(other) = answer.other() else { continue };
        if let Some((model, _)) = fit.models.iter().find(|(_, model)| model.others.get(other).is_none()) {
            let message = format!("the model `{model}` has no other arm `{other}`");
            let help = format!("add it: `others: {{\"{other}\": \"NAME OF AN ARM\"}}`");
            return Err(InputError::at(source, &path, message, Some(help)));
        }
    }
    Ok(())
}
