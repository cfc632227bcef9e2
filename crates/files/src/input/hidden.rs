//! Characters that a reader does not see, or that make a terminal do something.

/// Whether a character is not shown as itself: it controls a terminal, turns the direction of writing, or has no
/// width.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A text with every hidden character but line ends written as `\u{…}`, so that a terminal shows it as it is.
#[must_use]
pub fn revealed(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && c != '\n' {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_for_people_is_shown_as_it_is() {
        for text in ["sn1.price", "Größe in τ, «多»", "two\nlines", "🦀"] {
            assert_eq!(revealed(text), text);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(revealed("\u{1b}]0;owned\u{7}"), "\\u{1b}]0;owned\\u{7}");
        assert_eq!(revealed("a\u{202e}b\u{9b}c\rd\0"), "a\\u{202e}b\\u{9b}c\\u{d}d\\u{0}");
    }
}
