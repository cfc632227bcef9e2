//! All weight, equally, on the neurons of given groups, whatever they do.
//!
//! Validators and miners that belong together pay each other. The consensus clips a cartel's weights to what the
//! majority gives; beyond that it changes only what its stake no longer says about the others.
//!
//! ```text
//! score = 1 if the neuron's owner belongs to one of the groups, else 0
//! ```
//! Source: "Yuma Consensus", Bittensor's documentation, <https://docs.learnbittensor.org/yuma-consensus> (clipping, against
//! collusion).

use bevy_ecs::prelude::Component;
use dtao_engine::strategy::Actor;
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::validator::{Policy, Seen, Validating, validates};
use crate::{ParameterError, listed};

/// All weight on accomplices.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CartelValidator {
    /// How it works as a validator.
    pub validator: Validating,
    /// The groups of its accomplices; at least one.
    pub accomplices: Vec<String>,
}

priors!(CartelValidator {} besides { validator, accomplices });

validates!(CartelValidator, "all weight, equally, on the neurons of given groups");

impl Policy for CartelValidator {
    fn check_rule(&self) -> Result<(), ParameterError> {
        if self.accomplices.is_empty() {
            let message = "a cartel of nobody: name at least one group".into();
            return Err(ParameterError { field: "accomplices", message });
        }
        Ok(())
    }

    fn named_groups(&self) -> Vec<(String, String)> {
        listed("accomplices", &self.accomplices)
    }

    fn scores(&mut self, seen: &Seen, _: &Actor) -> Vec<f64> {
        let accomplice = |uid| self.accomplices.iter().any(|group| group == seen.group(uid));
        (0..seen.neurons()).map(|uid| f64::from(u8::from(accomplice(uid)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameters;
    use crate::testing::{Market, holder, idle, rows};
    use crate::validator::tests::validating;

    fn cartel(accomplices: &[&str]) -> CartelValidator {
        let accomplices = accomplices.iter().map(|&group| group.to_owned()).collect();
        CartelValidator { validator: validating(), accomplices }
    }

    #[test]
    fn only_accomplices_get_weight() {
        let market = Market::detailed(&[("friend", idle(5)), ("other", holder(10, 4))]);
        assert_eq!(rows(market.calls_of(cartel(&["friend"]), 150)), [[(2, 65_535)]]);
    }

    #[test]
    fn a_cartel_of_nobody_is_refused() {
        assert_eq!(cartel(&[]).check().expect_err("nobody").field, "accomplices");
    }
}
