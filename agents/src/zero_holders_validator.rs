//! Nothing for miners who hold the subnet's alpha, and equal weights for all others.
//!
//! A second reading of what the Foundation's validator did on subnet 28: whoever keeps the token is paid no
//! more.
//!
//! ```text
//! score = 1 if alpha held <= threshold, else 0
//! ```
//! Source: as for [`crate::reward_sellers_validator`].

use bevy_ecs::prelude::Component;
use dtao_engine::strategy::Actor;
use dtao_protocol::units::Alpha;
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::validator::{Policy, Seen, Validating, validates};
use crate::{ParameterError, range};

/// Equal weights on miners who do not hold.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZeroHoldersValidator {
    /// How it works as a validator.
    pub validator: Validating,
    /// The most alpha that a miner may hold. An epoch's pay stays with a miner until it sells: leave room for it.
    pub threshold: Alpha,
}

priors!(ZeroHoldersValidator {} besides { validator, threshold });

validates!(ZeroHoldersValidator, "nothing for miners who hold alpha, equal weights for the others");

impl Policy for ZeroHoldersValidator {
    fn check_rule(&self) -> Result<(), ParameterError> {
        range::alpha("threshold", self.threshold)
    }

    fn scores(&mut self, seen: &Seen, _: &Actor) -> Vec<f64> {
        on_those_without(self.threshold, seen)
    }
}

/// The rule.
pub(crate) fn on_those_without(threshold: Alpha, seen: &Seen) -> Vec<f64> {
    seen.of_miners(|uid| f64::from(u8::from(seen.holdings(uid) <= threshold)))
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::testing::{Market, holder, idle, rows};
    use crate::validator::tests::validating;

    #[test]
    fn holders_get_nothing_and_the_others_the_same() {
        let market = Market::detailed(&[("holder", holder(5, 4)), ("none", idle(10))]);
        let threshold = Alpha::from_rao(10 * RAO);
        let policy = ZeroHoldersValidator { validator: validating(), threshold };
        assert_eq!(rows(market.calls_of(policy, 150)), [[(3, 65_535)]]);
    }

    #[test]
    fn below_the_threshold_all_are_equal() {
        let market = Market::detailed(&[("holder", holder(5, 4)), ("none", idle(10))]);
        let threshold = Alpha::from_rao(100_000 * RAO);
        let policy = ZeroHoldersValidator { validator: validating(), threshold };
        assert_eq!(rows(market.calls_of(policy, 150)), [[(2, 65_535), (3, 65_535)]]);
    }
}
