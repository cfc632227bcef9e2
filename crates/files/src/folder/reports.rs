//! Reports that lie beside a result: which are ours, and when they go.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{FIGURES, FolderError, REPORT, names, remove};

/// What every report of ours says of itself, near its beginning.
pub const MARK: &str = "<meta name=\"generator\" content=\"dtao ";

/// Whether a file is a report of ours, or is not there.
///
/// # Errors
/// If it cannot be read.
pub fn is_ours(path: &Path) -> Result<bool, FolderError> {
    let mut head = Vec::new();
    let read = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => Err(error),
        Ok(metadata) if !metadata.is_file() => return Ok(false),
        Ok(_) => File::open(path).and_then(|file| file.take(4_096).read_to_end(&mut head)),
    };
    read.map_err(|error| FolderError::read(path, error))?;
    Ok(String::from_utf8_lossy(&head).contains(MARK))
}

/// The pictures of a report in a folder, as `dtao report` names them: `01-price.svg`.
///
/// # Errors
/// If the folder cannot be read.
pub fn pictures(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let is_picture = |name: &str| {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let (number, rest) = stem.split_once('-').unwrap_or(("", ""));
        matches!(ending, "svg" | "png")
            && number.len() >= 2
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let found = names(folder)?.into_iter().filter(|name| name.to_str().is_some_and(is_picture));
    Ok(found.map(|name| folder.join(name)).collect())
}

/// Removes a picture of an earlier report, one of [`pictures`].
///
/// # Errors
/// If it cannot be removed.
pub fn remove_picture(picture: &Path) -> Result<(), FolderError> {
    remove(picture)
}

/// Removes the report on a result that another one takes the place of; what is not ours stays.
pub(super) fn remove_reports(folder: &Path) -> Result<(), FolderError> {
    let report = folder.join(REPORT);
    if is_ours(&report)? {
        remove(&report)?;
    }
    let figures = folder.join(FIGURES);
    if fs::symlink_metadata(&figures).is_ok_and(|metadata| metadata.is_dir()) {
        for picture in pictures(&figures)? {
            remove(&picture)?;
        }
        match fs::remove_dir(&figures) {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
                return Err(FolderError::write(&figures, error));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_go_with_their_result_and_what_is_not_ours_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (report, figures) = (folder.path().join(REPORT), folder.path().join(FIGURES));
        fs::create_dir(&figures).expect("room");
        fs::write(figures.join("01-price.svg"), "").expect("room");
        fs::write(figures.join("notes.txt"), "").expect("room");
        fs::write(&report, format!("<head>{MARK}1\">")).expect("room");
        remove_reports(folder.path()).expect("they can be removed");
        assert!(
            !report.exists() && !figures.join("01-price.svg").exists() && figures.join("notes.txt").exists()
        );
        fs::write(&report, "somebody's own").expect("room");
        remove_reports(folder.path()).expect("there is nothing to remove");
        assert!(report.exists() && !is_ours(&report).expect("it can be read"));
    }
}
