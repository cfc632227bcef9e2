//! A sweep with more seeds keeps the runs that it had with fewer.
//!
//! A run's number depends on how many seeds there are, and its row's checksum on the plan. So rows are written anew, under the
//! numbers and the checksums of the larger plan, before its manifest takes the place of the smaller one's: a process that dies in
//! between leaves rows of both, of which each plan passes over the other's.

use std::fs;

use dtao_files::folder::{FolderError, make_folder};

use super::SweepError;
use super::folder::{Smaller, SweepFolder};
use super::manifest::Manifest;
use super::mending::{self, damages};
use super::rows::{Merged, Row};
use super::watch::Watch;

/// Begins the larger sweep with the rows of the smaller one.
pub(super) fn begin(
    folder: &SweepFolder,
    now: &Manifest,
    smaller: &Smaller,
    watch: &dyn Watch,
) -> Result<(), SweepError> {
    make_folder(&folder.parts())?;
    let kept = match smaller {
        Smaller::Begun(there) => {
            let old = folder.row_files()?;
            let mut rows = Merged::open(&old, &there.identity())?;
            let mut part = folder.new_part(folder.free_part()?, &now.identity())?;
            let mut kept = 0;
            while let Some(Row { run, result }) = rows.next_row()? {
                part.append(&Row { run: there.renumbered(run, now), result })?;
                kept += 1;
            }
            part.sync()?;
            folder.begin(now)?;
            for path in old {
                fs::remove_file(&path).map_err(|error| FolderError::write(&path, error))?;
            }
            kept
        }
        Smaller::Complete(there) => {
            let damaged = damages(folder.path(), there)?;
            for table in &damaged {
                watch.note(&format!("{}: {}", table.path.display(), table.what));
            }
            let kept = mending::keep_rows(folder, there, &damaged, now)?;
            folder.begin(now)?;
            kept
        }
    };
    let (Smaller::Begun(there) | Smaller::Complete(there)) = smaller;
    watch.note(&format!("kept: {kept} run(s) of the seeds {}..{}", there.seeds.0, there.seeds.1));
    Ok(())
}
