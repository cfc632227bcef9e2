//! Spec 244: dividends in alpha no longer include what root has already sold, and a subnet owner may lend
//! with any stake, and share pools guard their precision.

use crate::children::Parents;
use crate::drain::AlphaDividends;
use crate::era::{Era, Spec};
use crate::share_pool::Precision;

pub(super) const ERA: Era = Era {
    spec: Spec(244),
    date: "2025-02-24",
    about: "validators are no longer paid in alpha what root has sold; a subnet owner's hotkey may lend any stake; \
            share pools take a holder's last dust along",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ 5073ade60",
    change: |rules| {
        rules.alpha_dividends = AlphaDividends::Net;
        rules.children.parents = Parents::NotTheOwner;
        rules.share_precision = Precision::Guarded;
    },
    doubts: &[],
    migration: None,
};
