//! Votes on root by how good it takes each subnet to be.
//!
//! Before dynamic TAO, root's validators decided how emission was shared. This one gives each subnet a weight in
//! proportion to its quality, as it sees it: with an error that is lognormal and drawn anew for every vote.
//!
//! ```text
//! weight_k ~ quality_k * exp(noise * N(0, 1))       the largest is 65,535, each rounded to the nearest
//! ```
//! It only votes; after the migration to dynamic TAO it does nothing. Its accounts need stake on root.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/root.rs @ 8f39a5832` (what a vote is).

use std::collections::BTreeMap;

use bevy_ecs::prelude::Component;
use dtao_engine::call::Call;
use dtao_engine::math;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::emission::Emission;
use dtao_protocol::units::Netuid;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "before dynamic TAO: votes on root by each subnet's quality, seen with an error";

/// Votes on root by given qualities.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HonestRootVoter {
    /// How good each subnet is, in any unit; 0 or more. Subnets that are not named get no weight.
    pub quality: BTreeMap<Netuid, f64>,
    /// The standard deviation of the error's natural logarithm; 0 or more.
    pub noise: f64,
    /// Blocks between votes; at least 1.
    pub every: u64,
}

priors!(HonestRootVoter {} besides { quality, noise, every });

impl Parameters for HonestRootVoter {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message: String| Err(ParameterError { field, message });
        if let Some((netuid, quality)) =
            self.quality.iter().find(|(_, q)| !(0.0..=range::NUMBER).contains(*q))
        {
            return refuse(
                "quality",
                format!("subnet {netuid} has quality {quality}: must be 0 to {}", range::NUMBER),
            );
        }
        if !self.quality.values().any(|&quality| quality > 0.0) {
            return refuse("quality", "no subnet has any: give one at least a quality above 0".into());
        }
        range::number("noise", self.noise, 0.0, range::DEVIATION)?;
        range::blocks("every", self.every, 1)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        self.quality.keys().map(|&netuid| ("quality".into(), netuid)).collect()
    }
}

impl Strategy for HonestRootVoter {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(1);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        if view.law().rules.emission != Emission::RootVote {
            return;
        }
        let seen: Vec<(Netuid, f64)> = self
            .quality
            .iter()
            .map(|(&netuid, &quality)| {
                let normal: f64 = StandardNormal.sample(&mut me.random_of(&netuid.to_string()));
                (netuid, quality * math::exp(self.noise * normal))
            })
            .collect();
        let largest = seen.iter().map(|&(_, quality)| quality).fold(0.0, f64::max);
        let weight = |quality: f64| (quality / largest * f64::from(u16::MAX)).round() as u16;
        let weights = seen.into_iter().map(|(netuid, quality)| (netuid, weight(quality))).collect();
        me.submit(Call::SetRootWeights { weights });
        me.wake_after(self.every);
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::Block;

    use super::*;
    use crate::testing::Market;

    fn voter(noise: f64) -> HonestRootVoter {
        let quality = [(Netuid(1), 4.0), (Netuid(2), 1.0)].into();
        HonestRootVoter { quality, noise, every: 150 }
    }

    #[test]
    fn without_noise_weights_are_in_proportion_to_quality() {
        let calls = Market::voting().calls_of(voter(0.0), 200);
        let vote = Call::SetRootWeights { weights: [(Netuid(1), 65_535), (Netuid(2), 16_384)].into() };
        assert_eq!(calls, [(Block(1), vote.clone()), (Block(151), vote)]);
    }

    #[test]
    fn with_noise_no_vote_is_like_another() {
        let calls = Market::voting().calls_of(voter(0.5), 200);
        assert_eq!(calls.len(), 2);
        assert_ne!(calls[0].1, calls[1].1);
    }

    #[test]
    fn under_dynamic_tao_it_does_nothing() {
        assert_eq!(Market::quiet().calls_of(voter(0.0), 200), []);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |voter: HonestRootVoter| voter.check().expect_err("out of range").field;
        assert_eq!(field(HonestRootVoter { every: 0, ..voter(0.0) }), "every");
        assert_eq!(field(voter(-1.0)), "noise");
        assert_eq!(field(HonestRootVoter { quality: [(Netuid(1), 0.0)].into(), ..voter(0.0) }), "quality");
        assert_eq!(
            field(HonestRootVoter { quality: [(Netuid(1), f64::NAN)].into(), ..voter(0.0) }),
            "quality"
        );
    }
}
