//! Which factors move an outcome: a bar for each, the longest on top.

use super::canvas::{Anchor, Canvas, Hue, Ink};
use super::figure::Figure;
use super::scale::{Scale, tick};
use crate::text::{number, short};

/// Bars of factors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tornado {
    /// What the axis shows.
    pub axis: String,
    /// The indices' names, the one that the bars are in the order of first.
    pub indices: Vec<String>,
    /// The factors with a bar for each index.
    pub factors: Vec<(String, Vec<Option<Bar>>)>,
}

/// An index with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    /// The estimate.
    pub value: f64,
    /// Its interval, if there is one.
    pub interval: Option<(f64, f64)>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 200.0;

impl Tornado {
    /// Puts the factors with the largest first index on top.
    pub fn sorted(mut self) -> Self {
        let size = |bars: &[Option<Bar>]| {
            bars.first().copied().flatten().map_or(f64::NEG_INFINITY, |bar| bar.value.abs())
        };
        self.factors.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)));
        self
    }

    pub(super) fn svg(&self, figure: &Figure, ink: Ink) -> String {
        let thick = 14.0;
        let tall = thick * self.indices.len().max(1) as f64 + 12.0;
        let top = if self.indices.len() > 1 { 28.0 } else { 6.0 };
        let bottom = top + tall * self.factors.len() as f64;
        let mut canvas = Canvas::new(WIDTH, bottom + 42.0, ink);
        canvas.legend((LEFT, 0.0), WIDTH, &self.indices);
        let bars = || self.factors.iter().flat_map(|(_, bars)| bars.iter().flatten());
        let ends = bars().flat_map(|bar| {
            let (low, high) = bar.interval.unwrap_or((bar.value, bar.value));
            [low, bar.value, high]
        });
        let scale = Scale::linear(ends.chain([0.0]), LEFT, WIDTH - 20.0);
        for value in scale.ticks(7) {
            canvas.line((scale.at(value), top), (scale.at(value), bottom), Hue::Grid, 1.0);
            canvas.text((scale.at(value), bottom + 16.0), Anchor::Middle, Hue::Soft, 12.0, &tick(value));
        }
        canvas.line((scale.at(0.0), top), (scale.at(0.0), bottom), Hue::Soft, 1.2);
        canvas.text((f64::midpoint(LEFT, WIDTH), bottom + 36.0), Anchor::Middle, Hue::Soft, 12.0, &self.axis);
        for (row, (factor, bars)) in self.factors.iter().enumerate() {
            let y = top + tall * row as f64 + 6.0;
            canvas.text((LEFT - 10.0, y + tall / 2.0 - 2.0), Anchor::End, Hue::Ink, 12.0, &short(factor, 28));
            for (at, bar) in bars.iter().enumerate() {
                let Some(bar) = bar else { continue };
                let y = y + thick * at as f64;
                let (left, right) = (scale.at(bar.value.min(0.0)), scale.at(bar.value.max(0.0)));
                let index = self.indices.get(at).map_or("", String::as_str);
                let interval = bar
                    .interval
                    .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", number(low), number(high)));
                canvas.begin_mark(
                    &format!("{factor}, {index}: {}{interval}", number(bar.value)),
                    Some(bar.value),
                );
                canvas.rectangle((left, y + 1.0), (right - left, thick - 2.0), Hue::Series(at), 0.6);
                if let Some((low, high)) = bar.interval {
                    let middle = y + thick / 2.0;
                    canvas.line((scale.at(low), middle), (scale.at(high), middle), Hue::Ink, 1.4);
                    for end in [low, high] {
                        canvas.line(
                            (scale.at(end), middle - 3.0),
                            (scale.at(end), middle + 3.0),
                            Hue::Ink,
                            1.4,
                        );
                    }
                }
                canvas.end_mark();
            }
        }
        canvas.finish(figure)
    }
}
