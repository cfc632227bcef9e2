//! Votes on root only for the subnets that pay it.
//!
//! Before dynamic TAO a root validator could vote emission to subnets that it had invested in, or whose owners
//! paid for the vote. A cartel of such validators votes for its favourites alone, with equal weights. What it
//! gets for them depends on whether it holds more than kappa of root's stake: below, the sigmoid of consensus
//! leaves its favourites next to nothing; above, it takes nearly all.
//!
//! It only votes; after the migration to dynamic TAO it does nothing. Its accounts need stake on root.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/root.rs::root_epoch @ 8f39a5832` (the sigmoid).

use bevy_ecs::prelude::Component;
use dtao_engine::call::Call;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::emission::Emission;
use dtao_protocol::units::Netuid;
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::{ParameterError, Parameters, listed, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "before dynamic TAO: votes on root only for the subnets that pay it";

/// Votes on root for its favourites alone.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CartelRootVoter {
    /// The subnets that it votes for, all alike; at least one.
    pub favours: Vec<Netuid>,
    /// Blocks between votes; at least 1.
    pub every: u64,
}

priors!(CartelRootVoter {} besides { favours, every });

impl Parameters for CartelRootVoter {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message: &str| Err(ParameterError { field, message: message.into() });
        if self.favours.is_empty() {
            return refuse("favours", "it favours nobody: name at least one subnet");
        }
        range::blocks("every", self.every, 1)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        listed("favours", &self.favours)
    }
}

impl Strategy for CartelRootVoter {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(1);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        if view.law().rules.emission == Emission::RootVote {
            let weights = self.favours.iter().map(|&netuid| (netuid, u16::MAX)).collect();
            me.submit(Call::SetRootWeights { weights });
            me.wake_after(self.every);
        }
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::Block;

    use super::*;
    use crate::testing::Market;

    fn voter() -> CartelRootVoter {
        CartelRootVoter { favours: vec![Netuid(2)], every: 100 }
    }

    #[test]
    fn it_votes_for_its_favourites_and_nobody_else() {
        let calls = Market::voting().calls_of(voter(), 150);
        let vote = Call::SetRootWeights { weights: [(Netuid(2), u16::MAX)].into() };
        assert_eq!(calls, [(Block(1), vote.clone()), (Block(101), vote)]);
    }

    #[test]
    fn under_dynamic_tao_it_does_nothing() {
        assert_eq!(Market::quiet().calls_of(voter(), 150), []);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |voter: CartelRootVoter| voter.check().expect_err("out of range").field;
        assert_eq!(field(CartelRootVoter { favours: vec![], ..voter() }), "favours");
        assert_eq!(field(CartelRootVoter { every: 0, ..voter() }), "every");
    }
}
