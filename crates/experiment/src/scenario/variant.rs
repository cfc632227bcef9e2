//! A scenario's text: its own, or another scenario's with some values overridden.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dtao_files::input::overlap::{Overlap, Places};
use dtao_files::input::{InputError, Source, locate, ron_file};
use serde::{Deserialize, Serialize};

use super::{AsSpec, Scenario};
use crate::as_spec;
use crate::limits::ASSIGNMENTS;
use crate::recorded::library::Library;

/// A scenario derived from another by overriding some values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// One or two sentences on what it stands for.
    pub about: String,
    /// The other scenario's file, relative to this one's.
    pub of: PathBuf,
    /// The values that replace the other's: paths, each with RON text. Files that they name are relative to
    /// the other's.
    pub set: BTreeMap<String, String>,
}

/// A scenario's text after all assignments, and what it says; nothing that it names has been read.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The text, of the file that is not a variant.
    pub source: Source,
    /// What it says.
    pub scenario: Scenario,
    /// All assignments: a variant's, then the given ones.
    pub assignments: Vec<String>,
    /// How many blocks it is written for. An assignment may cut a run short: what lies beyond is then not reached, and
    /// no mistake.
    pub planned: u64,
    /// The runtime that stands in for those whose rules are not known, if there are any.
    pub as_spec: Option<AsSpec>,
}

impl Resolved {
    /// Reads a scenario's file, or a variant's and the file that it is a variant of.
    ///
    /// # Errors
    /// If one of them cannot be read, or the variant cannot be applied.
    ///
    /// # Errors
    /// If a file is missing or wrong, or nothing stands at an assignment's path.
    pub fn read(path: &Path, assignments: &[String]) -> Result<Self, InputError> {
        Self::read_from(&Library::default(), path, assignments)
    }

    /// [`Resolved::read`], with files that other scenarios have read already.
    ///
    /// # Errors
    /// As for [`Resolved::read`].
    pub fn read_from(library: &Library, path: &Path, assignments: &[String]) -> Result<Self, InputError> {
        let mut base = Base::read(library, path)?;
        let written = blocks(&base.source);
        for assignment in assignments {
            ron_file::set(&mut base.source, assignment)?;
        }
        base.assignments.extend_from_slice(assignments);
        let replaced = library.as_spec().map(|spec| as_spec::replace(&mut base.source, spec));
        let as_spec = replaced.transpose()?.flatten();
        if let Some(as_spec) = &as_spec {
            library.stood_in(as_spec);
        }
        let mut scenario: Scenario = ron_file::parse(&base.source).map_err(|error| {
            if error.help().is_none() && !as_spec::unknown(&base.source).is_empty() {
                error.with_help("choose one of them, or run the file as one of them with `--as-spec N`")
            } else {
                error
            }
        })?;
        if let Some(about) = base.about {
            scenario.about = about;
        }
        let planned = written.unwrap_or(0).max(scenario.blocks);
        Ok(Self { source: base.source, scenario, assignments: base.assignments, planned, as_spec })
    }

    /// The scenario with one more value, which may stand where an assignment has written another.
    ///
    /// # Errors
    /// If nothing stands at the assignment's path, or its value is none that can stand there.
    pub fn with(mut self, assignment: String) -> Result<Self, InputError> {
        self.source.settle();
        ron_file::set(&mut self.source, &assignment)?;
        let scenario: Scenario = ron_file::parse(&self.source)?;
        self.scenario = Scenario { about: self.scenario.about, ..scenario };
        self.assignments.push(assignment);
        Ok(self)
    }

    /// The metrics that look beyond the last block, if the run is cut short.
    #[must_use]
    pub fn unreached(&self) -> Vec<&str> {
        if self.scenario.blocks < self.planned { self.scenario.unreached() } else { Vec::new() }
    }
}

/// A scenario's text before any assignments but a variant's own.
#[derive(Clone, Debug)]
pub struct Base {
    /// The text, of the file that is not a variant.
    pub source: Source,
    /// The variant's assignments.
    assignments: Vec<String>,
    /// What the variant stands for.
    about: Option<String>,
}

impl Base {
    /// Reads a scenario's file, or a variant's and the file that it is a variant of.
    ///
    /// # Errors
    /// If one of them cannot be read, or the variant cannot be applied.
    pub fn read(library: &Library, path: &Path) -> Result<Self, InputError> {
        let source = library.source(path)?;
        if !is_variant(&source.text) {
            return Ok(Self { source, assignments: Vec::new(), about: None });
        }
        let variant: Variant = ron_file::parse(&source)?;
        let base = path.parent().unwrap_or(Path::new("")).join(&variant.of);
        let mut text = library.source(&base).map_err(|error| error.named_in(&source, "of"))?;
        if is_variant(&text.text) {
            let help = "name the scenario that this one is a variant of, too";
            return Err(InputError::at(&source, "of", "a variant of a variant", Some(help.into())));
        }
        variant.check_overlap(&source, &text.text)?;
        if variant.set.len() > ASSIGNMENTS {
            let message = format!("{} entries: at most {ASSIGNMENTS} are possible", variant.set.len());
            return Err(InputError::at(&source, "set", message, None));
        }
        let mut assignments = Vec::with_capacity(variant.set.len());
        for (path, value) in &variant.set {
            let assignment = format!("{path}={value}");
            let field = format!("set.{}", locate::quoted(path));
            ron_file::set(&mut text, &assignment).map_err(|error| error.named_in(&source, &field))?;
            assignments.push(assignment);
        }
        text.settle();
        Ok(Self { source: text, assignments, about: Some(variant.about) })
    }
}

impl Variant {
    /// No value may be written twice.
    fn check_overlap(&self, source: &Source, base: &str) -> Result<(), InputError> {
        let paths: Vec<&str> = self.set.keys().map(String::as_str).collect();
        let overlap = Places::new(base).and_then(|places| places.overlap(paths.iter().copied()));
        let (one, message) = match overlap {
            None => return Ok(()),
            Some(Overlap::Same(one, other)) => {
                (other, format!("`{}` and `{}` are the same value", paths[one], paths[other]))
            }
            Some(Overlap::Inside(inner, outer)) => {
                (inner, format!("`{}` lies inside `{}`", paths[inner], paths[outer]))
            }
        };
        let help = "one would undo the other: write each value once".to_owned();
        Err(InputError::at(source, &format!("set.{}", locate::quoted(paths[one])), message, Some(help)))
    }
}

/// The number of blocks that a scenario's text says.
fn blocks(source: &Source) -> Option<u64> {
    let span = locate::find(&source.text, &locate::path("blocks")?)?;
    source.text[span].replace('_', "").parse().ok()
}

fn is_variant(text: &str) -> bool {
    ron_file::name(text) == "Variant"
}
