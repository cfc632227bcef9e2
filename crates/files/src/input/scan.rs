//! The shape of a RON text: where each value begins and ends.
//!
//! ron's own reader keeps no positions of values, so errors and `--set` find them here. The scanner goes on
//! as far as it can: a text with a mistake still has its values before the mistake.

mod scanner;

use std::ops::Range;

pub(super) use scanner::{head, scan};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// The whole value, its name included.
    pub(super) span: Range<usize>,
    /// The name before the parentheses, or the whole of a bare word.
    pub(super) name: Option<Range<usize>>,
    pub(super) kind: Kind,
    pub(super) items: Vec<Item>,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text in quotes.
    Text,
    /// A character in single quotes.
    Char,
    Number,
    /// A word without parentheses: a unit variant, `true`, `None`.
    Word,
    Parens,
    List,
    Map,
}

/// Something inside brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) key: Option<Node>,
    pub(super) value: Node,
}

/// Where a text stops being RON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// Where the mistake was noticed.
    pub(super) at: usize,
    /// What to show.
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) kind: Mistake,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// Its form.
    Form,
    /// It is more than is read.
    Size,
}

/// What a text holds, and its first mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) root: Option<Node>,
    pub(super) error: Option<SyntaxError>,
}

impl Node {
    /// The text that the value stands for: quotes taken off, escapes read.
    pub(super) fn plain(&self, text: &str) -> String {
        let raw = &text[self.span.clone()];
        let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
        if let Some(inside) = inside.filter(|inside| !inside.contains(['\\', '"'])) {
            return inside.to_owned();
        }
        if self.kind == Kind::Text
            && let Ok(plain) = ron::from_str::<String>(raw)
        {
            return plain;
        }
        raw.strip_prefix("r#").filter(|_| self.kind == Kind::Word).unwrap_or(raw).to_owned()
    }

    /// The name before the parentheses, or the bare word.
    pub(super) fn name<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.name.clone().map(|name| &text[name])
    }

    /// The value's opening: its name and bracket, or all of a value without brackets.
    pub(super) fn opening(&self) -> Range<usize> {
        match self.kind {
            Kind::Parens | Kind::List | Kind::Map => {
                let name_end = self.name.as_ref().map_or(self.span.start, |name| name.end);
                self.span.start..(name_end + 1).min(self.span.end)
            }
            _ => self.span.clone(),
        }
    }

    /// What to point at: all of a value, unless it goes over several lines.
    pub(super) fn shown(&self, text: &str) -> Range<usize> {
        if text[self.span.clone()].contains('\n') { self.opening() } else { self.span.clone() }
    }
}
