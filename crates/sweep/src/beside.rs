//! What shards have beside them: the plan of all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dtao_files::folder::whole::WholeFile;
use dtao_files::folder::{Claims, FolderError, Kind, MANIFEST, PARTS, make_folder, names};

use super::SweepError;
use super::manifest::Manifest;
use super::plan::Plan;

/// How the names of shards' folders begin.
pub(super) const SHARD: &str = "shard-";

/// Which of `plan.csv` and `points.csv` are missing in a folder, or damaged; none is replaced that no sweep or shard of
/// this plan has written, and none that shards of another plan need.
pub(super) fn plan_to_write(
    folder: &Path,
    manifest: &Manifest,
    claimed: impl Fn(&str) -> bool,
) -> Result<Vec<&'static str>, SweepError> {
    let shards = shards_in(folder)?;
    if let Some((path, _)) = shards.iter().find(|(_, other)| other.plan_table != manifest.plan_table) {
        let shard = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let what = vec![format!("the plan: other shards lie in the folder, such as {shard}")];
        return Err(SweepError::different(folder, what));
    }
    let mut to_write = Vec::new();
    for (name, digest) in [("plan.csv", &manifest.plan_table), ("points.csv", &manifest.points_table)] {
        let path = folder.join(name);
        if !is_there(&path)? {
            to_write.push(name);
        } else if digest.difference(&path)?.is_some() {
            if shards.is_empty() && !claimed(name) {
                let what = "this is not the plan of this sweep".into();
                return Err(FolderError::Foreign { path, what }.into());
            }
            to_write.push(name);
        }
    }
    Ok(to_write)
}

/// [`plan_to_write`] for a shard in the folder, which other commands must not use.
pub(super) fn plan_to_write_for_shard(
    folder: &Path,
    manifest: &Manifest,
) -> Result<Vec<&'static str>, SweepError> {
    let path = folder.join(MANIFEST);
    let claims = match Claims::read(&path) {
        // Another program's manifest is in nobody's way.
        Err(FolderError::Foreign { .. }) => None,
        result => result?,
    };
    let Some(claims) = claims else { return plan_to_write(folder, manifest, |_| false) };
    if claims.kind != Kind::Sweep {
        let (found, wanted) = (claims.kind, Kind::Shard);
        return Err(FolderError::OtherKind { folder: folder.to_owned(), found, wanted }.into());
    }
    if Manifest::read(&claims, &path)?.plan_table != manifest.plan_table {
        let what = vec!["the plan: the folder holds the results of another sweep".to_owned()];
        return Err(SweepError::different(folder, what));
    }
    plan_to_write(folder, manifest, |_| true)
}

/// Writes the plan beside shards. Several of them may do so at once.
pub(super) fn write_plan(plan: &Plan, folder: &Path, shard: &str, names: &[&str]) -> Result<(), SweepError> {
    if !names.is_empty() {
        make_folder(folder)?;
    }
    for name in names {
        write_table(plan, name, &folder.join(name), shard)?;
    }
    Ok(())
}

/// Writes `plan.csv` or `points.csv`.
pub(super) fn write_table(plan: &Plan, name: &str, path: &Path, writer: &str) -> Result<(), FolderError> {
    let write = || -> io::Result<()> {
        let mut file = WholeFile::create_as(path, writer)?;
        match name {
            "plan.csv" => plan.write(&mut file)?,
            _ => plan.write_points(&mut file)?,
        }
        file.finish().map(|_| ())
    };
    write().map_err(|error| FolderError::write(path, error))
}

/// The shards in a folder, finished or not, and their manifests.
fn shards_in(folder: &Path) -> Result<Vec<(PathBuf, Manifest)>, SweepError> {
    let mut found = Vec::new();
    for name in names(folder)? {
        if !name.as_encoded_bytes().starts_with(SHARD.as_bytes()) {
            continue;
        }
        let shard = folder.join(&name);
        for manifest in [shard.join(MANIFEST), shard.join(PARTS).join(MANIFEST)] {
            match Claims::read(&manifest) {
                Ok(Some(claims)) if claims.kind == Kind::Shard => {
                    found.push((shard.clone(), Manifest::read(&claims, &manifest)?));
                }
                // No shard of ours, whatever its name.
                Ok(_) | Err(FolderError::Foreign { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(found)
}

fn is_there(path: &Path) -> Result<bool, FolderError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FolderError::read(path, error)),
    }
}
