//! Accounts: who owns tokens and submits calls.

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use dtao_protocol::units::Tao;

use crate::random::{AgentKey, RunSeed};

/// An account's number, in the order in which accounts are added; 0 is the stakers on root together.
///
/// It decides who comes first where something has to: calls of a block, equal stakes. It names nobody outside a run,
/// and no random number depends on it: an account keeps its place in its group ([`Accounts::place`]) whatever other groups
/// there are.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId(pub u32);

impl AgentId {
    /// The account that owns what is staked on root at the start.
    pub const ROOT_STAKERS: Self = Self(0);

    /// Set in the numbers of funds, which hold stake but are no accounts.
    const FUND: u32 = 1 << 31;

    /// Whether it stands for a hotkey's fund: it holds stake, but has no wallet and makes no calls.
    #[must_use]
    pub const fn is_fund(self) -> bool {
        self.0 & Self::FUND != 0
    }
}

/// The key on which stake is held and which may be a neuron: each account has one, of its own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hotkey(pub AgentId);

impl Hotkey {
    /// The one validator that stands for all of an aggregate subnet's, and at the start for all of root's.
    pub const AGGREGATE: Self = Self(AgentId::ROOT_STAKERS);

    /// Who holds the stake of the hotkey's fund (on the chain one account for all, which stakes on each hotkey).
    #[must_use]
    pub const fn fund(self) -> AgentId {
        AgentId(self.0.0 | AgentId::FUND)
    }
}

/// A group's number, in the order in which groups are added.
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

/// Where accounts are in the world, by number, and who they are.
#[derive(Resource, Default)]
pub struct Accounts {
    entities: Vec<Entity>,
    keys: Vec<AgentKey>,
    places: Vec<u32>,
    groups: Vec<String>,
    by_name: BTreeMap<String, GroupId>,
    /// How many accounts each group has.
    sizes: Vec<u32>,
}

impl Accounts {
    /// The account's entity.
    #[must_use]
    pub fn entity(&self, agent: AgentId) -> Entity {
        self.entities[agent.0 as usize]
    }

    /// What the account's random numbers are keyed by.
    #[must_use]
    pub fn key(&self, agent: AgentId) -> AgentKey {
        self.keys[agent.0 as usize]
    }

    /// The account's place in its group, from 0: with the group's name, who it is in every run.
    #[must_use]
    pub fn place(&self, agent: AgentId) -> u32 {
        self.places[agent.0 as usize]
    }

    /// The group of that name.
    pub(crate) fn find(&self, name: &str) -> Option<GroupId> {
        self.by_name.get(name).copied()
    }

    /// The group of that name, which is added if there is none.
    pub(crate) fn group(&mut self, name: &str) -> GroupId {
        if let Some(known) = self.find(name) {
            return known;
        }
        let new = u16::try_from(self.groups.len()).expect("a scenario has fewer than 65,536 groups");
        self.groups.push(name.to_owned());
        self.sizes.push(0);
        *self.by_name.entry(name.to_owned()).or_insert(GroupId(new))
    }

    /// Adds an account to a group.
    pub(crate) fn add(&mut self, group: GroupId, seed: RunSeed, entity: Entity) {
        let at = usize::from(group.0);
        let place = self.sizes[at];
        self.sizes[at] += 1;
        self.entities.push(entity);
        self.keys.push(AgentKey::new(seed, &self.groups[at], place));
        self.places.push(place);
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
