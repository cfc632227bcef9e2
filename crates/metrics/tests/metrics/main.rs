//! Metrics of small runs, against numbers worked out by hand.

mod epochs;
mod flows;
mod market;
mod network;
