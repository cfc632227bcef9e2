//! What runs came to, as rows of part files that can tell a damaged row.
//!
//! ```text
//! crc32 of the rest, begun with the sweep's identity | run | `ok` values  or  `failed` message
//! 3f2a91bc 17 ok 0.5,-,1e-9
//! 88d1e07a 18 failed "the books do not close at block 7"
//! ```
//! A row that was cut short, damaged, or made by another sweep does not fit its checksum, and is passed over.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// The rows of a complete shard.
pub(crate) const ROWS: &str = "rows";

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number in the plan.
    pub run: u64,
    /// Its outcomes, what was drawn of its priors and the samples of its series, in the order of the sweep; or why it has none.
    pub result: Result<Vec<Option<f64>>, String>,
}

/// Says which rows belong to a sweep: a hash of its plan, commit and scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The hash.
    pub text: String,
    /// How many values a row has: outcomes, priors and samples.
    pub values: usize,
}

impl Row {
    fn write(&self, identity: &Identity, line: &mut Vec<u8>) {
        let mut text = self.run.to_string();
        match &self.result {
            Ok(values) => {
                text.push_str(" ok ");
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    // The shortest text that reads back as the same number.
                    text.push_str(value.map_or("-", |_| ""));
                    if let Some(value) = value {
                        text.push_str(ryu::Buffer::new().format(*value));
                    }
                }
            }
            Err(message) => {
                text.push_str(" failed ");
                text.push_str(&serde_json::to_string(message).expect("text"));
            }
        }
        line.clear();
        writeln!(line, "{:08x} {text}", checksum(identity, text.as_bytes())).expect("memory takes all");
    }

    fn read(identity: &Identity, line: &[u8]) -> Option<Self> {
        let line = str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let (sum, text) = line.split_once(' ')?;
        if u32::from_str_radix(sum, 16).ok()? != checksum(identity, text.as_bytes()) {
            return None;
        }
        let mut words = text.splitn(3, ' ');
        let run = words.next()?.parse().ok()?;
        let result = match (words.next()?, words.next()?) {
            ("ok", values) => {
                let value = |text: &str| match text {
                    "-" => Some(None),
                    number => number.parse().ok().map(Some),
                };
                let values = values.split(',').map(value).collect::<Option<Vec<_>>>()?;
                Ok((values.len() == identity.values).then_some(values)?)
            }
            ("failed", message) => Err(serde_json::from_str(message).ok()?),
            _ => return None,
        };
        Some(Self { run, result })
    }
}

fn checksum(identity: &Identity, text: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(identity.text.as_bytes());
    hasher.update(text);
    hasher.finalize()
}

/// A part file that grows by whole rows.
#[derive(Debug)]
pub struct Writer {
    file: File,
    path: PathBuf,
    identity: Identity,
    line: Vec<u8>,
    length: u64,
}

impl Writer {
    /// Creates the file, which must not be there.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn create(path: PathBuf, identity: &Identity) -> Result<Self, Unwritable> {
        let file = File::create_new(&path).map_err(|error| Unwritable { path: path.clone(), error })?;
        Ok(Self { file, path, identity: identity.clone(), line: Vec::new(), length: 0 })
    }

    /// Appends a row, which outlives the process at once.
    ///
    /// # Errors
    /// If there is no room: the file then ends with the row before.
    pub fn append(&mut self, row: &Row) -> Result<(), Unwritable> {
        row.write(&self.identity, &mut self.line);
        self.file.write_all(&self.line).map_err(|error| {
            // What was written of the row does not fit its checksum: taking it away is only tidier.
            let _ = self.file.set_len(self.length);
            Unwritable { path: self.path.clone(), error }
        })?;
        self.length += self.line.len() as u64;
        Ok(())
    }

    /// Makes sure that the rows outlive the machine, too.
    ///
    /// # Errors
    /// If the disk cannot take them.
    pub fn sync(&self) -> Result<(), Unwritable> {
        self.file.sync_all().map_err(|error| Unwritable { path: self.path.clone(), error })
    }
}

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}", path = path.display())]
pub struct Unwritable {
    /// The file in question.
    pub path: PathBuf,
    /// What the operating system said.
    pub error: io::Error,
}

/// The rows of one part file, whose runs rise.
#[derive(Debug)]
struct Reader {
    file: BufReader<File>,
    path: PathBuf,
    identity: Identity,
    line: Vec<u8>,
    last: Option<u64>,
    damaged: u64,
}

impl Reader {
    fn open(path: &Path, identity: &Identity) -> Result<Self, RowsError> {
        let file = File::open(path).map_err(|error| RowsError::Read { path: path.to_owned(), error })?;
        Ok(Self {
            file: BufReader::with_capacity(1 << 16, file),
            path: path.to_owned(),
            identity: identity.clone(),
            line: Vec::new(),
            last: None,
            damaged: 0,
        })
    }

    fn next(&mut self) -> Result<Option<Row>, RowsError> {
        loop {
            self.line.clear();
            let read = self.file.read_until(b'\n', &mut self.line);
            if read.map_err(|error| RowsError::Read { path: self.path.clone(), error })? == 0 {
                return Ok(None);
            }
            match Row::read(&self.identity, &self.line) {
                Some(row) if self.last.is_none_or(|last| row.run > last) => {
                    self.last = Some(row.run);
                    return Ok(Some(row));
                }
                _ => self.damaged += 1,
            }
        }
    }
}

/// The rows of many part files, in the order of the plan.
#[derive(Debug)]
pub struct Merged {
    readers: Vec<Reader>,
    heads: Vec<Option<Row>>,
    order: BinaryHeap<Reverse<(u64, usize)>>,
}

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// A file could not be read.
    #[error("{path}: {error}", path = path.display())]
    Read {
        /// The file in question.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// Two rows of one run differ.
    #[error(
        "run {run} came out differently the second time; a run must depend on its row alone: please report this, \
         with the sweep's manifest.json"
    )]
    Contradiction {
        /// The number of the run in the plan.
        run: u64,
    },
}

impl Merged {
    /// Opens part files.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn open<P: AsRef<Path>>(paths: &[P], identity: &Identity) -> Result<Self, RowsError> {
        let mut merged = Self { readers: Vec::new(), heads: Vec::new(), order: BinaryHeap::new() };
        for (at, path) in paths.iter().enumerate() {
            merged.readers.push(Reader::open(path.as_ref(), identity)?);
            merged.heads.push(None);
            merged.advance(at)?;
        }
        Ok(merged)
    }

    /// The next row; a run that stands in several files comes once.
    ///
    /// # Errors
    /// If a file cannot be read, or two rows contradict each other.
    pub fn next_row(&mut self) -> Result<Option<Row>, RowsError> {
        let Some(Reverse((run, at))) = self.order.pop() else { return Ok(None) };
        let row = self.heads[at].take().expect("its head is in the queue");
        self.advance(at)?;
        while let Some(&Reverse((other, at))) = self.order.peek()
            && other == run
        {
            self.order.pop();
            let twin = self.heads[at].take().expect("its head is in the queue");
            if !same(&row, &twin) {
                return Err(RowsError::Contradiction { run });
            }
            self.advance(at)?;
        }
        Ok(Some(row))
    }

    fn advance(&mut self, at: usize) -> Result<(), RowsError> {
        self.heads[at] = self.readers[at].next()?;
        if let Some(row) = &self.heads[at] {
            self.order.push(Reverse((row.run, at)));
        }
        Ok(())
    }

    /// How many rows were damaged, so far.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.readers.iter().map(|reader| reader.damaged).sum()
    }
}

/// Equal bit by bit, not-a-number included.
fn same(a: &Row, b: &Row) -> bool {
    match (&a.result, &b.result) {
        (Ok(a), Ok(b)) => a.iter().map(|x| x.map(f64::to_bits)).eq(b.iter().map(|x| x.map(f64::to_bits))),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const RUNS: u64 = 20;

    fn identity() -> Identity {
        Identity { text: "mine".into(), values: 2 }
    }

    fn row(run: u64) -> Row {
        let result = match run % 5 {
            4 => Err(format!("run {run} says:\n\"no\"")),
            n => Ok(vec![(n > 0).then_some(run as f64 / 7.0), Some(-1e-300)]),
        };
        Row { run, result }
    }

    /// Rows in two files, as two workers would have written them.
    fn written(folder: &Path) -> Vec<PathBuf> {
        let paths = ["a", "b"].map(|name| folder.join(name));
        let mut writers = paths.clone().map(|path| Writer::create(path, &identity()).expect("a file"));
        for run in 0..RUNS {
            writers[usize::from(run % 3 == 0)].append(&row(run)).expect("room");
        }
        paths.to_vec()
    }

    fn read(paths: &[PathBuf], identity: &Identity) -> Result<(Vec<Row>, u64), RowsError> {
        let mut merged = Merged::open(paths, identity)?;
        let mut rows = Vec::new();
        while let Some(row) = merged.next_row()? {
            rows.push(row);
        }
        Ok((rows, merged.damaged()))
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    #[test]
    fn rows_come_back_as_they_were_in_the_order_of_the_plan() {
        let folder = folder();
        let (rows, damaged) = read(&written(folder.path()), &identity()).expect("readable");
        assert_eq!(rows, (0..RUNS).map(row).collect::<Vec<_>>());
        assert_eq!(damaged, 0);
    }

    #[test]
    fn a_file_cut_anywhere_loses_at_most_the_row_that_was_cut() {
        let folder = folder();
        let paths = written(folder.path());
        let whole = fs::read(&paths[0]).expect("it is there");
        for length in 0..whole.len() {
            fs::write(&paths[0], &whole[..length]).expect("room");
            let complete = String::from_utf8_lossy(&whole[..length]).matches('\n').count();
            let (rows, _) = read(&paths, &identity()).expect("readable");
            // The other file has every third run.
            assert_eq!(rows.len(), complete + RUNS.div_ceil(3) as usize, "cut at {length}");
            assert!(rows.iter().all(|found| *found == row(found.run)), "cut at {length}");
        }
    }

    #[test]
    fn any_changed_byte_is_noticed_and_costs_at_most_two_rows() {
        let folder = folder();
        let paths = written(folder.path());
        let whole = fs::read(&paths[0]).expect("it is there");
        for at in 0..whole.len() {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 0x08;
            fs::write(&paths[0], &spoilt).expect("room");
            let (rows, damaged) = read(&paths, &identity()).expect("readable");
            assert!(damaged >= 1, "byte {at}");
            assert!(rows.len() >= RUNS as usize - 2, "byte {at}");
            assert!(rows.iter().all(|found| *found == row(found.run)), "byte {at}");
        }
    }

    #[test]
    fn rows_of_another_sweep_are_passed_over() {
        let folder = folder();
        let other = Identity { text: "yours".into(), values: 2 };
        let (rows, damaged) = read(&written(folder.path()), &other).expect("readable");
        assert_eq!((rows.len(), damaged), (0, RUNS));
    }

    #[test]
    fn a_run_in_two_files_comes_once_unless_it_came_out_differently() {
        let folder = folder();
        let mut paths = written(folder.path());
        let twin = |row: &Row| {
            let path = folder.path().join("twin");
            let _ = fs::remove_file(&path);
            Writer::create(path.clone(), &identity()).and_then(|mut file| file.append(row)).expect("room");
            path
        };
        paths.push(twin(&row(7)));
        assert_eq!(read(&paths, &identity()).expect("readable").0.len(), RUNS as usize);
        twin(&Row { run: 7, result: Ok(vec![Some(1.0), None]) });
        let error = read(&paths, &identity()).expect_err("a contradiction");
        assert!(matches!(error, RowsError::Contradiction { run: 7 }), "{error}");
    }
}
