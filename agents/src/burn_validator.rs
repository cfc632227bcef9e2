//! All weight on the subnet owner's neuron.
//!
//! The miners' emission goes to the owner. Later runtimes burn it there, which is how subnets without work
//! for miners do away with it; at launch the owner is simply paid. A third reading of what the Foundation did
//! on subnet 28.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::distribute_dividends_and_incentives`
//! @ 14bc6f9f9 (what owners' hotkeys mine is recycled or burned).

use bevy_ecs::prelude::Component;
use dtao_engine::account::Hotkey;
use dtao_engine::strategy::Actor;
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::validator::{Policy, Seen, Validating, validates};

/// All weight on the owner.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BurnValidator {
    /// How it works as a validator.
    pub validator: Validating,
}

priors!(BurnValidator {} besides { validator });

validates!(BurnValidator, "all weight on the subnet owner's neuron");

impl Policy for BurnValidator {
    fn scores(&mut self, seen: &Seen, _: &Actor) -> Vec<f64> {
        on_owner(seen)
    }
}

/// The rule.
pub(crate) fn on_owner(seen: &Seen) -> Vec<f64> {
    let owner = Hotkey(seen.roster.owner());
    seen.roster.hotkeys().iter().map(|&hotkey| f64::from(u8::from(hotkey == owner))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Market, holder, rows};
    use crate::validator::tests::validating;

    #[test]
    fn all_weight_is_on_the_owner() {
        let market = Market::detailed(&[("miner", holder(5, 4))]);
        let rows = rows(market.calls_of(BurnValidator { validator: validating() }, 150));
        assert_eq!(rows, [[(0, 65_535)]]);
    }
}
