//! Shards: completed one by one, joined when all are there.

use std::path::{Path, PathBuf};

use super::finish::{Report, finish};
use super::folder::{Folder, ROWS, read_manifest};
use super::manifest::{Manifest, Part};
use super::points::Factor;
use super::rows::{Identity, Merged};
use super::shard::Shard;
use super::sheet::Format;
use super::{Beginning, Ending, SweepError, file_sha256, fs};

/// Makes one file of a shard's rows, after counting them.
pub(super) fn finish_shard(
    folder: &Folder,
    shard: Shard,
    manifest: &mut Manifest,
    identity: &Identity,
) -> Result<Report, SweepError> {
    let gathered = folder.gather(identity)?;
    let mut rows = Merged::open(&folder.parts()?, identity)?;
    // With `until` a shard has as many rows as its intervals asked for.
    for run in shard.runs(if manifest.until.is_some() { 0 } else { manifest.runs }) {
        if rows.next_row()?.is_none_or(|row| row.run != run) {
            return Err(SweepError::MissingRun { run });
        }
    }
    let [part] = folder.parts()?.try_into().expect("all rows have just been gathered in one file");
    let path = folder.file(ROWS);
    fs::rename(&part, &path).map_err(|error| SweepError::write(&path, error))?;
    manifest.shard = Some(Part { shard, rows_sha256: Some(file_sha256(&path)?) });
    manifest.complete = true;
    folder.write_manifest(manifest)?;
    Ok(Report {
        sweep: manifest.sweep.clone(),
        runs: gathered.done + gathered.failed,
        failed: gathered.failed,
        lines: Vec::new(),
    })
}

/// How a sweep ended that says it is complete, if its results are there and as they were.
pub(super) fn still_complete(folder: &Folder, manifest: &Manifest) -> Result<Option<Ending>, SweepError> {
    let Some(part) = &manifest.shard else {
        let rows = |name: &str| -> Result<u64, SweepError> {
            let path = folder.file(name);
            let damaged =
                |error: csv::Error| SweepError::Damaged { path: path.clone(), what: error.to_string() };
            Ok(csv::Reader::from_path(&path).map_err(damaged)?.into_byte_records().count() as u64)
        };
        if !["runs.csv", "cells.csv", "failures.csv"].iter().all(|name| folder.file(name).exists()) {
            return Ok(None);
        }
        let failed = rows("failures.csv")?;
        let runs = rows("runs.csv")? + failed;
        let report = Report { sweep: manifest.sweep.clone(), runs, failed, lines: Vec::new() };
        return Ok(Some(Ending::Complete(report)));
    };
    let path = folder.file(ROWS);
    if !path.exists() || Some(file_sha256(&path)?) != part.rows_sha256 {
        return Ok(None);
    }
    let mut report = Report { sweep: manifest.sweep.clone(), runs: 0, failed: 0, lines: Vec::new() };
    let mut rows = Merged::open(&[path], &manifest.identity())?;
    while let Some(row) = rows.next_row()? {
        report.runs += 1;
        report.failed += u64::from(row.result.is_err());
    }
    Ok(Some(Ending::Shard(report)))
}

/// Joins shards to the tables of the whole sweep, and says what was varied; each folder is a shard's, or holds shards' folders.
///
/// # Errors
/// If a shard is missing, incomplete, damaged or of another sweep, or the folder `out` holds something else.
pub fn merge(
    folders: &[PathBuf],
    out: &Path,
    beginning: Beginning,
    format: Format,
) -> Result<(Report, Vec<Factor>), SweepError> {
    format.check()?;
    let shards = find(folders)?;
    let (_, first) = &shards[0];
    let first_part = first.shard.as_ref().expect("only shards are found");
    let of = first_part.shard.of();
    let mut rows = Vec::new();
    for (folder, manifest) in &shards {
        let what = first.differences(manifest);
        let part = manifest.shard.as_ref().expect("only shards are found");
        if !what.is_empty() {
            return Err(SweepError::Different { folder: folder.clone(), what });
        }
        if part.shard.of() != of {
            let text = format!(
                "{}: this is one of {} shards, but others are of {of}",
                folder.display(),
                part.shard.of()
            );
            return Err(SweepError::Shards(text));
        }
        let path = folder.join(ROWS);
        if !manifest.complete || !path.exists() {
            let text = format!(
                "{}: the shard is not complete; make it again: it goes on where it was",
                folder.display()
            );
            return Err(SweepError::Shards(text));
        }
        if part.rows_sha256.as_deref() != Some(&file_sha256(&path)?) {
            let what = "it does not fit its hash in manifest.json; make the shard again".to_owned();
            return Err(SweepError::Damaged { path, what });
        }
        rows.push(path);
    }
    let there: Vec<u64> =
        shards.iter().filter_map(|(_, manifest)| Some(manifest.shard.as_ref()?.shard.index())).collect();
    let missing: Vec<String> =
        (1..=of).filter(|index| !there.contains(index)).map(|index| format!("{index}/{of}")).collect();
    if !missing.is_empty() {
        return Err(SweepError::Shards(format!("these shards are missing: {}", missing.join(", "))));
    }
    let plan = plan_of(&shards, &first.plan_sha256)?;
    Ok((write(first, &plan, &rows, out, beginning, format)?, first.factors.clone()))
}

fn write(
    first: &Manifest,
    plan: &Path,
    rows: &[PathBuf],
    out: &Path,
    beginning: Beginning,
    format: Format,
) -> Result<Report, SweepError> {
    let mut manifest = Manifest { shard: None, complete: false, ..first.clone() };
    let folder = Folder::open_for_shards(out, &manifest, beginning)?;
    for name in ["plan.csv", "points.csv"] {
        let (from, to) = (plan.with_file_name(name), folder.file(name));
        if from.canonicalize().ok() != to.canonicalize().ok() {
            let copied = fs::read(&from);
            let bytes = copied.map_err(|error| SweepError::read(&from, error))?;
            super::write_whole(&to, |file| std::io::Write::write_all(file, &bytes))?;
        }
    }
    folder.write_manifest(&manifest)?;
    let report =
        finish(out, &folder.file("plan.csv"), &manifest, Merged::open(rows, &manifest.identity())?, format)?;
    manifest.complete = true;
    folder.write_manifest(&manifest)?;
    Ok(report)
}

/// All shards in the folders.
fn find(folders: &[PathBuf]) -> Result<Vec<(PathBuf, Manifest)>, SweepError> {
    let mut shards: Vec<(PathBuf, Manifest)> = Vec::new();
    for folder in folders {
        let mut here = Vec::new();
        if folder.join(ROWS).exists() {
            here.push(folder.clone());
        } else {
            let entries = fs::read_dir(folder);
            let entries =
                entries.map_err(|error| SweepError::Shards(format!("{}: {error}", folder.display())))?;
            let named = |path: &PathBuf| {
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("shard-"))
            };
            here.extend(
                entries.flatten().map(|entry| entry.path()).filter(named).filter(|path| path.is_dir()),
            );
            here.sort();
        }
        if here.is_empty() {
            return Err(SweepError::Shards(format!(
                "{}: there is no shard in this folder",
                folder.display()
            )));
        }
        for shard in here {
            let manifest = read_manifest(&shard.join("manifest.json"))?;
            if manifest.shard.is_none() {
                return Err(SweepError::Shards(format!("{}: this is no shard", shard.display())));
            }
            // The same shard twice is no mistake, as long as both came to the same.
            shards.push((shard, manifest));
        }
    }
    Ok(shards)
}

/// The plan that shards have beside them.
fn plan_of(shards: &[(PathBuf, Manifest)], sha256: &str) -> Result<PathBuf, SweepError> {
    let mut found = None;
    for (folder, _) in shards {
        let path = folder.join("../plan.csv");
        if path.exists() && file_sha256(&path)? == sha256 {
            return Ok(path);
        }
        found = found.or(Some(path));
    }
    let path = found.expect("there is a shard");
    Err(SweepError::Damaged { path, what: "no shard has its plan beside it".into() })
}
