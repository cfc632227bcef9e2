//! Runs files of chain test vectors, named or found in folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dtao_protocol::conform::{CaseReport, ConformError, Outcome, run};
use serde::{Serialize, Serializer};

use dtao_files::input::{InputError, Source, json_file};

/// Folders within folders that are looked through.
const DEEPEST: usize = 16;

/// What became of one file's cases.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// The file.
    pub file: PathBuf,
    /// Cases whose every figure came out.
    pub passed: usize,
    /// All cases.
    pub total: usize,
    /// Cases that nothing here computes.
    pub unsupported: usize,
    /// Why, each reason with the number of its cases.
    pub unsupported_because: BTreeMap<String, usize>,
    /// Cases that came out differently: id, and what differs.
    #[serde(serialize_with = "named")]
    pub failures: Vec<(String, String)>,
}

/// Failures as objects with named fields.
fn named<S: Serializer>(failures: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Failure<'f> {
        id: &'f str,
        difference: &'f str,
    }
    serializer.collect_seq(failures.iter().map(|(id, difference)| Failure { id, difference }))
}

/// Runs the vector files named by `paths`, and those in folders that it names, in the order of names: each file's
/// report, or why it is not a vector file.
///
/// # Errors
/// If a path does not exist, or a folder holds no JSON file.
pub fn conform(paths: &[PathBuf]) -> Result<Vec<Result<FileReport, InputError>>, InputError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = json_files(path)?;
            if found.is_empty() {
                return Err(InputError::file(path, "the folder holds no .json file", None));
            }
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files.into_iter().map(|file| conform_file(&file)).collect())
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let mut found = Vec::new();
    gather(folder, 0, &mut found)?;
    Ok(found)
}

/// Adds the files of a folder and its folders, in the order of names.
fn gather(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), InputError> {
    if depth > DEEPEST {
        let message = format!("more than {DEEPEST} folders within each other");
        return Err(InputError::file(folder, message, Some("does a link lead back up?".into())));
    }
    let unreadable =
        |error: std::io::Error| InputError::file(folder, format!("cannot be read: {error}"), None);
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(unreadable))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
    Ok(())
}

fn conform_file(file: &Path) -> Result<FileReport, InputError> {
    let source = Source::read(file)?;
    json_file::check(&source)?;
    let cases = run(&source.text).map_err(|error| {
        let help = match error {
            ConformError::Contradiction(_) => "was the file cut short, or were cases added by hand?",
            _ => "a vector file is a JSON object with `kind` and `cases`",
        };
        InputError::file(file, error.to_string(), Some(help.into()))
    })?;
    let mut report = FileReport {
        file: file.to_owned(),
        passed: 0,
        total: cases.len(),
        unsupported: 0,
        unsupported_because: BTreeMap::new(),
        failures: Vec::new(),
    };
    for CaseReport { id, outcome } in cases {
        match outcome {
            Outcome::Passed => report.passed += 1,
            Outcome::Unsupported(why) => {
                report.unsupported += 1;
                *report.unsupported_because.entry(why).or_default() += 1;
            }
            Outcome::Failed(difference) => report.failures.push((id, difference)),
        }
    }
    Ok(report)
}
