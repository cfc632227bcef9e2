//! Which points of the parameters' space to run.
//!
//! A design is a list of points of the unit cube, one coordinate per factor; a `Range` turns a coordinate
//! into a factor's value. Points depend on the seed of the design and their own number, so a plan can be made
//! again from its file.

mod axis;
mod hypercube;
mod morris;
mod range;
mod sobol;
mod written;

use thiserror::Error;

pub use axis::Axis;
pub use hypercube::latin_hypercube;
pub use morris::MorrisDesign;
pub(crate) use morris::Step;
pub use range::{Range, RangeError};
pub use sobol::{Role, SobolDesign, sobol};
pub use written::{Needs, written};

/// The seed of a design. It moves points, never what happens in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DesignSeed(pub u64);

/// Why a design was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DesignError {
    /// There is nothing to vary or nothing to run.
    #[error("a design needs at least one factor and one row; it has {factors} factors and {rows} rows")]
    Empty {
        /// How many factors vary.
        factors: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// The sequence is specified for at most this many points.
    #[error("a Sobol sequence has at most {most} rows; {rows} are asked for")]
    Rows {
        /// How many are asked for.
        rows: usize,
        /// How many there are.
        most: usize,
    },
    /// The sequence is specified for at most this many coordinates.
    #[error("this design has at most {most} factors; {factors} are asked for")]
    Factors {
        /// How many are asked for.
        factors: usize,
        /// How many it can have.
        most: usize,
    },
    /// Trajectories step by half the levels.
    #[error("levels is {0}; Morris trajectories need an even number of levels, from 2 to 1024 (4 is usual)")]
    Levels(usize),
    /// An estimate needs two of them.
    #[error("{found} {what} cannot be analysed; write at least 2")]
    Single {
        /// What there is too little of.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A factor does not vary.
    #[error("all {points} points have the value {value}: allow more decimals, or widen the range")]
    Collapsed {
        /// Its number.
        factor: usize,
        /// Its value.
        value: String,
        /// How many points there are.
        points: usize,
    },
    /// Two levels of a factor are the same.
    #[error(
        "levels {first} and {second} of {levels} are both written {value}: allow more decimals, use fewer levels, or \
         widen the range"
    )]
    SameLevel {
        /// The factor's number.
        factor: usize,
        /// One level, from 1.
        first: usize,
        /// The other.
        second: usize,
        /// How many there are.
        levels: usize,
        /// What both are written as.
        value: String,
    },
    /// Two points are the same.
    #[error(
        "points {first} and {second} are the same ({values}) and would be counted twice: use fewer points, or allow \
         more decimals"
    )]
    SamePoint {
        /// One, from 0.
        first: usize,
        /// The other.
        second: usize,
        /// Their values.
        values: String,
    },
}

impl DesignError {
    /// The number of the factor that is to blame, if it is one.
    #[must_use]
    pub fn factor(&self) -> Option<usize> {
        match self {
            Self::Collapsed { factor, .. } | Self::SameLevel { factor, .. } => Some(*factor),
            _ => None,
        }
    }
}
