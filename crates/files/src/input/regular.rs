//! Reading files that may be anything: of any size, or no files at all.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

use super::{InputError, nearest_file};

/// Reads a regular file of at most `most` bytes.
///
/// A pipe or a device is not even opened: it might never end, or never begin.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, InputError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => InputError::file(path, "there is no such file", nearest_file(path)),
        _ => InputError::file(path, format!("the file cannot be read: {error}"), None),
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(InputError::file(path, "this is a folder, not a file", None));
    }
    if !metadata.is_file() {
        let message = format!("this is {}, not a file", kind(metadata.file_type()));
        return Err(InputError::file(
            path,
            message,
            Some("write what it gives to a file, and name that".into()),
        ));
    }
    if metadata.len() > most {
        return Err(too_large(path, &format!("has {} bytes", metadata.len()), most));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    // The file may grow meanwhile, and some files do not know their size.
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(too_large(path, "goes on", most));
    }
    Ok(bytes)
}

/// A file larger than what is read of one.
pub(super) fn too_large(path: &Path, found: &str, most: u64) -> InputError {
    let message = format!("the file {found}: at most {most} bytes ({} MiB) are read", most >> 20);
    InputError::file(path, message, Some("is it the right file? If so, write less into it".into()))
}

#[cfg(unix)]
fn kind(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind(_: FileType) -> &'static str {
    "a device"
}
