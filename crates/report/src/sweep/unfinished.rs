//! A sweep that was stopped: what its runs came to so far.

use std::collections::BTreeMap;
use std::path::Path;

use dtao_files::folder::{Claims, FolderError, Kind, MANIFEST, PARTS};
use dtao_statistics::{Cell as Estimate, Interval, Paired};
use dtao_sweep::manifest::Manifest;

use super::cells::Cell;
use super::{Sweep, spread};
use crate::ReportError;
use crate::counts::Counts;
use crate::page::{Item, Page};
use crate::text::{count, quoted};

/// An outcome's values at a point in an arm, by seed.
type Values = BTreeMap<u64, Option<f64>>;

/// The page; nothing if the folder holds no sweep that was stopped, or not what its runs came to.
pub(crate) fn page(folder: &Path, wanted: &[String]) -> Result<Option<Page>, ReportError> {
    let parts = folder.join(PARTS);
    if Claims::read(&folder.join(MANIFEST))?.is_some_and(|claims| claims.complete) {
        return Ok(None);
    }
    let path = parts.join(MANIFEST);
    let Some(claims) = Claims::read(&path)? else { return Ok(None) };
    let runs = parts.join("runs.csv");
    if !matches!(claims.kind, Kind::Sweep | Kind::Shard) || !runs.is_file() {
        return Ok(None);
    }
    let manifest = Manifest::read(&claims, &path)?;
    let outcomes = super::shown_outcomes(&manifest, wanted)?;
    let Read { made, cells, runs } = read(&runs, &manifest, &outcomes)?;
    let failed = rows(&parts.join("failures.csv"))?;
    let sweep = Sweep { manifest, outcomes, cells, sensitivity: vec![], runs, failures: vec![] };
    let all = sweep.manifest.runs;
    let at_most = if sweep.manifest.until.is_some() { "at most " } else { "" };
    let of_shard = sweep
        .manifest
        .shard
        .as_ref()
        .map_or_else(String::new, |shard| format!(", of which shard {shard} makes its part"));
    let mut page = Page {
        title: sweep.manifest.sweep.clone(),
        kind: "dtao sweep",
        verdict: format!(
            "Not finished: {} of {at_most}{} made{of_shard}; {failed} failed. What is below is of those that are made, and may change.",
            made + failed,
            count(all, "run")
        ),
        about: sweep.manifest.about.clone(),
        counts: Some(Counts { runs: made + failed, failed, missing: sweep.runs.missing }),
        ..Page::default()
    };
    // Indices are worked out at the end; means there are already.
    let first = sweep.outcomes.first().cloned().unwrap_or_default();
    let figure = sweep.figures(&first).into_iter().next().map(Item::Figure);
    let notes = sweep.notes().into_iter().map(Item::Note);
    page.section("", String::new(), figure.into_iter().chain(notes).collect());
    page.section("Points, arms, outcomes", String::new(), vec![Item::Table(sweep.table())]);
    let shard = sweep.manifest.shard.as_ref().map_or_else(String::new, |shard| format!(" --shard {shard}"));
    let out = quoted(&folder.display().to_string());
    page.commands = vec![format!("{}{shard} --out {out} --resume", sweep.command())];
    Ok(Some(page))
}

fn damaged(path: &Path) -> impl Fn(String) -> FolderError {
    let path = path.to_owned();
    move |what| FolderError::Damaged { path: path.clone(), what }
}

fn open(path: &Path) -> Result<csv::Reader<std::fs::File>, FolderError> {
    let file = std::fs::File::open(path).map_err(|error| FolderError::read(path, error))?;
    Ok(csv::Reader::from_reader(file))
}

/// How many rows a table has.
fn rows(path: &Path) -> Result<u64, FolderError> {
    let mut rows = 0;
    for record in open(path)?.records() {
        record.map_err(|error| damaged(path)(error.to_string()))?;
        rows += 1;
    }
    Ok(rows)
}

/// What the runs that are made came to.
struct Read {
    /// How many there are.
    made: u64,
    /// By outcome.
    cells: Vec<Cell>,
    /// What they lack.
    runs: spread::Runs,
}

/// How many runs the table has, and what they came to.
fn read(path: &Path, manifest: &Manifest, outcomes: &[String]) -> Result<Read, FolderError> {
    let damaged = damaged(path);
    // The run, its point, arm and seed, the factors, the outcomes.
    let places: Vec<usize> = outcomes
        .iter()
        .filter_map(|name| manifest.outcomes.iter().position(|outcome| outcome == name))
        .map(|at| 4 + manifest.factors.len() + at)
        .collect();
    let mut of: BTreeMap<(u64, usize), (Vec<String>, Vec<Values>)> = BTreeMap::new();
    let (mut made, mut runs) = (0, spread::Runs::default());
    for record in open(path)?.records() {
        let record = record.map_err(|error| damaged(error.to_string()))?;
        let cell =
            |at: usize| record.get(at).ok_or_else(|| damaged(format!("a row has no column {}", at + 1)));
        let whole = |at: usize| {
            cell(at)?
                .parse::<u64>()
                .map_err(|_| damaged(format!("expected a whole number in column {}", at + 1)))
        };
        let arm = cell(2)?;
        let arm = manifest.arms.iter().position(|it| it.name == arm);
        let arm = arm.ok_or_else(|| damaged("a row is of an arm that the sweep does not have".into()))?;
        let (point, seed) = (whole(1)?, whole(3)?);
        let factors = (4..4 + manifest.factors.len()).map(|at| cell(at).map(str::to_owned));
        let factors = factors.collect::<Result<Vec<_>, _>>()?;
        let (_, values) =
            of.entry((point, arm)).or_insert_with(|| (factors, vec![Values::new(); places.len()]));
        for (values, &at) in values.iter_mut().zip(&places) {
            let value = match cell(at)? {
                "" => None,
                text => {
                    Some(text.parse().map_err(|_| damaged(format!("expected a number, found `{text}`")))?)
                }
            };
            values.insert(seed, value);
        }
        let all = (0..manifest.outcomes.len()).map(|at| 4 + manifest.factors.len() + at);
        runs.missing += all.filter(|&at| record.get(at) == Some("")).count() as u64;
        made += 1;
    }
    let mut cells = Vec::new();
    for (at, outcome) in outcomes.iter().enumerate() {
        for (&(point, arm), (factors, values)) in &of {
            let first = (arm > 0).then(|| of.get(&(point, 0))).flatten().map(|(_, first)| &first[at]);
            let mut cell = estimate(outcome, manifest, &values[at], first);
            cell.arm.clone_from(&manifest.arms[arm].name);
            cell.values.clone_from(factors);
            cells.push(cell);
        }
    }
    Ok(Read { made, cells, runs })
}

/// What values come to, and, by seeds that both have, their difference to those of the first arm.
fn estimate(outcome: &str, manifest: &Manifest, values: &Values, first: Option<&Values>) -> Cell {
    let support = manifest.support(outcome);
    let all: Vec<Option<f64>> = values.values().copied().collect();
    let own = Estimate::of(&all, support);
    let bounds = |interval: Option<Interval>| interval.map(|Interval { low, high }| (low, high));
    let difference = first.map(|first| {
        let both = values.iter().filter_map(|(seed, value)| Some((*value, *first.get(seed)?)));
        let (values, first): (Vec<_>, Vec<_>) = both.unzip();
        Paired::of(&values, &first, support).difference
    });
    Cell {
        arm: String::new(),
        values: vec![],
        outcome: outcome.to_owned(),
        n: own.n as u64,
        missing: own.missing as u64,
        mean: own.mean,
        interval: bounds(own.interval),
        method: own.method.to_string(),
        quantiles: own
            .quantiles
            .map_or([None; 5], |quantiles| quantiles.map(|quantile| Some(quantile.value))),
        difference: difference.as_ref().and_then(|cell| cell.mean),
        difference_interval: difference.as_ref().and_then(|cell| bounds(cell.interval)),
        difference_method: difference.map_or_else(String::new, |cell| cell.method.to_string()),
    }
}
