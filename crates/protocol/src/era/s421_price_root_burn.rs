//! Spec 421: TAO is shared by moving price, root's proportion and what of the incentive reaches miners; pools receive
//! alpha up to root's proportion.

use crate::emission::Emission;
use crate::era::{Era, Spec};
use crate::injection::InjectionRule;

pub(super) const ERA: Era = Era {
    spec: Spec(421),
    date: "2026-06-22",
    about: "TAO is shared by moving price, root's proportion and what of the incentive reaches miners; pools \
            receive alpha up to root's proportion",
    source: "subtensor:pallets/subtensor/src/coinbase/{run_coinbase,subnet_emissions}.rs @ 6016381e4",
    change: |rules| {
        rules.emission = Emission::PriceRootBurn;
        rules.coinbase.injection = InjectionRule::UpToRootProportion;
    },
    doubts: &[],
    migration: None,
};
