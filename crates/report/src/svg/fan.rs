//! How far runs spread over time: medians, with the bands in which half and nine tenths of the runs lie.

use super::canvas::{Anchor, Canvas, Hue, Ink};
use super::figure::Figure;
use super::scale::{Scale, tick};
use crate::text::{number, short, time};

/// Medians and bands over blocks.
#[derive(Clone, Debug)]
pub(crate) struct Fan {
    /// What the values are, with their unit.
    pub up: String,
    /// The series.
    pub series: Vec<Spread>,
}

/// How far the runs of one cell spread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    /// Its name.
    pub name: String,
    /// The block, how many runs have a value there, and the 5th, 25th, 50th, 75th and 95th percentile of these.
    pub points: Vec<(u64, u64, [f64; 5])>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 86.0;

/// Most marks that a reader can point at along one series.
const MARKS: usize = 24;

impl Fan {
    pub(super) fn svg(&self, figure: &Figure, ink: Ink) -> String {
        let names: Vec<String> = self.series.iter().map(|spread| spread.name.clone()).collect();
        let mut canvas = Canvas::new(WIDTH, 380.0, ink);
        let top = 8.0 + canvas.legend((LEFT, 0.0), WIDTH - 10.0, &names);
        let bottom = 330.0;
        let points = || self.series.iter().flat_map(|spread| &spread.points);
        let up = Scale::linear(points().flat_map(|(.., parts)| [parts[0], parts[4]]), bottom, top);
        let across = Scale::linear(points().map(|(block, ..)| *block as f64), LEFT, WIDTH - 14.0);
        for value in up.ticks(6) {
            canvas.line((LEFT, up.at(value)), (WIDTH - 14.0, up.at(value)), Hue::Grid, 1.0);
            canvas.text((LEFT - 8.0, up.at(value) + 4.0), Anchor::End, Hue::Soft, 12.0, &tick(value));
        }
        let ends = points().map(|(block, ..)| *block);
        if let (Some(first), Some(last)) = (ends.clone().min(), ends.max()) {
            for (block, anchor) in [(first, Anchor::Start), (last, Anchor::End)] {
                let place = (across.at(block as f64), bottom + 18.0);
                canvas.text(place, anchor, Hue::Soft, 12.0, &format!("block {block}, {} UTC", time(block)));
            }
        }
        canvas.line((LEFT, bottom), (WIDTH - 14.0, bottom), Hue::Soft, 1.0);
        canvas.upright((16.0, f64::midpoint(top, bottom)), &short(&self.up, 48));
        for (at, spread) in self.series.iter().enumerate() {
            let edge = |part: usize| {
                let place = move |(block, _, parts): &(u64, u64, [f64; 5])| {
                    (across.at(*block as f64), up.at(parts[part]))
                };
                spread.points.iter().map(place)
            };
            for (low, high, opacity) in [(0, 4, 0.12), (1, 3, 0.22)] {
                let band: Vec<(f64, f64)> = edge(low).chain(edge(high).rev()).collect();
                canvas.area(&band, Hue::Series(at), opacity);
            }
            let line: Vec<(f64, f64)> = edge(2).collect();
            canvas.path(&line, Hue::Series(at), 1.8, ["", "7 4", "2 3", "9 3 2 3"][at / 8 % 4]);
            for point in spread.points.iter().step_by(spread.points.len().div_ceil(MARKS).max(1)) {
                canvas.begin_mark(&told(spread, point), Some(point.2[2]));
                canvas.dot((across.at(point.0 as f64), up.at(point.2[2])), at);
                canvas.end_mark();
            }
        }
        canvas.finish(figure)
    }
}

fn told(spread: &Spread, (block, runs, parts): &(u64, u64, [f64; 5])) -> String {
    let name = if spread.name.is_empty() { String::new() } else { format!("{}, ", spread.name) };
    let [low, lower, median, upper, high] = parts.map(number);
    format!(
        "{name}block {block}: median {median}, half of {runs} runs in [{lower}, {upper}], nine tenths in [{low}, {high}]"
    )
}
