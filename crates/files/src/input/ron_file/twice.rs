//! A key of a map that is given twice.
//!
//! serde's maps keep the last value of a key and say nothing, so maps are looked through in the text, wherever a
//! file has one.

use std::collections::BTreeMap;

use super::super::locate::{self, Segment};
use super::super::scan::{Kind, Node};
use super::super::{InputError, Source, position};

/// Refuses the first key in the text that its map has already.
pub(super) fn check(source: &Source, root: &Node) -> Result<(), InputError> {
    let mut way = Vec::new();
    let Some((first, second)) = find(root, &source.text, &mut way) else { return Ok(()) };
    let (line, _) = position(&source.text, first.span.start);
    let message = format!("the key `{}` is given twice", second.plain(&source.text));
    let help = format!("the first one is in line {line}: remove one, or rename it");
    Err(InputError::within(source, Some(second.span.clone()), locate::display(&way), message, Some(help)))
}

/// Two keys of one map that are the same, and the way to the map; the file's own name is no step of it.
fn find<'n>(node: &'n Node, text: &str, way: &mut Vec<Segment>) -> Option<(&'n Node, &'n Node)> {
    let named = node.kind == Kind::Parens && !way.is_empty();
    let name = node.name(text).filter(|_| named).map(|name| Segment::Name(name.to_owned()));
    let depth = way.len();
    way.extend(name);
    let mut keys = BTreeMap::new();
    for (index, item) in node.items.iter().enumerate() {
        if let (Kind::Map, Some(key)) = (node.kind, &item.key)
            && let Some(first) = keys.insert(identity(key, text), key)
        {
            return Some((first, key));
        }
        // Paths do not mention the parentheses of a variant and of `Some(…)`.
        let transparent = node.kind == Kind::Parens && item.key.is_none() && node.items.len() == 1;
        if !transparent {
            let number = |key: &str| key.parse().ok().map(Segment::Index);
            way.push(match item.key.as_ref().map(|key| key.plain(text)) {
                Some(key) => number(&key).unwrap_or(Segment::Name(key)),
                None => Segment::Index(index),
            });
        }
        if let found @ Some(_) = find(&item.value, text, way) {
            return found;
        }
        if !transparent {
            way.pop();
        }
    }
    way.truncate(depth);
    None
}

/// What a key stands for, however it is written: `1`, `0x1` and `1_` are one number, `"a"` and `r"a"` one text.
fn identity(key: &Node, text: &str) -> String {
    let raw = &text[key.span.clone()];
    match key.kind {
        Kind::Text => format!("\"{}", key.plain(text)),
        Kind::Number if raw.bytes().all(|byte| byte.is_ascii_digit()) => {
            raw.trim_start_matches('0').to_owned()
        }
        Kind::Number => match (ron::from_str::<u64>(raw), ron::from_str::<i64>(raw)) {
            (Ok(0), _) => String::new(),
            (Ok(number), _) => number.to_string(),
            (_, Ok(number)) => number.to_string(),
            _ => raw.to_owned(),
        },
        _ => raw.split_whitespace().collect(),
    }
}
