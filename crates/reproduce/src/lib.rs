//! Experiments that are made with one command: sweeps of several scenarios, and what they say together.

pub mod folder;
pub mod sn28;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use dtao_files::folder::hashing::Hashing;
use dtao_files::folder::{Claims, FolderError, MANIFEST};
use dtao_statistics::interval::Interval;

/// The runs of one sweep without factors: outcomes by arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arms {
    /// By arm, then by outcome: one value per seed, in the order of seeds.
    arms: BTreeMap<String, BTreeMap<String, Vec<Option<f64>>>>,
    /// By arm: the seeds, in order.
    seeds: BTreeMap<String, Vec<u64>>,
}

impl Arms {
    /// Reads a sweep's `runs.csv`, and holds it against the sweep's manifest.
    ///
    /// # Errors
    /// If there is none, or it is not as the sweep wrote it.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let path = folder.join("runs.csv");
        let claims = Claims::read(&folder.join(MANIFEST))?;
        let digest =
            claims.filter(|claims| claims.complete).and_then(|claims| claims.tables.get("runs.csv").cloned());
        let Some(digest) = digest else {
            let what = "no manifest of a complete sweep names it; make the sweep anew".into();
            return Err(FolderError::Damaged { path, what });
        };
        let file = File::open(&path).map_err(|error| FolderError::read(&path, error))?;
        let mut file = Hashing::new(BufReader::new(file));
        let (arms, rows) = Self::of_table(&path, &mut file)?;
        file.drain().map_err(|error| FolderError::read(&path, error))?;
        match digest.difference_of(&path, &file.passed(), Some(rows)) {
            Some(difference) => Err(difference.into()),
            None => Ok(arms),
        }
    }

    /// Reads a table as a sweep writes it; returns the number of rows, too.
    fn of_table(path: &Path, table: impl Read) -> Result<(Self, u64), FolderError> {
        let damaged = |what: String| FolderError::Damaged { path: path.to_owned(), what };
        let mut reader = csv::Reader::from_reader(table);
        let header = reader.headers().map_err(|error| damaged(error.to_string()))?.clone();
        let column = |name: &str| {
            header
                .iter()
                .position(|found| found == name)
                .ok_or_else(|| damaged(format!("no column `{name}`")))
        };
        let (arm, seed) = (column("arm")?, column("seed")?);
        let mut arms = Self::default();
        let mut rows = 0;
        for record in reader.records() {
            let record = record.map_err(|error| damaged(error.to_string()))?;
            rows += 1;
            let name = record[arm].to_owned();
            let number = record[seed]
                .parse()
                .map_err(|_| damaged(format!("expected a seed, found `{}`", &record[seed])))?;
            arms.seeds.entry(name.clone()).or_default().push(number);
            let outcomes = arms.arms.entry(name).or_default();
            for (outcome, cell) in header.iter().zip(&record).skip(seed + 1) {
                let value = if cell.is_empty() {
                    None
                } else {
                    Some(cell.parse().map_err(|_| damaged(format!("expected a number, found `{cell}`")))?)
                };
                outcomes.entry(outcome.to_owned()).or_default().push(value);
            }
        }
        Ok((arms, rows))
    }

    /// The arms' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arms.keys().map(String::as_str)
    }

    /// An arm's outcome, one value per seed; nothing if there is no such.
    #[must_use]
    pub fn of(&self, arm: &str, outcome: &str) -> &[Option<f64>] {
        self.arms.get(arm).and_then(|outcomes| outcomes.get(outcome)).map_or(&[], Vec::as_slice)
    }

    /// Two arms' outcome over the seeds of both.
    #[must_use]
    pub fn pairs(&self, first: &str, second: &str, outcome: &str) -> Vec<(f64, f64)> {
        let by_seed = |arm: &str| -> BTreeMap<u64, f64> {
            let seeds = self.seeds.get(arm).into_iter().flatten().copied();
            seeds.zip(self.of(arm, outcome)).filter_map(|(seed, value)| Some((seed, (*value)?))).collect()
        };
        let second = by_seed(second);
        by_seed(first).into_iter().filter_map(|(seed, a)| Some((a, *second.get(&seed)?))).collect()
    }
}

/// One answer: a number with its interval, of one mechanism and arm.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Answer {
    /// What is asked.
    pub question: &'static str,
    /// Under which mechanism.
    pub mechanism: &'static str,
    /// In which arm.
    pub arm: String,
    /// What the number is, with its unit.
    pub measure: &'static str,
    /// The number: a median, or a proportion.
    pub value: Option<f64>,
    /// From where ...
    pub low: Option<f64>,
    /// ... to where.
    pub high: Option<f64>,
    /// What the range is: the 5th to the 95th percentile over the seeds, or a 95 % interval of a proportion.
    pub range: &'static str,
    /// How many runs, or pairs of runs, it is from.
    pub n: usize,
}

impl Answer {
    fn with(mut self, value: Option<f64>, range: Option<Interval>, n: usize) -> Self {
        self.value = value;
        (self.low, self.high) = (range.map(|range| range.low), range.map(|range| range.high));
        self.n = n;
        self
    }
}
