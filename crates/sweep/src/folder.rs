//! A sweep's folder: its rows while runs are made, its result when all are.

use std::fs;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use dtao_experiment::run::Progress;
use dtao_files::folder::table::Completed;
use dtao_files::folder::whole::rename_synced;
use dtao_files::folder::{Claims, Folder, FolderError, Kind, Layout, Survey, names};

use super::beside;
use super::differences::{differences, has_more_seeds};
use super::manifest::Manifest;
use super::plan::Plan;
use super::rows::{Identity, Merged, ROWS, Writer};
use super::watch::Watch;
use super::{Beginning, SweepError};

/// A sweep's files; shards and their plan may lie beside them.
pub(crate) const SWEEP: Layout = Layout {
    kind: Kind::Sweep,
    tables: &[
        "plan.csv",
        "points.csv",
        "runs.csv",
        "cells.csv",
        "failures.csv",
        "sensitivity.csv",
        "runs.parquet",
        "cells.parquet",
        "failures.parquet",
        "sensitivity.parquet",
    ],
    rows: &[ROWS, GATHERING],
    beside: &["shard-", "plan.csv", "points.csv"],
};

/// A shard's files.
const SHARD: Layout = Layout { kind: Kind::Shard, tables: &[ROWS], rows: &[ROWS, GATHERING], beside: &[] };

/// How the name of a file ends in which rows are being gathered.
const GATHERING: &str = "gathering";

/// A folder that this process alone writes to.
pub(crate) struct SweepFolder(Folder);

impl Deref for SweepFolder {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

/// What was found in the folder.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// Nothing that counts.
    Nothing,
    /// The same sweep, begun.
    Begun,
    /// The same sweep, with its results.
    Complete(Box<Manifest>),
    /// The same sweep with fewer seeds.
    Smaller(Smaller),
}

/// What there is of a sweep with fewer seeds.
#[derive(Debug, PartialEq)]
pub(crate) enum Smaller {
    /// Work under way.
    Begun(Box<Manifest>),
    /// Its result.
    Complete(Box<Manifest>),
}

impl SweepFolder {
    /// Claims the folder for a sweep or a shard, and finds out what is there already.
    pub fn open(path: &Path, manifest: &Manifest, beginning: Beginning) -> Result<(Self, Found), SweepError> {
        let layout = if manifest.shard.is_some() { SHARD } else { SWEEP };
        let check = |survey: &Survey| {
            if beginning == Beginning::Fresh {
                let remedy =
                    "name another one, go on with --resume, or replace a sweep's results with --force";
                survey.refuse_anything(remedy)?;
            }
            found(survey, &layout, manifest, beginning)
        };
        let (folder, found) = Folder::open(path, &layout, check)?;
        folder.remove_partial()?;
        Ok((Self(folder), found))
    }

    /// Claims the folder for the results of shards, which may lie in it themselves; says whether work was under way.
    pub fn open_for_shards(
        path: &Path,
        manifest: &Manifest,
        beginning: Beginning,
    ) -> Result<(Self, Found), SweepError> {
        let beginning = if beginning == Beginning::Fresh { Beginning::Resuming } else { beginning };
        let check = |survey: &Survey| found(survey, &SWEEP, manifest, beginning);
        let (folder, found) = Folder::open(path, &SWEEP, check)?;
        Ok((Self(folder), found))
    }

    /// Begins the sweep, or goes on with it.
    pub fn begin(&self, manifest: &Manifest) -> Result<(), SweepError> {
        Ok(self.0.begin(&manifest.text())?)
    }

    /// Replaces the folder's result by this one, whose tables are written.
    pub fn commit(&self, manifest: &Manifest) -> Result<(), SweepError> {
        Ok(self.0.commit(&manifest.text())?)
    }

    /// Writes the plan and its points beside the rows, unless they are there; counts them as completed.
    pub fn write_plan(&self, plan: &Plan, manifest: &Manifest, tables: &Completed) -> Result<(), SweepError> {
        for (name, digest) in [("plan.csv", &manifest.plan_table), ("points.csv", &manifest.points_table)] {
            let path = self.parts().join(name);
            if digest.difference(&path)?.is_some() {
                beside::write_table(plan, name, &path, "")?;
            }
            tables.add(&path, digest.clone());
        }
        Ok(())
    }

    /// The files of rows, in the order of their names.
    pub fn row_files(&self) -> Result<Vec<PathBuf>, SweepError> {
        let folder = self.parts();
        let all = names(&folder)?.into_iter().map(|name| folder.join(name));
        Ok(all.filter(|path| path.extension().is_some_and(|ending| ending == ROWS)).collect())
    }

    /// One more than the highest number of a file of rows.
    pub fn free_part(&self) -> Result<u64, SweepError> {
        let files = self.row_files()?;
        let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u64>().ok();
        Ok(files.iter().filter_map(number).max().map_or(0, |last| last + 1))
    }

    /// A new file of rows.
    pub fn new_part(&self, number: u64, identity: &Identity) -> Result<Writer, SweepError> {
        Ok(Writer::create(self.parts().join(format!("{number:06}.{ROWS}")), identity)?)
    }

    /// Gathers all rows in one file, without those that are damaged; nothing if it was stopped.
    pub fn gather(&self, identity: &Identity, watch: &dyn Watch) -> Result<Option<Gathered>, SweepError> {
        let mut parts = self.row_files()?;
        // A shard that was stopped while it was completed has its rows here.
        parts.extend(Some(self.parts().join(ROWS)).filter(|rows| rows.exists()));
        if parts.is_empty() {
            return Ok(Some(Gathered::default()));
        }
        let target = self.parts().join(format!("{:06}.{ROWS}", 0));
        let unfinished = target.with_extension(GATHERING);
        removed(&unfinished, fs::remove_file(&unfinished))?;
        let mut gathered = Gathered::default();
        let mut rows = Merged::open(&parts, identity)?;
        let mut file = Writer::create(unfinished.clone(), identity)?;
        while let Some(row) = rows.next_row()? {
            if watch.progress() == Progress::Stop {
                return Ok(None);
            }
            gathered.done += u64::from(row.result.is_ok());
            gathered.failed += u64::from(row.result.is_err());
            file.append(&row)?;
        }
        gathered.damaged = rows.damaged();
        file.sync()?;
        rename_synced(&unfinished, &target).map_err(|error| FolderError::write(&target, error))?;
        for part in parts.iter().filter(|part| **part != target) {
            removed(part, fs::remove_file(part))?;
        }
        Ok(Some(gathered))
    }
}

/// What the files of rows hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gathered {
    pub done: u64,
    pub failed: u64,
    pub damaged: u64,
}

/// What a survey finds of a sweep, unless the folder must not be used for it.
fn found(
    survey: &Survey,
    layout: &Layout,
    manifest: &Manifest,
    beginning: Beginning,
) -> Result<Found, SweepError> {
    survey.refuse_foreign(layout)?;
    if layout.kind == Kind::Sweep {
        let moving = survey.unfinished.iter().filter(|claims| claims.complete);
        let claims: Vec<&Claims> = survey.whole.iter().chain(moving).collect();
        let claimed = |name: &str| claims.iter().any(|claims| claims.tables.contains_key(name));
        beside::plan_to_write(&survey.path, manifest, claimed)?;
    }
    refuse_foreign_rows(survey, &manifest.identity(), beginning)?;
    if beginning == Beginning::Replacing {
        return Ok(Found::Nothing);
    }
    let there = |claims: &Claims, file: &str| -> Result<(Box<Manifest>, bool), SweepError> {
        let there = Box::new(Manifest::read(claims, &survey.path.join(file))?);
        let what = differences(manifest, &there);
        let smaller = has_more_seeds(manifest, &there);
        if what.is_empty() || smaller {
            Ok((there, smaller))
        } else {
            Err(SweepError::different(&survey.path, what))
        }
    };
    if let Some(claims) = &survey.unfinished {
        let (there, smaller) = there(claims, "parts/manifest.json")?;
        return Ok(if smaller { Found::Smaller(Smaller::Begun(there)) } else { Found::Begun });
    }
    let Some(claims) = &survey.whole else {
        return Ok(if survey.orphans.is_empty() { Found::Nothing } else { Found::Begun });
    };
    let (there, smaller) = there(claims, "manifest.json")?;
    Ok(if smaller { Found::Smaller(Smaller::Complete(there)) } else { Found::Complete(there) })
}

/// Refuses rows that lost their manifest, unless their checksums say that they are this sweep's.
fn refuse_foreign_rows(survey: &Survey, identity: &Identity, beginning: Beginning) -> Result<(), SweepError> {
    for path in &survey.orphans {
        let is_empty = fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0);
        let fits = beginning == Beginning::Resuming && Merged::open(&[path], identity)?.next_row()?.is_some();
        if !is_empty && !fits {
            let what = "these are rows of another sweep or build".into();
            return Err(FolderError::Foreign { path: path.clone(), what }.into());
        }
    }
    Ok(())
}

fn removed(path: &Path, result: io::Result<()>) -> Result<(), FolderError> {
    result.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(FolderError::write(path, error)),
    })
}
