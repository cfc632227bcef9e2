//! The table as text: CSV for programs, Markdown for a pull request.

use std::fmt::Write as _;

use crate::number::{of_kind, percent};
use crate::table::{Comparison, Entry, Header, Likeness};
use dtao_files::table::{self, cell};
use dtao_metrics::kind::MetricKind;
use dtao_statistics::Interval;

/// A value with its sign.
fn signed(value: f64, kind: MetricKind) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", of_kind(value, kind))
}

/// What stands in a cell, line by line: the value, and of how many runs if some have none; the difference and per cent; the
/// interval of the difference.
#[must_use]
pub fn lines(entry: &Entry, kind: MetricKind) -> Vec<String> {
    let Entry { n, missing, .. } = entry;
    let of = if *missing > 0 { format!(" ({n} of {})", n + missing) } else { String::new() };
    let mut lines = vec![entry.mean.map_or_else(|| "-".into(), |mean| of_kind(mean, kind) + &of)];
    if let Some(difference) = entry.difference {
        let relative =
            entry.relative.map_or_else(String::new, |relative| format!(" ({})", percent(relative)));
        lines.push(if difference == 0.0 { "0".into() } else { signed(difference, kind) + &relative });
    }
    let interval = |Interval { low, high }| format!("{} to {}", signed(low, kind), signed(high, kind));
    lines.extend(entry.interval.map(interval));
    lines
}

/// A column's name, and what it is like.
#[must_use]
pub fn heading(header: &Header) -> Vec<String> {
    let like = header.like.as_ref().map(|(other, likeness)| match likeness {
        Likeness::Same => format!("= {other}"),
        Likeness::Rounding => format!("≈ {other}"),
    });
    std::iter::once(header.name.clone()).chain(like).collect()
}

/// What the marks in a heading mean, if there are any.
#[must_use]
pub fn legend(comparison: &Comparison) -> Vec<&'static str> {
    let has = |wanted: Likeness| {
        comparison.columns.iter().any(|column| column.like.as_ref().is_some_and(|(_, like)| *like == wanted))
    };
    let traced = comparison.traced;
    let same = if traced {
        "= every run has the same outcomes, and leaves the same pools, moving prices and accounts, to the rao"
    } else {
        "= every outcome of every run is the same, to the last bit"
    };
    let marks = [
        (Likeness::Same, same),
        (Likeness::Rounding, "≈ every outcome of every run is the same to six digits"),
    ];
    marks.into_iter().filter(|&(likeness, _)| has(likeness)).map(|(_, text)| text).collect()
}

/// What stands below the table: marks, notes, and the sentence.
#[must_use]
pub fn below(comparison: &Comparison) -> Vec<String> {
    let varies = comparison.rows.iter().flat_map(|row| &row.entries).any(|entry| entry.interval.is_some());
    let intervals = varies.then(|| "Intervals: 95 %, of the mean difference, paired by seed.".to_owned());
    let legend = legend(comparison).into_iter().map(str::to_owned);
    legend.chain(intervals).chain(comparison.notes.iter().cloned()).collect()
}

/// One row for each outcome; for each column its mean, and except for the first the difference, per cent and interval.
///
/// Numbers are the shortest that read back as the same.
#[must_use]
pub fn csv(comparison: &Comparison) -> String {
    let mut columns = vec!["outcome".to_owned(), "kind".to_owned()];
    for (at, Header { name, .. }) in comparison.columns.iter().enumerate() {
        columns.extend([name.clone(), format!("{name}: n")]);
        if at > 0 {
            columns.extend(["difference", "per cent", "low", "high"].map(|what| format!("{name}: {what}")));
        }
    }
    let rows = comparison.rows.iter().map(|row| {
        let mut cells = vec![row.outcome.clone(), row.kind.name().to_owned()];
        for (at, entry) in row.entries.iter().enumerate() {
            cells.extend([cell(entry.mean), entry.n.to_string()]);
            if at > 0 {
                let percent = entry.relative.map(|relative| 100.0 * relative);
                let (low, high) = (entry.interval.map(|of| of.low), entry.interval.map(|of| of.high));
                cells.extend([entry.difference, percent, low, high].map(cell));
            }
        }
        cells
    });
    table::csv(columns, rows)
}

/// A table for a pull request, with what is below it.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let plain = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
    let joined = |lines: Vec<String>| lines.iter().map(|line| plain(line)).collect::<Vec<_>>().join("<br>");
    let mut text = format!("**{}**\n\n| outcome |", plain(&comparison.about));
    for column in &comparison.columns {
        let _ = write!(text, " {} |", joined(heading(column)));
    }
    text += "\n|---|";
    text += &"---:|".repeat(comparison.columns.len());
    text.push('\n');
    for row in &comparison.rows {
        let _ = write!(text, "| `{}` |", plain(&row.outcome));
        for entry in &row.entries {
            let _ = write!(text, " {} |", joined(lines(entry, row.kind)));
        }
        text.push('\n');
    }
    text.push('\n');
    for line in below(comparison) {
        let _ = writeln!(text, "- {}", plain(&line));
    }
    let _ = writeln!(text, "\n{}", plain(&comparison.sentence));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Row;

    fn comparison() -> Comparison {
        let own = Entry { n: 2, missing: 1, mean: Some(0.25), ..Entry::default() };
        let interval = Some(Interval { low: -0.5, high: 0.25 });
        let other = Entry {
            mean: Some(0.125),
            difference: Some(-0.125),
            relative: Some(-0.5),
            interval,
            missing: 0,
            ..own
        };
        let same = Entry { difference: Some(0.0), relative: Some(0.0), interval: None, ..own };
        Comparison {
            about: "a scenario".into(),
            runs: 6,
            failed: 0,
            columns: vec![
                Header { name: "own".into(), like: None },
                Header { name: "TaoFlow(a: 1, b|c)".into(), like: None },
                Header { name: "again".into(), like: Some(("own".into(), Likeness::Same)) },
            ],
            rows: vec![Row {
                outcome: "emission.hhi".into(),
                about: String::new(),
                kind: MetricKind::Share,
                entries: vec![own, other, same],
            }],
            notes: vec!["A note.".into()],
            traced: true,
            sentence: "A sentence.".into(),
        }
    }

    #[test]
    fn csv_has_a_column_for_each_number() {
        let expected = "outcome,kind,own,own: n,\"TaoFlow(a: 1, b|c)\",\"TaoFlow(a: 1, b|c): n\",\
            \"TaoFlow(a: 1, b|c): difference\",\"TaoFlow(a: 1, b|c): per cent\",\"TaoFlow(a: 1, b|c): low\",\
            \"TaoFlow(a: 1, b|c): high\",again,again: n,again: difference,again: per cent,again: low,again: high\n\
            emission.hhi,share,0.25,2,0.125,2,-0.125,-50,-0.5,0.25,0.25,2,0,0,,\n";
        assert_eq!(csv(&comparison()), expected);
    }

    #[test]
    fn markdown_is_one_table_with_what_is_below_it() {
        let expected = "**a scenario**\n\n\
            | outcome | own | TaoFlow(a: 1, b\\|c) | again<br>= own |\n\
            |---|---:|---:|---:|\n\
            | `emission.hhi` | 0.2500 (2 of 3) | 0.1250<br>-0.1250 (-50.0 %)<br>-0.5000 to +0.2500 | 0.2500 (2 of 3)<br>0 |\n\n\
            - = every run has the same outcomes, and leaves the same pools, moving prices and accounts, to the rao\n\
            - Intervals: 95 %, of the mean difference, paired by seed.\n\
            - A note.\n\n\
            A sentence.\n";
        assert_eq!(markdown(&comparison()), expected);
    }
}
