//! One run of the simulator: a world of subnets and accounts, and the blocks that change it.
//!
//! Agents act only as accounts can: they read a [`view::View`] of public state and submit
//! [`call::Call`]s. A block passes through the seven [`pipeline::Phase`]s; only the [`ledger`] moves tokens,
//! and an [`audit`]or that shares no code with it recounts them.

pub mod account;
pub mod audit;
pub mod calendar;
pub mod call;
mod carried;
pub mod chain;
pub mod checkpoint;
pub mod clock;
mod collateral;
mod common;
mod fund_valuation;
pub mod funds;
mod kinds;
pub mod ledger;
mod locks;
pub mod market;
pub mod math;
pub mod measurement;
pub mod observe;
pub mod outbox;
pub mod pipeline;
mod quiet;
pub mod random;
pub mod receipts;
pub mod registration_queue;
mod root_calls;
pub mod root_network;
pub mod roster;
pub mod run;
pub mod stakes;
pub mod strategy;
pub mod subnet;
pub mod view;
pub mod wakes;
