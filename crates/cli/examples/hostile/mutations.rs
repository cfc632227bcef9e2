//! Random changes of a text.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// A text with a few random changes, and what they were.
pub(super) fn mutated(text: &str, random: &mut impl Rng) -> (String, String) {
    let mut bytes = text.to_owned().into_bytes();
    let mut what = Vec::new();
    for _ in 0..random.random_range(1..=3) {
        if bytes.is_empty() {
            break;
        }
        let at = random.random_range(0..bytes.len());
        let end = (at + random.random_range(1..40)).min(bytes.len());
        match random.random_range(0..7) {
            0 => bytes[at] = random.random(),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => bytes.truncate(at),
            4 => {
                let token = TOKENS.choose(random).expect("tokens");
                bytes.splice(at..at, token.bytes());
            }
            5 => {
                let token = TOKENS.choose(random).expect("tokens");
                let (start, end) = token_at(&bytes, at);
                bytes.splice(start..end, token.bytes());
            }
            _ => {
                let other = random.random_range(0..bytes.len());
                let (from, to) = (token_at(&bytes, other), token_at(&bytes, at));
                let part = bytes[from.0..from.1].to_vec();
                bytes.splice(to.0..to.1, part);
            }
        }
        what.push(at.to_string());
    }
    (String::from_utf8_lossy(&bytes).into_owned(), format!("mutated at {}", what.join(", ")))
}

/// The word, number or mark around a byte.
fn token_at(bytes: &[u8], at: usize) -> (usize, usize) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let start = bytes[..at].iter().rposition(|byte| !is_word(byte)).map_or(0, |before| before + 1);
    let end = bytes[at..].iter().position(|byte| !is_word(byte)).map_or(bytes.len(), |length| at + length);
    (start, end.max(at + 1).min(bytes.len()))
}

/// Marks and numbers at which a reader may stumble.
pub(super) const TOKENS: [&str; 24] = [
    "0",
    "-1",
    "1e308",
    "NaN",
    "inf",
    "18446744073709551615",
    "18446744073709551616",
    "0.0000000000000000001",
    "\"",
    "'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "Some(",
    "None",
    "\"18446744073709551615 rao\"",
    "/*",
    "\u{202e}",
    "r#\"",
];
