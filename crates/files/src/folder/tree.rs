//! A folder of many files, written whole.

use std::fs;
use std::path::{Path, PathBuf};

use super::whole::{self, rename_synced};
use super::{FolderError, make_folder};

/// How the names of folders begin that are not whole yet.
const PARTIAL: &str = ".dtao-part.";

/// Makes a folder that holds these files, or none: it gets its name once all are on the disk. Before each file `goes_on` is asked
/// whether to; if it is not, nothing is left, and that is said.
///
/// # Errors
/// If something has the name already, or a file cannot be written. What a try that was killed has left, a folder whose
/// name begins with `.dtao-part.`, is refused by name, too.
pub fn write_tree<'f>(
    path: &Path,
    files: impl IntoIterator<Item = (&'f Path, &'f [u8])>,
    goes_on: &dyn Fn() -> bool,
) -> Result<bool, FolderError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let partial = path.with_file_name(format!("{PARTIAL}{name}"));
    for there in [path, &partial] {
        if fs::symlink_metadata(there).is_ok() {
            return Err(FolderError::Exists { path: there.to_owned() });
        }
    }
    let unfinished = Unfinished(partial);
    make_folder(&unfinished.0)?;
    for (name, bytes) in files {
        if !goes_on() {
            return Ok(false);
        }
        let file = unfinished.0.join(name);
        if let Some(folder) = file.parent() {
            make_folder(folder)?;
        }
        whole::write(&file, bytes).map_err(|error| FolderError::write(&file, error))?;
    }
    rename_synced(&unfinished.0, path).map_err(|error| FolderError::write(path, error))?;
    Ok(true)
}

/// A folder of this function's own that has no name yet; it does not stay behind.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // The first failure is the one to report; after success there is nothing to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_written_once_and_what_is_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/configs");
        let files: [(&Path, &[u8]); 2] = [("a/b.ron".as_ref(), b"one"), ("c.csv".as_ref(), b"two")];
        fs::create_dir(folder.path().join("new")).expect("room");
        assert!(write_tree(&path, files, &|| true).expect("room"));
        assert_eq!(fs::read(path.join("a/b.ron")).expect("it is there"), b"one");
        assert_eq!(fs::read_dir(folder.path().join("new")).expect("a folder").count(), 1);
        fs::write(path.join("c.csv"), "mine").expect("room");
        assert!(matches!(write_tree(&path, files, &|| true), Err(FolderError::Exists { .. })));
        assert_eq!(fs::read(path.join("c.csv")).expect("it is there"), b"mine");
    }

    #[test]
    fn nothing_of_a_tree_stays_that_was_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("configs");
        let files: [(&Path, &[u8]); 2] = [("a".as_ref(), b"one"), ("b".as_ref(), b"two")];
        let asked = std::cell::Cell::new(0);
        let once = || asked.replace(asked.get() + 1) < 1;
        assert!(!write_tree(&path, files, &once).expect("room"));
        assert_eq!((asked.get(), fs::read_dir(folder.path()).expect("a folder").count()), (2, 0));
    }

    #[test]
    fn nothing_of_a_tree_stays_that_cannot_be_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("configs");
        let files: [(&Path, &[u8]); 2] = [("a".as_ref(), b"one"), ("a/b".as_ref(), b"a file is no folder")];
        write_tree(&path, files, &|| true).expect_err("it cannot be");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
