//! The lines around a mistake, as far as a terminal shows them.

use std::ops::Range;

use dtao_files::input::InputError;
use dtao_files::input::hidden::{is_hidden, revealed};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Most characters of a line that are shown; of a longer one, those around the mistake.
const WIDEST: usize = 140;
/// How many of them stand before the mistake.
const BEFORE: usize = 60;

/// The line of a mistake with its neighbours, cut to what can be shown.
#[derive(Debug)]
pub(crate) struct Excerpt {
    name: String,
    text: String,
    /// The bytes of the mistake in the text.
    pub(super) span: Range<usize>,
    /// The file's lines before the text.
    lines_before: usize,
    /// The mistake's column in the file, from 0.
    column: usize,
}

impl Excerpt {
    /// The place of an error, if it has one.
    pub(super) fn of(error: &InputError) -> Option<Self> {
        let name = revealed(&error.path().display().to_string());
        Some(Self::around(name, error.text(), error.span()?))
    }

    fn around(name: String, text: &str, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = text.ceil_char_boundary(span.end).clamp(start, line_end);
        let mut excerpt = Self {
            name,
            text: String::new(),
            span: 0..0,
            lines_before: text[..line_start].matches('\n').count(),
            column: text[line_start..start].chars().count(),
        };
        if let Some(before) = text[..line_start].strip_suffix('\n') {
            let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
            excerpt.lines_before -= 1;
            excerpt.push(line, 0);
            excerpt.text.push('\n');
        }
        // As many characters before the mistake as fit.
        let skipped = excerpt.column.saturating_sub(BEFORE);
        let line = &text[line_start..line_end];
        let fits = line.chars().nth(WIDEST).is_none();
        let skipped = if fits { 0 } else { skipped };
        let line_at = excerpt.text.len();
        excerpt.push(line, skipped);
        let at = |byte: usize| {
            let characters = text[line_start..byte].chars().count().saturating_sub(skipped);
            // The mark of what was left out takes a place, too.
            let characters = characters + usize::from(skipped > 0);
            let shown = &excerpt.text[line_at..];
            line_at + shown.char_indices().nth(characters).map_or(shown.len(), |(at, _)| at)
        };
        excerpt.span = at(start)..at(end);
        if let Some(after) = text[line_end..].strip_prefix('\n').filter(|after| !after.is_empty()) {
            excerpt.text.push('\n');
            excerpt.push(after.lines().next().unwrap_or(""), 0);
        }
        excerpt
    }

    /// Adds a line from a character on, with a mark where something is left out.
    fn push(&mut self, line: &str, skipped: usize) {
        if skipped > 0 {
            self.text.push('…');
        }
        let mut characters = line.trim_end_matches('\r').chars().skip(skipped);
        self.text.extend(characters.by_ref().take(WIDEST).map(shown));
        if characters.next().is_some() {
            self.text.push('…');
        }
    }
}

/// A character that takes one place and moves nothing.
fn shown(c: char) -> char {
    match c {
        '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32('\u{2400}' as u32 + c as u32).unwrap_or('\u{fffd}'),
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        // Without lines before, this is the place that stands in the headline.
        let column = if before == 0 { self.column } else { read.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            read.data(),
            *read.span(),
            self.lines_before + read.line(),
            column,
            read.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The excerpt at the only `@` of a text.
    fn at(text: &str) -> Excerpt {
        let start = text.find('@').expect("a place");
        Excerpt::around("a.ron".into(), &text.replace('@', "1"), start..start + 1)
    }

    #[test]
    fn short_lines_are_shown_as_they_are() {
        let excerpt = at("one\ntwo @ two\r\nthree\nfour");
        assert_eq!(excerpt.text, "one\ntwo 1 two\nthree");
        assert_eq!(&excerpt.text[excerpt.span.clone()], "1");
        assert_eq!((excerpt.lines_before, excerpt.column), (0, 4));
        assert_eq!(at("one\ntwo\n@").lines_before, 1);
    }

    #[test]
    fn of_a_long_line_the_part_around_the_mistake_is_shown() {
        let x = "x".repeat(70_000);
        let excerpt = at(&format!("{x}\n{x}ä@{x}\n{x}"));
        assert!(excerpt.text.len() < 1_000, "{}", excerpt.text);
        assert_eq!(&excerpt.text[excerpt.span.clone()], "1");
        assert_eq!(excerpt.column, 70_001);
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_in_it() {
        let excerpt = at("\u{1b}[31m\u{202e}@\u{7}");
        assert_eq!(excerpt.text, "␛[31m\u{fffd}1␇");
        assert_eq!(&excerpt.text[excerpt.span], "1");
    }
}
