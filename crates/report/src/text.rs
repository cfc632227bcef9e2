//! Texts and numbers as a page shows them.

pub(crate) use dtao_compare::number::number;
use dtao_experiment::scenario::AsSpec;
use dtao_files::input::hidden::is_hidden;
pub(crate) use dtao_files::shell::quoted;

/// A text of one line in which nothing is hidden: line ends, controls and marks of direction are written out.
///
/// What a browser reads as markup is escaped where a text enters a page or a picture.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A text of at most so many characters, its end cut off.
pub(crate) fn short(text: &str, most: usize) -> String {
    let text = shown(text);
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A text inside XML.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in shown(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A value or a dash.
pub(crate) fn or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), number)
}

/// From one number to another, or a dash.
pub(crate) fn range(range: Option<(f64, f64)>) -> String {
    range.map_or_else(|| "–".into(), |(low, high)| format!("{} to {}", number(low), number(high)))
}

/// How many of a thing, in words.
pub(crate) fn count(number: u64, thing: &str) -> String {
    let mut digits = number.to_string();
    let mut at = digits.len();
    while at > 3 {
        at -= 3;
        digits.insert(at, ',');
    }
    format!("{digits} {thing}{}", if number == 1 { "" } else { "s" })
}

/// A date and time of a block, in UTC.
pub(crate) fn time(block: u64) -> String {
    let time = dtao_experiment::historical_clock::time_of(dtao_protocol::units::Block(block)).to_string();
    time.replace('T', " ").trim_end_matches('Z').to_owned()
}

/// The option that lets a command run as another runtime, if it did.
pub(crate) fn option_as_spec(as_spec: Option<&AsSpec>) -> String {
    as_spec.map_or_else(String::new, |as_spec| format!(" --as-spec {}", u16::from(as_spec.spec)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_as_they_are_and_what_is_hidden_is_written_out() {
        assert_eq!(shown("a\nb\u{202e}c"), "a\\u{a}b\\u{202e}c");
        assert_eq!(escaped("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
        assert_eq!(short("abcdef", 4), "abc…");
    }

    #[test]
    fn counts_have_their_plural_and_their_thousands() {
        assert_eq!(count(1, "run"), "1 run");
        assert_eq!(count(1_234_567, "run"), "1,234,567 runs");
        assert_eq!(count(0, "seed"), "0 seeds");
    }
}
