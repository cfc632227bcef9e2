//! What lies in a folder of results, and what of it is ours.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::claims::{Claims, Kind};
use super::lock::{LOCK, is_lock};
use super::{FIGURES, FolderError, MANIFEST, PARTS, REPORT, is_partial, names, shown};

/// Which names a command uses in its folder.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Whose results they are.
    pub kind: Kind,
    /// All tables that it may write.
    pub tables: &'static [&'static str],
    /// How the names of its files of rows end, in `parts`; nothing if it has none.
    pub rows: &'static [&'static str],
    /// What may lie beside its results, and is left alone: names, each followed by a number or not.
    pub beside: &'static [&'static str],
}

impl Layout {
    /// Whether a file in `parts` is part of the work under way.
    pub(super) fn is_work(&self, name: &OsStr) -> bool {
        let Some(text) = name.to_str() else { return false };
        text == MANIFEST || is_partial(name) || self.tables.contains(&text) || self.is_rows(text)
    }

    /// A number of six digits or more, and an ending.
    fn is_rows(&self, name: &str) -> bool {
        let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
        stem.len() >= 6 && stem.bytes().all(|byte| byte.is_ascii_digit()) && self.rows.contains(&ending)
    }

    fn is_beside(&self, name: &OsStr) -> bool {
        let Some(name) = name.to_str() else { return false };
        // A report on the result is no part of it.
        if name == REPORT || name == FIGURES {
            return true;
        }
        self.beside.iter().any(|beside| {
            name.strip_prefix(beside).is_some_and(|rest| rest.is_empty() || beside.ends_with('-'))
        })
    }
}

/// What lies in a folder.
#[derive(Debug, Default)]
pub struct Survey {
    /// The folder.
    pub path: PathBuf,
    /// The manifest of the result.
    pub whole: Option<Claims>,
    /// The manifest of the work under way.
    pub unfinished: Option<Claims>,
    /// Files of rows in `parts` that no manifest claims.
    pub orphans: Vec<PathBuf>,
    /// What is not ours, in the order of names.
    pub foreign: Vec<PathBuf>,
    /// The first thing that is there; nothing if the folder is as good as empty.
    pub first: Option<String>,
}

impl Survey {
    /// Looks at a folder, which need not be there, and changes nothing.
    ///
    /// # Errors
    /// If it is a file, or cannot be read; if a manifest is not one of ours.
    pub fn of(path: &Path, layout: &Layout) -> Result<Self, FolderError> {
        let mut survey = Self { path: path.to_owned(), ..Self::default() };
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(FolderError::NoFolder { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(survey),
            Err(error) => return Err(FolderError::read(path, error)),
        }
        survey.whole = Claims::read(&path.join(MANIFEST))?;
        let parts = path.join(PARTS);
        let has_parts = is_folder(&parts)?;
        if has_parts {
            survey.unfinished = Claims::read(&parts.join(MANIFEST))?;
            survey.look_into_parts(&parts, layout)?;
        }
        let moving = survey.unfinished.iter().filter(|claims| claims.complete);
        let claims: Vec<Claims> = survey.whole.iter().chain(moving).cloned().collect();
        let claimed = |name: &OsStr| {
            name.to_str().is_some_and(|name| claims.iter().any(|claims| claims.tables.contains_key(name)))
        };
        for name in names(path)? {
            let file = path.join(&name);
            let is_folder = is_folder(&file)?;
            let nothing = is_partial(&name) && !is_folder
                || name == PARTS && has_parts && survey.unfinished.is_none() && survey.orphans.is_empty()
                || name == LOCK && fs::symlink_metadata(&file).is_ok_and(|metadata| is_lock(&metadata));
            if nothing {
                continue;
            }
            survey.first.get_or_insert_with(|| shown(&name));
            let ours = name == MANIFEST
                || name == PARTS && has_parts
                || claimed(&name) && !is_folder
                || layout.is_beside(&name);
            if !ours {
                survey.foreign.push(file);
            }
        }
        survey.foreign.sort();
        Ok(survey)
    }

    fn look_into_parts(&mut self, parts: &Path, layout: &Layout) -> Result<(), FolderError> {
        for name in names(parts)? {
            let path = parts.join(&name);
            let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
            let ours = is_file && layout.is_work(&name);
            let claimed = self.unfinished.is_some() || is_partial(&name);
            if ours && claimed {
                continue;
            }
            if ours && name.to_str().is_some_and(|name| layout.is_rows(name)) {
                self.orphans.push(path);
            } else {
                self.foreign.push(path);
            }
        }
        Ok(())
    }

    /// Refuses a folder that holds anything.
    ///
    /// # Errors
    /// If it does.
    pub fn refuse_anything(&self, remedy: &'static str) -> Result<(), FolderError> {
        let relative = |path: &PathBuf| shown(path.strip_prefix(&self.path).unwrap_or(path).as_os_str());
        let first = self.foreign.iter().chain(&self.orphans).map(relative).next();
        match first.or_else(|| self.first.clone()) {
            None => Ok(()),
            Some(name) => Err(FolderError::NotEmpty { folder: self.path.clone(), name, remedy }),
        }
    }

    /// Refuses a folder of another command, or one that holds what no manifest claims.
    ///
    /// # Errors
    /// If it is such.
    pub fn refuse_foreign(&self, layout: &Layout) -> Result<(), FolderError> {
        for claims in self.whole.iter().chain(&self.unfinished) {
            if claims.kind != layout.kind {
                let (found, wanted) = (claims.kind, layout.kind);
                return Err(FolderError::OtherKind { folder: self.path.clone(), found, wanted });
            }
        }
        match self.foreign.first() {
            None => Ok(()),
            Some(path) => {
                let what = "this is not part of a result".into();
                Err(FolderError::Foreign { path: path.clone(), what })
            }
        }
    }
}

/// Whether it is a folder, not a link to one.
pub(super) fn is_folder(path: &Path) -> Result<bool, FolderError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FolderError::read(path, error)),
    }
}
