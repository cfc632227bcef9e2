//! Accounts: who owns tokens and submits calls.

use bevy_ecs::prelude::*;
use dtao_protocol::units::Tao;

/// An account's number, in the order in which the scenario lists them; 0 is the stakers on root together.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId(pub u32);

impl AgentId {
    /// The account that owns what is staked on root at the start.
    pub const ROOT_STAKERS: Self = Self(0);
}

/// The key on which stake is held and which may be a neuron: each account has one, of its own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hotkey(pub AgentId);

impl Hotkey {
    /// The one validator that stands for all of an aggregate subnet's, and at the start for all of root's.
    pub const AGGREGATE: Self = Self(AgentId::ROOT_STAKERS);
}

/// A group's number, in the order in which the scenario lists them.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId(pub u16);

/// May it make calls that only root may?
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// No: it acts for itself.
    Account,
    /// Yes: it holds the root key.
    Root,
}

/// Free TAO of an account. Only the ledger changes it.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wallet(pub(crate) Tao);

impl Wallet {
    /// The free TAO.
    #[must_use]
    pub fn tao(self) -> Tao {
        self.0
    }
}

/// Where accounts are in the world, by number.
#[derive(Resource, Default)]
pub struct Accounts {
    pub(crate) entities: Vec<Entity>,
    pub(crate) groups: Vec<String>,
}

impl Accounts {
    /// The account's entity.
    #[must_use]
    pub fn entity(&self, agent: AgentId) -> Entity {
        self.entities[agent.0 as usize]
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Names of the groups, by number.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.groups
    }
}
