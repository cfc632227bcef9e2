//! The wakes that one of several strategies of an account has asked for.
//!
//! An account that changes between strategies wakes for all of them; each must act only when it asked to.

use std::collections::BTreeSet;

use dtao_protocol::units::{Block, Netuid};

use crate::calendar::{Crossing, crossed};
use crate::view::View;

/// When a strategy wanted to be woken, see [`crate::strategy::Actor::part`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wakes {
    at: BTreeSet<Block>,
    watches: Vec<(Netuid, f64, Crossing)>,
}

impl Wakes {
    /// Whether the strategy is due in the block that is being made; what it asked for up to now is done with.
    pub fn due(&mut self, view: &View) -> bool {
        let later = self.at.split_off(&(view.block() + 1));
        let mut due = !std::mem::replace(&mut self.at, later).is_empty();
        self.watches.retain(|&(netuid, level, crossing)| {
            let across = view.price(netuid).is_some_and(|price| crossed(price, level, crossing));
            due |= across;
            !across
        });
        due
    }

    pub(crate) fn wake(&mut self, block: Block) {
        self.at.insert(block);
    }

    pub(crate) fn watch(&mut self, netuid: Netuid, level: f64, crossing: Crossing) {
        self.watches.push((netuid, level, crossing));
    }
}
