//! Where the parts of a start's state come from.

use serde::Serialize;

/// Where a part of the state comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// From the scenario or its table.
    Given,
    /// It is the chain's own default.
    Defaulted,
    /// Neither says: it is an assumption.
    Assumed,
    /// From the table, but the rules that the run begins with do not read it.
    Unused,
}

impl How {
    /// The word in a report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Defaulted => "defaulted",
            Self::Assumed => "assumed",
            Self::Unused => "unused",
        }
    }
}

/// A part of a start's state, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The part: a column of the table, a field of the scenario, or what neither has.
    pub part: &'static str,
    /// Where it comes from.
    pub how: How,
    /// What it is taken to be, and of how many subnets.
    pub what: String,
}
