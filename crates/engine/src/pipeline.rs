//! One block: seven phases, always in the same order.
//!
//! | part of a block | where |
//! |---|---|
//! | wake | `wake`, `kinds::Due`, `calendar` |
//! | decide, react | `kinds`, `strategy` |
//! | order of calls | `sequence` |
//! | coinbase | `ledger::coinbase`: values are measured, `protocol::coinbase::block` emits, epochs run, root's claims are drawn; then children are taken over and prices of registering adjusted, in `ledger::rosters` |
//! | the same before dynamic TAO | `ledger::root_voting` |
//! | root's scheduled calls (`eras`) | `root_calls` |
//! | calls | `Ledger::perform` in `ledger` |
//! | registrations that wait for a place | `ledger::subnet_registration` |
//! | record, audit | `observe`, `audit` |
//!
//! What every run has is installed here; the coinbase, the strategies, root's calls and the auditor are installed by
//! `run`, if the run has them. A block in which nobody acts does not go through the schedule: `quiet`
//! makes its coinbase and its record.

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor};
use dtao_protocol::units::Block;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::account::Accounts;
use crate::calendar::Calendar;
use crate::call::{Place, Submitted};
use crate::clock::Clock;
use crate::kinds::Due;
use crate::ledger::Ledger;
use crate::ledger::subnet_registration::{settle_registrations, somebody_waits};
use crate::outbox::Outbox;
use crate::random::{Stream, generator};
use crate::receipts::Receipts;
use crate::subnet::Subnets;

/// The phases of a block, in order.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The calendar yields the agents due at this block.
    Wake,
    /// They read the state left by the previous block and submit calls.
    Decide,
    /// Agents that watch pending calls answer to what they see there.
    React,
    /// The block's order of calls.
    Sequence,
    /// Measured values, emission, root's sale, moving prices, epochs, root's claims, neurons: the chain's `on_initialize`,
    /// before any call.
    Coinbase,
    /// Calls, one by one, against pools and balances.
    Execute,
    /// Observers read the new state; nothing may write to it.
    Record,
}

/// How a block orders its calls.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallOrder {
    /// As they arrive: decisions by agent number, then answers to them. Requests for a place are ignored.
    #[default]
    Arrival,
    /// Shuffled anew in every block: each call stands where its agent's own random number puts it, so that of two calls
    /// the same comes first whatever others there are.
    Random,
    /// As they arrive, but an answer stands right before or after the call that it names, if it wishes so.
    Searcher,
}

/// The schedule of a block.
#[derive(ScheduleLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BlockSchedule;

/// The schedule with everything that is the same in every run.
pub(crate) fn schedule() -> Schedule {
    let mut schedule = Schedule::new(BlockSchedule);
    schedule
        .set_executor(SingleThreadedExecutor::new())
        .set_build_settings(ScheduleBuildSettings {
            ambiguity_detection: LogLevel::Error,
            ..Default::default()
        })
        .configure_sets(
            (
                Phase::Wake,
                Phase::Decide.run_if(somebody_decides),
                Phase::React.run_if(calls_are_pending),
                Phase::Sequence.run_if(calls_are_pending),
                Phase::Coinbase,
                Phase::Execute.run_if(calls_are_pending),
                Phase::Record,
            )
                .chain(),
        )
        .add_systems((
            wake.in_set(Phase::Wake),
            sort_decisions.in_set(Phase::React).before(Reactions),
            sequence.in_set(Phase::Sequence),
            execute.in_set(Phase::Execute),
            settle_registrations.run_if(somebody_waits).after(Phase::Execute).before(Phase::Record),
        ));
    schedule
}

/// The answers of agents that watch pending calls.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reactions;

fn somebody_decides(due: Res<Due>) -> bool {
    due.somebody()
}

fn calls_are_pending(outbox: Res<Outbox>) -> bool {
    !outbox.calls.is_empty()
}

fn wake(
    mut clock: ResMut<Clock>,
    mut calendar: ResMut<Calendar>,
    mut due: ResMut<Due>,
    subnets: Res<Subnets>,
) {
    clock.block = clock.block + 1;
    due.take(&mut calendar, clock.block, &subnets);
}

/// Strategies' systems run in no particular order; the agents' numbers give one.
fn sort_decisions(mut outbox: ResMut<Outbox>) {
    outbox.calls.sort_by_key(|submitted| submitted.agent);
}

fn sequence(order: Res<CallOrder>, clock: Res<Clock>, accounts: Res<Accounts>, mut outbox: ResMut<Outbox>) {
    let Outbox { calls, answers, .. } = &mut *outbox;
    answers.sort_by_key(|submitted| submitted.agent);
    match *order {
        CallOrder::Arrival => calls.append(answers),
        CallOrder::Random => {
            calls.append(answers);
            shuffle(calls, &accounts, clock.block);
        }
        CallOrder::Searcher => place(calls, answers),
    }
}

/// Sorts calls by a number that each agent draws for each of its own.
fn shuffle(calls: &mut Vec<Submitted>, accounts: &Accounts, block: Block) {
    let mut generators = BTreeMap::new();
    let mut drawn: Vec<(u64, Submitted)> = Vec::with_capacity(calls.len());
    for call in calls.drain(..) {
        let generator = generators
            .entry(call.agent)
            .or_insert_with(|| generator(accounts.key(call.agent), Stream::Sequence, block));
        drawn.push((generator.next_u64(), call));
    }
    // Stable: of equal numbers, one pair in 2^64, the lower agent's comes first.
    drawn.sort_by_key(|&(number, _)| number);
    calls.extend(drawn.into_iter().map(|(_, call)| call));
}

/// Puts each answer where it wants to stand; among those for one place the lower number comes first.
fn place(calls: &mut Vec<Submitted>, answers: &mut Vec<Submitted>) {
    let pending = std::mem::take(calls);
    let (mut last, mut placed) = (Vec::new(), Vec::new());
    for answer in answers.drain(..) {
        match answer.place {
            Place::Before(at) | Place::After(at) if at < pending.len() => placed.push(answer),
            _ => last.push(answer),
        }
    }
    for (position, call) in pending.into_iter().enumerate() {
        calls.extend(placed.iter().filter(|answer| answer.place == Place::Before(position)).cloned());
        calls.push(call);
        calls.extend(placed.iter().filter(|answer| answer.place == Place::After(position)).cloned());
    }
    calls.append(&mut last);
}

/// Executes the block's calls one by one, each on the state that the one before left.
fn execute(mut outbox: ResMut<Outbox>, mut receipts: ResMut<Receipts>, mut ledger: Ledger) {
    for Submitted { agent, call, .. } in outbox.calls.drain(..) {
        receipts.calls.push(ledger.execute(agent, call));
    }
}

/// The block before the first: what the clock shows when nothing has happened yet.
pub(crate) fn before(block: Block) -> Clock {
    Clock { block: Block(block.0.checked_sub(1).expect("block 0 is not run")) }
}
