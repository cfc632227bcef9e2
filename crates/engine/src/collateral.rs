//! Collateral of neurons: what accounts have locked on their own hotkeys, by subnet.

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use dtao_protocol::fixed::Q64;
use dtao_protocol::registration::{Collateral, Settled};
use dtao_protocol::units::{Alpha, Netuid};

use crate::account::AgentId;

/// The collateral of all subnets in detail. Only the ledger changes it. It outlasts the neuron that it was locked for.
#[derive(Resource, Default)]
pub(crate) struct Collaterals {
    rows: BTreeMap<(Netuid, AgentId), Collateral>,
}

impl Collaterals {
    /// What an account has in a subnet, if it has any or wants any.
    pub(crate) fn get(&self, netuid: Netuid, agent: AgentId) -> Option<Collateral> {
        self.rows.get(&(netuid, agent)).copied()
    }

    /// Alpha that an account has locked on its own hotkey.
    pub(crate) fn locked(&self, netuid: Netuid, agent: AgentId) -> Alpha {
        self.get(netuid, agent).map_or(Alpha::ZERO, |row| row.locked)
    }

    /// All of it, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Netuid, AgentId, Collateral)> + '_ {
        self.rows.iter().map(|(&(netuid, agent), &row)| (netuid, agent, row))
    }

    /// What a registration locks; what stands comes under the ratio of now, even if nothing is added.
    pub(crate) fn register(&mut self, netuid: Netuid, agent: AgentId, locked: Alpha, release: Q64) {
        if locked > Alpha::ZERO {
            self.add(netuid, agent, locked, release);
        }
        if let Some(row) = self.rows.get_mut(&(netuid, agent)) {
            row.release = release;
        }
    }

    /// Locks more, under the ratio that there is already, or this one.
    pub(crate) fn add(&mut self, netuid: Netuid, agent: AgentId, locked: Alpha, release: Q64) {
        let row = self.rows.entry((netuid, agent)).or_insert_with(|| Collateral::under(release));
        row.locked = row.locked.saturating_add(locked);
    }

    /// Sets what is to be locked at least.
    pub(crate) fn set_floor(&mut self, netuid: Netuid, agent: AgentId, floor: Alpha, release: Q64) {
        let row = self.rows.entry((netuid, agent)).or_insert_with(|| Collateral::under(release));
        row.floor = floor;
        self.forget_if_over(netuid, agent);
    }

    /// Settles what an account's hotkey has earned, of which some is the account's; nothing without collateral.
    pub(crate) fn settle(
        &mut self,
        netuid: Netuid,
        agent: AgentId,
        (earned, owners): (Alpha, Alpha),
    ) -> Option<Settled> {
        let row = self.rows.get_mut(&(netuid, agent)).filter(|_| earned > Alpha::ZERO)?;
        let settled = row.settle(earned, owners);
        // Only what was let go can leave nothing.
        if settled.captured == Alpha::ZERO {
            self.forget_if_over(netuid, agent);
        }
        Some(settled)
    }

    /// Forgets a subnet that makes room.
    pub(crate) fn forget(&mut self, netuid: Netuid) {
        self.rows.retain(|&(of, _), _| of != netuid);
    }

    fn forget_if_over(&mut self, netuid: Netuid, agent: AgentId) {
        if self.get(netuid, agent).is_some_and(Collateral::is_over) {
            self.rows.remove(&(netuid, agent));
        }
    }
}
