//! When agents wake, through the whole pipeline.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::Component;
use dtao_engine::calendar::Crossing;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};

use crate::world::{Scripted, add, builder, stake, still, tao, unstake};

/// Does one thing at the start, and remembers the blocks in which it woke, counted from the run's first.
#[derive(Component)]
struct Sleeper {
    start: fn(&mut Actor),
    again: fn(&mut Actor),
    woke: Arc<Mutex<Vec<u64>>>,
}

impl Strategy for Sleeper {
    fn start(&mut self, _: &View, me: &mut Actor) {
        (self.start)(me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        self.woke.lock().expect("one thread").push(view.block().0 - 10_000);
        (self.again)(me);
    }
}

/// The blocks in which an agent wakes, in 12 blocks. In block 4 somebody doubles subnet 1's TAO, from a price
/// of 0.01 to one of 0.04; in block 7 somebody sells back to about 0.01.
fn wakes(start: fn(&mut Actor), again: fn(&mut Actor)) -> Vec<u64> {
    let woke = Arc::new(Mutex::new(Vec::new()));
    let mut run = builder(still());
    run.strategy::<Sleeper>();
    let trades = [
        (4, stake(1, tao(1_000))),
        (7, unstake(1, dtao_protocol::units::Alpha::from_rao(49_990_000_000_000))),
    ];
    add(&mut run, Scripted::new(trades));
    add(&mut run, Sleeper { start, again, woke: Arc::clone(&woke) });
    let mut run = run.build();
    run.advance(12).expect("the books close");
    drop(run);
    Arc::into_inner(woke).expect("the run is gone").into_inner().expect("nobody panicked")
}

fn nothing(_: &mut Actor) {}

#[test]
fn whoever_asks_for_nothing_never_wakes() {
    assert_eq!(wakes(nothing, nothing), [0; 0]);
}

#[test]
fn whoever_asks_twice_for_a_block_wakes_once_in_it() {
    let twice = |me: &mut Actor| {
        me.wake_at(Block(10_003));
        me.wake_at(Block(10_003));
        me.wake_at(Block(10_005));
    };
    assert_eq!(wakes(twice, nothing), [3, 5]);
}

#[test]
fn a_block_that_has_passed_counts_as_the_next() {
    assert_eq!(wakes(|me| me.wake_at(Block(17)), nothing), [0]);
    assert_eq!(wakes(|me| me.wake_at(Block(10_010)), |me| me.wake_at(Block(10_010))), [10, 11]);
}

#[test]
fn waking_after_no_blocks_is_waking_in_the_next() {
    assert_eq!(wakes(|me| me.wake_after(10), |me| me.wake_after(0)), [9, 10, 11]);
}

#[test]
fn a_crossed_price_wakes_its_watcher_in_the_next_block_and_once() {
    let above = |me: &mut Actor| me.watch(Netuid(1), 0.02, Crossing::Above);
    assert_eq!(wakes(above, nothing), [5]);
    let below = |me: &mut Actor| me.watch(Netuid(1), 0.02, Crossing::Below);
    assert_eq!(wakes(below, nothing), [0], "the price is there already");
}

#[test]
fn a_watch_set_again_waits_for_the_price_to_come_back() {
    let above = |me: &mut Actor| me.watch(Netuid(1), 0.02, Crossing::Above);
    let back = |me: &mut Actor| me.watch(Netuid(1), 0.02, Crossing::Below);
    assert_eq!(wakes(above, back), [5, 8, 9, 10, 11]);
}

#[test]
fn a_watched_price_and_a_wake_of_one_block_wake_once() {
    let both = |me: &mut Actor| {
        me.watch(Netuid(1), 0.02, Crossing::Above);
        me.wake_at(Block(10_005));
    };
    assert_eq!(wakes(both, nothing), [5]);
}

#[test]
fn a_watch_on_a_subnet_that_is_not_there_stays_quiet() {
    assert_eq!(wakes(|me| me.watch(Netuid(9), 0.0, Crossing::Above), nothing), [0; 0]);
}
