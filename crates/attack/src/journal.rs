//! What was tried, line by line in a file: a search that was killed goes on from it.
//!
//! The search asks for the same runs in the same order whoever made them, so the file need not know how far the search was.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use dtao_files::folder::FolderError;

use crate::world::Seen;

/// A program's digest and a seed.
pub(crate) type Key = (u64, u64);

/// A file of what was tried.
pub(crate) struct Journal {
    path: PathBuf,
    file: BufWriter<File>,
    known: BTreeMap<Key, Seen>,
}

impl Journal {
    /// Opens a file, which need not be there, and reads what it holds. A line that is not whole, or not as it was written, counts as
    /// not there.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(FolderError::read(path, error)),
        };
        let known = text.lines().filter_map(read).collect();
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let mut file = BufWriter::new(opened.map_err(|error| FolderError::write(path, error))?);
        // After a line that was cut off, the next one begins on its own.
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n").map_err(|error| FolderError::write(path, error))?;
        }
        Ok(Self { path: path.to_owned(), file, known })
    }

    /// What an earlier process has seen.
    pub fn known(&self, key: &Key) -> Option<Seen> {
        self.known.get(key).copied()
    }

    /// Notes what was seen.
    pub fn note(&mut self, key: Key, seen: Seen) -> Result<(), FolderError> {
        let line = written(key, &seen);
        let line = format!("{line} {:08x}\n", check(&line));
        self.file.write_all(line.as_bytes()).map_err(|error| FolderError::write(&self.path, error))
    }

    /// Lets what was noted outlive the process.
    pub fn flush(&mut self) -> Result<(), FolderError> {
        self.file.flush().map_err(|error| FolderError::write(&self.path, error))
    }
}

fn written((digest, seed): Key, seen: &Seen) -> String {
    let Seen { wealth, earned, others, share, owns } = *seen;
    let bits = [wealth, earned, others, share].map(f64::to_bits);
    format!(
        "{digest:016x} {seed} {:016x} {:016x} {:016x} {:016x} {}",
        bits[0],
        bits[1],
        bits[2],
        bits[3],
        u8::from(owns)
    )
}

fn read(line: &str) -> Option<(Key, Seen)> {
    let (text, sum) = line.rsplit_once(' ')?;
    if u32::from_str_radix(sum, 16).ok()? != check(text) {
        return None;
    }
    let mut words = text.split(' ');
    let digest = u64::from_str_radix(words.next()?, 16).ok()?;
    let seed = words.next()?.parse().ok()?;
    let mut number = || Some(f64::from_bits(u64::from_str_radix(words.next()?, 16).ok()?));
    let (wealth, earned, others, share) = (number()?, number()?, number()?, number()?);
    let owns = words.next()? == "1";
    Some(((digest, seed), Seen { wealth, earned, others, share, owns }))
}

/// The sum by which a line that was cut off or damaged is known.
fn check(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_known_again_but_for_lines_that_are_not_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("000000.runs");
        let seen = |wealth| Seen { wealth, earned: 0.1, others: f64::INFINITY, share: -0.0, owns: true };
        let mut journal = Journal::open(&path).expect("it can be written");
        journal.note((7, 1), seen(1.5)).expect("it can be written");
        journal.note((8, 1), seen(f64::NEG_INFINITY)).expect("it can be written");
        journal.flush().expect("it can be written");
        let text = std::fs::read_to_string(&path).expect("it is there");
        std::fs::write(&path, &text[..text.len() - 3]).expect("it can be written");

        let mut journal = Journal::open(&path).expect("it can be read");
        assert_eq!(journal.known(&(7, 1)), Some(seen(1.5)));
        assert_eq!(journal.known(&(8, 1)), None, "its line was cut off");
        journal.note((8, 1), seen(2.0)).expect("it can be written");
        journal.flush().expect("it can be written");
        let journal = Journal::open(&path).expect("it can be read");
        assert_eq!(journal.known(&(8, 1)), Some(seen(2.0)));
    }
}
