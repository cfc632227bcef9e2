//! The gate through which shares of the emission pass from spec 440 on: small shares shrink, large ones grow.
//!
//! ```text
//! g_i = w_i / (1 + (theta / w_i)^h)         then all g over their sum
//! ```
//! At the bar, theta, a share keeps half of its weight. The bar is worked out anew every 360 blocks and stored between.
//! The gate moves TAO between subnets; it withholds none.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::{maybe_update_emission_gate_bar,
//! apply_emission_gate} @ f8ff769a4`

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::division::{self, quotient_and_rest};
use crate::fixed::{Q64, Whole};
use crate::power::powers;
use crate::units::Block;

/// How shares are gated, and where the bar lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum HillGate {
    /// Up to spec 439: no gate.
    Open,
    /// Spec 440: the bar is the share at which the largest together reach a part of the whole.
    Quantile {
        /// The part of all shares that lies at or above the bar, from 0 to 1 (`EmissionBarQuantile`).
        quantile: Q64,
        /// How steep the gate is, h, from 1 to 8 (`EmissionGateExponent`).
        exponent: Q64,
    },
    /// Spec 441 on: the bar is the share of a rank, or the smallest above zero if there are fewer.
    Rank {
        /// The rank, 1 for the largest share (`EmissionBarRank`).
        rank: u16,
        /// How steep the gate is, h, from 1 to 8 (`EmissionGateExponent`).
        exponent: Q64,
    },
}

/// How steep the chain lets the gate be.
///
/// Source: `subtensor:pallets/admin-utils/src/lib.rs::sudo_set_emission_gate_exponent (RaoFoundation @ 0751d0001)`
pub(crate) const EXPONENT: RangeInclusive<Q64> = Q64::ONE..=Q64::from_int(8);

/// Blocks between two bars.
const INTERVAL: u64 = 360;

impl HillGate {
    /// The bar for a block's shares: the one that is stored, unless there is none or a new one is due. Zero, which is no
    /// bar, where the gate is open.
    #[must_use]
    pub fn bar(self, stored: Q64, block: Block, shares: &[Q64]) -> Q64 {
        if self == Self::Open {
            return Q64::ZERO;
        }
        if stored > Q64::ZERO && !block.0.is_multiple_of(INTERVAL) {
            return stored;
        }
        let due = self.bar_of(shares);
        if due > Q64::ZERO { due } else { stored }
    }

    /// The bar that these shares give.
    #[must_use]
    pub fn bar_of(self, shares: &[Q64]) -> Q64 {
        let mut sorted: Vec<Q64> = shares.iter().copied().filter(|&share| share > Q64::ZERO).collect();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let place = match self {
            Self::Open => return Q64::ZERO,
            Self::Rank { rank, .. } => usize::from(rank).saturating_sub(1),
            Self::Quantile { quantile, .. } => {
                let mut sum = Q64::ZERO;
                let reaches = |&share: &Q64| {
                    sum = sum.saturating_add(share);
                    sum >= quantile
                };
                sorted.iter().position(reaches).unwrap_or(usize::MAX)
            }
        };
        sorted.get(place).or(sorted.last()).copied().unwrap_or(Q64::ZERO)
    }

    /// Lets shares through the gate with this bar. They stay as they are without a bar, or if all would vanish.
    pub fn apply(self, bar: Q64, shares: &mut [Q64]) {
        let (Self::Quantile { exponent, .. } | Self::Rank { exponent, .. }) = self else { return };
        if bar == Q64::ZERO {
            return;
        }
        let mut passed: Vec<Q64> = shares.iter().map(|&share| ratio(bar, share)).collect();
        powers(&mut passed, exponent);
        let mut total = Q64::ZERO;
        for (&share, passed) in shares.iter().zip(&mut passed) {
            *passed = share.times(reciprocal(Q64::ONE.saturating_add(*passed)));
            total = total.saturating_add(*passed);
        }
        if total > Q64::ZERO {
            let total = Whole::new(total);
            for (share, passed) in shares.iter_mut().zip(passed) {
                *share = total.part(passed);
            }
        }
    }
}

/// `bar / share`, right in at least its first 32 fractional bits; [`powers`] looks at no more. For a share of nothing it is zero,
/// and so is its power.
fn ratio(bar: Q64, share: Q64) -> Q64 {
    let quotient = if (bar.bits() | share.bits()) >> 64 == 0 {
        division::ratio(bar.bits() as u64, share.bits() as u64)
    } else {
        None
    };
    match quotient {
        Some(quotient) => Q64::from_bits(u128::from(quotient) << 32),
        None => bar.fitting_div(share),
    }
}

/// `1 / number`, of a number of at least one.
fn reciprocal(number: Q64) -> Q64 {
    let bits = number.bits();
    // A power has 32 fractional bits. Then this is 2^96 over the number's upper bits, in two steps: all but the last 16 bits of
    // the quotient, then those.
    if bits as u32 == 0
        && let Ok(divisor) = u64::try_from(bits >> 32)
        && let Some((high, rest)) = quotient_and_rest(1 << 80, divisor)
        && let Some((low, _)) = quotient_and_rest(u128::from(rest) << 16, divisor)
    {
        return Q64::from_bits((u128::from(high) << 16) | u128::from(low));
    }
    Q64::ONE.fitting_div(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RANK: HillGate = HillGate::Rank { rank: 2, exponent: Q64::from_int(3) };

    fn shares(values: &[f64]) -> Vec<Q64> {
        values.iter().copied().map(Q64::from_f64).collect()
    }

    #[test]
    fn the_bar_is_the_share_of_a_rank_or_the_smallest_above_zero() {
        let market = shares(&[0.125, 0.5, 0.25, 0.125, 0.0]);
        let rank = |rank| HillGate::Rank { rank, exponent: Q64::ONE }.bar_of(&market).to_f64();
        assert_eq!([1, 2, 3, 4, 5, 64].map(rank), [0.5, 0.25, 0.125, 0.125, 0.125, 0.125]);
    }

    #[test]
    fn the_bar_is_the_share_at_which_the_quantile_is_reached() {
        let market = shares(&[0.125, 0.5, 0.25, 0.125]);
        let bar = |quantile| {
            let gate = HillGate::Quantile { quantile: Q64::from_f64(quantile), exponent: Q64::ONE };
            gate.bar_of(&market).to_f64()
        };
        assert_eq!([0.0, 0.5, 0.51, 0.75, 0.8, 1.0].map(bar), [0.5, 0.5, 0.25, 0.25, 0.125, 0.125]);
    }

    #[test]
    fn the_bar_is_kept_for_360_blocks_unless_there_is_none() {
        let (market, stored) = (shares(&[0.75, 0.25]), Q64::from_f64(0.125));
        assert_eq!(RANK.bar(stored, Block(361), &market), stored);
        assert_eq!(RANK.bar(stored, Block(720), &market), Q64::from_f64(0.25));
        assert_eq!(RANK.bar(Q64::ZERO, Block(361), &market), Q64::from_f64(0.25));
        assert_eq!(RANK.bar(stored, Block(720), &[Q64::ZERO]), stored);
        assert_eq!(HillGate::Open.bar(stored, Block(720), &market), Q64::ZERO);
    }

    /// At the bar the share keeps one half: (theta / w)^3 is one exactly. Twice the bar keeps 1 / (1 + 1/8).
    #[test]
    fn two_shares_by_hand() {
        let mut market = shares(&[2.0 / 3.0, 1.0 / 3.0]);
        let bar = market[1];
        RANK.apply(bar, &mut market);
        let (large, small) = (2.0 / 3.0 / 1.125, 1.0 / 3.0 / 2.0);
        assert!((market[0].to_f64() - large / (large + small)).abs() < 1e-7);
    }

    #[test]
    fn shares_that_would_all_vanish_are_kept() {
        let gate = HillGate::Rank { rank: 1, exponent: Q64::from_int(8) };
        let mut tiny = [Q64::from_bits(1); 4];
        gate.apply(Q64::from_bits(1 << 32), &mut tiny);
        assert_eq!(tiny, [Q64::from_bits(1); 4]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn quick_quotients_are_the_plain_ones(
            bar: u128, share: u128, fewer in 60..128u32, less in 60..128u32, power: u64, zeros in 0..64u32, whole: bool,
        ) {
            let (bar, share) = (Q64::from_bits(bar >> fewer), Q64::from_bits(share >> less));
            let plain = bar.fitting_div(share).bits();
            prop_assert_eq!(ratio(bar, share).bits() >> 32, plain >> 32);
            let power = if whole { u128::from(power >> zeros) << 32 } else { u128::from(power) << zeros };
            let number = Q64::ONE.saturating_add(Q64::from_bits(power));
            prop_assert_eq!(reciprocal(number), Q64::ONE.fitting_div(number));
        }
    }

    proptest! {
        #[test]
        fn what_passes_sums_to_one_and_keeps_its_order(
            weights in prop::collection::vec(0u64..1 << 40, 1..128),
            rank in 1u16..64,
        ) {
            let sum: u64 = weights.iter().sum();
            prop_assume!(sum > 0);
            let mut market: Vec<Q64> =
                weights.iter().map(|&weight| Q64::from_int(weight).fitting_div(Q64::from_int(sum))).collect();
            let gate = HillGate::Rank { rank, exponent: Q64::from_int(3) };
            gate.apply(gate.bar_of(&market), &mut market);
            let total: u128 = market.iter().map(|share| share.bits()).sum();
            prop_assert!(total <= 1 << 64 && (1 << 64) - total < 128 * 2, "{total}");
            for (a, x) in weights.iter().zip(&market) {
                for (b, y) in weights.iter().zip(&market) {
                    prop_assert!(a <= b || x.bits() + (1 << 40) >= y.bits());
                }
            }
        }

        #[test]
        fn splitting_a_share_below_the_bar_gains_nothing(share in 0.01..0.4f64, cut in 0.1..0.9f64) {
            let bar = Q64::from_f64(0.4);
            let kept = |parts: &[f64]| {
                let mut market = shares(parts);
                let others = Q64::from_f64(1.0 - share);
                market.push(others);
                RANK.apply(bar, &mut market);
                1.0 - market.last().expect("the others").to_f64()
            };
            prop_assert!(kept(&[share * cut, share * (1.0 - cut)]) <= kept(&[share]) + 1e-6);
        }
    }
}
