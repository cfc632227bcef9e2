//! From rows to tables: `runs.csv`, `cells.csv`, `failures.csv`, `series.csv`, in the order of the plan.

use std::path::{Path, PathBuf};

use dtao_experiment::run::Progress;
use dtao_files::folder::table::Completed;
use dtao_files::shell::quoted;

use super::SweepError;
use super::cells::{Cells, Line};
use super::format::Format;
use super::indices::Indices;
use super::manifest::Manifest;
use super::planned::{PlanFile, PlanRow, factor_cells};
use super::rows::{Merged, Row};
use super::schema::of_table;
use super::sheet::Sheet;
use super::spreads::SeriesTable;
use super::watch::Watch;

/// What a sweep came to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// The sweep's name.
    pub sweep: String,
    /// How many runs there are.
    pub runs: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many values runs that succeeded lack: what an outcome measures was not reached, or is no finite number.
    pub missing: u64,
    /// The outcomes of which no run has a value.
    pub never: Vec<String>,
    /// What the cells came to: the first few hundred.
    pub lines: Vec<Line>,
}

impl Report {
    /// That of no run.
    pub(super) fn new(manifest: &Manifest) -> Self {
        Self {
            sweep: manifest.sweep.clone(),
            runs: 0,
            failed: 0,
            missing: 0,
            never: Vec::new(),
            lines: Vec::new(),
        }
    }
}

/// What runs that succeeded lack so far.
pub(super) struct Absent<'m> {
    outcomes: &'m [String],
    seen: Vec<bool>,
    runs: u64,
    missing: u64,
}

impl<'m> Absent<'m> {
    pub fn of(manifest: &'m Manifest) -> Self {
        Self { outcomes: &manifest.outcomes, seen: vec![false; manifest.outcomes.len()], runs: 0, missing: 0 }
    }

    /// A run that succeeded.
    pub fn add(&mut self, values: &[Option<f64>]) {
        self.runs += 1;
        for (seen, value) in self.seen.iter_mut().zip(values) {
            *seen |= value.is_some();
            self.missing += u64::from(value.is_none());
        }
    }

    /// Says so in the report; of a sweep without runs that succeeded there is nothing to say.
    pub fn tell(self, report: &mut Report) {
        let never = self.outcomes.iter().zip(self.seen).filter(|&(_, seen)| !seen && self.runs > 0);
        report.never = never.map(|(name, _)| name.clone()).collect();
        report.missing = self.missing;
    }
}

/// Writes all tables from the rows of all runs, and adds them to the completed ones; nothing if it was stopped.
///
/// The files depend on the plan and the rows alone.
pub(crate) fn finish(
    folder: &Path,
    manifest: &Manifest,
    mut rows: Merged,
    format: Format,
    tables: &Completed,
    watch: &dyn Watch,
) -> Result<Option<Report>, SweepError> {
    let mut runs = Sheet::create(folder, "runs", &of_table(manifest, "runs"), manifest, format, tables)?;
    let mut failures =
        Sheet::create(folder, "failures", &of_table(manifest, "failures"), manifest, format, tables)?;
    let mut cells = Cells::create(folder, manifest, format, tables)?;
    let mut series = SeriesTable::create(folder, manifest, format, tables)?;
    let mut indices = Indices::of(manifest);
    let mut plan = PlanFile::open(&folder.join("plan.csv"))?;
    let mut report = Report::new(manifest);
    let mut absent = Absent::of(manifest);
    let mut next = rows.next_row()?;
    while let Some(planned) = plan.next()? {
        if watch.progress() == Progress::Stop {
            return Ok(None);
        }
        let Some(row) = next.take_if(|row| row.run == planned.run) else {
            if manifest.until.is_some() {
                // The point had seeds enough.
                continue;
            }
            return Err(SweepError::MissingRun { run: planned.run });
        };
        next = rows.next_row()?;
        report.runs += 1;
        let values = row.result.as_ref().ok().map(|values| values.split_at(manifest.values()));
        let (values, samples) = (values.map(|(values, _)| values), values.map(|(_, samples)| samples));
        match values {
            Some(values) => absent.add(values),
            None => report.failed += 1,
        }
        write_row(&mut runs, &mut failures, manifest, &planned, &row);
        let arm = manifest.arms.iter().position(|arm| arm.name == planned.arm).unwrap_or(0);
        if let Some(series) = &mut series {
            series.add(&planned, samples);
        }
        let point = cells.add(&planned, arm, values, &mut report.lines);
        if let (Some(indices), Some(point)) = (&mut indices, point) {
            indices.add(&point);
        }
    }
    if let Some(Row { run, .. }) = next {
        return Err(SweepError::MissingRun { run });
    }
    let last = cells.finish(&mut report.lines)?;
    if let (Some(indices), Some(last)) = (&mut indices, last) {
        indices.add(&last);
        indices.write(folder, format, tables)?;
    }
    if let Some(series) = series {
        series.finish()?;
    }
    runs.finish()?;
    failures.finish()?;
    absent.tell(&mut report);
    Ok(Some(report))
}

/// Writes a run to the table of those that succeeded or of those that failed.
fn write_row(runs: &mut Sheet, failures: &mut Sheet, manifest: &Manifest, planned: &PlanRow, row: &Row) {
    match &row.result {
        Ok(values) => {
            begin(runs, manifest, planned);
            for &value in &values[..manifest.values()] {
                runs.float(value);
            }
            runs.end_row();
        }
        Err(message) => {
            begin(failures, manifest, planned);
            failures.text(message);
            failures.text(&replay(manifest, planned));
            failures.end_row();
        }
    }
}

/// What there is of a sweep that was stopped.
#[derive(Clone, Debug)]
pub struct SoFar {
    /// How many runs are made.
    pub made: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The table of those that succeeded, `runs.csv`; that of the others lies beside it.
    pub table: PathBuf,
}

/// Writes `runs.csv` and `failures.csv` of the runs that are made so far, beside their rows.
pub(crate) fn so_far(folder: &Path, manifest: &Manifest, mut rows: Merged) -> Result<SoFar, SweepError> {
    let (csv, uncounted) = (Format::Csv, Completed::default());
    let mut runs = Sheet::create(folder, "runs", &of_table(manifest, "runs"), manifest, csv, &uncounted)?;
    let mut failures =
        Sheet::create(folder, "failures", &of_table(manifest, "failures"), manifest, csv, &uncounted)?;
    let mut plan = PlanFile::open(&folder.join("plan.csv"))?;
    let mut made = SoFar { made: 0, failed: 0, table: folder.join("runs.csv") };
    let mut next = rows.next_row()?;
    while let (Some(_), Some(planned)) = (&next, plan.next()?) {
        let Some(row) = next.take_if(|row| row.run == planned.run) else { continue };
        made.made += 1;
        made.failed += u64::from(row.result.is_err());
        write_row(&mut runs, &mut failures, manifest, &planned, &row);
        next = rows.next_row()?;
    }
    runs.finish()?;
    failures.finish()?;
    Ok(made)
}

fn begin(sheet: &mut Sheet, manifest: &Manifest, planned: &PlanRow) {
    sheet.whole(planned.run);
    sheet.whole(planned.point);
    sheet.text(&planned.arm);
    sheet.whole(planned.seed);
    factor_cells(sheet, manifest, &planned.values);
}

/// The command that makes a run again, alone.
fn replay(manifest: &Manifest, planned: &PlanRow) -> String {
    let arm = manifest.arms.iter().find(|arm| arm.name == planned.arm);
    let point = manifest.factors.iter().zip(&planned.values);
    let point = point.map(|(factor, value)| format!("{}={value}", factor.path));
    let sets =
        manifest.set.iter().cloned().chain(point).chain(arm.into_iter().flat_map(|arm| arm.set.clone()));
    let mut command = format!("dtao run {} --seed {}", quoted(&manifest.scenario), planned.seed);
    for set in sets {
        command.push_str(" --set ");
        command.push_str(&quoted(&set));
    }
    if let Some(as_spec) = &manifest.as_spec {
        command.push_str(" --as-spec ");
        command.push_str(&u16::from(as_spec.spec).to_string());
    }
    if manifest.audited {
        command.push_str(" --audit");
    }
    command
}
