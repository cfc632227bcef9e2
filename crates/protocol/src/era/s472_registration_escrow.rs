//! Spec 472: the TAO of a registration that waits is held in escrow.

use crate::era::{Certainty, Doubt, Era, Spec};
use crate::registration::{NewPool, RegistrationQueue};

pub(super) const ERA: Era = Era {
    spec: Spec(472),
    date: "2026-10-02",
    about: "the TAO of a registration that waits is held in escrow, and given back if it fails; the lock of a subnet is paid in full, \
            and its pool starts with what was paid",
    source: "subtensor:pallets/subtensor/src/subnets/subnet.rs (coldint @ 24e6b4daf), \
             subnets/dissolution.rs::process_network_registration_queue (coldint @ 022141231)",
    change: |rules| {
        rules.registration.queue = RegistrationQueue::Escrow;
        rules.registration.new_pool = NewPool::PaidInFull;
    },
    doubts: &[Doubt {
        certainty: Certainty::Likely,
        about: "the escrow begins with 472, whose metadata has it; the code that was read is 473's",
    }],
    migration: None,
};
