//! A finished result: its manifest, and its tables, each held against what the manifest says of it.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use dtao_files::folder::hashing::Hashing;
use dtao_files::folder::table::{Digest, Tables};
use dtao_files::folder::{Claims, FolderError, Kind, MANIFEST, PARTS};
use dtao_files::input::InputError;
use serde::de::DeserializeOwned;

use crate::ReportError;

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
                "name the folder that `dtao run`, `sweep`, `compare` or `reproduce` has written with --out",
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
        let path = self.folder.join(name);
        let digest = self.digest(name)?;
        let damaged = |what: String| FolderError::Damaged { path: path.clone(), what };
        let file = File::open(&path).map_err(|error| FolderError::read(&path, error))?;
        let mut file = Hashing::new(BufReader::with_capacity(1 << 16, file));
        let mut rows = 0;
        {
            let mut reader = csv::Reader::from_reader(&mut file);
            let header = reader.headers().map_err(|error| damaged(error.to_string()))?.clone();
            let place = |column: &C| {
                let column = column.as_ref();
                let found = header.iter().position(|found| found == column);
                found.ok_or_else(|| damaged(format!("no column `{column}`")))
            };
            let at = columns.as_ref().iter().map(place).collect::<Result<Vec<_>, _>>()?;
            let mut record = StringRecord::new();
            while reader.read_record(&mut record).map_err(|error| damaged(error.to_string()))? {
                rows += 1;
                each(Cells { record: &record, at: &at }).map_err(damaged)?;
            }
        }
        file.drain().map_err(|error| FolderError::read(&path, error))?;
        match digest.difference_of(&path, &file.passed(), Some(rows)) {
            Some(difference) => Err(difference.into()),
            None => Ok(()),
        }
    }
}

/// The cells of a row that were asked for.
pub(crate) struct Cells<'r> {
    record: &'r StringRecord,
    at: &'r [usize],
}

impl Cells<'_> {
    /// A cell as it is.
    pub fn text(&self, column: usize) -> &str {
        &self.record[self.at[column]]
    }

    /// A cell with a whole number.
    pub fn whole<T: std::str::FromStr>(&self, column: usize) -> Result<T, String> {
        let cell = self.text(column);
        cell.parse().map_err(|_| format!("expected a whole number, found `{cell}`"))
    }

    /// A cell with a number, or nothing.
    pub fn number(&self, column: usize) -> Result<Option<f64>, String> {
        match self.text(column) {
            "" => Ok(None),
            cell => cell.parse().map(Some).map_err(|_| format!("expected a number, found `{cell}`")),
        }
    }
}
