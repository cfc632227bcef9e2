//! From scenarios to results: files of scenarios, runs of them, comparisons with what is known.

mod as_spec;
pub mod calibrate;
pub mod conform;
pub mod forecast;
pub mod historical_clock;
pub mod limits;
pub mod program;
mod reading;
pub mod recorded;
pub mod run;
pub mod scenario;
pub mod stepping;
mod tables;
pub mod uncertainty;
pub mod verify;
