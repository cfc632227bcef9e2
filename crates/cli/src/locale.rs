//! Signs beyond ASCII, for terminals that cannot show them.

use supports_unicode::Stream;

/// Whether a stream shows more than ASCII: a file or a pipe does, and a terminal whose `LC_ALL`, `LC_CTYPE` or `LANG` says UTF-8.
pub(crate) fn is_unicode(stream: Stream) -> bool {
    supports_unicode::on(stream)
}

/// The text for a stream: with our own signs in ASCII where it needs that. Names stay as their owners wrote them.
pub(crate) fn fitting(text: String, stream: Stream) -> String {
    if is_unicode(stream) { text } else { ascii(&text) }
}

/// The text with the signs of charts, tables and sentences in ASCII. All take as much room as before, except for dots that stand alone.
fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '●' => plain.push('o'),
            '█' | '■' => plain.push('#'),
            '─' | '–' => plain.push('-'),
            '✗' => plain.push('x'),
            '│' | '┤' | '├' | '╵' | '╷' => plain.push('|'),
            '┼' | '┴' | '┬' | '╭' | '╮' | '╰' | '╯' | '✓' => plain.push('+'),
            '≈' => plain.push('~'),
            '…' => {
                let cuts = [before, rest.peek().copied()].into_iter().flatten().any(char::is_alphanumeric);
                plain.push_str(if cuts { "~" } else { "..." });
            }
            other => plain.push(other),
        }
        before = Some(c);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::ascii;

    #[test]
    fn charts_are_drawn_in_ascii_and_stay_as_wide() {
        let chart = dtao_report::plot(&[(0, 1.0), (1, 4.0), (2, 2.0), (3, 2.0), (4, 9.0)], 4, 40);
        let bars = "├┴┬╵╷ price ─●── █│ ≈ Uniform; – ✓✗ a long na…";
        for drawn in [chart.as_str(), bars] {
            let plain = ascii(drawn);
            assert!(plain.is_ascii() && !drawn.is_ascii(), "{plain}");
            assert_eq!(plain.chars().count(), drawn.chars().count(), "{plain}");
        }
        assert_eq!(ascii(bars), "|++|| price -o-- #| ~ Uniform; - +x a long na~");
    }

    #[test]
    fn dots_that_leave_something_out_are_spelled_and_names_are_kept() {
        assert_eq!(ascii("(spec: …, rules: (…))"), "(spec: ..., rules: (...))");
        assert_eq!(ascii("größe 多"), "größe 多");
    }
}
