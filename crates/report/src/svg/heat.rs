//! Values of two factors, each a shaded cell with its number.

use super::canvas::{Anchor, Canvas, Hue, Ink};
use super::figure::Figure;
use crate::text::short;

/// A table of shaded cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeatMap {
    /// What its columns are.
    pub across: String,
    /// What its rows are.
    pub down: String,
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows' names, from top to bottom.
    pub rows: Vec<String>,
    /// The cells, row by row.
    pub cells: Vec<Vec<Option<HeatCell>>>,
    /// How shades tell values.
    pub shades: Shades,
}

/// A cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeatCell {
    /// Its value, by which it is shaded.
    pub value: f64,
    /// What stands in it.
    pub text: String,
    /// What a reader who points at it is told.
    pub told: String,
}

/// How shades tell values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shades {
    /// From none at the lowest value to the darkest at the highest.
    #[default]
    Rising,
    /// From none at zero to the darkest at the size of the largest, above and below in two colours; sizes by their square root, so
    /// that small ones are seen beside large ones.
    FromZero,
}

const WIDTH: f64 = 960.0;

impl HeatMap {
    pub(super) fn svg(&self, figure: &Figure, ink: Ink) -> String {
        let (left, top, tall) = (210.0, 48.0, 30.0);
        let wide = ((WIDTH - left - 10.0) / self.columns.len().max(1) as f64).min(170.0);
        let most = (wide / 7.0) as usize;
        let mut canvas = Canvas::new(WIDTH, top + tall * self.rows.len() as f64 + 10.0, ink);
        let middle = left + wide * self.columns.len() as f64 / 2.0;
        canvas.text((middle, 14.0), Anchor::Middle, Hue::Soft, 12.0, &self.across);
        canvas.text((left - 10.0, top - 8.0), Anchor::End, Hue::Soft, 12.0, &short(&self.down, 28));
        for (at, name) in self.columns.iter().enumerate() {
            let x = left + wide * (at as f64 + 0.5);
            canvas.text((x, top - 8.0), Anchor::Middle, Hue::Ink, 12.0, &short(name, most.max(4)));
        }
        let values =
            || self.cells.iter().flatten().flatten().map(|cell| cell.value).filter(|value| value.is_finite());
        let (low, high) =
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        for ((at, name), cells) in self.rows.iter().enumerate().zip(&self.cells) {
            let y = top + tall * at as f64;
            canvas.text((left - 10.0, y + 19.0), Anchor::End, Hue::Ink, 12.0, &short(name, 30));
            for (column, cell) in cells.iter().enumerate() {
                let x = left + wide * column as f64;
                let Some(cell) = cell else {
                    canvas.text((x + wide / 2.0, y + 19.0), Anchor::Middle, Hue::Soft, 12.0, "–");
                    continue;
                };
                let shade = match self.shades {
                    Shades::Rising if high > low => (cell.value - low) / (high - low) * 0.75,
                    Shades::Rising => 0.0,
                    Shades::FromZero => {
                        let most = low.abs().max(high.abs());
                        let size = if most > 0.0 { (cell.value.abs() / most).sqrt() * 0.75 } else { 0.0 };
                        size * cell.value.signum()
                    }
                };
                canvas.begin_mark(&cell.told, Some(cell.value));
                canvas.rectangle((x + 1.0, y + 1.0), (wide - 2.0, tall - 2.0), Hue::Shade(shade), 1.0);
                canvas.text(
                    (x + wide / 2.0, y + 19.0),
                    Anchor::Middle,
                    Hue::Ink,
                    12.0,
                    &short(&cell.text, most.max(4)),
                );
                canvas.end_mark();
            }
        }
        canvas.finish(figure)
    }
}
