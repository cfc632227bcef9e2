//! Weights by the miners' true quality, measured with an error.
//!
//! The validator that the consensus is made for: it does the subnet's work and sees what miners are worth.
//!
//! ```text
//! score = max(0, quality of the miner's group + deviation * N(0, 1))
//! ```
//! Where qualities take turns, every group takes on the quality of the next in the list, again and again.
//!
//! Source: "Yuma Consensus", Bittensor's documentation, <https://docs.learnbittensor.org/yuma-consensus> (validators rank miners
//! by the value of their work).

use bevy_ecs::prelude::Component;
use dtao_engine::strategy::Actor;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::validator::{Policy, Seen, Validating, validates};
use crate::{ParameterError, range};

/// Weights by the miners' quality.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HonestValidator {
    /// How it works as a validator.
    pub validator: Validating,
    /// What a miner of each group is worth; miners of other groups are worth nothing.
    pub quality: Vec<Quality>,
    /// The standard deviation of the error of a measurement, in the unit of the qualities; 0 or more.
    pub deviation: f64,
    /// Blocks after which every group takes on the quality of the next in the list; never if left out.
    #[serde(default)]
    pub turn: Option<u64>,
}

/// What a miner of a group is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// The group's name.
    pub group: String,
    /// Its quality, in any unit; 0 or more.
    pub is: f64,
}

priors!(HonestValidator {} besides { validator, quality, deviation, turn });

validates!(HonestValidator, "weights by the miners' quality, measured with an error");

impl Policy for HonestValidator {
    fn check_rule(&self) -> Result<(), ParameterError> {
        check_quality(&self.quality, self.deviation, self.turn)
    }

    fn named_groups(&self) -> Vec<(String, String)> {
        let named =
            |(index, quality): (usize, &Quality)| (format!("quality[{index}].group"), quality.group.clone());
        self.quality.iter().enumerate().map(named).collect()
    }

    fn scores(&mut self, seen: &Seen, me: &Actor) -> Vec<f64> {
        by_quality(&self.quality, self.deviation, self.turn, seen, me)
    }
}

/// The rule.
pub(crate) fn by_quality(
    qualities: &[Quality],
    deviation: f64,
    turn: Option<u64>,
    seen: &Seen,
    me: &Actor,
) -> Vec<f64> {
    let turns = turn.map_or(0, |turn| (seen.block().0 / turn) as usize);
    let quality = |group: &str| {
        let at = qualities.iter().position(|quality| quality.group == group)?;
        Some(qualities[(at + turns) % qualities.len()].is)
    };
    (0..seen.neurons())
        .map(|uid| {
            let Some(quality) = quality(seen.group(uid)) else { return 0.0 };
            // By whom it is of, so that another neuron changes no other's.
            let error: f64 = StandardNormal.sample(&mut me.random_of(&seen.name(uid)));
            (quality + deviation * error).max(0.0)
        })
        .collect()
}

/// Whether qualities, error and turns can be.
pub(crate) fn check_quality(
    qualities: &[Quality],
    deviation: f64,
    turn: Option<u64>,
) -> Result<(), ParameterError> {
    let refuse = |field, message: String| Err(ParameterError { field, message });
    let valid = |x: f64| (0.0..=range::NUMBER).contains(&x);
    if let Some(bad) = qualities.iter().find(|quality| !valid(quality.is)) {
        return refuse("quality", format!("{} of `{}`: must be 0 to {}", bad.is, bad.group, range::NUMBER));
    }
    if !valid(deviation) {
        return refuse("deviation", format!("{deviation}: must be 0 to {}", range::NUMBER));
    }
    turn.map_or(Ok(()), |turn| range::blocks("turn", turn, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameters;
    use crate::testing::{Market, idle, rows};
    use crate::validator::tests::validating;

    fn honest(deviation: f64, turn: Option<u64>) -> HonestValidator {
        let of = |group: &str, is| Quality { group: group.into(), is };
        let quality = vec![of("good", 1.0), of("poor", 0.25)];
        HonestValidator { validator: validating(), quality, deviation, turn }
    }

    fn seen(honest: HonestValidator) -> Vec<Vec<(u16, u16)>> {
        rows(Market::detailed(&[("good", idle(5)), ("poor", idle(10))]).calls_of(honest, 350))
    }

    #[test]
    fn without_error_weights_are_the_qualities() {
        let row = vec![(2, 65_535), (3, 16_384)];
        assert_eq!(seen(honest(0.0, None)), vec![row; 3]);
    }

    #[test]
    fn errors_differ_from_look_to_look() {
        let rows = seen(honest(0.1, None));
        assert!(rows[0] != rows[1] && rows[1] != rows[2], "{rows:?}");
    }

    #[test]
    fn qualities_take_turns() {
        let (first, second) = (vec![(2, 65_535), (3, 16_384)], vec![(2, 16_384), (3, 65_535)]);
        assert_eq!(seen(honest(0.0, Some(150))), [first.clone(), second, first]);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |honest: HonestValidator| honest.check().expect_err("out of range").field;
        assert_eq!(field(honest(-0.1, None)), "deviation");
        assert_eq!(field(honest(0.0, Some(0))), "turn");
        let mut bad = honest(0.0, None);
        bad.quality[1].is = f64::NAN;
        assert_eq!(field(bad), "quality");
    }
}
