//! Files are written in one place, whole: what is renamed there is synced first, and its folder after.

use std::fs;
use std::path::{Path, PathBuf};

/// Calls that create, replace or remove files.
const CALLS: [&str; 9] = [
    "fs::write(",
    "fs::rename(",
    "fs::copy(",
    "fs::remove_",
    "File::create(",
    "File::create_new(",
    "OpenOptions::new(",
    "create_dir",
    "set_len(",
];

/// Where they may stand, besides the module that is made for it.
const EXCEPTIONS: [(&str, &str); 6] = [
    // Files of rows grow while runs are made; a row that is not whole does not fit its checksum.
    ("crates/sweep/src/rows.rs", "File::create_new("),
    ("crates/sweep/src/rows.rs", "set_len("),
    // Rows that have been gathered in another file, and one that a dead process was gathering.
    ("crates/sweep/src/folder.rs", "fs::remove_"),
    // Rows of a damaged shard, each with its checksum.
    ("crates/sweep/src/mending.rs", "fs::copy("),
    // Rows of a smaller sweep, which were written anew for the larger one.
    ("crates/sweep/src/growth.rs", "fs::remove_"),
    // The journal of a search grows by lines; one that is not whole does not fit its checksum.
    ("crates/attack/src/journal.rs", "OpenOptions::new("),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn what_is_renamed_is_synced_first_since_files_are_written_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project");
    let mut files = Vec::new();
    for package in fs::read_dir(root.join("crates")).expect("a folder") {
        sources(&package.expect("an entry").path().join("src"), &mut files);
    }
    sources(&root.join("agents/src"), &mut files);
    assert!(files.len() > 100, "{} files", files.len());
    let mut elsewhere = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
        if name.starts_with("crates/files/src/folder") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("readable");
        let code = text.split("#[cfg(test)]").next().expect("a beginning");
        // Those are whole files.
        let code = ["WholeFile::", "ParquetFile::"]
            .iter()
            .fold(code.to_owned(), |code, ours| code.replace(ours, ""));
        for call in CALLS.into_iter().filter(|call| code.contains(call)) {
            if !EXCEPTIONS.contains(&(name.as_str(), call)) {
                elsewhere.push(format!("{name}: {call}"));
            }
        }
    }
    assert!(elsewhere.is_empty(), "use files::folder: {elsewhere:#?}");
}
