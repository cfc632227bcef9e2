//! From files to results: scenarios, runs, comparisons with what is known.

pub mod calibrate;
pub mod catalogue;
pub mod conform;
pub mod historical_clock;
pub mod input;
pub mod run;
pub mod scenario;
pub mod sweep;
mod tables;
pub mod verify;
