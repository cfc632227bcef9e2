//! Runtimes whose rules are not known here, run as one whose rules are: `--as-spec`.

use dtao_protocol::era::Spec;
use serde::{Deserialize, Serialize};

use dtao_files::input::locate::Segment;
use dtao_files::input::{InputError, Source, locate, ron_file};

/// A known runtime that stands in for unknown ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsSpec {
    /// The runtime whose rules are run.
    pub spec: Spec,
    /// The `spec_version`s that the scenario asks for, as far as they are not known, in ascending order.
    pub instead_of: Vec<u16>,
}

impl AsSpec {
    /// One sentence for people.
    #[must_use]
    pub fn told(&self) -> String {
        let asked: Vec<String> = self.instead_of.iter().map(u16::to_string).collect();
        let spec = u16::from(self.spec);
        match asked.as_slice() {
            [asked] => format!("the rules of spec {asked} are not known: it is run as spec {spec}"),
            [others @ .., last] => {
                format!(
                    "the rules of specs {} and {last} are not known: they are run as spec {spec}",
                    others.join(", ")
                )
            }
            [] => unreachable!("a runtime stands in for at least one"),
        }
    }
}

/// Every `spec_version` in a scenario's text, with its path: that of the start, then those of `eras`.
fn written(source: &Source) -> Vec<(String, u16)> {
    let spec = |value: locate::Value| {
        let path = locate::display(&value.path);
        let is_spec = match value.path.as_slice() {
            [Segment::Name(field), Segment::Name(spec)] => field == "protocol" && spec == "spec",
            [Segment::Name(field), Segment::Index(_), Segment::Name(spec)] => {
                field == "eras" && spec == "spec"
            }
            _ => false,
        };
        let number = || source.text[value.span].replace('_', "").parse().ok();
        is_spec.then(number).flatten().map(|spec| (path, spec))
    };
    let mut written: Vec<_> = locate::values(&source.text).into_iter().filter_map(spec).collect();
    // A file may have its fields in any order.
    written.sort_by_key(|(path, _)| !path.starts_with("protocol"));
    written
}

/// The `spec_version`s in a scenario's text whose rules are not known.
pub(crate) fn unknown(source: &Source) -> Vec<u16> {
    let mut unknown: Vec<u16> = written(source).into_iter().map(|(_, spec)| spec).collect();
    unknown.retain(|&spec| Spec::try_from(spec).is_err());
    unknown.sort_unstable();
    unknown.dedup();
    unknown
}

/// Writes a known runtime in the place of each unknown one; none if all are known.
///
/// Of the changes in `eras` only one can be an upgrade to it: the next would change nothing, and is refused.
pub(crate) fn replace(source: &mut Source, spec: Spec) -> Result<Option<AsSpec>, InputError> {
    let instead_of = unknown(source);
    if instead_of.is_empty() {
        return Ok(None);
    }
    source.settle();
    let known = u16::from(spec);
    let mut in_force = None;
    for (path, asked) in written(source) {
        if Spec::try_from(asked).is_ok() {
            in_force = Some(asked);
            continue;
        }
        if let Some(now) = in_force.filter(|&now| now >= known) {
            let message = format!(
                "spec {asked} would be run as spec {known}, but the rules of spec {now} are already in force by then"
            );
            let help = "leave the change out, or its `spec` if it sets `rules`".to_owned();
            return Err(InputError::at(source, &path, message, Some(help)));
        }
        ron_file::set(source, &format!("{path}={known}"))?;
        in_force = Some(known);
    }
    source.settle();
    Ok(Some(AsSpec { spec, instead_of }))
}
