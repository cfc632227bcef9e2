//! Registrations of subnets that wait for a place (spec 429 on), with the auditor on.

use std::sync::Arc;

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Outcome, Refusal, Settled, Settlement};
use dtao_engine::run::{Audit, RootVotingSetup, Run, Setup, SubnetSetup};
use dtao_protocol::books::{Books, Switch};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::registration::{LastLock, RegistrationQueue, RegistrationValues, SubnetLimit};
use dtao_protocol::root_network::RootVotingRules;
use dtao_protocol::rules::{RuleValues, Rules};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::roster::outcomes;
use crate::world::{HOLDER, SUDO, TRADER, builder_of, lively, run_of, stake, state, still, subnet, tao};

/// Blocks that cleaning up takes.
const CLEANUP: u64 = 22;
const FROZEN: Spec = Spec::known(429);
const ESCROW: Spec = Spec::known(472);

/// Three subnets where there may be three; subnet 1 has the lowest moving price. The next registration costs 40 TAO.
fn full(spec: Spec) -> Setup {
    let mut setup = lively(spec);
    setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 3, immunity: 0 };
    setup.rules.network_rate_limit = 0;
    setup.last_registration = LastLock { cost: tao(40), block: Block(0) };
    // Twice the last lock, whenever that was.
    setup.rules.lock_reduction_interval = 1 << 60;
    setup
}

fn register(agent: AgentId, at: u64) -> (AgentId, u64, Call) {
    (agent, at, Call::RegisterSubnet)
}

fn limit(at: u64, most: u16) -> (AgentId, u64, Call) {
    let subnet_limit = Some(SubnetLimit::Pruned { most, immunity: 0 });
    let registration = Some(RegistrationValues { subnet_limit, ..RegistrationValues::default() });
    let values = RuleValues { registration, ..RuleValues::default() };
    (SUDO, at, Call::SetRules { values: Arc::new(values) })
}

fn upgrade(at: u64, spec: Spec) -> (AgentId, u64, Call) {
    (SUDO, at, Call::Upgrade { spec })
}

fn netuids(run: &mut Run) -> Vec<u16> {
    run.view().netuids().map(|netuid| netuid.0).collect()
}

/// The settlements of a run's blocks from now on, each with the block's number from the first.
fn settlements(run: &mut Run, blocks: u64) -> Vec<(u64, Settlement)> {
    let mut seen = Vec::new();
    for _ in 0..blocks {
        run.advance(1).expect("the books close");
        let block = run.block().0 - 10_000;
        seen.extend(run.view().settlements().iter().map(|&settlement| (block, settlement)));
    }
    seen
}

#[test]
fn a_registration_waits_until_the_subnet_that_makes_room_is_cleaned_up() {
    for spec in [FROZEN, ESCROW] {
        let lines = [register(TRADER, 30)];
        let (_, mut before) = outcomes(full(spec), &lines, 30);
        let (seen, mut run) = outcomes(full(spec), &lines, 31);
        let cost = tao(40);
        assert_eq!(seen, [Outcome::Queued { cost, removed: Some(Netuid(1)) }]);
        assert_eq!(netuids(&mut run), [2, 4]);
        let (was, view) = (before.view(), run.view());
        assert_eq!(was.balance(TRADER) - view.balance(TRADER), cost, "it can no longer be spent");
        assert!(view.balance(HOLDER) > was.balance(HOLDER), "who held the alpha is paid at once");
        assert_eq!(view.waiting_registrations().collect::<Vec<_>>(), [(TRADER, cost)]);
        assert_eq!(view.last_registration().0, LastLock { cost, block: Block(10_030) });
        let mut prices: Vec<f64> = view.subnets().map(Books::price).collect();
        prices.sort_by(f64::total_cmp);
        let median = f64::midpoint(prices[0], prices[1]);

        let escrow = if spec == ESCROW { cost } else { Tao::ZERO };
        let outcome = Settled::Registered { netuid: Netuid(1), paid: cost, pool: cost };
        let settled = Settlement { agent: TRADER, place: 0, lock: cost, escrow, outcome };
        assert_eq!(settlements(&mut run, CLEANUP), [(30 + CLEANUP, settled)]);
        assert_eq!(netuids(&mut run), [1, 2, 4]);
        let view = run.view();
        let new = view.subnet(Netuid(1)).expect("just settled");
        assert_eq!((new.pool.tao, new.lock, view.subnet_owner(Netuid(1))), (cost, cost, Some(TRADER)));
        assert!((new.price() / median - 1.0).abs() < 1e-6, "by the median when it was queued");
        assert_eq!(new.settings.registered_at, Block(10_030 + CLEANUP));
        assert_eq!(new.settings.tao, Switch::Off, "it has no share of the TAO until root switches it on");
        assert_eq!(view.waiting_registrations().count(), 0);
        run.advance(100).expect("the books close");
    }
}

#[test]
fn what_is_set_aside_for_a_registration_cannot_be_spent() {
    for spec in [FROZEN, ESCROW] {
        let buys = |size| (TRADER, 31, stake(0, tao(size)));
        let (seen, _) = outcomes(full(spec), &[register(TRADER, 30), buys(99_961)], 32);
        assert_eq!(seen[1], Outcome::Refused(Refusal::NotEnoughBalance));
        let (seen, _) = outcomes(full(spec), &[register(TRADER, 30), buys(99_959)], 32);
        assert!(matches!(seen[1], Outcome::Bought { .. }), "{seen:?}");
    }
}

#[test]
fn from_spec_472_on_a_lock_that_would_end_the_account_is_refused() {
    let all = |spec, rao: u64| {
        let mut setup = full(spec);
        setup.last_registration.cost = Tao::from_rao(tao(100_000).rao() - rao);
        outcomes(setup, &[register(TRADER, 30)], 31).0[0]
    };
    assert_eq!(all(ESCROW, 499), Outcome::Refused(Refusal::NotEnoughBalance));
    assert!([all(FROZEN, 499), all(ESCROW, 500)].iter().all(|seen| matches!(seen, Outcome::Queued { .. })));
}

#[test]
fn several_wait_in_order_and_one_is_cleaned_up_after_the_other() {
    for spec in [FROZEN, ESCROW] {
        let (mut run, _) = run_of(full(spec), &[register(TRADER, 30), register(HOLDER, 31)]);
        let settled: Vec<(u64, AgentId)> =
            settlements(&mut run, 100).into_iter().map(|(block, it)| (block, it.agent)).collect();
        assert_eq!(settled, [(30 + CLEANUP, TRADER), (30 + 2 * CLEANUP, HOLDER)]);
        assert_eq!(netuids(&mut run), [1, 2, 4]);
    }
}

/// Frozen are 80 TAO for two registrations of 40 and 80 TAO; the account spends what is left.
fn spent_once(upgrades: bool) -> (Vec<(u64, Settlement)>, Run) {
    let mut lines = vec![register(TRADER, 30), register(TRADER, 31)];
    // Who pays in full needs 500 rao more, which keep the account alive at the end.
    let spare = if upgrades { 500 } else { 0 };
    lines.push((TRADER, 32, stake(0, Tao::from_rao(tao(99_920).rao() - spare))));
    lines.extend(upgrades.then(|| upgrade(33, ESCROW)));
    let (mut run, _) = run_of(full(FROZEN), &lines);
    (settlements(&mut run, 200), run)
}

#[test]
fn locks_lie_over_each_other_and_what_is_there_is_paid() {
    let (seen, mut run) = spent_once(false);
    // The first can pay nothing, since the second freezes all; the second pays what the first does not freeze, and then the first,
    // which keeps the account alive.
    let (paid, blocks): (Vec<Tao>, Vec<u64>) = seen
        .iter()
        .map(|&(block, settlement)| match settlement.outcome {
            Settled::Registered { paid, pool, .. } if paid == pool => (paid, block),
            _ => panic!("{settlement:?}"),
        })
        .unzip();
    assert_eq!(blocks, [30 + CLEANUP, 30 + 2 * CLEANUP]);
    assert_eq!(paid, [tao(40), Tao::from_rao(tao(40).rao() - 500)]);
    assert_eq!(netuids(&mut run).len(), 3);
}

#[test]
fn from_spec_472_on_what_cannot_be_paid_in_full_is_given_up() {
    let (seen, mut run) = spent_once(true);
    let settled =
        |lock, outcome| Settlement { agent: TRADER, place: 0, lock: tao(lock), escrow: Tao::ZERO, outcome };
    let registered = Settled::Registered { netuid: Netuid(1), paid: tao(80), pool: tao(80) };
    let place = 30 + CLEANUP;
    assert_eq!(seen, [(place, settled(40, Settled::Cancelled)), (place + 1, settled(80, registered))]);
    assert_eq!(netuids(&mut run), [1, 4]);
}

#[test]
fn a_registration_that_waits_survives_the_upgrade_to_escrows() {
    let lines = [register(TRADER, 30), upgrade(40, ESCROW)];
    let (mut run, _) = run_of(full(FROZEN), &lines);
    let seen = settlements(&mut run, 100);
    let [(block, Settlement { agent: TRADER, escrow: Tao::ZERO, outcome, .. })] = seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(block, 30 + CLEANUP);
    assert_eq!(outcome, Settled::Registered { netuid: Netuid(1), paid: tao(40), pool: tao(40) });
}

#[test]
fn where_more_is_cleaned_up_than_waits_nothing_makes_room() {
    for spec in [FROZEN, ESCROW] {
        let lines = [register(TRADER, 30), limit(31, 4), register(HOLDER, 40)];
        let (mut run, receipts) = run_of(full(spec), &lines);
        let seen = settlements(&mut run, 60);
        let netuid = |outcome| match outcome {
            Settled::Registered { netuid, .. } => netuid.0,
            Settled::Cancelled => panic!("{seen:?}"),
        };
        let settled: Vec<_> = seen.iter().map(|(block, it)| (*block, it.agent, netuid(it.outcome))).collect();
        // The fourth place lets the first in at once, with a number that nobody has; the second waits for the place being cleaned up.
        assert_eq!(settled, [(31, TRADER, 3), (30 + CLEANUP, HOLDER, 1)]);
        assert_eq!(netuids(&mut run), [1, 2, 3, 4]);
        let queued = receipts.lock().expect("one thread").last().expect("three calls").1.outcome;
        assert!(matches!(queued, Outcome::Queued { removed: None, .. }), "{queued:?}");
    }
}

#[test]
fn fewer_places_than_there_were_let_nobody_in() {
    let (mut run, _) = run_of(full(ESCROW), &[register(TRADER, 30), limit(31, 2), limit(80, 3)]);
    let settled: Vec<u64> = settlements(&mut run, 100).into_iter().map(|(block, _)| block).collect();
    assert_eq!(settled, [80]);
}

#[test]
fn a_subnet_that_is_gone_is_no_longer_traded_on() {
    let unstake = Call::Unstake {
        netuid: Netuid(1),
        hotkey: Hotkey::AGGREGATE,
        alpha: Alpha::from_rao(1_000_000_000),
        limit: None,
    };
    let lines = [
        (TRADER, 29, stake(1, tao(5))),
        register(TRADER, 30),
        (TRADER, 31, unstake),
        (TRADER, 32, stake(1, tao(5))),
        (TRADER, 33, Call::UnstakeAll { hotkey: Hotkey::AGGREGATE }),
        (TRADER, 34 + CLEANUP, stake(1, tao(5))),
    ];
    let (seen, _) = outcomes(full(ESCROW), &lines, 40 + CLEANUP);
    let gone = Outcome::Refused(Refusal::NoSuchSubnet);
    assert_eq!([seen[2], seen[3]], [gone; 2]);
    assert_ne!(seen[5], gone, "another is there");
}

#[test]
fn blocks_in_which_nobody_acts_settle_too() {
    let after = |audit| {
        let (mut run, _) = run_of(Setup { audit, ..full(ESCROW) }, &[register(TRADER, 30)]);
        run.advance(200).expect("the books close");
        state(&mut run)
    };
    let seen = after(Audit::Off);
    assert_eq!(seen, after(Audit::EveryBlock));
    assert_eq!(seen.subnets.len(), 3);
}

#[test]
fn what_is_frozen_keeps_the_account_alive_and_all_else_can_be_spent() {
    let spends = (TRADER, 31, stake(0, tao(99_960)));
    let (seen, mut run) = outcomes(full(FROZEN), &[register(TRADER, 30), spends], 32);
    assert!(matches!(seen[1], Outcome::Bought { tao: paid, .. } if paid == tao(99_960)), "{seen:?}");
    assert_eq!(run.view().balance(TRADER), Tao::ZERO);
}

#[test]
fn the_auditor_knows_which_of_an_accounts_registrations_was_let_in() {
    let mut setup = full(FROZEN);
    setup.subnets.push(SubnetSetup { netuid: Netuid(7), ..setup.subnets[1].clone() });
    setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 4, immunity: 0 };
    // Locks of 40, 80, 160 and 320 TAO; both spend all that is not frozen, so the first of each cannot be paid.
    let registers =
        [(TRADER, 30), (SUDO, 31), (TRADER, 32), (SUDO, 33)].map(|(agent, at)| register(agent, at));
    let spend = [(TRADER, 34, stake(0, tao(99_840))), (SUDO, 34, stake(0, tao(99_680)))];
    let (mut run, _) = run_of(setup, &[registers.as_slice(), &spend].concat());
    let seen = settlements(&mut run, 60);
    let [(_, Settlement { agent: TRADER, lock, .. })] = seen[..] else { panic!("{seen:?}") };
    assert_eq!(lock, tao(160));
}

#[test]
fn under_roots_votes_no_subnet_makes_room() {
    let voting = Spec::known(219);
    let empty = |netuid| subnet(netuid, (Tao::ZERO, Alpha::ZERO), Alpha::ZERO);
    let subnets = vec![empty(1), empty(2)];
    let mut setup = Setup { spec: voting, rules: Rules::at(voting), subnets, ..still() };
    setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 2, immunity: 0 };
    setup.rules.registration.queue = RegistrationQueue::Escrow;
    let subnets = vec![(Netuid(1), Q32::HALF, tao(7)), (Netuid(2), Q32::HALF, tao(7))];
    let (mut run, seen) = builder_of(setup, &[register(TRADER, 30), upgrade(35, Spec::known(234))]);
    run.root_voting(RootVotingSetup { rules: RootVotingRules::pre_dtao(), subnets });
    let mut run = run.build();
    run.advance(40).expect("the books close");
    let registered = seen.lock().expect("one thread")[0].1.outcome;
    assert!(matches!(registered, Outcome::Registered { netuid: Netuid(3), .. }), "{registered:?}");
    assert_eq!(netuids(&mut run), [1, 2, 3]);
}
