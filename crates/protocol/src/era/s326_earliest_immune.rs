//! Spec 326: of the subnet owner's neurons those that registered first are immune.

use crate::era::{Era, Spec};
use crate::registration::{OwnersOrder, Spared};

pub(super) const ERA: Era = Era {
    spec: Spec(326),
    date: "2025-10-07",
    about: "of the subnet owner's neurons those that registered first are immune",
    source: "subtensor:pallets/subtensor/src/subnets/registration.rs::get_immune_owner_tuples @ ae2b37364",
    change: |rules| rules.spared = Spared::OwnersImmune { limit: 1, order: OwnersOrder::EarliestFirst },
    migration: None,
};
