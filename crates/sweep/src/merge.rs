//! Shards: completed one by one, joined when all are there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use dtao_files::folder::table::{Completed, Digest, Tables};
use dtao_files::folder::whole::{WholeFile, rename_synced};
use dtao_files::folder::{Claims, FolderError, Kind, MANIFEST, names};

use super::beside::SHARD;
use super::columns::COLUMNS;
use super::differences::differences;
use super::finish::{Report, finish};
use super::folder::{Found, Gathered, SweepFolder};
use super::format::Format;
use super::manifest::Manifest;
use super::rows::{Merged, ROWS};
use super::shard::Shard;
use super::watch::Watch;
use super::{Beginning, SweepError};

/// Makes one file of a shard's rows, which have been gathered, after counting them.
pub(super) fn finish_shard(
    folder: &SweepFolder,
    shard: Shard,
    manifest: &Manifest,
    gathered: Gathered,
) -> Result<Report, SweepError> {
    let part = folder.parts().join(format!("{:06}.{ROWS}", 0));
    if gathered.done + gathered.failed == 0 && !part.exists() {
        // A shard without runs is complete and empty.
        folder.new_part(0, &manifest.identity())?.sync()?;
    }
    let mut rows = Merged::open(&[&part], &manifest.identity())?;
    // With `until` a shard has as many rows as its intervals asked for.
    for run in shard.runs(if manifest.until.is_some() { 0 } else { manifest.runs }) {
        if rows.next_row()?.is_none_or(|row| row.run != run) {
            return Err(SweepError::MissingRun { run });
        }
    }
    let path = folder.parts().join(ROWS);
    rename_synced(&part, &path).map_err(|error| FolderError::write(&path, error))?;
    let runs = gathered.done + gathered.failed;
    let tables = Tables::from([(ROWS.to_owned(), Digest::of_file(&path, Some(runs))?)]);
    folder.commit(&manifest.completed(tables))?;
    Ok(Report { runs, failed: gathered.failed, ..Report::new(manifest) })
}

/// Joins shards to the tables of the whole sweep; each folder is a shard's, or holds shards'
/// folders. Nothing if it was stopped: then it can be begun again.
///
/// # Errors
/// If a shard is missing, incomplete, damaged or of another sweep, or the folder `out` is a shard's or holds something
/// else.
pub fn merge(
    folders: &[PathBuf],
    out: &Path,
    beginning: Beginning,
    format: Format,
    watch: &dyn Watch,
) -> Result<Option<Report>, SweepError> {
    format.check()?;
    let shards = find(folders)?;
    let (_, first) = &shards[0];
    check(&shards)?;
    refuse_input(&shards, out)?;
    let plan = plan_of(&shards, &first.plan_table)?;
    let rows: Vec<PathBuf> = shards.iter().map(|(folder, _)| folder.join(ROWS)).collect();
    let manifest =
        Manifest { dtao: Kind::Sweep, shard: None, complete: false, tables: Tables::new(), ..first.clone() };
    watch.writes();
    let (folder, found) = SweepFolder::open_for_shards(out, &manifest, beginning)?;
    if beginning == Beginning::Replacing {
        folder.drop_work()?;
    }
    folder.begin(&manifest)?;
    let written = write(&folder, &manifest, &plan, &rows, format, watch);
    if !matches!(written, Ok(Some(_))) && found != Found::Begun {
        // Nothing of it is needed to begin again. The first failure is the one to report.
        let _ = folder.drop_work();
    }
    let Some((report, tables)) = written? else { return Ok(None) };
    folder.commit(&manifest.completed(tables))?;
    Ok(Some(report))
}

/// Writes the tables of all shards' rows.
fn write(
    folder: &SweepFolder,
    manifest: &Manifest,
    plan: &Path,
    rows: &[PathBuf],
    format: Format,
    watch: &dyn Watch,
) -> Result<Option<(Report, Tables)>, SweepError> {
    let tables = Completed::default();
    copy_plan(folder, manifest, plan, &tables)?;
    let rows = Merged::open(rows, &manifest.identity())?;
    let report = finish(&folder.parts(), manifest, rows, format, &tables, watch)?;
    Ok(report.map(|report| (report, tables.tables())))
}

/// Copies the plan, and writes its points.
fn copy_plan(
    folder: &SweepFolder,
    manifest: &Manifest,
    plan: &Path,
    tables: &Completed,
) -> Result<(), SweepError> {
    let (to, points) = (folder.parts().join("plan.csv"), folder.parts().join("points.csv"));
    let copy = || -> io::Result<_> {
        let mut file = WholeFile::create(&to)?;
        io::copy(&mut File::open(plan)?, &mut file)?;
        file.finish()
    };
    let copied = copy().map_err(|error| FolderError::write(&to, error))?;
    if let Some(difference) = manifest.plan_table.difference_of(plan, &copied, None) {
        return Err(FolderError::from(difference).into());
    }
    let write = || -> io::Result<_> {
        let mut reader = csv::Reader::from_path(&to)?;
        let mut writer = csv::Writer::from_writer(WholeFile::create(&points)?);
        let factors = reader.headers()?.iter().skip(COLUMNS.len()).map(str::to_owned).collect::<Vec<_>>();
        writer.write_record(std::iter::once("point").chain(factors.iter().map(String::as_str)))?;
        let mut last = None;
        for record in reader.into_records() {
            let record = record?;
            let point = record.get(1).unwrap_or("").to_owned();
            if last.as_ref() != Some(&point) {
                writer
                    .write_record(std::iter::once(point.as_str()).chain(record.iter().skip(COLUMNS.len())))?;
                last = Some(point);
            }
        }
        writer.into_inner().map_err(csv::IntoInnerError::into_error)?.finish()
    };
    let written = write().map_err(|error| FolderError::write(&points, error))?;
    if let Some(difference) = manifest.points_table.difference_of(&points, &written, None) {
        return Err(FolderError::from(difference).into());
    }
    tables.add(&to, manifest.plan_table.clone());
    tables.add(&points, manifest.points_table.clone());
    Ok(())
}

/// Whether shards are complete, as they were, of one sweep, and all there.
fn check(shards: &[(PathBuf, Manifest)]) -> Result<(), SweepError> {
    let (_, first) = &shards[0];
    let refuse = |folder: &Path, what: &str| Err(SweepError::Shards(format!("{}: {what}", folder.display())));
    let shard = |manifest: &Manifest| manifest.shard.expect("only shards are found");
    let of = shard(first).of();
    for (folder, manifest) in shards {
        let whole = |manifest: &Manifest| Manifest { shard: None, ..manifest.clone() };
        let mut what = differences(&whole(first), &whole(manifest));
        if manifest.points_table != first.points_table && what.is_empty() {
            what.push("the values of the points".into());
        }
        if !what.is_empty() {
            return Err(SweepError::different(folder, what));
        }
        if shard(manifest).of() != of {
            let text = format!("this is one of {} shards, but others are of {of}", shard(manifest).of());
            return refuse(folder, &text);
        }
        let Some(digest) = manifest.tables.get(ROWS).filter(|_| manifest.complete) else {
            return refuse(folder, "the shard is not complete; make it again: it goes on where it was");
        };
        if let Some(mut difference) = digest.difference(&folder.join(ROWS))? {
            difference.what.push_str("; make the shard again: it keeps what is not damaged");
            return Err(FolderError::from(difference).into());
        }
    }
    let there: Vec<u64> = shards.iter().map(|(_, manifest)| shard(manifest).index()).collect();
    let missing: Vec<String> =
        (1..=of).filter(|index| !there.contains(index)).map(|index| format!("{index}/{of}")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(SweepError::Shards(format!("these shards are missing: {}", missing.join(", "))))
}

/// Refuses to write into a shard that is to be merged.
fn refuse_input(shards: &[(PathBuf, Manifest)], out: &Path) -> Result<(), SweepError> {
    let canonical = |path: &Path| path.canonicalize().map_err(|error| FolderError::read(path, error));
    // What does not exist yet lies in the first of its parents that does.
    let Some(there) = out
        .ancestors()
        .map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path })
        .find(|path| path.exists())
    else {
        return Ok(());
    };
    let there = canonical(there)?;
    for (folder, _) in shards {
        if there.starts_with(canonical(folder)?) {
            return Err(SweepError::Shards(format!(
                "{}: this is the shard {}, which is to be merged; name another folder with --out",
                out.display(),
                folder.display()
            )));
        }
    }
    Ok(())
}

/// All shards in the folders.
fn find(folders: &[PathBuf]) -> Result<Vec<(PathBuf, Manifest)>, SweepError> {
    let mut shards: Vec<(PathBuf, Manifest)> = Vec::new();
    for folder in folders {
        let refuse = |what: String| -> Result<_, SweepError> {
            Err(SweepError::Shards(format!("{}: {what}", folder.display())))
        };
        let entries = match fs::read_dir(folder) {
            Ok(_) => names(folder)?,
            Err(error) => return refuse(error.to_string()),
        };
        // Another program's manifest is no shard's.
        let own = Claims::read(&folder.join(MANIFEST)).ok().flatten();
        let here: Vec<PathBuf> = if own.is_some_and(|claims| claims.kind == Kind::Shard) {
            vec![folder.clone()]
        } else {
            let named = entries.iter().filter(|name| name.as_encoded_bytes().starts_with(SHARD.as_bytes()));
            named.map(|name| folder.join(name)).filter(|path| path.is_dir()).collect()
        };
        if here.is_empty() {
            return refuse("there is no shard in this folder".into());
        }
        for shard in here {
            let path = shard.join(MANIFEST);
            let Some(claims) = Claims::read(&path)? else {
                let what = "the shard is not complete; make it again: it goes on where it was";
                return Err(SweepError::Shards(format!("{}: {what}", shard.display())));
            };
            let manifest = Manifest::read(&claims, &path)?;
            if claims.kind != Kind::Shard || manifest.shard.is_none() {
                return Err(SweepError::Shards(format!("{}: this is not a shard", shard.display())));
            }
            // The same shard twice is no mistake, as long as both came to the same.
            shards.push((shard, manifest));
        }
    }
    Ok(shards)
}

/// The plan that shards have beside them.
fn plan_of(shards: &[(PathBuf, Manifest)], digest: &Digest) -> Result<PathBuf, SweepError> {
    let mut first = None;
    for (folder, _) in shards {
        let path = folder.join("../plan.csv");
        match digest.difference(&path)? {
            None => return Ok(path),
            Some(difference) => first = first.or(Some(difference)),
        }
    }
    let mut difference = first.expect("there is a shard");
    difference.what.push_str("; make one of the shards again: it writes the plan");
    Err(FolderError::from(difference).into())
}
