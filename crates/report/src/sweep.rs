//! The report on a sweep.

mod cells;
mod figures;
pub(crate) mod indices;
mod series;
mod spread;
pub(crate) mod unfinished;

use dtao_files::input::{InputError, suggest};
use dtao_sweep::manifest::Manifest;

use crate::ReportError;
use crate::counts::Counts;
use crate::finished::Finished;
use crate::page::{Item, Page, Row, Table};
use crate::sweep::cells::Cell;
use crate::sweep::indices::Sensitivity;
use crate::text::{count, number, option_as_spec, or_dash, quoted, range, short};
use crate::units::unit;

/// Outcomes that are shown without being asked for.
const OUTCOMES: usize = 8;

/// Rows of a table of cells.
const ROWS: usize = 400;

/// A sweep as it was read.
pub(crate) struct Sweep {
    manifest: Manifest,
    /// The outcomes that are shown.
    outcomes: Vec<String>,
    cells: Vec<Cell>,
    sensitivity: Vec<Sensitivity>,
    runs: spread::Runs,
    failures: Vec<Row>,
}

/// The page.
pub(crate) fn page(finished: &Finished, wanted: &[String]) -> Result<Page, ReportError> {
    let manifest: Manifest = finished.manifest()?;
    let outcomes = shown_outcomes(&manifest, wanted)?;
    let cells = cells::read(finished, &manifest, &outcomes)?;
    let sensitivity =
        indices::read(finished, ["arm", "outcome"], |outcome| outcomes.iter().any(|name| name == outcome))?;
    let runs = spread::Runs::read(finished, &manifest, &outcomes)?;
    let failures = failures(finished)?;
    let sweep = Sweep { manifest, outcomes, cells, sensitivity, runs, failures };
    let mut page = Page {
        title: sweep.manifest.sweep.clone(),
        kind: "dtao sweep",
        verdict: sweep.verdict(),
        about: sweep.manifest.about.clone(),
        counts: Some(Counts {
            runs: sweep.made_runs() + sweep.failed_runs(),
            failed: sweep.failed_runs(),
            missing: sweep.runs.missing,
        }),
        ..Page::default()
    };
    let first = sweep.outcomes.first().cloned().unwrap_or_default();
    let mut figures = sweep.figures(&first).into_iter().map(Item::Figure);
    let mut items: Vec<Item> = figures.next().into_iter().collect();
    items.extend(sweep.notes().into_iter().map(Item::Note));
    page.section("", String::new(), items);
    if let Some(table) = indices::table(&sweep.sensitivity, |outcome| sweep.unit_alone(outcome)) {
        page.section("What each outcome depends on", String::new(), vec![Item::Table(table)]);
    }
    page.section("Points, arms, outcomes", String::new(), vec![Item::Table(sweep.table())]);
    for outcome in &sweep.outcomes {
        let figures =
            sweep.figures(outcome).into_iter().skip(usize::from(*outcome == first)).map(Item::Figure);
        let items: Vec<Item> = figures.collect();
        if !items.is_empty() {
            page.section(outcome, sweep.sentence(outcome), items);
        }
    }
    let over_time: Vec<Item> =
        series::figures(finished, &sweep.manifest)?.into_iter().map(Item::Figure).collect();
    if !over_time.is_empty() {
        page.section("Over time", String::new(), over_time);
    }
    if !sweep.failures.is_empty() {
        sweep.failed(&mut page);
    }
    sweep.repeat(&mut page, finished);
    Ok(page)
}

/// The outcomes that are shown.
fn shown_outcomes(manifest: &Manifest, wanted: &[String]) -> Result<Vec<String>, InputError> {
    if let Some(unknown) = wanted.iter().find(|name| !manifest.outcomes.contains(name)) {
        let message = format!("the sweep has no outcome `{unknown}`");
        let help = suggest(unknown, &manifest.outcomes, "outcomes");
        return Err(InputError::file("--outcome", message, help));
    }
    Ok(if wanted.is_empty() {
        manifest.outcomes.iter().take(OUTCOMES).cloned().collect()
    } else {
        wanted.to_vec()
    })
}

/// The runs that failed.
fn failures(finished: &Finished) -> Result<Vec<Row>, ReportError> {
    let mut rows = Vec::new();
    finished.rows("failures.csv", ["run", "arm", "seed", "message", "replay"], |cells| {
        if rows.len() < 50 {
            rows.push(Row::of([cells.text(0), cells.text(1), cells.text(2), cells.text(3), cells.text(4)]));
        }
        Ok(())
    })?;
    Ok(rows)
}

impl Sweep {
    fn failed_runs(&self) -> u64 {
        self.manifest.tables.get("failures.csv").and_then(|digest| digest.rows).unwrap_or(0)
    }

    fn made_runs(&self) -> u64 {
        self.manifest.tables.get("runs.csv").and_then(|digest| digest.rows).unwrap_or(0)
    }

    /// What the sweep came to: its size, and what its first outcome says.
    fn verdict(&self) -> String {
        let Manifest { points, arms, seeds, .. } = &self.manifest;
        let seeds = count(seeds.1.saturating_sub(seeds.0), "seed");
        let size = format!(
            "{}: {} x {} x {seeds}{}; {} failed.",
            count(self.made_runs() + self.failed_runs(), "run"),
            count(*points, "point"),
            count(arms.len() as u64, "arm"),
            if self.manifest.until.is_some() { " at most" } else { "" },
            self.failed_runs()
        );
        let first = self.outcomes.first().map_or_else(String::new, |outcome| self.sentence(outcome));
        format!("{first} {size}").trim().to_owned()
    }

    /// What an outcome came to.
    fn sentence(&self, outcome: &str) -> String {
        let of: Vec<&Cell> = self.cells.iter().filter(|cell| cell.outcome == outcome).collect();
        let told = |cell: &Cell| {
            let interval = cell.interval.map_or_else(
                || format!(" ({})", cell.method.replace('_', " ")),
                |(low, high)| format!(" [{}, {}]", number(low), number(high)),
            );
            format!("{}{interval}", or_dash(cell.mean))
        };
        if of.iter().all(|cell| cell.mean.is_none()) {
            return format!("No run has a value of {outcome}.");
        }
        // The index that a design is made for says most.
        let of_outcome = || {
            self.sensitivity
                .iter()
                .filter(|row| row.outcome == outcome && row.arm == self.manifest.arms[0].name)
        };
        for (index, what) in [("total", "total Sobol' index"), ("mu_star", "mean absolute elementary effect")]
        {
            let largest =
                of_outcome().filter(|row| row.index == index).filter_map(|row| Some((row, row.value?)));
            if let Some((row, value)) = largest.max_by(|a, b| a.1.total_cmp(&b.1)) {
                let interval = row
                    .interval
                    .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", number(low), number(high)));
                return format!(
                    "{outcome} depends most on {}: {what} {}{interval}.",
                    row.factor,
                    number(value)
                );
            }
        }
        let telling = of.iter().filter_map(|cell| {
            let (low, high) = cell.difference_interval?;
            (low > 0.0 || high < 0.0).then(|| (*cell, cell.difference.unwrap_or(0.0)))
        });
        if let Some((cell, difference)) = telling.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) {
            let (low, high) = cell.difference_interval.unwrap_or_default();
            let sign = if difference > 0.0 { "+" } else { "" };
            return format!(
                "Arm {} changes {outcome} most against {}: {sign}{} [{}, {}]{}.",
                cell.arm,
                self.manifest.arms[0].name,
                number(difference),
                number(low),
                number(high),
                self.at(cell)
            );
        }
        let by_mean =
            |a: &&&Cell, b: &&&Cell| a.mean.unwrap_or(f64::NAN).total_cmp(&b.mean.unwrap_or(f64::NAN));
        let with = || of.iter().filter(|cell| cell.mean.is_some());
        match (with().min_by(by_mean), with().max_by(by_mean)) {
            (Some(low), Some(high)) if low.mean != high.mean => format!(
                "The mean of {outcome} lies between {}{} and {}{}.",
                told(low),
                self.at(low),
                told(high),
                self.at(high)
            ),
            (Some(low), _) => format!("The mean of {outcome} is {}.", told(low)),
            _ => String::new(),
        }
    }

    /// Where a cell is in the design.
    fn at(&self, cell: &Cell) -> String {
        let factors = self
            .manifest
            .factors
            .iter()
            .zip(&cell.values)
            .map(|(factor, value)| format!("{} = {}", factor.name, cells::shown(value)));
        let factors: Vec<String> = factors.collect();
        if factors.is_empty() { String::new() } else { format!(" at {}", factors.join(", ")) }
    }

    /// What has to be known before anybody reads a figure.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let hidden = self.manifest.outcomes.len() - self.outcomes.len();
        if hidden > 0 {
            notes.push(format!(
                "Shown are {} of {}; `dtao report DIR --outcome NAME` shows others: {}.",
                self.outcomes.len(),
                count(self.manifest.outcomes.len() as u64, "outcome"),
                self.manifest
                    .outcomes
                    .iter()
                    .filter(|name| !self.outcomes.contains(name))
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
        let least = self.cells.iter().map(|cell| cell.n).min().unwrap_or(0);
        if least < 20 && !self.cells.is_empty() {
            notes.push(format!("Some cells have only {}: with so few, intervals are wide, and those of skewed outcomes too narrow. Use 100 seeds or more.", count(least, "run")));
        }
        let missing: u64 = self.cells.iter().map(|cell| cell.missing).sum();
        if missing > 0 {
            let what = if missing == 1 { "value is missing" } else { "values are missing" };
            notes.push(format!("{missing} {what}, because the run failed or did not reach what the outcome is about; means and figures leave them out."));
        }
        notes
    }

    fn table(&self) -> Table {
        let compared = self.manifest.arms.len() > 1;
        let factors = self.manifest.factors.iter().map(|factor| factor.name.clone());
        let columns = ["outcome", "arm"]
            .map(str::to_owned)
            .into_iter()
            .chain(factors)
            .chain(["runs", "mean", "95 %", "median", "5 to 95 %"].map(str::to_owned));
        let mut columns: Vec<String> = columns.collect();
        if compared {
            columns.extend([format!("less {}", self.manifest.arms[0].name), "95 % of the difference".into()]);
        }
        let row = |cell: &Cell| {
            let of = if cell.missing > 0 {
                format!("{} of {}", cell.n, cell.n + cell.missing)
            } else {
                cell.n.to_string()
            };
            let mut cells = vec![cell.outcome.clone(), cell.arm.clone()];
            cells.extend(cell.values.iter().map(|value| short(&cells::shown(value), 40)));
            cells.extend([
                of,
                or_dash(cell.mean),
                cells::interval_or_why(cell.interval, &cell.method),
                or_dash(cell.quantiles[2]),
                range(cell.quantiles[0].zip(cell.quantiles[4])),
            ]);
            if compared {
                let none = cell.arm == self.manifest.arms[0].name;
                cells.extend(if none {
                    [String::new(), String::new()]
                } else {
                    [
                        or_dash(cell.difference),
                        cells::interval_or_why(cell.difference_interval, &cell.difference_method),
                    ]
                });
            }
            Row::of(cells).counted_in(self.unit_alone(&cell.outcome))
        };
        let more = self.cells.len().saturating_sub(ROWS);
        let more = if more > 0 { format!(" {more} more rows are in cells.csv.") } else { String::new() };
        Table {
            caption: format!(
                "Means with their 95 % intervals, medians and quantiles of the runs; differences are paired by seed.{more}"
            ),
            texts: 2,
            factors: self.manifest.factors.len(),
            rows: self.cells.iter().take(ROWS).map(row).collect(),
            folded: self.cells.len() > 40,
            columns,
            ..Table::default()
        }
        .with_units_once()
    }

    /// What an outcome is counted in.
    fn unit_alone(&self, outcome: &str) -> &'static str {
        self.manifest.kinds.get(outcome).map_or("", |kind| unit(*kind))
    }

    fn failed(&self, page: &mut Page) {
        let all = self.failed_runs();
        let shown = self.failures.len() as u64;
        let more = if all > shown { format!(", the first {shown}") } else { String::new() };
        let table = Table {
            caption: format!(
                "{} that failed{more}, with the command that makes each again",
                count(all, "run")
            ),
            columns: ["run", "arm", "seed", "message", "command"].map(str::to_owned).into(),
            texts: 5,
            rows: self.failures.clone(),
            folded: false,
            ..Table::default()
        };
        page.section("Failures", String::new(), vec![Item::Table(table)]);
    }

    /// The command that makes it again, but for the folder.
    fn command(&self) -> String {
        let Manifest { file, seeds, given, .. } = &self.manifest;
        let mut command = format!("dtao sweep {} --seeds {}..{}", quoted(file), seeds.0, seeds.1);
        for assignment in given {
            command.push_str(" --set ");
            command.push_str(&quoted(assignment));
        }
        command.push_str(&option_as_spec(self.manifest.as_spec.as_ref()));
        if self.manifest.audited {
            command.push_str(" --audit");
        }
        command
    }

    fn repeat(&self, page: &mut Page, finished: &Finished) {
        let Manifest { commit, commit_state, version, files, .. } = &self.manifest;
        let command = format!("{} --out DIR", self.command());
        let mut origin = vec![("scenario".into(), self.manifest.scenario.clone())];
        let arms = self.manifest.arms.iter().filter(|arm| !arm.set.is_empty());
        origin.extend(arms.map(|arm| (format!("arm {}", arm.name), arm.set.join("; "))));
        origin.extend(files.iter().map(|(name, hash)| (format!("SHA-256 of {name}"), hash.clone())));
        finished.end(page, command, (commit, commit_state, version), origin);
    }
}
