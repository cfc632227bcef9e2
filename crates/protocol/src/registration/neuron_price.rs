//! The price of registering a neuron since spec 397: it falls with every block and rises with every registration.
//!
//! ```text
//! each block           price = price * f                 f^half_life = 1/2
//! each registration    price = price * 1.26
//! ```
//! Both are rounded down to whole rao and held between the subnet's minimum and maximum. There is no limit on how many
//! register in a block or an interval.
//!
//! Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::{update_registration_prices_for_networks,
//! bump_registration_price_after_registration}` @ 14bc6f9f9

use crate::fixed::wide_mul_shift;
use crate::units::Tao;

/// How the price of registering a neuron moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum NeuronPricing {
    /// Once in each interval, by how many registered in it (to spec 396).
    EachInterval,
    /// With each block and each registration (spec 397 on).
    EachBlock {
        /// Blocks without a registration in which the price halves (`BurnHalfLife`); 0 holds it.
        half_life: u16,
        /// What a registration multiplies it by (`BurnIncreaseMult`), from 1 to 2^32 - 1.
        rise: Rise,
    },
}

impl NeuronPricing {
    /// The code's defaults since spec 397.
    ///
    /// Source: `subtensor:pallets/subtensor/src/lib.rs::{DefaultBurnHalfLife, DefaultBurnIncreaseMult}` @ 14bc6f9f9
    #[must_use]
    pub fn spec_397() -> Self {
        Self::EachBlock { half_life: 360, rise: Rise::of(1.26).expect("it is above one") }
    }
}

/// What the price of a new subnet's neurons starts at.
///
/// Source: `subtensor:pallets/subtensor/src/lib.rs::DefaultNeuronBurnCost` @ 14bc6f9f9
pub const NEW_SUBNETS_NEURON_PRICE: Tao = Tao::from_rao(crate::units::RAO);

/// A factor from 1 to 2^32 - 1, with 64 fractional bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rise(u128);

impl Rise {
    /// The smallest factor: nothing rises.
    pub const MIN: Self = Self(1 << 64);
    /// The largest.
    pub const MAX: Self = Self((u32::MAX as u128) << 64);

    /// The factor that a float is, exactly; none outside its range.
    #[must_use]
    pub fn of(factor: f64) -> Option<Self> {
        const SCALE: f64 = 18_446_744_073_709_551_616.0;
        (1.0..=f64::from(u32::MAX)).contains(&factor).then_some(Self((factor * SCALE) as u128))
    }

    /// The factor as a float.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 18_446_744_073_709_551_616.0
    }
}

impl serde::Serialize for Rise {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

impl<'de> serde::Deserialize<'de> for Rise {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let factor = f64::deserialize(deserializer)?;
        Self::of(factor).ok_or_else(|| {
            serde::de::Error::custom(format_args!("{factor} is not a factor from 1 to 4294967295"))
        })
    }
}

/// The factor by which the price falls each block, with 32 fractional bits: the largest whose `half_life`-th power is at
/// most one half; one for a half-life of 0.
///
/// Source: `subtensor:pallets/subtensor/src/utils/misc.rs::decay_factor_q32` @ 14bc6f9f9
#[must_use]
pub const fn decay_factor(half_life: u16) -> u64 {
    const ONE: u64 = 1 << 32;
    if half_life == 0 {
        return ONE;
    }
    let (mut low, mut high) = (0, ONE);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if power(middle, half_life) > ONE / 2 {
            high = middle;
        } else {
            low = middle;
        }
    }
    low
}

/// A power of a number up to one with 32 fractional bits, by squaring from the lowest bit of the exponent; each product
/// is rounded down.
const fn power(base: u64, mut exponent: u16) -> u64 {
    let (mut result, mut factor) = (1 << 32, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = product(result, factor);
        }
        exponent >>= 1;
        factor = product(factor, factor);
    }
    result
}

/// A product with a factor of 32 fractional bits, rounded down.
const fn product(value: u64, factor: u64) -> u64 {
    let product = (value as u128 * factor as u128) >> 32;
    if product > u64::MAX as u128 { u64::MAX } else { product as u64 }
}

/// A range of prices; where the minimum is above the maximum, the maximum holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRange {
    /// The minimum.
    pub min: Tao,
    /// The maximum.
    pub max: Tao,
}

impl PriceRange {
    fn hold(self, price: u64) -> Tao {
        Tao::from_rao(price).max(self.min).min(self.max)
    }

    /// The price after a block without a registration, by its factor of [`decay_factor`].
    #[must_use]
    pub fn fallen(self, price: Tao, factor: u64) -> Tao {
        self.hold(product(price.rao(), factor))
    }

    /// The price after a registration.
    #[must_use]
    pub fn risen(self, price: Tao, rise: Rise) -> Tao {
        let risen = wide_mul_shift(u128::from(price.rao()), rise.0, 64);
        self.hold(u64::try_from(risen).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::RAO;

    const RANGE: PriceRange = PriceRange { min: Tao::from_rao(500_000), max: Tao::from_rao(100 * RAO) };

    #[test]
    fn a_half_life_later_the_price_is_half() {
        assert_eq!((decay_factor(0), decay_factor(1), decay_factor(360)), (1 << 32, 1 << 31, 4_286_705_684));
        let factor = decay_factor(360);
        let price = (0..360).fold(Tao::from_rao(RAO), |price, _| RANGE.fallen(price, factor));
        assert!(price.rao().abs_diff(RAO / 2) < 400, "{price}");
    }

    #[test]
    fn a_registration_raises_the_price_by_26_percent_within_its_range() {
        let NeuronPricing::EachBlock { rise, .. } = NeuronPricing::spec_397() else { unreachable!() };
        let risen = |price| RANGE.risen(Tao::from_rao(price), rise).rao();
        assert_eq!((risen(RAO), risen(50 * RAO), risen(99 * RAO)), (1_260_000_000, 63 * RAO, 100 * RAO));
        assert_eq!(risen(1), 500_000);
        let crossed = PriceRange { min: Tao::from_rao(9), max: Tao::from_rao(5) };
        assert_eq!(crossed.fallen(Tao::from_rao(7), 1 << 32), Tao::from_rao(5));
    }

    #[test]
    fn a_factor_below_one_is_no_rise() {
        assert_eq!(Rise::of(1.0).map(Rise::to_f64), Some(1.0));
        assert!(
            Rise::of(0.99).is_none() && Rise::of(f64::NAN).is_none() && Rise::of(f64::INFINITY).is_none()
        );
    }

    proptest! {
        #[test]
        fn the_price_never_leaves_its_range_and_moves_in_one_direction(
            price in 500_000..=100 * RAO, half_life: u16, rise in 1.0..10.0f64,
        ) {
            let price = Tao::from_rao(price);
            let fallen = RANGE.fallen(price, decay_factor(half_life));
            let risen = RANGE.risen(price, Rise::of(rise).expect("in its range"));
            prop_assert!(RANGE.min <= fallen && fallen <= price && price <= risen && risen <= RANGE.max);
        }

        #[test]
        fn the_factor_is_the_largest_whose_power_is_at_most_one_half(half_life in 1..=u16::MAX) {
            let factor = decay_factor(half_life);
            prop_assert!(power(factor, half_life) <= 1 << 31);
            prop_assert!(factor + 1 == 1 << 32 || power(factor + 1, half_life) > 1 << 31);
        }
    }
}
