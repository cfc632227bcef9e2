//! The funds of hotkeys on root, from spec 441 on, with the auditor on.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, FundEvent, Outcome, Receipt, Refusal};
use dtao_engine::run::{Run, Setup};
use dtao_protocol::basket::{FundClaims, RefusedMint};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::Reserves;
use dtao_protocol::registration::SubnetLimit;
use dtao_protocol::root_claim::ClaimRefused;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::world::{HOLDER, SUDO, TRADER, alpha, lively, receipts_of, run_of, stake, tao, unstake};

const ALL: Hotkey = Hotkey::AGGREGATE;
const CLAIM: Call = Call::ClaimFunds { hotkey: Some(ALL) };

/// The lively market with prices that sum to more than one, so that root earns.
fn market(spec: u16) -> Setup {
    let mut setup = lively(Spec::known(spec));
    setup.subnets.iter_mut().for_each(|subnet| subnet.moving_price = Q32::from_f64(0.8));
    setup
}

/// Two deep pools at a price of 0.8, in which nothing that root earns moves the price.
pub fn deep(spec: u16) -> Setup {
    let mut setup = market(spec);
    setup.subnets.truncate(2);
    for (subnet, depth) in setup.subnets.iter_mut().zip([100_000, 50_000]) {
        subnet.pool = Reserves { tao: tao(depth / 10 * 8), alpha: alpha(depth) };
        subnet.alpha_out = alpha(50_000);
        subnet.tempo = 10;
    }
    setup
}

fn on_root(run: &mut Run, agent: AgentId) -> Tao {
    Tao::from_rao(run.view().stake(agent, Netuid::ROOT).rao())
}

fn claims(receipts: &[Receipt]) -> Vec<&FundEvent> {
    let events = receipts.iter().flat_map(|receipt| &receipt.funds);
    events.filter(|event| matches!(event, FundEvent::Redeemed { .. })).collect()
}

#[test]
fn dividends_enter_the_fund_and_stakers_are_owed_nearly_all_its_shares() {
    let (mut run, _) = run_of(deep(443), &[(TRADER, 0, stake(0, tao(30_000)))]);
    run.advance(300).expect("the books close");
    let view = run.view();
    assert!(view.fund_holds(ALL, Netuid(1)) > alpha(1), "{}", view.fund_holds(ALL, Netuid(1)));
    let shares = view.funds().of(ALL).expect("a fund").minted();
    let owed = [AgentId::ROOT_STAKERS, TRADER].map(|agent| view.fund_shares(agent, ALL));
    let all: u64 = owed.iter().sum();
    // Each mint rounds its rate down, by at most one share for every 2^32 rao on root, and there are some forty.
    assert!(all <= shares && shares - all < 60 * 1_500_000, "{all} of {shares}");
    // In proportion to their stake since the trader came.
    let part = owed[1] as f64 / all as f64;
    assert!((part * 5_930_000.0 / 30_000.0 - 1.0).abs() < 0.01, "{part}");
    // A share is worth a rao of TAO that came in, and what the fund itself has earned since.
    let worth = view.fund_value(ALL).to_f64() * 1e9 / shares as f64;
    assert!((1.0..1.1).contains(&worth), "{worth}");
}

#[test]
fn a_claim_stakes_the_claimants_part_on_root_and_gives_up_its_shares() {
    for claims_of in [FundClaims::Proceeds, FundClaims::AtLeastOneUnit, FundClaims::UpToEntitlement] {
        let mut setup = deep(443);
        setup.rules.funds.claims = claims_of;
        let lines = [(TRADER, 0, stake(0, tao(2_000_000 / 21))), (TRADER, 300, CLAIM)];
        let (mut before, _) = run_of(setup.clone(), &lines[..1]);
        before.advance(301).expect("the books close");
        let (receipts, mut run) = receipts_of(setup, &lines);
        let Outcome::Claimed { tao: paid } = receipts[1].outcome else { panic!("{:?}", receipts[1]) };
        let [FundEvent::Redeemed { agent: TRADER, shares, outstanding, rows, .. }] = claims(&receipts)[..]
        else {
            panic!("{receipts:?}");
        };
        assert!(paid > Tao::from_rao(500_000), "{paid}");
        assert_eq!(on_root(&mut run, TRADER), on_root(&mut before, TRADER) + paid);
        assert_eq!(rows.iter().map(|row| row.paid).sum::<Tao>(), paid);
        // A small part of the fund's value, by the shares given up; the last of a sale are sold at a worse price than the first.
        let part = before.view().fund_value(ALL).to_f64() * *shares as f64 / *outstanding as f64;
        let gain = paid.to_f64() / part;
        let most = if claims_of == FundClaims::UpToEntitlement { 1.000_001 } else { 1.1 };
        assert!((0.9..most).contains(&gain), "{claims_of:?}: {gain}");
        assert!(run.view().fund_shares(TRADER, ALL) <= 1, "nothing is owed any more");
        assert_eq!(run.view().account(TRADER).earned, paid);
    }
}

#[test]
fn who_takes_stake_off_root_is_still_owed_what_it_has_earned_and_who_comes_later_is_owed_nothing() {
    let lines = [
        (TRADER, 0, stake(0, tao(30_000))),
        (TRADER, 200, unstake(0, alpha(29_000))),
        (HOLDER, 200, stake(0, tao(30_000))),
    ];
    let (mut run, _) = run_of(market(443), &lines);
    run.advance(200).expect("the books close");
    let before = run.view().fund_shares(TRADER, ALL);
    let queued: Vec<_> = run.view().funds().waiting().collect();
    run.advance(1).expect("the books close");
    let view = run.view();
    let after = view.fund_shares(TRADER, ALL);
    assert!(after >= before && after > 0, "{before} {after}");
    assert!(view.fund_shares(HOLDER, ALL) <= 1);
    // What had waited and was worth enough entered before the stake changed.
    let still: Vec<_> = view.funds().waiting().collect();
    assert!(still.len() <= queued.len() && view.funds().of(ALL).is_some());
}

#[test]
fn what_can_be_claimed_by_subnet_becomes_shares_when_funds_come() {
    let lines = [
        (TRADER, 0, stake(0, tao(30_000))),
        (SUDO, 200, Call::Upgrade { spec: Spec::known(443) }),
        (TRADER, 210, CLAIM),
    ];
    let mut setup = market(440);
    setup.rules.drain.auto_claims = 0;
    let (mut before, _) = run_of(setup.clone(), &lines[..1]);
    before.advance(201).expect("the books close");
    let view = before.view();
    let owed: f64 =
        view.subnets().map(|s| view.claimable(TRADER, s.netuid).to_f64() * s.moving_price.to_f64()).sum();
    assert!(owed > 0.001, "{owed}");
    let (mut run, seen) = run_of(setup, &lines);
    run.advance(201).expect("the books close");
    {
        let view = run.view();
        let shares = view.fund_shares(TRADER, ALL) as f64 / 1e9;
        assert!((shares / owed - 1.0).abs() < 0.05, "{shares} {owed}");
        let claimable: u64 = view.subnets().map(|subnet| subnet.root_claimable.rao()).sum();
        let waiting: u64 = view.funds().waiting().map(|(_, alpha)| alpha.rao()).sum();
        assert_eq!(claimable, waiting);
    }
    run.advance(10).expect("the books close");
    let seen = seen.lock().expect("one thread");
    let claim = &seen.last().expect("three calls").1;
    assert!(matches!(claim.outcome, Outcome::Claimed { tao } if tao > Tao::ZERO), "{claim:?}");
}

#[test]
fn funds_sell_what_they_hold_of_a_subnet_that_makes_room() {
    let mut setup = market(443);
    setup.rules.network_rate_limit = 0;
    setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 3, immunity: 20 };
    setup.subnets[0].moving_price = Q32::from_f64(0.1);
    let lines = [(TRADER, 300, Call::RegisterSubnet)];
    let (mut before, _) = run_of(setup.clone(), &[]);
    before.advance(301).expect("the books close");
    assert!(before.view().fund_holds(ALL, Netuid(1)) > Alpha::ZERO);
    let cash = before.view().fund_holds(ALL, Netuid::ROOT);
    let (receipts, mut run) = receipts_of(setup, &lines);
    let Outcome::Queued { removed: Some(Netuid(1)), .. } = receipts[0].outcome else {
        panic!("{receipts:?}")
    };
    let sold = |event: &FundEvent| match event {
        FundEvent::Sold { netuid: Netuid(1), tao, .. } => *tao,
        _ => Tao::ZERO,
    };
    let sold: Tao = receipts[0].funds.iter().map(sold).sum();
    let view = run.view();
    assert!(sold > Tao::ZERO);
    assert_eq!(view.fund_holds(ALL, Netuid(1)), Alpha::ZERO);
    assert_eq!(view.fund_holds(ALL, Netuid::ROOT).rao(), cash.rao() + sold.rao());
    assert!(view.funds().waiting().all(|((_, netuid), _)| netuid != Netuid(1)));
}

#[test]
fn a_hotkey_that_has_lost_its_place_on_root_earns_nothing_there_and_what_waits_is_recycled() {
    // 64 places, and one more hotkey with next to nothing.
    let mut setup = market(443);
    setup.root_stake = tao(100_000);
    let own = Call::Stake { netuid: Netuid::ROOT, hotkey: Hotkey(TRADER), tao: tao(1_000), limit: None };
    let away =
        Call::Unstake { netuid: Netuid::ROOT, hotkey: Hotkey(TRADER), alpha: alpha(1_000), limit: None };
    // A mint of so little is refused, so that it waits until the trader leaves.
    setup.rules.funds.refused_mint = RefusedMint::PutBack;
    let (mut run, _) = run_of(setup, &[(TRADER, 0, own), (TRADER, 120, away)]);
    run.advance(120).expect("the books close");
    assert!(run.view().funds().of(Hotkey(TRADER)).is_some(), "its stake on root has earned");
    run.advance(130).expect("the books close");
    let view = run.view();
    assert!(view.funds().waiting().all(|((hotkey, _), _)| hotkey != Hotkey(TRADER)));
    assert!(view.fund_shares(TRADER, Hotkey(TRADER)) > 0, "what it has earned stays its own");
}

#[test]
fn calls_of_the_other_kind_are_refused_by_runtime() {
    let subnets = Call::ClaimRoot { netuids: [Netuid(1)].into() };
    for (spec, call, refused) in
        [(443, subnets, ClaimRefused::FundsOnly), (440, CLAIM, ClaimRefused::NoFunds)]
    {
        let (receipts, _) = receipts_of(market(spec), &[(TRADER, 0, call)]);
        assert_eq!(receipts[0].outcome, Outcome::Refused(Refusal::Claims(refused)), "{spec}");
    }
    let nobody = Call::ClaimFunds { hotkey: Some(Hotkey(AgentId(99))) };
    let (receipts, _) = receipts_of(market(443), &[(TRADER, 0, nobody), (TRADER, 1, CLAIM)]);
    assert_eq!(receipts[0].outcome, Outcome::Refused(Refusal::NoSuchAccount));
    assert_eq!(
        receipts[1].outcome,
        Outcome::Claimed { tao: Tao::ZERO },
        "who is owed nothing claims nothing"
    );
}
