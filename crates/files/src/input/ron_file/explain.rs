//! What a failed reading means to the writer of the file.
//!
//! ron says what it wanted next, but not where the value began, nor, for a bare word or a number, what the
//! field's type would have taken. The place comes from the field's path; the type is asked by reading the
//! text again with the value replaced.

mod words;

use std::ops::Range;

use ron::error::{Error, Position};

use super::super::amounts::written_out;
use super::super::locate::{self, Segment};
use super::super::scan::{Kind, Node, SyntaxError, scan};
use super::super::{InputError, Source, position, suggest};
use super::{Failure, Named};
use words::{allowed, due, lower_first};

/// Reads a changed text again: what fails then?
type Retry<'r> = &'r dyn Fn(&str) -> Option<Box<Failure>>;

/// A name that no file uses.
const NOBODY: &str = "nobody__";

pub(super) fn explain(source: &Source, failure: &Failure, retry: Retry) -> InputError {
    let scan = scan(&source.text);
    let end = offset(&source.text, failure.error.span.end);
    let later = match scan.error {
        Some(error) if error.at <= end || is_end(&failure.error.code) => return syntax(source, error),
        later => later,
    };
    let Some(root) = scan.root else {
        return InputError::within(source, None, String::new(), "the file is empty".into(), None);
    };
    let (node, known) = locate::deepest(&root, &source.text, &failure.path);
    let unclosed = later.is_some_and(|error| error.at == source.text.len());
    let brackets = if unclosed { Brackets::LeftOpen } else { Brackets::Closed };
    Explainer { source, failure, retry, end, brackets, root: &root, node, known }.explain()
}

/// The text is no RON at all.
pub(super) fn syntax(source: &Source, error: SyntaxError) -> InputError {
    if source.text.trim().is_empty() {
        return InputError::within(source, None, String::new(), "the file is empty".into(), None);
    }
    let curly = source.text[error.at.min(source.text.len())..].starts_with(CURLY_QUOTES);
    let help = curly.then(|| "text stands in straight quotes: \"…\"".to_owned()).or(error.help);
    InputError::within(source, Some(error.span), String::new(), error.message, help)
}

/// Quotes as text processors write them.
const CURLY_QUOTES: [char; 8] = ['“', '”', '„', '‘', '’', '‚', '«', '»'];

fn is_end(code: &Error) -> bool {
    matches!(code, Error::Eof | Error::ExpectedStringEnd | Error::UnclosedBlockComment)
}

struct Explainer<'e> {
    source: &'e Source,
    failure: &'e Failure,
    retry: Retry<'e>,
    /// Where ron stopped.
    end: usize,
    brackets: Brackets,
    root: &'e Node,
    /// The value at the path, or its nearest parent.
    node: &'e Node,
    /// How many steps of the path lead to it.
    known: usize,
}

/// Whether the text after the mistake closes what it opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brackets {
    Closed,
    LeftOpen,
}

impl Explainer<'_> {
    fn explain(&self) -> InputError {
        match &self.failure.error.code {
            Error::NoSuchStructField { expected, found, outer } => {
                self.unknown_field(found, expected, outer.as_deref())
            }
            Error::NoSuchEnumVariant { expected, found, .. } => self.unknown_variant(found, expected),
            Error::MissingStructField { field, outer } => self.missing_field(field, outer.as_deref()),
            Error::DuplicateStructField { field, .. } => self.report(
                self.key(field, Which::Last).or(Some(self.node.opening())),
                format!("the field `{field}` is given twice"),
                None,
            ),
            Error::ExpectedDifferentStructName { expected, found } => self.report(
                self.node.name.clone(),
                format!("expected `{expected}(…)`, found `{found}(…)`"),
                Some(format!("write `{expected}`, or leave the name out")),
            ),
            Error::Message(message) => {
                let node = self.wrong_node();
                self.report(Some(node.shown(self.text())), message.clone(), self.amount(node))
            }
            Error::InvalidValueForType { expected, .. } => {
                let node = self.wrong_node();
                self.wrong(node, expected)
            }
            Error::ExpectedDifferentLength { expected, found } => self.report(
                Some(self.node.shown(self.text())),
                format!("expected {}, found {found}", due(expected)),
                None,
            ),
            Error::InvalidEscape(message) => {
                let help = "a backslash is written `\\\\`".to_owned();
                self.report(Some(self.end..self.end), lower_first(message), Some(help))
            }
            Error::IntegerOutOfBounds => self.out_of_bounds(self.wrong_node()),
            Error::ExpectedString => self.not_text(self.wrong_node()),
            Error::ExpectedIdentifier | Error::SuggestRawIdentifier(_) => match self.failure.named {
                Named::All => self.not_a_variant(self.wrong_node()),
                Named::UpToAKey => self.not_a_field(),
            },
            Error::ExpectedStructLike | Error::ExpectedNamedStructLike(_) => {
                self.not_fields(self.wrong_node())
            }
            code => match allowed(code) {
                Some(allowed) => self.wrong(self.wrong_node(), allowed),
                None => self.elsewhere(code),
            },
        }
    }

    fn report(&self, span: Option<Range<usize>>, message: String, help: Option<String>) -> InputError {
        InputError::within(self.source, span, locate::display(&self.failure.path), message, help)
    }

    fn wrong(&self, node: &Node, allowed: &str) -> InputError {
        self.report(
            Some(node.shown(self.text())),
            format!("expected {allowed}, found {}", self.found(node)),
            self.number(node),
        )
    }

    /// How to write the number, if one was written in short.
    fn number(&self, node: &Node) -> Option<String> {
        let number = written_out(&node.plain(self.text()))?;
        (number != self.raw(node) && self.reads(node, &number)).then(|| format!("write `{number}`"))
    }

    fn text(&self) -> &str {
        &self.source.text
    }

    fn raw(&self, node: &Node) -> &str {
        &self.text()[node.span.clone()]
    }

    /// A short copy of a value, for a message.
    fn found(&self, node: &Node) -> String {
        let raw = self.raw(node);
        match (node.kind, node.name(self.text())) {
            (Kind::List, _) => "a list `[…]`".into(),
            (Kind::Map, _) => "a map `{…}`".into(),
            (Kind::Parens, None) => "`(…)`".into(),
            (Kind::Parens, Some(name)) => format!("`{name}(…)`"),
            _ if raw.chars().count() > 60 => format!("`{}…`", raw.chars().take(60).collect::<String>()),
            _ => format!("`{raw}`"),
        }
    }

    /// The value that could not be read: the one at the path, or the key where ron stopped.
    fn wrong_node(&self) -> &Node {
        if self.failure.named == Named::All && self.known == self.failure.path.len() {
            // Paths do not mention `Some(…)` and the parentheses of a variant.
            let past_the_opening = self.end >= self.node.opening().end;
            return match self.node.items.as_slice() {
                [only] if self.node.kind == Kind::Parens && only.key.is_none() && past_the_opening => {
                    &only.value
                }
                _ => self.node,
            };
        }
        let keys = self.node.items.iter().filter_map(|item| item.key.as_ref());
        keys.take_while(|key| key.span.start <= self.end).last().unwrap_or(self.node)
    }

    fn key(&self, name: &str, which: Which) -> Option<Range<usize>> {
        let mut keys = self.node.items.iter().filter_map(|item| item.key.as_ref());
        let is_it = |key: &&Node| key.plain(self.text()) == name;
        let key = match which {
            Which::First => keys.find(is_it),
            Which::Last => keys.rfind(is_it),
        };
        key.map(|key| key.span.clone())
    }

    /// What the fields belong to: `Noise`, or the field that holds them.
    fn owner(&self, outer: Option<&str>) -> String {
        let step = self.failure.path[..self.known].iter().rev().find_map(|segment| match segment {
            Segment::Name(name) => Some(name.as_str()),
            Segment::Index(_) => None,
        });
        let name = self.node.name(self.text()).or(outer.filter(|outer| !outer.is_empty())).or(step);
        name.map_or_else(|| "the file".into(), |name| format!("`{name}`"))
    }

    fn unknown_field(&self, found: &str, expected: &[&str], outer: Option<&str>) -> InputError {
        // The path ends in the unknown field; its struct may hold the fields in a nameless layer.
        let parents = self.failure.path.len().saturating_sub(1);
        let parent = locate::descend(self.root, self.text(), &self.failure.path[..parents]);
        let explainer = Explainer { node: parent.unwrap_or(self.node), known: parents, ..*self };
        let span = explainer.key(found, Which::First).or_else(|| Some(self.node.opening()));
        let message = format!("unknown field `{found}` in {}", explainer.owner(outer));
        let mut help = suggest(found, expected, "the fields are");
        if self.brackets == Brackets::LeftOpen {
            let (line, _) = position(self.text(), explainer.node.opening().end - 1);
            let open = format!("is the bracket of line {line} closed?");
            help = Some(help.map_or_else(|| open.clone(), |help| format!("{open} {help}")));
        }
        explainer.report(span, message, help)
    }

    fn unknown_variant(&self, found: &str, expected: &[&str]) -> InputError {
        let parent = match self.failure.path.split_last() {
            Some((Segment::Name(last), parent)) if last == found => parent,
            _ => &self.failure.path,
        };
        let span = self.node.name.clone().or_else(|| Some(self.node.span.clone()));
        let message = format!("unknown variant `{found}`");
        let help = suggest(found, expected, "the variants are");
        InputError::within(self.source, span, locate::display(parent), message, help)
    }

    fn missing_field(&self, field: &str, outer: Option<&str>) -> InputError {
        let message = format!("missing field `{field}` in {}", self.owner(outer));
        self.report(Some(self.node.opening()), message, Some(format!("add `{field}: …`")))
    }

    /// What fails if the value is replaced.
    fn instead(&self, node: &Node, replacement: &str) -> Option<Error> {
        let mut text = self.text().to_owned();
        text.replace_range(node.span.clone(), replacement);
        let failure = (self.retry)(&text)?;
        let same = failure.path.iter().zip(&self.failure.path).all(|(a, b)| a == b)
            && failure.path.len() >= self.known.min(self.failure.path.len());
        same.then_some(failure.error.code)
    }

    /// If the value is read when it is written so.
    fn reads(&self, node: &Node, replacement: &str) -> bool {
        self.instead(node, replacement).is_none()
    }

    fn not_text(&self, node: &Node) -> InputError {
        let raw = self.raw(node);
        if matches!(node.kind, Kind::Number | Kind::Word) {
            match self.instead(node, &format!("\"{raw}\"")) {
                Some(Error::Message(message)) => {
                    return self.report(Some(node.span.clone()), message, self.amount(node));
                }
                Some(_) => {}
                None => {
                    let message = format!("expected text in quotes, found `{raw}`");
                    return self.report(Some(node.span.clone()), message, Some(format!("write `\"{raw}\"`")));
                }
            }
        }
        // A number shows whether the text is to be an amount.
        match self.instead(node, "\"\"") {
            Some(Error::Message(message)) => {
                let expected =
                    message.split_once(", found ").map_or(message.as_str(), |(expected, _)| expected);
                let expected = expected.strip_prefix("expected ").unwrap_or("text in quotes");
                self.wrong(node, expected)
            }
            _ => self.wrong(node, "text in quotes"),
        }
    }

    /// How to write the amount, if that is what was tried.
    fn amount(&self, node: &Node) -> Option<String> {
        let plain = node.plain(self.text());
        let number = written_out(&plain).or_else(|| Some(plain.split_whitespace().next()?.to_owned()))?;
        ["TAO", "alpha"].into_iter().find_map(|unit| {
            let right = format!("\"{number} {unit}\"");
            (right != self.raw(node) && self.reads(node, &right))
                .then(|| format!("for an amount of {unit}, write `{right}`"))
        })
    }

    fn out_of_bounds(&self, node: &Node) -> InputError {
        // ron does not say which integer it wanted; the largest and smallest that it takes do.
        let accepted = |candidate: &i128| {
            !matches!(
                self.instead(node, &candidate.to_string()),
                Some(Error::IntegerOutOfBounds | Error::ExpectedInteger)
            )
        };
        let powers = [64, 63, 32, 31, 16, 15, 8, 7];
        let largest = powers.map(|bits| (1_i128 << bits) - 1).into_iter().find(accepted);
        let smallest = [63, 31, 15, 7].map(|bits| -(1_i128 << bits)).into_iter().find(accepted).unwrap_or(0);
        let allowed = largest.map_or_else(
            || "a smaller whole number".to_owned(),
            |largest| format!("a whole number from {smallest} to {largest}"),
        );
        self.wrong(node, &allowed)
    }

    fn not_a_variant(&self, node: &Node) -> InputError {
        match self.instead(node, NOBODY) {
            Some(Error::NoSuchEnumVariant { expected, .. }) => {
                let found = self.found(node);
                let help = suggest(&node.plain(self.text()), expected, "the variants are");
                let message = format!("expected the name of a variant, found {found}");
                self.report(Some(node.shown(self.text())), message, help)
            }
            _ => self.wrong(node, "a name"),
        }
    }

    fn not_a_field(&self) -> InputError {
        let mut values = self.node.items.iter().map(|item| &item.value);
        let found = values.find(|value| value.span.start >= self.end);
        let quoted = found.is_some_and(|value| value.kind == Kind::Text);
        let message = found.map_or_else(
            || "expected a field's name".to_owned(),
            |value| format!("expected a field's name, found {}", self.found(value)),
        );
        let span = found.map_or(self.end..self.end, |value| value.span.clone());
        self.report(Some(span), message, quoted.then(|| "write the name without quotes".into()))
    }

    fn not_fields(&self, node: &Node) -> InputError {
        let name = node.name(self.text()).unwrap_or("");
        if let Some(Error::NoSuchStructField { expected, .. }) =
            self.instead(node, &format!("{name}({NOBODY}: 0)"))
        {
            let fields: Vec<_> = expected.iter().map(|field| format!("`{field}`")).collect();
            let found = self.found(node);
            let message = format!("expected `{name}(field: value, …)`, found {found}");
            let help = format!("the fields are: {}", fields.join(", "));
            return self.report(Some(node.shown(self.text())), message, Some(help));
        }
        let allowed = match self.instead(node, &format!("{name}()")) {
            Some(Error::ExpectedDifferentLength { expected, .. }) => {
                format!("`{name}(…)` with {}", due(&expected))
            }
            _ => format!("`{name}(…)`"),
        };
        self.wrong(node, &allowed)
    }

    /// ron stopped after a part of a value, which then looked complete to it.
    fn elsewhere(&self, code: &Error) -> InputError {
        // serde's path names the variants, the text's does not: go on from there if it leads there.
        let (within, node) = cut(self.node, self.text(), self.end);
        let mut path = self.failure.path[..self.known].to_vec();
        path.extend(within);
        let (path, node) = match node {
            Some(node) => (path, node),
            None => match cut(self.root, self.text(), self.end) {
                (path, Some(node)) => (path, node),
                (path, None) => (path, self.root),
            },
        };
        let found = self.found(node);
        let (span, message) = match (node.kind, node.name(self.text())) {
            (Kind::Number, _) => (node.shown(self.text()), format!("expected a whole number, found {found}")),
            (Kind::Parens, Some(name)) if code == &Error::ExpectedComma || self.at_bracket(node) => {
                (node.shown(self.text()), format!("expected `{name}` without parentheses, found {found}"))
            }
            (Kind::Parens, _) if code == &Error::ExpectedStructLikeEnd => {
                let due = node.items.iter().filter(|item| item.value.span.end <= self.end).count();
                (node.shown(self.text()), format!("expected {due} values, found {}", node.items.len()))
            }
            _ => (self.end..self.end, lower_first(&code.to_string())),
        };
        let help = if node.kind == Kind::Number { self.number(node) } else { None };
        InputError::within(self.source, Some(span), locate::display(&path), message, help)
    }

    /// If ron stopped at the bracket after a name.
    fn at_bracket(&self, node: &Node) -> bool {
        node.name.is_some() && node.opening().end == self.end + 1
    }
}

#[derive(Clone, Copy)]
enum Which {
    First,
    Last,
}

/// The innermost value that a position cuts in two, and the way to it.
fn cut<'n>(node: &'n Node, text: &str, at: usize) -> (Vec<Segment>, Option<&'n Node>) {
    if !(node.span.start < at && at < node.span.end) {
        return (Vec::new(), None);
    }
    for (index, item) in node.items.iter().enumerate() {
        if let (mut path, Some(found)) = cut(&item.value, text, at) {
            let key = item.key.as_ref().map(|key| Segment::Name(key.plain(text)));
            path.insert(0, key.unwrap_or(Segment::Index(index)));
            return (path, Some(found));
        }
    }
    (Vec::new(), Some(node))
}

/// The byte of a position that ron counts in lines and characters.
fn offset(text: &str, position: Position) -> usize {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(position.line - 1).map(str::len).sum();
    let line = lines.next().unwrap_or("");
    before + line.char_indices().nth(position.col - 1).map_or(line.len(), |(at, _)| at)
}
