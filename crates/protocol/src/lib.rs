//! The rules of Bittensor's dynamic TAO, as data and pure functions.
//!
//! Nothing here knows of agents, randomness, files or time: a rule takes a state and says what should
//! happen, exact to the rao. The engine makes it happen. Every rule names the chain's own source.

mod apportion;
pub mod basket;
pub mod books;
pub mod children;
pub mod coinbase;
pub mod conform;
pub mod conviction;
mod division;
pub mod drain;
pub mod emission;
pub mod emission_weights;
pub mod era;
pub mod fixed;
pub mod flow;
pub mod genesis;
pub mod halving;
pub mod hill_gate;
pub mod injection;
pub mod mainnet;
pub mod measurement;
pub mod moving_price;
pub mod pool;
pub mod power;
pub mod registration;
pub mod root_claim;
pub mod root_network;
pub mod rules;
pub mod schedule;
pub mod settable;
pub mod share_pool;
pub mod staking;
pub mod trading;
pub mod units;
pub mod yuma;
