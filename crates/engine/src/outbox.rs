//! The calls of a block before they are executed.

use bevy_ecs::prelude::Resource;

use crate::call::Submitted;

/// Calls on their way into this block.
#[derive(Resource, Default)]
pub struct Outbox {
    pub(crate) calls: Vec<Submitted>,
    pub(crate) answers: Vec<Submitted>,
}
