//! What the program brings along: scenarios, sweeps, fits and recorded data, found by name or written into a folder.

use std::path::{Path, PathBuf};

use dtao_files::folder::write_tree;
use dtao_files::input::nearest;
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
    const ALL: [Self; 3] = [Self::Scenario, Self::Sweep, Self::Fit];

    /// The command that takes one.
    const fn command(self) -> &'static str {
        match self {
            Self::Scenario => "run",
            Self::Sweep => "sweep",
            Self::Fit => "fit",
        }
    }

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
    let mut configs = Vec::new();
    for _ in here.ancestors() {
        configs.push(up.join("configs"));
        up.push("..");
    }
    let place = |configs: &PathBuf, kind: Kind| configs.join(kind.folder()).join(text).with_extension("ron");
    for configs in &configs {
        if let Some(file) = kinds.iter().map(|&kind| place(configs, kind)).find(|file| file.is_file()) {
            return Ok(file);
        }
    }
    let ships = |kind: &&Kind| names(**kind).iter().any(|name| name == text);
    if let Some(kind) = kinds.iter().find(ships) {
        return Err(format!(
            "the {} `{text}` is not in `configs` of this folder, nor of one that it is in: write it with `dtao init .`",
            kind.name()
        ));
    }
    let shipped = kinds.iter().map(|&kind| format!("{}s: {}", kind.name(), names(kind).join(", ")));
    let shipped = shipped.collect::<Vec<_>>().join("; ");
    let there = |kind: Kind| {
        let own = configs.iter().flat_map(move |configs| stems(&configs.join(kind.folder())));
        names(kind).into_iter().chain(own).map(move |name| (name, kind))
    };
    let meant = meant(text, kinds, &Kind::ALL.into_iter().flat_map(there).collect::<Vec<_>>());
    let none = "there is no file of this name, and nothing shipped is called so";
    Err(meant.map_or_else(|| format!("{none}; {shipped}"), |meant| format!("{none}; {meant} {shipped}")))
}

/// What was probably meant by a name: of the kinds that were asked for, or what else is called so and which command takes it.
fn meant(text: &str, kinds: &[Kind], there: &[(String, Kind)]) -> Option<String> {
    let of = |wanted: &dyn Fn(Kind) -> bool| {
        let names: Vec<&str> =
            there.iter().filter(|(_, kind)| wanted(*kind)).map(|(name, _)| name.as_str()).collect();
        nearest(text, &names).map(str::to_owned)
    };
    let asked = of(&|kind| kinds.contains(&kind));
    let other = of(&|kind| !kinds.contains(&kind));
    // Of two that are near, the one that begins so.
    let begins = |name: &Option<String>| name.as_ref().is_some_and(|name| name.starts_with(text));
    if let Some(name) = asked.filter(|name| name.starts_with(text) || !begins(&other)) {
        return Some(format!("did you mean `{name}`?"));
    }
    let name = other?;
    let kind = there.iter().find(|(other, kind)| *other == name && !kinds.contains(kind))?.1;
    let (what, command) = (kind.name(), kind.command());
    Some(format!("did you mean the {what} `{name}`? `dtao {command} {name}` takes it."))
}

/// The names of a folder's files, in order; none if it cannot be read.
fn stems(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries.filter(|path| path.extension().is_some_and(|ending| ending == "ron"));
    let mut stems: Vec<String> =
        files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    stems.sort_unstable();
    stems
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nearly_right_is_told_with_what_takes_it() {
        let there: Vec<(String, Kind)> = Kind::ALL
            .into_iter()
            .flat_map(|kind| names(kind).into_iter().map(move |name| (name, kind)))
            .collect();
        let meant = |text: &str, kind| meant(text, &[kind], &there).unwrap_or_default();
        assert_eq!(meant("nose", Kind::Scenario), "did you mean `noise`?");
        assert_eq!(meant("februray_2025", Kind::Scenario), "did you mean `february_2025`?");
        assert_eq!(
            meant("smok", Kind::Scenario),
            "did you mean the sweep `smoke`? `dtao sweep smoke` takes it."
        );
        assert_eq!(meant("smok", Kind::Sweep), "did you mean `smoke`?");
        assert_eq!(
            meant("noise", Kind::Sweep),
            "did you mean the scenario `noise`? `dtao run noise` takes it."
        );
        assert_eq!(meant("quite_something_else", Kind::Scenario), "");
    }
}
