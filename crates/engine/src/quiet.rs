//! Blocks in which nobody acts, one after the other without the schedule.
//!
//! Most blocks of most runs are such: no agent is due and no call pending. The schedule would come to the same, since its
//! phases for deciding and executing are then passed over; but each phase that looks whether it is needed, and each
//! system that fetches what it reads, costs more than a subnet's coinbase.

use bevy_ecs::prelude::*;
use bevy_ecs::system::{SystemParam, SystemState};

use crate::calendar::Calendar;
use crate::clock::Clock;
use crate::ledger::coinbase::Coinbase;
use crate::observe::{Observers, Record};
use crate::outbox::Outbox;
use crate::registration_queue::RegistrationQueue;

/// What blocks in which nobody acts read and write.
#[derive(SystemParam)]
struct Idle<'w, 's> {
    clock: ResMut<'w, Clock>,
    calendar: Res<'w, Calendar>,
    outbox: Res<'w, Outbox>,
    observers: Res<'w, Observers>,
    queue: Res<'w, RegistrationQueue>,
    coinbase: Coinbase<'w, 's>,
}

/// What ended a row of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// There are as many as were asked for, or somebody acts in the next.
    Enough,
    /// An observer wants to see the last.
    Seen,
}

/// Makes blocks in which nobody acts.
pub(crate) struct Quiet {
    idle: SystemState<Idle<'static, 'static>>,
    record: SystemState<Record<'static, 'static>>,
    /// Whether there may be subnets with neurons.
    rosters: bool,
}

impl Quiet {
    pub(crate) fn new(world: &mut World, rosters: bool) -> Self {
        Self { idle: SystemState::new(world), record: SystemState::new(world), rosters }
    }

    /// Makes blocks until somebody acts in the next, at most `most`; says how many.
    pub(crate) fn make(&mut self, world: &mut World, most: u64) -> u64 {
        let mut made = 0;
        loop {
            let mut idle = self.idle.get_mut(world).expect(WHOLE);
            let (blocks, end) = idle.make(most - made, self.rosters);
            made += blocks;
            if end == End::Enough {
                return made;
            }
            self.record.get_mut(world).expect(WHOLE).record();
        }
    }
}

const WHOLE: &str = "a built run has every resource that a block needs";

impl Idle<'_, '_> {
    fn make(&mut self, most: u64, rosters: bool) -> (u64, End) {
        let mut made = 0;
        // Calls that were submitted before the first block; and registrations that wait have their place after a block's calls.
        if !self.outbox.calls.is_empty() || !self.queue.is_idle() {
            return (made, End::Enough);
        }
        while made < most {
            let now = self.clock.block + 1;
            if self.calendar.somebody_wakes(now, self.coinbase.subnets()) {
                break;
            }
            self.clock.block = now;
            self.coinbase.make(now);
            if rosters {
                self.coinbase.adjust_rosters(now);
            }
            made += 1;
            if self.observers.look(now, self.coinbase.receipts()) {
                return (made, End::Seen);
            }
        }
        (made, End::Enough)
    }
}
