//! The report on rules, or arms, beside each other.

use std::fmt::Write as _;

use dtao_compare::Entry as Written;
use dtao_compare::number::{of_kind, percent};
use dtao_compare::written::lines;
use dtao_experiment::scenario::AsSpec;
use dtao_metrics::kind::MetricKind;
use dtao_statistics::Interval;
use serde::Deserialize;

use crate::ReportError;
use crate::counts::Counts;
use crate::finished::Finished;
use crate::page::{Item, Page, Row as TableRow, Table};
use crate::svg::figure::{Content, Figure};
use crate::svg::{Drawing, HeatCell, HeatMap, IntervalRow, Intervals, Mark, Shades};
use crate::terminal::grid;
use crate::text::{option_as_spec, quoted, shown};
use crate::units::unit_of_outcome;

/// What a report reads of `comparison.json`.
#[derive(Debug, Deserialize)]
struct Comparison {
    about: String,
    /// Comparisons of earlier versions do not say it.
    runs: Option<u64>,
    #[serde(default)]
    failed: u64,
    columns: Vec<Header>,
    rows: Vec<Row>,
    notes: Vec<String>,
    sentence: String,
}

#[derive(Debug, Deserialize)]
struct Header {
    name: String,
    like: Option<(String, String)>,
}

#[derive(Debug, Deserialize)]
struct Row {
    outcome: String,
    about: String,
    kind: MetricKind,
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    n: usize,
    missing: usize,
    mean: Option<f64>,
    difference: Option<f64>,
    relative: Option<f64>,
    interval: Option<Bounds>,
    telling: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Bounds {
    low: f64,
    high: f64,
}

/// What a report reads of the manifest.
#[derive(Debug, Deserialize)]
struct Manifest {
    commit: String,
    commit_state: String,
    version: String,
    scenario: Option<String>,
    file: Option<String>,
    #[serde(default)]
    assignments: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    seeds: Option<u64>,
    first_seed: Option<u64>,
    #[serde(default)]
    attackers: Vec<String>,
    flow: Option<String>,
    sweep: Option<String>,
    base: Option<String>,
    #[serde(default)]
    outcomes: Vec<String>,
    /// Of rules, the outcomes that were asked for; of arms, `outcomes` are.
    #[serde(default)]
    asked: Vec<String>,
    #[serde(default)]
    own_metrics: bool,
    as_spec: Option<AsSpec>,
}

/// Most outcomes in a picture.
const MOST: usize = 40;

/// The page.
pub(crate) fn page(finished: &Finished) -> Result<Page, ReportError> {
    let manifest: Manifest = finished.manifest()?;
    let comparison: Comparison = finished.json("comparison.json")?;
    let title = manifest.scenario.clone().or_else(|| manifest.sweep.clone()).unwrap_or_default();
    let mut page = Page {
        title,
        kind: "dtao compare",
        verdict: comparison.sentence.clone(),
        about: format!("{}.", comparison.about),
        counts: comparison.counts(),
        ..Page::default()
    };
    page.section("", String::new(), vec![Item::Figure(comparison.differences())]);
    let mut items = vec![Item::Table(comparison.table())];
    items.extend(comparison.notes.iter().cloned().map(Item::Note));
    page.section("Side by side", String::new(), items);
    if let Some(figure) = comparison.intervals() {
        let sentence = "An interval that excludes zero is a difference that chance does not explain; one in twenty excludes it by chance.";
        page.section("How sure the differences are", sentence.into(), vec![Item::Figure(figure)]);
    }
    manifest.repeat(&mut page, finished);
    Ok(page)
}

/// The table of a comparison as text of at most so many columns: each outcome's unit below its name, and what has no room left out and
/// named.
///
/// # Panics
/// Never: a comparison is plain data.
#[must_use]
pub fn side_by_side(comparison: &dtao_compare::Comparison, width: usize) -> String {
    let same = serde_json::to_value(comparison).and_then(serde_json::from_value::<Comparison>);
    let mut table = same.expect("a page reads the same").table();
    // What an outcome means is in the report.
    table.columns.remove(1);
    table.texts -= 1;
    for row in &mut table.rows {
        row.cells.remove(1);
    }
    grid(&table, width, usize::MAX)
}

impl Comparison {
    fn counts(&self) -> Option<Counts> {
        let missing = self.rows.iter().flat_map(|row| &row.entries).map(|entry| entry.missing as u64).sum();
        self.runs.map(|runs| Counts { runs, failed: self.failed, missing })
    }

    fn base(&self) -> &str {
        self.columns.first().map_or("", |column| column.name.as_str())
    }

    /// Relative differences, shaded.
    fn differences(&self) -> Figure {
        let rows = self.rows.iter().take(MOST);
        let cell = |row: &Row, at: usize| {
            let (entry, name) = (&row.entries[at], &self.columns[at].name);
            let difference = entry.difference?;
            let base = row.entries[0].mean.map_or_else(|| "-".into(), |mean| of_kind(mean, row.kind));
            let mean = entry.mean.map_or_else(|| "-".into(), |mean| of_kind(mean, row.kind));
            let text = match entry.relative {
                Some(relative) => percent(relative),
                None if difference == 0.0 => "0".into(),
                None => {
                    format!("{}{}", if difference > 0.0 { "+" } else { "" }, of_kind(difference, row.kind))
                }
            };
            let unsure = if entry.telling || difference == 0.0 { "" } else { " ?" };
            let told = format!("{}, {name}: {mean} instead of {base}, {text}", row.outcome);
            // What has no relative size is shaded like a doubling.
            let shade = entry.relative.unwrap_or(if difference == 0.0 { 0.0 } else { difference.signum() });
            Some(HeatCell { value: shade.clamp(-1.0, 1.0), text: format!("{text}{unsure}"), told })
        };
        let heat = HeatMap {
            across: format!("difference to {}, in per cent of its value", self.base()),
            down: String::new(),
            columns: self.columns.iter().skip(1).map(|column| column.name.clone()).collect(),
            rows: rows.clone().map(|row| row.outcome.clone()).collect(),
            cells: rows.map(|row| (1..self.columns.len()).map(|at| cell(row, at)).collect()).collect(),
            shades: Shades::FromZero,
        };
        let more = self.rows.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" {more} more rows are in the table.") } else { String::new() };
        let description = format!(
            "Each outcome under each rule or arm, against {}: blue is less, red is more, and beyond 100 % no darker. A question mark stands where chance may explain the difference.{more}",
            self.base()
        );
        Figure {
            id: "differences".into(),
            title: "What changes".into(),
            description,
            content: Content::Drawing(Drawing::Heat(heat)),
        }
    }

    /// Relative differences with their intervals, where there are any.
    fn intervals(&self) -> Option<Figure> {
        let row = |row: &Row| {
            let base = row.entries[0].mean.filter(|mean| *mean != 0.0)?.abs();
            let mark = |entry: &Entry| {
                let (difference, interval) = (entry.difference?, entry.interval?);
                let scaled = |value: f64| 100.0 * value / base;
                Some(Mark {
                    value: scaled(difference),
                    interval: Some((scaled(interval.low), scaled(interval.high))),
                })
            };
            let marks: Vec<Option<Mark>> = row.entries.iter().skip(1).map(mark).collect();
            marks.iter().any(Option::is_some).then(|| IntervalRow { name: row.outcome.clone(), marks })
        };
        let rows: Vec<IntervalRow> = self.rows.iter().filter_map(row).take(MOST).collect();
        if rows.is_empty() {
            return None;
        }
        let intervals = Intervals {
            axis: format!("difference to {}, per cent of its mean", self.base()),
            series: self.columns.iter().skip(1).map(|column| column.name.clone()).collect(),
            rows,
            zero: true,
        };
        Some(Figure {
            id: "intervals".into(),
            title: "Differences and their 95 % intervals".into(),
            description: "Means of the differences paired by seed, with their 95 % intervals, over the first column's mean.".into(),
            content: Content::Drawing(Drawing::Intervals(intervals)),
        })
    }

    fn table(&self) -> Table {
        let heading = |column: &Header| match &column.like {
            Some((other, likeness)) => {
                format!("{} ({} {other})", column.name, if likeness == "same" { "=" } else { "≈" })
            }
            None => column.name.clone(),
        };
        let names = self.columns.iter().map(heading);
        let columns = ["outcome".to_owned(), "meaning".to_owned()].into_iter().chain(names).collect();
        let row = |row: &Row| {
            let entries = row.entries.iter().map(|entry| lines(&entry.written(), row.kind).join("\n"));
            let cells = [shown(&row.outcome), shown(&row.about)].into_iter().chain(entries);
            TableRow::of(cells).counted_in(unit_of_outcome(&row.outcome, row.kind))
        };
        Table {
            caption: "Of each outcome the mean; then the difference to the first column with its per cent, and its 95 % interval where something is random.".into(),
            columns,
            texts: 2,
            rows: self.rows.iter().map(row).collect(),
            folded: false,
            lines: true,
            ..Table::default()
        }
    }
}

impl Entry {
    /// The same as the comparison's own texts know it.
    fn written(&self) -> Written {
        let Self { n, missing, mean, difference, relative, interval, telling } = *self;
        let interval = interval.map(|Bounds { low, high }| Interval { low, high });
        Written { n, missing, mean, difference, relative, interval, telling }
    }
}

impl Manifest {
    fn repeat(&self, page: &mut Page, finished: &Finished) {
        let mut command = String::from("dtao compare ");
        if let Some(file) = &self.file {
            let _ = write!(command, "{} --rules {}", quoted(file), quoted(&self.rules.join(",")));
            for assignment in &self.assignments {
                let _ = write!(command, " --set {}", quoted(assignment));
            }
        } else if let Some(sweep) = &self.sweep {
            command.push_str(&quoted(sweep));
        }
        let options = [
            (
                "--seeds",
                self.seeds.map(|seeds| {
                    self.first_seed
                        .map_or_else(|| seeds.to_string(), |first| format!("{first}..{}", first + seeds))
                }),
            ),
            ("--attackers", (!self.attackers.is_empty()).then(|| self.attackers.join(","))),
            ("--flow", self.flow.clone()),
            ("--base", self.base.clone()),
        ];
        for (option, value) in options {
            if let Some(value) = value {
                let _ = write!(command, " {option} {}", quoted(&value));
            }
        }
        for outcome in if self.sweep.is_some() { &self.outcomes } else { &self.asked } {
            let _ = write!(command, " --outcome {}", quoted(outcome));
        }
        if self.own_metrics {
            command.push_str(" --metrics");
        }
        command.push_str(&option_as_spec(self.as_spec.as_ref()));
        command.push_str(" --out DIR");
        finished.end(page, command, (&self.commit, &self.commit_state, &self.version), []);
    }
}
