//! Outcomes held against a value that is known from outside.
//!
//! This is the only place that says what "met", "covered" and "not reached" mean.

use std::fmt;

use crate::quantile;
use serde::Serialize;

use super::present;

/// What is known of an outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// The value that was recorded.
    pub recorded: f64,
    /// The smallest and the largest median that meets it, both included.
    pub within: (f64, f64),
}

/// Whether a target was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// Every run reached the outcome, and the median is within the target's bounds.
    Met,
    /// Every run reached the outcome, and the median is not within the bounds.
    Missed,
    /// Not every run reached the outcome, so that nothing is said of it: neither met nor missed.
    NotReached,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::NotReached => "not reached",
        }
    }
}

/// How the outcomes of runs compare with a target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// How many runs there are.
    pub runs: usize,
    /// How many of them reached the outcome; median and range are over these.
    pub reached: usize,
    /// The median; nothing if no run reached it.
    pub median: Option<f64>,
    /// The 5th and the 95th percentile, linear between order statistics.
    pub range: Option<(f64, f64)>,
    /// Whether the median meets the target.
    pub verdict: Verdict,
    /// Whether the recorded value is within the range, bounds included; nothing if not every run reached the
    /// outcome, or there is one run only, which has no range.
    pub covered: Option<bool>,
}

impl Comparison {
    /// Compares; `None` is a run that did not reach the outcome, as is a value that is not finite.
    #[must_use]
    pub fn of(outcomes: &[Option<f64>], target: Target) -> Self {
        let sorted = present(outcomes);
        let (runs, reached) = (outcomes.len(), sorted.len());
        let at = |part| (reached > 0).then(|| quantile(&sorted, part));
        let (median, range) = (at(0.5), at(0.05).zip(at(0.95)));
        let all = reached == runs;
        let within = |(low, high): (f64, f64), value: f64| (low..=high).contains(&value);
        let verdict = match median.filter(|_| all) {
            None => Verdict::NotReached,
            Some(median) if within(target.within, median) => Verdict::Met,
            Some(_) => Verdict::Missed,
        };
        let covered = range.filter(|_| all && runs > 1).map(|range| within(range, target.recorded));
        Self { runs, reached, median, range, verdict, covered }
    }
}

/// How many of some targets were met, covered, and not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// How many targets there are.
    pub targets: usize,
    /// How many were met.
    pub met: usize,
    /// How many were covered; nothing if that can be said of none.
    pub covered: Option<usize>,
    /// How many were not reached, and so neither met nor missed.
    pub not_reached: usize,
}

impl Score {
    /// Counts.
    #[must_use]
    pub fn of<'c>(comparisons: impl IntoIterator<Item = &'c Comparison>) -> Self {
        let mut score = Self { targets: 0, met: 0, covered: None, not_reached: 0 };
        for comparison in comparisons {
            score.targets += 1;
            score.met += usize::from(comparison.verdict == Verdict::Met);
            score.not_reached += usize::from(comparison.verdict == Verdict::NotReached);
            if let Some(covered) = comparison.covered {
                score.covered = Some(score.covered.unwrap_or(0) + usize::from(covered));
            }
        }
        score
    }
}

/// `12 of 18 met, 14 of 18 covered, 1 of 18 not reached`, without what is nothing.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { targets, met, covered, not_reached } = *self;
        write!(f, "{met} of {targets} met")?;
        if let Some(covered) = covered {
            write!(f, ", {covered} of {targets} covered")?;
        }
        if not_reached > 0 {
            write!(f, ", {not_reached} of {targets} not reached")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(outcomes: &[Option<f64>], recorded: f64) -> Comparison {
        Comparison::of(outcomes, Target { recorded, within: (recorded - 1.0, recorded + 1.0) })
    }

    /// 0 to 20: the median is 10, the range 1 to 19.
    fn ramp() -> Vec<Option<f64>> {
        (0..21).map(|value| Some(f64::from(value))).collect()
    }

    #[test]
    fn a_target_is_met_by_the_median_and_covered_by_the_range() {
        let told = |recorded| (of(&ramp(), recorded).verdict, of(&ramp(), recorded).covered);
        assert_eq!(told(11.0), (Verdict::Met, Some(true)));
        assert_eq!(told(11.5), (Verdict::Missed, Some(true)));
        assert_eq!(told(19.0), (Verdict::Missed, Some(true)));
        assert_eq!(told(19.5), (Verdict::Missed, Some(false)));
        // Wide bounds are met where a narrow range does not cover.
        let narrow = [Some(10.0), Some(10.1)];
        let narrow = of(&narrow, 10.5);
        assert_eq!((narrow.verdict, narrow.covered), (Verdict::Met, Some(false)));
    }

    #[test]
    fn what_a_run_did_not_reach_is_neither_met_nor_missed_nor_covered() {
        for hole in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            let mut outcomes = ramp();
            outcomes[3] = hole;
            for recorded in [10.0, 500.0] {
                let told = of(&outcomes, recorded);
                assert_eq!((told.verdict, told.covered), (Verdict::NotReached, None), "{hole:?}");
                assert_eq!((told.runs, told.reached), (21, 20));
            }
        }
        let none = of(&[None, None], 1.0);
        assert_eq!((none.median, none.range, none.verdict), (None, None, Verdict::NotReached));
    }

    #[test]
    fn one_run_has_no_range_to_cover_with() {
        let one = of(&[Some(10.0)], 10.0);
        assert_eq!((one.verdict, one.covered), (Verdict::Met, None));
    }

    #[test]
    fn what_was_not_reached_is_counted_apart() {
        let comparisons = [of(&ramp(), 10.0), of(&ramp(), 19.0), of(&[None; 2], 1.0)];
        let score = Score::of(&comparisons);
        assert_eq!(score.to_string(), "1 of 3 met, 2 of 3 covered, 1 of 3 not reached");
        assert_eq!(Score::of(&comparisons[..1]).to_string(), "1 of 1 met, 1 of 1 covered");
        assert_eq!(Score::of(&[of(&[Some(1.0)], 1.0)]).to_string(), "1 of 1 met");
    }
}
