//! Spec 429: a registration that finds all places taken waits until the subnet that makes room is cleaned up.

use crate::era::{Certainty, Doubt, Era, Spec};
use crate::registration::RegistrationQueue;

pub(super) const ERA: Era = Era {
    spec: Spec(429),
    date: "2026-07-13",
    about: "a registration that finds all places taken removes the cheapest old subnet at once, and waits in a queue until that one is \
            cleaned up, its TAO frozen on the account",
    source: "subtensor:pallets/subtensor/src/subnets/subnet.rs (RaoFoundation @ f9d7c362, 072666e0), \
             subnets/dissolution.rs::process_network_registration_queue (RaoFoundation @ 0249a4a4e); bittensor 11.0.0rc6, \
             _generated/storage.py (spec 429)",
    change: |rules| rules.registration.queue = RegistrationQueue::Frozen,
    doubts: &[
        Doubt {
            certainty: Certainty::Likely,
            about: "the queue begins with 429, whose storage has it; the code of 425 has none, that of 426 to 428 was not read",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "how long a removed subnet takes to be cleaned up, 22 blocks here: on mainnet 17 to 25, as blocks have room",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "with which runtime the price and the rate limit count from the block of the queueing, where earlier code counts from \
                    that of the subnet: all here",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "what becomes of an account that cannot pay when a place is free: here it goes on waiting; in the code that was read \
                    (RaoFoundation @ 072666e0), where `set_new_network_state` is not transactional, it is unlocked and leaves an empty \
                    subnet behind",
        },
    ],
    migration: None,
};
