//! Spec 468: a holding that is worth nothing no longer keeps TAO from being staked into its fund.

use crate::basket::FundDeposits;
use crate::era::{Certainty, Doubt, Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(468),
    date: "2026-09-21",
    about: "a holding that is worth nothing no longer keeps TAO from being staked into its fund",
    source: "subtensor:pallets/subtensor/src/staking/claim_root.rs::basket_deployment_split (RaoFoundation)",
    change: |rules| rules.funds.deposits = FundDeposits::OfWorth,
    doubts: &[Doubt {
        certainty: Certainty::Likely,
        about: "that 468 ran; its day lies between those of 467 and 469",
    }],
    migration: None,
};
