//! A table as a CSV file, cell by cell.

use std::io;
use std::path::{Path, PathBuf};

use super::table::{Completed, Digest};
use super::whole::WholeFile;

/// As many billionths as one has.
const WHOLE: u64 = 1_000_000_000;

/// A CSV file that appears under its name only when it is complete.
pub struct CsvTable {
    /// Nothing once it is complete.
    writer: Option<csv::Writer<WholeFile>>,
    path: PathBuf,
    completed: Completed,
    rows: u64,
    cell: Vec<u8>,
    /// The first error; later writes are not tried.
    error: Option<csv::Error>,
}

impl CsvTable {
    /// Opens the file, before the work starts; it is added to the `completed` ones when it is.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path, columns: &[&str], completed: &Completed) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(WholeFile::create(path)?);
        let error = writer.write_record(columns).err();
        let (path, completed) = (path.to_owned(), completed.clone());
        Ok(Self { writer: Some(writer), path, completed, rows: 0, cell: Vec::new(), error })
    }

    fn put(&mut self) {
        if let (None, Some(writer)) = (&self.error, &mut self.writer) {
            self.error = writer.write_field(&self.cell).err();
        }
    }

    /// A cell with a text.
    pub fn text(&mut self, text: &str) {
        self.cell.clear();
        self.cell.extend_from_slice(text.as_bytes());
        self.put();
    }

    /// A cell with a whole number.
    pub fn whole(&mut self, number: u64) {
        self.cell.clear();
        self.cell.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        self.put();
    }

    /// A cell with the shortest decimal that reads back as the same number; empty if it is not a number.
    pub fn float(&mut self, number: f64) {
        self.cell.clear();
        if number.is_finite() {
            self.cell.extend_from_slice(ryu::Buffer::new().format_finite(number).as_bytes());
        }
        self.put();
    }

    /// A cell with a number of billionths, as rao are, as a decimal with nine places: exact.
    pub fn billionths(&mut self, number: u64) {
        self.cell.clear();
        self.cell.extend_from_slice(itoa::Buffer::new().format(number / WHOLE).as_bytes());
        let mut places = [b'0'; 10];
        places[0] = b'.';
        let mut rest = number % WHOLE;
        for place in places[1..].iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.cell.extend_from_slice(&places);
        self.put();
    }

    /// A cell with nothing.
    pub fn empty(&mut self) {
        self.cell.clear();
        self.put();
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        self.rows += 1;
        if let (None, Some(writer)) = (&self.error, &mut self.writer) {
            self.error = writer.write_record(None::<&[u8]>).err();
        }
    }

    /// Completes the file.
    ///
    /// # Errors
    /// If something could not be written, now or earlier: the message says which file and why.
    pub fn finish(&mut self) -> Result<(), String> {
        let mut complete = || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            if let Some(error) = self.error.take() {
                return Err(error.into());
            }
            let writer = self.writer.take().expect("a table is completed once");
            let file = writer.into_inner().map_err(|error| error.to_string())?;
            self.completed.add(&self.path, Digest::new(file.finish()?, Some(self.rows)));
            Ok(())
        };
        complete().map_err(|error| format!("{} could not be written: {error}", self.path.display()))
    }
}
