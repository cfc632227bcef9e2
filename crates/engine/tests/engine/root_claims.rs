//! What stakers on root are owed in alpha is claimed for them and by them, with the auditor on.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Claim, Outcome, Receipt, Refusal};
use dtao_engine::run::{Carried, Run, Setup, SubnetSetup};
use dtao_protocol::books::Books;
use dtao_protocol::drain::{AlphaDividends, DrainRules};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::{Curve, Pool, Reserves};
use dtao_protocol::root_claim::{AUTO_CLAIMS, ClaimRefused, ClaimType};
use dtao_protocol::rules::Rules;
use dtao_protocol::rules::coinbase::{CoinbaseRules, Gathering, RootPart};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::world::{TRADER, alpha, lively, receipts_of, run_of, stake, subnet, tao};

/// Two subnets whose prices sum to more than one, and stake on root of those who always had some and of the trader.
fn after(root_part: RootPart, auto_claims: u64, blocks: u64) -> Run {
    let setup = lively(Spec::known(282));
    let drain = DrainRules { auto_claims, ..setup.rules.drain };
    let coinbase = CoinbaseRules { root_part, gathering: Gathering::Apart, ..setup.rules.coinbase };
    let subnets = [(1, 3), (2, 1)].map(|(netuid, deep)| SubnetSetup {
        moving_price: Q32::from_f64(0.8),
        tempo: 10,
        carried: Carried { first_emission: Some(Block(0)), ..Carried::default() },
        ..subnet(netuid, (tao(8_000 * deep), alpha(10_000 * deep)), alpha(50_000))
    });
    let alpha_dividends = AlphaDividends::Gathered;
    let rules = Rules { drain, coinbase, alpha_dividends, ..setup.rules };
    let setup = Setup { rules, subnets: subnets.into(), root_stake: tao(40_000), ..setup };
    let (mut run, _) = run_of(setup, &[(TRADER, 0, stake(0, tao(30_000)))]);
    run.advance(blocks).expect("the books close");
    run
}

fn books(run: &mut Run) -> Vec<Books> {
    run.view().subnets().copied().collect()
}

fn on_root(run: &mut Run, agent: AgentId) -> Tao {
    Tao::from_rao(run.view().stake(agent, Netuid::ROOT).rao())
}

#[test]
fn owed_alpha_is_sold_for_stake_on_root() {
    for part in [RootPart::ClaimableOrLeft, RootPart::ClaimableOrRecycled] {
        let (mut claimed, mut left) = (after(part, AUTO_CLAIMS, 600), after(part, 0, 600));
        for (with, without) in books(&mut claimed).iter().zip(books(&mut left)) {
            assert!(without.root_claimable > Alpha::ZERO, "{part:?}");
            assert!(with.root_claimable.rao() < without.root_claimable.rao() / 10, "{part:?}");
            assert!(with.pool.alpha > without.pool.alpha && with.pool.tao < without.pool.tao, "{part:?}");
        }
        for agent in [AgentId::ROOT_STAKERS, TRADER] {
            assert!(on_root(&mut claimed, agent) > on_root(&mut left, agent), "{part:?}");
        }
        // In proportion to their stake.
        let gains = [AgentId::ROOT_STAKERS, TRADER].map(|agent| {
            let (now, then) = (on_root(&mut claimed, agent), on_root(&mut left, agent));
            (now - then).rao() as f64 / then.rao() as f64
        });
        assert!((gains[0] / gains[1] - 1.0).abs() < 0.1, "{part:?}: {gains:?}");
    }
}

#[test]
fn what_is_owed_and_not_claimed_is_what_waits() {
    let mut run = after(RootPart::ClaimableOrRecycled, 0, 600);
    let view = run.view();
    for subnet in view.subnets() {
        let owed: u64 = [AgentId::ROOT_STAKERS, TRADER]
            .iter()
            .map(|&agent| view.claimable(agent, subnet.netuid).rao())
            .sum();
        // Each of some sixty epochs rounds its rate down, by at most one rao for every 2^32 on root.
        let waits = subnet.root_claimable.rao();
        assert!(owed > 0 && owed <= waits && waits - owed < 60 * 20_000, "{owed} of {waits}");
    }
}

/// The lively market under a runtime, with dear subnets; the chain claims for as many as it is told.
fn market(spec: u16, auto_claims: u64) -> Setup {
    let mut setup = lively(Spec::known(spec));
    setup.rules.drain.auto_claims = auto_claims;
    for subnet in &mut setup.subnets {
        subnet.moving_price = Q32::from_f64(0.8);
    }
    setup
}

fn claim(netuids: &[u16]) -> Call {
    Call::ClaimRoot { netuids: netuids.iter().copied().map(Netuid).collect() }
}

fn claims_become(claims: ClaimType) -> Call {
    Call::SetClaimType { claims }
}

/// The trader stakes on root, and calls 300 blocks later, and in the next block.
fn calls(setup: Setup, calls: &[Call]) -> (Vec<Receipt>, Run) {
    let mut lines = vec![(TRADER, 0, stake(0, tao(30_000)))];
    lines.extend((300..).zip(calls).map(|(at, call)| (TRADER, at, call.clone())));
    receipts_of(setup, &lines)
}

fn earned(run: &mut Run) -> Tao {
    run.view().account(TRADER).earned
}

#[test]
fn an_account_claims_of_the_subnets_that_it_names_and_of_no_others() {
    // Before, these subnets are subsidised, and root has nothing of them.
    for spec in [342, 361, 425] {
        let (receipts, mut run) = calls(market(spec, 0), &[claim(&[1, 9])]);
        let (_, mut without) = calls(market(spec, 0), &[claim(&[9])]);
        let last = receipts.last().expect("two calls");
        let [Claim { agent: TRADER, netuid: Netuid(1), alpha, tao: Some(fetched) }] = last.claims[..] else {
            panic!("spec {spec}: {last:?}");
        };
        assert!(alpha > Alpha::from_rao(500_000) && fetched > Tao::ZERO, "spec {spec}");
        assert_eq!(last.outcome, Outcome::Claimed { tao: fetched });
        assert_eq!(on_root(&mut run, TRADER), on_root(&mut without, TRADER) + fetched, "spec {spec}");
        assert_eq!(earned(&mut run), earned(&mut without) + fetched, "spec {spec}");
        let (with, without) = (books(&mut run), books(&mut without));
        assert_eq!(with[1..], without[1..], "spec {spec}: the other subnets");
        assert_eq!(with[0].root_claimable + alpha, without[0].root_claimable, "spec {spec}");
        // Rounded to whole rao twice.
        assert!(run.view().claimable(TRADER, Netuid(1)) <= Alpha::from_rao(2), "spec {spec}");
        assert!(run.view().claimable(TRADER, Netuid(2)) > Alpha::from_rao(500_000), "spec {spec}");
    }
}

#[test]
fn what_is_claimed_is_kept_where_the_account_has_chosen_so() {
    let kept = |claims: ClaimType| {
        let (receipts, mut run) = calls(market(361, 0), &[claims_become(claims), claim(&[1, 2])]);
        let claims = &receipts.last().expect("three calls").claims;
        let kept: Vec<u16> =
            claims.iter().filter(|claim| claim.tao.is_none()).map(|claim| claim.netuid.0).collect();
        for claim in claims.iter().filter(|claim| claim.tao.is_none()) {
            let held = run.view().stake(TRADER, claim.netuid);
            assert!(claim.alpha - held <= Alpha::from_rao(1), "the share pool rounds down: {held}");
        }
        assert_eq!(claims.len(), 2);
        kept
    };
    assert!(kept(ClaimType::Swap).is_empty());
    assert_eq!(kept(ClaimType::Keep), [1, 2]);
    assert_eq!(kept(ClaimType::KeepSubnets([Netuid(2), Netuid(7)].into())), [2]);
}

#[test]
fn the_chain_keeps_what_it_claims_for_those_who_chose_so() {
    let after = |claims| {
        let lines = [(TRADER, 0, stake(0, tao(30_000))), (TRADER, 1, claims_become(claims))];
        let (mut run, _) = run_of(market(361, AUTO_CLAIMS), &lines);
        run.advance(400).expect("the books close");
        let held = run.view().stake(TRADER, Netuid(1));
        (on_root(&mut run, TRADER), held, run.view().stake(AgentId::ROOT_STAKERS, Netuid(1)))
    };
    let (sold, kept) = (after(ClaimType::Swap), after(ClaimType::Keep));
    assert!(sold.0 > tao(30_000) && sold.1 == Alpha::ZERO, "{sold:?}");
    assert!(kept.0 < sold.0 && kept.1 > Alpha::from_rao(500_000), "{kept:?}");
    assert_eq!(kept.2, sold.2, "the others' claims are sold");
}

/// A pool that sells nothing: it has less TAO than a swap may draw from.
#[test]
fn a_sale_that_fails_is_passed_over_until_spec_410_and_then_undoes_all() {
    for (spec, undone) in [(361, false), (410, false), (411, true), (420, true)] {
        let market = || {
            let mut setup = market(spec, 0);
            let reserves = Reserves { tao: Tao::from_rao(900_000), alpha: alpha(3) };
            let dead = Pool { reserves, curve: Curve::ConstantProduct }.under(setup.rules.pool.curve);
            (setup.subnets[2].pool, setup.subnets[2].carried.curve) = (dead.reserves, dead.curve);
            setup
        };
        let (receipts, mut run) = calls(market(), &[claim(&[1, 4])]);
        let (_, mut without) = calls(market(), &[claim(&[9])]);
        assert!(run.view().claimable(TRADER, Netuid(4)) > Alpha::from_rao(500_000), "spec {spec}");
        let last = receipts.last().expect("two calls");
        if undone {
            assert_eq!(last.outcome, Outcome::Refused(Refusal::InsufficientLiquidity), "spec {spec}");
            assert_eq!(books(&mut run), books(&mut without), "spec {spec}");
            for netuid in [1, 2, 4].map(Netuid) {
                let owed = |run: &mut Run| run.view().claimable(TRADER, netuid);
                assert_eq!(owed(&mut run), owed(&mut without), "spec {spec}");
            }
            assert_eq!(on_root(&mut run, TRADER), on_root(&mut without, TRADER), "spec {spec}");
        } else {
            let claimed: Vec<Netuid> = last.claims.iter().map(|claim| claim.netuid).collect();
            assert_eq!(claimed, [Netuid(1)], "spec {spec}");
        }
    }
}

#[test]
fn roots_weight_does_not_grow_by_claims_until_spec_410() {
    for (spec, counted) in [(342, false), (410, false), (411, true), (425, true)] {
        let (receipts, mut run) = calls(market(spec, 0), &[claim(&[1])]);
        let Some(Receipt { outcome: Outcome::Claimed { tao }, .. }) = receipts.last() else {
            panic!("spec {spec}: {receipts:?}")
        };
        let view = run.view();
        let behind = Tao::from_rao(view.staked(Netuid::ROOT).rao()) - view.root_tao();
        assert_eq!(behind, if counted { Tao::ZERO } else { *tao }, "spec {spec}");
        assert!(*tao > Tao::ZERO);
    }
}

#[test]
fn calls_about_claims_are_refused_before_their_runtimes() {
    let refusal = |spec, call| match calls(market(spec, 0), &[call]).0.last().expect("two calls").outcome {
        Outcome::Refused(Refusal::Claims(refused)) => Some(refused),
        _ => None,
    };
    let some = || claims_become(ClaimType::KeepSubnets([Netuid(1)].into()));
    assert_eq!(refusal(333, claim(&[1])), Some(ClaimRefused::NoClaims));
    assert_eq!(refusal(333, claims_become(ClaimType::Keep)), Some(ClaimRefused::NoClaims));
    assert_eq!(refusal(334, claim(&[])), Some(ClaimRefused::WrongNumberOfSubnets));
    assert_eq!(refusal(334, claim(&[1, 2, 3, 4, 5, 6])), Some(ClaimRefused::WrongNumberOfSubnets));
    assert_eq!(refusal(360, some()), Some(ClaimRefused::NotBySubnet));
    assert_eq!(refusal(361, some()), None);
}

/// Kept in detail, alpha is staked on the validator through which it was earned.
#[test]
fn kept_alpha_stays_on_its_validator_in_a_subnet_in_detail() {
    let mut setup = market(425, 0);
    setup.subnets[0].detail = Some(dtao_engine::roster::RosterSetup::launch(crate::world::HOLDER));
    let lines = [
        (TRADER, 0, Call::RegisterNeuron { netuid: Netuid(1) }),
        (
            TRADER,
            1,
            Call::Stake { netuid: Netuid::ROOT, hotkey: Hotkey(TRADER), tao: tao(30_000), limit: None },
        ),
        (TRADER, 2, claims_become(ClaimType::Keep)),
        (TRADER, 300, claim(&[1])),
    ];
    let (receipts, mut run) = receipts_of(setup, &lines);
    let claims = &receipts.last().expect("four calls").claims;
    let view = run.view();
    let kept: Alpha = claims.iter().map(|claim| claim.alpha).sum();
    assert!(kept > Alpha::ZERO && claims.iter().all(|claim| claim.tao.is_none()), "{receipts:?}");
    assert!(view.stake_on(TRADER, Netuid(1), Hotkey(TRADER)) >= kept);
    assert_eq!(view.stake_on(TRADER, Netuid(1), Hotkey::AGGREGATE), Alpha::ZERO);
}
