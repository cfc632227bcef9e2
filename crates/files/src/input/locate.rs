//! Where the value of a path stands in a RON text.

use std::fmt::Write;
use std::ops::Range;

use super::scan::{Kind, Node, scan};

/// One step of a path such as `agents[1].strategy.Noise.buys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A field, a key of a map, a variant (which may be left out), or the element with this `name`.
    Name(String),
    /// An element, counted from 0, or a numeric key of a map.
    Index(usize),
}

/// The steps of a path: `agents[1].tao`, `agents.1.tao` and `agents.pumper.tao` are all understood.
///
/// A name with a dot in it stands in quotes: `known."0.5"`. `None` if the text is no path; an empty text
/// is the path of the whole file.
#[must_use]
pub fn path(text: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (segment, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted.split_once('"')?;
            (Segment::Name(name.to_owned()), after)
        } else if let Some(bracket) = rest.strip_prefix('[') {
            let (inside, after) = bracket.split_once(']')?;
            (segment(inside.trim().trim_matches('"'))?, after)
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            (segment(&rest[..end])?, &rest[end..])
        };
        segments.push(segment);
        rest = match after.strip_prefix('.') {
            Some("") => return None,
            Some(next) => next,
            None if after.is_empty() || after.starts_with('[') => after,
            None => return None,
        };
    }
    Some(segments)
}

/// A name as one step of a path: in quotes if it would be more, or something else.
#[must_use]
pub fn quoted(name: &str) -> String {
    let is_name = path(name).is_some_and(|path| path == [Segment::Name(name.to_owned())]);
    if is_name { name.to_owned() } else { format!("\"{name}\"") }
}

/// A name, or an index if it is all digits.
fn segment(text: &str) -> Option<Segment> {
    let name = text.trim();
    let index = name.bytes().all(|b| b.is_ascii_digit()).then(|| name.parse().ok()).flatten();
    let plain = !name.is_empty() && !name.contains(['"', '=']);
    plain.then(|| index.map_or_else(|| Segment::Name(name.to_owned()), Segment::Index))
}

/// The path as text.
#[must_use]
pub fn display(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        let dot = if text.is_empty() { "" } else { "." };
        match segment {
            Segment::Index(index) => write!(text, "[{index}]"),
            Segment::Name(name) if name.contains(['.', '[', '"']) => write!(text, "{dot}\"{name}\""),
            Segment::Name(name) => write!(text, "{dot}{name}"),
        }
        .expect("a string takes all that is written");
    }
    text
}

/// The bytes of the value at a path, or `None` if there is none.
///
/// Names of variants may be left out of the path; a text that is wrong further on is searched up to there.
#[must_use]
pub fn find(text: &str, path: &[Segment]) -> Option<Range<usize>> {
    let root = scan(text).root?;
    descend(&root, text, path).map(|node| node.span.clone())
}

/// A value of a text, where it stands, and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its path.
    pub path: Vec<Segment>,
    /// The bytes of its field name or key, if it has one.
    pub key: Option<Range<usize>>,
    /// The bytes of the value.
    pub span: Range<usize>,
    /// What it is.
    pub form: Form,
    /// Whether it stands in a list or another sequence without names.
    pub listed: bool,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text in quotes.
    Text,
    /// A number.
    Number,
    /// A word: a variant without values, `true`, `None`.
    Word,
    /// Values in brackets of any kind.
    Many,
}

/// All values of a RON text but the whole, each before those inside it.
#[must_use]
pub fn values(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    if let Some(root) = scan(text).root {
        gather(&root, text, &[], &mut found);
    }
    found
}

fn gather(node: &Node, text: &str, path: &[Segment], found: &mut Vec<Value>) {
    for (index, item) in node.items.iter().enumerate() {
        let step = item.key.as_ref().map_or(Segment::Index(index), |key| Segment::Name(key.plain(text)));
        let path: Vec<Segment> = path.iter().cloned().chain([step]).collect();
        let form = match item.value.kind {
            Kind::Text | Kind::Char => Form::Text,
            Kind::Number => Form::Number,
            Kind::Word => Form::Word,
            Kind::Parens | Kind::List | Kind::Map => Form::Many,
        };
        let key = item.key.as_ref().map(|key| key.span.clone());
        let listed = key.is_none();
        found.push(Value { path: path.clone(), key, span: item.value.span.clone(), form, listed });
        gather(&item.value, text, &path, found);
    }
}

/// The value at a path below a value.
pub(super) fn descend<'n>(node: &'n Node, text: &str, path: &[Segment]) -> Option<&'n Node> {
    let Some((first, rest)) = path.split_first() else { return Some(node) };
    if let Segment::Name(name) = first
        && node.name(text) == Some(name)
    {
        // `TradeFund([…])`: the steps after the variant's name are those of its list, if they lead anywhere there.
        let inside = list_inside(node).filter(|_| !rest.is_empty());
        return inside.and_then(|list| descend(list, text, rest)).or_else(|| descend(node, text, rest));
    }
    if let Some(found) = child(node, text, first).and_then(|child| descend(child, text, rest)) {
        return Some(found);
    }
    descend(wrapped(node)?, text, path)
}

/// The list that is the one value of a variant, as in `TradeFund([…])`.
fn list_inside(node: &Node) -> Option<&Node> {
    match node.items.as_slice() {
        [only] if node.kind == Kind::Parens && only.value.kind == Kind::List => Some(&only.value),
        _ => None,
    }
}

/// The value at the longest part of a path that exists, and how many steps that part has.
pub(super) fn deepest<'n>(node: &'n Node, text: &str, path: &[Segment]) -> (&'n Node, usize) {
    (0..=path.len())
        .rev()
        .find_map(|steps| descend(node, text, &path[..steps]).map(|found| (found, steps)))
        .expect("the empty path is the value itself")
}

/// The names, keys or indices that can follow a value in a path.
pub(super) fn steps(node: &Node, text: &str) -> Vec<String> {
    if let Some(inner) = wrapped(node) {
        return steps(inner, text);
    }
    let items = node.items.iter().enumerate();
    items
        .map(|(index, item)| match &item.key {
            Some(key) => key.plain(text),
            None => own_name(&item.value, text).unwrap_or_else(|| index.to_string()),
        })
        .collect()
}

fn child<'n>(node: &'n Node, text: &str, segment: &Segment) -> Option<&'n Node> {
    let keyed = |name: &str| {
        let mut items = node.items.iter();
        items.find(|item| item.key.as_ref().is_some_and(|key| key.plain(text) == name))
    };
    let item = match segment {
        Segment::Index(index) => match node.items.get(*index) {
            Some(item) if item.key.is_none() => Some(item),
            _ => keyed(&index.to_string()),
        },
        Segment::Name(name) if node.kind == Kind::List => {
            node.items.iter().find(|item| own_name(&item.value, text).is_some_and(|own| own == *name))
        }
        Segment::Name(name) => keyed(name),
    };
    item.map(|item| &item.value)
}

/// The one value inside `Some(…)` or another wrapper, or the fields that a variant's values end with, as in
/// `Mainnet("2026-10-08", (owner_cut: 0.1))`: paths do not mention either.
pub(super) fn wrapped(node: &Node) -> Option<&Node> {
    let (last, others) = node.items.split_last()?;
    let nameless = node.kind == Kind::Parens && node.items.iter().all(|item| item.key.is_none());
    let fields = last.value.kind == Kind::Parens && last.value.items.iter().all(|item| item.key.is_some());
    (nameless && (others.is_empty() || fields)).then_some(&last.value)
}

/// What the value's own field `name` says.
fn own_name(node: &Node, text: &str) -> Option<String> {
    let field = |key: &Node| &text[key.span.clone()] == "name";
    let item = node.items.iter().find(|item| item.key.as_ref().is_some_and(field))?;
    (item.value.kind == Kind::Text).then(|| item.value.plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_is_one_step_whatever_it_is() {
        for name in ["price", "half root", "sn1.price", "a[0]", "7", "a=b", "a]"] {
            assert_eq!(path(&quoted(name)), Some(vec![Segment::Name(name.to_owned())]), "{name}");
        }
        assert_eq!((quoted("price"), quoted("half root")), ("price".to_owned(), "half root".to_owned()));
    }
}
