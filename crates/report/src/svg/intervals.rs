//! Values with intervals, a row for each case and a mark for each series.

use super::canvas::{Anchor, Canvas, Hue, Ink};
use super::figure::Figure;
use super::scale::{Scale, tick};
use crate::text::{number, or_dash, short};

/// Values with intervals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Intervals {
    /// What the axis shows, with its unit.
    pub axis: String,
    /// The series' names.
    pub series: Vec<String>,
    /// The rows, from top to bottom.
    pub rows: Vec<IntervalRow>,
    /// Whether a line stands at zero, which then is in the picture.
    pub zero: bool,
}

/// A row.
#[derive(Clone, Debug, Default)]
pub(crate) struct IntervalRow {
    /// Its name.
    pub name: String,
    /// A mark for each series.
    pub marks: Vec<Option<Mark>>,
}

/// A value with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    /// The value.
    pub value: f64,
    /// The interval, if there is one.
    pub interval: Option<(f64, f64)>,
}

const LEFT: f64 = 230.0;
const WIDTH: f64 = 960.0;

impl Intervals {
    pub(super) fn svg(&self, figure: &Figure, ink: Ink) -> String {
        let lane = if self.series.len() > 1 { 13.0 } else { 18.0 };
        let tall = |row: &IntervalRow| lane * row.marks.len().max(1) as f64 + 8.0;
        let names = 18.0
            * (1.0
                + self.series.iter().map(|name| 30.0 + 6.6 * name.chars().count() as f64).sum::<f64>()
                    / (WIDTH - LEFT))
                .floor();
        let top = if self.series.len() > 1 { names + 10.0 } else { 4.0 };
        let bottom = top + self.rows.iter().map(tall).sum::<f64>();
        let mut canvas = Canvas::new(WIDTH, bottom + 44.0, ink);
        canvas.legend((LEFT, 0.0), WIDTH, &self.series);
        let marks = || self.rows.iter().flat_map(|row| row.marks.iter().flatten());
        let ends = marks().flat_map(|mark| {
            let (low, high) = mark.interval.unwrap_or((mark.value, mark.value));
            [low, mark.value, high]
        });
        let scale = Scale::linear(ends.chain(self.zero.then_some(0.0)), LEFT, WIDTH - 24.0);
        for value in scale.ticks(7) {
            let x = scale.at(value);
            canvas.line((x, top), (x, bottom), Hue::Grid, 1.0);
            canvas.text((x, bottom + 16.0), Anchor::Middle, Hue::Soft, 12.0, &tick(value));
        }
        if scale.holds(0.0) && self.zero {
            canvas.line((scale.at(0.0), top), (scale.at(0.0), bottom), Hue::Soft, 1.5);
        }
        canvas.text((f64::midpoint(LEFT, WIDTH), bottom + 36.0), Anchor::Middle, Hue::Soft, 12.0, &self.axis);
        let mut y = top;
        for row in &self.rows {
            let middle = y + tall(row) / 2.0;
            canvas.text((LEFT - 12.0, middle + 4.0), Anchor::End, Hue::Ink, 12.0, &short(&row.name, 34));
            for (at, mark) in row.marks.iter().enumerate() {
                let Some(mark) = mark else { continue };
                let place = y + 4.0 + lane * (at as f64 + 0.5);
                let series = self.series.get(at).map_or("", String::as_str);
                canvas.begin_mark(&told(&row.name, series, mark), Some(mark.value));
                if let Some((low, high)) = mark.interval {
                    canvas.line((scale.at(low), place), (scale.at(high), place), Hue::Series(at), 2.0);
                    for end in [low, high] {
                        canvas.line(
                            (scale.at(end), place - 4.0),
                            (scale.at(end), place + 4.0),
                            Hue::Series(at),
                            1.5,
                        );
                    }
                }
                canvas.dot((scale.at(mark.value), place), at);
                canvas.end_mark();
            }
            y += tall(row);
        }
        canvas.finish(figure)
    }
}

fn told(name: &str, series: &str, mark: &Mark) -> String {
    let comma = if series.is_empty() { "" } else { ", " };
    let interval = mark
        .interval
        .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", number(low), or_dash(Some(high))));
    format!("{name}{comma}{series}: {}{interval}", number(mark.value))
}
