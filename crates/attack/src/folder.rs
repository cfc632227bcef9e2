//! A search's folder: tables of what was found, a scenario for each attack, and while it lasts the journals of its runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dtao_engine::random::ALGORITHM;
use dtao_experiment::program;
use dtao_experiment::scenario::AsSpec;
use dtao_files::folder::table::{Completed, Tables};
use dtao_files::folder::{Beginning, Folder, FolderError, Kind, Layout, PARTS, Survey};
use dtao_files::input::InputError;
use serde::{Deserialize, Serialize};

use crate::prepared::{Prepared, Report};
use crate::table::Table;
use crate::{AttackError, Effort, Others, written};

const REMEDY: &str = "name another one, go on with --resume, or replace an attack's results with --force";

/// A search's files.
const ATTACK: Layout = Layout {
    kind: Kind::Attack,
    tables: &[
        "attacks.csv",
        "archive.csv",
        "curve.csv",
        "calls.csv",
        "payers.csv",
        "rules.csv",
        "failures.csv",
        "table.csv",
        "table.md",
        "attacks.md",
        "attack_1.ron",
        "attack_2.ron",
        "attack_3.ron",
        "attack_4.ron",
        "attack_5.ron",
    ],
    rows: &["runs"],
    beside: &[],
};

/// A folder that a search is being written to. An earlier result stays until the new one is whole.
#[derive(Debug)]
pub struct AttackFolder {
    folder: Folder,
    manifest: Manifest,
}

/// All that determines a search, and what it came to: `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    dtao: Kind,
    /// The program's commit.
    pub commit: String,
    /// Whether the program was built from exactly that: `clean`, `dirty` or `unknown`.
    pub commit_state: String,
    sources_sha256: String,
    /// The program's version.
    pub version: String,
    random_numbers: String,
    /// What was asked.
    #[serde(flatten)]
    pub asked: Asked,
    /// How many runs end a search; nothing if a time does, or there is none.
    pub evaluations: Option<u64>,
    /// After how many minutes it ends; nothing if a number of runs does, or there is none.
    pub minutes: Option<f64>,
    /// How many runs of programs were made, those that shorten, confirm and replay attacks included.
    #[serde(default)]
    pub made: Option<u64>,
    /// How often the simulator was at fault.
    #[serde(default)]
    pub faults: Option<usize>,
    /// The number of runs that ends each search in the same place, by its rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repeated_by: BTreeMap<String, u64>,
    complete: bool,
    tables: Tables,
}

/// What is asked, except for when it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The scenario's name.
    pub scenario: String,
    /// Its file.
    pub file: String,
    /// What `--set` and `--blocks` changed in it.
    pub assignments: Vec<String>,
    /// The runtime as which another was run, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_spec: Option<AsSpec>,
    files: BTreeMap<String, String>,
    /// What the attacker has at the start, in TAO.
    pub budget: String,
    /// The name of the goal.
    pub goal: String,
    /// How many accounts the attacker may have.
    pub accounts: u8,
    /// The calls that were asked for; all that a world's rules know if empty.
    pub ops: Vec<String>,
    /// The subnets that were asked for; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<u16>,
    /// The calls that are tried under the scenario's own rules.
    pub calls: Vec<String>,
    /// The name of the method.
    pub method: String,
    /// The programs that it began with.
    pub seeded: Vec<String>,
    /// The names of these programs, if they alone were tried, under every rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Whether those who trade answer to what is found.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub respond: bool,
    /// The other rules.
    pub against: Vec<String>,
    /// The seed of the search.
    pub seed: u64,
    resolved_scenario: String,
}

/// What is in the folder of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing that counts, or a search that was begun.
    Due,
    /// The same search, with its results.
    Complete {
        /// How often the simulator was at fault in it.
        faults: usize,
    },
}

impl AttackFolder {
    /// Claims a folder for a search, and says what is there already.
    ///
    /// # Errors
    /// If the folder holds something else, or another search that is to go on; if it cannot be written.
    pub fn open(
        path: &Path,
        prepared: &Prepared,
        beginning: Beginning,
    ) -> Result<(Self, Found), AttackError> {
        let manifest = Manifest::of(prepared);
        if beginning != Beginning::Resuming {
            let (folder, _) = Folder::claim(path, &ATTACK, beginning, REMEDY, &text(&manifest))?;
            return Ok((Self { folder, manifest }, Found::Due));
        }
        let check = |survey: &Survey| -> Result<Found, AttackError> {
            survey.refuse_foreign(&ATTACK)?;
            // What was begun is gone on with; an earlier result may be about something else, and stays until this one is whole.
            let begun = survey.unfinished.iter().map(|claims| (claims, "parts/manifest.json"));
            let whole = survey.whole.iter().map(|claims| (claims, "manifest.json"));
            if let Some((claims, file)) = begun.chain(whole).next() {
                let there: Result<Manifest, _> = serde_json::from_str(&claims.text);
                let there = there.map_err(|error| FolderError::Damaged {
                    path: path.join(file),
                    what: error.to_string(),
                })?;
                manifest.refuse_other(&there, path)?;
            }
            let whole = survey.whole.is_some() && survey.unfinished.is_none();
            let faults =
                survey.whole.iter().filter_map(|claims| serde_json::from_str::<Manifest>(&claims.text).ok());
            let faults = faults.filter_map(|manifest| manifest.faults).sum();
            Ok(if whole { Found::Complete { faults } } else { Found::Due })
        };
        let (folder, found) = Folder::open(path, &ATTACK, check)?;
        folder.remove_partial()?;
        if found == Found::Due {
            folder.begin(&text(&manifest))?;
        }
        Ok((Self { folder, manifest }, found))
    }

    /// Where journals of runs are kept.
    #[must_use]
    pub fn journals(&self) -> PathBuf {
        self.folder.path().join(PARTS)
    }

    /// Completes the result, and replaces an earlier one by it.
    ///
    /// # Errors
    /// If a file cannot be written; then an earlier result is as it was.
    pub fn complete(&self, prepared: &Prepared, report: &Report) -> Result<(), FolderError> {
        let completed = Completed::default();
        let parts = self.folder.parts();
        for (name, table) in written::tables(report) {
            completed.write_csv(&parts.join(name), &table)?;
        }
        completed.write(&parts.join("attacks.md"), &written::story(prepared, report), None)?;
        for (number, attack) in report.own.attacks.iter().enumerate() {
            let name = format!("attack_{}.ron", number + 1);
            let scenario = written::scenario(prepared, attack, self.folder.path());
            completed.write(&parts.join(name), &scenario, None)?;
        }
        let repeated_by = written::searches(report).map(|(rule, found)| (rule.into(), found.repeated_by));
        self.commit(&completed, (report.evaluations, report.faults()), repeated_by.collect())
    }

    /// Completes a table of attacks by rules, and replaces an earlier result by it.
    ///
    /// # Errors
    /// If a file cannot be written; then an earlier result is as it was.
    pub fn complete_table(&self, prepared: &Prepared, table: &Table) -> Result<(), FolderError> {
        let completed = Completed::default();
        let parts = self.folder.parts();
        for (name, rows) in written::table::tables(table) {
            completed.write_csv(&parts.join(name), &rows)?;
        }
        completed.write(&parts.join("table.md"), &written::table::markdown(prepared, table), None)?;
        self.commit(&completed, (table.evaluations, table.faults()), BTreeMap::new())
    }

    /// Writes the manifest, and moves the files to where they belong.
    fn commit(
        &self,
        completed: &Completed,
        (made, faults): (u64, usize),
        repeated_by: BTreeMap<String, u64>,
    ) -> Result<(), FolderError> {
        let (made, faults, tables) = (Some(made), Some(faults), completed.tables());
        let manifest =
            Manifest { complete: true, made, faults, repeated_by, tables, ..self.manifest.clone() };
        self.folder.commit(&text(&manifest))
    }
}

impl Manifest {
    fn of(prepared: &Prepared) -> Self {
        let (own, question) = (prepared.own(), prepared.question());
        let (evaluations, minutes) = match question.effort {
            _ if !question.names.is_empty() => (None, None),
            Effort::Evaluations(most) => (Some(most), None),
            Effort::Minutes(minutes) => (None, Some(minutes)),
        };
        Self {
            dtao: Kind::Attack,
            commit: program::COMMIT.into(),
            commit_state: program::COMMIT_STATE.into(),
            sources_sha256: program::SOURCES.into(),
            version: program::VERSION.into(),
            random_numbers: ALGORITHM.into(),
            asked: Asked {
                scenario: own.name.clone(),
                file: own.source.path.display().to_string(),
                assignments: own.assignments.clone(),
                as_spec: own.as_spec.clone(),
                files: own.files.clone(),
                budget: question.budget.to_string(),
                goal: question.goal.name().into(),
                accounts: question.accounts,
                ops: prepared.question().kinds.iter().map(|kind| kind.name().into()).collect(),
                subnets: question.subnets.iter().map(|netuid| netuid.0).collect(),
                calls: prepared.kinds().iter().map(|kind| kind.name().into()).collect(),
                method: question.method.name().into(),
                seeded: question.seeded.iter().map(written::program).collect(),
                names: question.names.clone(),
                respond: question.others == Others::Answer,
                against: question.against.iter().map(|rule| rule.name.clone()).collect(),
                seed: question.seed,
                resolved_scenario: own.scenario.text(),
            },
            evaluations,
            minutes,
            made: None,
            faults: None,
            repeated_by: BTreeMap::new(),
            complete: false,
            tables: Tables::new(),
        }
    }

    /// Refuses to go on with another search than the one that is asked for.
    fn refuse_other(&self, there: &Self, path: &Path) -> Result<(), AttackError> {
        let same_program = there.sources_sha256 == self.sources_sha256;
        let what = match () {
            () if !same_program => "the search there was begun by another build of the program",
            () if there.asked != self.asked => "the search there is about something else",
            () if (there.evaluations, there.minutes) != (self.evaluations, self.minutes) => {
                "the search there ends at another time"
            }
            () => return Ok(()),
        };
        let help = "ask for what was asked there, name another folder, or begin anew with --force";
        let argument = format!("--resume {}", path.display());
        Err(InputError::file(argument, what, Some(help.into())).into())
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain data") + "\n"
}
