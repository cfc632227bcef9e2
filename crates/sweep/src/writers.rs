//! That no two of a sweep's writers (`set`, the factors, an arm) write the same value of the scenario.

use dtao_files::input::overlap::{Overlap, Places};
use dtao_files::input::{InputError, Source, locate, ron_file};

use super::file::Sweep;
use super::points::Factor;

/// Something that writes a value of the scenario.
struct Writer<'s> {
    /// Where the sweep's file says so; nothing if the command does.
    field: Option<String>,
    said: String,
    /// The value's path in the scenario.
    path: &'s str,
}

/// Refuses a sweep of which one writer would undo what another wrote.
///
/// `text` is the scenario's, before the sweep writes anything.
pub(super) fn check(
    sweep: &Sweep,
    factors: &[Factor],
    source: &Source,
    text: &str,
    given: &[String],
) -> Result<(), InputError> {
    let path = |name: &'_ str| sweep.names.get(name).map(String::as_str);
    let is_given = |name: &str| {
        let names = given.iter().filter_map(|assignment| ron_file::split(assignment)).map(|(name, _)| name);
        names.map(|name| path(name).unwrap_or(name)).any(|other| other == path(name).unwrap_or(name))
    };
    let of_set = sweep.set.iter().map(|(name, _)| {
        let given = is_given(name);
        Writer {
            field: (!given).then(|| format!("set.{}", locate::quoted(name))),
            said: if given { format!("`--set {name}`") } else { format!("`{name}` in `set`") },
            path: path(name).unwrap_or(name),
        }
    });
    let of_factors = factors.iter().map(|factor| Writer {
        field: Some(sweep.design.field_of(&factor.name)),
        said: format!("the factor `{}`", factor.name),
        path: &factor.path,
    });
    let always: Vec<Writer> = of_set.chain(of_factors).collect();
    let arms = sweep.arms.iter().flat_map(|(arm, values)| {
        values.iter().map(move |(name, _)| {
            (Some(format!("arms.{}.{}", locate::quoted(arm), locate::quoted(name))), name)
        })
    });
    let named = always.iter().map(|writer| (writer.field.clone(), writer.path));
    for (field, text) in named.chain(arms.map(|(field, name)| (field, path(name).unwrap_or(name)))) {
        if locate::path(text).is_none_or(|steps| steps.is_empty()) {
            let message = format!("`{text}` is not the path of a value");
            let help = "write the fields with dots between them, such as `agents.pumper.tao`; a name with a dot in it \
                        stands in quotes";
            return Err(at(source, field.as_deref(), message, help));
        }
    }
    // A scenario that is no RON is refused with its place when it is read.
    let Some(mut places) = Places::new(text) else { return Ok(()) };
    for writer in &always {
        places.add(writer.path);
    }
    let refuse = |overlap: Overlap, of_arm: &[Writer]| {
        let writer = |number: usize| always.get(number).unwrap_or_else(|| &of_arm[number - always.len()]);
        let (at, message) = match overlap {
            Overlap::Same(one, other) => {
                let (one, other) = (writer(one.min(other)), writer(one.max(other)));
                (other, format!("{} and {} write the same value, {}", one.said, other.said, other.path))
            }
            Overlap::Inside(inner, outer) => {
                let (inner, outer) = (writer(inner), writer(outer));
                let inside = format!("{} ({}) lies inside {}", inner.said, inner.path, outer.said);
                (inner, format!("{inside} ({})", outer.path))
            }
        };
        let help = "one would undo the other: leave each value of the scenario to one of `set`, a factor, and an arm";
        self::at(source, at.field.as_deref(), message, help)
    };
    if let Some(overlap) = places.overlap([]) {
        return Err(refuse(overlap, &[]));
    }
    for (arm, values) in sweep.arms.iter() {
        let of_arm: Vec<Writer> = values
            .iter()
            .map(|(name, _)| Writer {
                field: Some(format!("arms.{}.{}", locate::quoted(arm), locate::quoted(name))),
                said: format!("`{name}` in the arm `{arm}`"),
                path: path(name).unwrap_or(name),
            })
            .collect();
        if let Some(overlap) = places.overlap(of_arm.iter().map(|writer| writer.path)) {
            return Err(refuse(overlap, &of_arm));
        }
    }
    Ok(())
}

/// An error in a field of the sweep's file, or in what was given with it.
fn at(source: &Source, field: Option<&str>, message: String, help: &str) -> InputError {
    match field {
        Some(field) => InputError::at(source, field, message, Some(help.into())),
        None => InputError::file(&source.path, message, Some(help.into())),
    }
}
