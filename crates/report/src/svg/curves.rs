//! Values along one factor, with intervals.

use super::canvas::{Anchor, Canvas, Hue, Ink};
use super::figure::Figure;
use super::intervals::Mark;
use super::scale::{Scale, tick};
use crate::text::{number, short};

/// Values along a factor.
#[derive(Clone, Debug)]
pub(crate) struct Curves {
    /// The factor.
    pub across: String,
    /// What the values are, with their unit.
    pub up: String,
    /// Where they lie.
    pub positions: Positions,
    /// The series.
    pub series: Vec<Curve>,
    /// Whether a series' values are connected.
    pub connected: bool,
}

/// Where values lie along a factor.
#[derive(Clone, Debug)]
pub(crate) enum Positions {
    /// At numbers.
    Numbers,
    /// At names, in this order; a value's position is the number of its name.
    Names(Vec<String>),
}

/// A series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Curve {
    /// Its name.
    pub name: String,
    /// Positions and values.
    pub points: Vec<(f64, Mark)>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 86.0;

impl Curves {
    pub(super) fn svg(&self, figure: &Figure, ink: Ink) -> String {
        let names: Vec<String> = self.series.iter().map(|curve| curve.name.clone()).collect();
        let mut canvas = Canvas::new(WIDTH, 380.0, ink);
        let top = 8.0 + canvas.legend((LEFT, 0.0), WIDTH - 10.0, &names);
        let bottom = 330.0;
        let points = || self.series.iter().flat_map(|curve| &curve.points);
        let ends = points().flat_map(|(_, mark)| {
            let (low, high) = mark.interval.unwrap_or((mark.value, mark.value));
            [low, mark.value, high]
        });
        let up = Scale::linear(ends, bottom, top);
        let places = || points().map(|(position, _)| *position);
        let (least, most) =
            (places().fold(f64::INFINITY, f64::min), places().fold(f64::NEG_INFINITY, f64::max));
        let across = match &self.positions {
            Positions::Names(names) => Scale::exact(-0.5, names.len() as f64 - 0.5, LEFT, WIDTH - 14.0),
            // Factors that span more than a decade and a half are mostly chosen by their ratios.
            Positions::Numbers if least > 0.0 && most / least > 30.0 => {
                Scale::log(places(), LEFT, WIDTH - 14.0)
            }
            Positions::Numbers => Scale::linear(places(), LEFT, WIDTH - 14.0),
        };
        for value in up.ticks(6) {
            canvas.line((LEFT, up.at(value)), (WIDTH - 14.0, up.at(value)), Hue::Grid, 1.0);
            canvas.text((LEFT - 8.0, up.at(value) + 4.0), Anchor::End, Hue::Soft, 12.0, &tick(value));
        }
        match &self.positions {
            Positions::Names(names) => {
                let room = ((WIDTH - LEFT) / names.len().max(1) as f64 / 6.8) as usize;
                for (at, name) in names.iter().enumerate() {
                    canvas.text(
                        (across.at(at as f64), bottom + 18.0),
                        Anchor::Middle,
                        Hue::Soft,
                        12.0,
                        &short(name, room.max(3)),
                    );
                }
            }
            Positions::Numbers => {
                for value in across.ticks(8) {
                    canvas.text(
                        (across.at(value), bottom + 18.0),
                        Anchor::Middle,
                        Hue::Soft,
                        12.0,
                        &tick(value),
                    );
                }
            }
        }
        canvas.line((LEFT, bottom), (WIDTH - 14.0, bottom), Hue::Soft, 1.0);
        canvas.text((f64::midpoint(LEFT, WIDTH), 372.0), Anchor::Middle, Hue::Soft, 12.0, &self.across);
        canvas.upright((16.0, f64::midpoint(top, bottom)), &short(&self.up, 48));
        for (series, curve) in self.series.iter().enumerate() {
            // Beside each other, so that intervals of one position do not hide each other.
            let aside = (series as f64 - (self.series.len() as f64 - 1.0) / 2.0) * 7.0;
            let place = |(position, mark): &(f64, Mark)| (across.at(*position) + aside, up.at(mark.value));
            if self.connected {
                let line: Vec<(f64, f64)> = curve.points.iter().map(place).collect();
                let dash = ["", "7 4", "2 3", "9 3 2 3"][series / 8 % 4];
                canvas.path(&line, Hue::Series(series), 1.6, dash);
            }
            for point in &curve.points {
                let (x, y) = place(point);
                canvas.begin_mark(&self.told(curve, point), Some(point.1.value));
                if let Some((low, high)) = point.1.interval {
                    canvas.line((x, up.at(low)), (x, up.at(high)), Hue::Series(series), 1.6);
                    for end in [low, high] {
                        canvas.line((x - 4.0, up.at(end)), (x + 4.0, up.at(end)), Hue::Series(series), 1.6);
                    }
                }
                canvas.dot((x, y), series);
                canvas.end_mark();
            }
        }
        canvas.finish(figure)
    }

    fn told(&self, curve: &Curve, (position, mark): &(f64, Mark)) -> String {
        let at = match &self.positions {
            Positions::Names(names) => names.get(*position as usize).cloned().unwrap_or_default(),
            Positions::Numbers => tick(*position),
        };
        let name = if curve.name.is_empty() { String::new() } else { format!("{}, ", curve.name) };
        let interval = mark
            .interval
            .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", number(low), number(high)));
        format!("{name}{} = {at}: {}{interval}", self.across, number(mark.value))
    }
}
