//! What a manifest says of a table, and whether the table is still so.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::hashing::{Hashing, Passed};
use super::{FolderError, whole};

/// Tables by file name.
pub type Tables = BTreeMap<String, Digest>;

/// What a table was when it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The number of bytes.
    pub bytes: u64,
    /// The number of rows, the header not counted; nothing if the file has no rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

/// A table that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: PathBuf,
    /// What was expected, and what was found.
    pub what: String,
}

impl From<Difference> for FolderError {
    fn from(Difference { path, what }: Difference) -> Self {
        Self::Damaged { path, what }
    }
}

impl Digest {
    /// Of a file of this many rows.
    #[must_use]
    pub fn new(passed: Passed, rows: Option<u64>) -> Self {
        Self { bytes: passed.bytes, rows, sha256: passed.sha256 }
    }

    /// Of a file as it is now.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of_file(path: &Path, rows: Option<u64>) -> Result<Self, FolderError> {
        let read = || -> io::Result<Passed> {
            let mut reader = Hashing::new(File::open(path)?);
            reader.drain()?;
            Ok(reader.passed())
        };
        Ok(Self::new(read().map_err(|error| FolderError::read(path, error))?, rows))
    }

    /// How a file differs from what was written; nothing if it does not.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn difference(&self, path: &Path) -> Result<Option<Difference>, FolderError> {
        let differs = |what: String| Ok(Some(Difference { path: path.to_owned(), what }));
        let failed = |error| FolderError::read(path, error);
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return differs("the file is missing".into());
            }
            result => result.map_err(failed)?,
        };
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return differs("this is not a file".into());
        }
        if metadata.len() != self.bytes {
            return differs(format!("its manifest says {} bytes, {} were found", self.bytes, metadata.len()));
        }
        let mut reader = Hashing::new(BufReader::with_capacity(1 << 16, file));
        let rows = if self.rows.is_some() { count_rows(path, &mut reader).map_err(failed)? } else { None };
        reader.drain().map_err(failed)?;
        Ok(self.difference_of(path, &reader.passed(), rows))
    }

    /// How what was read of a file, and its rows if they were counted, differ from what was written.
    #[must_use]
    pub fn difference_of(&self, path: &Path, read: &Passed, rows: Option<u64>) -> Option<Difference> {
        let Passed { bytes, sha256 } = read;
        let what = if *bytes != self.bytes || *sha256 != self.sha256 {
            format!(
                "its manifest says {} bytes with SHA-256 {}, {bytes} with {sha256} were found",
                self.bytes, self.sha256
            )
        } else {
            let (expected, found) = (self.rows?, rows.filter(|rows| Some(*rows) != self.rows)?);
            format!("its manifest says {expected} rows, {found} were found")
        };
        Some(Difference { path: path.to_owned(), what })
    }
}

/// The rows of a table, the header not counted, if it is of a kind whose rows can be counted.
fn count_rows(path: &Path, reader: &mut impl Read) -> io::Result<Option<u64>> {
    if path.extension().is_none_or(|ending| ending != "csv") {
        return Ok(None);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
    let (mut record, mut rows) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).map_err(io::Error::from)? {
        rows += 1;
    }
    Ok(Some(rows))
}

/// The tables of a folder that are not as they were written, in the order of names.
///
/// # Errors
/// If one cannot be read.
pub fn differences(folder: &Path, tables: &Tables) -> Result<Vec<Difference>, FolderError> {
    let found = tables.iter().map(|(name, digest)| digest.difference(&folder.join(name)));
    found.filter_map(Result::transpose).collect()
}

/// The tables that were written so far, gathered from whoever writes them.
#[derive(Clone, Debug, Default)]
pub struct Completed(Arc<Mutex<Tables>>);

impl Completed {
    /// Adds a table.
    pub fn add(&self, path: &Path, digest: Digest) {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        self.0.lock().expect("nothing panics while it is locked").insert(name, digest);
    }

    /// Writes a text of this many rows as a whole file, and adds it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path, text: &str, rows: Option<u64>) -> Result<(), FolderError> {
        let passed = whole::write(path, text.as_bytes()).map_err(|error| FolderError::write(path, error))?;
        self.add(path, Digest::new(passed, rows));
        Ok(())
    }

    /// Writes a table, a text with a header, as a whole file, and adds it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_csv(&self, path: &Path, text: &str) -> Result<(), FolderError> {
        let rows = csv::Reader::from_reader(text.as_bytes()).into_byte_records().count() as u64;
        self.write(path, text, Some(rows))
    }

    /// All tables so far.
    #[must_use]
    pub fn tables(&self) -> Tables {
        self.0.lock().expect("nothing panics while it is locked").clone()
    }
}
