//! Spec 334: TAO is shared by the flow of stake; root's part waits in alpha to be claimed.

use crate::coinbase::rules::RootPart;
use crate::emission::{Emission, TaoFlow};
use crate::era::{Era, Spec};
use crate::flow::FirstAverage;

pub(super) const ERA: Era = Era {
    spec: Spec(334),
    date: "2025-11-04",
    about: "TAO is shared by the flow of stake; root's part waits in alpha to be claimed",
    source: "subtensor:pallets/subtensor/src/coinbase/{run_coinbase,subnet_emissions}.rs @ 6218ecc5c",
    change: |rules| {
        rules.emission = Emission::TaoFlow(TaoFlow { first: FirstAverage::Price, ..TaoFlow::CHAIN });
        rules.coinbase.root_part = RootPart::ClaimableUnlessSubsidised;
    },
    migration: None,
};
