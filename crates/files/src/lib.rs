//! Files: those that users write are read within limits, and where they are wrong, explained; results are written whole, into
//! folders that say what they hold.
//!
//! **Architecture invariant:** nothing here knows the chain, scenarios, runs or sweeps: no crate of this project is below it.

pub mod folder;
pub mod input;
pub mod shell;
pub mod table;
