//! Tables of comma-separated values, gzipped or not: rows of as many cells as the header has.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use csv::ByteRecord;
use flate2::read::MultiGzDecoder;

use super::limits::{LINE_BYTES, TABLE_BYTES};
use super::regular::too_large;
use super::{InputError, SUGGESTED, Source, regular, suggest, utf8};

/// The bytes of a file with a table, for [`Table::of`].
///
/// # Errors
/// If there is no such file, it is a pipe, a device or larger than [`TABLE_BYTES`].
pub fn read(path: &Path) -> Result<Vec<u8>, InputError> {
    regular::read(path, TABLE_BYTES)
}

/// A file of comma-separated values with its header.
#[derive(Debug)]
pub struct Table {
    source: Source,
    /// The names of the columns, as bytes.
    pub header: ByteRecord,
}

impl Table {
    /// The table of a file whose bytes are at hand; those of a file named `.gz` are decompressed.
    ///
    /// # Errors
    /// If it is empty, it is not UTF-8 text, it is gzip and not named so or the other way round, or a line is too long.
    pub fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, InputError> {
        let text = utf8(path, unpacked(path, bytes)?)?;
        let source = Source::new(path, text);
        let mut start = 0;
        for line in source.text.split_inclusive('\n') {
            if line.len() > LINE_BYTES {
                let message = format!("this line has {} bytes: at most {LINE_BYTES} are read", line.len());
                return Err(InputError::within(&source, Some(start..start), String::new(), message, None));
            }
            start += line.len();
        }
        let mut header = ByteRecord::new();
        let read = reader(&source.text).read_byte_record(&mut header);
        // csv refuses nothing in bytes at hand when rows may have any length.
        if !read.expect("bytes at hand are rows") {
            return Err(InputError::file(path, "the file is empty", Some("begin it with a header".into())));
        }
        let table = Self { source, header };
        table.check_separator()?;
        Ok(table)
    }

    /// The header is not one name that holds what other programs write between columns.
    fn check_separator(&self) -> Result<(), InputError> {
        let separators = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];
        let found = separators.into_iter().find(|&(separator, _)| self.column(0).contains(separator));
        match found {
            Some((_, name)) if self.header.len() == 1 => {
                let message = format!("the columns are separated by {name}");
                Err(self.wrong_header(0, message, Some("separate them by commas".into())))
            }
            _ => Ok(()),
        }
    }

    /// The name of a column, counted from 0; empty if there is no such column.
    #[must_use]
    pub fn column(&self, column: usize) -> &str {
        self.header.get(column).map_or("", text).trim()
    }

    /// Where a column stands, by its name; the first of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        (0..self.header.len()).find(|&column| self.column(column) == name)
    }

    /// Where a column stands that must be there.
    ///
    /// # Errors
    /// If it is not there; `help` says what would be right.
    pub fn needed(&self, name: &str, help: &str) -> Result<usize, InputError> {
        self.find(name).ok_or_else(|| {
            self.wrong_header(0, format!("there is no column `{name}`"), Some(help.to_owned()))
        })
    }

    /// Checks that all columns are known ones, and none is given twice.
    ///
    /// # Errors
    /// Names the first that is not.
    pub fn check_columns(&self, known: &[&str]) -> Result<(), InputError> {
        for column in 0..self.header.len() {
            let name = self.column(column);
            if !known.contains(&name) {
                let near = suggest(name, known, "the columns are");
                // A suggestion lists a few names only.
                let all = (known.len() > SUGGESTED).then(|| format!("the columns are: {}", known.join(",")));
                let help: Vec<String> = near.into_iter().chain(all).collect();
                return Err(self.wrong_header(
                    column,
                    format!("unknown column `{name}`"),
                    Some(help.join(" ")),
                ));
            }
            if self.find(name) != Some(column) {
                return Err(self.wrong_header(column, format!("the column `{name}` is given twice"), None));
            }
        }
        Ok(())
    }

    /// A column and its name, for a message.
    #[must_use]
    pub fn place(&self, column: usize) -> String {
        match self.header.get(column) {
            Some(_) => format!("column {} is `{}`", column + 1, self.column(column)),
            None => format!("there is no column {}", column + 1),
        }
    }

    /// Goes through the rows after the header.
    ///
    /// # Errors
    /// If there are none, one has more or fewer cells than the header, or `each` says so.
    pub fn rows(
        &self,
        mut each: impl FnMut(&ByteRecord) -> Result<(), InputError>,
    ) -> Result<(), InputError> {
        let mut reader = reader(&self.source.text);
        let mut record = ByteRecord::new();
        let mut rows = 0_usize;
        while reader.read_byte_record(&mut record).expect("bytes at hand are rows") {
            rows += 1;
            if rows == 1 {
                continue;
            }
            if record.len() != self.header.len() {
                let (found, due) = (record.len(), self.header.len());
                let message = format!("this row has {found} cells, but the header has {due}");
                return Err(self.wrong(&record, found.min(due) - usize::from(found < due), message, None));
            }
            each(&record)?;
        }
        if rows < 2 {
            let end = self.source.text.len();
            let message = "there are no rows after the header".to_owned();
            return Err(InputError::within(&self.source, Some(end..end), String::new(), message, None));
        }
        Ok(())
    }

    /// A cell's value.
    ///
    /// # Errors
    /// If it is not a value of the type; `allowed` says what is.
    pub fn cell<T: std::str::FromStr>(
        &self,
        record: &ByteRecord,
        column: usize,
        allowed: &str,
    ) -> Result<T, InputError> {
        text(&record[column]).trim().parse().map_err(|_| self.wrong_cell(record, column, allowed))
    }

    /// The error of a cell that is not what is `allowed` there.
    #[must_use]
    pub fn wrong_cell(&self, record: &ByteRecord, column: usize, allowed: &str) -> InputError {
        let found = text(&record[column]).trim();
        let found = if found.is_empty() { "nothing".to_owned() } else { format!("`{found}`") };
        self.wrong(record, column, format!("expected {allowed}, found {found}"), None)
    }

    /// The error of a name in the header.
    #[must_use]
    pub fn wrong_header(&self, column: usize, message: String, help: Option<String>) -> InputError {
        self.wrong(&self.header, column, message, help)
    }

    /// The error of a cell in a row.
    #[must_use]
    pub fn wrong(
        &self,
        record: &ByteRecord,
        column: usize,
        message: String,
        help: Option<String>,
    ) -> InputError {
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let span = cell_span(&self.source.text, start, column);
        InputError::within(&self.source, Some(span), String::new(), message, help)
    }
}

/// Rows of any length, the header among them.
fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// A cell as text.
#[must_use]
pub fn text(cell: &[u8]) -> &str {
    str::from_utf8(cell).unwrap_or("")
}

/// A cell as a finite number; nothing if it is not one.
#[must_use]
pub fn number(cell: &[u8]) -> Option<f64> {
    text(cell).parse().ok().filter(|number: &f64| number.is_finite())
}

/// The bytes of a cell of the row that begins at or after `start`.
fn cell_span(text: &str, start: usize, column: usize) -> Range<usize> {
    let row = &text[start..];
    let begin = start + row.len() - row.trim_start_matches(['\r', '\n', '\u{feff}']).len();
    let (mut from, mut at, mut quoted, mut cells) = (begin, begin, false, 0);
    for byte in text[begin..].bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            b',' if !quoted && cells == column => break,
            b',' if !quoted => (cells, from) = (cells + 1, at + 1),
            _ => {}
        }
        at += 1;
    }
    from..at
}

/// The bytes as they were before compression.
fn unpacked(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, InputError> {
    const MAGIC: [u8; 2] = [0x1f, 0x8b];
    let named = path.extension().is_some_and(|extension| extension == "gz");
    match (named, bytes.starts_with(&MAGIC)) {
        (false, false) => Ok(bytes),
        (false, true) => {
            let help = format!("name it `{}.gz`", path.display());
            Err(InputError::file(path, "the file is gzip, but its name does not end in `.gz`", Some(help)))
        }
        (true, false) => {
            let help = "compress it with gzip, or take `.gz` off its name".to_owned();
            Err(InputError::file(path, "the file is not gzip, though its name ends in `.gz`", Some(help)))
        }
        (true, true) => {
            let mut plain = Vec::new();
            let mut decoder = MultiGzDecoder::new(bytes.as_slice()).take(TABLE_BYTES + 1);
            decoder.read_to_end(&mut plain).map_err(|error| {
                let message = format!("the gzip file is damaged or cut short: {error}");
                InputError::file(path, message, Some("download or compress it again".into()))
            })?;
            if plain.len() as u64 > TABLE_BYTES {
                return Err(too_large(path, "is larger unpacked", TABLE_BYTES));
            }
            Ok(plain)
        }
    }
}

#[cfg(test)]
mod tests;
