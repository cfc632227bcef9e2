//! A report as text: the sentence, a small chart and the table, as wide as the terminal.

mod along;
mod grid;

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};

pub use self::grid::grid;
use crate::page::{Item, Page};
use crate::plot::plot;
use crate::svg::figure::{Content, Figure, SeriesChart};
use crate::svg::{Drawing, HeatMap, IntervalRow, Intervals, Mark, Tornado};
use crate::text::{number, short, shown, time};

/// Most rows of a table.
const ROWS: usize = 24;

/// Rows of a chart, less one.
const TALL: usize = 8;

/// The page as text of at most so many columns, without colours.
pub(crate) fn text(page: &Page, width: usize) -> String {
    let width = width.clamp(20, 400);
    let mut parts = vec![wrapped(&shown(&page.verdict), width)];
    let mut tables = 0;
    for (at, section) in page.sections.iter().enumerate() {
        for item in &section.items {
            match item {
                Item::Figure(figure) if at == 0 => parts.push(chart(figure, page.netuid, width)),
                Item::Table(table) if tables == 0 => {
                    tables += 1;
                    parts.push(grid(table, width, ROWS));
                }
                Item::Note(note) if at == 0 => parts.push(wrapped(&shown(note), width)),
                _ => {}
            }
        }
    }
    joined(parts)
}

/// The sentence and the first chart.
pub(crate) fn sight(page: &Page, width: usize) -> String {
    let width = width.clamp(20, 400);
    let mut first = page.sections.first().into_iter().flat_map(|section| &section.items);
    let figure = first.find_map(|item| if let Item::Figure(figure) = item { Some(figure) } else { None });
    let chart = figure.map_or_else(String::new, |figure| chart(figure, page.netuid, width));
    joined(vec![wrapped(&shown(&page.verdict), width), chart])
}

/// Parts below each other, with an empty line between them.
fn joined(mut parts: Vec<String>) -> String {
    parts.retain(|part| !part.trim().is_empty());
    let text = parts.join("\n\n");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn chart(figure: &Figure, netuid: Option<u16>, width: usize) -> String {
    match &figure.content {
        Content::Series(chart) => series(chart, netuid, width),
        Content::Drawing(Drawing::Intervals(drawing)) => intervals(drawing, width),
        Content::Drawing(Drawing::Heat(drawing)) => heat(drawing, &figure.title, width),
        Content::Drawing(Drawing::Tornado(drawing)) => tornado(drawing, width),
        Content::Drawing(Drawing::Curves(drawing)) => intervals(&along::rows(drawing), width),
        // They are never the first of a page.
        Content::Drawing(Drawing::Fan(_) | Drawing::Histogram(_)) => String::new(),
    }
}

/// The first line of a chart over time.
fn series(chart: &SeriesChart, netuid: Option<u16>, width: usize) -> String {
    let Some(line) = chart.lines.iter().find(|line| line.netuid.is_none() || line.netuid == netuid) else {
        return String::new();
    };
    let points = &line.series.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let places: Vec<(u64, f64)> = points.iter().map(|point| (u64::from(point.block), point.value)).collect();
    let drawn = plot(&places, TALL, width);
    if drawn.is_empty() {
        return String::new();
    }
    let of = netuid.map_or_else(String::new, |netuid| format!(" of subnet {netuid}"));
    let caption = format!(
        "{}{of}, {}; {} to {} UTC",
        shown(&line.name),
        shown(&chart.left),
        time(u64::from(first.block)),
        time(u64::from(last.block))
    );
    format!("{drawn}\n{}", wrapped(&caption, width))
}

/// A row for each mark: a line for the interval, `●` for the value.
fn intervals(drawing: &Intervals, width: usize) -> String {
    let marks = || drawing.rows.iter().flat_map(|row| row.marks.iter().flatten());
    // A mean may lie outside of its interval.
    let ends = || {
        marks().flat_map(|mark| {
            let (low, high) = mark.interval.unwrap_or((mark.value, mark.value));
            [mark.value, low, high]
        })
    };
    let (low, high) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    if low > high || marks().next().is_none() {
        return String::new();
    }
    let names = (width / 3).clamp(8, 28);
    let room = width.saturating_sub(names + 14).max(6);
    let at = |value: f64| {
        if high > low {
            ((value - low) / (high - low) * (room as f64 - 1.0)).round() as usize
        } else {
            room / 2
        }
    };
    let mut lines = Vec::new();
    for row in &drawing.rows {
        for (series, mark) in
            row.marks.iter().enumerate().filter_map(|(series, mark)| Some((series, (*mark)?)))
        {
            if lines.len() >= ROWS {
                break;
            }
            let mut bar = vec![' '; room];
            if let Some((low, high)) = mark.interval {
                bar[at(low)..=at(high)].fill('─');
            }
            bar[at(mark.value)] = '●';
            let name = if drawing.series.len() > 1 {
                format!("{} {}", row.name, drawing.series[series])
            } else {
                row.name.clone()
            };
            let bar: String = bar.into_iter().collect();
            lines.push(
                format!("{:<names$} {bar} {:>11}", short(&name, names), number(mark.value))
                    .trim_end()
                    .to_owned(),
            );
        }
    }
    format!(
        "{}\n{}",
        lines.join("\n"),
        wrapped(&format!("{}, from {} to {}", shown(&drawing.axis), number(low), number(high)), width)
    )
}

/// A name, a value, and its interval if there is one.
pub type NamedValue = (String, f64, Option<(f64, f64)>);

/// Values with their intervals by name, a row for each, in at most so many columns; empty if there are none.
#[must_use]
pub fn interval_bars(rows: &[NamedValue], axis: &str, width: usize) -> String {
    let row = |(name, value, interval): &NamedValue| IntervalRow {
        name: name.clone(),
        marks: vec![Some(Mark { value: *value, interval: *interval })],
    };
    let drawing = Intervals {
        axis: axis.to_owned(),
        series: vec![String::new()],
        rows: rows.iter().map(row).collect(),
        zero: true,
    };
    intervals(&drawing, width.clamp(20, 400))
}

/// A matrix.
fn heat(drawing: &HeatMap, title: &str, width: usize) -> String {
    let mut grid = fitted(width);
    let corner = if drawing.down.is_empty() {
        String::new()
    } else {
        format!("{} \\ {}", drawing.down, drawing.across)
    };
    grid.set_header(std::iter::once(shown(&corner)).chain(drawing.columns.iter().map(|name| shown(name))));
    for (name, cells) in drawing.rows.iter().zip(&drawing.cells).take(ROWS) {
        let cells =
            cells.iter().map(|cell| cell.as_ref().map_or_else(|| "-".into(), |cell| shown(&cell.text)));
        grid.add_row(std::iter::once(shown(name)).chain(cells));
    }
    align(&mut grid, 1);
    // Its corner names the factors; without one down, what is across says what is shown.
    let caption = if drawing.down.is_empty() { &drawing.across } else { title };
    let caption = wrapped(&shown(caption), width);
    joined(vec![grid.trim_fmt(), caption]).trim_end().to_owned()
}

/// A bar for each factor.
fn tornado(drawing: &Tornado, width: usize) -> String {
    let bars =
        || drawing.factors.iter().filter_map(|(name, bars)| Some((name, bars.first().copied().flatten()?)));
    let most = bars().map(|(_, bar)| bar.value.abs()).fold(0.0, f64::max);
    let names = (width / 3).clamp(8, 24);
    let room = width.saturating_sub(names + 34).max(6) as f64;
    let lines = bars().take(ROWS).map(|(name, bar)| {
        let length = if most > 0.0 { (bar.value.abs() / most * room).round() as usize } else { 0 };
        let interval = bar
            .interval
            .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", number(low), number(high)));
        format!("{:<names$} {} {}{interval}", short(name, names), "█".repeat(length), number(bar.value))
    });
    let index = drawing.indices.first().map_or("", String::as_str);
    format!(
        "{}\n{}",
        lines.collect::<Vec<_>>().join("\n"),
        wrapped(&format!("{index}: {}", drawing.axis), width)
    )
}

fn fitted(width: usize) -> Grid {
    let mut grid = Grid::new();
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    grid.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    grid
}

fn align(grid: &mut Grid, right_from: usize) {
    for at in right_from..grid.column_count() {
        if let Some(column) = grid.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A text in lines of at most so many characters, broken between words.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Row, Table};

    fn page() -> Page {
        let mark = |value: f64| Some(Mark { value, interval: Some((value - 1.0, value + 2.0)) });
        let rows = vec![
            IntervalRow { name: "baseline".into(), marks: vec![mark(1.0)] },
            IntervalRow { name: "other \u{1b}[2J".into(), marks: vec![mark(4.0)] },
        ];
        let figure = Figure {
            id: "x".into(),
            title: String::new(),
            description: String::new(),
            content: Content::Drawing(Drawing::Intervals(Intervals {
                axis: "gain, TAO".into(),
                series: vec!["mean".into()],
                rows,
                zero: false,
            })),
        };
        let table = Table {
            columns: vec!["metric".into(), "value".into()],
            texts: 1,
            rows: vec![Row::of(["a metric with a long name that has to be broken somewhere", "1.5"])],
            ..Table::default()
        };
        let mut page =
            Page { verdict: "What it came to, in a sentence of some length.".into(), ..Page::default() };
        page.section("", String::new(), vec![Item::Figure(figure)]);
        page.section("", String::new(), vec![Item::Table(table)]);
        page
    }

    #[test]
    fn a_report_fits_terminals_of_any_width() {
        for width in [40, 80, 160] {
            let text = text(&page(), width);
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width), "{width}: {widest:?}\n{text}");
            assert!(
                text.contains('●') && text.contains("1.5") && text.contains("gain, TAO, from 0 to 6"),
                "{text}"
            );
        }
    }

    #[test]
    fn values_with_their_intervals_are_bars_of_any_width() {
        let rows = [("one".to_owned(), 1.0, Some((0.0, 2.0))), ("two".to_owned(), 3.0, None)];
        for width in [40, 80, 160] {
            let text = interval_bars(&rows, "TAO", width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            assert!(text.contains('─') && text.contains("TAO, from 0 to 3"), "{text}");
        }
        assert_eq!(interval_bars(&[], "TAO", 80), "");
    }

    #[test]
    fn a_terminal_is_told_nothing_that_it_would_obey() {
        let text = text(&page(), 80);
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
    }
}
