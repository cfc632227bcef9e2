//! Collateral of neurons, from spec 437 on, with the auditor on.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Outcome, Receipt, Refusal};
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{Run, Setup};
use dtao_protocol::conviction::LockRefused;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::registration::{Collateral, CollateralTerms, SubnetLimit};
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::Uid;

use crate::roster::{SUBNET, detailed, register, stake_on, weights};
use crate::world::{HOLDER, SUDO, TRADER, alpha, receipts_of, run_of, still_under, tao};

const UNAVAILABLE: Outcome = Outcome::Refused(Refusal::Lock(LockRefused::Unavailable));

fn terms(lock_share: u16, release: f64) -> CollateralTerms {
    CollateralTerms::new(lock_share, Q64::from_f64(release)).expect("in range")
}

/// A subnet in detail whose price is what it costs at least.
fn roster(price: Tao, collateral: CollateralTerms) -> RosterSetup {
    RosterSetup { burn: price, min_burn: Some(price), collateral, ..crate::roster::roster() }
}

/// The market that stands still, of whose 1,000 TAO and 100,000 alpha the weights are equal, in detail.
fn market(spec: u16, price: Tao, collateral: CollateralTerms) -> Setup {
    let mut setup = still_under(Spec::known(spec));
    setup.rules.burn.max = tao(1_000);
    setup.subnets[0].detail = Some(roster(price, collateral));
    for subnet in &mut setup.subnets {
        subnet.carried.first_emission = Some(setup.first_block);
        subnet.carried.curve =
            dtao_protocol::pool::Pool::from(subnet.pool).under(setup.rules.pool.curve).curve;
    }
    setup
}

fn calls(setup: Setup, lines: &[(AgentId, u64, Call)]) -> (Vec<Receipt>, Run) {
    receipts_of(setup, lines)
}

fn set_min(alpha: Alpha) -> Call {
    Call::SetMinCollateral { netuid: SUBNET, alpha }
}

fn add(alpha: Alpha, limit: Tao) -> Call {
    Call::AddCollateral { netuid: SUBNET, alpha, limit }
}

fn collateral(run: &mut Run) -> Collateral {
    run.view().collateral(TRADER, SUBNET).expect("collateral")
}

fn own_stake(run: &mut Run) -> Alpha {
    run.view().stake_on(TRADER, SUBNET, Hotkey(TRADER))
}

/// 10 TAO pay a fee of 5,035,477 rao. A fifth of them, a rao less for the binary fraction, is locked.
#[test]
fn a_registration_locks_its_share_of_what_it_buys_and_pays_the_author() {
    let (receipts, mut run) = calls(market(437, tao(10), terms(13_107, 0.5)), &[(TRADER, 0, register())]);
    let Outcome::RegisteredNeuron { uid: Uid(1), cost, burned, locked } = receipts[0].outcome else {
        panic!("{receipts:?}")
    };
    assert_eq!(cost, tao(10));
    assert_eq!((receipts[0].fees.author, receipts[0].fees.tao), (Tao::from_rao(5_035_477), Tao::ZERO));
    // 100,000 * (1 - 1,000 / 1,009.994964523) alpha.
    let bought = burned + locked;
    assert!(bought.rao().abs_diff(989_605_378_000) < 200_000, "{bought}");
    assert_eq!(u128::from(locked.rao()), u128::from(bought.rao()) * 1_999_999_999 / 10_000_000_000);
    let release = Q64::from_f64(0.5);
    assert_eq!(collateral(&mut run), Collateral { locked, release, ..Collateral::default() });
    assert_eq!(own_stake(&mut run), locked);
    assert_eq!(
        run.view().subnet(SUBNET).expect("it exists").alpha_out,
        alpha(200_001) + locked,
        "a block's alpha comes on top"
    );
    assert_eq!(run.view().balance(TRADER), tao(99_990));
}

#[test]
fn without_a_share_all_is_burned_and_before_spec_437_the_fee_is_nobodys() {
    for (spec, collateral, author) in
        [(432, terms(13_107, 1.0), Tao::ZERO), (437, CollateralTerms::NONE, Tao::from_rao(5_035_477))]
    {
        let lines = [
            (TRADER, 0, register()),
            (TRADER, 0, set_min(alpha(1))),
            (TRADER, 0, add(alpha(1), tao(1))),
            (HOLDER, 1, Call::SetCollateral { netuid: SUBNET, terms: terms(1, 1.0) }),
        ];
        let (receipts, mut run) = calls(market(spec, tao(10), collateral), &lines);
        let Outcome::RegisteredNeuron { cost, locked: Alpha::ZERO, .. } = receipts[0].outcome else {
            panic!("{receipts:?}")
        };
        assert_eq!(cost, tao(10));
        assert_eq!(receipts[0].fees.author, author, "{spec}");
        assert_eq!(receipts[0].fees.tao, Tao::from_rao(5_035_477) - author, "{spec}");
        if spec == 432 {
            assert!(
                receipts[1..]
                    .iter()
                    .all(|receipt| receipt.outcome == Outcome::Refused(Refusal::NoCollateral))
            );
            assert_eq!(run.view().collateral(TRADER, SUBNET), None);
        }
    }
}

/// A price of 100 TAO would raise that of alpha by a fifth. Where it is 5 % higher the pool has 1,000 * sqrt(1.05) TAO.
#[test]
fn a_registration_that_locks_pays_for_what_raises_the_price_by_5_percent_at_most() {
    let cost = |share| {
        let (receipts, mut run) = calls(market(437, tao(100), terms(share, 1.0)), &[(TRADER, 0, register())]);
        let Outcome::RegisteredNeuron { cost, .. } = receipts[0].outcome else { panic!("{receipts:?}") };
        assert_eq!(run.view().balance(TRADER) + cost, tao(100_000));
        cost
    };
    assert_eq!(cost(0), tao(100));
    let bounded = cost(6_554).to_f64();
    assert!((bounded - 24.695 / (1.0 - 33.0 / 65_535.0)).abs() < 1e-3, "{bounded}");
}

#[test]
fn an_account_that_would_not_stay_alive_is_refused() {
    let mut setup = market(437, tao(100_000), terms(0, 1.0));
    setup.rules.burn.max = tao(200_000);
    let (receipts, _) = calls(setup, &[(TRADER, 0, register())]);
    assert_eq!(receipts[0].outcome, Outcome::Refused(Refusal::NotEnoughBalance));
}

#[test]
fn what_is_locked_is_neither_sold_nor_moved_nor_given_away_and_what_is_free_is() {
    let (own, one) = (Hotkey(TRADER), SUBNET);
    let sell = |alpha| Call::Unstake { netuid: one, hotkey: own, alpha, limit: None };
    let give = |to| Call::TransferStake { from: one, to, hotkey: own, receiver: SUDO, alpha: alpha(600) };
    let move_to =
        |to_hotkey| Call::MoveStake { from: one, to: one, from_hotkey: own, to_hotkey, alpha: alpha(600) };
    let lines = [
        (TRADER, 0, register()),
        // About 490 alpha, besides about 790 that are locked.
        (TRADER, 1, stake_on(TRADER, tao(5))),
        (TRADER, 2, sell(alpha(600))),
        (TRADER, 2, give(one)),
        (TRADER, 2, give(Netuid(2))),
        (TRADER, 2, move_to(Hotkey::AGGREGATE)),
        (TRADER, 2, Call::UnstakeAll { hotkey: own }),
        (TRADER, 2, Call::UnstakeAllAlpha { hotkey: own }),
        (TRADER, 3, sell(alpha(400))),
        (TRADER, 3, sell(alpha(100))),
        // Stake on another hotkey is free, and does not cover what is locked on the own.
        (TRADER, 4, Call::Stake { netuid: one, hotkey: Hotkey(HOLDER), tao: tao(50), limit: None }),
        (TRADER, 5, sell(alpha(600))),
        (TRADER, 5, Call::UnstakeAll { hotkey: own }),
        (TRADER, 5, Call::UnstakeAll { hotkey: Hotkey(HOLDER) }),
    ];
    let (receipts, mut run) = calls(market(475, tao(10), terms(52_428, 1.0)), &lines);
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
    assert_eq!(outcomes[2..8], [UNAVAILABLE; 6]);
    assert!(matches!(outcomes[8], Outcome::Sold { .. }), "{outcomes:?}");
    assert_eq!((outcomes[9], outcomes[11]), (UNAVAILABLE, UNAVAILABLE));
    // By the sum of the account it could be sold; what only the own hotkey has to cover is passed over.
    assert_eq!(outcomes[12], Outcome::SoldAll { tao: Tao::ZERO });
    assert!(matches!(outcomes[13], Outcome::SoldAll { tao } if tao > Tao::ZERO), "{outcomes:?}");
    let locked = collateral(&mut run).locked;
    assert!(locked > alpha(780) && own_stake(&mut run) >= locked);
}

/// Subnet 1 with epochs every 21 blocks, where the holder validates and the trader mines, has collateral and a neuron.
fn mined(collateral: CollateralTerms, more: &[(AgentId, u64, Call)], blocks: u64) -> Run {
    let setup = detailed(Spec::known(475), roster(tao(1), collateral));
    let lines = [
        (HOLDER, 0, stake_on(HOLDER, tao(500))),
        (TRADER, 0, register()),
        // The first epoch gives the permit.
        (HOLDER, 110, weights(&[(1, 1)])),
    ];
    let (mut run, _) = run_of(setup, &[&lines, more].concat());
    run.advance(blocks).expect("the books close");
    run
}

/// How an account's collateral and its stake on its own hotkey stand.
fn standing(mut run: Run) -> (Collateral, Alpha) {
    (collateral(&mut run), own_stake(&mut run))
}

#[test]
fn what_a_neuron_earns_lets_its_collateral_go() {
    let (first, had) = standing(mined(terms(62_258, 0.001), &[], 100));
    let (later, has) = standing(mined(terms(62_258, 0.001), &[], 300));
    let (let_go, earned) = (first.locked - later.locked, later.earned - first.earned);
    assert!(earned > alpha(10), "{earned}");
    // In nine epochs each part is rounded down, and dividends are paid in two of them.
    let most = earned.rao() / 1_000;
    assert!((most - 9..=most).contains(&let_go.rao()), "{let_go} of {most}");
    assert!((earned.rao() - 9..=earned.rao()).contains(&(has - had).rao()), "{earned} are staked, and free");
    // At a ratio of one all is free after an epoch or two, and forgotten.
    assert_eq!(mined(terms(62_258, 1.0), &[], 300).view().collateral(TRADER, SUBNET), None);
}

#[test]
fn below_its_floor_collateral_takes_what_a_neuron_earns() {
    let lines = [(TRADER, 30, set_min(alpha(1_000_000)))];
    let (first, had) = standing(mined(terms(62_258, 1.0), &lines, 100));
    let (later, has) = standing(mined(terms(62_258, 1.0), &lines, 300));
    assert!(later.earned > first.earned);
    assert_eq!(later.locked - first.locked, later.earned - first.earned);
    assert_eq!(has - had, later.locked - first.locked);
    // Without the floor the next epoch lets all go again.
    let lines = [lines[0].clone(), (TRADER, 300, set_min(Alpha::ZERO))];
    assert!(mined(terms(62_258, 10.0), &lines, 400).view().collateral(TRADER, SUBNET).is_none());
}

/// Of a validator only the take is captured, and what it earns for others lets nothing of the floor go.
#[test]
fn of_dividends_only_the_take_is_captured() {
    let lines = [(HOLDER, 30, set_min(alpha(1_000_000)))];
    let mut run = mined(terms(62_258, 1.0), &lines, 300);
    let row = run.view().collateral(HOLDER, SUBNET).expect("a floor");
    assert!(row.earned > Alpha::ZERO);
    // 18 %, rounded down.
    let take = row.earned.to_f64() * 11_796.0 / 65_535.0;
    assert!((row.locked.to_f64() - take).abs() < 1e-6, "{row:?}");
}

#[test]
fn collateral_outlasts_its_neuron_and_pays_for_the_next_registration() {
    let mut setup = market(437, tao(1), terms(32_768, 1.0));
    let detail = setup.subnets[0].detail.as_mut().expect("in detail");
    detail.max_uids = 2;
    // What is locked is worth twice what it has cost.
    setup.subnets[0].moving_price = Q32::from_f64(0.02);
    let slower = Call::SetCollateral { netuid: SUBNET, terms: terms(32_768, 0.25) };
    let lines = [
        (TRADER, 0, register()),
        (SUDO, 1, register()),
        (TRADER, 2, slower.clone()),
        (HOLDER, 2, slower),
        (TRADER, 3, register()),
    ];
    let (receipts, mut run) = calls(setup, &lines);
    let Outcome::RegisteredNeuron { cost: first, locked, .. } = receipts[0].outcome else {
        panic!("{receipts:?}")
    };
    assert_eq!(first, tao(1));
    assert!(matches!(receipts[1].outcome, Outcome::RegisteredNeuron { uid: Uid(1), .. }), "{receipts:?}");
    // The lower account's call comes first.
    assert_eq!(receipts[2].outcome, Outcome::Done);
    assert_eq!(receipts[3].outcome, Outcome::Refused(Refusal::NotSubnetOwner));
    let Outcome::RegisteredNeuron { uid: Uid(1), cost, locked: Alpha::ZERO, .. } = receipts[4].outcome else {
        panic!("{receipts:?}")
    };
    // Only what is burned is paid, of a price that two registrations have raised and three blocks have let fall.
    let burned = terms(32_768, 1.0).charge(tao(1), Alpha::ZERO, Q32::ZERO).burned;
    let part = cost.to_f64() / (1.26 * 1.26 * burned.to_f64());
    assert!(part > 0.99 && part < 1.0, "{cost}");
    assert_eq!(
        collateral(&mut run),
        Collateral { locked, release: Q64::from_f64(0.25), ..Collateral::default() }
    );
}

#[test]
fn more_is_locked_of_free_stake_first_and_what_is_missing_is_bought() {
    let mut setup = market(437, tao(1), terms(0, 0.5));
    setup.subnets[0].moving_price = Q32::from_f64(1.0 / 128.0);
    let lines = [
        (TRADER, 0, add(Alpha::ZERO, tao(1))),
        // Below the minimum stake.
        (TRADER, 0, add(Alpha::from_rao(1_000), tao(1))),
        (TRADER, 1, stake_on(TRADER, tao(2))),
        (TRADER, 2, add(alpha(100), Tao::ZERO)),
        // Of the rest, about 97, and 12,800 / 128 = 100 TAO; not within a price that has been passed.
        (TRADER, 3, add(alpha(12_800), Tao::from_rao(10_000_000))),
        (TRADER, 4, add(alpha(12_800), tao(1))),
    ];
    let (receipts, mut run) = calls(setup, &lines);
    let low = Outcome::Refused(Refusal::AmountTooLow);
    assert_eq!([receipts[0].outcome, receipts[1].outcome], [low; 2]);
    assert_eq!(
        receipts[3].outcome,
        Outcome::AddedCollateral { tao: Tao::ZERO, bought: Alpha::ZERO, locked: alpha(100) }
    );
    assert_eq!(receipts[4].outcome, Outcome::Refused(Refusal::SlippageTooHigh));
    let Outcome::AddedCollateral { tao: paid, bought, locked } = receipts[5].outcome else {
        panic!("{receipts:?}")
    };
    let Outcome::Bought { alpha: staked, .. } = receipts[2].outcome else { panic!("{receipts:?}") };
    let from_stake = staked - alpha(100);
    assert_eq!(locked, from_stake + bought);
    assert_eq!(paid, (alpha(12_800) - from_stake).at(Q32::from_f64(1.0 / 128.0)));
    let row = collateral(&mut run);
    assert_eq!((row.locked, row.release), (alpha(100) + locked, Q64::from_f64(0.5)));
    assert_eq!(own_stake(&mut run), row.locked);
}

#[test]
fn a_subnet_that_makes_room_takes_its_collateral_along_and_pays_who_had_it() {
    let mut setup = market(437, tao(10), terms(62_258, 1.0));
    setup.rules.network_rate_limit = 0;
    setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 2, immunity: 20 };
    let lines = [(TRADER, 0, register()), (SUDO, 60, Call::RegisterSubnet)];
    let (receipts, mut run) = calls(setup, &lines);
    assert!(matches!(receipts[1].outcome, Outcome::Queued { removed: Some(SUBNET), .. }), "{receipts:?}");
    assert_eq!(run.view().collateral(TRADER, SUBNET), None);
    assert!(run.view().balance(TRADER) > tao(99_990), "its part of the pool's TAO");
}

#[test]
fn an_upgrade_lets_a_subnet_ask_for_collateral_and_keeps_what_is_locked() {
    let ask = Call::SetCollateral { netuid: SUBNET, terms: terms(32_768, 1.0) };
    let lines = [
        (HOLDER, 0, ask.clone()),
        (SUDO, 0, Call::Upgrade { spec: Spec::known(437) }),
        (HOLDER, 1, ask),
        (TRADER, 2, register()),
        (SUDO, 3, Call::Upgrade { spec: Spec::known(482) }),
    ];
    let (receipts, mut run) = calls(market(432, tao(10), CollateralTerms::NONE), &lines);
    assert_eq!(receipts[0].outcome, Outcome::Refused(Refusal::NoCollateral));
    let Outcome::RegisteredNeuron { locked, .. } = receipts[3].outcome else { panic!("{receipts:?}") };
    assert!(locked > alpha(480), "{locked}");
    run.advance(100).expect("the books close");
    assert_eq!(collateral(&mut run).locked, locked);
}
