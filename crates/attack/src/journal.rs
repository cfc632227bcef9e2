//! What was tried, and how long that took, line by line in a file: a search that was killed goes on from it.
//!
//! The search asks for the same runs in the same order whoever made them, so the file need not know how far the search was.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dtao_files::folder::FolderError;

use crate::world::Seen;

/// A program's digest and a seed.
pub(crate) type Key = (u64, u64);

/// After how many runs the time that a search had taken was noted, and what it was.
pub(crate) type Time = (u64, Duration);

/// A file of what was tried.
pub(crate) struct Journal {
    path: PathBuf,
    file: BufWriter<File>,
    known: BTreeMap<Key, Seen>,
    clock: Option<Time>,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line {
    Run(Key, Seen),
    Clock(Time),
}

impl Journal {
    /// The file of a world in a folder, by the world's number: 0 of the scenario as it is.
    pub fn of(folder: &Path, world: usize) -> Result<Self, FolderError> {
        Self::open(&folder.join(format!("{world:06}.runs")))
    }

    /// Opens a file, which need not be there, and reads what it holds. A line that is not whole, or not as it was written, counts as
    /// not there.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(FolderError::read(path, error)),
        };
        let (mut known, mut clock) = (BTreeMap::new(), None);
        for line in text.lines().filter_map(read) {
            match line {
                Line::Run(key, seen) => drop(known.insert(key, seen)),
                Line::Clock(time) => clock = Some(time),
            }
        }
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let mut file = BufWriter::new(opened.map_err(|error| FolderError::write(path, error))?);
        // After a line that was cut off, the next one begins on its own.
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n").map_err(|error| FolderError::write(path, error))?;
        }
        Ok(Self { path: path.to_owned(), file, known, clock })
    }

    /// What an earlier process has seen.
    pub fn known(&self, key: &Key) -> Option<Seen> {
        self.known.get(key).copied()
    }

    /// The time that earlier processes have taken.
    pub fn clock(&self) -> Option<Time> {
        self.clock
    }

    /// Notes what was seen.
    pub fn note(&mut self, key: Key, seen: Seen) -> Result<(), FolderError> {
        self.write(Line::Run(key, seen))
    }

    /// Notes the time.
    pub fn note_clock(&mut self, time: Time) -> Result<(), FolderError> {
        self.write(Line::Clock(time))
    }

    fn write(&mut self, line: Line) -> Result<(), FolderError> {
        let line = written(line);
        let line = format!("{line} {:08x}\n", check(&line));
        self.file.write_all(line.as_bytes()).map_err(|error| FolderError::write(&self.path, error))
    }

    /// Lets what was noted outlive the process.
    pub fn flush(&mut self) -> Result<(), FolderError> {
        self.file.flush().map_err(|error| FolderError::write(&self.path, error))
    }
}

/// What a line about the time begins with; one about a run begins with a number.
const CLOCK: &str = "clock";

fn written(line: Line) -> String {
    match line {
        Line::Run((digest, seed), Seen { wealth, earned, others, left, share, owns, neurons }) => {
            let bits =
                [wealth, earned, others, left, share].map(|number| format!("{:016x}", number.to_bits()));
            format!("{digest:016x} {seed} {} {} {neurons}", bits.join(" "), u8::from(owns))
        }
        Line::Clock((evaluations, time)) => format!("{CLOCK} {evaluations} {}", time.as_nanos()),
    }
}

fn read(line: &str) -> Option<Line> {
    let (text, sum) = line.rsplit_once(' ')?;
    if u32::from_str_radix(sum, 16).ok()? != check(text) {
        return None;
    }
    let mut words = text.split(' ');
    let first = words.next()?;
    if first == CLOCK {
        let evaluations = words.next()?.parse().ok()?;
        return Some(Line::Clock((evaluations, Duration::from_nanos(words.next()?.parse().ok()?))));
    }
    let digest = u64::from_str_radix(first, 16).ok()?;
    let seed = words.next()?.parse().ok()?;
    let mut number = || Some(f64::from_bits(u64::from_str_radix(words.next()?, 16).ok()?));
    let (wealth, earned, others) = (number()?, number()?, number()?);
    let (left, share) = (number()?, number()?);
    let (owns, neurons) = (words.next()? == "1", words.next()?.parse().ok()?);
    Some(Line::Run((digest, seed), Seen { wealth, earned, others, left, share, owns, neurons }))
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
        let seen = |wealth| Seen {
            wealth,
            earned: 0.1,
            others: f64::INFINITY,
            left: 2.5,
            share: -0.0,
            owns: true,
            neurons: 3,
        };
        let mut journal = Journal::open(&path).expect("it can be written");
        journal.note((7, 1), seen(1.5)).expect("it can be written");
        journal.note_clock((1, Duration::from_millis(1_500))).expect("it can be written");
        journal.note((8, 1), seen(f64::NEG_INFINITY)).expect("it can be written");
        journal.flush().expect("it can be written");
        let text = std::fs::read_to_string(&path).expect("it is there");
        std::fs::write(&path, &text[..text.len() - 3]).expect("it can be written");

        let mut journal = Journal::open(&path).expect("it can be read");
        assert_eq!(journal.known(&(7, 1)), Some(seen(1.5)));
        assert_eq!(journal.known(&(8, 1)), None, "its line was cut off");
        assert_eq!(journal.clock(), Some((1, Duration::from_millis(1_500))));
        journal.note((8, 1), seen(2.0)).expect("it can be written");
        journal.flush().expect("it can be written");
        let journal = Journal::open(&path).expect("it can be read");
        assert_eq!(journal.known(&(8, 1)), Some(seen(2.0)));
    }
}
