//! When a subnet's neurons registered: what was set before does not count.

use super::{Neurons, Uid};
use crate::units::Block;

/// When each neuron registered, and the last of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Registered {
    by_uid: Vec<Block>,
    newest: Block,
}

impl Registered {
    pub(super) fn read(&mut self, neurons: &Neurons) {
        self.by_uid.clear();
        self.by_uid.extend(neurons.by_uid.iter().map(|neuron| neuron.registered));
        self.newest = self.by_uid.iter().copied().max().unwrap_or_default();
    }

    /// Whether there is such a neuron, and it was there before a block.
    pub(super) fn known(&self, uid: Uid, before: Block) -> bool {
        self.by_uid.get(uid.index()).is_some_and(|&registered| registered < before)
    }

    /// When the last of them did.
    pub(super) fn newest(&self) -> Block {
        self.newest
    }

    /// Whether there is such a neuron.
    pub(super) fn exists(&self, uid: Uid) -> bool {
        uid.index() < self.by_uid.len()
    }

    /// Whether all neurons of these entries exist.
    pub(super) fn all_exist(&self, entries: &[(Uid, u16)]) -> bool {
        entries.iter().fold(true, |all, &(uid, _)| all & self.exists(uid))
    }
}
