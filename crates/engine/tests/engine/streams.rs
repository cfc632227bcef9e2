//! Random numbers and the order of calls, when groups of accounts come, go, grow, shrink or change places.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::Component;
use dtao_engine::account::Authority;
use dtao_engine::call::Submitted;
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::pipeline::CallOrder;
use dtao_engine::random::RunSeed;
use dtao_engine::run::{AccountSetup, RunBuilder, Setup};
use dtao_engine::strategy::{Actor, Reaction, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Tao};
use proptest::prelude::*;
use proptest::strategy::Strategy as Generator;
use rand::Rng;

use crate::world::{receipts, stake, still, tao};

/// An account in whatever run: its group and its place there.
type Who = (String, u32);

/// What each account drew, in order.
type Drawn = BTreeMap<Who, Vec<(&'static str, u64, u64)>>;

/// Draws whenever it can, and calls in every block.
#[derive(Component)]
struct Probe {
    who: Who,
    drawn: Arc<Mutex<Drawn>>,
}

impl Probe {
    fn draw(&self, purpose: &'static str, view: &View, me: &mut Actor) {
        let mut drawn = self.drawn.lock().expect("one thread");
        let number = me.random().next_u64();
        drawn.entry(self.who.clone()).or_default().push((purpose, view.block().0, number));
    }
}

impl Strategy for Probe {
    const REACTION: Reaction = Reaction::PendingCalls;

    fn start(&mut self, view: &View, me: &mut Actor) {
        self.draw("start", view, me);
        me.wake_after(1);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        self.draw("decide", view, me);
        me.submit(stake(1, tao(1)));
        me.wake_after(1);
    }

    fn react(&mut self, _: &[Submitted], view: &View, me: &mut Actor) {
        self.draw("react", view, me);
        me.submit(stake(1, tao(2)));
    }
}

/// Looks at every block, as a metric does.
struct Metric;

impl Observer for Metric {
    fn next(&self, from: Block) -> Option<Block> {
        Some(from)
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn observe(&mut self, _: &View) {}

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![])
    }
}

/// Groups in the order in which they are added, each with its number of accounts.
type Groups = Vec<(String, u32)>;

const BLOCKS: u64 = 4;

/// What everybody drew, and who called in which order, in a few blocks of random order.
fn drawn(groups: &Groups, metrics: usize) -> (Drawn, Vec<Who>) {
    let setup = Setup { order: CallOrder::Random, seed: RunSeed(7), ..still() };
    let mut run = RunBuilder::new(setup);
    run.strategy::<Probe>();
    let drawn = Arc::new(Mutex::new(Drawn::new()));
    let mut accounts = BTreeMap::new();
    for (name, count) in groups {
        let group = run.group(name);
        for place in 0..*count {
            let who = (name.clone(), place);
            let free = AccountSetup { tao: tao(1_000), root_stake: Tao::ZERO, authority: Authority::Account };
            let probe = Probe { who: who.clone(), drawn: Arc::clone(&drawn) };
            accounts.insert(run.account(group, free, probe), who);
        }
    }
    for _ in 0..metrics {
        run.observer(Box::new(Metric));
    }
    let seen = receipts(&mut run);
    let mut run = run.build();
    run.advance(BLOCKS).expect("the books close");
    let seen = seen.lock().expect("one thread");
    let order = seen.iter().map(|(_, receipt)| accounts[&receipt.agent].clone()).collect();
    let drawn = drawn.lock().expect("one thread").clone();
    (drawn, order)
}

/// Groups of distinct names with a few accounts each.
fn groups() -> impl Generator<Value = Groups> {
    prop::collection::btree_map("[a-c]{1,2}", 0_u32..4, 1..6)
        .prop_map(|groups| groups.into_iter().collect::<Groups>())
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_groups_and_metrics_there_are_an_account_draws_the_same(
        before in groups(), after in groups(), metrics in 0..3_usize,
    ) {
        let ((drawn_before, order_before), (drawn_after, order_after)) = (drawn(&before, 0), drawn(&after, metrics));
        let common = |who: &Who| drawn_before.contains_key(who) && drawn_after.contains_key(who);
        for who in drawn_before.keys().filter(|who| common(who)) {
            prop_assert_eq!(&drawn_before[who], &drawn_after[who], "{:?}", who);
            prop_assert_eq!(drawn_before[who].len() as u64, 1 + 2 * BLOCKS);
        }
        let of_common = |order: &[Who]| order.iter().filter(|who| common(who)).cloned().collect::<Vec<_>>();
        prop_assert_eq!(of_common(&order_before), of_common(&order_after), "who calls before whom");
    }

    #[test]
    fn no_two_accounts_of_a_run_draw_the_same(groups in groups()) {
        let (drawn, _) = drawn(&groups, 0);
        let mut all: Vec<u64> = drawn.values().flatten().map(|&(.., number)| number).collect();
        let draws = all.len();
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), draws);
    }
}
