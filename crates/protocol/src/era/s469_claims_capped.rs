//! Spec 469: a claim on a fund gets no more of a holding than its part of what the whole of it is worth.

use crate::basket::{ClaimWork, FundClaims, RefusedMint};
use crate::era::{Certainty, Doubt, Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(469),
    date: "2026-09-22",
    about: "a claim on a fund gets no more of a holding than its part of what the whole of it is worth, and leaves small ones \
            out; dividends for which no share can be minted wait",
    source: "subtensor:pallets/subtensor/src/staking/claim_root.rs, basket_flush.rs of specs 469 to 475 (RaoFoundation)",
    change: |rules| {
        rules.funds.claims = FundClaims::UpToEntitlement;
        rules.funds.refused_mint = RefusedMint::PutBack;
        rules.funds.claim_work = ClaimWork::HotkeysAndHoldings;
    },
    doubts: &[
        Doubt {
            certainty: Certainty::Open,
            about: "which runtime from 455 to 469 brought the cap and left small holdings out: 469 is run",
        },
        Doubt {
            certainty: Certainty::Likely,
            about: "dividends that mint no share are tried together and wait together",
        },
    ],
    migration: None,
};
