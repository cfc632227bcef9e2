//! RON files: read into checked types, with assignments from the command line.

mod explain;
mod set;
mod twice;

use ron::Options;
use ron::error::SpannedError;
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

pub use set::{set, split};

use super::locate::Segment;
use super::scan::{Mistake, Scan, scan};
use super::{InputError, Source};

/// Reads a value.
///
/// Options may be written without `Some`, and a variant's fields stand directly in its parentheses.
///
/// # Errors
/// If the text is not RON, or not a `T`, or a key of a map is given twice.
pub fn parse<T: DeserializeOwned>(source: &Source) -> Result<T, InputError> {
    match scan(&source.text) {
        Scan { error: Some(error), .. } if error.kind == Mistake::Size => {
            return Err(explain::syntax(source, error));
        }
        Scan { root: Some(root), error: None } => twice::check(source, &root)?,
        _ => {}
    }
    attempt(&source.text)
        .map_err(|failure| explain::explain(source, &failure, &|text| attempt::<T>(text).err()))
}

/// The name before the parentheses of a file's value, such as `Scenario`; empty if there is none.
#[must_use]
pub fn name(text: &str) -> &str {
    super::scan::head(text)
}

/// Why a text could not be read.
#[derive(Clone, Debug)]
struct Failure {
    /// The way to the value, as far as it is known.
    path: Vec<Segment>,
    named: Named,
    error: SpannedError,
}

/// Whether a path names all its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    All,
    /// The next step is a key that could not be read.
    UpToAKey,
}

fn attempt<T: DeserializeOwned>(text: &str) -> Result<T, Box<Failure>> {
    let options = Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES);
    let whole = |error| Box::new(Failure { path: Vec::new(), named: Named::All, error });
    let mut reader = ron::Deserializer::from_str_with_options(text, &options).map_err(whole)?;
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, named) = segments(error.path());
        Box::new(Failure { path, named, error: reader.span_error(error.into_inner()) })
    })?;
    reader.end().map_err(|error| whole(reader.span_error(error)))?;
    Ok(value)
}

/// The steps of a path that serde kept, up to the first that it could not name.
fn segments(path: &serde_path_to_error::Path) -> (Vec<Segment>, Named) {
    use serde_path_to_error::Segment as Step;
    let mut named = Named::All;
    let segments = path
        .iter()
        .map_while(|step| match step {
            Step::Seq { index } => Some(Segment::Index(*index)),
            Step::Map { key } | Step::Enum { variant: key } => {
                Some(key.parse().map_or_else(|_| Segment::Name(key.clone()), Segment::Index))
            }
            Step::Unknown => {
                named = Named::UpToAKey;
                None
            }
        })
        .collect();
    (segments, named)
}

#[cfg(test)]
mod tests;
