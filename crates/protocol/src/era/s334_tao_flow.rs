//! Spec 334: TAO is shared by the flow of stake; root's part waits in alpha to be claimed.

use crate::emission::{Emission, TaoFlow};
use crate::era::{Era, Migration, Spec};
use crate::flow::FirstAverage;
use crate::pool::CurveRule;
use crate::pool::v3::Injection;
use crate::root_claim::{AUTO_CLAIMS, ClaimCalls};
use crate::rules::coinbase::RootPart;

pub(super) const ERA: Era = Era {
    spec: Spec(334),
    date: "2025-11-04",
    about: "TAO is shared by the flow of stake; root's part waits in alpha to be claimed; what of the emission \
            does not fit a pool's price waits in reservoirs",
    source: "subtensor:pallets/subtensor/src/coinbase/{run_coinbase,subnet_emissions}.rs @ 6218ecc5c",
    change: |rules| {
        rules.emission = Emission::TaoFlow(TaoFlow { first: FirstAverage::Price, ..TaoFlow::CHAIN });
        rules.pool.curve = CurveRule::V3(Injection::WithReservoirs);
        rules.coinbase.root_part = RootPart::ClaimableUnlessSubsidised;
        rules.drain.auto_claims = AUTO_CLAIMS;
        rules.root_claims.calls = ClaimCalls::SwapOrKeep;
    },
    doubts: &[],
    migration: Some(Migration::TaoDividendsEnd),
};
