//! Spec 402: the owner of a new subnet gets no alpha for the lock.

use crate::era::{Era, Spec};
use crate::registration::NewPool;

pub(super) const ERA: Era = Era {
    spec: Spec(402),
    date: "2026-05-08",
    about: "the owner of a new subnet gets no alpha for the lock",
    source: "subtensor:pallets/subtensor/src/subnets/subnet.rs::do_register_network @ 6844ee37f",
    change: |rules| rules.registration.new_pool = NewPool::MedianPrice,
    doubts: &[],
    migration: None,
};
