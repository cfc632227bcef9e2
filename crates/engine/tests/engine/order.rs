//! In which order a block's calls are executed, and who sees what before.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::Component;
use dtao_engine::account::AgentId;
use dtao_engine::call::{Call, Outcome, Place, Submitted};
use dtao_engine::pipeline::CallOrder;
use dtao_engine::random::RunSeed;
use dtao_engine::run::{Run, RunBuilder, Setup};
use dtao_engine::strategy::{Actor, Reaction, Strategy};
use dtao_engine::view::View;
use dtao_protocol::pool::Reserves;
use dtao_protocol::units::{Netuid, Tao};

use crate::world::{Scripted, add, builder, receipts, stake, still, tao};

type Seen = Arc<Mutex<Vec<(u64, Vec<Submitted>, Reserves)>>>;

/// Answers each block's pending calls with given ones, and remembers what it saw.
#[derive(Component, Clone, Default)]
struct Watcher {
    answers: Vec<(Call, Place)>,
    seen: Seen,
}

impl Strategy for Watcher {
    const REACTION: Reaction = Reaction::PendingCalls;

    fn start(&mut self, _: &View, _: &mut Actor) {}

    fn decide(&mut self, _: &View, _: &mut Actor) {}

    fn react(&mut self, pending: &[Submitted], view: &View, me: &mut Actor) {
        let pool = view.pool(Netuid(1)).expect("it exists");
        self.seen.lock().expect("one thread").push((view.block().0, pending.to_vec(), pool));
        for (call, place) in self.answers.clone() {
            me.submit_at(call, place);
        }
    }
}

fn watched(order: CallOrder) -> RunBuilder {
    let mut run = builder(Setup { order, ..still() });
    run.strategy::<Watcher>();
    run
}

fn victim(at: impl IntoIterator<Item = u64>) -> Scripted {
    Scripted::new(at.into_iter().map(|at| (at, stake(1, tao(100)))))
}

/// Who calls, in the order of execution.
fn callers(run: RunBuilder, blocks: u64) -> Vec<u32> {
    executed(run, blocks).0.into_iter().map(|(agent, _)| agent).collect()
}

fn executed(mut run: RunBuilder, blocks: u64) -> (Vec<(u32, Outcome)>, Run) {
    let seen = receipts(&mut run);
    let mut run = run.build();
    run.advance(blocks).expect("the books close");
    let calls = seen.lock().expect("one thread").iter().map(|(_, r)| (r.agent.0, r.outcome)).collect();
    (calls, run)
}

fn sandwich() -> Watcher {
    let small = stake(1, tao(1));
    Watcher {
        answers: vec![(small.clone(), Place::After(0)), (small, Place::Before(0))],
        ..Watcher::default()
    }
}

#[test]
fn calls_arrive_by_number_and_answers_after_them() {
    let mut run = watched(CallOrder::Arrival);
    add(&mut run, sandwich());
    add(&mut run, victim([0]));
    add(&mut run, victim([0]));
    assert_eq!(callers(run, 1), [2, 3, 1, 1]);
}

#[test]
fn only_a_searchers_order_heeds_a_wish_for_a_place() {
    let mut run = watched(CallOrder::Searcher);
    add(&mut run, sandwich());
    add(&mut run, victim([0]));
    add(&mut run, victim([0]));
    assert_eq!(callers(run, 1), [1, 2, 1, 3]);
}

#[test]
fn of_two_searchers_the_lower_number_stands_first_on_either_side() {
    let mut run = watched(CallOrder::Searcher);
    add(&mut run, victim([0]));
    add(&mut run, sandwich());
    add(&mut run, sandwich());
    assert_eq!(callers(run, 1), [2, 3, 1, 2, 3]);
}

#[test]
fn an_answer_to_a_call_that_is_not_there_comes_last() {
    let mut run = watched(CallOrder::Searcher);
    let answers = vec![(stake(1, tao(1)), Place::Before(1)), (stake(1, tao(2)), Place::After(7))];
    add(&mut run, Watcher { answers, ..Watcher::default() });
    add(&mut run, victim([0]));
    assert_eq!(callers(run, 1), [2, 1, 1]);
}

#[test]
fn a_wish_of_a_decision_is_not_heeded() {
    /// Decides with a wish for the first place.
    #[derive(Component)]
    struct Pushy;
    impl Strategy for Pushy {
        fn start(&mut self, _: &View, me: &mut Actor) {
            me.wake_after(1);
        }
        fn decide(&mut self, _: &View, me: &mut Actor) {
            me.submit_at(stake(1, tao(1)), Place::Before(0));
        }
    }
    let mut run = watched(CallOrder::Searcher);
    run.strategy::<Pushy>();
    add(&mut run, victim([0]));
    add(&mut run, Pushy);
    assert_eq!(callers(run, 1), [1, 2]);
}

#[test]
fn a_front_run_leaves_its_victim_less_and_a_late_one_does_not() {
    let bought = |order, place| {
        let mut run = watched(order);
        add(&mut run, victim([0]));
        let answers = vec![(stake(1, tao(200)), place)];
        add(&mut run, Watcher { answers, ..Watcher::default() });
        let (calls, _) = executed(run, 1);
        let of = |agent| calls.iter().find(|call| call.0 == agent).map(|call| call.1);
        let Some(Outcome::Bought { alpha, .. }) = of(1) else { panic!("{calls:?}") };
        alpha
    };
    let alone = bought(CallOrder::Searcher, Place::After(0));
    assert!(bought(CallOrder::Searcher, Place::Before(0)) < alone);
    assert_eq!(bought(CallOrder::Searcher, Place::Last), alone);
    assert_eq!(bought(CallOrder::Arrival, Place::Before(0)), alone);
}

#[test]
fn a_random_order_differs_from_block_to_block_and_follows_the_seed() {
    let orders = |seed| {
        let mut run = builder(Setup { order: CallOrder::Random, seed: RunSeed(seed), ..still() });
        for _ in 0..5 {
            add(&mut run, victim(0..40));
        }
        callers(run, 40)
    };
    let calls = orders(1);
    assert_eq!(calls, orders(1));
    assert_ne!(calls, orders(2));
    assert!(calls.chunks(5).all(|block| (1..=5).all(|agent| block.contains(&agent))), "no call is lost");
    let first_of_block: Vec<_> = calls.chunks(5).map(|block| block[0]).collect();
    assert!((1..=5).all(|agent| first_of_block.contains(&agent)), "in 40 blocks each is first once");
}

#[test]
fn answers_are_shuffled_with_the_rest() {
    let mut run = watched(CallOrder::Random);
    add(&mut run, victim(0..40));
    add(&mut run, sandwich());
    let calls = callers(run, 40);
    let first: Vec<_> = calls.chunks(3).map(|block| block[0]).collect();
    assert!(first.contains(&1) && first.contains(&2));
}

#[test]
fn a_watcher_sees_all_decisions_and_no_answers() {
    let mut run = watched(CallOrder::Searcher);
    let seen = Seen::default();
    add(&mut run, sandwich());
    add(&mut run, Watcher { seen: Arc::clone(&seen), ..sandwich() });
    let late = add(&mut run, victim([0]));
    let later = add(&mut run, victim([0]));
    let mut run = run.build();
    run.advance(1).expect("the books close");
    let pending = seen.lock().expect("one thread")[0].1.clone();
    let agents: Vec<AgentId> = pending.iter().map(|submitted| submitted.agent).collect();
    assert_eq!(agents, [late, later]);
}

#[test]
fn a_watcher_is_not_asked_in_a_block_without_calls() {
    let mut run = watched(CallOrder::Searcher);
    let seen = Seen::default();
    add(&mut run, Watcher { seen: Arc::clone(&seen), ..Watcher::default() });
    add(&mut run, victim([1, 3]));
    let mut run = run.build();
    run.advance(6).expect("the books close");
    let blocks: Vec<_> = seen.lock().expect("one thread").iter().map(|seen| seen.0 - 10_000).collect();
    assert_eq!(blocks, [1, 3]);
}

#[test]
fn an_answer_is_worked_out_on_the_state_that_the_block_before_left() {
    let mut run = watched(CallOrder::Searcher);
    let seen = Seen::default();
    add(&mut run, Watcher { seen: Arc::clone(&seen), ..Watcher::default() });
    add(&mut run, victim([0, 1]));
    let mut run = run.build();
    run.advance(2).expect("the books close");
    let pools: Vec<Tao> = seen.lock().expect("one thread").iter().map(|seen| seen.2.tao).collect();
    assert_eq!(pools, [tao(1_000), tao(1_100)]);
}
