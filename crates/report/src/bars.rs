//! The end of a comparison in a terminal: what differs most, as bars.

use dtao_compare::number::percent;
use dtao_compare::{Comparison, Header, Row};

use crate::terminal::wrapped;
use crate::text::{short, shown};

/// Most bars.
const MOST: usize = 12;

/// Relative differences to the first column, as bars from a line in the middle, in at most so many columns, but no less than 40: of the
/// outcomes that differ most, as many as are twelve bars. Empty if nothing differs by a known per cent.
#[must_use]
pub fn differences(comparison: &Comparison, width: usize) -> String {
    let width = width.clamp(40, 400);
    let Some((base, others)) = comparison.columns.split_first() else { return String::new() };
    let mut rows: Vec<(f64, &Row)> =
        comparison.rows.iter().map(|row| (largest(row), row)).filter(|(size, _)| *size > 0.0).collect();
    let differing = rows.len();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    rows.truncate((MOST / others.len().max(1)).max(1));
    let Some(&(largest, _)) = rows.first() else { return String::new() };

    let outcomes = longest(rows.iter().map(|(_, row)| row.outcome.as_str())).min(width / 4);
    // The only other column is in the caption.
    let named: &[Header] = if others.len() > 1 { others } else { &[] };
    let rules = longest(named.iter().map(|column| column.name.as_str())).min(width / 4);
    let side = (width.saturating_sub(outcomes + rules + 17) / 2).clamp(2, 40);
    let mut lines = Vec::new();
    for (_, row) in &rows {
        let mut name = short(&row.outcome, outcomes);
        for (column, entry) in others.iter().zip(row.entries.iter().skip(1)) {
            let Some(relative) = entry.relative else { continue };
            let outcome = std::mem::take(&mut name);
            let length = (relative.abs().min(largest) / largest * side as f64).round() as usize;
            let bar = "█".repeat(length);
            let (left, right) = if relative < 0.0 { (bar.as_str(), "") } else { ("", bar.as_str()) };
            let rule = if named.is_empty() { String::new() } else { short(&column.name, rules) };
            let unsure = if entry.telling || relative == 0.0 { "" } else { " ?" };
            let told = match relative {
                99.99.. => "> +9999 %".into(),
                ..=-99.99 => "< -9999 %".into(),
                _ => percent(relative),
            };
            let told = format!("{told}{unsure}");
            lines
                .push(format!("{outcome:<outcomes$} {rule:<rules$} {left:>side$}│{right:<side$} {told:>11}"));
        }
    }
    let some = if rows.len() < differing {
        format!("; of {differing} outcomes that differ, those that differ most")
    } else {
        String::new()
    };
    let beyond =
        |row: &Row| row.entries.iter().filter_map(|entry| entry.relative).any(|size| size.abs() > 1.0);
    let ends = if rows.iter().any(|(_, row)| beyond(row)) { "; a bar ends at 100 %" } else { "" };
    let only = if named.is_empty() { others.first() } else { None };
    let only = only.map_or_else(String::new, |column| format!("{}: ", shown(&column.name)));
    let base = shown(&base.name);
    let from_zero = |row: &&Row| {
        let mut entries = row.entries.iter().skip(1);
        entries.any(|entry| entry.relative.is_none() && entry.difference.is_some_and(|by| by != 0.0))
    };
    let zeros = comparison.rows.iter().filter(from_zero).count();
    let zeros = if zeros > 0 { format!("; without {zeros} that differ from 0") } else { String::new() };
    let caption = format!("{only}difference to {base} in per cent of its value{some}{ends}{zeros}");
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n") + "\n" + &wrapped(&caption, width)
}

/// The largest relative difference of an outcome; what more than doubles counts as doubled, so that no bar hides the others.
fn largest(row: &Row) -> f64 {
    let sizes = row.entries.iter().skip(1).filter_map(|entry| entry.relative).map(f64::abs);
    sizes.fold(0.0, f64::max).min(1.0)
}

fn longest<'n>(names: impl Iterator<Item = &'n str>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use dtao_compare::Entry;
    use dtao_metrics::kind::MetricKind;

    use super::*;

    fn entry(relative: f64, telling: bool) -> Entry {
        Entry {
            n: 2,
            missing: 0,
            mean: Some(1.0 + relative),
            difference: Some(relative),
            relative: Some(relative),
            interval: None,
            telling,
        }
    }

    fn comparison(columns: &[&str], rows: &[(&str, &[f64])]) -> Comparison {
        let header = |name: &&str| Header { name: (*name).into(), like: None };
        let row = |(outcome, values): &(&str, &[f64])| Row {
            outcome: (*outcome).into(),
            about: String::new(),
            kind: MetricKind::Share,
            entries: std::iter::once(0.0)
                .chain(values.iter().copied())
                .map(|value| entry(value, true))
                .collect(),
        };
        Comparison {
            about: String::new(),
            runs: 0,
            failed: 0,
            columns: columns.iter().map(header).collect(),
            rows: rows.iter().map(row).collect(),
            notes: vec![],
            traced: true,
            sentence: String::new(),
        }
    }

    #[test]
    fn bars_are_as_long_as_their_differences_and_those_that_differ_most_come_first() {
        let made = comparison(
            &["Own", "Other"],
            &[("alike", &[0.0]), ("little", &[-0.1]), ("half", &[0.2]), ("most", &[-0.4])],
        );
        let text = differences(&made, 80);
        let lines: Vec<&str> = text.lines().collect();
        let bar = |line: &str| line.chars().filter(|c| *c == '█').count();
        assert_eq!(lines.len(), 4, "{text}");
        let (most, half, little) = (bar(lines[0]), bar(lines[1]), bar(lines[2]));
        assert!(most > 10 && most.abs_diff(2 * half) <= 1 && most.abs_diff(4 * little) <= 2, "{text}");
        assert!(
            lines[0].starts_with("most") && lines[0].contains("█│") && lines[0].ends_with("-40.0 %"),
            "{text}"
        );
        assert!(lines[1].contains("│█") && lines[1].ends_with("+20.0 %"), "{text}");
        assert!(lines[3].starts_with("Other: difference to Own"), "{text}");
    }

    #[test]
    fn of_many_as_many_are_drawn_as_fit_and_the_caption_says_so() {
        let names: Vec<String> = (0..40).map(|number| format!("outcome {number}")).collect();
        let values: Vec<[f64; 3]> = (0..40).map(|number| [f64::from(number), -0.01, 0.02]).collect();
        let rows: Vec<(&str, &[f64])> =
            names.iter().zip(&values).map(|(name, values)| (name.as_str(), &values[..])).collect();
        let made = comparison(&["Own", "A", "A rule with a long name and numbers", "C"], &rows);
        for width in [40, 80, 160] {
            let text = differences(&made, width);
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width), "{width}: {widest:?}\n{text}");
            assert!(text.lines().count() >= 13 && text.contains("of 40 outcomes"), "{text}");
        }
    }

    #[test]
    fn where_chance_may_explain_it_a_mark_says_so_and_nothing_is_drawn_where_nothing_differs() {
        let mut made = comparison(&["Own", "Other"], &[("price", &[0.5])]);
        made.rows[0].entries[1].telling = false;
        assert!(differences(&made, 80).contains("+50.0 % ?"));
        assert_eq!(differences(&comparison(&["Own", "Other"], &[("price", &[0.0])]), 80), "");
        let mut made = comparison(&["Own", "Other"], &[("price", &[1_234.0]), ("gain", &[0.5])]);
        made.rows[1].entries[1].relative = None;
        let text = differences(&made, 40);
        assert!(text.contains("> +9999 %") && text.contains("without") && !text.contains("gain"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert_eq!(differences(&comparison(&["Own"], &[("price", &[])]), 80), "");
    }
}
