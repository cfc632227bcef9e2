//! By the moving average of what users stake into each pool less what they take out. Who loses stake gets nothing.
//!
//! ```text
//! z = max(0, S - L)          L = max(cutoff, min(0, the least S)): zero with the chain's cutoff
//! share = z^p / sum of z^p
//! ```

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Candidate, Description};
use crate::fixed::Q64;
use crate::flow::{FirstAverage, smoothing};
use crate::halving::MAX_SUPPLY;
use crate::power::shares_of_powers;
use crate::yuma::I64F64;

pub(super) const ABOUT: Description = Description {
    about: "by the moving average of what users stake less what they unstake (2025-11-04 to 2026-05-27)",
    stops: "a high price that nobody pays any more",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_shares_flow @ 1f520ed95",
};

/// How flows are averaged and shared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaoFlow {
    /// What the average begins with.
    pub first: FirstAverage,
    /// The part of a block's flow that enters the average, k, from 0 to 1 (`FlowEmaSmoothingFactor`).
    pub smoothing: Q64,
    /// The least lower limit, in rao per block (`TaoFlowCutoff`).
    pub cutoff: I64F64,
    /// The power by which flows count, p, from 1 to 2 (`FlowNormExponent`).
    pub exponent: Q64,
}

/// The powers by which the chain lets flows count. Up to two, neither the powers nor their sum leave the range of
/// [`shares_of_powers`].
///
/// Source: `subtensor:pallets/admin-utils/src/lib.rs::sudo_set_tao_flow_normalization_exponent @ 1f520ed95`
pub(super) const EXPONENT: RangeInclusive<Q64> = Q64::ONE..=Q64::from_int(2);

/// Flows of all TAO that can exist, out and in.
pub(super) const CUTOFF: RangeInclusive<I64F64> =
    I64F64::from_bits(-((MAX_SUPPLY as i128) << 64))..=I64F64::from_bits((MAX_SUPPLY as i128) << 64);

impl TaoFlow {
    /// The chain's values from spec 348 on.
    pub const CHAIN: Self = Self {
        first: FirstAverage::Zero,
        smoothing: smoothing(29_597_889_189_277),
        cutoff: I64F64::ZERO,
        exponent: Q64::ONE,
    };

    pub(super) fn shares(self, market: &[Candidate], shares: &mut Vec<Q64>) {
        let flow = |subnet: &Candidate| subnet.flow.user_average.unwrap_or_default();
        self.of_flows(market.iter().map(flow), shares);
    }

    /// The shares of flows, each of which counts from the lower limit on.
    pub(super) fn of_flows(self, flows: impl Iterator<Item = I64F64> + Clone, shares: &mut Vec<Q64>) {
        let limit = flows.clone().fold(I64F64::ZERO, I64F64::min).max(self.cutoff);
        shares.extend(flows.map(|flow| Q64::from_bits((flow - limit).bits().max(0).unsigned_abs())));
        shares_of_powers(shares, self.exponent);
    }
}

impl Default for TaoFlow {
    fn default() -> Self {
        Self::CHAIN
    }
}
