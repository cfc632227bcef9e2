//! The rules of Bittensor's dynamic TAO, as data and pure functions.
//!
//! Nothing here knows of agents, randomness, files or time: a rule takes a state and says what should
//! happen, exact to the rao. [`dtao-engine`] makes it happen. Every rule names the chain's own source.
//!
//! [`dtao-engine`]: ../dtao_engine/index.html

pub mod drain;
pub mod fixed;
pub mod root_network;
pub mod units;
pub mod yuma;

#[cfg(feature = "conform")]
pub mod conform;
