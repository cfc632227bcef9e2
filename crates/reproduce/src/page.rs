//! What the pages in `docs/experiments` hold of published tables, so that a page and its data agree.

use std::fmt::Write as _;

use crate::published::{Asked, Figure};
use crate::studies::STUDIES;
use crate::text::{escaped, shown, with_range};
use crate::{claims, editions};

/// A page, and what stands between its marks `<!-- table: NAME -->` and `<!-- end -->`.
#[derive(Debug)]
pub struct Page {
    /// Its file in `docs/experiments`.
    pub file: String,
    /// By the name of the mark.
    pub tables: Vec<(&'static str, String)>,
}

/// All pages with tables of what is published.
#[must_use]
pub fn pages() -> Vec<Page> {
    let claims = claims::answered();
    let tables = vec![("claims", claims::markdown(&claims)), ("reasons", claims::reasons(&claims))];
    let mut pages = vec![Page { file: "claims.md".into(), tables }];
    for study in STUDIES {
        let table = editions::named(study.name).map_or_else(String::new, |table| answers(table.in_order()));
        pages.push(Page { file: format!("{}.md", study.name), tables: vec![("answers", table)] });
    }
    pages
}

/// Answers, a table for each question: a column for each mechanism, rule or era, a row for each arm and measure.
fn answers<'a>(answers: impl Iterator<Item = (&'a Asked, &'a Figure, &'a str)>) -> String {
    let answers: Vec<_> = answers.collect();
    let mut text = String::new();
    for question in distinct(answers.iter().map(|(asked, ..)| asked.question.as_str())) {
        let asked: Vec<_> = answers.iter().filter(|(asked, ..)| asked.question == question).collect();
        let columns = distinct(asked.iter().map(|(asked, ..)| asked.mechanism.as_str()));
        let rows = distinct(asked.iter().map(|(asked, ..)| (asked.arm.as_str(), asked.measure.as_str())));
        let head: Vec<String> = columns.iter().map(|column| escaped(column)).collect();
        let _ = write!(text, "**{question}**\n\n| | | {} |\n|---|---|", head.join(" | "));
        let _ = writeln!(text, "{}", "---:|".repeat(columns.len()));
        for (arm, measure) in rows {
            let cell = |mechanism: &&str| {
                let found = asked.iter().find(|(asked, ..)| {
                    (asked.mechanism.as_str(), asked.arm.as_str(), asked.measure.as_str())
                        == (*mechanism, arm, measure)
                });
                found.map_or_else(String::new, |(_, figure, _)| with_range(figure, shown))
            };
            let cells: Vec<String> = columns.iter().map(cell).collect();
            let _ = writeln!(text, "| {} | {} | {} |", escaped(arm), escaped(measure), cells.join(" | "));
        }
        let means = distinct(asked.iter().map(|(_, _, range)| *range).filter(|range| !range.is_empty()));
        if !means.is_empty() {
            let counts =
                asked.iter().filter(|(_, figure, _)| figure.range.is_some()).map(|(_, figure, _)| figure.n);
            let (least, most) = counts.fold((usize::MAX, 0), |(low, high), n| (low.min(n), high.max(n)));
            let n = if least == most { least.to_string() } else { format!("{least} to {most}") };
            let _ = write!(text, "\nIn brackets: {}; n = {n}.\n", means.join("; "));
        }
        text.push('\n');
    }
    text
}

/// Each value once, in the order in which they first come.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

impl Page {
    /// The page's text with its tables as they should be.
    ///
    /// # Errors
    /// If a mark is missing.
    pub fn with_tables(&self, text: &str) -> Result<String, String> {
        let mut text = text.to_owned();
        for (name, table) in &self.tables {
            let (begin, end) = (format!("<!-- table: {name} -->\n"), "<!-- end -->");
            let missing = || format!("{}: no `{}` with `{end}` after it", self.file, begin.trim_end());
            let from = text.find(&begin).ok_or_else(missing)? + begin.len();
            let to = from + text[from..].find(end).ok_or_else(missing)?;
            text.replace_range(from..to, &format!("\n{}\n\n", table.trim_end()));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_between_its_marks() {
        let page = Page { file: "x.md".into(), tables: vec![("t", "| a |\n".into())] };
        let text = page.with_tables("before\n<!-- table: t -->\nold\n<!-- end -->\nafter\n").expect("marks");
        assert_eq!(text, "before\n<!-- table: t -->\n\n| a |\n\n<!-- end -->\nafter\n");
        assert_eq!(page.with_tables(&text).expect("marks"), text);
        assert!(page.with_tables("nothing").expect_err("no marks").contains("x.md: no `<!-- table: t -->`"));
    }
}
