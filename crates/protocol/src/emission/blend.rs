//! Two rules, each of which shares a part of the block's TAO.
//!
//! ```text
//! share = (1 - weight) share of one + weight share of the other
//! ```
//! If one of them would give nobody anything, the other shares all of it.

use serde::{Deserialize, Serialize};

use super::{Description, Emission, Ingredient};
use crate::fixed::Q64;
use crate::settable::Settable;

pub(super) const ABOUT: Description = Description {
    about: "two rules, each for a part of the emission; never ran",
    stops: "an attack on one of the rules: it moves no more than that rule's part",
    source: "tiers that each share a part of the emission, proposed by gzaentz in RaoFoundation/subtensor#3010 \
             (2026-07-29, closed), here of any two rules",
};

/// Two rules, and how much the second counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Blend {
    /// One rule.
    pub of: Ingredient,
    /// Another, of another name.
    pub with: Ingredient,
    /// The part of the emission that the other shares, from 0 to 1.
    pub weight: Q64,
}

impl Blend {
    /// Prices for one half, measured values for the other.
    pub const USUAL: Self =
        Self { of: Ingredient::MovingPrice, with: Ingredient::Objective, weight: Q64::from_bits(1 << 63) };

    /// The shares that two rules' shares come to; each of them is one subnet's under both.
    #[must_use]
    pub fn mixed(self, of: &[Q64], with: &[Q64]) -> Vec<Q64> {
        let nobody = |shares: &[Q64]| shares.iter().all(|&share| share == Q64::ZERO);
        if nobody(of) || nobody(with) {
            return if nobody(of) { with.to_vec() } else { of.to_vec() };
        }
        let rest = Q64::ONE.saturating_sub(self.weight);
        let mix = |(&one, &other): (&Q64, &Q64)| rest.times(one).saturating_add(self.weight.times(other));
        of.iter().zip(with).map(mix).collect()
    }
}

/// What a file says, before the two rules are held against each other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    of: Ingredient,
    with: Ingredient,
    weight: Q64,
}

impl TryFrom<Written> for Blend {
    type Error = String;

    fn try_from(Written { of, with, weight }: Written) -> Result<Self, String> {
        let same = std::mem::discriminant(&of) == std::mem::discriminant(&with);
        let flows = |rule: Ingredient| Emission::from(rule).counts_flow();
        if same || (flows(of) && flows(with)) {
            return Err(
                "a blend is of two rules that keep averages of different things, such as `of: MovingPrice, \
                        with: Objective`"
                    .into(),
            );
        }
        for (field, rule) in [("of", of), ("with", with)] {
            Emission::check(&rule.into()).map_err(|error| format!("{field}.{}: {error}", error.path))?;
        }
        Ok(Self { of, with, weight })
    }
}
