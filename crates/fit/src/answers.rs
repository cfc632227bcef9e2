//! What is asked of a run, or of two runs of one draw.

use std::collections::BTreeMap;

use dtao_statistics::Support;
use serde::{Deserialize, Serialize};

/// A number that is computed from a draw's runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Answer {
    /// An outcome of the mechanism's own arm.
    Outcome(String),
    /// An outcome, less the same of another arm with the same draws.
    Less {
        /// The outcome.
        outcome: String,
        /// The other arm, as the mechanism calls it.
        than: String,
    },
    /// The part of a fall of the logarithm that is not there in another arm with the same draws: 1 - ln(1 + f') / ln(1 + f),
    /// f and f' the falls in the two arms, as returns from -1 to 0.
    PartOfFall {
        /// The outcome, a return from -1 to 0.
        outcome: String,
        /// The other arm, as the mechanism calls it.
        without: String,
    },
    /// Whether a price is down to a part of what it was, and a rank has fallen: 1 or 0.
    Down {
        /// The outcome before.
        before: String,
        /// The outcome after.
        after: String,
        /// What the second is of the first, at most.
        to: f64,
        /// The outcome that is a rank, 1 the highest.
        rank: String,
        /// The rank is beyond this one.
        beyond: f64,
    },
}

/// The outcomes of one arm, by name.
pub(crate) type Outcomes = BTreeMap<String, Vec<Option<f64>>>;

impl Answer {
    /// Which values it can take.
    #[must_use]
    pub fn support(&self) -> Support {
        match self {
            Self::Down { .. } => Support::ZeroOrOne,
            _ => Support::Numbers,
        }
    }

    /// The outcomes that it is computed from.
    #[must_use]
    pub fn outcomes(&self) -> Vec<&str> {
        match self {
            Self::Outcome(outcome) | Self::Less { outcome, .. } | Self::PartOfFall { outcome, .. } => {
                vec![outcome]
            }
            Self::Down { before, after, rank, .. } => vec![before, after, rank],
        }
    }

    /// The other arm that it needs.
    #[must_use]
    pub fn other(&self) -> Option<&str> {
        match self {
            Self::Outcome(_) | Self::Down { .. } => None,
            Self::Less { than, .. } => Some(than),
            Self::PartOfFall { without, .. } => Some(without),
        }
    }

    /// A value for each draw; nothing where a run did not reach what it needs.
    pub(crate) fn of(&self, own: &Outcomes, other: Option<&Outcomes>) -> Vec<Option<f64>> {
        let column = |outcomes: &Outcomes, name: &str| outcomes.get(name).cloned().unwrap_or_default();
        let both = |name: &str| {
            let (mine, others) =
                (column(own, name), other.map_or_else(Vec::new, |other| column(other, name)));
            mine.into_iter().zip(others)
        };
        match self {
            Self::Outcome(outcome) => column(own, outcome),
            Self::Less { outcome, .. } => both(outcome).map(|(a, b)| Some(a? - b?)).collect(),
            Self::PartOfFall { outcome, .. } => both(outcome).map(|(a, b)| part_of_fall(a?, b?)).collect(),
            Self::Down { before, after, to, rank, beyond } => column(own, before)
                .into_iter()
                .zip(column(own, after))
                .zip(column(own, rank))
                .map(|((before, after), rank)| {
                    let down = after? <= to * before? && rank? > *beyond;
                    Some(if down { 1.0 } else { 0.0 })
                })
                .collect(),
        }
    }
}

/// Nothing where there is no fall, or nothing is left.
fn part_of_fall(with: f64, without: f64) -> Option<f64> {
    let fall = |fall: f64| (fall > -1.0).then(|| -libm::log1p(fall));
    let (with, without) = (fall(with)?, fall(without)?);
    (with > 0.0).then(|| 1.0 - without / with)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(columns: &[(&str, &[f64])]) -> Outcomes {
        let column =
            |values: &[f64]| values.iter().map(|&value| value.is_finite().then_some(value)).collect();
        columns.iter().map(|&(name, values)| (name.to_owned(), column(values))).collect()
    }

    #[test]
    fn a_fall_that_is_there_without_the_cause_is_not_caused() {
        let own = outcomes(&[("dump", &[-0.9, -0.99, 0.0, f64::NAN, -1.0])]);
        let other = outcomes(&[("dump", &[-0.9, 0.0, -0.5, -0.1, -0.5])]);
        let caused = Answer::PartOfFall { outcome: "dump".into(), without: "alone".into() };
        let found = caused.of(&own, Some(&other));
        assert_eq!(found, [Some(0.0), Some(1.0), None, None, None]);
        let half = caused.of(&outcomes(&[("dump", &[-0.99])]), Some(&outcomes(&[("dump", &[-0.9])])));
        assert!((half[0].expect("both fell") - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_difference_needs_both_runs() {
        let gain = Answer::Less { outcome: "p".into(), than: "quiet".into() };
        let found = gain.of(&outcomes(&[("p", &[5.0, 1.0])]), Some(&outcomes(&[("p", &[7.0, f64::NAN])])));
        assert_eq!(found, [Some(-2.0), None]);
    }

    #[test]
    fn down_is_a_lower_price_and_a_worse_rank() {
        let works =
            Answer::Down { before: "a".into(), after: "b".into(), to: 0.2, rank: "r".into(), beyond: 40.0 };
        let own = outcomes(&[
            ("a", &[1.0, 1.0, 1.0, 1.0]),
            ("b", &[0.2, 0.21, 0.1, 0.1]),
            ("r", &[41.0, 41.0, 40.0, f64::NAN]),
        ]);
        assert_eq!(works.of(&own, None), [Some(1.0), Some(0.0), Some(0.0), None]);
    }
}
