//! From files to results: scenarios, runs, comparisons with what is known.

pub mod calibrate;
pub mod catalogue;
pub mod conform;
pub mod design;
pub mod folder;
pub mod forecast;
pub mod historical_clock;
pub mod input;
mod random;
pub mod reproduce;
pub mod run;
pub mod scenario;
pub mod sensitivity;
pub mod statistics;
pub mod sweep;
mod tables;
pub mod verify;
