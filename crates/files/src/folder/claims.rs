//! What a manifest says of its folder: whose the result is, and which files are its tables.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::table::Tables;
use super::{FolderError, MANIFEST};

/// Which command a folder belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One run.
    Run,
    /// A sweep, made in one go or merged.
    Sweep,
    /// A shard of a sweep.
    Shard,
    /// An experiment of several sweeps.
    Experiment,
    /// Rules or arms beside each other.
    Comparison,
    /// What is not known, fitted to what was recorded.
    Fit,
    /// A search for the attack that gains most.
    Attack,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Run => "a run",
            Self::Sweep => "a sweep",
            Self::Shard => "a shard of a sweep",
            Self::Experiment => "an experiment",
            Self::Comparison => "a comparison",
            Self::Fit => "a fit",
            Self::Attack => "an attack",
        })
    }
}

/// The part of a manifest that all kinds of results share.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// Whose it is.
    pub kind: Kind,
    /// Whether the result is whole.
    pub complete: bool,
    /// The result's tables, by file name.
    pub tables: Tables,
    /// The whole manifest.
    pub text: String,
}

#[derive(Deserialize)]
struct Header {
    dtao: Kind,
    complete: bool,
    #[serde(default)]
    tables: Tables,
}

impl Claims {
    /// Reads a manifest; nothing if there is none.
    ///
    /// # Errors
    /// If it is not one of ours, or cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, FolderError> {
        let foreign = |what: &str| FolderError::Foreign { path: path.to_owned(), what: what.into() };
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FolderError::read(path, error)),
            Ok(metadata) if !metadata.is_file() => return Err(foreign("this is not a file")),
            Ok(_) => {}
        }
        let bytes = fs::read(path).map_err(|error| FolderError::read(path, error))?;
        let header: Option<Header> = serde_json::from_slice(&bytes).ok();
        let (Some(header), Ok(text)) = (header, String::from_utf8(bytes)) else {
            return Err(foreign("this is another program's manifest, or it is damaged"));
        };
        if !header.tables.keys().all(|name| is_plain(name)) {
            return Err(foreign("this manifest names tables outside its folder"));
        }
        Ok(Some(Self { kind: header.dtao, complete: header.complete, tables: header.tables, text }))
    }

    /// Reads the manifest of a folder; nothing if it holds no whole result of this kind.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn whole(folder: &Path, kind: Kind) -> Result<Option<Self>, FolderError> {
        Ok(Self::read(&folder.join(MANIFEST))?.filter(|claims| claims.complete && claims.kind == kind))
    }
}

/// Whether a name is that of a file in the folder itself.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}
