//! Spec 343: root's part is recycled while prices sum to no more than one; miners' and validators' parts wait apart.

use crate::drain::AlphaDividends;
use crate::era::{Era, Spec};
use crate::registration::OwnerRefund;
use crate::rules::coinbase::{Gathering, RootPart};

pub(super) const ERA: Era = Era {
    spec: Spec(343),
    date: "2025-11-07",
    about: "root's part is recycled while prices sum to no more than one; miners' and validators' parts wait \
            apart; what the owner of a subnet that makes room gets back is less the cut of all alpha",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs, \
             staking/remove_stake.rs::destroy_alpha_in_out_stakes @ b179867c3",
    change: |rules| {
        rules.coinbase.root_part = RootPart::ClaimableOrRecycled;
        rules.coinbase.gathering = Gathering::Apart;
        rules.alpha_dividends = AlphaDividends::Gathered;
        rules.registration.owner_refund =
            OwnerRefund::LessAllAlpha { registered_before: OwnerRefund::MAINNET_START };
    },
    doubts: &[],
    migration: None,
};
