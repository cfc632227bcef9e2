//! A finished result: its manifest, and its tables, each held against what the manifest says of it.

use std::path::{Path, PathBuf};

use dtao_files::folder::rows::{Row, Rows};
use dtao_files::folder::table::{Digest, Tables};
use dtao_files::folder::{Claims, FolderError, Kind, MANIFEST, PARTS};
use dtao_files::input::InputError;
use serde::de::DeserializeOwned;

use crate::ReportError;
use crate::page::Page;
use crate::text::quoted;

/// A finished result in its folder.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The folder.
    pub folder: PathBuf,
    /// Which command made it.
    pub kind: Kind,
    /// Its tables.
    pub tables: Tables,
    /// The manifest's text.
    text: String,
}

impl Finished {
    /// Opens the folder of a finished result.
    pub fn open(folder: &Path) -> Result<Self, ReportError> {
        let refused = |what: &str, help: &str| {
            Err(InputError::file(folder, what.to_owned(), Some(help.to_owned())).into())
        };
        match Claims::read(&folder.join(MANIFEST))? {
            Some(Claims { kind: Kind::Shard, .. }) => refused(
                "this is one shard of a sweep",
                "join the shards with `dtao merge DIR`, and report on the whole",
            ),
            Some(Claims { kind, complete: true, tables, text }) => {
                Ok(Self { folder: folder.to_owned(), kind, tables, text })
            }
            Some(_) => refused("the result in this folder is not whole", "make it again with --force"),
            None if Claims::read(&folder.join(PARTS).join(MANIFEST))?.is_some() => refused(
                "the work in this folder is not finished",
                "go on with the command that made it and --resume, then ask for the report",
            ),
            None => refused(
                "no finished result is in this folder",
                "name a folder written by a command such as `dtao run`, `dtao sweep` or `dtao reproduce` with --out",
            ),
        }
    }

    /// The manifest as a type.
    pub fn manifest<T: DeserializeOwned>(&self) -> Result<T, FolderError> {
        serde_json::from_str(&self.text).map_err(|error| FolderError::Damaged {
            path: self.folder.join(MANIFEST),
            what: error.to_string(),
        })
    }

    /// Ends a page: with the commands that make the result again and report on it, and with what determined it: the build, what
    /// else is said, and the tables as they are.
    pub fn end(
        &self,
        page: &mut Page,
        command: String,
        (commit, state, version): (&str, &str, &str),
        origin: impl IntoIterator<Item = (String, String)>,
    ) {
        page.commands = vec![command, format!("dtao report {}", quoted(&self.folder.display().to_string()))];
        page.origin = vec![("commit".into(), format!("{commit}, {state}; dtao {version}"))];
        page.origin.extend(origin);
        let hash = |(name, digest): (&String, &Digest)| (format!("SHA-256 of {name}"), digest.sha256.clone());
        page.origin.extend(self.tables.iter().map(hash));
    }

    /// Whether it has a table.
    pub fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    fn digest(&self, name: &str) -> Result<&Digest, FolderError> {
        let what = || "the manifest does not name it".to_owned();
        self.tables
            .get(name)
            .ok_or_else(|| FolderError::Damaged { path: self.folder.join(name), what: what() })
    }

    /// Whether a table has a column.
    pub fn has_column(&self, name: &str, column: &str) -> bool {
        let header =
            csv::Reader::from_path(self.folder.join(name)).and_then(|mut table| table.headers().cloned());
        self.has(name) && header.is_ok_and(|header| header.iter().any(|found| found == column))
    }

    /// A file of the result as JSON.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, FolderError> {
        let path = self.folder.join(name);
        if let Some(difference) = self.digest(name)?.difference(&path)? {
            return Err(difference.into());
        }
        let bytes = std::fs::read(&path).map_err(|error| FolderError::read(&path, error))?;
        serde_json::from_slice(&bytes).map_err(|error| FolderError::Damaged { path, what: error.to_string() })
    }

    /// Reads the rows of a table, one after another, and holds them against the manifest.
    pub fn rows<C: AsRef<str>>(
        &self,
        name: &str,
        columns: impl AsRef<[C]>,
        mut each: impl FnMut(Cells) -> Result<(), String>,
    ) -> Result<(), FolderError> {
        let rows = Rows::open(&self.folder, name, &self.tables)?;
        let at = columns.as_ref().iter().map(|column| rows.place(column.as_ref()));
        let at = at.collect::<Result<Vec<_>, _>>()?;
        rows.each(|row| each(Cells { row, at: &at }))
    }
}

/// The cells of a row that were asked for.
pub(crate) struct Cells<'r> {
    row: Row<'r>,
    at: &'r [usize],
}

impl Cells<'_> {
    /// A cell as it is.
    pub fn text(&self, column: usize) -> &str {
        self.row.text(self.at[column])
    }

    /// A cell with a whole number.
    pub fn whole<T: std::str::FromStr>(&self, column: usize) -> Result<T, String> {
        self.row.whole(self.at[column])
    }

    /// A cell with a number, or nothing.
    pub fn number(&self, column: usize) -> Result<Option<f64>, String> {
        self.row.number(self.at[column])
    }
}
