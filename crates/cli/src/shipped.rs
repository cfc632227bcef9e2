//! What the program brings along: scenarios, sweeps, fits and recorded data, found by name or written into a folder.

use std::path::{Path, PathBuf};

use dtao_files::folder::write_tree;
use include_dir::{Dir, DirEntry, include_dir};

use crate::report::Error;
use crate::stopper::Stopper;

/// The project's `configs`, as they were when the program was built.
static CONFIGS: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../configs");

/// A file that a user may name shortly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scenario,
    Sweep,
    Fit,
}

impl Kind {
    const fn folder(self) -> &'static str {
        match self {
            Self::Scenario => "scenarios",
            Self::Sweep => "sweeps",
            Self::Fit => "fits",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::Sweep => "sweep",
            Self::Fit => "fit",
        }
    }
}

/// The path of a scenario that is given as a path or by its name.
pub(crate) fn scenario(text: &str) -> Result<PathBuf, String> {
    find(text, &[Kind::Scenario])
}

/// The path of a sweep that is given as a path or by its name.
pub(crate) fn sweep(text: &str) -> Result<PathBuf, String> {
    find(text, &[Kind::Sweep])
}

/// The path of a fit that is given as a path or by its name.
pub(crate) fn fit(text: &str) -> Result<PathBuf, String> {
    find(text, &[Kind::Fit])
}

/// The path of a scenario or a sweep that is given as a path or by its name.
pub(crate) fn scenario_or_sweep(text: &str) -> Result<PathBuf, String> {
    find(text, &[Kind::Scenario, Kind::Sweep])
}

/// The path of a scenario that is given as a path or by its name, or the path of a folder.
pub(crate) fn scenario_or_folder(text: &str) -> Result<PathBuf, String> {
    if Path::new(text).is_dir() { Ok(text.into()) } else { scenario(text) }
}

/// A text that names a file is its path. One without a folder and an ending is a name in `configs` of this folder or of one
/// that it is in.
fn find(text: &str, kinds: &[Kind]) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_name = path.components().count() == 1 && path.extension().is_none() && !path.exists();
    if !is_name {
        return Ok(path);
    }
    // Relative, so that what is printed and written down is what the user would type.
    let here = std::env::current_dir().map_err(|error| error.to_string())?;
    let mut up = PathBuf::new();
    for _ in here.ancestors() {
        for kind in kinds {
            let file = up.join("configs").join(kind.folder()).join(text).with_extension("ron");
            if file.is_file() {
                return Ok(file);
            }
        }
        up.push("..");
    }
    let ships = |kind: &&Kind| names(**kind).iter().any(|name| name == text);
    if let Some(kind) = kinds.iter().find(ships) {
        return Err(format!(
            "the {} `{text}` is not in `configs` of this folder, nor of one that it is in: write it with `dtao init .`",
            kind.name()
        ));
    }
    let shipped = kinds.iter().map(|&kind| format!("{}s: {}", kind.name(), names(kind).join(", ")));
    let shipped: Vec<String> = shipped.collect();
    Err(format!("there is no file of this name, and nothing shipped is called so; {}", shipped.join("; ")))
}

/// The names of what is shipped of a kind.
fn names(kind: Kind) -> Vec<String> {
    let files = CONFIGS.get_dir(kind.folder()).into_iter().flat_map(Dir::files);
    files.filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect()
}

/// Writes everything into a folder's `configs`, and returns its path; nothing if it was stopped.
pub(crate) fn init(folder: &Path, stopper: &Stopper) -> Result<Option<PathBuf>, Error> {
    stopper.writes();
    write_configs(folder, &|| !stopper.stopped())
}

/// [`init`], as long as it is to go on.
pub(crate) fn write_configs(folder: &Path, goes_on: &dyn Fn() -> bool) -> Result<Option<PathBuf>, Error> {
    let configs = folder.join("configs");
    let written = write_tree(&configs, files(&CONFIGS), goes_on)?;
    Ok(written.then_some(configs))
}

fn files<'d>(dir: &'d Dir<'static>) -> Box<dyn Iterator<Item = (&'d Path, &'d [u8])> + 'd> {
    Box::new(dir.entries().iter().flat_map(|entry| match entry {
        DirEntry::Dir(inner) => files(inner),
        DirEntry::File(file) => Box::new(std::iter::once((file.path(), file.contents()))),
    }))
}
