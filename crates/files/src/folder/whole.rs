//! The one way to write a file: whole.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::hashing::{Hashing, Passed};

/// How the names of files end that are not whole yet. Nobody else names a file so.
const PARTIAL: &str = ".dtao-part";

/// A file that appears under its name only when it is complete and outlives the machine; until then, whatever had the
/// name keeps it.
#[derive(Debug)]
pub struct WholeFile {
    to: BufWriter<Hashing<File>>,
    partial: Partial,
    path: PathBuf,
}

impl WholeFile {
    /// Opens the file, under another name, before the work starts.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::create_as(path, "")
    }

    /// [`Self::create`], where other processes may write the same file: no two of them may have the same `writer`.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn create_as(path: &Path, writer: &str) -> io::Result<Self> {
        let Some(name) = path.file_name() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path has no file name"));
        };
        let between = if writer.is_empty() { "" } else { "." };
        let partial = format!(".{}{between}{writer}{PARTIAL}", name.to_string_lossy());
        let partial = path.with_file_name(partial);
        // What a process that died has left, or a link to somewhere else: neither is written to.
        match fs::remove_file(&partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&partial)?;
        let partial = Partial(Some(partial));
        let to = BufWriter::with_capacity(1 << 16, Hashing::new(file));
        Ok(Self { to, partial, path: path.to_owned() })
    }

    /// Gives the file its name, once it and its folder are on the disk.
    ///
    /// # Errors
    /// If it cannot be completed; then whatever had the name keeps it.
    pub fn finish(self) -> io::Result<Passed> {
        let Self { to, mut partial, path } = self;
        let to = to.into_inner().map_err(io::IntoInnerError::into_error)?;
        to.inner().sync_all()?;
        if let Some(whole) = partial.0.take() {
            rename_synced(&whole, &path).inspect_err(|_| partial.0 = Some(whole))?;
        }
        Ok(to.passed())
    }
}

/// Writes bytes as a whole file.
///
/// # Errors
/// If it cannot be written; then what was there before still is.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<Passed> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A file that is not whole; it does not stay behind.
#[derive(Debug)]
struct Partial(Option<PathBuf>);

impl Drop for Partial {
    fn drop(&mut self) {
        // The first failure is the one to report; the next writer of the file removes it, too.
        let _ = self.0.as_ref().map(fs::remove_file);
    }
}

/// Whether a name is that of a file that is not whole.
#[must_use]
pub fn is_partial(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") && name.ends_with(PARTIAL.as_bytes()) && name.len() > 1 + PARTIAL.len()
}

/// Gives a file that is on the disk another name in its folder, which outlives the machine, too.
///
/// # Errors
/// If the disk cannot take it.
pub fn rename_synced(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder(folder_of(to))
}

/// Makes sure that names in a folder outlive the machine.
///
/// # Errors
/// If the disk cannot take them.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Other systems do not open folders.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn what_had_the_name_keeps_it_until_the_new_file_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").expect("room");
        let mut file = WholeFile::create(&path).expect("room");
        file.write_all(b"new").expect("room");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "old");
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing incomplete stays");
        let mut file = WholeFile::create(&path).expect("room");
        file.write_all(b"new").expect("room");
        let written = file.finish().expect("room");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "new");
        assert_eq!((written.bytes, written.sha256), (3, format!("{:x}", Sha256::digest("new"))));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_under_the_incomplete_name_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let precious = folder.path().join("precious");
        fs::write(&precious, "mine").expect("room");
        std::os::unix::fs::symlink(&precious, folder.path().join(".a.csv.dtao-part")).expect("a link");
        let mut file = WholeFile::create(&folder.path().join("a.csv")).expect("room");
        file.write_all(b"new").expect("room");
        file.finish().expect("room");
        assert_eq!(fs::read_to_string(&precious).expect("it is there"), "mine");
    }

    #[test]
    fn only_our_own_incomplete_files_are_named_so() {
        for (name, ours) in [
            (".runs.csv.dtao-part", true),
            (".plan.csv.shard-1-of-2.dtao-part", true),
            ("runs.csv.part", false),
            ("runs.csv.dtao-part", false),
            (".dtao-part", false),
        ] {
            assert_eq!(is_partial(OsStr::new(name)), ours, "{name}");
        }
    }
}
