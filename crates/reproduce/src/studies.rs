//! The experiments on the article's claims: one file each, and their list.

mod btc_mining;
mod buybacks;
mod emission_cap;
mod free_market;
mod objective;
mod ponzi_loop;
mod rescue_frontier;
mod root_cartel;
mod root_decay;
mod smoothing;
mod world;

use crate::study::Study;

/// All of them, in the order in which they are listed.
pub const STUDIES: &[&Study] = &[
    &emission_cap::STUDY,
    &ponzi_loop::STUDY,
    &smoothing::STUDY,
    &root_decay::STUDY,
    &rescue_frontier::STUDY,
    &root_cartel::STUDY,
    &buybacks::STUDY,
    &btc_mining::STUDY,
    &free_market::STUDY,
    &objective::STUDY,
];

/// The study of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Study> {
    STUDIES.iter().copied().find(|study| study.name == name)
}
