//! All that determines a sweep, and how two sweeps differ.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dtao_engine::random::ALGORITHM;
use dtao_engine::run::Audit;
use dtao_experiment::program;
use dtao_experiment::scenario::AsSpec;
use dtao_files::folder::table::{Digest, Tables};
use dtao_files::folder::{Claims, FolderError, Kind};
use dtao_files::input::sha256;
use dtao_metrics::kind::MetricKind;
use dtao_statistics::Support;
use serde::{Deserialize, Serialize};

use super::analysis::Analysis;
use super::file::{Design, Until};
use super::format::Format;
use super::plan::{Checked, Plan};
use super::points::Factor;
use super::rows::{Identity, ROWS};
use super::series::Series;
use super::shard::Shard;

/// All that determines a sweep: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Whether it is a sweep's or a shard's.
    pub dtao: Kind,
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
    /// The runtime that stands in for those whose rules are not known, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_spec: Option<AsSpec>,
    /// Values that hold in all runs.
    pub set: Vec<String>,
    /// Those of them that the sweep's file does not say, but the command that made the sweep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
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
    /// The quantities that are drawn once per run, by group and field: columns of `runs.csv` after the outcomes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priors: Vec<String>,
    /// The quantities whose values over time are in `series.csv`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Series>,
    /// The first seed (inclusive) and the last (exclusive).
    pub seeds: (u64, u64),
    /// Whether all TAO and alpha are recounted after every block.
    pub audited: bool,
    /// How many points there are.
    pub points: u64,
    /// How many runs there are.
    pub runs: u64,
    /// plan.csv, which shards have beside them.
    pub plan_table: Digest,
    /// points.csv, which shards have beside them.
    pub points_table: Digest,
    /// Which of several shards these runs are; all runs if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Whether all runs have been made, and the tables written.
    pub complete: bool,
    /// The tables, by file name.
    #[serde(default, skip_serializing_if = "Tables::is_empty")]
    pub tables: Tables,
}

/// The seeds of the sweep that a folder holds, complete or not; nothing if it holds none that can be read.
#[must_use]
pub fn seeds_begun(folder: &Path) -> Option<(u64, u64)> {
    #[derive(Deserialize)]
    struct Begun {
        seeds: (u64, u64),
    }
    let read = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).ok()?;
        serde_json::from_str(&text).ok()
    };
    // While it grows, the work under way has more than the tables.
    let Begun { seeds } = read("parts/manifest.json").or_else(|| read("manifest.json"))?;
    Some(seeds)
}

/// An arm and what it sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its values, as `PATH=VALUE`.
    pub set: Vec<String>,
}

impl Manifest {
    /// The manifest of a plan, before the first run.
    #[must_use]
    pub fn of(plan: &Plan, shard: Option<Shard>, checked: Checked, audit: Audit) -> Self {
        let arms = plan
            .sweep
            .arms
            .iter()
            .map(|(name, set)| Arm { name: name.to_owned(), set: plan.as_assignments(set) });
        let (plan_table, points_table) = plan.digests();
        Self {
            dtao: if shard.is_some() { Kind::Shard } else { Kind::Sweep },
            sweep: plan.name.clone(),
            file: plan.source.path.display().to_string(),
            about: plan.sweep.about.clone(),
            commit: program::COMMIT.into(),
            commit_state: program::COMMIT_STATE.into(),
            sources_sha256: program::SOURCES.into(),
            version: program::VERSION.into(),
            random_numbers: ALGORITHM.into(),
            scenario: plan.scenario.display().to_string(),
            scenario_sha256: sha256(plan.base.source.text.as_bytes()),
            files: checked.files,
            as_spec: plan.as_spec(),
            set: plan.as_assignments(&plan.sweep.set),
            given: plan.given.clone(),
            arms: arms.collect(),
            factors: plan.points.factors().to_vec(),
            design: plan.sweep.design.clone(),
            until: plan.sweep.until.clone(),
            outcomes: plan.outcomes.clone(),
            kinds: plan.outcomes.iter().map(|name| (name.clone(), plan.kind(name))).collect(),
            priors: checked.priors.into_iter().collect(),
            series: plan.series.clone(),
            seeds: plan.sweep.seeds,
            audited: audit == Audit::EveryBlock,
            points: plan.points.len(),
            runs: plan.runs(),
            plan_table,
            points_table,
            shard,
            complete: false,
            tables: Tables::new(),
        }
    }

    /// Reads a sweep's or a shard's manifest.
    ///
    /// # Errors
    /// If it is not as a sweep writes it.
    pub fn read(claims: &Claims, path: &Path) -> Result<Self, FolderError> {
        let damaged = |what: String| FolderError::Damaged { path: path.to_owned(), what };
        let manifest: Self =
            serde_json::from_str(&claims.text).map_err(|error| damaged(error.to_string()))?;
        match manifest.outcomes.iter().find(|name| !manifest.kinds.contains_key(*name)) {
            Some(name) => Err(damaged(format!("it does not say of which kind `{name}` is"))),
            None => Ok(manifest),
        }
    }

    /// The manifest as it is written.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }

    /// The manifest of the result, whose tables these are.
    #[must_use]
    pub fn completed(&self, tables: Tables) -> Self {
        Self { complete: true, tables, ..self.clone() }
    }

    /// What the rows of the sweep are marked with.
    #[must_use]
    pub fn identity(&self) -> Identity {
        // All shards' rows are the sweep's.
        let whole = Self { shard: None, ..self.clone() };
        let all = serde_json::to_vec(&whole.parts()).expect("plain data");
        Identity { text: sha256(&all), values: self.values() + self.samples() }
    }

    /// How many values a run has in `runs.csv`: outcomes and priors.
    #[must_use]
    pub fn values(&self) -> usize {
        self.outcomes.len() + self.priors.len()
    }

    /// How many samples a run has of all series.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.series.iter().map(|series| series.samples() as usize).sum()
    }

    /// Which values an outcome can take.
    ///
    /// # Panics
    /// If there is no such outcome.
    #[must_use]
    pub fn support(&self, outcome: &str) -> Support {
        self.kinds[outcome].support()
    }

    /// The tables that a complete sweep or shard has.
    #[must_use]
    pub fn table_names(&self) -> Vec<String> {
        if self.dtao == Kind::Shard {
            return vec![ROWS.into()];
        }
        let mut names: Vec<String> = ["plan.csv", "points.csv"].map(str::to_owned).into();
        let sensitivity = Analysis::of(&self.design).map(|_| "sensitivity");
        let series = (!self.series.is_empty()).then_some("series");
        for name in ["runs", "cells", "failures"].into_iter().chain(sensitivity).chain(series) {
            names.push(format!("{name}.csv"));
            if self.format() == Format::CsvAndParquet {
                names.push(format!("{name}.parquet"));
            }
        }
        names
    }

    /// Which files the tables were written to.
    #[must_use]
    pub fn format(&self) -> Format {
        let parquet = self.tables.keys().any(|name| name.ends_with(".parquet"));
        if parquet { Format::CsvAndParquet } else { Format::Csv }
    }

    /// Whether runs are audited.
    #[must_use]
    pub fn audit(&self) -> Audit {
        if self.audited { Audit::EveryBlock } else { Audit::Off }
    }

    /// The number of one of this sweep's runs in the same sweep with more seeds.
    #[must_use]
    pub fn renumbered(&self, run: u64, now: &Self) -> u64 {
        let seeds = |manifest: &Self| manifest.seeds.1 - manifest.seeds.0;
        let (cell, seed) = (run / seeds(self), self.seeds.0 + run % seeds(self));
        cell * seeds(now) + (seed - now.seeds.0)
    }

    /// All that makes runs of two sweeps belong together.
    pub(super) fn parts(&self) -> [String; 13] {
        fn json(value: &impl Serialize) -> String {
            serde_json::to_string(value).expect("plain data")
        }
        [
            self.plan_table.sha256.clone(),
            self.shard.map_or_else(|| "none".into(), |shard| shard.to_string()),
            format!("{}, {}", self.commit, self.commit_state),
            self.sources_sha256.clone(),
            self.scenario_sha256.clone(),
            json(&self.files),
            json(&self.set),
            json(&self.as_spec.as_ref().map(|stand_in| stand_in.spec)),
            json(&self.arms),
            json(&self.outcomes),
            json(&self.series),
            json(&self.until),
            self.audited.to_string(),
        ]
    }
}
