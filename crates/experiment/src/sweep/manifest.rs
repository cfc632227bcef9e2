//! All that determines a sweep, and how two sweeps differ.

use std::collections::BTreeMap;

use dtao_engine::random::ALGORITHM;
use dtao_engine::run::Audit;
use dtao_metrics::kind::MetricKind;
use serde::{Deserialize, Serialize};

use super::file::{Design, Until};
use super::plan::{Plan, support};
use super::points::Factor;
use super::rows::Identity;
use super::shard::Shard;
use crate::input::library::sha256;
use crate::statistics::Support;

/// All that determines a sweep: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The sweep's name.
    pub sweep: String,
    /// Its file.
    pub file: String,
    /// What it is about.
    pub about: String,
    /// The program's commit.
    pub commit: String,
    /// Whether the program was built from exactly that: `clean`, `dirty` or `unknown`.
    pub commit_state: String,
    /// SHA-256 of all that the program was built from.
    pub sources_sha256: String,
    /// The program's version.
    pub version: String,
    /// The algorithm of random numbers.
    pub random_numbers: String,
    /// The scenario's file.
    pub scenario: String,
    /// SHA-256 of the scenario's text with the values of `set`.
    pub scenario_sha256: String,
    /// SHA-256 of each file of data that any run reads.
    pub files: BTreeMap<String, String>,
    /// Values that hold in all runs.
    pub set: Vec<String>,
    /// The arms, each with its values.
    pub arms: Vec<Arm>,
    /// What is varied.
    pub factors: Vec<Factor>,
    /// The design.
    pub design: Design,
    /// When a point has seeds enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// The metrics that are reported.
    pub outcomes: Vec<String>,
    /// What each of them is, which decides how sure its mean is said to be.
    pub kinds: BTreeMap<String, MetricKind>,
    /// The first seed, and the first that is not used any more.
    pub seeds: (u64, u64),
    /// Whether all TAO and alpha are recounted after every block.
    pub audited: bool,
    /// How many points there are.
    pub points: u64,
    /// How many runs there are.
    pub runs: u64,
    /// SHA-256 of plan.csv.
    pub plan_sha256: String,
    /// Which part of the runs these are; all of them if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Part>,
    /// Whether all runs have been made.
    pub complete: bool,
}

/// An arm and what it sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its values, as `PATH=VALUE`.
    pub set: Vec<String>,
}

/// A part of a sweep's runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    #[serde(flatten)]
    pub shard: Shard,
    /// SHA-256 of its rows, when it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_sha256: Option<String>,
}

impl Manifest {
    /// The manifest of a plan, before the first run.
    #[must_use]
    pub fn of(plan: &Plan, plan_sha256: String, files: BTreeMap<String, String>, audit: Audit) -> Self {
        let arms = plan
            .sweep
            .arms
            .iter()
            .map(|(name, set)| Arm { name: name.to_owned(), set: plan.as_assignments(set) });
        Self {
            sweep: plan.name.clone(),
            file: plan.source.path.display().to_string(),
            about: plan.sweep.about.clone(),
            commit: env!("DTAO_COMMIT").into(),
            commit_state: env!("DTAO_COMMIT_STATE").into(),
            sources_sha256: env!("DTAO_SOURCES").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            random_numbers: ALGORITHM.into(),
            scenario: plan.scenario.display().to_string(),
            scenario_sha256: sha256(plan.base.source.text.as_bytes()),
            files,
            set: plan.as_assignments(&plan.sweep.set),
            arms: arms.collect(),
            factors: plan.points.factors().to_vec(),
            design: plan.sweep.design.clone(),
            until: plan.sweep.until.clone(),
            outcomes: plan.outcomes.clone(),
            kinds: plan.outcomes.iter().map(|name| (name.clone(), plan.kind(name))).collect(),
            seeds: plan.sweep.seeds,
            audited: audit == Audit::EveryBlock,
            points: plan.points.len(),
            runs: plan.runs(),
            plan_sha256,
            shard: None,
            complete: false,
        }
    }

    /// What the rows of the sweep are marked with.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let all = serde_json::to_vec(&self.parts().map(|(_, value)| value)).expect("plain data");
        Identity { text: sha256(&all), outcomes: self.outcomes.len() }
    }

    /// Which values an outcome can take.
    ///
    /// # Panics
    /// If there is no such outcome.
    #[must_use]
    pub fn support(&self, outcome: &str) -> Support {
        support(self.kinds[outcome])
    }

    /// Whether runs are audited.
    #[must_use]
    pub fn audit(&self) -> Audit {
        if self.audited { Audit::EveryBlock } else { Audit::Off }
    }

    /// What differs, so that runs of the two do not belong together; empty if they do.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let pairs = self.parts().into_iter().zip(other.parts());
        pairs
            .filter(|((_, mine), (_, others))| mine != others)
            .map(|((what, mine), (_, others))| format!("{what} (here {mine}, there {others})"))
            .collect()
    }

    fn parts(&self) -> [(&'static str, String); 10] {
        fn json(value: &impl Serialize) -> String {
            serde_json::to_string(value).expect("plain data")
        }
        [
            ("the plan", self.plan_sha256.clone()),
            ("the commit", format!("{}, {}", self.commit, self.commit_state)),
            ("the program's sources", self.sources_sha256.clone()),
            ("the scenario", self.scenario_sha256.clone()),
            ("the data files", json(&self.files)),
            ("the values of `set`", json(&self.set)),
            ("the arms", json(&self.arms)),
            ("the outcomes", json(&self.outcomes)),
            ("the rule of `until`", json(&self.until)),
            ("the audit", self.audited.to_string()),
        ]
    }
}
