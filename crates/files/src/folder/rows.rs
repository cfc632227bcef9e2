//! A table of a result, read row by row and held against what the manifest says of it.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use csv::StringRecord;

use super::FolderError;
use super::hashing::Hashing;
use super::table::{Digest, Tables};

/// A table whose header was read.
#[derive(Debug)]
pub struct Rows {
    path: PathBuf,
    digest: Digest,
    header: StringRecord,
    reader: csv::Reader<Hashing<BufReader<File>>>,
}

impl Rows {
    /// Opens a table in a folder whose manifest names these.
    ///
    /// # Errors
    /// If the manifest does not name it, or it cannot be read.
    pub fn open(folder: &Path, name: &str, tables: &Tables) -> Result<Self, FolderError> {
        let path = folder.join(name);
        let Some(digest) = tables.get(name).cloned() else {
            return Err(FolderError::Damaged { path, what: "the manifest does not name it".into() });
        };
        let file = File::open(&path).map_err(|error| FolderError::read(&path, error))?;
        let mut reader = csv::Reader::from_reader(Hashing::new(BufReader::with_capacity(1 << 16, file)));
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(FolderError::Damaged { path, what: error.to_string() }),
        };
        Ok(Self { path, digest, header, reader })
    }

    fn damaged(&self, what: String) -> FolderError {
        FolderError::Damaged { path: self.path.clone(), what }
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.header.iter()
    }

    /// The place of a column.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn place(&self, column: &str) -> Result<usize, FolderError> {
        let found = self.columns().position(|found| found == column);
        found.ok_or_else(|| self.damaged(format!("no column `{column}`")))
    }

    /// Hands over each row, then holds the file against the manifest.
    ///
    /// # Errors
    /// If the file cannot be read or is not as it was written, or what `each` finds wrong with a row.
    pub fn each(mut self, mut each: impl FnMut(Row<'_>) -> Result<(), String>) -> Result<(), FolderError> {
        let (mut record, mut rows) = (StringRecord::new(), 0);
        while self.reader.read_record(&mut record).map_err(|error| self.damaged(error.to_string()))? {
            rows += 1;
            each(Row(&record)).map_err(|what| self.damaged(what))?;
        }
        let file = self.reader.get_mut();
        file.drain().map_err(|error| FolderError::read(&self.path, error))?;
        let passed = file.passed();
        match self.digest.difference_of(&self.path, &passed, Some(rows)) {
            Some(difference) => Err(difference.into()),
            None => Ok(()),
        }
    }
}

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r>(&'r StringRecord);

impl<'r> Row<'r> {
    /// A cell as it is.
    #[must_use]
    pub fn text(&self, place: usize) -> &'r str {
        &self.0[place]
    }

    /// A cell with a whole number.
    ///
    /// # Errors
    /// If it is none.
    pub fn whole<T: FromStr>(&self, place: usize) -> Result<T, String> {
        let cell = self.text(place);
        cell.parse().map_err(|_| format!("expected a whole number, found `{cell}`"))
    }

    /// A cell with a number, or nothing.
    ///
    /// # Errors
    /// If it is neither.
    pub fn number(&self, place: usize) -> Result<Option<f64>, String> {
        match self.text(place) {
            "" => Ok(None),
            cell => cell.parse().map(Some).map_err(|_| format!("expected a number, found `{cell}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, tables: &Tables) -> Result<Vec<(u64, Option<f64>)>, FolderError> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("runs.csv"), text).expect("room");
        let rows = Rows::open(folder.path(), "runs.csv", tables)?;
        let (seed, value) = (rows.place("seed")?, rows.place("value")?);
        let mut read = Vec::new();
        rows.each(|row| {
            read.push((row.whole(seed)?, row.number(value)?));
            Ok(())
        })?;
        Ok(read)
    }

    #[test]
    fn a_table_is_read_as_it_was_written_and_not_otherwise() {
        const TEXT: &str = "value,seed\n1.5,1\n,2\n";
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("x"), TEXT).expect("room");
        let digest = Digest::of_file(&folder.path().join("x"), Some(2)).expect("it is there");
        let tables = Tables::from([("runs.csv".to_owned(), digest)]);
        assert_eq!(read(TEXT, &tables).expect("as it was"), [(1, Some(1.5)), (2, None)]);
        let wrong = |text: &str| read(text, &tables).expect_err("it is not").to_string();
        assert!(wrong("value,seed\n1.6,1\n,2\n").contains("damaged"), "{}", wrong("value,seed\n1.6,1\n,2\n"));
        assert!(wrong("value,seed\nx,1\n").contains("expected a number, found `x`"));
        assert!(wrong("value\n1.5\n").contains("no column `seed`"));
        assert!(read(TEXT, &Tables::new()).expect_err("not named").to_string().contains("does not name it"));
    }
}
