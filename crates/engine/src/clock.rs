//! The block that is being made.

use bevy_ecs::prelude::*;
use dtao_protocol::units::Block;

/// The block that is being made; between blocks, the last one made.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Its number.
    pub block: Block,
}
