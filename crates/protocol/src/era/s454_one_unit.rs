//! Spec 454: of a fund's holding at least one unit is sold for a claim.

use crate::basket::FundClaims;
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(454),
    date: "2026-09-04",
    about: "of each holding of a fund that is worth something at least one unit is sold for a claim, so that none rounds to \
            nothing",
    source: "subtensor:pallets/subtensor/src/staking/claim_root.rs (RaoFoundation#3143)",
    change: |rules| rules.funds.claims = FundClaims::AtLeastOneUnit,
    doubts: &[],
    migration: None,
};
