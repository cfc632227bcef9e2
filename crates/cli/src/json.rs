//! `--json`: whether it was asked for, and values as JSON that a terminal can show.

use std::sync::atomic::{AtomicBool, Ordering};

use dtao_files::input::hidden::is_hidden;
use serde::Serialize;

/// Whether notes and errors are JSON, too.
static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on notes and errors are JSON, one object a line.
pub(crate) fn ask(asked: bool) {
    ASKED.store(asked, Ordering::Relaxed);
}

/// Whether notes and errors are JSON.
pub(crate) fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// A value in lines, without a character that a terminal would obey.
pub(crate) fn lines(value: &impl Serialize) -> String {
    shown(&serde_json::to_string_pretty(value).expect("plain data"))
}

/// A value in one line.
pub(crate) fn line(value: &impl Serialize) -> String {
    shown(&serde_json::to_string(value).expect("plain data"))
}

/// A JSON text, and a line end.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Such a character stands in a text in quotes, where JSON reads its number as itself.
        if is_hidden(c) && c != '\n' {
            let mut units = [0; 2];
            shown.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown.push('\n');
    shown
}
