//! Reads a RON text from left to right, up to its first mistake.

use std::ops::Range;

use super::super::limits::{NESTING, VALUES};
use super::{Item, Kind, Mistake, Node, Scan, SyntaxError};

/// Reads the shape of a whole text.
pub(in super::super) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner { text, at: 0, depth: 0, values: 0, error: None };
    scanner.extensions();
    let root = scanner.value();
    scanner.space();
    if scanner.at < text.len() {
        let found = scanner.found();
        scanner.fail(
            format!("the file's value ends before {found}"),
            Some("is there a closing bracket too many?".into()),
        );
    }
    Scan { root, error: scanner.error }
}

/// The word that a text begins with, behind comments and extensions; empty if it begins with none.
pub(in super::super) fn head(text: &str) -> &str {
    let mut scanner = Scanner { text, at: 0, depth: 0, values: 0, error: None };
    scanner.extensions();
    let start = scanner.at;
    scanner.skip_while(is_word);
    &text[start..scanner.at]
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    values: usize,
    error: Option<SyntaxError>,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_while(&mut self, mut keep: impl FnMut(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !keep(c)).unwrap_or(rest.len());
    }

    fn fail(&mut self, message: String, help: Option<String>) {
        let rest = self.rest();
        let word = rest.len() - rest.trim_start_matches(is_word).len();
        let length = self.peek().map_or(0, |first| word.max(first.len_utf8()));
        self.fail_at(self.at..self.at + length, message, help);
    }

    fn fail_at(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        let at = self.at;
        self.error.get_or_insert(SyntaxError { at, span, message, help, kind: Mistake::Form });
    }

    /// More than is read; nothing after it is looked at.
    fn too_much(&mut self, message: String) {
        let (at, end) = (self.at, self.at + self.peek().map_or(0, char::len_utf8));
        let kind = Mistake::Size;
        self.error.get_or_insert(SyntaxError { at, span: at..end, message, help: None, kind });
    }

    /// What stands here, for a message.
    fn found(&self) -> String {
        match self.peek() {
            None => "the end of the file".to_owned(),
            Some(first) if is_word(first) => {
                let rest = self.rest();
                let word: String = rest.chars().take_while(|&c| is_word(c)).take(40).collect();
                format!("`{word}`")
            }
            Some('"') => "the text in quotes".to_owned(),
            Some(other) => format!("`{other}`"),
        }
    }

    /// Blank space and comments.
    fn space(&mut self) {
        loop {
            self.skip_while(char::is_whitespace);
            if self.rest().starts_with("//") {
                self.skip_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                self.block_comment();
            } else {
                return;
            }
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let mut open = 0;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                open += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                open -= 1;
                self.at += 2;
                if open == 0 {
                    return;
                }
            } else if let Some(next) = self.peek() {
                self.at += next.len_utf8();
            } else {
                self.fail_at(
                    start..start + 2,
                    "this comment is never closed".into(),
                    Some("close it with `*/`".into()),
                );
                return;
            }
        }
    }

    /// `#![enable(…)]` before the value.
    fn extensions(&mut self) {
        self.space();
        while self.rest().starts_with("#![") {
            self.skip_while(|c| c != ']');
            self.at = (self.at + 1).min(self.text.len());
            self.space();
        }
    }

    fn value(&mut self) -> Option<Node> {
        self.space();
        if self.error.is_some() {
            return None;
        }
        self.values += 1;
        if self.values > VALUES {
            self.too_much(format!("more than {VALUES} values: the limit for a file"));
            return None;
        }
        let start = self.at;
        let rest = self.rest();
        let kind = match self.peek() {
            Some('"') => self.quoted(start),
            Some('\'') => self.character(),
            Some('b') if rest.starts_with("b'") => {
                self.at += 1;
                self.character();
                Kind::Number
            }
            Some('b') if rest.starts_with("b\"") => {
                self.at += 1;
                self.quoted(start)
            }
            Some('r') if raw_hashes(&rest[1..]).is_some() => self.raw(start, 1),
            Some('b') if rest.starts_with("br") && raw_hashes(&rest[2..]).is_some() => self.raw(start, 2),
            Some('0'..='9' | '+' | '-' | '.') => self.number(),
            Some('(' | '[' | '{') => return Some(self.brackets(start, None)),
            Some(first) if is_word(first) => return Some(self.word(start)),
            _ => {
                let found = self.found();
                self.fail(format!("expected a value, found {found}"), None);
                return None;
            }
        };
        Some(Node { span: start..self.at, name: None, kind, items: Vec::new() })
    }

    fn quoted(&mut self, start: usize) -> Kind {
        self.at += 1;
        let mut escaped = false;
        self.skip_while(|c| {
            let end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            !end
        });
        self.close(start, "\"");
        Kind::Text
    }

    fn raw(&mut self, start: usize, prefix: usize) -> Kind {
        self.at += prefix;
        let hashes = raw_hashes(self.rest()).expect("the caller has seen the quote");
        self.at += hashes + 1;
        let end = format!("\"{}", "#".repeat(hashes));
        self.at += self.rest().find(&end).unwrap_or(self.rest().len());
        self.close(start, &end);
        Kind::Text
    }

    /// Steps over the end of a text, which is here or nowhere.
    fn close(&mut self, start: usize, end: &str) {
        if self.rest().starts_with(end) {
            self.at += end.len();
        } else {
            self.at = self.text.len();
            self.fail_at(
                start..start + 1,
                "this text is never closed".into(),
                Some(format!("close it with `{end}`")),
            );
        }
    }

    fn character(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        let mut first = true;
        self.skip_while(|c| {
            let end = c == '\n' || (c == '\'' && !escaped && !first);
            escaped = c == '\\' && !escaped;
            first = false;
            !end
        });
        if self.rest().starts_with('\'') {
            self.at += 1;
        } else {
            let help = "text stands in double quotes".to_owned();
            self.fail_at(start..start + 1, "this single quote is never closed".into(), Some(help));
        }
        Kind::Char
    }

    fn number(&mut self) -> Kind {
        let mut before = 'e';
        self.skip_while(|c| {
            let part = c.is_alphanumeric()
                || matches!(c, '_' | '.')
                || (matches!(c, '+' | '-') && matches!(before, 'e' | 'E' | '.'));
            before = c;
            part
        });
        Kind::Number
    }

    fn word(&mut self, start: usize) -> Node {
        if self.rest().starts_with("r#") {
            self.at += 2;
        }
        self.skip_while(is_word);
        let name = start..self.at;
        self.space();
        if self.peek() == Some('(') {
            return self.brackets(start, Some(name));
        }
        self.at = name.end;
        Node { span: name.clone(), name: Some(name), kind: Kind::Word, items: Vec::new() }
    }

    fn brackets(&mut self, start: usize, name: Option<Range<usize>>) -> Node {
        let open = self.at;
        let (kind, end) = match self.peek() {
            Some('[') => (Kind::List, ']'),
            Some('{') => (Kind::Map, '}'),
            _ => (Kind::Parens, ')'),
        };
        let mut node = Node { span: start..open, name, kind, items: Vec::new() };
        if self.depth == NESTING {
            self.too_much(format!("more than {NESTING} brackets within each other"));
            return node;
        }
        self.depth += 1;
        self.at += 1;
        let mut separated = true;
        loop {
            self.space();
            if self.error.is_some() {
                break;
            }
            match self.peek() {
                Some(c) if c == end => {
                    self.at += 1;
                    break;
                }
                None | Some(')' | ']' | '}') => {
                    self.wrong_end(open, end);
                    break;
                }
                Some(_) if !separated => {
                    self.missing_comma(&node, end);
                    break;
                }
                Some(_) => {}
            }
            let Some(item) = self.item(kind, node.items.last()) else { break };
            node.items.push(item);
            self.space();
            separated = self.peek() == Some(',');
            self.at += usize::from(separated);
        }
        self.depth -= 1;
        node.span.end = self.at;
        node
    }

    fn item(&mut self, kind: Kind, before: Option<&Item>) -> Option<Item> {
        match kind {
            Kind::Map => {
                let key = self.value()?;
                self.space();
                if self.peek() == Some(':') {
                    self.at += 1;
                    return Some(Item { key: Some(key), value: self.value()? });
                }
                let found = self.found();
                self.fail(format!("expected `:` after the key, found {found}"), None);
                None
            }
            Kind::Parens => {
                let start = self.at;
                let key = self.field();
                if key.is_none() && before.is_some_and(|item| item.key.is_some()) {
                    self.at = start;
                    let found = self.found();
                    let help = match self.peek() {
                        Some(',') => "there is a comma too many",
                        _ => "is the value before it closed?",
                    };
                    let message = format!("expected a field (`name: value`) or `)`, found {found}");
                    self.fail(message, Some(help.into()));
                    return None;
                }
                Some(Item { key, value: self.value()? })
            }
            _ => Some(Item { key: None, value: self.value()? }),
        }
    }

    /// A field's name and colon, if they stand here.
    fn field(&mut self) -> Option<Node> {
        let start = self.at;
        if self.rest().starts_with("r#") {
            self.at += 2;
        }
        self.skip_while(is_word);
        let name = start..self.at;
        self.space();
        if !name.is_empty() && self.peek() == Some(':') {
            self.at += 1;
            return Some(Node { span: name.clone(), name: Some(name), kind: Kind::Word, items: Vec::new() });
        }
        self.at = start;
        None
    }

    fn wrong_end(&mut self, open: usize, end: char) {
        let opened = &self.text[open..=open];
        if self.peek().is_none() {
            let message = format!("this `{opened}` is never closed");
            self.fail_at(open..open + 1, message, Some(format!("close it with `{end}`")));
            return;
        }
        let line = 1 + self.text[..open].matches('\n').count();
        let found = self.found();
        self.fail(
            format!("expected `{end}` before {found}"),
            Some(format!("the `{opened}` in line {line} is still open")),
        );
    }

    fn missing_comma(&mut self, node: &Node, end: char) {
        let found = self.found();
        let last = node.items.last();
        let help = last.and_then(|item| self.instead_of_comma(item));
        self.fail(format!("expected `,` or `{end}` before {found}"), help);
    }

    /// What the writer may have meant.
    fn instead_of_comma(&self, last: &Item) -> Option<String> {
        let value = &self.text[last.value.span.clone()];
        match self.peek()? {
            '=' if last.key.is_none() => Some(format!("write a field as `{value}: …`")),
            ':' if last.value.kind == Kind::Text => Some("write a field's name without quotes".into()),
            '{' if last.value.kind == Kind::Word => Some(format!("write `{value}(…)`")),
            _ if last.value.kind == Kind::Text => Some("is a `\"` missing, or one too many?".into()),
            _ if last.value.kind == Kind::Number => {
                let unit = ["TAO", "alpha", "rao"].into_iter().find(|unit| self.rest().starts_with(unit))?;
                Some(format!("write an amount in quotes: `\"{value} {unit}\"`"))
            }
            _ => None,
        }
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// How many `#` stand before a quote, if that is what stands here.
fn raw_hashes(rest: &str) -> Option<usize> {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}
