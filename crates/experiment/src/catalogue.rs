//! What there is to choose from: scenarios, agents, metrics, rules.

use std::fs;
use std::path::{Path, PathBuf};

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
        Section { title: "rules", entries: owned(RULES) },
    ]
}

const RULES: &[(&str, &str)] = &[
    ("RootVoting(spec: 219, …)", "before 2025-02-13: root's validators vote on how emission is shared"),
    ("Launch(spec: 234)", "dynamic TAO as it began on 2025-02-13"),
    ("Launch(spec: 238)", "2025-02-15: pools receive TAO unless no registration is open"),
    ("Launch(spec: 244)", "2025-02-24: validators are no longer paid what root has sold"),
    ("Launch(spec: 246)", "2025-03-06: young subnets' moving prices start slowly"),
];

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
