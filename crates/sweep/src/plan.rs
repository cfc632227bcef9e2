//! The plan of a sweep: every run, numbered, before the first one is made.
//!
//! Runs are ordered by point, then arm, then seed. A run is a pure function of its row.

mod checks;
mod given;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dtao_engine::random::RunSeed;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::priors;
use dtao_experiment::scenario::{AsSpec, Base, LaunchSubnets, Loaded, Resolved};
use dtao_files::folder::hashing::Hashing;
use dtao_files::folder::table::Digest;
use dtao_files::input::{InputError, Source, ron_file, suggest};
use dtao_metrics::kind::MetricKind;
use dtao_metrics::series::Series as Sampled;
use dtao_statistics::{Stopping, StoppingError};
use rayon::prelude::*;

use super::columns::COLUMNS;
use super::file::{Ordered, Sweep, Until, Value};
use super::points::Points;
use super::seeds::Seeds;
use super::series::{self, Series};
use super::writers;
use checks::check_names;

/// A sweep that has been read and checked, with all of its runs.
#[derive(Debug)]
pub struct Plan {
    /// Its name: the file's, without folder and ending.
    pub name: String,
    /// The file, and its text.
    pub source: Source,
    /// What the file says, with the seeds that are used.
    pub sweep: Sweep,
    /// The scenario's file.
    pub scenario: PathBuf,
    /// The assignments that were given with the file: of `set`, those that it does not say itself.
    pub given: Vec<String>,
    /// What is varied.
    pub points: Points,
    /// The metrics that are reported, in order.
    pub outcomes: Vec<String>,
    /// The quantities whose values over time are kept.
    pub series: Vec<Series>,
    /// What each run is asked for of them.
    sampled: Vec<Sampled>,
    /// The scenario's text with the values of `set`, before factors and arms.
    pub base: Resolved,
    library: Arc<Library>,
}

/// What of a sweep's file is not taken as it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes<'c> {
    /// Another scenario than the file's.
    pub scenario: Option<&'c Path>,
    /// Other seeds than the file's.
    pub seeds: Option<Seeds>,
    /// Values that hold in all runs, as `PATH=VALUE`, besides those of `set` or instead of them.
    pub set: &'c [String],
}

/// Whether a file is a sweep's, rather than a scenario's.
///
/// # Errors
/// If it cannot be read.
pub fn is_sweep(path: &Path) -> Result<bool, InputError> {
    Ok(ron_file::name(&Source::read(path)?.text) == "Sweep")
}

/// What the scenarios of all cells have together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// SHA-256 of all files of data, by name.
    pub files: BTreeMap<String, String>,
    /// The quantities that are drawn once per run in some cell, by group and field.
    pub priors: BTreeSet<String>,
}

impl Checked {
    fn of(loaded: &Loaded) -> Self {
        // Which quantities are drawn does not depend on the seed.
        let drawn = priors(&loaded.scenario, RunSeed(0)).into_iter().filter(|drawn| drawn.unknown);
        Self { files: loaded.files.clone(), priors: drawn.map(|drawn| drawn.name).collect() }
    }
}

/// A row of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its number, from 0.
    pub run: u64,
    /// Its point, from 0.
    pub point: u64,
    /// Its arm, from 0.
    pub arm: usize,
    /// Its seed.
    pub seed: u64,
}

impl Plan {
    /// Reads a sweep's file, and the scenario that it names; `seeds` replace the file's.
    ///
    /// # Errors
    /// If a file is missing or wrong, or the design cannot be run.
    pub fn read(path: &Path, seeds: Option<(u64, u64)>) -> Result<Self, InputError> {
        Self::of(Source::read(path)?, seeds, Arc::default())
    }

    /// [`Self::read`], of a text that is at hand, with files that a library may have read already.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn of(source: Source, seeds: Option<(u64, u64)>, library: Arc<Library>) -> Result<Self, InputError> {
        let seeds = seeds.map(|(from, to)| Seeds::Range(from, to));
        Self::changed(source, &Changes { scenario: None, seeds, set: &[] }, library)
    }

    /// The plan of a sweep's text with some changes, with files that a library may have read already.
    ///
    /// # Errors
    /// As for [`Self::read`]; and if a value is given for what the sweep varies.
    pub fn changed(source: Source, changes: &Changes, library: Arc<Library>) -> Result<Self, InputError> {
        let path = source.path.clone();
        let mut sweep: Sweep = ron_file::parse(&source)?;
        if let Some(seeds) = changes.seeds {
            sweep.seeds = seeds.from(sweep.seeds.0);
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let scenario = plain(changes.scenario.unwrap_or(&folder.join(&sweep.scenario)));
        let given = given::add(&mut sweep, changes.set, &source)?;
        check_names(&sweep, &source)?;
        let points = Points::of(&sweep, &source, folder)?;
        library.source(&scenario).map_err(|error| error.named_in(&source, "scenario"))?;
        let base = Base::read(&library, &scenario)?;
        writers::check(&sweep, points.factors(), &source, &base.source.text, changes.set)?;
        let mut plan = Self {
            name: path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
            base: Resolved::read_from(&library, &scenario, &assignments(&sweep, &sweep.set))?,
            outcomes: Vec::new(),
            series: Vec::new(),
            sampled: Vec::new(),
            given,
            source,
            sweep,
            scenario,
            points,
            library,
        };
        plan.check_size()?;
        plan.outcomes = plan.resolve_outcomes()?;
        plan.series = series::resolve(&plan.sweep, &plan.base.scenario, &plan.source)?;
        plan.sampled = plan.series.iter().map(Series::sampled).collect();
        plan.check_columns()?;
        plan.check_until()?;
        Ok(plan)
    }

    /// The runtime that stands in for those whose rules are not known, as far as cells have been read.
    #[must_use]
    pub fn as_spec(&self) -> Option<AsSpec> {
        self.library.replaced()
    }

    /// Reads the scenario of every cell, so that a wrong one is found before the first run.
    ///
    /// # Errors
    /// If a cell's scenario is wrong: the first such.
    pub fn check(&self) -> Result<Checked, InputError> {
        type Read = Result<Checked, (u64, InputError)>;
        let read = |cell| self.load(cell).map(|loaded| Checked::of(&loaded)).map_err(|error| (cell, error));
        let both = |a: Read, b: Read| match (a, b) {
            (Ok(mut a), Ok(b)) => {
                a.files.extend(b.files);
                a.priors.extend(b.priors);
                Ok(a)
            }
            // Whichever thread was first: the first cell that is wrong is told.
            (Err(a), Err(b)) => Err(if a.0 <= b.0 { a } else { b }),
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        let all = (0..self.cells()).into_par_iter().map(read).reduce(|| Ok(Checked::default()), both);
        all.map_err(|(_, error)| error)
    }

    /// The outcomes that are asked for, or all metrics of the scenario.
    fn resolve_outcomes(&self) -> Result<Vec<String>, InputError> {
        let metrics: Vec<&String> = self.base.scenario.metrics.keys().collect();
        for (index, outcome) in self.sweep.outcomes.iter().enumerate() {
            let refuse = |message: String, help| {
                Err(InputError::at(&self.source, &format!("outcomes[{index}]"), message, help))
            };
            if !metrics.contains(&outcome) {
                let message = format!("the scenario has no metric `{outcome}`");
                return refuse(message, suggest(outcome, &metrics, "metrics"));
            }
            if self.sweep.outcomes[..index].contains(outcome) {
                return refuse(format!("`{outcome}` is named twice"), None);
            }
        }
        if metrics.is_empty() {
            let help = "add `metrics` to the scenario: a sweep reports nothing else".to_owned();
            let message = "the scenario has no metrics to report";
            return Err(InputError::at(&self.source, "scenario", message, Some(help)));
        }
        let all = || metrics.iter().map(|&name| name.clone()).collect();
        Ok(if self.sweep.outcomes.is_empty() { all() } else { self.sweep.outcomes.clone() })
    }

    /// The outcomes that look beyond the last block, since the runs are cut short.
    #[must_use]
    pub fn unreached(&self) -> Vec<&str> {
        let mut names = self.base.unreached();
        names.retain(|name| self.outcomes.iter().any(|outcome| outcome == name));
        names
    }

    /// What an outcome is: the same in all cells.
    ///
    /// # Panics
    /// If there is no such outcome.
    #[must_use]
    pub fn kind(&self, outcome: &str) -> MetricKind {
        self.base.scenario.metrics[outcome].kind()
    }

    /// The rule by which a point has seeds enough, if there is one.
    #[must_use]
    pub fn stopping(&self) -> Option<Stopping> {
        self.rule().and_then(Result::ok)
    }

    fn rule(&self) -> Option<Result<Stopping, StoppingError>> {
        let &Until::HalfWidth { half_width, min, batch, .. } = self.sweep.until.as_ref()?;
        Some(Stopping::new(half_width, min, batch, usize::try_from(self.seeds()).unwrap_or(usize::MAX)))
    }

    /// What is worth knowing of the design before it is run, and is no error.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        Points::note(&self.sweep.design)
    }

    /// How many runs each point has in each arm; with `until`, at most.
    #[must_use]
    pub fn seeds(&self) -> u64 {
        self.sweep.seeds.1 - self.sweep.seeds.0
    }

    /// How many cells there are: points, each in every arm.
    #[must_use]
    pub fn cells(&self) -> u64 {
        self.points.len() * self.sweep.arms.len() as u64
    }

    /// How many runs there are.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.cells() * self.seeds()
    }

    /// The row of a run.
    #[must_use]
    pub fn row(&self, run: u64) -> Planned {
        let (cell, seed) = (run / self.seeds(), run % self.seeds());
        let arms = self.sweep.arms.len() as u64;
        Planned { run, point: cell / arms, arm: (cell % arms) as usize, seed: self.sweep.seeds.0 + seed }
    }

    /// The cell of a run.
    #[must_use]
    pub fn cell(&self, run: u64) -> u64 {
        run / self.seeds()
    }

    /// An arm's name and values.
    #[must_use]
    pub fn arm(&self, arm: usize) -> (&str, &Ordered<Value>) {
        self.sweep.arms.iter().nth(arm).expect("arms are numbered by the plan")
    }

    /// Values as `PATH=VALUE`, with names replaced by their paths.
    #[must_use]
    pub fn as_assignments(&self, set: &Ordered<Value>) -> Vec<String> {
        assignments(&self.sweep, set)
    }

    /// What a cell sets, as `PATH=VALUE`: the values of all runs, then the point's, then the arm's.
    #[must_use]
    pub fn assignments(&self, cell: u64) -> Vec<String> {
        let row = self.row(cell * self.seeds());
        let mut all = self.as_assignments(&self.sweep.set);
        let values = self.points.values(row.point);
        all.extend(
            self.points
                .factors()
                .iter()
                .zip(values)
                .map(|(factor, value)| format!("{}={value}", factor.path)),
        );
        all.extend(self.as_assignments(self.arm(row.arm).1));
        all
    }

    /// The scenario of a cell, read and checked.
    ///
    /// # Errors
    /// If a value of the point or the arm does not fit the scenario, or the scenario is wrong.
    pub fn load(&self, cell: u64) -> Result<Loaded, InputError> {
        let assignments = self.assignments(cell);
        let read = Loaded::read_from(&self.library, &self.scenario, &assignments, LaunchSubnets::Needed);
        let read = read.and_then(|loaded| self.check_outcomes(&loaded).map(|()| loaded));
        let row = self.row(cell * self.seeds());
        let place = format!("point {}, arm `{}`", row.point, self.arm(row.arm).0);
        let loaded = read.map_err(|error| error.of(&place))?;
        series::check(&self.series, &loaded, &self.source, &place)?;
        Ok(Loaded { series: self.sampled.clone(), ..loaded })
    }

    /// What plan.csv and points.csv are, as they are written.
    #[must_use]
    pub fn digests(&self) -> (Digest, Digest) {
        let mut plan = Hashing::new(io::sink());
        self.write(&mut plan).expect("a hash takes all that is written");
        let mut points = Hashing::new(io::sink());
        self.write_points(&mut points).expect("a hash takes all that is written");
        (Digest::new(plan.passed(), Some(self.runs())), Digest::new(points.passed(), Some(self.points.len())))
    }

    /// Writes the points: their numbers and values.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write_points(&self, to: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(to);
        let names = self.points.factors().iter().map(|factor| factor.name.as_str());
        writer.write_record(std::iter::once("point").chain(names))?;
        for point in 0..self.points.len() {
            let number = point.to_string();
            writer.write_record(std::iter::once(number.as_str()).chain(self.points.values(point)))?;
        }
        writer.flush()
    }

    /// Writes the plan: a row for each run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(to);
        let names = self.points.factors().iter().map(|factor| factor.name.as_str());
        writer.write_record(COLUMNS.into_iter().chain(names))?;
        let mut number = [itoa::Buffer::new(), itoa::Buffer::new(), itoa::Buffer::new()];
        for run in 0..self.runs() {
            let row = self.row(run);
            let [run, point, seed] = &mut number;
            let first = [run.format(row.run), point.format(row.point), self.arm(row.arm).0];
            let values = self.points.values(row.point);
            writer.write_record(first.into_iter().chain([seed.format(row.seed)]).chain(values))?;
        }
        writer.flush()
    }
}

/// Values as `PATH=VALUE`, with names replaced by their paths.
fn assignments(sweep: &Sweep, set: &Ordered<Value>) -> Vec<String> {
    let path = |name: &str| sweep.names.get(name).cloned().unwrap_or_else(|| name.to_owned());
    set.iter().map(|(name, value)| format!("{}={}", path(name), value.0)).collect()
}

/// A path without detours: `configs/sweeps/../scenarios` is `configs/scenarios`.
fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detours_are_taken_out_of_a_path() {
        for (long, short) in [
            ("configs/sweeps/../scenarios/a.ron", "configs/scenarios/a.ron"),
            ("./a/./b.ron", "a/b.ron"),
            ("../../a.ron", "../../a.ron"),
            ("/a/../b.ron", "/b.ron"),
        ] {
            assert_eq!(plain(Path::new(long)), Path::new(short), "{long}");
        }
    }
}
