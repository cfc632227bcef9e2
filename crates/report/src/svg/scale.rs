//! From values to places in a picture.

use crate::text::number;

/// A linear or logarithmic scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    from: f64,
    to: f64,
    log: bool,
    start: f64,
    end: f64,
}

impl Scale {
    /// A linear scale over some values, with a little room, from one place to another.
    pub fn linear(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let (from, to) = bounds(values);
        let room = if from == to { from.abs().max(1.0) * 0.5 } else { (to - from) * 0.04 };
        Self { from: from - room, to: to + room, log: false, start, end }
    }

    /// The same with exact bounds.
    pub fn exact(from: f64, to: f64, start: f64, end: f64) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self { from, to, log: false, start, end }
    }

    /// A logarithmic scale; all values must be above zero.
    pub fn log(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let (from, to) = bounds(values.filter(|value| *value > 0.0));
        let (from, to) = if from > 0.0 { (from, to) } else { (1.0, 10.0) };
        let room = if from == to { 2.0 } else { libm::pow(to / from, 0.04) };
        Self { from: from / room, to: to * room, log: true, start, end }
    }

    /// Where a value is; outside values are at the edges.
    pub fn at(&self, value: f64) -> f64 {
        let part = if self.log {
            libm::log(value.max(f64::MIN_POSITIVE) / self.from) / libm::log(self.to / self.from)
        } else {
            (value - self.from) / (self.to - self.from)
        };
        self.start + part.clamp(0.0, 1.0) * (self.end - self.start)
    }

    /// Whether a value is within its bounds.
    pub fn holds(&self, value: f64) -> bool {
        (self.from..=self.to).contains(&value)
    }

    /// Round values to be named, at most about so many.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        if self.log {
            let decades = |steps: &[f64]| -> Vec<f64> {
                let (low, high) = (libm::log10(self.from).floor() as i32, libm::log10(self.to).ceil() as i32);
                let all = (low..=high)
                    .flat_map(|power| steps.iter().map(move |step| step * libm::exp10(f64::from(power))));
                all.filter(|&tick| self.holds(tick)).collect()
            };
            for steps in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
                let ticks = decades(steps);
                if ticks.len() <= most && ticks.len() >= 2 {
                    return ticks;
                }
            }
            let ticks = decades(&[1.0]);
            let every = ticks.len().div_ceil(most.max(1)).max(1);
            return if ticks.len() >= 2 {
                ticks.into_iter().step_by(every).collect()
            } else {
                vec![self.from, self.to]
            };
        }
        let rough = (self.to - self.from) / most.max(1) as f64;
        let power = libm::exp10(libm::log10(rough).floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|step| step * power).into_iter().find(|step| *step >= rough * 0.999);
        let step = step.unwrap_or(10.0 * power);
        let first = (self.from / step).ceil() as i64;
        let last = (self.to / step).floor() as i64;
        (first..=last).map(|at| at as f64 * step).collect()
    }
}

/// A tick's number, without digits that say nothing.
pub(crate) fn tick(value: f64) -> String {
    if value != 0.0 && (value.abs() >= 1e7 || value.abs() < 1e-3) {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    let text = if value.abs() >= 1e4 { format!("{value:.0}") } else { number(value) };
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let found = values.filter(|value| value.is_finite());
    let (from, to) =
        found.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), value| (from.min(value), to.max(value)));
    if from <= to { (from, to) } else { (0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        let scale = Scale::linear([0.0, 97.0].into_iter(), 0.0, 100.0);
        assert_eq!(scale.ticks(6), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        let scale = Scale::log([0.003, 2.0].into_iter(), 0.0, 100.0);
        assert_eq!(scale.ticks(4).len(), 3);
        assert!(scale.ticks(9).iter().all(|&tick| scale.holds(tick)));
    }

    #[test]
    fn one_value_is_in_the_middle_and_none_is_no_fault() {
        assert_eq!(Scale::linear([3.0].into_iter(), 0.0, 100.0).at(3.0), 50.0);
        assert!(Scale::linear(std::iter::empty(), 0.0, 1.0).ticks(4).len() > 1);
        assert!(Scale::log([0.0].into_iter(), 0.0, 1.0).ticks(4).len() > 1);
    }

    #[test]
    fn tick_labels_are_short() {
        assert_eq!([0.0, 0.2, 1200.0, 5e6, 2e8].map(tick), ["0", "0.2", "1200", "5000000", "2e8"]);
    }
}
