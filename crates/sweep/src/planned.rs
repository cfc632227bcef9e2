//! The rows of `plan.csv`, as tables of results take them over.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::columns::COLUMNS;
use super::manifest::Manifest;
use super::points::Shown;
use super::sheet::Sheet;
use dtao_files::folder::FolderError;

/// A row of plan.csv.
pub(super) struct PlanRow {
    pub run: u64,
    pub point: u64,
    pub arm: String,
    pub seed: u64,
    pub values: Vec<String>,
}

/// The rows of plan.csv, one by one.
pub(super) struct PlanFile {
    reader: csv::Reader<BufReader<File>>,
    record: csv::StringRecord,
    path: std::path::PathBuf,
}

impl PlanFile {
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let file = File::open(path).map_err(|error| FolderError::read(path, error))?;
        let reader = csv::Reader::from_reader(BufReader::with_capacity(1 << 16, file));
        Ok(Self { reader, record: csv::StringRecord::new(), path: path.to_owned() })
    }

    pub fn next(&mut self) -> Result<Option<PlanRow>, FolderError> {
        let damaged = |what: String| FolderError::Damaged { path: self.path.clone(), what };
        let more = self.reader.read_record(&mut self.record).map_err(|error| damaged(error.to_string()))?;
        if !more {
            return Ok(None);
        }
        let number = |at: usize| {
            let cell = self.record.get(at).unwrap_or("");
            cell.parse::<u64>().map_err(|_| damaged(format!("`{cell}` is not a number")))
        };
        Ok(Some(PlanRow {
            run: number(0)?,
            point: number(1)?,
            arm: self.record.get(2).unwrap_or("").to_owned(),
            seed: number(3)?,
            values: self.record.iter().skip(COLUMNS.len()).map(str::to_owned).collect(),
        }))
    }
}

/// The cells of the factors.
pub(super) fn factor_cells(sheet: &mut Sheet, manifest: &Manifest, values: &[String]) {
    for (factor, value) in manifest.factors.iter().zip(values) {
        match factor.shown(value) {
            Shown::Number(number) => sheet.planned(number),
            Shown::Text(text) => sheet.text(text),
        }
    }
}
