//! Values that are given with a sweep, rather than in its file.

use dtao_files::input::{InputError, Source, ron_file};

use crate::file::{Sweep, Value};

/// Adds values to those that hold in all runs, in place of those that the file has for the same paths or short names. Returns them as
/// they hold.
pub(super) fn add(sweep: &mut Sweep, given: &[String], source: &Source) -> Result<Vec<String>, InputError> {
    let mut added = Vec::with_capacity(given.len());
    for assignment in given {
        let Some((name, value)) = ron_file::split(assignment).filter(|(_, value)| !value.is_empty()) else {
            let message = format!("`--set {assignment}` is not a path and a value");
            let help = "write `--set PATH=VALUE`, such as `--set blocks=7200`".to_owned();
            return Err(InputError::file(&source.path, message, Some(help)));
        };
        let path = |name: &str| sweep.names.get(name).cloned().unwrap_or_else(|| name.to_owned());
        let wanted = path(name);
        let of_file = sweep.set.iter().map(|(name, _)| name).find(|name| path(name) == wanted);
        let name = of_file.unwrap_or(name).to_owned();
        sweep.set.put(name, Value(value.to_owned()));
        added.push(format!("{wanted}={value}"));
    }
    Ok(added)
}
