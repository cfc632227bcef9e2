//! Which points of the parameters' space to run.
//!
//! A design is a list of points of the unit cube, one coordinate per factor; a `Range` turns a coordinate
//! into a factor's value. Points depend on the seed of the design and their own number, so a plan can be made
//! again from its file.

mod hypercube;
mod morris;
mod range;
mod sobol;

use thiserror::Error;

pub use hypercube::latin_hypercube;
pub use morris::MorrisDesign;
pub use range::{Range, RangeError};
pub use sobol::{Role, SobolDesign, sobol};

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
    /// The sequence is specified for so many points only.
    #[error("a Sobol sequence has at most {most} rows; {rows} are asked for")]
    Rows {
        /// How many are asked for.
        rows: usize,
        /// How many there are.
        most: usize,
    },
    /// The sequence is specified for so many coordinates only.
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
}
