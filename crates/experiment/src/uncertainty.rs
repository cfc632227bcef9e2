//! What of a run's rules is not certain: of late runtimes not everything could be read in the code that ran.

use dtao_protocol::era::{Certainty, Doubt, Spec, doubts};
use serde::Serialize;

/// A part of the rules that a run rests on although it is not certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Uncertainty {
    /// The runtime that brought it, as far as is known.
    pub spec: u16,
    /// How sure it is.
    pub certainty: Certainty,
    /// What, and what is run.
    pub about: &'static str,
}

impl Uncertainty {
    /// All that is not certain of the rules at a runtime.
    #[must_use]
    pub fn of(spec: Spec) -> Vec<Self> {
        let uncertain =
            |(spec, Doubt { certainty, about }): (Spec, Doubt)| Self { spec: spec.into(), certainty, about };
        doubts(spec).map(uncertain).collect()
    }
}
