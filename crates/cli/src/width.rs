//! How wide a text may be, and lines that fit.

use dtao_report::wrapped;
use supports_unicode::Stream;
use terminal_size::{Width, terminal_size_of};

/// The width of the terminal that a stream is, if it is one.
pub(crate) fn of(stream: Stream) -> Option<usize> {
    let size = match stream {
        Stream::Stdout => terminal_size_of(std::io::stdout()),
        Stream::Stderr => terminal_size_of(std::io::stderr()),
    };
    size.map(|(Width(width), _)| usize::from(width))
}

/// A text in lines that a terminal of this width shows whole; as it is where there is no terminal.
pub(crate) fn fitting(text: &str, terminal: Option<usize>) -> String {
    let Some(width) = terminal.filter(|&width| width > 0) else { return text.to_owned() };
    let lines: Vec<String> = text.split('\n').map(|line| folded(line, width)).collect();
    lines.join("\n")
}

/// A line, broken between words where it is too long; what is below stands as far to the right as its beginning. A word that is wider
/// than the terminal, such as a path, stays whole: it can be copied.
fn folded(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let inner = line.trim_start();
    let indent = (line.len() - inner.len()).min(width / 2);
    let margin = " ".repeat(indent);
    let lines = wrapped(inner, width - indent);
    lines.lines().map(|line| format!("{margin}{line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_fit_the_terminal_and_what_fits_is_left_alone() {
        let text = "a  table   of\n    the sentence that is far too long for it\n\nend";
        let narrow = fitting(text, Some(20));
        assert!(narrow.lines().all(|line| line.chars().count() <= 20), "{narrow}");
        assert_eq!(narrow.lines().next(), Some("a  table   of"));
        assert!(narrow.contains("\n    the sentence\n    that is"), "{narrow}");
        assert!(narrow.ends_with("\n\nend"));
        assert_eq!(fitting(text, None), text);
        assert_eq!(
            fitting("tables in /a/folder/with/a/long/path", Some(20)),
            "tables in\n/a/folder/with/a/long/path"
        );
        assert_eq!(fitting("one\n", Some(20)), "one\n");
    }
}
