//! The engine through its public behaviour: the ledger's laws, the auditor, the order of calls, determinism.

mod auditor;
mod calendar;
mod checkpoint;
mod curves;
mod determinism;
mod drains;
mod eras;
mod funds;
mod inherited_uid;
mod later_registration;
mod ledger;
mod lending;
mod moves;
mod new_subnets;
mod order;
mod root_calls;
mod root_claims;
mod root_voting;
mod roster;
mod start_call;
mod streams;
mod thresholds;
mod trades;
mod values;
mod wishes;
mod world;
