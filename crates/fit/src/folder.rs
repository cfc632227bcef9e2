//! A fit's folder: its tables, and the manifest that says what determined them.

use std::path::Path;

use dtao_experiment::program;
use dtao_files::folder::table::{Completed, Tables};
use dtao_files::folder::{Beginning, Folder, FolderError, Kind, Layout};
use serde::Serialize;

use crate::Settings;
use crate::file::Question;
use crate::reading::Read;

/// A fit's files.
const FIT: Layout = Layout {
    kind: Kind::Fit,
    tables: &[
        "weights.csv",
        "confusion.csv",
        "posterior.csv",
        "calibration.csv",
        "telling.csv",
        "sensitivity.csv",
        "scores.csv",
        "together.csv",
    ],
    rows: &[],
    beside: &[],
};

/// A folder that a fit is being written to. An earlier result stays until the new one is whole.
#[derive(Debug)]
pub struct FitFolder {
    folder: Folder,
    manifest: Manifest,
}

/// All that determines a fit.
#[derive(Clone, Debug, Serialize)]
struct Manifest {
    dtao: Kind,
    commit: &'static str,
    commit_state: &'static str,
    sources_sha256: &'static str,
    version: &'static str,
    fit: String,
    file: String,
    fit_sha256: String,
    /// The reference table: its sweep, the commit that made it, and the digest of its runs.
    sweep: String,
    sweep_commit: String,
    sweep_scenario_sha256: String,
    runs_sha256: Option<String>,
    draws: Option<usize>,
    accept: f64,
    truths: usize,
    complete: bool,
    tables: Tables,
}

impl FitFolder {
    /// Claims a folder for a fit, and begins it.
    ///
    /// # Errors
    /// If the folder holds something else, or cannot be written.
    pub fn open(
        path: &Path,
        question: &Question,
        read: &Read,
        draws: Option<usize>,
        settings: &Settings,
        beginning: Beginning,
    ) -> Result<Self, FolderError> {
        let manifest = Manifest {
            dtao: Kind::Fit,
            commit: program::COMMIT,
            commit_state: program::COMMIT_STATE,
            sources_sha256: program::SOURCES,
            version: program::VERSION,
            fit: question.name.clone(),
            file: question.source.path.display().to_string(),
            fit_sha256: question.source.sha256(),
            sweep: read.manifest.sweep.clone(),
            sweep_commit: read.manifest.commit.clone(),
            sweep_scenario_sha256: read.manifest.scenario_sha256.clone(),
            runs_sha256: read.manifest.tables.get("runs.csv").map(|digest| digest.sha256.clone()),
            draws,
            accept: settings.accept,
            truths: settings.truths,
            complete: false,
            tables: Tables::new(),
        };
        let remedy = "name another one, or replace a fit's results with --force";
        let (folder, _) = Folder::claim(path, &FIT, beginning, remedy, &manifest.text())?;
        Ok(Self { folder, manifest })
    }

    /// Completes the fit with its tables, each a name and a text with a header.
    ///
    /// # Errors
    /// If a table cannot be written; then an earlier result is as it was.
    pub fn complete(&self, tables: &[(&str, String)]) -> Result<(), FolderError> {
        let completed = Completed::default();
        for (name, text) in tables {
            completed.write_csv(&self.folder.parts().join(name), text)?;
        }
        let manifest = Manifest { complete: true, tables: completed.tables(), ..self.manifest.clone() };
        self.folder.commit(&manifest.text())
    }

    /// Drops what was begun.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn drop_work(&self) -> Result<(), FolderError> {
        self.folder.remove_partial()?;
        self.folder.drop_work()
    }
}

impl Manifest {
    fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }
}
