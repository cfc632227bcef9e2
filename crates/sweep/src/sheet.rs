//! Tables of results, as CSV and on request as Parquet.

#[cfg(feature = "parquet")]
mod parquet_file;

use std::path::Path;

use dtao_files::folder::FolderError;
use dtao_files::folder::csv_table::CsvTable;
use dtao_files::folder::table::Completed;

use super::SweepError;
use super::columns::Kind;
use super::format::Format;
use super::manifest::Manifest;

/// A table that is written row by row, cell by cell.
pub(crate) struct Sheet {
    csv: CsvTable,
    #[cfg(feature = "parquet")]
    parquet: Option<parquet_file::ParquetFile>,
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
        tables: &Completed,
    ) -> Result<Self, SweepError> {
        let path = folder.join(format!("{name}.csv"));
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let csv =
            CsvTable::create(&path, &names, tables).map_err(|error| FolderError::write(&path, error))?;
        let kinds = columns.iter().map(|&(_, kind)| kind).collect();
        #[cfg(feature = "parquet")]
        {
            let path = folder.join(format!("{name}.parquet"));
            let parquet = match format {
                Format::Csv => None,
                Format::CsvAndParquet => {
                    Some(parquet_file::ParquetFile::create(&path, columns, manifest, tables)?)
                }
            };
            Ok(Self { csv, parquet, kinds, at: 0 })
        }
        #[cfg(not(feature = "parquet"))]
        {
            let _ = manifest;
            format.check()?;
            Ok(Self { csv, kinds, at: 0 })
        }
    }

    fn expect(&mut self, kind: Kind) {
        assert_eq!(self.kinds.get(self.at), Some(&kind), "column {} of a table", self.at);
        self.at += 1;
    }

    pub fn whole(&mut self, number: u64) {
        self.expect(Kind::Whole);
        self.csv.whole(number);
        #[cfg(feature = "parquet")]
        if let Some(file) = &mut self.parquet {
            file.whole(self.at - 1, number);
        }
    }

    /// A number; blank if there is none, or none that can be written.
    pub fn float(&mut self, number: Option<f64>) {
        self.expect(Kind::Float);
        self.csv.float(number.unwrap_or(f64::NAN));
        #[cfg(feature = "parquet")]
        if let Some(file) = &mut self.parquet {
            file.float(self.at - 1, number.filter(|number| number.is_finite()));
        }
    }

    /// A number of the plan: a whole one without decimals.
    pub fn planned(&mut self, number: f64) {
        self.expect(Kind::Float);
        let mut buffer = ryu::Buffer::new();
        let text = if number.is_finite() { buffer.format_finite(number) } else { "" };
        self.csv.text(text.strip_suffix(".0").unwrap_or(text));
        #[cfg(feature = "parquet")]
        if let Some(file) = &mut self.parquet {
            file.float(self.at - 1, Some(number).filter(|number| number.is_finite()));
        }
    }

    pub fn text(&mut self, text: &str) {
        self.expect(Kind::Text);
        self.csv.text(text);
        #[cfg(feature = "parquet")]
        if let Some(file) = &mut self.parquet {
            file.text(self.at - 1, text);
        }
    }

    pub fn end_row(&mut self) {
        assert_eq!(self.at, self.kinds.len(), "a row has every column");
        self.at = 0;
        self.csv.end_row();
        #[cfg(feature = "parquet")]
        if let Some(file) = &mut self.parquet {
            file.end_row();
        }
    }

    /// Completes the files.
    pub fn finish(mut self) -> Result<(), SweepError> {
        self.csv.finish().map_err(SweepError::Table)?;
        #[cfg(feature = "parquet")]
        if let Some(file) = self.parquet {
            file.finish()?;
        }
        Ok(())
    }
}
