//! Spec 326: of the subnet owner's neurons those that registered first are immune; locks of new subnets are not paid back.

use crate::era::{Era, Spec};
use crate::registration::{OwnerRefund, OwnersOrder, Spared};

pub(super) const ERA: Era = Era {
    spec: Spec(326),
    date: "2025-10-07",
    about: "of the subnet owner's neurons those that registered first are immune; of subnets that register from \
            now on no lock is paid back",
    source: "subtensor:pallets/subtensor/src/subnets/registration.rs::get_immune_owner_tuples, \
             staking/remove_stake.rs::destroy_alpha_in_out_stakes @ ae2b37364",
    change: |rules| {
        rules.spared = Spared::OwnersImmune { limit: 1, order: OwnersOrder::EarliestFirst };
        rules.registration.owner_refund =
            OwnerRefund::LessLastEpoch { registered_before: OwnerRefund::MAINNET_START };
    },
    doubts: &[],
    migration: None,
};
