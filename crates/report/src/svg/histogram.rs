//! How often values come up, a panel for each arm over one axis.

use super::canvas::{Anchor, Canvas, Hue, Ink};
use super::figure::Figure;
use super::scale::{Scale, tick};
use crate::text::{number, short};

/// Distributions over one axis.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    /// What the axis shows, with its unit.
    pub axis: String,
    /// A name and values for each panel.
    pub panels: Vec<(String, Vec<f64>)>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;

impl Histogram {
    pub(super) fn svg(&self, figure: &Figure, ink: Ink) -> String {
        let tall = if self.panels.len() > 6 { 44.0 } else { 70.0 };
        let bottom = 6.0 + tall * self.panels.len() as f64;
        let mut canvas = Canvas::new(WIDTH, bottom + 42.0, ink);
        let all = || self.panels.iter().flat_map(|(_, values)| values.iter().copied());
        let across = Scale::linear(all(), LEFT, WIDTH - 20.0);
        for value in across.ticks(8) {
            canvas.line((across.at(value), 6.0), (across.at(value), bottom), Hue::Grid, 1.0);
            canvas.text((across.at(value), bottom + 16.0), Anchor::Middle, Hue::Soft, 12.0, &tick(value));
        }
        canvas.text((f64::midpoint(LEFT, WIDTH), bottom + 36.0), Anchor::Middle, Hue::Soft, 12.0, &self.axis);
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        for (panel, (name, values)) in self.panels.iter().enumerate() {
            let base = 6.0 + tall * (panel as f64 + 1.0) - 6.0;
            canvas.text((LEFT - 10.0, base - 14.0), Anchor::End, Hue::Ink, 12.0, &short(name, 28));
            canvas.text((LEFT - 10.0, base), Anchor::End, Hue::Soft, 11.0, &format!("{} runs", values.len()));
            canvas.line((LEFT, base), (WIDTH - 20.0, base), Hue::Soft, 1.0);
            let bins = bins(values, low, high);
            let most = bins.iter().copied().max().unwrap_or(0).max(1) as f64;
            let step = (high - low) / bins.len() as f64;
            for (at, &count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
                let (from, to) = (low + step * at as f64, low + step * (at as f64 + 1.0));
                let (left, right) = if high > low {
                    (across.at(from), across.at(to))
                } else {
                    (across.at(low) - 6.0, across.at(low) + 6.0)
                };
                let height = (tall - 20.0) * count as f64 / most;
                canvas.begin_mark(
                    &format!(
                        "{name}: {count} of {} runs from {} to {}",
                        values.len(),
                        number(from),
                        number(to)
                    ),
                    Some(count as f64),
                );
                canvas.rectangle(
                    (left + 0.5, base - height),
                    (right - left - 1.0, height),
                    Hue::Series(panel),
                    0.55,
                );
                canvas.end_mark();
            }
            if let Some(median) = median(values) {
                canvas.begin_mark(&format!("{name}: median {}", number(median)), Some(median));
                canvas.line(
                    (across.at(median), base + 3.0),
                    (across.at(median), base - tall + 18.0),
                    Hue::Ink,
                    2.0,
                );
                canvas.end_mark();
            }
        }
        canvas.finish(figure)
    }
}

/// How many values lie in each of equal parts of a range.
fn bins(values: &[f64], low: f64, high: f64) -> Vec<usize> {
    let number = ((values.len() as f64).sqrt().ceil() as usize).clamp(8, 48);
    let mut bins = vec![0; if high > low { number } else { 1 }];
    let last = bins.len() - 1;
    for value in values {
        let at = if high > low { ((value - low) / (high - low) * bins.len() as f64) as usize } else { 0 };
        bins[at.min(last)] += 1;
    }
    bins
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| dtao_statistics::quantile(&sorted, 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_bin() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let bins = bins(&values, 0.0, 99.0);
        assert_eq!((bins.len(), bins.iter().sum::<usize>()), (10, 100));
        assert_eq!(bins[9], 10, "the highest value is in the last one");
    }

    #[test]
    fn values_that_are_all_the_same_are_one_bin() {
        assert_eq!(bins(&[2.0; 9], 2.0, 2.0), [9]);
    }
}
