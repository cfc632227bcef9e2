//! What must not make a difference: the order of systems, idle accounts, observers, other kinds of agents.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::Component;
use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::calendar::Crossing;
use dtao_engine::call::{Call, Place, Submitted};
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::pipeline::CallOrder;
use dtao_engine::random::RunSeed;
use dtao_engine::run::{Audit, RunBuilder, Setup};
use dtao_engine::strategy::{Actor, Reaction, Strategy};
use dtao_engine::view::View;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::Reserves;
use dtao_protocol::rules::RuleValues;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use proptest::prelude::{ProptestConfig, prop, prop_assert_eq, proptest};
use rand::RngExt;

use crate::world::{Scripted, State, add, lively, receipts, stake, state};

const BLOCKS: u64 = 400;

/// Trades at random: a kind for each `KIND`, so that several kinds' systems compete.
#[derive(Component, Clone, Copy)]
struct Gambler<const KIND: u64>;

impl<const KIND: u64> Strategy for Gambler<KIND> {
    const REACTION: Reaction = Reaction::PendingCalls;

    fn start(&mut self, _: &View, me: &mut Actor) {
        let wait = me.random().random_range(1..10);
        me.wake_after(wait);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let netuid = Netuid(me.random().random_range(0..5));
        let part = me.random().random_range(0.0..0.2);
        if me.random().random_bool(0.6) {
            let tao = Tao::from_f64(view.balance(me.id).to_f64() * part);
            me.submit(Call::Stake { netuid, hotkey: Hotkey::AGGREGATE, tao, limit: None });
        } else {
            let alpha = Alpha::from_f64(view.stake(me.id, netuid).to_f64() * part);
            me.submit(Call::Unstake { netuid, hotkey: Hotkey::AGGREGATE, alpha, limit: None });
        }
        let wait = me.random().random_range(1..10 + KIND);
        me.wake_after(wait);
    }

    fn react(&mut self, pending: &[Submitted], _: &View, me: &mut Actor) {
        if me.random().random_bool(0.1) {
            let at = me.random().random_range(0..pending.len());
            let tao = Tao::from_f64(me.random().random_range(0.001..1.0));
            let call = Call::Stake { netuid: Netuid(1), hotkey: Hotkey::AGGREGATE, tao, limit: None };
            me.submit_at(call, Place::Before(at));
        }
    }
}

/// A kind of which no account ever exists.
#[derive(Component)]
struct Nobody;

impl Strategy for Nobody {
    const REACTION: Reaction = Reaction::PendingCalls;

    fn start(&mut self, _: &View, _: &mut Actor) {}

    fn decide(&mut self, _: &View, _: &mut Actor) {}
}

fn gamblers(seed: u64, order: CallOrder, audit: Audit) -> RunBuilder {
    gamblers_installed_from(0, seed, order, audit)
}

/// The same with the kinds installed, and so let decide, in an order that begins with another one.
fn gamblers_installed_from(first: usize, seed: u64, order: CallOrder, audit: Audit) -> RunBuilder {
    let setup = Setup { seed: RunSeed(seed), order, audit, ..lively(Spec::known(234)) };
    let mut run = RunBuilder::new(setup);
    let mut kinds = [
        RunBuilder::strategy::<Gambler<0>>,
        RunBuilder::strategy::<Gambler<5>>,
        RunBuilder::strategy::<Gambler<9>>,
        RunBuilder::strategy::<Scripted>,
    ];
    kinds.rotate_left(first);
    for install in kinds {
        install(&mut run);
    }
    for _ in 0..4 {
        add(&mut run, Gambler::<0>);
        add(&mut run, Gambler::<9>);
        add(&mut run, Gambler::<5>);
    }
    run
}

fn end(run: RunBuilder) -> State {
    let mut run = run.build();
    run.advance(BLOCKS).expect("the books close");
    state(&mut run)
}

const ORDERS: [CallOrder; 3] = [CallOrder::Arrival, CallOrder::Random, CallOrder::Searcher];

#[test]
fn the_same_seed_gives_the_same_end_and_another_gives_another() {
    for order in ORDERS {
        let once = end(gamblers(1, order, Audit::EveryBlock));
        assert_eq!(once, end(gamblers(1, order, Audit::EveryBlock)));
        assert_ne!(once, end(gamblers(2, order, Audit::EveryBlock)));
    }
}

#[test]
fn the_order_of_systems_makes_no_difference() {
    for order in ORDERS {
        let plain = end(gamblers(1, order, Audit::EveryBlock));
        for shuffle in 1..6 {
            let mut run = gamblers_installed_from(shuffle % 4, 1, order, Audit::EveryBlock);
            run.schedule_settings(|settings| settings.shuffle_seed = Some(shuffle as u64));
            assert_eq!(end(run), plain, "systems shuffled by {shuffle}, calls by {order:?}");
        }
    }
}

#[test]
fn auditing_makes_no_difference() {
    let audited = end(gamblers(1, CallOrder::Searcher, Audit::EveryBlock));
    assert_eq!(end(gamblers(1, CallOrder::Searcher, Audit::Off)), audited);
}

/// Writes down how many receipts and epochs there were in the blocks that it sees.
struct Counter {
    every: u64,
    attention: Attention,
    seen: Arc<Mutex<Vec<(Block, usize, usize)>>>,
}

impl Observer for Counter {
    fn next(&self, from: Block) -> Option<Block> {
        Some(Block(from.0.next_multiple_of(self.every)))
    }

    fn attention(&self) -> Attention {
        self.attention
    }

    fn observe(&mut self, view: &View) {
        let seen = (view.block(), view.receipts().len(), view.epochs().len());
        self.seen.lock().expect("one thread").push(seen);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![])
    }
}

/// Sleeps until a price crosses a level, and trades; submits a call before the first block.
#[derive(Component, Clone, Copy)]
struct Watcher;

impl Strategy for Watcher {
    fn start(&mut self, view: &View, me: &mut Actor) {
        self.decide(view, me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let netuid = Netuid(1);
        let price = view.pool(netuid).map_or(0.0, Reserves::price);
        me.watch(netuid, price * 1.01, Crossing::Above);
        me.watch(netuid, price * 0.99, Crossing::Below);
        me.submit(stake(1, Tao::from_rao(1_000_000_000)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// An audited run passes every block through the schedule.
    #[test]
    fn blocks_in_which_nobody_acts_are_the_same_without_the_schedule(
        seed: u64,
        agents in 0..4usize,
        watches: bool,
        every in 1..60u64,
        events: bool,
        changes in prop::collection::vec((0..200u64, 0.0..1.0f64), 0..4),
        chunks in prop::collection::vec(1..150u64, 1..6),
    ) {
        let made = |audit| {
            let setup = Setup { seed: RunSeed(seed), audit, ..lively(Spec::known(244)) };
            let first = setup.first_block;
            let mut run = RunBuilder::new(setup);
            let change = |&(after, cut): &(u64, f64)| {
                let values = RuleValues { owner_cut: Some(Q32::from_f64(cut)), ..RuleValues::default() };
                (first + after, Call::SetRules { values: values.into() })
            };
            run.root_calls(changes.iter().map(change).collect());
            run.strategy::<Gambler<90>>();
            run.strategy::<Watcher>();
            for _ in 0..agents {
                add(&mut run, Gambler::<90>);
            }
            if watches {
                add(&mut run, Watcher);
            } else {
                // Of aggregate subnets somebody is the holder.
                add(&mut run, Gambler::<90>);
            }
            let seen = Arc::new(Mutex::new(Vec::new()));
            let attention = if events { Attention::Events } else { Attention::AskedFor };
            run.observer(Box::new(Counter { every, attention, seen: Arc::clone(&seen) }));
            let mut run = run.build();
            let mut states = Vec::new();
            for &blocks in &chunks {
                run.advance(blocks).expect("the books close");
                states.push(state(&mut run));
            }
            drop(run);
            (states, Arc::into_inner(seen).expect("the run is gone").into_inner().expect("nobody panicked"))
        };
        prop_assert_eq!(made(Audit::Off), made(Audit::EveryBlock));
    }
}

#[test]
fn observing_makes_no_difference() {
    let unseen = end(gamblers(1, CallOrder::Searcher, Audit::EveryBlock));
    let mut run = gamblers(1, CallOrder::Searcher, Audit::EveryBlock);
    let seen = receipts(&mut run);
    assert_eq!(end(run), unseen);
    assert!(!seen.lock().expect("one thread").is_empty());
}

#[test]
fn a_kind_without_accounts_makes_no_difference() {
    let without = end(gamblers(1, CallOrder::Searcher, Audit::EveryBlock));
    let mut run = gamblers(1, CallOrder::Searcher, Audit::EveryBlock);
    run.strategy::<Nobody>();
    assert_eq!(end(run), without);
}

#[test]
fn an_idle_account_at_the_end_leaves_everybody_else_alone() {
    let without = end(gamblers(1, CallOrder::Random, Audit::EveryBlock));
    let mut run = gamblers(1, CallOrder::Random, Audit::EveryBlock);
    let idle = add(&mut run, Scripted::default());
    let mut with = end(run);
    let AgentId(last) = idle;
    assert_eq!(with.balances.pop().map(|(agent, ..)| agent.0), Some(last));
    // Its free TAO exists: that is all that it changes.
    with.issuance -= Tao::from_rao(100_000_000_000_000);
    assert_eq!(with, without);
}

#[test]
fn blocks_made_one_by_one_are_those_made_at_once() {
    let at_once = end(gamblers(1, CallOrder::Random, Audit::EveryBlock));
    let mut run = gamblers(1, CallOrder::Random, Audit::EveryBlock).build();
    for _ in 0..BLOCKS {
        run.advance(1).expect("the books close");
        let _ = run.view().issuance();
    }
    assert_eq!(state(&mut run), at_once);
}
