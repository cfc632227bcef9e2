//! What a file that was checked holds.

use std::path::{Path, PathBuf};

use dtao_experiment::scenario::{Loaded, Origin};
use dtao_fit::file::Question;
use dtao_sweep::plan::Plan;
use serde::Serialize;

/// What a good file holds.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Found {
    /// A scenario.
    Scenario {
        file: PathBuf,
        blocks: u64,
        subnets: usize,
        groups: usize,
        metrics: usize,
        expectations: usize,
        /// Where the parts of a start's state come from.
        start: Vec<Origin>,
    },
    /// A sweep.
    Sweep {
        file: PathBuf,
        #[serde(flatten)]
        size: Size,
    },
    /// A fit.
    Fit { file: PathBuf, mechanisms: usize, sets: usize, answers: usize, sweep: Size },
}

/// How many runs a sweep has, and of what.
#[derive(Debug, Serialize)]
pub(crate) struct Size {
    runs: u64,
    points: u64,
    arms: usize,
    seeds: u64,
    outcomes: usize,
}

impl Size {
    pub fn of(plan: &Plan) -> Self {
        Self {
            runs: plan.runs(),
            points: plan.points.len(),
            arms: plan.sweep.arms.len(),
            seeds: plan.seeds(),
            outcomes: plan.outcomes.len(),
        }
    }

    /// In words.
    pub fn line(&self) -> String {
        let Self { runs, points, arms, seeds, outcomes } = self;
        format!("{runs} runs: {points} point(s) x {arms} arm(s) x {seeds} seed(s), {outcomes} outcome(s)")
    }
}

impl Found {
    pub fn scenario(file: &Path, loaded: &Loaded) -> Self {
        let scenario = &loaded.scenario;
        Self::Scenario {
            file: file.to_owned(),
            blocks: scenario.blocks,
            subnets: loaded
                .checkpoint
                .as_ref()
                .map_or(loaded.subnets.len(), |checkpoint| checkpoint.subnets.len()),
            groups: scenario.agents.len(),
            metrics: scenario.metrics.len(),
            expectations: scenario.expect.len(),
            start: loaded.origins.clone(),
        }
    }

    pub fn sweep(file: &Path, plan: &Plan) -> Self {
        Self::Sweep { file: file.to_owned(), size: Size::of(plan) }
    }

    pub fn fit(file: &Path, question: &Question) -> Self {
        Self::Fit {
            file: file.to_owned(),
            mechanisms: question.fit.models.len(),
            sets: question.sets.len(),
            answers: question.fit.answers.len(),
            sweep: Size::of(&question.plan),
        }
    }

    /// In a line.
    pub fn line(&self) -> String {
        match self {
            Self::Scenario { file, blocks, subnets, groups, metrics, expectations, .. } => format!(
                "{}: good; {blocks} blocks, {subnets} subnets at the start, {groups} groups of agents, {metrics} metrics, \
                 {expectations} expectations",
                file.display()
            ),
            Self::Sweep { file, size } => format!("{}: good; {}", file.display(), size.line()),
            Self::Fit { file, mechanisms, sets, answers, sweep } => format!(
                "{}: good; {mechanisms} mechanism(s), {sets} set(s) of facts, {answers} answer(s) of a sweep of {}",
                file.display(),
                sweep.line()
            ),
        }
    }
}
