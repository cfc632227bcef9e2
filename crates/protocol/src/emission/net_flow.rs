//! By the moving average of users' flow less that of what the protocol itself has put in, so that a subnet earns by
//! staking that emission and chain buys do not explain.
//!
//! ```text
//! n = min(1, sum of max(S, 0) / sum of max(Q, 0))         0 if the latter is
//! flow = S - n Q if Q > 0, else S - Q                     Q the average of the protocol's flow
//! ```
//! From there as in `tao_flow.rs`.

use serde::{Deserialize, Serialize};

use super::tao_flow::TaoFlow;
use super::{Candidate, Description};
use crate::fixed::Q64;
use crate::flow::FirstAverage;
use crate::yuma::I64F64;

pub(super) const ABOUT: Description = Description {
    about: "by users' flow less the protocol's own, both averaged (2026-05-27 to 2026-06-22)",
    stops: "staking that only draws more emission than was staked",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_shares_flow @ 486037ba4",
};

/// How flows are averaged and shared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetFlow {
    /// The part of a block's flow that enters the averages, k, from 0 to 1 (`FlowEmaSmoothingFactor`).
    pub smoothing: Q64,
    /// The least lower limit, in rao per block (`TaoFlowCutoff`).
    pub cutoff: I64F64,
    /// The power by which flows count, p, from 1 to 2 (`FlowNormExponent`).
    pub exponent: Q64,
}

impl NetFlow {
    /// The chain's values.
    pub const CHAIN: Self = {
        let TaoFlow { smoothing, cutoff, exponent, .. } = TaoFlow::CHAIN;
        Self { smoothing, cutoff, exponent }
    };

    /// How users' flow is averaged, and how flows are shared by.
    pub(super) const fn gross(self) -> TaoFlow {
        let Self { smoothing, cutoff, exponent } = self;
        TaoFlow { first: FirstAverage::Zero, smoothing, cutoff, exponent }
    }

    pub(super) fn shares(self, market: &[Candidate], shares: &mut Vec<Q64>) {
        let user = |subnet: &Candidate| subnet.flow.user_average.unwrap_or_default();
        let protocol = |subnet: &Candidate| subnet.flow.protocol_average;
        let norm = norm(market.iter().map(user), market.iter().map(protocol));
        let net = |subnet: &Candidate| {
            let paid = protocol(subnet);
            user(subnet) - if paid > I64F64::ZERO { norm.mul(paid) } else { paid }
        };
        self.gross().of_flows(market.iter().map(net), shares);
    }
}

/// The factor by which the protocol's positive flows count, so that together they are no more than users'.
fn norm(users: impl Iterator<Item = I64F64>, protocols: impl Iterator<Item = I64F64>) -> I64F64 {
    let user = users.fold(I64F64::ZERO, |sum, flow| sum + flow.max(I64F64::ZERO));
    let protocol = protocols.fold(I64F64::ZERO, |sum, flow| sum + flow.max(I64F64::ZERO));
    let unsigned = |sum: I64F64| Q64::from_bits(sum.bits().unsigned_abs());
    let quotient = unsigned(user).fitting_div(unsigned(protocol));
    // The chain's number is signed, and a quotient that does not fit is zero.
    i128::try_from(quotient.bits()).map_or(I64F64::ZERO, I64F64::from_bits).min(I64F64::ONE)
}

impl Default for NetFlow {
    fn default() -> Self {
        Self::CHAIN
    }
}
