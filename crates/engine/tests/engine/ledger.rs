//! What calls move, to the rao, worked out by hand; and what the chain refuses.

use dtao_engine::account::{AgentId, Authority, Hotkey};
use dtao_engine::call::{Call, Fill, FundTrade, Outcome, Refusal};
use dtao_engine::run::AccountSetup;
use dtao_protocol::basket::TradeRefused;
use dtao_protocol::conviction::LockRefused;
use dtao_protocol::drain::AlphaDividends;
use dtao_protocol::emission::Emission;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::Reserves;
use dtao_protocol::registration::LastLock;
use dtao_protocol::root_claim::{ClaimRefused, ClaimType};
use dtao_protocol::rules::{RuleValues, Rules};
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};

use crate::emission_weights::divide;
use crate::world::{
    HOLDER, SUDO, Scripted, TRADER, alpha, builder, builder_of, buy_within, outcomes, receipts, refusal,
    run_of, sell_within, stake, state, still, subnet, swap_stake, swap_within, tao, unstake,
};

/// 0.00005 TAO.
const FEE: Tao = Tao::from_rao(50_000);
/// What an account begins with.
const PURSE: u64 = 100_000;

#[test]
fn a_buys_fee_stays_out_of_the_swap_and_goes_into_the_pool() {
    // 1,000 TAO double the pool's TAO, so they take half of its alpha.
    let (outcomes, mut run) = outcomes(TRADER, &[stake(1, tao(1_000) + FEE)]);
    assert_eq!(outcomes, [Outcome::Bought { tao: tao(1_000) + FEE, alpha: alpha(50_000) }]);
    let view = run.view();
    let after = Reserves { tao: tao(2_000) + FEE, alpha: alpha(50_000) };
    assert_eq!(view.pool(Netuid(1)), Some(after));
    assert_eq!(view.balance(TRADER), tao(PURSE - 1_000) - FEE);
    assert_eq!(view.stake(TRADER, Netuid(1)), alpha(50_000));
}

#[test]
fn a_sales_fee_is_taken_from_the_proceeds_and_goes_back_into_the_pool() {
    // 100,000 alpha double the pool's alpha, so they take half of its TAO.
    let (outcomes, mut run) = outcomes(HOLDER, &[unstake(1, alpha(100_000))]);
    assert_eq!(outcomes, [Outcome::Sold { alpha: alpha(100_000), tao: tao(500) - FEE }]);
    let view = run.view();
    let after = Reserves { tao: tao(500) + FEE, alpha: alpha(200_000) };
    assert_eq!(view.pool(Netuid(1)), Some(after));
    assert_eq!(view.balance(HOLDER), tao(PURSE + 500) - FEE);
    assert_eq!(view.stake(HOLDER, Netuid(1)), alpha(100_000));
}

#[test]
fn what_a_swap_leaves_over_is_the_pools() {
    // 1e9 - 1e18 / (1e9 + 500,000) = 499,750.12…
    let least = Tao::from_rao(500_000) + FEE;
    let (outcomes, _) = outcomes(TRADER, &[stake(2, least)]);
    assert_eq!(outcomes, [Outcome::Bought { tao: least, alpha: Alpha::from_rao(499_750) }]);
}

#[test]
fn each_leg_of_a_move_pays_half_the_fee_to_its_pool() {
    let half = Tao::from_rao(25_000);
    // 500 TAO leave the first pool. The second has what arrives after both half fees: half its alpha goes.
    let mut setup = still();
    setup.subnets[1] = subnet(2, (tao(500) - FEE, alpha(10_000)), Alpha::ZERO);
    let (mut run, seen) = run_of(setup, &[(HOLDER, 0, swap_stake(1, 2, alpha(100_000)))]);
    run.advance(1).expect("the books close");
    let moved = Outcome::Moved { sold: alpha(100_000), tao: tao(500) - half, bought: alpha(5_000) };
    assert_eq!(seen.lock().expect("one thread")[0].1.outcome, moved);
    let view = run.view();
    let origin = Reserves { tao: tao(500) + half, alpha: alpha(200_000) };
    let destination = Reserves { tao: tao(1_000) - FEE - half, alpha: alpha(5_000) };
    assert_eq!(view.pool(Netuid(1)), Some(origin));
    assert_eq!(view.pool(Netuid(2)), Some(destination));
    assert_eq!(view.balance(HOLDER), tao(PURSE), "a move touches no free TAO");
    assert_eq!(view.stake(HOLDER, Netuid(2)), alpha(5_000));
}

#[test]
fn on_root_a_tao_is_a_tao_less_the_fee() {
    let (outcomes, mut run) = outcomes(TRADER, &[stake(0, tao(10)), unstake(0, alpha(4))]);
    assert_eq!(
        outcomes,
        [
            Outcome::Bought { tao: tao(10), alpha: Alpha::from_rao(9_999_950_000) },
            Outcome::Sold { alpha: alpha(4), tao: tao(4) - FEE },
        ]
    );
    let view = run.view();
    assert_eq!(view.stake(TRADER, Netuid::ROOT), Alpha::from_rao(5_999_950_000));
    // Both fees stay in root's account, though nobody may claim them.
    assert_eq!(view.root_tao(), tao(6) + FEE);
    assert_eq!(view.balance(TRADER), tao(PURSE - 6) - FEE);
}

#[test]
fn minimum_amounts_are_allowed_on_a_buy_and_refused_on_a_sale() {
    let buy = |rao| refusal(TRADER, stake(1, Tao::from_rao(rao)));
    assert_eq!(buy(550_000), None);
    assert_eq!(buy(549_999), Some(Refusal::AmountTooLow));
    // At a price of almost exactly 0.01: 50,000,100 rao of alpha fetch 500,000.99… TAO rao.
    let sell = |rao| refusal(HOLDER, unstake(1, Alpha::from_rao(rao)));
    assert_eq!(sell(50_000_200), None);
    assert_eq!(sell(50_000_050), Some(Refusal::AmountTooLow));
}

/// A call that is refused for each reason; whoever adds a reason is asked for one here.
#[expect(clippy::too_many_lines, reason = "each refusal has its calls")]
fn provoked(reason: Refusal) -> Vec<(AgentId, Call)> {
    match reason {
        Refusal::NoSuchSubnet => vec![
            (TRADER, stake(9, tao(1))),
            (TRADER, buy_within(9, tao(1), 1, Fill::Partial)),
            (TRADER, unstake(9, alpha(1))),
            (HOLDER, swap_stake(1, 9, alpha(100))),
            (HOLDER, swap_stake(9, 1, alpha(100))),
            (SUDO, Call::SetTempo { netuid: Netuid(9), tempo: 1 }),
        ],
        Refusal::NotEnoughBalance => {
            vec![(TRADER, stake(1, tao(PURSE) + Tao::from_rao(1))), (TRADER, stake(0, tao(PURSE + 1)))]
        }
        Refusal::NotEnoughStake => vec![
            (TRADER, unstake(1, alpha(1))),
            (TRADER, unstake(0, alpha(1))),
            (TRADER, swap_stake(1, 2, alpha(100))),
            (HOLDER, unstake(1, alpha(200_001))),
        ],
        Refusal::AmountTooLow => vec![
            (TRADER, stake(1, Tao::from_rao(549_999))),
            (HOLDER, unstake(1, Alpha::from_rao(1))),
            (HOLDER, unstake(1, Alpha::ZERO)),
            (HOLDER, swap_stake(1, 2, Alpha::from_rao(50_000_050))),
            (HOLDER, sell_within(1, Alpha::from_rao(1), 0, Fill::Partial)),
            (TRADER, buy_within(1, Tao::from_rao(549_999), RAO, Fill::Partial)),
        ],
        Refusal::InsufficientLiquidity => vec![
            // 1e18 / 101e9 is less than the 10,000,000 rao that must stay.
            (TRADER, stake(2, tao(101))),
            (TRADER, buy_within(2, tao(101), 2 * RAO, Fill::Partial)),
            (HOLDER, unstake(2, alpha(101))),
            (HOLDER, sell_within(2, alpha(101), RAO / 2, Fill::Partial)),
            (HOLDER, swap_stake(2, 1, alpha(101))),
        ],
        Refusal::SlippageTooHigh => vec![
            (TRADER, buy_within(1, tao(1), 9_999_999, Fill::Whole)),
            // 0.015 * 100,000 - 1,000 = 500 TAO fit.
            (TRADER, buy_within(1, tao(500) + Tao::from_rao(1), 15_000_000, Fill::Whole)),
            (TRADER, buy_within(0, tao(1), 999_999_999, Fill::Whole)),
            (HOLDER, sell_within(1, alpha(9), 10_000_000, Fill::Whole)),
            (HOLDER, sell_within(1, alpha(25_000) + Alpha::from_rao(1), 8_000_000, Fill::Whole)),
            (HOLDER, swap_within(1, 2, alpha(100), 10_000_001, Fill::Whole)),
        ],
        // The last registration was 9,000 blocks ago, so the second of two is the one too soon.
        Refusal::RateLimit => vec![(TRADER, Call::RegisterSubnet)],
        Refusal::BadOrigin => vec![
            (HOLDER, Call::SetMovingAlpha { coefficient: Q32::ONE }),
            (TRADER, Call::SetTempo { netuid: Netuid(1), tempo: 1 }),
            (TRADER, Call::Upgrade { spec: Spec::known(246) }),
            (TRADER, Call::SetRules { values: RuleValues::default().into() }),
        ],
        Refusal::RootVotesByRuntime => {
            let values = RuleValues { emission: Some(Emission::RootVote), ..RuleValues::default() };
            vec![(SUDO, Call::SetRules { values: values.into() })]
        }
        Refusal::Aggregate => {
            let (weights, children) = ([].into(), [].into());
            vec![
                (TRADER, Call::RegisterNeuron { netuid: Netuid(1) }),
                (TRADER, Call::SetWeights { netuid: Netuid(1), weights }),
                (TRADER, Call::SetChildren { netuid: Netuid(1), children }),
            ]
        }
        Refusal::NoSuchAccount => {
            let (nobody, netuid) = (AgentId(9), Netuid(1));
            let (from, to, hotkey, alpha) = (netuid, netuid, Hotkey::AGGREGATE, alpha(100));
            vec![
                (TRADER, Call::Stake { netuid, hotkey: Hotkey(nobody), tao: tao(1), limit: None }),
                (TRADER, Call::UnstakeAll { hotkey: Hotkey(nobody) }),
                (TRADER, Call::UnstakeAllAlpha { hotkey: Hotkey(nobody) }),
                (HOLDER, Call::TransferStake { from, to, hotkey, receiver: nobody, alpha }),
                (HOLDER, Call::MoveStake { from, to, from_hotkey: hotkey, to_hotkey: Hotkey(nobody), alpha }),
            ]
        }
        Refusal::NothingMeasured => vec![(TRADER, Call::FakeValue { netuid: Netuid(1), tao: tao(1) })],
        Refusal::NotSubnetOwner => vec![(TRADER, Call::StartSubnet { netuid: Netuid(1) })],
        Refusal::AlreadyStarted => vec![(HOLDER, Call::StartSubnet { netuid: Netuid(1) })],
        Refusal::NotOnRoot => vec![(TRADER, Call::RegisterNeuron { netuid: Netuid::ROOT })],
        Refusal::RootWeights(_) => vec![(TRADER, Call::SetRootWeights { weights: [].into() })],
        Refusal::Claims(_) => vec![
            (TRADER, Call::ClaimRoot { netuids: [Netuid(1)].into() }),
            (TRADER, Call::SetClaimType { claims: ClaimType::Keep }),
        ],
        Refusal::NoEmissionWeights => vec![(HOLDER, divide(10, 45))],
        Refusal::NoCollateral => {
            vec![(HOLDER, Call::SetMinCollateral { netuid: Netuid(1), alpha: alpha(1) })]
        }
        Refusal::Lock(_) => vec![(HOLDER, Call::SetPerpetualLock { netuid: Netuid(1), enabled: true })],
        Refusal::NoFundDeposits => {
            vec![(TRADER, Call::StakeIntoFund { hotkey: Hotkey::AGGREGATE, tao: tao(1) })]
        }
        Refusal::FundTrade(_) => {
            let trade = FundTrade { from: Netuid::ROOT, to: Netuid(1), alpha: alpha(1), least: Alpha::ZERO };
            vec![(TRADER, Call::TradeFund { trades: [trade].into() })]
        }
        Refusal::NotAnUpgrade => vec![
            (SUDO, Call::Upgrade { spec: Spec::known(238) }),
            (SUDO, Call::Upgrade { spec: Spec::known(234) }),
        ],
        // These need another runtime or a subnet in detail: the tests of the start call, later registrations, moves, rosters, root
        // voting, emission weights and funds' trades have them.
        Refusal::TooEarlyToStart
        | Refusal::SubtokenDisabled
        | Refusal::SubnetLimitReached
        | Refusal::NotOwnHotkey
        | Refusal::AlreadyRegistered
        | Refusal::TooManyRegistrations
        | Refusal::Weights(_)
        | Refusal::Children(_)
        | Refusal::NoPools
        | Refusal::EmissionWeights(_)
        | Refusal::NoPlaceOnRoot => unreachable!("{reason} is not given in this world"),
    }
}

#[test]
fn every_refusal_is_given_for_its_reason_and_changes_nothing() {
    let reasons = [
        Refusal::NoSuchSubnet,
        Refusal::NotEnoughBalance,
        Refusal::NotEnoughStake,
        Refusal::AmountTooLow,
        Refusal::InsufficientLiquidity,
        Refusal::SlippageTooHigh,
        Refusal::RateLimit,
        Refusal::BadOrigin,
        Refusal::Aggregate,
        Refusal::NoSuchAccount,
        Refusal::NotOnRoot,
        Refusal::NotAnUpgrade,
        Refusal::NotSubnetOwner,
        Refusal::AlreadyStarted,
        Refusal::Lock(LockRefused::NoLocks),
        Refusal::Claims(ClaimRefused::NoClaims),
        Refusal::NothingMeasured,
        Refusal::NoEmissionWeights,
        Refusal::NoCollateral,
        Refusal::NoFundDeposits,
        Refusal::FundTrade(TradeRefused::NoTrades),
    ];
    for reason in reasons {
        let mut setup = still();
        if reason == Refusal::RateLimit {
            setup.last_registration.block = Block(10_000 - 7_199);
        }
        let (mut untouched, _) = run_of(setup.clone(), &[]);
        untouched.advance(1).expect("the books close");
        let (before, law) = (state(&mut untouched), format!("{:?}", untouched.view().law()));
        for (agent, call) in provoked(reason) {
            let (mut run, seen) = run_of(setup.clone(), &[(agent, 0, call.clone())]);
            run.advance(1).expect("the books close");
            let outcome = seen.lock().expect("one thread")[0].1.outcome;
            assert_eq!(outcome, Outcome::Refused(reason), "{call:?}");
            assert_eq!(state(&mut run), before, "{call:?}");
            assert_eq!(format!("{:?}", run.view().law()), law, "{call:?}");
            assert_eq!(run.view().last_registration().0, setup.last_registration, "{call:?}");
        }
    }
}

#[test]
fn a_subnet_costs_twice_the_last_one_less_what_it_has_fallen() {
    // Twice 100 TAO, less 9,000 blocks of floor(100e9 / 100,800) = 992,063 rao.
    let first = Tao::from_rao(191_071_433_000);
    // Twice that, less 7,200 blocks of floor(191,071,433,000 / 100,800) = 1,895,549 rao.
    let second = Tao::from_rao(368_494_913_200);
    let lines = [0, 1, 7_199, 7_200].map(|at| (TRADER, at, Call::RegisterSubnet));
    let (mut run, seen) = run_of(still(), &lines);
    run.advance(7_201).expect("the books close");
    let outcomes: Vec<_> = seen.lock().expect("one thread").iter().map(|(_, r)| r.outcome).collect();
    assert_eq!(
        outcomes,
        [
            Outcome::Registered { netuid: Netuid(3), cost: first },
            Outcome::Refused(Refusal::RateLimit),
            Outcome::Refused(Refusal::RateLimit),
            Outcome::Registered { netuid: Netuid(4), cost: second },
        ]
    );
    assert_eq!(run.view().balance(TRADER), tao(PURSE) - first - second);
}

#[test]
fn a_lock_cost_is_burned_but_for_the_tao_that_starts_the_pool() {
    let (mut untouched, _) = run_of(still(), &[]);
    let before = untouched.view().issuance();
    let (outcomes, mut run) = outcomes(TRADER, &[Call::RegisterSubnet]);
    let [Outcome::Registered { netuid, cost }] = outcomes[..] else { panic!("{outcomes:?}") };
    let view = run.view();
    assert_eq!(view.issuance(), before - cost + tao(1));
    let new = view.subnet(netuid).expect("just registered");
    assert_eq!(new.pool, Reserves { tao: tao(1), alpha: alpha(1) });
    assert_eq!((new.alpha_out, view.subnet_owner(new.netuid)), (Alpha::ZERO, Some(TRADER)));
    assert_eq!(view.last_registration().0, LastLock { cost, block: Block(10_000) });
}

#[test]
fn an_account_that_pays_all_it_has_for_a_lock_keeps_500_rao_and_the_pool_starts_whole() {
    let cost = tao(1);
    let mut setup = still();
    setup.last_registration = LastLock { cost: Tao::ZERO, block: Block(1_000) };
    let mut run = builder(setup);
    let group = run.group("poor");
    let poor = AccountSetup { tao: cost, root_stake: Tao::ZERO, authority: Authority::Account };
    run.account(group, poor, Scripted::new([(1, Call::RegisterSubnet)]));
    let seen = receipts(&mut run);
    let mut run = run.build();
    run.advance(2).expect("the books close");
    let paid = cost - Tao::from_rao(500);
    assert_eq!(
        seen.lock().expect("one thread")[0].1.outcome,
        Outcome::Registered { netuid: Netuid(3), cost: paid }
    );
    assert_eq!(run.view().balance(HOLDER), Tao::from_rao(500));
    assert_eq!(run.view().pool(Netuid(3)), Some(Reserves { tao: tao(1), alpha: alpha(1) }));
    assert_eq!(run.view().last_registration().0.cost, paid);
    assert_eq!(run.audited().1.uncounted_tao, 500);
}

#[test]
fn whoever_cannot_pay_the_lock_cost_gets_no_subnet() {
    let mut setup = still();
    setup.last_registration.cost = tao(PURSE);
    let (mut run, seen) = run_of(setup, &[(TRADER, 0, Call::RegisterSubnet)]);
    run.advance(1).expect("the books close");
    let outcome = seen.lock().expect("one thread")[0].1.outcome;
    assert_eq!(outcome, Outcome::Refused(Refusal::NotEnoughBalance));
    assert_eq!(run.view().netuids().len(), 2);
}

#[test]
fn the_next_call_of_the_same_block_may_use_a_registered_subnet() {
    let (outcomes, mut run) = outcomes(TRADER, &[Call::RegisterSubnet, stake(3, tao(1) + FEE)]);
    assert_eq!(outcomes[1], Outcome::Bought { tao: tao(1) + FEE, alpha: Alpha::from_rao(500_000_000) });
    assert_eq!(run.view().stake(TRADER, Netuid(3)), Alpha::from_rao(500_000_000));
}

#[test]
fn a_registered_subnet_takes_the_lowest_number_that_is_missing() {
    let mut setup = still();
    setup.subnets[1].netuid = Netuid(7);
    let (mut run, _) = run_of(setup, &[(TRADER, 0, Call::RegisterSubnet), (TRADER, 0, stake(2, tao(1)))]);
    run.advance(1).expect("the books close");
    let netuids: Vec<_> = run.view().netuids().collect();
    assert_eq!(netuids, [Netuid(1), Netuid(2), Netuid(7)]);
    assert!(run.view().stake(TRADER, Netuid(2)) > Alpha::ZERO);
}

#[test]
fn upgrades_go_up_and_keep_what_root_has_set() {
    let coefficient = Q32::from_f64(0.25);
    let upgrade = |spec: u16| Call::Upgrade { spec: spec.try_into().expect("a launch revision") };
    let calls =
        [Call::SetMovingAlpha { coefficient }, upgrade(244), upgrade(244), upgrade(239), upgrade(246)];
    let (outcomes, mut run) = outcomes(SUDO, &calls);
    let refused = Outcome::Refused(Refusal::NotAnUpgrade);
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done, refused, refused, Outcome::Done]);
    let law = run.view().law();
    assert_eq!(law.spec, Spec::known(246));
    assert_eq!(law.rules, Rules { moving_alpha: coefficient, ..Rules::at(Spec::known(246)) });
    assert_eq!(law.rules.alpha_dividends, AlphaDividends::Net);
}

#[test]
fn values_of_the_rules_are_set_and_survive_an_upgrade_that_does_not_touch_them() {
    let values = RuleValues {
        emission: Some(Emission::MarketCap),
        owner_cut: Some(Q32::from_f64(0.5)),
        ..RuleValues::default()
    };
    let calls = [Call::SetRules { values: values.into() }, Call::Upgrade { spec: Spec::known(246) }];
    let (outcomes, mut run) = outcomes(SUDO, &calls);
    assert_eq!(outcomes, [Outcome::Done; 2]);
    let (emission, owner_cut) = (Emission::MarketCap, Q32::from_f64(0.5));
    // The market stands still by its moving price's coefficient, which root has set.
    let expected = Rules { emission, owner_cut, moving_alpha: Q32::ZERO, ..Rules::at(Spec::known(246)) };
    assert_eq!(run.view().law().rules, expected);
}

#[test]
fn scheduled_calls_of_root_come_before_all_others_of_their_block() {
    let values = RuleValues { staking_fee: Some(Tao::ZERO), ..RuleValues::default() };
    let setup = still();
    let (first, second) = (setup.first_block, setup.first_block + 1);
    let (mut builder, seen) =
        builder_of(setup, &[(TRADER, 0, stake(0, tao(1))), (TRADER, 1, stake(0, tao(1)))]);
    builder.root_calls(vec![(second, Call::SetRules { values: values.into() })]);
    builder.build().advance(2).expect("the books close");
    let alpha: Vec<_> =
        seen.lock().expect("one thread").iter().map(|(block, receipt)| (*block, receipt.outcome)).collect();
    let bought = |tao, alpha| Outcome::Bought { tao, alpha };
    let whole = Alpha::from_rao(RAO);
    let expected = [
        (first, bought(tao(1), whole - Alpha::from_rao(FEE.rao()))),
        (second, Outcome::Done),
        (second, bought(tao(1), whole)),
    ];
    assert_eq!(alpha, expected);
}

#[test]
fn root_sets_a_tempo_and_epochs_follow_it_with_a_period_of_one_block_more() {
    let (mut run, _) = run_of(still(), &[(SUDO, 0, Call::SetTempo { netuid: Netuid(1), tempo: 4 })]);
    let mut epochs = Vec::new();
    for _ in 0..12 {
        run.advance(1).expect("the books close");
        let view = run.view();
        epochs.extend(view.epochs().iter().map(|epoch| (view.block().0, epoch.netuid)));
    }
    // (block + netuid + 1) mod 5 = 4.
    assert_eq!(epochs, [(10_002, Netuid(1)), (10_007, Netuid(1))]);
}
