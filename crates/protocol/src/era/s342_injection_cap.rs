//! Spec 342: pools receive alpha up to the subnet's emission; chain buys count in the issuance; root claims only while
//! prices sum to more than one.

use crate::era::{Era, Spec};
use crate::injection::InjectionRule;
use crate::rules::coinbase::{BuyOrder, Minting, RootPart};

pub(super) const ERA: Era = Era {
    spec: Spec(342),
    date: "2025-11-06",
    about: "pools receive alpha up to the subnet's emission; chain buys count in the issuance; root claims only \
            while prices sum to more than one",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ 6a76ecc0d",
    change: |rules| {
        rules.coinbase.injection = InjectionRule::UpToOwnAlpha;
        rules.coinbase.buys = BuyOrder::OnTheNewCurve;
        rules.coinbase.minting = Minting::InjectedAndSurplus;
        rules.coinbase.root_part = RootPart::ClaimableOrLeft;
    },
    doubts: &[],
    migration: None,
};
