//! What it costs to register a subnet, and a neuron on one, and which neuron makes room.

mod collateral;
mod deregistration;
mod neuron_price;
mod new_subnet;
mod owners_neurons;
mod pruning;
mod rules;

pub use collateral::{
    Collateral, CollateralFault, CollateralRefused, CollateralTerms, NeuronCharge, NeuronPayment,
    NeuronShares, Settled,
};
pub use deregistration::{
    Dissolution, Established, OwnerRefund, ProtocolShare, dissolve, owners_refund, subnet_to_prune,
};
pub use neuron_price::{NEW_SUBNETS_NEURON_PRICE, NeuronPricing, PriceRange, Rise, decay_factor};
pub use new_subnet::{NewPool, StartingPool, median_price};
pub use owners_neurons::{
    OwnerIncentive, OwnersNeuron, OwnersOrder, Standing, WithheldIncentive, immune_of_owner,
};
pub use pruning::{Candidate, MIN_NON_IMMUNE, Spared, to_prune, to_prune_keeping};
pub use rules::{Pruning, RegistrationQueue, RegistrationRules, RegistrationValues, SubnetLimit};

use crate::settable::{self, settable};
use crate::units::{Block, Tao};

/// What the last registration of a subnet left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastLock {
    /// What it cost.
    pub cost: Tao,
    /// When it was; block 0 means that there was none.
    pub block: Block,
}

/// The cost of registering a subnet: twice the last, falling by the last in every reduction interval.
///
/// ```text
/// max(min, 2 * last - floor(last / interval) * (block - last block))      1 * last if there was none
/// ```
/// The step per block is cut to whole rao, in the chain's favour.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/root.rs::get_network_lock_cost` @ f95810a25
#[must_use]
pub fn lock_cost(last: LastLock, min: Tao, reduction_interval: u64, block: Block) -> Tao {
    let multiple = if last.block == Block(0) { 1 } else { 2 };
    let step = last.cost.rao().checked_div(reduction_interval).unwrap_or(0);
    let fallen = step.saturating_mul(block.since(last.block));
    let cost = last.cost.rao().saturating_mul(multiple).saturating_sub(fallen);
    Tao::from_rao(cost).max(min)
}

/// The reduction interval at a block's emission: it shrinks with the halvings.
#[must_use]
pub fn reduction_interval(interval: u64, emission: Tao) -> u64 {
    (u128::from(interval) * u128::from(emission.rao()) / u128::from(crate::units::RAO)) as u64
}

settable! {
    /// How the price of registering a neuron adjusts.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BurnAdjustment, written as BurnValues {
        /// How much of the old price is kept (`AdjustmentAlpha`); 0.97 by default.
        kept: u64 = "of 2^64 - 1";
        /// Registrations aimed at per interval; three times as many are taken.
        target: u16 = "neurons" in 1..=u16::MAX;
        /// Least price, of subnets that have none of their own.
        min: Tao = "TAO" in settable::TAO;
        /// Greatest price.
        max: Tao = "TAO" in settable::TAO;
    }
}

/// How many neurons an interval has registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// By paying the price.
    pub by_burning: u16,
    /// By work.
    pub by_work: u16,
}

impl Interval {
    /// Both together.
    #[must_use]
    pub fn all(self) -> u16 {
        self.by_burning.saturating_add(self.by_work)
    }
}

impl BurnAdjustment {
    /// The minimum of a subnet that is registered under the launch's rules: 1 rao, set explicitly.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::init_new_network` @ f95810a25
    pub const NEW_MIN: Tao = Tao::from_rao(1);

    /// The launch's values; the minimum is that of subnets without one of their own.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::init_new_network`, `runtime/src/lib.rs` @ f95810a25
    pub const LAUNCH: Self = Self {
        kept: 17_893_341_751_498_265_066,
        target: 1,
        min: Tao::from_rao(500_000),
        max: Tao::from_rao(100_000_000_000),
    };

    /// The price after an interval, if what was registered in it moves the price at all.
    ///
    /// Above the target, the price moves unless more registered by work than by burning; up to the target, unless more
    /// registered by burning. Otherwise only the difficulty of the work moves, which is not modelled.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/block_step.rs::adjust_registration_terms_for_networks`
    /// @ f95810a25
    #[must_use]
    pub fn adjust(&self, price: Tao, interval: Interval) -> Tao {
        let Interval { by_burning, by_work } = interval;
        let moves = if interval.all() > self.target { by_burning >= by_work } else { by_burning <= by_work };
        if moves { self.next_price(price, interval.all()) } else { price }
    }

    /// The price for the next interval, given the number of registrations in this one.
    ///
    /// ```text
    /// kept * price + (1 - kept) * price * (registrations + target) / (2 * target)
    /// ```
    /// 18 fractional bits, each step cut below; then cut to whole rao and into `[min, max]`; where the minimum is above the
    /// maximum, the maximum holds.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/block_step.rs::adjust_burn` @ f95810a25
    #[must_use]
    pub fn next_price(&self, price: Tao, registrations: u16) -> Tao {
        const FRACTION: u32 = 18;
        let one = 1u128 << FRACTION;
        let current = u128::from(price.rao()) << FRACTION;
        let target = u128::from(self.target.max(1));
        let busy = current * (u128::from(registrations) + target) / (2 * target);
        let kept = (u128::from(self.kept) << FRACTION) / u128::from(u64::MAX);
        let next = ((kept * current) >> FRACTION) + (((one - kept) * busy) >> FRACTION);
        Tao::from_rao((next >> FRACTION) as u64).max(self.min).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use proptest::prelude::*;

    use super::*;
    use crate::units::RAO;

    proptest! {
        #[test]
        fn the_lock_cost_falls_from_twice_the_last_to_its_minimum(
            cost in 0..1_000_000 * RAO, min in 0..1_000_000 * RAO, interval in 0u64..1_000_000,
            passed in 0u64..10_000_000, more in 0u64..1_000_000,
        ) {
            let last = LastLock { cost: Tao::from_rao(cost), block: Block(5) };
            let at = |passed| lock_cost(last, Tao::from_rao(min), interval, Block(5 + passed)).rao();
            prop_assert_eq!(at(0), (2 * cost).max(min));
            prop_assert!(at(passed) >= at(passed + more) && at(passed + more) >= min);
            // The step is cut, so that the cost falls no faster than by the last in an interval.
            let exact = 2.0 * cost as f64 - cost as f64 * passed as f64 / interval.max(1) as f64;
            prop_assert!(at(passed) as f64 >= exact - 1.0);
        }
    }

    #[test]
    fn the_lock_cost_doubles_and_is_back_after_one_interval() {
        let last = LastLock { cost: Tao::from_rao(100_800 * RAO), block: Block(10) };
        let at = |block| lock_cost(last, Tao::from_rao(RAO), 100_800, Block(block));
        assert_eq!(at(10), Tao::from_rao(201_600 * RAO));
        assert_eq!(at(10 + 100_800), last.cost);
        assert_eq!(at(10 + 201_600), Tao::from_rao(RAO));
    }

    #[test]
    fn the_burn_stays_on_target_and_falls_without_registrations() {
        let price = Tao::from_rao(RAO);
        let next = |registrations| BurnAdjustment::LAUNCH.next_price(price, registrations).rao();
        // 0.97 is cut to 18 bits; what is lost there is given back by 1 - 0.97.
        assert_eq!(next(1), RAO);
        assert!((next(0) as f64 / RAO as f64 - 0.985).abs() < 1e-5);
        assert!((next(3) as f64 / RAO as f64 - 1.03).abs() < 1e-5);
    }

    #[test]
    fn the_burn_moves_in_four_of_the_six_cases() {
        let aim = BurnAdjustment { target: 4, ..BurnAdjustment::LAUNCH };
        let price = Tao::from_rao(RAO);
        let moves = |by_burning, by_work| aim.adjust(price, Interval { by_burning, by_work }).cmp(&price);
        // Above the target: more work, more burns, equal.
        assert_eq!([(2, 3), (3, 2), (3, 3)].map(|(b, w)| moves(b, w)), [Equal, Greater, Greater]);
        // Up to it: more work, more burns, equal. Burns alone never make it cheaper.
        assert_eq!([(1, 2), (2, 1), (1, 1)].map(|(b, w)| moves(b, w)), [Less, Equal, Less]);
        assert_eq!([(0, 0), (1, 0), (4, 0), (5, 0)].map(|(b, w)| moves(b, w)), [Less, Equal, Equal, Greater]);
        // A price outside the limits is left alone as well.
        let low = Tao::from_rao(7);
        assert_eq!(aim.adjust(low, Interval { by_burning: 1, by_work: 0 }), low);
    }

    #[test]
    fn the_maximum_burn_holds_where_the_minimum_is_above_it() {
        let adjustment =
            BurnAdjustment { min: Tao::from_rao(9), max: Tao::from_rao(5), ..BurnAdjustment::LAUNCH };
        assert_eq!([3, 7, 11].map(|price| adjustment.next_price(Tao::from_rao(price), 0).rao()), [5, 5, 5]);
    }

    #[test]
    fn the_burn_stays_within_its_limits() {
        assert_eq!(BurnAdjustment::LAUNCH.next_price(Tao::from_rao(500_001), 0), Tao::from_rao(500_000));
        assert_eq!(BurnAdjustment::LAUNCH.next_price(Tao::from_rao(100 * RAO), 3), Tao::from_rao(100 * RAO));
    }
}
