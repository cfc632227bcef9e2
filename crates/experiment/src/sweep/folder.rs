//! A sweep's folder: claimed by one process, written file by file, resumed where it was left.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::rows::{Identity, Merged, Writer};
use super::{Beginning, SweepError};
use crate::run::Claim;

/// The files of a sweep that is complete, and what may be left of one that is not.
const FILES: [&str; 12] = [
    "manifest.json",
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
    ROWS,
];

/// The rows of a complete shard.
pub(crate) const ROWS: &str = "rows";

/// Those of them that shards share.
const PLAN: [&str; 2] = ["plan.csv", "points.csv"];

/// A folder that this process alone writes to.
pub(crate) struct Folder {
    pub path: PathBuf,
    _claim: Claim,
}

/// What was found in the folder.
pub(crate) enum Found {
    /// Nothing, or nothing that counts.
    Nothing,
    /// The same sweep, begun.
    Begun,
    /// The same sweep, with its results.
    Complete(Box<Manifest>),
}

impl Folder {
    /// Claims the folder for a sweep, and finds out what is there already.
    pub fn open(path: &Path, manifest: &Manifest, beginning: Beginning) -> Result<(Self, Found), SweepError> {
        if path.exists() && !path.is_dir() {
            return Err(SweepError::NoFolder { path: path.to_owned() });
        }
        let folder = Self { path: path.to_owned(), _claim: Claim::of(path)? };
        if beginning == Beginning::Replacing {
            folder.remove_all()?;
        }
        let found = folder.found(manifest, beginning)?;
        Ok((folder, found))
    }

    /// Claims the folder for the results of shards, which may lie in it themselves.
    pub fn open_for_shards(
        path: &Path,
        manifest: &Manifest,
        beginning: Beginning,
    ) -> Result<Self, SweepError> {
        if path.exists() && !path.is_dir() {
            return Err(SweepError::NoFolder { path: path.to_owned() });
        }
        let folder = Self { path: path.to_owned(), _claim: Claim::of(path)? };
        if beginning == Beginning::Replacing {
            // The plan may be the shards' own.
            folder.remove(FILES.into_iter().filter(|name| !PLAN.contains(name)))?;
        } else {
            folder.examine(manifest, |name| name.starts_with("shard-"))?;
        }
        Ok(folder)
    }

    fn found(&self, manifest: &Manifest, beginning: Beginning) -> Result<Found, SweepError> {
        if self.names()?.iter().all(|name| name == ".lock") {
            return Ok(Found::Nothing);
        }
        if beginning != Beginning::Resuming {
            return Err(SweepError::NotEmpty { folder: self.path.clone() });
        }
        self.examine(manifest, |_| false)
    }

    fn names(&self) -> Result<Vec<String>, SweepError> {
        let entries = fs::read_dir(&self.path).map_err(|error| SweepError::read(&self.path, error))?;
        Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    }

    /// What a sweep has left in the folder; besides, there may be what is `expected`.
    fn examine(&self, manifest: &Manifest, expected: impl Fn(&str) -> bool) -> Result<Found, SweepError> {
        let ours = |name: &str| {
            [".lock", "parts"].contains(&name) || FILES.contains(&name.strip_suffix(".part").unwrap_or(name))
        };
        if !self.names()?.iter().all(|name| ours(name) || expected(name)) {
            return Err(SweepError::NotEmpty { folder: self.path.clone() });
        }
        let path = self.file("manifest.json");
        if !path.exists() {
            // A sweep that ended before it wrote its manifest has not made a run.
            return Ok(Found::Nothing);
        }
        let there = read_manifest(&path)?;
        let shard = |manifest: &Manifest| manifest.shard.as_ref().map(|part| part.shard);
        let what = manifest.differences(&there);
        if !what.is_empty() || shard(manifest) != shard(&there) {
            return Err(SweepError::Different { folder: self.path.clone(), what });
        }
        Ok(if there.complete { Found::Complete(Box::new(there)) } else { Found::Begun })
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), SweepError> {
        let text = serde_json::to_string_pretty(manifest).expect("plain data") + "\n";
        write_whole(&self.file("manifest.json"), |file| file.write_all(text.as_bytes()))
    }

    /// Removes all that a sweep writes.
    fn remove_all(&self) -> Result<(), SweepError> {
        self.remove_parts()?;
        self.remove(FILES.into_iter())
    }

    fn remove(&self, names: impl Iterator<Item = &'static str>) -> Result<(), SweepError> {
        for name in names {
            for name in [name.to_owned(), format!("{name}.part")] {
                removed(&self.file(&name), fs::remove_file(self.file(&name)))?;
            }
        }
        Ok(())
    }

    /// Removes the part files, when the results are complete.
    pub fn remove_parts(&self) -> Result<(), SweepError> {
        removed(&self.file("parts"), fs::remove_dir_all(self.file("parts")))
    }

    /// The part files, in the order of their numbers.
    pub fn parts(&self) -> Result<Vec<PathBuf>, SweepError> {
        let folder = self.file("parts");
        fs::create_dir_all(&folder).map_err(|error| SweepError::write(&folder, error))?;
        let entries = fs::read_dir(&folder).map_err(|error| SweepError::read(&folder, error))?;
        let mut parts: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "rows"))
            .collect();
        parts.sort();
        Ok(parts)
    }

    /// A new part file.
    pub fn new_part(&self, number: u64, identity: &Identity) -> Result<Writer, SweepError> {
        Ok(Writer::create(self.file("parts").join(format!("{number:06}.rows")), identity)?)
    }

    /// Gathers all rows in one part file, without those that are damaged.
    pub fn gather(&self, identity: &Identity) -> Result<Gathered, SweepError> {
        let mut parts = self.parts()?;
        // A shard that was stopped while it was completed, or damaged since, has its rows here.
        parts.extend(Some(self.file(ROWS)).filter(|rows| rows.exists()));
        if parts.is_empty() {
            return Ok(Gathered::default());
        }
        let target = self.file("parts").join("000000.rows");
        let unfinished = target.with_extension("gathering");
        let mut gathered = Gathered::default();
        let mut rows = Merged::open(&parts, identity)?;
        let mut file = Writer::create(unfinished.clone(), identity)?;
        while let Some(row) = rows.next_row()? {
            gathered.done += u64::from(row.result.is_ok());
            gathered.failed += u64::from(row.result.is_err());
            file.append(&row)?;
        }
        gathered.damaged = rows.damaged();
        file.sync()?;
        fs::rename(&unfinished, &target).map_err(|error| SweepError::write(&target, error))?;
        for part in parts.iter().filter(|part| **part != target) {
            removed(part, fs::remove_file(part))?;
        }
        Ok(gathered)
    }
}

/// What the part files hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gathered {
    pub done: u64,
    pub failed: u64,
    pub damaged: u64,
}

fn removed(path: &Path, result: io::Result<()>) -> Result<(), SweepError> {
    result.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(SweepError::write(path, error)),
    })
}

pub(crate) fn read_manifest(path: &Path) -> Result<Manifest, SweepError> {
    let text = fs::read_to_string(path).map_err(|error| SweepError::read(path, error))?;
    serde_json::from_str(&text)
        .map_err(|error| SweepError::Damaged { path: path.to_owned(), what: error.to_string() })
}

/// Writes a file that appears under its name only when it is complete.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), SweepError> {
    write_whole_by(path, "part", write)
}

/// [`write_whole`], with an ending that no other process uses for the incomplete file.
pub(crate) fn write_whole_by(
    path: &Path,
    ending: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), SweepError> {
    let partial = PathBuf::from(format!("{}.{ending}", path.display()));
    let written = File::create(&partial).and_then(|file| {
        let mut file = BufWriter::with_capacity(1 << 16, file);
        write(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&partial, path)
    });
    written.map_err(|error| {
        // An incomplete file is not left behind.
        let _ = fs::remove_file(&partial);
        SweepError::write(path, error)
    })
}
