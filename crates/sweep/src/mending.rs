//! A result that is not as it was written: found by its digests, and made again.

use std::fs;
use std::path::Path;

use dtao_files::folder::table::{Difference, differences};
use dtao_files::folder::{FolderError, Kind};

use super::SweepError;
use super::columns::COLUMNS;
use super::finish::{Absent, Report};
use super::folder::SweepFolder;
use super::manifest::Manifest;
use super::rows::{Merged, ROWS, Row};

/// The tables of a complete sweep or shard that are not as its manifest says.
pub(super) fn damages(folder: &Path, manifest: &Manifest) -> Result<Vec<Difference>, FolderError> {
    let mut found = differences(folder, &manifest.tables)?;
    for name in manifest.table_names() {
        let what = match manifest.tables.get(&name) {
            None => "its manifest does not name it",
            Some(digest) if digest.rows.is_none() && !name.ends_with(".parquet") => {
                "its manifest does not say how many rows it has"
            }
            Some(digest) => match name.as_str() {
                "plan.csv" if *digest != manifest.plan_table => "its manifest says two things of it",
                "points.csv" if *digest != manifest.points_table => "its manifest says two things of it",
                _ => continue,
            },
        };
        let path = folder.join(name);
        if found.iter().all(|other| other.path != path) {
            found.push(Difference { path, what: what.into() });
        }
    }
    Ok(found)
}

/// What a complete sweep or shard came to, whose tables are as they were.
pub(super) fn report(folder: &SweepFolder, manifest: &Manifest) -> Result<Report, SweepError> {
    let mut report = Report::new(manifest);
    if manifest.dtao == Kind::Shard {
        let mut rows = Merged::open(&[folder.file(ROWS)], &manifest.identity())?;
        while let Some(row) = rows.next_row()? {
            report.runs += 1;
            report.failed += u64::from(row.result.is_err());
        }
    } else {
        let rows = |name: &str| manifest.tables.get(name).and_then(|digest| digest.rows).unwrap_or(0);
        report.failed = rows("failures.csv");
        report.runs = rows("runs.csv") + report.failed;
        let mut absent = Absent::of(manifest);
        let path = folder.file("runs.csv");
        let damaged = |what: String| FolderError::Damaged { path: path.clone(), what };
        let mut reader = csv::Reader::from_path(&path).map_err(|error| damaged(error.to_string()))?;
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| damaged(error.to_string()))? {
            let first = COLUMNS.len() + manifest.factors.len();
            let values: Vec<Option<f64>> = record.iter().skip(first).map(|cell| cell.parse().ok()).collect();
            absent.add(&values);
        }
        absent.tell(&mut report);
    }
    Ok(report)
}

/// Saves what results still say of runs, some of which may be damaged: rows that need not be made again, in the same sweep or in
/// one with more seeds. Returns how many there are of a sweep.
pub(super) fn keep_rows(
    folder: &SweepFolder,
    manifest: &Manifest,
    damaged: &[Difference],
    now: &Manifest,
) -> Result<u64, SweepError> {
    if manifest.dtao == Kind::Shard {
        // Each of its rows has a checksum.
        let (from, to) = (folder.file(ROWS), folder.parts().join(format!("{:06}.{ROWS}", 1)));
        return match fs::copy(&from, &to) {
            Err(error) if from.exists() => Err(FolderError::write(&to, error).into()),
            _ => Ok(0),
        };
    }
    let is_whole = |name: &str| damaged.iter().all(|table| table.path != folder.file(name));
    if !is_whole("runs.csv") || !is_whole("failures.csv") || !manifest.series.is_empty() {
        // No table has what runs were sampled at: they are made again.
        return Ok(0);
    }
    let first = COLUMNS.len() + manifest.factors.len();
    let outcomes = |record: &csv::StringRecord| -> Option<Result<Vec<Option<f64>>, String>> {
        let value = |cell: &str| if cell.is_empty() { Some(None) } else { cell.parse().ok().map(Some) };
        record.iter().skip(first).map(value).collect::<Option<Vec<_>>>().map(Ok)
    };
    let message = |record: &csv::StringRecord| record.get(first).map(|message| Err(message.to_owned()));
    Ok(keep(folder, manifest, now, "runs.csv", &outcomes)?
        + keep(folder, manifest, now, "failures.csv", &message)?)
}

type Reading<'a> = dyn Fn(&csv::StringRecord) -> Option<Result<Vec<Option<f64>>, String>> + 'a;

/// Writes a table's runs as a file of rows.
fn keep(
    folder: &SweepFolder,
    manifest: &Manifest,
    now: &Manifest,
    name: &str,
    result: &Reading,
) -> Result<u64, SweepError> {
    let path = folder.file(name);
    let damaged = |what: String| FolderError::Damaged { path: path.clone(), what };
    let mut reader = csv::Reader::from_path(&path).map_err(|error| damaged(error.to_string()))?;
    let mut rows = folder.new_part(folder.free_part()?, &now.identity())?;
    let mut kept = 0;
    for record in reader.records() {
        let record = record.map_err(|error| damaged(error.to_string()))?;
        let run = record.get(0).and_then(|cell| cell.parse().ok());
        let (Some(run), Some(result)) = (run, result(&record)) else {
            return Err(damaged("a row is not as a sweep writes it".into()).into());
        };
        rows.append(&Row { run: manifest.renumbered(run, now), result })?;
        kept += 1;
    }
    rows.sync()?;
    Ok(kept)
}
