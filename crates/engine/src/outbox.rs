//! The calls of a block before they are executed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::prelude::Resource;

use crate::account::AgentId;
use crate::call::Submitted;

/// Calls on their way into this block.
#[derive(Resource, Default)]
pub struct Outbox {
    pub(crate) calls: Vec<Submitted>,
    pub(crate) answers: Vec<Submitted>,
    /// What accounts say that they do from now on.
    pub(crate) told: Vec<(AgentId, Arc<str>)>,
}

/// What accounts have said that they do: word outside of the chain, which is heard once all have decided, before anybody answers.
#[derive(Resource, Default)]
pub struct Followed(pub(crate) BTreeMap<AgentId, Arc<str>>);
