//! A comparison's folder: the table for programs and for people, and the manifest that says what determined it.

use std::collections::BTreeMap;
use std::path::Path;

use dtao_engine::random::ALGORITHM;
use dtao_experiment::program;
use dtao_experiment::scenario::AsSpec;
use serde::Serialize;

use crate::table::Comparison;
use crate::{OwnMetrics, Prepared, written};
use dtao_files::folder::table::{Completed, Digest, Tables};
use dtao_files::folder::{Beginning, Folder, FolderError, Kind, Layout, MANIFEST};

const CSV: &str = "comparison.csv";
const MARKDOWN: &str = "comparison.md";
const JSON: &str = "comparison.json";

/// A comparison's files.
const COMPARISON: Layout =
    Layout { kind: Kind::Comparison, tables: &[CSV, MARKDOWN, JSON], rows: &[], beside: &[] };

/// A folder that a comparison is being written to. An earlier result stays until the new one is whole.
#[derive(Debug)]
pub struct ComparisonFolder {
    folder: Folder,
    manifest: Manifest,
}

/// All that determines a comparison.
#[derive(Clone, Debug, Serialize)]
struct Manifest {
    dtao: Kind,
    commit: &'static str,
    commit_state: &'static str,
    sources_sha256: &'static str,
    version: &'static str,
    random_numbers: &'static str,
    #[serde(flatten)]
    of: Of,
    complete: bool,
    tables: Tables,
}

/// What is compared.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Of {
    /// Rules of a scenario.
    Rules {
        scenario: String,
        file: String,
        assignments: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        as_spec: Option<AsSpec>,
        files: BTreeMap<String, String>,
        rules: Vec<String>,
        #[serde(skip_serializing_if = "is_one")]
        first_seed: u64,
        seeds: u64,
        outcomes: Vec<String>,
        /// As they were asked for; none if all that are ready were.
        asked: Vec<String>,
        /// Whether the scenario's own metrics were reported besides.
        own_metrics: bool,
        attackers: Vec<String>,
        flow: Option<String>,
        resolved_scenario: String,
    },
    /// Arms of a sweep.
    Arms { sweep: String, sweep_manifest_sha256: String, base: Option<String>, outcomes: Vec<String> },
}

/// Whether seeds begin where they do unless it is said.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_one(first_seed: &u64) -> bool {
    *first_seed == 1
}

impl ComparisonFolder {
    /// Claims a folder for a comparison of rules.
    ///
    /// # Errors
    /// If the folder holds something else, or cannot be written.
    pub fn of_rules(path: &Path, prepared: &Prepared, beginning: Beginning) -> Result<Self, FolderError> {
        let (own, question) = (prepared.own(), prepared.question());
        let of = Of::Rules {
            scenario: own.name.clone(),
            file: own.source.path.display().to_string(),
            assignments: own.assignments.clone(),
            as_spec: own.as_spec.clone(),
            files: own.files.clone(),
            rules: question.rules.iter().map(|rule| rule.name.clone()).collect(),
            first_seed: question.first,
            seeds: question.seeds,
            outcomes: prepared.outcomes.iter().map(|outcome| outcome.name.clone()).collect(),
            asked: question.outcomes.clone(),
            own_metrics: question.own_metrics == OwnMetrics::Reported,
            attackers: question.attackers.clone(),
            flow: question.flow.clone(),
            resolved_scenario: own.scenario.text(),
        };
        Self::open(path, of, beginning)
    }

    /// Claims a folder for a comparison of a sweep's arms.
    ///
    /// # Errors
    /// If the folder holds something else, or cannot be written; if the sweep has no manifest.
    pub fn of_arms(
        path: &Path,
        sweep: &Path,
        base: Option<&str>,
        outcomes: &[String],
        beginning: Beginning,
    ) -> Result<Self, FolderError> {
        let of = Of::Arms {
            sweep: sweep.display().to_string(),
            sweep_manifest_sha256: Digest::of_file(&sweep.join(MANIFEST), None)?.sha256,
            base: base.map(str::to_owned),
            outcomes: outcomes.to_vec(),
        };
        Self::open(path, of, beginning)
    }

    fn open(path: &Path, of: Of, beginning: Beginning) -> Result<Self, FolderError> {
        let manifest = Manifest {
            dtao: Kind::Comparison,
            commit: program::COMMIT,
            commit_state: program::COMMIT_STATE,
            sources_sha256: program::SOURCES,
            version: program::VERSION,
            random_numbers: ALGORITHM,
            of,
            complete: false,
            tables: Tables::new(),
        };
        let remedy = "name another one, or replace a comparison's results with --force";
        let (folder, _) = Folder::claim(path, &COMPARISON, beginning, remedy, &text(&manifest))?;
        Ok(Self { folder, manifest })
    }

    /// Completes the result, and replaces an earlier one by it.
    ///
    /// # Errors
    /// If a file cannot be written; then an earlier result is as it was.
    pub fn complete(&self, comparison: &Comparison) -> Result<(), FolderError> {
        let completed = Completed::default();
        let rows = comparison.rows.len() as u64;
        let tables = [
            (CSV, written::csv(comparison), Some(rows)),
            (MARKDOWN, written::markdown(comparison), None),
            (JSON, text(comparison), None),
        ];
        for (name, text, rows) in tables {
            completed.write(&self.folder.parts().join(name), &text, rows)?;
        }
        let manifest = Manifest { complete: true, tables: completed.tables(), ..self.manifest.clone() };
        self.folder.commit(&text(&manifest))
    }

    /// Drops what was begun, so that an earlier result, or nothing, is there.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn drop_work(&self) -> Result<(), FolderError> {
        self.folder.remove_partial()?;
        self.folder.drop_work()
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain data") + "\n"
}
