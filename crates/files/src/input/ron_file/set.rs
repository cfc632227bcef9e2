//! `--set PATH=VALUE`: another value in a file's text.

use std::ops::Range;

use super::super::amounts::written_out;
use super::super::locate::{self, Segment};
use super::super::scan::{Kind, Node, scan};
use super::super::{Assignment, InputError, Source, Standing, suggest};
use super::explain::syntax;

/// Replaces the value at a path: `agents.pumper.tao=600 TAO`.
///
/// The value is RON. Where text stands now, a value that is no RON, or a bare word, is put in quotes. A later
/// error in the value says that it came from here.
///
/// # Errors
/// If this is no `PATH=VALUE`, nothing stands at the path, the value is no RON, or an assignment since
/// [`Source::settle`] has written the same place, one inside it or one around it.
pub fn set(source: &mut Source, assignment: &str) -> Result<(), InputError> {
    let wrong = |message: String, help: &str| InputError::file(&source.path, message, Some(help.into()));
    let Some((path, value)) = split(assignment) else {
        let message = format!("`--set {assignment}` has no `=`");
        return Err(wrong(message, "write `--set PATH=VALUE`, such as `--set blocks=7200`"));
    };
    let segments = locate::path(path).filter(|segments| !segments.is_empty()).ok_or_else(|| {
        let message = format!("`--set {assignment}`: `{path}` is not the path of a value");
        wrong(message, "write the fields with dots between them, such as `agents.pumper.tao`")
    })?;
    if value.is_empty() {
        let message = format!("`--set {assignment}` has no value");
        return Err(wrong(message, "write `--set PATH=VALUE`; an empty text is `\"\"`"));
    }
    let scan = scan(&source.text);
    if let Some(error) = scan.error {
        return Err(syntax(source, error));
    }
    let root = scan.root.expect("a text without a mistake has a value");
    let Some(node) = locate::descend(&root, &source.text, &segments) else {
        return add(source, &root, &segments, assignment, value);
    };
    check_unsettled(source, assignment, path, &node.span, node.shown(&source.text))?;
    let Some(value) = as_ron(value, node.kind) else {
        let message = format!("`--set {assignment}`: `{value}` is not a RON value");
        let usual = || "text stands in double quotes, lists in `[…]`, fields in `(…)`".to_owned();
        let help = written_out(value).map_or_else(usual, |number| format!("write `{number}`"));
        return Err(InputError::within(
            source,
            Some(node.span.clone()),
            path.to_owned(),
            message,
            Some(help),
        ));
    };
    replace(source, node.span.clone(), &value, assignment);
    Ok(())
}

/// Writes what the text leaves out: a field, with the groups of fields that lead to it, an entry of a map, or a list's next
/// element.
///
/// Whether there is such a field is found when the text is read.
fn add(
    source: &mut Source,
    root: &Node,
    segments: &[Segment],
    assignment: &str,
    value: &str,
) -> Result<(), InputError> {
    let (parent, steps) = locate::deepest(root, &source.text, segments);
    let Some(Addition { at, before, own, after }) = Addition::of(parent, &segments[steps..]) else {
        return Err(nothing_there(source, root, segments, assignment));
    };
    let opening = parent.opening();
    let bracket = opening.end - 1..opening.end;
    check_unsettled(source, assignment, &locate::display(segments), &bracket, opening)?;
    // Nothing that stands there now says whether text is due: a bare word is taken as it is.
    let value =
        as_ron(value, Kind::Word).or_else(|| as_ron(value, Kind::Text)).expect("any text can be quoted");
    source.text.insert_str(at, &format!("{before}{value}{after}"));
    let length = before.len() + value.len() + after.len();
    for earlier in &mut source.assignments {
        let moved = |place: usize| if place > at { place + length } else { place };
        // What begins here began with what now follows.
        let start = if earlier.span.start >= at { earlier.span.start + length } else { earlier.span.start };
        earlier.span = start..moved(earlier.span.end);
    }
    let (written, span) = (assignment.to_owned(), at + own..at + before.len() + value.len());
    source.assignments.push(Assignment { written, span, standing: Standing::Open });
    Ok(())
}

/// Where something is written that a text leaves out, and what stands before and after its value.
struct Addition {
    at: usize,
    before: String,
    /// Where in `before` begins what is this value's own: behind the groups of fields, which others may join.
    own: usize,
    after: String,
}

impl Addition {
    /// What is missing of a path below a value; none if nothing can be added there.
    fn of(parent: &Node, missing: &[Segment]) -> Option<Self> {
        // Right behind the opening bracket, where no comment can swallow it.
        let first = parent.opening().end;
        let comma = if parent.items.is_empty() { "" } else { ", " };
        match (parent.kind, missing) {
            (Kind::Parens, _) if parent.items.iter().all(|item| item.key.is_some()) => {
                Self::fields(first, "", missing, comma)
            }
            (Kind::Parens, _) => {
                let inner = locate::wrapped(parent)?;
                match inner.kind {
                    Kind::Parens => Self::of(inner, missing),
                    // What differs from a set of values that has a name.
                    Kind::Text => Self::fields(inner.span.end, ", (", missing, ")"),
                    _ => None,
                }
            }
            (Kind::Map, [key]) => {
                let key = match key {
                    Segment::Name(name) => ron::ser::to_string(name).expect("text can be written"),
                    Segment::Index(number) => number.to_string(),
                };
                Some(Self { at: first, before: format!("{key}: "), own: 0, after: comma.to_owned() })
            }
            (Kind::List, [Segment::Index(index)]) if *index == parent.items.len() => {
                // Right behind the last element, for the same reason.
                let last = parent.items.last().map(|item| item.value.span.end);
                Some(Self {
                    at: last.unwrap_or(first),
                    before: comma.to_owned(),
                    own: comma.len(),
                    after: String::new(),
                })
            }
            _ => None,
        }
    }

    /// A field with the groups of fields that lead to it; none if a step names no field.
    fn fields(at: usize, opening: &str, missing: &[Segment], closing: &str) -> Option<Self> {
        fn name(segment: &Segment) -> Option<&str> {
            match segment {
                Segment::Name(name) if is_identifier(name) => Some(name.as_str()),
                _ => None,
            }
        }
        let names: Vec<&str> = missing.iter().map(name).collect::<Option<_>>()?;
        let (last, groups) = names.split_last()?;
        let groups: String = groups.iter().flat_map(|name| [*name, ": ("]).collect();
        let own = opening.len() + groups.len();
        let after = format!("{}{closing}", ")".repeat(names.len() - 1));
        Some(Self { at, before: format!("{opening}{groups}{last}: "), own, after })
    }
}

/// Checks that no assignment since [`Source::settle`] has written a place; the error shows `shown` of the text.
fn check_unsettled(
    source: &Source,
    assignment: &str,
    path: &str,
    place: &Range<usize>,
    shown: Range<usize>,
) -> Result<(), InputError> {
    let Some(earlier) = source.unsettled(place) else { return Ok(()) };
    let message = format!("`--set {assignment}` and `--set {}` write the same place", earlier.written);
    let help = "one would undo the other: write each value once".to_owned();
    Err(InputError::within(source, Some(shown), path.to_owned(), message, Some(help)))
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Path and value, parted at the first `=` that is not in quotes.
#[must_use]
pub fn split(assignment: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = assignment.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '=' && !quoted).then_some(at)
    })?;
    Some((assignment[..at].trim(), assignment[at + 1..].trim()))
}

fn nothing_there(source: &Source, root: &Node, segments: &[Segment], assignment: &str) -> InputError {
    let (parent, steps) = locate::deepest(root, &source.text, segments);
    let missing = match &segments[steps] {
        Segment::Name(name) => name.clone(),
        Segment::Index(index) => index.to_string(),
    };
    let path = locate::display(&segments[..steps]);
    let place = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
    let names = locate::steps(parent, &source.text);
    let dotted = names.iter().find(|name| name.contains('.') && is_path_of(name, &segments[steps..]));
    let help = if names.is_empty() {
        format!("{place} is a single value: set it as a whole")
    } else if let Some(name) = dotted {
        let dot = if path.is_empty() { "" } else { "." };
        format!("a name with a dot stands in quotes: {path}{dot}\"{name}\"")
    } else if parent.kind == Kind::List && matches!(segments[steps], Segment::Index(_)) {
        let there =
            suggest(&missing, &names, "there are").map_or_else(String::new, |there| format!("{there}; "));
        format!("{there}the next to be added is `{path}[{}]`", names.len())
    } else {
        suggest(&missing, &names, if parent.kind == Kind::Parens { "the fields are" } else { "there are" })
            .unwrap_or_else(|| format!("there are {} of other names", names.len()))
    };
    let message = format!("`--set {assignment}`: there is no `{missing}` in {place}");
    InputError::within(source, Some(parent.opening()), path, message, Some(help))
}

/// Whether a name was written without quotes, so that it was read as these steps, or as the first of them.
fn is_path_of(name: &str, segments: &[Segment]) -> bool {
    locate::path(name).is_some_and(|steps| segments.starts_with(&steps))
}

/// The value as RON, in quotes if it stands for text.
fn as_ron(value: &str, replaced: Kind) -> Option<String> {
    let read = scan(value);
    let valid = read.root.filter(|_| read.error.is_none());
    let word = valid.as_ref().is_some_and(|node| node.kind == Kind::Word) && value != "None";
    if replaced == Kind::Text && (valid.is_none() || word) {
        return Some(ron::ser::to_string(value).expect("text can be written"));
    }
    // Only the value itself: a comment after it would swallow the rest of the line.
    valid.map(|node| value[node.span].to_owned())
}

fn replace(source: &mut Source, span: Range<usize>, value: &str, assignment: &str) {
    source.text.replace_range(span.clone(), value);
    let end = span.start + value.len();
    let moved = |at: usize| if at >= span.end { at - span.end + end } else { at };
    // What lay inside the replaced value is gone; what lay around or behind it has moved.
    source.assignments.retain(|a| a.span.start < span.start || a.span.end > span.end);
    for earlier in &mut source.assignments {
        earlier.span = moved(earlier.span.start)..moved(earlier.span.end);
    }
    let standing = Standing::Open;
    source.assignments.push(Assignment { written: assignment.to_owned(), span: span.start..end, standing });
}
