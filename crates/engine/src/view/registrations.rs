//! What can be seen of registrations: of subnets, and of what neurons have locked.

use dtao_protocol::registration::Collateral;
use dtao_protocol::units::{Netuid, Tao};

use super::View;
use crate::account::AgentId;
use crate::call::Settlement;
use crate::chain::LastRegistration;

impl View<'_, '_> {
    /// What an account has locked as collateral on its own hotkey, or wants to be.
    #[must_use]
    pub fn collateral(&self, agent: AgentId, netuid: Netuid) -> Option<Collateral> {
        self.collaterals.get(netuid, agent)
    }

    /// When a subnet was last registered, or queued, and for how much.
    #[must_use]
    pub fn last_registration(&self) -> LastRegistration {
        *self.last_registration
    }

    /// The accounts whose registrations of subnets wait for a place, with the locks, in order.
    pub fn waiting_registrations(&self) -> impl Iterator<Item = (AgentId, Tao)> + '_ {
        self.queue.waiting.iter().map(|waiting| (waiting.agent, waiting.lock))
    }

    /// The registrations of the last executed block that had waited.
    #[must_use]
    pub fn settlements(&self) -> &[Settlement] {
        &self.receipts.settled
    }
}
