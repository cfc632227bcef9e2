//! What there is to choose from: scenarios, agents, metrics, rules.

use std::fs;
use std::path::{Path, PathBuf};

use dtao_protocol::emission::Emission;
use dtao_protocol::era::{ERAS, Era};
use dtao_protocol::rules::Rules;
use serde::Serialize;

use crate::input::{InputError, Source, ron_file};
use crate::scenario::Resolved;
use crate::sweep::file::Sweep;

/// A section of the catalogue.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// What it lists.
    pub title: &'static str,
    /// Names, each with one line.
    pub entries: Vec<(String, String)>,
}

/// Everything that there is to choose from; scenarios and sweeps are looked for in `configs` of `root`.
#[must_use]
pub fn catalogue(root: &Path) -> Vec<Section> {
    let owned = |list: &[(&str, &str)]| list.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect();
    vec![
        Section { title: "scenarios", entries: scenarios(&root.join("configs/scenarios")) },
        Section { title: "sweeps", entries: sweeps(&root.join("configs/sweeps")) },
        Section { title: "agents", entries: owned(dtao_agents::CATALOGUE) },
        Section { title: "metrics", entries: owned(dtao_metrics::CATALOGUE) },
        Section { title: "rules", entries: ERAS.iter().map(rules_of).collect() },
    ]
}

/// An era as a scenario's `protocol` names it, and what it changed.
fn rules_of(era: &Era) -> (String, String) {
    let spec = u16::from(era.spec);
    let name = if Rules::at(era.spec).emission == Emission::RootVote {
        format!("RootVoting(spec: {spec}, …)")
    } else {
        format!("Launch(spec: {spec})")
    };
    (name, format!("{}: {}", era.date, era.about))
}

fn scenarios(folder: &Path) -> Vec<(String, String)> {
    listed(folder, |path| Ok(Resolved::read(path, &[])?.scenario.about))
}

fn sweeps(folder: &Path) -> Vec<(String, String)> {
    listed(folder, |path| Ok(ron_file::parse::<Sweep>(&Source::read(path)?)?.about))
}

/// The RON files of a folder, each with what it is about.
fn listed(folder: &Path, about: impl Fn(&Path) -> Result<String, InputError>) -> Vec<(String, String)> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "ron"))
        .collect();
    paths.sort();
    let line = |path: PathBuf| {
        let about = about(&path).unwrap_or_else(|error| format!("not readable: {error}"));
        (path.display().to_string(), about)
    };
    paths.into_iter().map(line).collect()
}
