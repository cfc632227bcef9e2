//! Weights in proportion to the subnet's alpha that a miner's owner holds.
//!
//! The rule of subnet 28 in February 2025: miners are paid for holding the token, not for work. What is earned
//! is held too, so that shares of those who sell nothing stay as they are.
//!
//! ```text
//! score = alpha that the miner's owner holds on the subnet, on all hotkeys
//! ```
//! Source: as reported of subnet 28 in February 2025; its exact rule is not known.

use bevy_ecs::prelude::Component;
use dtao_engine::strategy::Actor;
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::validator::{Policy, Seen, Validating, validates};

/// Weights by what miners hold.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldingsValidator {
    /// How it works as a validator.
    pub validator: Validating,
}

priors!(HoldingsValidator {} besides { validator });

validates!(HoldingsValidator, "weights in proportion to the alpha that a miner holds: subnet 28's rule");

impl Policy for HoldingsValidator {
    fn scores(&mut self, seen: &Seen, _: &Actor) -> Vec<f64> {
        by_holdings(seen)
    }
}

/// The rule.
pub(crate) fn by_holdings(seen: &Seen) -> Vec<f64> {
    seen.of_miners(|uid| seen.holdings(uid).to_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Market, holder, idle, rows};
    use crate::validator::tests::validating;

    #[test]
    fn weights_are_proportional_to_holdings() {
        let market = Market::detailed(&[("large", holder(5, 4)), ("small", holder(10, 1))]);
        let rows = rows(market.calls_of(HoldingsValidator { validator: validating() }, 150));
        let &[(2, 65_535), (3, small)] = rows[0].as_slice() else { panic!("{rows:?}") };
        // A quarter, but for what the price moved between the two purchases and what was emitted.
        assert!((f64::from(small) / 65_535.0 - 0.25).abs() < 0.01, "{small}");
    }

    #[test]
    fn those_who_hold_nothing_get_nothing() {
        let market = Market::detailed(&[("some", holder(5, 1)), ("none", idle(10))]);
        let rows = rows(market.calls_of(HoldingsValidator { validator: validating() }, 150));
        assert_eq!(rows, [[(2, 65_535)]]);
    }
}
