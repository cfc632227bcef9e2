//! From outcomes by column to the table: means, differences to the first column, which columns are the same, and a sentence.

use std::collections::BTreeMap;

use dtao_metrics::kind::MetricKind;
use serde::Serialize;

use crate::number::{of_kind, percent};
use dtao_statistics::{Cell, Interval, Paired};

/// The outcome that every run has: calls that were refused.
pub(crate) const REFUSED: &str = "calls.refused";

/// Values that differ by no more than this part of the larger are equal but for rounding.
const ROUNDING: f64 = 1e-6;

/// Outcomes of one rule or arm.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its name.
    pub name: String,
    /// By the key of an outcome, a value for each run; runs of equal number share a seed.
    pub values: BTreeMap<String, Vec<Option<f64>>>,
    /// What each run left, to the rao, where that is known.
    pub trace: Option<Vec<String>>,
}

/// What differences between columns stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// Nothing is random: one run says all.
    Exact,
    /// Several seeds.
    Seeds,
    /// One seed of what is random, or may be: any difference may be chance.
    OneSeed,
}

/// What was compared, and over which runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Of {
    /// In words.
    pub about: String,
    /// How many runs, those that failed included.
    pub runs: u64,
    /// How many of them failed.
    pub failed: u64,
}

/// An outcome, and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    /// Where the columns keep its values.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// What it is, as statistics treat it.
    pub kind: MetricKind,
}

impl Described {
    /// The calls that were refused.
    pub fn refused() -> Self {
        Self {
            key: REFUSED.into(),
            name: REFUSED.into(),
            about: "calls that were refused".into(),
            kind: MetricKind::Count,
        }
    }
}

/// Rules or arms beside each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What was compared, over which runs.
    pub about: String,
    /// The columns; the first is what the others are held against.
    pub columns: Vec<Header>,
    /// How many runs the table is of, those that failed included.
    pub runs: u64,
    /// How many of them failed.
    pub failed: u64,
    /// A row for each outcome that any column has.
    pub rows: Vec<Row>,
    /// What a reader has to know.
    pub notes: Vec<String>,
    /// Whether columns were compared by what their runs left, or by their outcomes alone.
    pub traced: bool,
    /// The table in one sentence.
    pub sentence: String,
}

/// A column's name, and whether it is like an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The first earlier column that is like it, and how.
    pub like: Option<(String, Likeness)>,
}

/// How two columns are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Likeness {
    /// Every outcome of every run has the same bits and, except of a sweep, every run leaves the same state to the rao.
    Same,
    /// Every outcome of every run is the same to six digits.
    Rounding,
}

/// An outcome in each column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The outcome; of a sweep's point with its factors.
    pub outcome: String,
    /// What it is, in a line.
    pub about: String,
    /// What it is.
    pub kind: MetricKind,
    /// An entry for each column.
    pub entries: Vec<Entry>,
}

/// An outcome in one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Entry {
    /// Runs that have a value.
    pub n: usize,
    /// Runs that have none: they did not reach what the outcome is about.
    pub missing: usize,
    /// Their mean.
    pub mean: Option<f64>,
    /// The mean of the differences to the first column, over the seeds of both; nothing in the first column.
    pub difference: Option<f64>,
    /// The same over the size of the first column's mean, as a fraction.
    pub relative: Option<f64>,
    /// 95 % interval of the difference, where something varies.
    pub interval: Option<Interval>,
    /// Whether the difference is more than chance: every one where nothing is random, none of one seed, else one whose
    /// interval excludes zero.
    pub telling: bool,
}

impl Comparison {
    pub(crate) fn of(
        Of { about, runs, failed }: Of,
        columns: &[Column],
        outcomes: &[Described],
        basis: Basis,
        mut notes: Vec<String>,
    ) -> Self {
        let headers: Vec<Header> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let like = columns[..at]
                    .iter()
                    .find_map(|other| likeness(column, other).map(|likeness| (other.name.clone(), likeness)));
                Header { name: column.name.clone(), like }
            })
            .collect();
        let (mut rows, mut never) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            let row = Row::of(outcome, columns, basis);
            if row.entries.iter().all(|entry| entry.mean.is_none()) {
                never.push(format!("`{}`", outcome.name));
            } else {
                rows.push(row);
            }
        }
        if !never.is_empty() {
            notes.push(format!("No run has a value of {}.", never.join(", ")));
        }
        let traced = columns.iter().all(|column| column.trace.is_some());
        let sentence = sentence(&headers, &rows, traced, basis);
        Self { about, columns: headers, runs, failed, rows, notes, traced, sentence }
    }

    /// How many answers have no value: entries of runs that did not reach what the outcome is about.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.rows.iter().flat_map(|row| &row.entries).map(|entry| entry.missing as u64).sum()
    }
}

impl Row {
    fn of(outcome: &Described, columns: &[Column], basis: Basis) -> Self {
        let support = outcome.kind.support();
        let of = |column: &Column| column.values.get(&outcome.key).cloned().unwrap_or_default();
        let base = of(&columns[0]);
        let entries = columns.iter().enumerate().map(|(at, column)| {
            let values = of(column);
            let cell = Cell::of(&values, support);
            let mut entry = Entry { n: cell.n, missing: cell.missing, mean: cell.mean, ..Entry::default() };
            if at > 0 {
                let paired = Paired::of(&values, &base, support).difference;
                // The base over the same seeds as the difference.
                let both = base.iter().zip(&values).map(|(base, value)| value.and(*base)).collect::<Vec<_>>();
                let before = Cell::of(&both, support).mean.filter(|mean| *mean != 0.0);
                entry.difference = paired.mean;
                entry.relative =
                    paired.mean.zip(before).map(|(difference, before)| difference / before.abs());
                // A proportion's interval has a width though nothing varies; runs that are one have none.
                entry.interval = paired.interval.filter(|_| values.len() > 1 && basis != Basis::Exact);
                let sure = match (entry.interval, basis) {
                    (Some(interval), _) => !interval.contains(0.0),
                    (None, Basis::Exact) => true,
                    // All differences are one number.
                    (None, Basis::Seeds) => paired.n > 1,
                    (None, Basis::OneSeed) => false,
                };
                entry.telling = sure && paired.mean.is_some_and(|difference| difference != 0.0);
            }
            entry
        });
        let entries = entries.collect();
        Self { outcome: outcome.name.clone(), about: outcome.about.clone(), kind: outcome.kind, entries }
    }
}

/// How two columns are alike, if they are.
fn likeness(one: &Column, other: &Column) -> Option<Likeness> {
    let pairs = || {
        one.values.iter().flat_map(|(name, values)| {
            let theirs = other.values.get(name).into_iter().flatten();
            values.iter().zip(theirs)
        })
    };
    let bits = |value: &Option<f64>| value.map(f64::to_bits);
    let same = one.trace == other.trace && pairs().all(|(a, b)| bits(a) == bits(b));
    let near = |a: &Option<f64>, b: &Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= ROUNDING * a.abs().max(b.abs()),
        _ => a == b,
    };
    match () {
        () if same => Some(Likeness::Same),
        () if pairs().all(|(a, b)| near(a, b)) => Some(Likeness::Rounding),
        () => None,
    }
}

/// What the table says, in one sentence: which columns are one, and what each other changes most.
fn sentence(columns: &[Header], rows: &[Row], traced: bool, basis: Basis) -> String {
    let told = columns.iter().enumerate().skip(1).map(|(at, column)| {
        let name = &column.name;
        match &column.like {
            Some((other, Likeness::Same)) if traced => {
                return format!(
                    "{name} has the same outcomes and leaves the same state as {other}, to the rao"
                );
            }
            Some((other, Likeness::Same)) => return format!("{name} has the same outcomes as {other}"),
            Some((other, Likeness::Rounding)) => {
                return format!("{name} has the same outcomes as {other} to six digits");
            }
            None => {}
        }
        // A difference to zero has no size, but is one.
        let telling = rows.iter().filter(|row| row.entries[at].telling);
        let sized = telling.map(|row| (row, row.entries[at].relative));
        let size = |relative: Option<f64>| relative.map_or(0.0, f64::abs);
        // Of equal ones, the first.
        let most = sized.reduce(|most, row| if size(row.1) > size(most.1) { row } else { most });
        let Some((row, relative)) = most else {
            return match basis {
                Basis::Exact => format!("{name} changes no outcome"),
                Basis::Seeds => format!("{name} changes no outcome by more than chance would explain"),
                Basis::OneSeed => format!("with one seed, the effect of {name} cannot be told from chance"),
            };
        };
        let value =
            |at: usize| row.entries[at].mean.map_or_else(|| "-".into(), |mean| of_kind(mean, row.kind));
        let by = relative.map_or_else(String::new, |relative| format!("{}, ", percent(relative)));
        format!("{name} changes {} most ({by}{} instead of {})", row.outcome, value(at), value(0))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        return format!("Only {} was run.", columns[0].name);
    }
    format!("Against {}: {}.", columns[0].name, told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(name: &str, kind: MetricKind) -> Described {
        Described { key: name.into(), name: name.into(), about: String::new(), kind }
    }

    fn of(columns: &[Column], outcomes: &[Described], basis: Basis) -> Comparison {
        Comparison::of(Of::default(), columns, outcomes, basis, Vec::new())
    }

    fn column(name: &str, values: &[(&str, &[Option<f64>])], trace: &str) -> Column {
        Column {
            name: name.into(),
            values: values.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec())).collect(),
            trace: Some(vec![trace.to_owned()]),
        }
    }

    #[test]
    fn differences_are_paired_by_seed_and_relative_to_the_first_column_of_the_same_seeds() {
        let base = column("own", &[("x", &[Some(1.0), Some(2.0), Some(9.0)])], "a");
        let other = column("other", &[("x", &[Some(1.5), Some(3.5), None])], "b");
        let found = of(&[base, other], &[described("x", MetricKind::Amount)], Basis::Seeds);
        let entry = &found.rows[0].entries[1];
        assert_eq!((entry.n, entry.missing, entry.mean), (2, 1, Some(2.5)));
        // 0.5 and 1.5 of 1 and 2.
        assert_eq!((entry.difference, entry.relative), (Some(1.0), Some(1.0 / 1.5)));
        let interval = entry.interval.expect("two differences");
        assert!(interval.contains(1.0) && interval.low < 0.0, "{interval:?}");
        assert_eq!(
            found.sentence,
            "Against own: other changes no outcome by more than chance would explain."
        );
    }

    #[test]
    fn one_run_has_no_interval_and_the_sentence_names_the_largest_change() {
        let one = |value: f64| vec![Some(value)];
        let base = column("own", &[("x", &one(2.0)), ("y", &one(4.0)), ("z", &one(0.0))], "a");
        let other = column("other", &[("x", &one(3.0)), ("y", &one(1.0)), ("z", &one(5.0))], "b");
        let outcomes = ["x", "y", "z"].map(|name| described(name, MetricKind::Indicator));
        let found = of(&[base.clone(), other.clone()], &outcomes, Basis::Exact);
        assert!(found.rows.iter().all(|row| row.entries[1].interval.is_none()));
        assert_eq!(found.sentence, "Against own: other changes y most (-75.0 %, 1.000 instead of 4.000).");
        // Nothing is a part of nothing.
        assert_eq!(
            (found.rows[2].entries[1].difference, found.rows[2].entries[1].relative),
            (Some(5.0), None)
        );
        assert!(found.rows.iter().all(|row| row.entries[1].telling));
        let found = of(&[base, other], &outcomes, Basis::OneSeed);
        assert!(found.rows.iter().all(|row| !row.entries[1].telling), "each may be chance");
        assert_eq!(
            found.sentence,
            "Against own: with one seed, the effect of other cannot be told from chance."
        );
    }

    #[test]
    fn a_difference_to_zero_is_told_where_no_other_is() {
        let columns =
            [column("own", &[("x", &[Some(0.0)])], "a"), column("other", &[("x", &[Some(2.0)])], "b")];
        let found = of(&columns, &[described("x", MetricKind::Count)], Basis::Exact);
        assert_eq!(found.sentence, "Against own: other changes x most (2 instead of 0).");
    }

    #[test]
    fn columns_that_are_one_are_marked_by_their_traces_and_those_alike_by_their_outcomes() {
        let named = |name: &str, value: f64, trace: &str| column(name, &[("x", &[Some(value)])], trace);
        let columns = [
            named("own", 1.0, "a"),
            named("again", 1.0, "a"),
            // Equal outcomes alone do not make two runs one.
            named("near", 1.0 + 1e-9, "b"),
            named("far", 1.1, "c"),
            named("far again", 1.1, "c"),
            // Nor does an equal trace: between two looks something else can have happened.
            named("seen alike", 1.2, "a"),
        ];
        let found = of(&columns, &[described("x", MetricKind::Amount)], Basis::Exact);
        let like: Vec<_> = found.columns.iter().map(|column| column.like.clone()).collect();
        let own = |likeness| Some(("own".to_owned(), likeness));
        let far = Some(("far".to_owned(), Likeness::Same));
        assert_eq!(like, [None, own(Likeness::Same), own(Likeness::Rounding), None, far, None]);
    }

    #[test]
    fn an_outcome_that_no_run_has_is_left_out_and_named() {
        let columns = [column("own", &[("x", &[None])], "a"), column("other", &[("x", &[None])], "b")];
        let found = of(&columns, &[described("x", MetricKind::Amount)], Basis::Exact);
        assert!(found.rows.is_empty());
        assert_eq!(found.notes, ["No run has a value of `x`."]);
    }
}
