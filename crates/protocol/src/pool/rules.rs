//! Which curve pools trade on at a runtime, and what a swap costs there.

use serde::{Deserialize, Serialize};

use crate::fixed::Q64;
use crate::settable::{self, settable};

/// What becomes of emission that would bring a weight below 1 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weighing {
    /// Spec 423 to 425: none of it enters.
    AllOrNothing,
    /// From spec 426: what does not fit waits in reservoirs.
    WithReservoirs,
}

/// What of a block's emission deepens the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Injection {
    /// Spec 283 to 289: the position takes the emission, but not the liquidity that swaps meet. An oversight: what the
    /// market missed is never made up for. Mainnet began with 290.
    PositionOnly,
    /// Spec 290 to 300: the emission.
    Emission,
    /// Spec 301 to 333: the emission, and the fees counted since the last block. The first such block collects all that
    /// were counted since the pool's first swap.
    WithFees,
    /// Spec 334 to 422: of the emission and the fees what fits the price; the rest waits in reservoirs.
    WithReservoirs,
}

/// Fractions of a swap's input are counted in units of 1/65,535.
pub const WHOLE_RATE: u16 = u16::MAX;
/// The highest fee that the chain lets be set.
pub const MAX_FEE_RATE: u16 = 10_000;

/// The curve that pools trade on, with how the block's emission enters it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CurveRule {
    /// To spec 282: `tao * alpha` is kept, and emission is added to the reserves.
    ConstantProduct,
    /// Spec 283 to 422: one position of the protocol's over all prices.
    V3(Injection),
    /// Spec 423 on: a product of weighted reserves.
    Balancer(Weighing),
    /// Never ran: a quarter of an ellipse, which large trades soon come to the end of and which emission does not deepen.
    Superellipse,
}

/// Which reserves must hold the minimum before a swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReserveFloor {
    /// Spec 283 to 297: both.
    Both,
    /// Spec 298 on: only the one that is drawn from.
    Output,
}

/// What becomes of a swap that puts something in and gets nothing out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EmptyOutput {
    /// To spec 384 it is made.
    Allowed,
    /// From spec 385 it is refused.
    Refused,
}

/// Where a swap's fee goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeeDestination {
    /// To spec 384: it is counted for the position's owner, who is the protocol. The amount itself is in no reserve and
    /// nobody's; from 301 on the count deepens the pool ([`Injection::WithFees`]).
    Counter,
    /// From spec 385: to the author of the block.
    BlockAuthor,
}

settable::values!(CurveRule, ReserveFloor, EmptyOutput, FeeDestination);

settable! {
    /// How pools trade.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PoolRules, written as PoolValues {
        /// The curve that pools trade on, and how emission enters it.
        curve: CurveRule = "rule";
        /// Which reserves must hold the minimum before a swap on the later curves.
        reserve_floor: ReserveFloor = "rule";
        /// Whether a swap may get nothing out.
        empty_output: EmptyOutput = "rule";
        /// The part of a swap's input that is its fee on the later curves (`FeeRate`).
        fee_rate: u16 = "of 65,535" in 0..=MAX_FEE_RATE;
        /// Where that fee goes.
        fee_destination: FeeDestination = "rule";
    }
}

impl PoolRules {
    /// The launch's: a constant product, with a flat fee only ([`crate::rules::Rules::staking_fee`]).
    pub const LAUNCH: Self = Self {
        curve: CurveRule::ConstantProduct,
        reserve_floor: ReserveFloor::Both,
        empty_output: EmptyOutput::Allowed,
        fee_rate: 0,
        fee_destination: FeeDestination::Counter,
    };

    /// The fee of a swap of `amount`, which is in it.
    ///
    /// ```text
    /// floor( amount * (rate / 65535) )      the fraction cut at 64 bits
    /// ```
    /// Rounded down, in favour of who swaps.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/impls.rs::calculate_fee_amount` @ e9bbb6134, 14bc6f9f9
    #[must_use]
    pub const fn fee_within(self, amount: u64) -> u64 {
        if self.fee_rate == 0 {
            return 0;
        }
        let fraction = Q64::from_int(self.fee_rate as u64).fitting_div(Q64::from_int(WHOLE_RATE as u64));
        Q64::from_int(amount).times(fraction).floor()
    }

    /// The fee that comes on top of `net`, what enters the pool up to a limit price.
    ///
    /// ```text
    /// floor( net * (rate / (65535 - rate)) )      the fraction cut at 64 bits
    /// ```
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/impls.rs::determine_action` @ e9bbb6134, `swap_step.rs` @ 14bc6f9f9
    #[must_use]
    pub const fn fee_on_top(self, net: u64) -> u64 {
        let rest = WHOLE_RATE.saturating_sub(self.fee_rate);
        let fraction = Q64::from_int(self.fee_rate as u64).fitting_div(Q64::from_int(rest as u64));
        Q64::from_int(net).times(fraction).floor()
    }

    /// These rules with no fee: as the protocol's own swaps are made.
    #[must_use]
    pub const fn without_fee(self) -> Self {
        Self { fee_rate: 0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_the_rates_part_of_the_whole_and_on_top_of_the_rest() {
        let rules = PoolRules { fee_rate: 33, ..PoolRules::LAUNCH };
        // As seen on the chain: 10 TAO pay 5,035,477 rao.
        assert_eq!(rules.fee_within(10_000_000_000), 5_035_477);
        // 65,502 that enter need 33 more; the fraction was cut, so 65,502 itself gives one less.
        assert_eq!((rules.fee_on_top(65_502), rules.fee_on_top(65_503)), (32, 33));
        assert_eq!(rules.without_fee().fee_within(u64::MAX), 0);
    }
}
