//! The lock of a folder: a file that a process holds while it writes there.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::{FolderError, make_folder};

/// The lock's name.
pub(super) const LOCK: &str = ".lock";

/// A lock that this process holds. A process that dies gives it up.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
    removes: bool,
}

impl Lock {
    /// Locks a folder, which is made if it is not there.
    pub fn of(folder: &Path) -> Result<Self, FolderError> {
        make_folder(folder)?;
        let path = folder.join(LOCK);
        // Whoever held the lock may have removed the file that was opened here: then there is another one, or none.
        for _ in 0..100 {
            let (file, removes) = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => (file, true),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match open(&path)? {
                    Some(file) => (file, false),
                    None => continue,
                },
                Err(error) => return Err(FolderError::write(&path, error)),
            };
            if let Some(lock) = Self::taken(folder, path.clone(), file, removes)? {
                return Ok(lock);
            }
        }
        Err(FolderError::InUse { folder: folder.to_owned() })
    }

    /// Locks a folder that has a lock file; changes nothing.
    pub fn there(folder: &Path) -> Result<Option<Self>, FolderError> {
        let path = folder.join(LOCK);
        match open(&path)? {
            Some(file) => Self::taken(folder, path, file, false),
            None => Ok(None),
        }
    }

    /// Nothing if the file that was locked is not the one at its path any more.
    fn taken(folder: &Path, path: PathBuf, file: File, removes: bool) -> Result<Option<Self>, FolderError> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FolderError::InUse { folder: folder.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(FolderError::write(&path, error)),
        }
        let lock = Self { path, file, removes };
        let is_there = lock.is_there().map_err(|error| FolderError::read(&lock.path, error))?;
        Ok(is_there.then_some(lock))
    }

    /// The file goes when the lock does. One that was found stays otherwise: it may be somebody else's.
    pub fn remove_when_done(&mut self) {
        self.removes = true;
    }

    /// Whether the file is still the one at its path.
    fn is_there(&self) -> io::Result<bool> {
        match fs::symlink_metadata(&self.path) {
            Ok(there) => Ok(is_same(&self.file.metadata()?, &there)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Lock {
    /// Removes the file *while it is locked*: were it unlocked first, another process could hold it by now. Whoever has
    /// opened it finds, with the lock, that it is not at its path any more.
    fn drop(&mut self) {
        if self.removes && self.is_there().unwrap_or(false) {
            // A lock file that stays behind locks nobody out.
            let _ = fs::remove_file(&self.path);
        }
        // Closing would do, unless a process that was started meanwhile still has the file.
        let _ = self.file.unlock();
    }
}

/// Opens a lock file that is there, without changing it; refuses what is not one.
fn open(path: &Path) -> Result<Option<File>, FolderError> {
    let read = |error| FolderError::read(path, error);
    match fs::symlink_metadata(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(read(error)),
        Ok(metadata) if is_lock(&metadata) => {}
        Ok(_) => {
            let what = "this is not a lock of dtao, which is an empty file".into();
            return Err(FolderError::Foreign { path: path.to_owned(), what });
        }
    }
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(read(error)),
    }
}

/// Whether a file, not a link to one, is as a lock is.
pub(super) fn is_lock(metadata: &Metadata) -> bool {
    metadata.is_file() && metadata.len() == 0
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere, a file that is open cannot be removed or replaced.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    fn folder() -> TempDir {
        TempDir::new().expect("a folder")
    }

    #[test]
    fn a_folder_is_locked_once_and_its_lock_file_goes_with_the_lock() {
        let folder = folder();
        let lock = Lock::of(folder.path()).expect("nobody else is there");
        assert!(matches!(Lock::of(folder.path()), Err(FolderError::InUse { .. })));
        assert!(matches!(Lock::there(folder.path()), Err(FolderError::InUse { .. })));
        drop(lock);
        assert!(!folder.path().join(LOCK).exists());
        assert!(Lock::there(folder.path()).expect("readable").is_none());
        drop(Lock::of(folder.path()).expect("nobody else is there"));
    }

    #[test]
    fn a_lock_on_a_file_that_is_not_at_its_path_any_more_is_no_lock() {
        let folder = folder();
        let path = folder.path().join(LOCK);
        let first = Lock::of(folder.path()).expect("nobody else is there");
        // Another process has opened the file, and comes to lock it after the first one has gone.
        let late = open(&path).expect("readable").expect("it is there");
        drop(first);
        assert!(Lock::taken(folder.path(), path.clone(), late, false).expect("readable").is_none());

        let first = Lock::of(folder.path()).expect("nobody else is there");
        let late = open(&path).expect("readable").expect("it is there");
        drop(first);
        let third = Lock::of(folder.path()).expect("nobody else is there");
        assert!(Lock::taken(folder.path(), path.clone(), late, true).expect("readable").is_none());
        assert!(path.exists(), "the file of the one that works there stays");
        assert!(matches!(Lock::of(folder.path()), Err(FolderError::InUse { .. })));
        drop(third);
    }

    #[test]
    fn what_is_not_an_empty_file_is_no_lock_and_is_not_touched() {
        let folder = folder();
        let (path, precious) = (folder.path().join(LOCK), folder.path().join("precious"));
        fs::write(&precious, "mine").expect("room");
        symlink(&precious, &path).expect("a link");
        for lock in [Lock::of(folder.path()), Lock::there(folder.path()).map(|lock| lock.expect("a lock"))] {
            assert!(matches!(lock, Err(FolderError::Foreign { .. })), "{lock:?}");
        }
        assert_eq!(fs::read_to_string(&precious).expect("it is there"), "mine");
        fs::remove_file(&path).expect("the link is there");
        symlink(folder.path().join("nothing"), &path).expect("a link");
        assert!(matches!(Lock::of(folder.path()), Err(FolderError::Foreign { .. })));
        assert!(!folder.path().join("nothing").exists());
        fs::remove_file(&path).expect("the link is there");
        fs::write(&path, "mine").expect("room");
        assert!(matches!(Lock::of(folder.path()), Err(FolderError::Foreign { .. })));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "mine");
    }

    #[test]
    fn an_empty_file_that_was_found_is_locked_and_stays() {
        let folder = folder();
        let path = folder.path().join(LOCK);
        fs::write(&path, "").expect("room");
        drop(Lock::of(folder.path()).expect("nobody holds it"));
        assert!(path.exists());
        let mut lock = Lock::there(folder.path()).expect("readable").expect("it is there");
        lock.remove_when_done();
        drop(lock);
        assert!(!path.exists());
    }
}
