//! The TAO that flows into and out of a subnet's pool, block by block, and its moving averages.
//!
//! ```text
//! S' = (1 - k) S + k F        F the flow since the last coinbase, in rao; 64 fractional bits
//! ```
//! With the chain's k of 3.209e-6 an average forgets half in 216,000 blocks, a month.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_ema_flow @ 1f520ed95, 459fa72d1, 486037ba4`

use serde::{Deserialize, Serialize};

use crate::fixed::{Q32, Q64};
use crate::units::Tao;
use crate::yuma::I64F64;

/// What the chain remembers of a subnet's flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// TAO that users staked less TAO that they were paid for their stake, since the last average (`SubnetTaoFlow`), in rao.
    pub user: i64,
    /// TAO that the protocol put in less TAO that root's claims took out, since the last average
    /// (`SubnetProtocolFlow`), in rao.
    pub protocol: i64,
    /// The average of users' flow, once there is one (`SubnetEmaTaoFlow`), in rao per block.
    pub user_average: Option<I64F64>,
    /// The average of the protocol's flow (`SubnetEmaProtocolFlow`), in rao per block.
    pub protocol_average: I64F64,
}

/// What the average of users' flow begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstAverage {
    /// Spec 334 to 337: the lesser of moving price and spot price, as rao; the flow is not counted that time.
    Price,
    /// Spec 338 to 347: the same times 1e9.
    ScaledPrice,
    /// Spec 348 on: zero.
    Zero,
}

impl Flow {
    /// Users have put TAO into the pool.
    pub const fn enters(&mut self, tao: Tao) {
        self.user = self.user.saturating_add(tao.rao().cast_signed());
    }

    /// Users have been paid TAO out of the pool.
    pub const fn leaves(&mut self, tao: Tao) {
        self.user = self.user.saturating_sub(tao.rao().cast_signed());
    }

    /// The protocol has put TAO into the pool.
    pub const fn protocol_enters(&mut self, tao: Tao) {
        self.protocol = self.protocol.saturating_add(tao.rao().cast_signed());
    }

    /// Root's claims have been paid TAO out of the pool.
    pub const fn protocol_leaves(&mut self, tao: Tao) {
        self.protocol = self.protocol.saturating_sub(tao.rao().cast_signed());
    }

    /// Takes users' flow into its average, and counts anew. `price` is what the first average is made of.
    pub fn average_user(&mut self, smoothing: Q64, first: FirstAverage, price: Q32) {
        let before = match (self.user_average, first) {
            (Some(average), _) => average,
            (None, FirstAverage::Zero) => I64F64::ZERO,
            (None, FirstAverage::Price | FirstAverage::ScaledPrice) => {
                let scale = if first == FirstAverage::Price { 1 } else { 1_000_000_000 };
                let price = I64F64::from_bits(i128::try_from(price.bits() << 32).unwrap_or(i128::MAX));
                self.user_average = Some(I64F64::from_int(scale).mul(price));
                return;
            }
        };
        self.user_average = Some(averaged(before, std::mem::take(&mut self.user), smoothing));
    }

    /// Takes the protocol's flow into its average, and counts anew.
    pub fn average_protocol(&mut self, smoothing: Q64) {
        self.protocol_average =
            averaged(self.protocol_average, std::mem::take(&mut self.protocol), smoothing);
    }
}

/// A moving average after a block with this flow.
#[must_use]
pub fn averaged(before: I64F64, flow: i64, smoothing: Q64) -> I64F64 {
    let part = I64F64::from_bits(i128::try_from(smoothing.bits()).unwrap_or(i128::MAX));
    let flow = I64F64::from_bits(i128::from(flow) << 64);
    (I64F64::ONE - part).mul(before) + part.mul(flow)
}

/// The part of a block's flow that enters the average, k, from its numerator over 2^63 - 1, as the chain stores it.
#[must_use]
pub const fn smoothing(numerator: u64) -> Q64 {
    Q64::from_int(numerator).fitting_div(Q64::from_int(i64::MAX.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rao(value: i64) -> I64F64 {
        I64F64::from_bits(i128::from(value) << 64)
    }

    /// A quarter of the flow, three quarters of the average.
    #[test]
    fn an_average_by_hand() {
        let mut flow = Flow { user_average: Some(rao(80)), ..Flow::default() };
        flow.enters(Tao::from_rao(100));
        flow.leaves(Tao::from_rao(60));
        flow.average_user(Q64::from_f64(0.25), FirstAverage::Zero, Q32::ONE);
        assert_eq!((flow.user_average, flow.user), (Some(rao(70)), 0));
        flow.leaves(Tao::from_rao(200));
        flow.average_user(Q64::from_f64(0.5), FirstAverage::Zero, Q32::ONE);
        assert_eq!(flow.user_average, Some(rao(-65)));
    }

    #[test]
    fn the_first_average_is_a_price_until_spec_347_and_then_the_flow_waits() {
        for (first, expected, waiting) in [
            (FirstAverage::Price, I64F64::from_bits(1 << 63), 100),
            (FirstAverage::ScaledPrice, rao(500_000_000), 100),
            (FirstAverage::Zero, rao(25), 0),
        ] {
            let mut flow = Flow::default();
            flow.enters(Tao::from_rao(100));
            flow.average_user(Q64::from_f64(0.25), first, Q32::HALF);
            assert_eq!((flow.user_average, flow.user), (Some(expected), waiting), "{first:?}");
        }
    }

    #[test]
    fn the_protocols_flow_is_counted_apart() {
        let mut flow = Flow::default();
        flow.protocol_enters(Tao::from_rao(40));
        flow.protocol_leaves(Tao::from_rao(60));
        flow.average_protocol(Q64::from_f64(0.5));
        assert_eq!((flow.protocol_average, flow.protocol, flow.user_average), (rao(-10), 0, None));
    }

    proptest! {
        #[test]
        fn an_average_stays_between_itself_and_the_flow(
            before in -(1i64 << 50)..1 << 50,
            flow in -(1i64 << 50)..1 << 50,
            part in 0..=u64::MAX,
        ) {
            let after = averaged(rao(before), flow, Q64::from_bits(part.into()));
            // Each product is rounded down to 2^-64.
            let (least, most) = (rao(before.min(flow)), rao(before.max(flow)));
            prop_assert!(after.bits() + 2 >= least.bits() && after <= most);
        }
    }
}
