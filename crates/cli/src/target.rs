//! Files that a command is about to write: whether they can be, and what they would replace.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::report::Error;

/// Makes sure, before anything is run, that a file can be made where it is to be.
pub(crate) fn its_folder_exists(file: &Path) -> Result<(), Error> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(Error::argument(format!("{}: there is no such folder", folder.display()), "make it first"))
        }
        _ => Ok(()),
    }
}

/// Makes sure that a file is not there, or begins like a table that the command has written and may be replaced.
pub(crate) fn refuse_to_replace(file: &Path, force: bool, header: &str, table: &str) -> Result<(), Error> {
    let refuse = |what: &str, help: &str| Err(Error::argument(format!("{}: {what}", file.display()), help));
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => refuse(&error.to_string(), "name another file"),
        Ok(metadata) if !metadata.is_file() => {
            refuse("this is not a file", "name a file that does not exist yet")
        }
        Ok(_) if !force => refuse("the file exists", "name another file, or replace it with --force"),
        Ok(_) => {
            let mut start = vec![0; header.len()];
            let read = fs::File::open(file).and_then(|mut file| file.read_exact(&mut start));
            if read.is_ok() && start == header.as_bytes() {
                return Ok(());
            }
            refuse(&format!("the file is not {table}"), "name another file: this one was left alone")
        }
    }
}
