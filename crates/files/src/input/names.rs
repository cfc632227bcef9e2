//! Names that users give to groups, metrics, arms and factors.

use super::hidden::{is_hidden, revealed};
use super::limits::NAME;

/// What is wrong with a name, and what would be right.
///
/// A name becomes a column or a cell of tables, and part of messages: it must be seen, be one line, and not be taken for
/// a formula by a spreadsheet.
#[must_use]
pub fn fault(name: &str) -> Option<(String, String)> {
    let say = |message: String, help: &str| Some((message, help.to_owned()));
    if name.len() > NAME {
        let message = format!("a name of {} bytes: at most {NAME} are possible", name.len());
        return say(message, "find a shorter one");
    }
    if name.trim().is_empty() {
        return say("an empty name".into(), "write at least one that can be seen");
    }
    if let Some(hidden) = name.chars().find(|&c| is_hidden(c)) {
        let shown = revealed(name).replace('\n', "\\u{a}");
        let message = format!("the name `{shown}` has the hidden character {}", hidden.escape_unicode());
        return say(message, "write characters that can be seen");
    }
    if name.trim() != name {
        return say(format!("the name `{name}` begins or ends with a blank"), "leave the blank out");
    }
    if name.starts_with(['=', '+', '-', '@']) {
        let message = format!("the name `{name}` begins like a spreadsheet formula");
        return say(message, "begin it with a letter or a digit");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_can_be_read_are_good() {
        let long = "x".repeat(NAME);
        for name in ["a", "sn1.price", "half root", "Größe", "5%", "a=b", "a-b", "🦀", long.as_str()] {
            assert_eq!(fault(name), None, "{name}");
        }
    }

    #[test]
    fn names_that_deceive_are_refused() {
        let long = "x".repeat(NAME + 1);
        for name in [
            "",
            " ",
            "\t",
            " a",
            "a ",
            "=1+1",
            "+a",
            "-a",
            "@a",
            "a\nb",
            "a\u{1b}[31m",
            "a\u{0}",
            "a\u{202e}b",
            "\u{200b}",
            long.as_str(),
        ] {
            let (message, _) = fault(name).expect("a fault");
            assert!(!message.chars().any(is_hidden), "{message:?}");
        }
    }
}
