//! Tables of results, as CSV and on request as Parquet.

use std::path::Path;

use super::SweepError;
use super::manifest::Manifest;
use crate::tables::Table;

/// Which files tables are written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// CSV alone.
    #[default]
    Csv,
    /// CSV, and Parquet with the same columns.
    CsvAndParquet,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Whole,
    Float,
    Text,
}

/// A table that is written row by row, cell by cell.
pub(crate) struct Sheet {
    csv: Table,
    kinds: Vec<Kind>,
    at: usize,
}

impl Sheet {
    /// Opens the files; they appear under their names when they are complete.
    pub fn create(
        folder: &Path,
        name: &str,
        columns: &[(String, Kind)],
        manifest: &Manifest,
        format: Format,
    ) -> Result<Self, SweepError> {
        let _ = (manifest, format);
        let path = folder.join(format!("{name}.csv"));
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let csv = Table::create(&path, &names).map_err(|error| SweepError::write(&path, error))?;
        Ok(Self { csv, kinds: columns.iter().map(|&(_, kind)| kind).collect(), at: 0 })
    }

    fn expect(&mut self, kind: Kind) {
        assert_eq!(self.kinds.get(self.at), Some(&kind), "column {} of a table", self.at);
        self.at += 1;
    }

    pub fn whole(&mut self, number: u64) {
        self.expect(Kind::Whole);
        self.csv.whole(number);
    }

    /// A number; blank if there is none, or none that can be written.
    pub fn float(&mut self, number: Option<f64>) {
        self.expect(Kind::Float);
        self.csv.float(number.unwrap_or(f64::NAN));
    }

    pub fn text(&mut self, text: &str) {
        self.expect(Kind::Text);
        self.csv.text(text);
    }

    pub fn end_row(&mut self) {
        assert_eq!(self.at, self.kinds.len(), "a row has every column");
        self.at = 0;
        self.csv.end_row();
    }

    /// Completes the files.
    pub fn finish(mut self) -> Result<(), SweepError> {
        self.csv.finish().map_err(|error| SweepError::Table(error.to_string()))
    }
}
