//! Folders of results: one process writes to one; a result stands in it only when it is whole; and nothing in it is
//! touched that no manifest of ours claims.
//!
//! ```text
//! DIR/manifest.json   what the result is, with size, hash and rows of each of its tables
//! DIR/*.csv …         the tables, always of one whole result
//! DIR/parts/          work under way, with a manifest of its own; its files move up when the result is whole
//! DIR/.lock      held by the process that writes
//! ```
//! From its own manifest on, a result in `parts` is whole: a process that dies while files move up leaves what the next
//! one moves.
//!
//! **Architecture invariant:** this module knows no scenarios, runs or sweeps.

mod claims;
pub mod csv_table;
pub mod hashing;
mod lock;
pub mod reports;
pub mod rows;
mod survey;
pub mod table;
mod tree;
pub mod whole;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use claims::{Claims, Kind};
use lock::Lock;
use reports::remove_reports;
use survey::is_folder;
pub use survey::{Layout, Survey};
pub use tree::write_tree;
use whole::{is_partial, sync_folder};

/// What a result is, and the digests of its tables.
pub const MANIFEST: &str = "manifest.json";

/// The folder of the work under way.
pub const PARTS: &str = "parts";

/// The report on the result, which may lie beside it. It is removed when another result takes the place of the one that it is on.
pub const REPORT: &str = "report.html";

/// The folder of the report's pictures, which may lie beside the result.
pub const FIGURES: &str = "report_figures";

/// What is done with what a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Nothing may be there.
    Fresh,
    /// The same work goes on.
    Resuming,
    /// A result is replaced when the new one is whole; work under way is dropped.
    Replacing,
}

impl Beginning {
    /// What `--resume` and `--force` ask for, of which at most one is given.
    #[must_use]
    pub fn asked(resume: bool, force: bool) -> Self {
        match (resume, force) {
            (true, _) => Self::Resuming,
            (_, true) => Self::Replacing,
            _ => Self::Fresh,
        }
    }
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Where a folder should be is a file.
    #[error("{path}: this is a file, not a folder; name a folder that does not exist yet", path = path.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// Another process is writing there.
    #[error("{folder}: another run is writing into this folder; name another one, or wait", folder = folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds something.
    #[error("{folder}: the folder is not empty: it holds `{name}`; {remedy}", folder = folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
        /// The first thing in it.
        name: String,
        /// What can be done.
        remedy: &'static str,
    },
    /// Something is there already where only something new is written.
    #[error("{path}: it is there already, and was left alone; name another folder, or move it elsewhere", path = path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// The folder holds something that no manifest claims.
    #[error(
        "{path}: {what}, and no manifest of dtao claims it; it was left alone. Move it elsewhere, or name another \
         folder", path = path.display()
    )]
    Foreign {
        /// The first such.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// The folder holds the results of another command.
    #[error("{folder}: this folder holds {found}, not {wanted}; name another folder", folder = folder.display())]
    OtherKind {
        /// The folder.
        folder: PathBuf,
        /// What it holds.
        found: Kind,
        /// What was to be written.
        wanted: Kind,
    },
    /// A file that the program wrote is not as it was.
    #[error("{path}: the file is damaged: {what}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file or folder cannot be read.
    #[error("{path}: {error}", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("{path}: {error}", path = path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
}

impl FolderError {
    /// The error of a file or folder that cannot be read.
    #[must_use]
    pub fn read(path: &Path, error: io::Error) -> Self {
        Self::Read { path: path.to_owned(), error }
    }

    /// The error of a file or folder that cannot be written.
    #[must_use]
    pub fn write(path: &Path, error: io::Error) -> Self {
        Self::Write { path: path.to_owned(), error }
    }

    /// Whether the folder was refused for what it holds, rather than the system's reasons.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Read { .. } | Self::Write { .. })
    }
}

/// A folder that this process alone writes to.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    layout: Layout,
    _lock: Lock,
}

impl Folder {
    /// Claims a folder, which is made if it is not there, once `check` has found nothing wrong with what it holds.
    ///
    /// `check` is asked before anything is changed, again when no other process writes there, and again when a result
    /// whose move was interrupted has been moved: what it says then is returned.
    ///
    /// # Errors
    /// If another process writes there, `check` refuses, or the folder cannot be read or written.
    pub fn open<T, E: From<FolderError>>(
        path: &Path,
        layout: &Layout,
        check: impl Fn(&Survey) -> Result<T, E>,
    ) -> Result<(Self, T), E> {
        let there = Lock::there(path)?;
        let survey = Survey::of(path, layout)?;
        check(&survey)?;
        let mut lock = match there {
            Some(lock) => lock,
            None => Lock::of(path)?,
        };
        let mut survey = Survey::of(path, layout)?;
        check(&survey)?;
        if survey.whole.is_some() || survey.unfinished.is_some() {
            // What a process that died here has left.
            lock.remove_when_done();
        }
        let folder = Self { path: path.to_owned(), layout: layout.clone(), _lock: lock };
        if let Some(claims) = survey.unfinished.as_ref().filter(|claims| claims.complete) {
            folder.move_up(claims)?;
            survey = Survey::of(path, layout)?;
        }
        let found = check(&survey)?;
        Ok((folder, found))
    }

    /// Claims a folder for a result that is made at once, with the manifest of its work: what an earlier process has begun is
    /// dropped. Says, too, whether there is an earlier result, which stays until the new one is whole. `remedy` tells whoever
    /// begins afresh in a folder that holds something how to go on.
    ///
    /// # Errors
    /// If the folder holds what may not be replaced, another process writes there, or it cannot be read or written.
    pub fn claim(
        path: &Path,
        layout: &Layout,
        beginning: Beginning,
        remedy: &'static str,
        manifest: &str,
    ) -> Result<(Self, bool), FolderError> {
        let check = |survey: &Survey| -> Result<bool, FolderError> {
            if beginning == Beginning::Fresh {
                survey.refuse_anything(remedy)?;
            }
            survey.refuse_foreign(layout)?;
            Ok(survey.whole.is_some())
        };
        let (folder, replaces) = Self::open(path, layout, check)?;
        folder.remove_partial()?;
        folder.drop_work()?;
        folder.begin(manifest)?;
        Ok((folder, replaces))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file of the result.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder of the work under way.
    #[must_use]
    pub fn parts(&self) -> PathBuf {
        self.path.join(PARTS)
    }

    /// Begins work, or goes on with it: from here on the folder of the work under way claims its files.
    ///
    /// # Errors
    /// If the manifest cannot be written.
    pub fn begin(&self, manifest: &str) -> Result<(), FolderError> {
        make_folder(&self.parts())?;
        write_whole(&self.parts().join(MANIFEST), manifest).inspect_err(|_| {
            // An empty folder says nothing; one with work stays.
            let _ = fs::remove_dir(self.parts());
        })
    }

    /// Replaces the result by that of the work under way, whose tables are written. `manifest` names them.
    ///
    /// # Errors
    /// If a file cannot be written or moved: then the next process that opens the folder goes on with it.
    pub fn commit(&self, manifest: &str) -> Result<(), FolderError> {
        let path = self.parts().join(MANIFEST);
        write_whole(&path, manifest)?;
        let claims = Claims::read(&path)?.ok_or_else(|| FolderError::Damaged {
            path,
            what: "it is not there, though it was just written".into(),
        })?;
        self.move_up(&claims)
    }

    /// Moves a whole result's files out of `parts`; may have been interrupted anywhere before.
    fn move_up(&self, claims: &Claims) -> Result<(), FolderError> {
        let replaced = Claims::read(&self.file(MANIFEST))?;
        for name in claims.tables.keys() {
            let (from, to) = (self.parts().join(name), self.file(name));
            match fs::rename(&from, &to) {
                // It was moved before; if it was lost since, its digest will tell.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result.map_err(|error| FolderError::write(&to, error))?,
            }
        }
        for name in replaced.iter().flat_map(|replaced| replaced.tables.keys()) {
            if !claims.tables.contains_key(name) {
                remove(&self.file(name))?;
            }
        }
        remove_reports(&self.path)?;
        sync_folder(&self.path).map_err(|error| FolderError::write(&self.path, error))?;
        // Work without a manifest is claimed by nobody, so the manifest is the last to go.
        self.clear_parts(false)?;
        let to = self.file(MANIFEST);
        fs::rename(self.parts().join(MANIFEST), &to).map_err(|error| FolderError::write(&to, error))?;
        sync_folder(&self.path).map_err(|error| FolderError::write(&self.path, error))?;
        self.clear_parts(true)
    }

    /// Drops the work under way: what is ours of it.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn drop_work(&self) -> Result<(), FolderError> {
        self.clear_parts(false)?;
        self.clear_parts(true)
    }

    /// Removes our files in `parts`: all but the manifest, or the manifest and the folder, if it is empty.
    fn clear_parts(&self, with_manifest: bool) -> Result<(), FolderError> {
        let parts = self.parts();
        for name in names(&parts)? {
            let path = parts.join(&name);
            let kept = name == MANIFEST && !with_manifest;
            if !kept && self.layout.is_work(&name) && !is_folder(&path)? {
                remove(&path)?;
            }
        }
        if with_manifest {
            match fs::remove_dir(&parts) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // Somebody has put something into it.
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                Err(error) => return Err(FolderError::write(&parts, error)),
            }
        }
        Ok(())
    }

    /// Removes what processes that died left of files that were not whole.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn remove_partial(&self) -> Result<(), FolderError> {
        for folder in [self.path.clone(), self.parts()] {
            for name in names(&folder)?.into_iter().filter(|name| is_partial(name)) {
                remove(&folder.join(name))?;
            }
        }
        Ok(())
    }
}

/// The names in a folder, in order; none if it is not there.
///
/// # Errors
/// If it is there and cannot be read.
pub fn names(folder: &Path) -> Result<Vec<OsString>, FolderError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        result => result.map_err(|error| FolderError::read(folder, error))?,
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>();
    let mut names = names.map_err(|error| FolderError::read(folder, error))?;
    names.sort();
    Ok(names)
}

/// Makes a folder that outlives the machine, and those that it is in.
///
/// # Errors
/// If it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), FolderError> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = fs::create_dir_all(path).and_then(|()| sync_folder(parent));
    made.map_err(|error| FolderError::write(path, error))
}

/// Removes a file; it may be gone already.
fn remove(path: &Path) -> Result<(), FolderError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FolderError::write(path, error)),
        _ => Ok(()),
    }
}

/// Writes a text as a whole file.
///
/// # Errors
/// If it cannot be written; then what was there before still is.
pub fn write_whole(path: &Path, text: &str) -> Result<(), FolderError> {
    whole::write(path, text.as_bytes()).map(|_| ()).map_err(|error| FolderError::write(path, error))
}

/// A name as people read it.
fn shown(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
