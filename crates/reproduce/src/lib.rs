//! Experiments that are made with one command: sweeps of several scenarios, and what they say together.

pub mod claims;
pub mod editions;
pub mod folder;
pub mod page;
pub mod placebo;
pub mod published;
pub mod runs;
pub mod sn28;
pub mod studies;
pub mod study;
pub mod tables;
pub mod text;

use std::collections::BTreeMap;
use std::path::Path;

use dtao_files::folder::FolderError;
use dtao_files::folder::rows::Rows;
use dtao_statistics::interval::proportion;
use dtao_statistics::{Cell, Support, quantile};

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
        Self::of_table(runs::table(folder, "runs.csv")?)
    }

    /// Reads a table as a sweep writes it.
    fn of_table(rows: Rows) -> Result<Self, FolderError> {
        let (arm, seed) = (rows.place("arm")?, rows.place("seed")?);
        let outcomes = rows.columns().map(str::to_owned).enumerate().skip(seed + 1);
        let outcomes: Vec<(usize, String)> = outcomes.collect();
        let mut arms = Self::default();
        rows.each(|row| {
            let name = row.text(arm).to_owned();
            arms.seeds.entry(name.clone()).or_default().push(row.whole(seed)?);
            let values = arms.arms.entry(name).or_default();
            for (at, outcome) in &outcomes {
                values.entry(outcome.clone()).or_default().push(row.number(*at)?);
            }
            Ok(())
        })?;
        Ok(arms)
    }

    /// The arms' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arms.keys().map(String::as_str)
    }

    /// Whether there is an arm.
    #[must_use]
    pub fn has(&self, arm: &str) -> bool {
        self.arms.contains_key(arm)
    }

    /// An arm's outcome, one value per seed; nothing if there is no such.
    #[must_use]
    pub fn of(&self, arm: &str, outcome: &str) -> &[Option<f64>] {
        self.arms.get(arm).and_then(|outcomes| outcomes.get(outcome)).map_or(&[], Vec::as_slice)
    }

    /// An arm's outcome by seed, where it has a value.
    fn by_seed(&self, arm: &str, outcome: &str) -> BTreeMap<u64, f64> {
        let seeds = self.seeds.get(arm).into_iter().flatten().copied();
        seeds.zip(self.of(arm, outcome)).filter_map(|(seed, value)| Some((seed, (*value)?))).collect()
    }

    /// Two arms' outcome over the seeds of both.
    #[must_use]
    pub fn pairs(&self, first: &str, second: &str, outcome: &str) -> Vec<(f64, f64)> {
        pairs((self, first), (self, second), outcome)
    }

    /// Some outcomes of an arm, run by run, where all of them have a value.
    #[must_use]
    pub fn together<const N: usize>(&self, arm: &str, outcomes: [&str; N]) -> Vec<[f64; N]> {
        let columns = outcomes.map(|outcome| self.of(arm, outcome));
        let runs = columns.iter().map(|column| column.len()).min().unwrap_or(0);
        let row = |run: usize| {
            let cells = columns.map(|column| column[run]);
            cells.iter().all(Option::is_some).then(|| cells.map(|cell| cell.unwrap_or(f64::NAN)))
        };
        (0..runs).filter_map(row).collect()
    }
}

/// The outcome of two arms, of one sweep or two, over the seeds of both.
#[must_use]
pub fn pairs(first: (&Arms, &str), second: (&Arms, &str), outcome: &str) -> Vec<(f64, f64)> {
    let others = second.0.by_seed(second.1, outcome);
    let firsts = first.0.by_seed(first.1, outcome);
    firsts.into_iter().filter_map(|(seed, a)| Some((a, *others.get(&seed)?))).collect()
}

/// One answer: a number with its range, of one mechanism and arm.
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
    /// Of a median: its 95 % interval, from where ...
    pub sure_low: Option<f64>,
    /// ... to where; nothing below six seeds, and of a proportion, whose range it is already.
    pub sure_high: Option<f64>,
    /// How many runs, or pairs of runs, it is from.
    pub n: usize,
}

const PERCENTILES: &str = "5 to 95 % of the seeds";
const PROPORTION: &str = "95 % interval of the proportion (Wilson)";

impl Answer {
    /// An answer without a number yet.
    fn to(question: &'static str, mechanism: &'static str, arm: &str, measure: &'static str) -> Self {
        let (value, low, high, sure_low, sure_high) = (None, None, None, None, None);
        let arm = arm.into();
        Self {
            question,
            mechanism,
            arm,
            measure,
            value,
            low,
            high,
            range: PERCENTILES,
            sure_low,
            sure_high,
            n: 0,
        }
    }

    /// A number that nothing random is in; nothing if it is not finite.
    fn exactly(mut self, value: f64) -> Self {
        self.range = "";
        self.n = 1;
        self.value = value.is_finite().then_some(value);
        self
    }

    /// A number with an interval that is known otherwise, and what that interval is.
    fn between(mut self, value: f64, (low, high): (f64, f64), range: &'static str, n: usize) -> Self {
        (self.value, self.low, self.high) = (Some(value), Some(low), Some(high));
        self.range = range;
        self.n = n;
        self
    }

    /// The median of values, its interval, and the range of nine tenths of them; nothing of no values.
    fn median(mut self, values: &[f64]) -> Self {
        let all: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let sorted = sorted(&all);
        self.range = PERCENTILES;
        self.n = sorted.len();
        if sorted.is_empty() {
            return self;
        }
        (self.value, self.low) = (Some(quantile(&sorted, 0.5)), Some(quantile(&sorted, 0.05)));
        self.high = Some(quantile(&sorted, 0.95));
        let sure = Cell::of(&all, Support::Numbers).quantiles.and_then(|quantiles| quantiles[2].interval);
        (self.sure_low, self.sure_high) = (sure.map(|sure| sure.low), sure.map(|sure| sure.high));
        self
    }

    /// How often something is so, and Wilson's interval; nothing of no cases.
    fn proportion(mut self, cases: &[bool]) -> Self {
        self.range = PROPORTION;
        self.n = cases.len();
        if cases.is_empty() {
            return self;
        }
        let ones = cases.iter().filter(|&&is| is).count();
        let range = proportion(ones, cases.len());
        (self.value, self.low, self.high) =
            (Some(ones as f64 / cases.len() as f64), Some(range.low), Some(range.high));
        self
    }
}

/// The values that there are, in rising order.
fn sorted(values: &[Option<f64>]) -> Vec<f64> {
    let mut values: Vec<f64> = values.iter().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use dtao_files::folder::table::{Digest, Tables};

    use super::*;

    /// Runs as a sweep writes them.
    pub(crate) fn arms(text: &str) -> Arms {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("runs.csv");
        std::fs::write(&path, text).expect("room");
        let rows = text.lines().count() as u64 - 1;
        let tables =
            Tables::from([("runs.csv".to_owned(), Digest::of_file(&path, Some(rows)).expect("readable"))]);
        let table = Rows::open(folder.path(), "runs.csv", &tables).and_then(Arms::of_table);
        table.expect("it is as a sweep writes it")
    }

    #[test]
    fn outcomes_are_taken_together_where_all_have_a_value() {
        let runs = arms("run,point,arm,seed,x,y\n0,0,a,1,1,2\n1,0,a,2,,3\n2,0,a,3,4,5\n");
        assert_eq!(runs.together("a", ["y", "x"]), [[2.0, 1.0], [5.0, 4.0]]);
        assert_eq!(runs.together("a", ["x", "z"]), Vec::<[f64; 2]>::new());
    }

    #[test]
    fn a_median_has_the_range_of_the_seeds_and_an_interval_of_its_own() {
        let values: Vec<f64> = (0..=20).map(f64::from).collect();
        let answer = Answer::to("why?", "M1", "a", "x").median(&values);
        assert_eq!(
            (answer.value, answer.low, answer.high, answer.n),
            (Some(10.0), Some(1.0), Some(19.0), 21)
        );
        let sure = (answer.sure_low.expect("21 values"), answer.sure_high.expect("21 values"));
        assert!(sure.0 > 1.0 && sure.0 < 10.0 && sure.1 > 10.0 && sure.1 < 19.0, "{sure:?}");
        let none = Answer::to("why?", "M1", "a", "x").median(&[]);
        assert_eq!((none.value, none.n), (None, 0));
    }

    #[test]
    fn a_proportion_has_wilsons_interval() {
        let answer = Answer::to("why?", "M1", "a", "x").proportion(&[true, false, false, true]);
        let wilson = proportion(2, 4);
        assert_eq!((answer.value, answer.n), (Some(0.5), 4));
        assert_eq!((answer.low, answer.high), (Some(wilson.low), Some(wilson.high)));
    }
}
