//! Copies the consensus of the last epoch.
//!
//! A validator that does no work: its weights are what the others agreed on, and never far from it. Where weights are
//! committed to and revealed later, what it copies is old.
//!
//! ```text
//! score = consensus weight of the last epoch
//! ```
//! Source: "The Weight Copying Problem", Bittensor's documentation,
//! <https://docs.learnbittensor.org/concepts/weight-copying-in-bittensor>.

use bevy_ecs::prelude::Component;
use dtao_engine::strategy::Actor;
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::validator::{Policy, Seen, Validating, validates};

/// Copies the consensus.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyValidator {
    /// How it works as a validator.
    pub validator: Validating,
}

priors!(CopyValidator {} besides { validator });

validates!(CopyValidator, "copies the last epoch's consensus");

impl Policy for CopyValidator {
    fn scores(&mut self, seen: &Seen, _: &Actor) -> Vec<f64> {
        seen.roster.results().consensus.iter().map(|weight| weight.to_f64()).collect()
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::{RAO, Tao};

    use super::*;
    use crate::honest_validator::{HonestValidator, Quality};
    use crate::testing::{Market, idle, rows};
    use crate::validator::tests::{validating, validating_after};

    #[test]
    fn its_weights_are_what_the_others_agreed_on() {
        let quality = [("good", 1.0), ("poor", 0.25)].map(|(group, is)| Quality { group: group.into(), is });
        let validator = validating_after(10);
        let honest = HonestValidator { validator, quality: quality.into(), deviation: 0.0, turn: None };
        // Only three neurons join in 360 blocks.
        let market = Market::detailed(&[("good", idle(5)), ("poor", idle(370))]).validated_by(honest);
        // Without weights of its own it would keep others from agreeing if it had half of the stake.
        let mut validator = validating();
        validator.stake = Tao::from_rao(RAO);
        let rows = rows(market.calls_of(CopyValidator { validator }, 800));
        let &[(2, 65_535), (4, quarter)] = rows.last().expect("it copies").as_slice() else {
            panic!("{rows:?}")
        };
        // 16,384 of 65,535, but for the 32 bits of the consensus.
        assert!(quarter.abs_diff(16_384) <= 1, "{quarter}");
    }

    #[test]
    fn with_nothing_to_copy_it_sets_no_weights() {
        let market = Market::detailed(&[("good", idle(5))]);
        let calls = market.calls_of(CopyValidator { validator: validating() }, 350);
        assert_eq!(rows(calls), Vec::<Vec<(u16, u16)>>::new());
    }
}
