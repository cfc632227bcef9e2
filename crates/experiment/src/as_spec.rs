//! Runtimes whose rules are not known here, run as one whose rules are: `--as-spec`.

use dtao_protocol::era::Spec;
use serde::{Deserialize, Serialize};

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
        format!("the rules of spec {} are not known: it is run as spec {spec}", asked.join(", "))
    }
}

/// Where a scenario may write the runtime that it begins with.
const START: [&str; 3] = ["protocol.spec", "protocol.Launch.spec", "protocol.RootVoting.spec"];

/// Every `spec_version` in a scenario's text, with its place: that of the start, then those of `eras`.
fn written(source: &Source) -> Vec<(String, u16)> {
    let at = |path: &str| {
        let span = locate::find(&source.text, &locate::path(path)?)?;
        source.text[span].replace('_', "").parse().ok()
    };
    let exists =
        |path: &str| locate::path(path).is_some_and(|path| locate::find(&source.text, &path).is_some());
    let start = START.into_iter().find_map(|path| Some((path.to_owned(), at(path)?)));
    let changes = (0..).take_while(|index| exists(&format!("eras[{index}]")));
    let changes = changes.filter_map(|index| {
        let path = format!("eras[{index}].spec");
        at(&path).map(|spec| (path, spec))
    });
    start.into_iter().chain(changes).collect()
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
        if in_force.is_some_and(|now| now >= known) {
            let message = format!("spec {asked} is to be run as {known}, whose rules are in force by then");
            let help = "leave the change out, or its `spec` if it sets `rules`".to_owned();
            return Err(InputError::at(source, &path, message, Some(help)));
        }
        ron_file::set(source, &format!("{path}={known}"))?;
        in_force = Some(known);
    }
    source.settle();
    Ok(Some(AsSpec { spec, instead_of }))
}
