//! Weights on miners whose holdings fell since the last look, in proportion to the fall.
//!
//! Subnet 28's rule turned round: it pays miners for selling the token. If nobody's holdings fell, the weights
//! stay as they were.
//!
//! ```text
//! score = max(0, alpha held at the last look - alpha held now)
//! ```
//! Source: as reported of the Foundation's validator on subnet 28, 25 February 2025; its exact rule is not
//! known, so this is one of three readings beside [`crate::zero_holders_validator`] and
//! [`crate::burn_validator`].

use std::collections::BTreeMap;

use bevy_ecs::prelude::Component;
use dtao_engine::account::Hotkey;
use dtao_engine::strategy::Actor;
use dtao_protocol::units::Alpha;
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::validator::{Policy, Seen, Validating, validates};

/// Weights by what miners have sold.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewardSellersValidator {
    /// How it works as a validator.
    pub validator: Validating,
    /// What each miner held at the last look.
    #[serde(skip)]
    held: BTreeMap<Hotkey, Alpha>,
}

priors!(RewardSellersValidator {} besides { validator, held });

validates!(RewardSellersValidator, "weights on miners whose holdings fell, in proportion to the fall");

impl Policy for RewardSellersValidator {
    fn scores(&mut self, seen: &Seen, _: &Actor) -> Vec<f64> {
        by_sales(&mut self.held, seen)
    }
}

/// The rule: remembers what each miner holds now, and scores by what it held at the last look.
pub(crate) fn by_sales(held: &mut BTreeMap<Hotkey, Alpha>, seen: &Seen) -> Vec<f64> {
    let now = (0..seen.neurons()).map(|uid| (seen.roster.hotkeys()[uid], seen.holdings(uid))).collect();
    let before = std::mem::replace(held, now);
    seen.of_miners(|uid| {
        let then = before.get(&seen.roster.hotkeys()[uid]).copied().unwrap_or(Alpha::ZERO);
        then.saturating_sub(seen.holdings(uid)).to_f64()
    })
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::{Netuid, RAO, Tao};

    use super::*;
    use crate::miner::Miner;
    use crate::testing::{Market, holder, rows};
    use crate::validator::tests::validating;

    #[test]
    fn only_those_who_sold_since_the_last_look_get_weight() {
        // The seller buys in block 6 or so and sells half 150 blocks later; looks are 100 blocks apart.
        let seller = Miner::new(Netuid(1), 5, Tao::from_rao(4 * RAO), 0.5, 150);
        let market = Market::detailed(&[("seller", seller), ("holder", holder(10, 4))]);
        let policy = RewardSellersValidator { validator: validating(), held: BTreeMap::new() };
        // After the first look nothing is known; then the seller sells once between looks.
        assert_eq!(rows(market.calls_of(policy, 250)), [[(2, 65_535)]]);
    }
}
