//! An experiment's folder: its sweeps in folders of their own, and its tables beside them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use dtao_experiment::program;
use dtao_files::folder::table::{Completed, Digest, Tables};
use dtao_files::folder::{Beginning, Claims, Folder, FolderError, Kind, Layout, MANIFEST, Survey};
use dtao_sweep::SweepError;

/// The files of SN28's experiment, and the folders of its sweeps.
pub const SN28: Layout = Layout {
    kind: Kind::Experiment,
    tables: &["validation.csv", "answers.csv"],
    rows: &[],
    beside: &["m1", "m2", "m3", "m4", "m5"],
};

/// Those of the placebo pumps.
pub const PLACEBO: Layout = Layout {
    kind: Kind::Experiment,
    tables: &["pumps.csv", "answers.csv", "forecast.csv"],
    rows: &[],
    beside: &["stays", "leaves"],
};

/// A folder that an experiment is being made in.
#[derive(Debug)]
pub struct ExperimentFolder {
    folder: Folder,
    manifest: Manifest,
    beginning: Beginning,
}

/// All that determines an experiment besides its sweeps, which have manifests of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Manifest {
    dtao: Kind,
    experiment: String,
    commit: String,
    commit_state: String,
    sources_sha256: String,
    version: String,
    /// Seeds of the main sweeps, if they are not the files'.
    seeds: Option<u64>,
    /// Whether earlier results are being replaced, so that sweeps of another build may be, too.
    replaces: bool,
    complete: bool,
    /// SHA-256 of each sweep's manifest, by folder.
    sweeps: BTreeMap<String, String>,
    tables: Tables,
}

impl ExperimentFolder {
    /// Claims a folder for an experiment and begins it, or goes on with it.
    ///
    /// # Errors
    /// If the folder holds something else, or another experiment or build; if it cannot be written.
    pub fn open(
        path: &Path,
        layout: &'static Layout,
        experiment: &str,
        seeds: Option<u64>,
        beginning: Beginning,
    ) -> Result<Self, SweepError> {
        let mut manifest = Manifest {
            dtao: Kind::Experiment,
            experiment: experiment.into(),
            commit: program::COMMIT.into(),
            commit_state: program::COMMIT_STATE.into(),
            sources_sha256: program::SOURCES.into(),
            version: program::VERSION.into(),
            seeds,
            replaces: beginning == Beginning::Replacing,
            complete: false,
            sweeps: BTreeMap::new(),
            tables: Tables::new(),
        };
        let (folder, replaces) =
            Folder::open(path, layout, |survey| manifest.check(survey, layout, beginning))?;
        manifest.replaces |= replaces;
        folder.remove_partial()?;
        folder.begin(&manifest.text())?;
        Ok(Self { folder, manifest, beginning })
    }

    /// What its sweeps do with what their folders hold.
    #[must_use]
    pub fn beginning(&self) -> Beginning {
        self.beginning
    }

    /// Whether a sweep that was made by another build, or is another one, may be replaced.
    #[must_use]
    pub fn replaces(&self) -> bool {
        self.manifest.replaces
    }

    /// Completes the experiment: its tables, each a name and a text with a header, and the sweeps that they are from.
    ///
    /// # Errors
    /// If a table cannot be written; then an earlier one is as it was.
    pub fn complete(&self, tables: &[(&str, &str)], sweeps: &[&Path]) -> Result<(), FolderError> {
        let completed = Completed::default();
        for (name, text) in tables {
            completed.write_csv(&self.folder.parts().join(name), text)?;
        }
        let mut manifest = Manifest { complete: true, tables: completed.tables(), ..self.manifest.clone() };
        manifest.replaces = false;
        for sweep in sweeps {
            let digest = Digest::of_file(&sweep.join(MANIFEST), None)?;
            let name = sweep.strip_prefix(self.folder.path()).unwrap_or(sweep);
            manifest.sweeps.insert(name.display().to_string(), digest.sha256);
        }
        self.folder.commit(&manifest.text())
    }
}

impl Manifest {
    /// Whether the folder may be used; returns whether results are being replaced there.
    fn check(&self, survey: &Survey, layout: &Layout, beginning: Beginning) -> Result<bool, SweepError> {
        if beginning == Beginning::Fresh {
            let remedy =
                "name another one, go on with --resume, or replace an experiment's results with --force";
            survey.refuse_anything(remedy)?;
        }
        survey.refuse_foreign(layout)?;
        let Some(claims) = survey.unfinished.as_ref().or(survey.whole.as_ref()) else { return Ok(false) };
        if beginning != Beginning::Resuming {
            return Ok(false);
        }
        let there = Self::read(claims, &survey.path)?;
        let what = self.differences(&there);
        if what.is_empty() { Ok(there.replaces) } else { Err(SweepError::different(&survey.path, what)) }
    }

    fn read(claims: &Claims, folder: &Path) -> Result<Self, FolderError> {
        serde_json::from_str(&claims.text)
            .map_err(|error| FolderError::Damaged { path: folder.join(MANIFEST), what: error.to_string() })
    }

    fn differences(&self, other: &Self) -> Vec<String> {
        let parts = |manifest: &Self| {
            [
                ("the experiment", manifest.experiment.clone()),
                ("the commit", format!("{}, {}", manifest.commit, manifest.commit_state)),
                ("the program's sources", manifest.sources_sha256.clone()),
                ("the seeds", manifest.seeds.map_or("the files'".into(), |seeds| seeds.to_string())),
            ]
        };
        let pairs = parts(self).into_iter().zip(parts(other));
        let differing = pairs.filter(|((_, mine), (_, others))| mine != others);
        differing.map(|((what, mine), (_, others))| format!("{what} (here {mine}, there {others})")).collect()
    }

    fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }
}
