//! Calls of root that are scheduled before a run: changes of the rules at known blocks.

use std::collections::VecDeque;

use bevy_ecs::prelude::*;
use dtao_protocol::units::Block;

use crate::account::AgentId;
use crate::call::Call;
use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::receipts::Receipts;

/// Root's calls that are still to come, by block; those of one block in their order.
#[derive(Resource, Default)]
pub(crate) struct RootCalls {
    pending: VecDeque<(Block, Call)>,
}

impl RootCalls {
    /// Calls in any order of blocks.
    pub(crate) fn new(mut calls: Vec<(Block, Call)>) -> Self {
        calls.sort_by_key(|&(block, _)| block);
        Self { pending: calls.into() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// The blocks in which root calls, for it to wake in them like any other account that acts.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Block> {
        self.pending.iter().map(|&(block, _)| block)
    }

    fn is_due(&self, now: Block) -> bool {
        self.pending.front().is_some_and(|&(block, _)| block <= now)
    }
}

/// Whether root calls in this block.
pub(crate) fn root_calls(calls: Res<RootCalls>, clock: Res<Clock>) -> bool {
    calls.is_due(clock.block)
}

/// Executes root's calls of this block, before all others.
pub(crate) fn enact(
    clock: Res<Clock>,
    mut calls: ResMut<RootCalls>,
    mut receipts: ResMut<Receipts>,
    mut ledger: Ledger,
) {
    while calls.is_due(clock.block)
        && let Some((_, call)) = calls.pending.pop_front()
    {
        receipts.calls.push(ledger.execute(AgentId::ROOT_STAKERS, call));
    }
}
