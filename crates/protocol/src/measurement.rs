//! How the value of a subnet is measured, by which the rule `Objective` shares the emission.
//!
//! ```text
//! measured = (value + paid / cost_of_faking) noise        in every block that is a multiple of `every`
//! ```
//! It is in force `delay` blocks later, until the next one is. `paid` is what anybody has paid since the last measurement
//! to have the subnet measured higher: for wash sales, for reviews, or to whoever measures. Noise is drawn anew for each
//! subnet and measurement, from a lognormal distribution with mean 1 and the standard deviation `noise`. What a subnet is
//! worth, and the draw, are the run's: nothing here is random.
//!
//! Values have whatever unit they are measured in, such as TAO of revenue per day; only their proportions count.

use crate::fixed::{Q32, Q64};
use crate::halving::MAX_SUPPLY;
use crate::settable::{self, settable};
use crate::units::{MAX_BLOCKS, Tao};

settable! {
    /// How values are measured. No runtime does: the rules have no effect unless the emission is shared by values.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MeasurementRules, written as MeasurementValues {
        /// Blocks between two measurements; they fall on its multiples.
        every: u64 = "blocks" in 1..=MAX_BLOCKS;
        /// Blocks from a measurement to the block whose emission is the first shared by it.
        delay: u64 = "blocks" in settable::BLOCKS;
        /// The relative standard deviation of a measurement.
        noise: Q32 = "fraction" in Q32::ZERO..=Q32::from_int(10);
        /// TAO that it costs to be measured one unit of value higher, once.
        cost_of_faking: Tao = "TAO" in Tao::from_rao(1_000)..=Tao::from_rao(MAX_SUPPLY);
    }
}

impl MeasurementRules {
    /// Each day, exactly, a day late; a unit of value costs a TAO.
    pub const USUAL: Self = Self {
        every: 7_200,
        delay: 7_200,
        noise: Q32::ZERO,
        cost_of_faking: Tao::from_rao(crate::units::RAO),
    };

    /// The units of value that a payment fakes.
    #[must_use]
    pub fn faked(self, paid: Tao) -> f64 {
        paid.to_f64() / self.cost_of_faking.to_f64()
    }
}

/// The largest value that can be measured; so the sum of all subnets' is in range.
pub const MAX_VALUE: f64 = 1e12;

/// What is measured of a subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// The value that is in force; zero before the first.
    pub value: Q64,
    /// TAO that has been paid since the last measurement for the subnet to be measured higher.
    pub paid: Tao,
}
