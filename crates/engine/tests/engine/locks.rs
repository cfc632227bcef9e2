//! Locked alpha, from spec 411 on, and owners that change by it, with the auditor on.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Outcome, Receipt, Refusal};
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{Run, Setup};
use dtao_protocol::conviction::LockRefused;
use dtao_protocol::era::Spec;
use dtao_protocol::units::{Alpha, Block, Netuid};

use crate::world::{HOLDER, TRADER, alpha, lively, receipts_of, run_of, stake, swap_stake, tao, unstake};

const ONE: Netuid = Netuid(1);

fn lock(hotkey: AgentId, alpha: Alpha) -> Call {
    Call::LockStake { netuid: ONE, hotkey: Hotkey(hotkey), alpha }
}

fn outcomes(setup: Setup, lines: &[(AgentId, u64, Call)]) -> (Vec<Outcome>, Run) {
    let (receipts, run) = receipts_of(setup, lines);
    (receipts.iter().map(|receipt: &Receipt| receipt.outcome).collect(), run)
}

/// The lively market, of whose first subnet the holder has 200,000 alpha.
fn market(spec: u16) -> Setup {
    let mut setup = lively(Spec::known(spec));
    setup.subnets[0].alpha_out = alpha(200_000);
    setup
}

const fn refused(why: LockRefused) -> Outcome {
    Outcome::Refused(Refusal::Lock(why))
}

#[test]
fn locked_alpha_is_neither_sold_nor_moved_nor_given_away() {
    let give = Call::TransferStake {
        from: ONE,
        to: ONE,
        hotkey: Hotkey::AGGREGATE,
        receiver: TRADER,
        alpha: alpha(70_000),
    };
    let lines = [
        (HOLDER, 0, lock(HOLDER, alpha(150_000))),
        (HOLDER, 1, unstake(1, alpha(60_000))),
        (HOLDER, 1, swap_stake(1, 2, alpha(60_000))),
        (HOLDER, 1, give.clone()),
        (HOLDER, 1, Call::UnstakeAll { hotkey: Hotkey::AGGREGATE }),
        (HOLDER, 1, unstake(1, alpha(40_000))),
        (HOLDER, 2, lock(HOLDER, alpha(150_000))),
        (HOLDER, 2, lock(TRADER, alpha(1))),
    ];
    let (found, mut run) = outcomes(market(425), &lines);
    let unavailable = refused(LockRefused::Unavailable);
    assert_eq!(found[..3], [Outcome::Done, unavailable, unavailable]);
    assert_eq!(found[3..5], [refused(LockRefused::Rejected), unavailable]);
    assert!(matches!(found[5], Outcome::Sold { .. }), "{:?}", found[5]);
    assert_eq!(found[6..], [refused(LockRefused::InsufficientStake), refused(LockRefused::HotkeyMismatch)]);
    let (hotkey, left) = run.view().lock(HOLDER, ONE).expect("a lock");
    // It decays by a millionth a block.
    assert_eq!(hotkey, Hotkey(HOLDER));
    assert!(left.locked < alpha(150_000) && left.locked > alpha(149_000), "{}", left.locked);
    // Other subnets, other accounts and the time before locks know nothing of it.
    let (before, _) = outcomes(market(410), &[(HOLDER, 0, lock(HOLDER, alpha(1)))]);
    assert_eq!(before, [refused(LockRefused::NoLocks)]);
}

/// A subnet that is old enough, of which the trader locks more than a tenth in favour of its own hotkey.
fn contested(spec: u16, detail: Option<RosterSetup>) -> (Vec<Outcome>, Run) {
    let mut setup = lively(Spec::known(spec));
    setup.first_block = Block(3_000_000);
    setup.last_registration.block = Block(2_999_000);
    setup.rules.locks.maturity_rate = 20;
    for subnet in &mut setup.subnets {
        subnet.carried.first_emission = Some(Block(3_000_000));
    }
    let hotkey = if detail.is_some() { Hotkey(TRADER) } else { Hotkey::AGGREGATE };
    setup.subnets[0].detail = detail;
    let buy = Call::Stake { netuid: ONE, hotkey, tao: tao(2_000), limit: None };
    let perpetual = Call::SetPerpetualLock { netuid: ONE, enabled: true };
    let lines = [(TRADER, 0, buy), (TRADER, 1, perpetual), (TRADER, 1, lock(TRADER, alpha(60_000)))];
    let (receipts, mut run) = receipts_of(setup, &lines);
    run.advance(100).expect("the books close");
    (receipts.iter().map(|receipt| receipt.outcome).collect(), run)
}

#[test]
fn who_has_most_conviction_takes_a_subnet_over_at_its_epoch() {
    let (found, mut run) = contested(425, None);
    assert!(matches!(found[0], Outcome::Bought { .. }), "{found:?}");
    assert_eq!(found[1..], [Outcome::Done, Outcome::Done]);
    let view = run.view();
    assert_eq!(view.subnet_owner(ONE), Some(TRADER));
    assert_eq!(view.subnet_owner(Netuid(2)), Some(HOLDER));
    // As the owner's, its conviction is all that it has locked.
    let conviction = view.convictions(ONE)[&Hotkey(TRADER)].to_f64();
    assert!((conviction / alpha(60_000).rao() as f64 - 1.0).abs() < 1e-9, "{conviction}");
    // Before conviction moved ownership, and where the bar is 18 % of one hotkey's, nothing changes.
    let (_, mut earlier) = contested(423, None);
    assert_eq!(earlier.view().subnet_owner(ONE), Some(HOLDER));
}

#[test]
fn the_new_owner_of_a_subnet_in_detail_becomes_a_neuron_and_gets_the_owners_cut() {
    let (_, mut run) = contested(425, Some(RosterSetup::launch(HOLDER)));
    let view = run.view();
    assert_eq!(view.subnet_owner(ONE), Some(TRADER));
    let roster = view.roster(ONE).expect("in detail");
    assert!(roster.uid(Hotkey(TRADER)).is_some());
    let had = view.stake_on(TRADER, ONE, Hotkey(TRADER));
    run.advance(50).expect("the books close");
    // Nobody else has sold or bought: what came is the cut.
    assert!(run.view().stake_on(TRADER, ONE, Hotkey(TRADER)) > had);
}

#[test]
fn a_subnet_that_makes_room_takes_its_locks_along() {
    let mut setup = market(425);
    setup.rules.network_rate_limit = 0;
    setup.rules.registration.subnet_limit =
        dtao_protocol::registration::SubnetLimit::Pruned { most: 3, immunity: 20 };
    let lines = [
        (HOLDER, 0, lock(HOLDER, alpha(100_000))),
        (TRADER, 60, Call::RegisterSubnet),
        (HOLDER, 61, stake(1, tao(1))),
    ];
    let (receipts, mut run) = receipts_of(setup, &lines);
    let Outcome::Registered { netuid: ONE, .. } = receipts[1].outcome else { panic!("{receipts:?}") };
    assert!(run.view().lock(HOLDER, ONE).is_none());
    let (mut before, _) = run_of(market(425), &lines[..1]);
    before.advance(50).expect("the books close");
    assert!(before.view().lock(HOLDER, ONE).is_some());
}
