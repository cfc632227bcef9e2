//! Orders with limits, the order of the chain's checks, accounts that are kept alive, nominators, and selling all.

use dtao_engine::account::{AgentId, Authority, Hotkey};
use dtao_engine::call::{Call, Fill, Lost, Outcome, Refusal, Sale};
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::AccountSetup;
use dtao_protocol::era::Spec;
use dtao_protocol::pool::Reserves;
use dtao_protocol::units::{Alpha, Netuid, RAO, Tao};
use dtao_protocol::yuma::Uid;

use crate::world::{
    HOLDER, Scripted, TRADER, alpha, builder, buy_within, outcomes, receipts, receipts_of, refusal,
    sell_within, stake, state, still, still_under, subnet, tao, unstake,
};

/// 0.00005 TAO.
const FEE: Tao = Tao::from_rao(50_000);
/// What an account begins with.
const PURSE: u64 = 100_000;

fn spec(spec: u16) -> Spec {
    spec.try_into().expect("a launch revision")
}

#[test]
fn a_partial_buy_is_cut_to_what_keeps_its_average_price() {
    // 0.015 * 100,000 - 1,000 = 500 TAO, the fee being part of it.
    let (outcomes, _) = outcomes(TRADER, &[buy_within(1, tao(800), 15_000_000, Fill::Partial)]);
    // 100,000e9 - 1e26 / 1,499,999,950,000, rounded down.
    assert_eq!(outcomes, [Outcome::Bought { tao: tao(500), alpha: Alpha::from_rao(33_333_331_111_111) }]);
}

#[test]
fn a_partial_sale_is_cut_to_what_keeps_its_average_price() {
    // 1,000 / 0.008 - 100,000 = 25,000 alpha, for 1,000 - 1e8 / 125,000 = 200 TAO.
    let (outcomes, _) = outcomes(HOLDER, &[sell_within(1, alpha(60_000), 8_000_000, Fill::Partial)]);
    assert_eq!(outcomes, [Outcome::Sold { alpha: alpha(25_000), tao: tao(200) - FEE }]);
}

#[test]
fn an_order_that_must_be_filled_whole_is_if_it_just_fits() {
    let (bought, _) = outcomes(TRADER, &[buy_within(1, tao(500), 15_000_000, Fill::Whole)]);
    assert!(matches!(bought[..], [Outcome::Bought { tao: paid, .. }] if paid == tao(500)));
    let (sold, _) = outcomes(HOLDER, &[sell_within(1, alpha(25_000), 8_000_000, Fill::Whole)]);
    assert_eq!(sold, [Outcome::Sold { alpha: alpha(25_000), tao: tao(200) - FEE }]);
}

#[test]
fn a_partial_order_beyond_its_limit_succeeds_and_does_nothing() {
    let (_, mut untouched) = receipts_of(still(), &[(HOLDER, 0, Call::RegisterSubnet)]);
    let register = (HOLDER, 0, Call::RegisterSubnet);
    let nothing_bought = Outcome::Bought { tao: Tao::ZERO, alpha: Alpha::ZERO };
    let nothing_sold = Outcome::Sold { alpha: Alpha::ZERO, tao: Tao::ZERO };
    let orders = [
        (TRADER, buy_within(1, tao(800), 9_999_999, Fill::Partial), nothing_bought),
        (TRADER, buy_within(1, tao(800), 0, Fill::Partial), nothing_bought),
        (TRADER, buy_within(0, tao(800), RAO - 1, Fill::Partial), nothing_bought),
        (HOLDER, sell_within(1, alpha(800), 10_000_001, Fill::Partial), nothing_sold),
    ];
    for (agent, call, due) in orders {
        let (seen, mut run) = receipts_of(still(), &[register.clone(), (agent, 0, call.clone())]);
        let receipt = seen.iter().find(|receipt| receipt.call == call).expect("it was executed");
        assert_eq!((receipt.outcome, receipt.lost), (due, Lost::default()), "{call:?}");
        assert_eq!(state(&mut run), state(&mut untouched), "{call:?}");
    }
}

#[test]
fn a_limit_of_zero_sells_all() {
    let (outcomes, _) = outcomes(HOLDER, &[sell_within(1, alpha(100_000), 0, Fill::Whole)]);
    assert_eq!(outcomes, [Outcome::Sold { alpha: alpha(100_000), tao: tao(500) - FEE }]);
}

#[test]
fn balance_and_stake_are_checked_for_the_whole_amount_though_less_of_it_fits() {
    let all_and_more = tao(PURSE) + Tao::from_rao(1);
    let buy = buy_within(1, all_and_more, 15_000_000, Fill::Partial);
    assert_eq!(refusal(TRADER, buy), Some(Refusal::NotEnoughBalance));
    let sale = sell_within(1, alpha(200_000) + Alpha::from_rao(1), 8_000_000, Fill::Partial);
    assert_eq!(refusal(HOLDER, sale), Some(Refusal::NotEnoughStake));
}

#[test]
fn of_a_partial_buy_that_is_less_than_the_fee_all_is_fee() {
    // 1.00001 * 1 - 1 = 10,000 rao.
    let (outcomes, mut run) = outcomes(TRADER, &[buy_within(2, tao(1), 1_000_010_000, Fill::Partial)]);
    let paid = Tao::from_rao(10_000);
    assert_eq!(outcomes, [Outcome::Bought { tao: paid, alpha: Alpha::ZERO }]);
    assert_eq!(run.view().pool(Netuid(2)), Some(Reserves { tao: tao(1) + paid, alpha: alpha(1) }));
    assert_eq!(run.view().balance(TRADER), tao(PURSE) - paid);
}

#[test]
fn of_several_reasons_to_refuse_a_call_the_chains_first_is_given() {
    let (nobody, netuid) = (Hotkey(AgentId(9)), Netuid(1));
    let poor = tao(PURSE + 1);
    let buy = |tao, hotkey| Call::Stake { netuid, hotkey, tao, limit: None };
    let sell = |alpha, hotkey| Call::Unstake { netuid, hotkey, alpha, limit: None };
    let swap = |from: u16, to: u16, alpha| Call::SwapStake {
        from: Netuid(from),
        to: Netuid(to),
        hotkey: Hotkey::AGGREGATE,
        alpha,
        limit: None,
    };
    let dust = Alpha::from_rao(1);
    let cases = [
        // Subnet, minimum, limit, balance, hotkey, liquidity.
        (TRADER, stake(9, Tao::ZERO), Refusal::NoSuchSubnet),
        (TRADER, buy_within(1, Tao::from_rao(549_999), 1, Fill::Whole), Refusal::AmountTooLow),
        (TRADER, buy_within(1, poor, 1, Fill::Whole), Refusal::SlippageTooHigh),
        (TRADER, buy(poor, nobody), Refusal::NotEnoughBalance),
        (TRADER, stake(2, poor), Refusal::NotEnoughBalance),
        (
            TRADER,
            Call::Stake { netuid: Netuid(2), hotkey: nobody, tao: tao(101), limit: None },
            Refusal::NoSuchAccount,
        ),
        // Subnet, liquidity, minimum, limit, hotkey, stake.
        (TRADER, unstake(9, dust), Refusal::NoSuchSubnet),
        (TRADER, unstake(2, alpha(101)), Refusal::InsufficientLiquidity),
        (TRADER, sell_within(1, dust, RAO, Fill::Whole), Refusal::AmountTooLow),
        (TRADER, sell_within(1, alpha(100), RAO, Fill::Whole), Refusal::SlippageTooHigh),
        (TRADER, sell(dust, nobody), Refusal::AmountTooLow),
        (TRADER, sell(alpha(100), nobody), Refusal::NoSuchAccount),
        // Both subnets, hotkeys, stake, liquidity, minimum, limit.
        (TRADER, swap(1, 9, dust), Refusal::NoSuchSubnet),
        (TRADER, swap(9, 1, dust), Refusal::NoSuchSubnet),
        (TRADER, swap(1, 2, dust), Refusal::NotEnoughStake),
        (HOLDER, swap(2, 1, alpha(201)), Refusal::NotEnoughStake),
        (HOLDER, swap(2, 1, alpha(200)), Refusal::InsufficientLiquidity),
        (HOLDER, swap(1, 2, dust), Refusal::AmountTooLow),
    ];
    for (agent, call, reason) in cases {
        assert_eq!(refusal(agent, call.clone()), Some(reason), "{call:?}");
    }
}

#[test]
fn a_dust_sale_is_too_low_before_it_is_more_than_there_is() {
    // 0.0006 alpha at a price of 0.01 are worth far less than 0.0005 TAO.
    let held = Alpha::from_rao(607_127);
    for asked in [held, held + Alpha::from_rao(1)] {
        assert_eq!(refusal(TRADER, unstake(1, asked)), Some(Refusal::AmountTooLow));
    }
}

#[test]
fn whoever_pays_all_keeps_500_rao_and_stakes_the_rest() {
    let kept = Tao::from_rao(500);
    let (seen, mut run) = outcomes(TRADER, &[stake(0, tao(PURSE)), stake(0, kept)]);
    let staked = Alpha::from_rao((tao(PURSE) - kept - FEE).rao());
    assert_eq!(seen[0], Outcome::Bought { tao: tao(PURSE) - kept, alpha: staked });
    assert_eq!(seen[1], Outcome::Refused(Refusal::AmountTooLow));
    assert_eq!(run.view().balance(TRADER), kept);
    let (seen, mut run) = outcomes(TRADER, &[stake(0, tao(PURSE) - Tao::from_rao(200))]);
    assert!(matches!(seen[..], [Outcome::Bought { tao: paid, .. }] if paid == tao(PURSE) - kept), "{seen:?}");
    assert_eq!(run.view().balance(TRADER), kept);
}

#[test]
fn what_a_sale_leaves_below_the_nominators_minimum_is_sold_without_a_fee() {
    let mut setup = still();
    setup.rules.nominator_min_stake = alpha(10);
    let sell = |agent, held: Alpha, left: Alpha| {
        let lines = [(TRADER, 0, stake(1, tao(1_000) + FEE)), (agent, 1, unstake(1, held - left))];
        let (seen, mut run) = receipts_of(setup.clone(), &lines);
        (seen[1].outcome, run.view().stake(agent, Netuid(1)))
    };
    let hair = Alpha::from_rao(1);
    let bought = alpha(50_000);
    assert_eq!(sell(TRADER, bought, alpha(10)).1, alpha(10));
    let (sold, left) = sell(TRADER, bought, alpha(10) - hair);
    let Outcome::Sold { alpha: all, tao: paid } = sold else { panic!("{sold:?}") };
    assert_eq!((all, left), (bought, Alpha::ZERO));
    // In one sale all would have fetched 1,000 TAO and half of the first fee less the second's; in two the pool has the
    // second fee already when what is left is sold, of which a ten-thousandth comes back.
    let (once, _) = sell(TRADER, bought, Alpha::ZERO);
    let Outcome::Sold { tao: once, .. } = once else { panic!("{once:?}") };
    assert!(paid > once && paid < once + FEE, "{paid} {once}");
    // The holder, who owns what the subnet's validators have, is no nominator.
    assert_eq!(sell(HOLDER, alpha(200_000), alpha(10) - hair).1, alpha(10) - hair);
}

#[test]
fn until_spec_243_what_is_asked_is_sold_and_from_244_all_if_a_hair_would_remain() {
    let left = Alpha::from_rao(107_127);
    for (revision, stays) in [(234, true), (238, true), (243, true), (244, false), (246, false)] {
        let asked = alpha(50_000) - left;
        let lines = [(TRADER, 0, stake(1, tao(1_000) + FEE)), (TRADER, 1, unstake(1, asked))];
        let (seen, mut run) = receipts_of(still_under(spec(revision)), &lines);
        let Outcome::Sold { alpha: sold, .. } = seen[1].outcome else { panic!("{:?}", seen[1]) };
        let (due, remains) = if stays { (asked, left) } else { (alpha(50_000), Alpha::ZERO) };
        assert_eq!((sold, run.view().stake(TRADER, Netuid(1))), (due, remains), "spec {revision}");
    }
}

#[test]
fn an_upgrade_to_spec_244_changes_what_a_sale_leaves() {
    let left = Alpha::from_rao(107_127);
    let upgrade = Call::Upgrade { spec: Spec::known(244) };
    let lines = [
        (TRADER, 0, stake(1, tao(1_000) + FEE)),
        (crate::world::SUDO, 1, upgrade),
        (TRADER, 2, unstake(1, alpha(50_000) - left)),
    ];
    let (seen, _) = receipts_of(still_under(spec(239)), &lines);
    assert!(matches!(seen[2].outcome, Outcome::Sold { alpha: sold, .. } if sold == alpha(50_000)));
}

#[test]
fn unstaking_all_sells_on_every_subnet_and_on_root_however_little_it_is_worth() {
    let dust = Alpha::from_rao(1_000_000);
    let lines = [
        (TRADER, 0, stake(1, tao(1_000) + FEE)),
        (TRADER, 0, stake(0, tao(7) + FEE)),
        (HOLDER, 0, unstake(2, alpha(1))),
        (
            HOLDER,
            0,
            Call::TransferStake {
                from: Netuid(1),
                to: Netuid(1),
                hotkey: Hotkey::AGGREGATE,
                receiver: TRADER,
                alpha: alpha(100),
            },
        ),
        (TRADER, 1, Call::UnstakeAll { hotkey: Hotkey::AGGREGATE }),
        (TRADER, 2, Call::UnstakeAll { hotkey: Hotkey::AGGREGATE }),
    ];
    let (seen, mut run) = receipts_of(still(), &lines);
    let [.., all, nothing] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!((nothing.outcome, &nothing.sales[..]), (Outcome::SoldAll { tao: Tao::ZERO }, &[][..]));
    assert_eq!(all.sales[0], Sale { netuid: Netuid::ROOT, alpha: alpha(7), tao: tao(7) - FEE });
    assert_eq!(all.sales.len(), 2);
    assert_eq!((all.sales[1].netuid, all.lost), (Netuid(1), Lost::default()));
    assert_eq!(all.outcome, Outcome::SoldAll { tao: all.sales[0].tao + all.sales[1].tao });
    for netuid in [0, 1, 2] {
        assert_eq!(run.view().stake(TRADER, Netuid(netuid)), Alpha::ZERO);
    }
    assert!(dust < alpha(1));
}

#[test]
fn unstaking_all_alpha_stakes_the_proceeds_on_root_without_another_fee() {
    let hotkey = Hotkey::AGGREGATE;
    let lines = [
        (TRADER, 0, stake(1, tao(1_000) + FEE)),
        (TRADER, 0, stake(0, tao(7) + FEE)),
        (TRADER, 1, Call::UnstakeAllAlpha { hotkey }),
    ];
    let (seen, mut run) = receipts_of(still(), &lines);
    // What 1,000 TAO bought fetches them again, and the fee that went into the pool is shared with the pool.
    let Outcome::SoldAll { tao: proceeds } = seen[2].outcome else { panic!("{:?}", seen[2]) };
    assert_eq!(
        seen[2].sales.iter().map(|sale| (sale.netuid, sale.alpha)).collect::<Vec<_>>(),
        [(Netuid(1), alpha(50_000))]
    );
    assert_eq!(run.view().stake(TRADER, Netuid::ROOT), alpha(7) + Alpha::from_rao(proceeds.rao()));
    assert_eq!(run.view().balance(TRADER), tao(PURSE - 1_007) - FEE - FEE);
    assert!(proceeds > tao(999) && proceeds <= tao(1_000));
}

#[test]
fn alpha_that_a_pool_is_too_shallow_for_is_lost_when_all_is_sold() {
    // 1 alpha in the pool and 0.01 TAO: nothing can be taken out.
    let mut setup = still();
    setup.subnets[1] = subnet(2, (Tao::from_rao(10_000_000), alpha(1)), alpha(200));
    let all = Call::UnstakeAll { hotkey: Hotkey::AGGREGATE };
    let (seen, mut run) = receipts_of(setup, &[(HOLDER, 1, all)]);
    assert_eq!(seen[0].sales[1], Sale { netuid: Netuid(2), alpha: alpha(200), tao: Tao::ZERO });
    assert_eq!(seen[0].lost, Lost { tao: Tao::ZERO, alpha: alpha(200) });
    assert_eq!(run.view().stake(HOLDER, Netuid(2)), Alpha::ZERO);
    let pool = Reserves { tao: Tao::from_rao(10_000_000), alpha: alpha(1) };
    assert_eq!(
        (run.view().pool(Netuid(2)), run.audited().1.forfeited),
        (Some(pool), u128::from(alpha(200).rao()))
    );
}

#[test]
fn the_500_rao_that_keep_an_account_alive_pay_for_nothing() {
    let bought = |owned| {
        let mut setup = still();
        (setup.rules.min_stake, setup.rules.staking_fee) = (Tao::ZERO, Tao::ZERO);
        let mut run = builder(setup);
        let group = run.group("poor");
        let poor =
            AccountSetup { tao: Tao::from_rao(owned), root_stake: Tao::ZERO, authority: Authority::Account };
        run.account(group, poor, Scripted::new([(1, stake(1, Tao::from_rao(400)))]));
        let seen = receipts(&mut run);
        let mut run = run.build();
        run.advance(2).expect("the books close");
        let outcome = seen.lock().expect("one thread")[0].1.outcome;
        (outcome, run.view().balance(HOLDER).rao())
    };
    assert_eq!(bought(500), (Outcome::Refused(Refusal::NotEnoughBalance), 500));
    // 1e14 - 1e26 / (1e12 + 1), where the quotient is rounded down at its 32nd fractional bit.
    let (tao, alpha) = (Tao::from_rao(1), Alpha::from_rao(100));
    assert_eq!(bought(501), (Outcome::Bought { tao, alpha }, 500));
}

#[test]
fn what_does_not_open_an_account_is_lost() {
    let mut run = builder(still());
    let group = run.group("poor");
    let empty = AccountSetup { tao: Tao::ZERO, root_stake: Tao::ZERO, authority: Authority::Account };
    let sell = Call::UnstakeAll { hotkey: Hotkey(HOLDER) };
    let poor = AccountSetup { root_stake: FEE + Tao::from_rao(499), ..empty };
    assert_eq!(run.account(group, poor, Scripted::new([(1, sell)])), HOLDER);
    let sell = Call::UnstakeAll { hotkey: Hotkey(TRADER) };
    let enough = AccountSetup { root_stake: FEE + Tao::from_rao(500), ..empty };
    assert_eq!(run.account(group, enough, Scripted::new([(1, sell)])), TRADER);
    let seen = receipts(&mut run);
    let mut run = run.build();
    run.advance(2).expect("the books close");
    let lost: Vec<_> =
        seen.lock().expect("one thread").iter().map(|(_, receipt)| receipt.lost.tao.rao()).collect();
    assert_eq!(lost, [499, 0]);
    assert_eq!((run.view().balance(HOLDER), run.view().balance(TRADER)), (Tao::ZERO, Tao::from_rao(500)));
    assert_eq!(run.audited().1.lost_tao, 499);
}

#[test]
fn a_neuron_is_registered_in_a_drained_pool_and_its_tao_is_lost() {
    let mut setup = still();
    setup.subnets[1].detail =
        Some(RosterSetup { max_uids: 8, immunity_period: 0, burn: tao(30), ..RosterSetup::launch(HOLDER) });
    // 98 TAO leave 1e18 / 99e9 rao of alpha: for 30 TAO more than 10,000,000 would not stay.
    let drain = Call::Stake { netuid: Netuid(2), hotkey: Hotkey(HOLDER), tao: tao(98) + FEE, limit: None };
    let register = Call::RegisterNeuron { netuid: Netuid(2) };
    let (seen, mut run) = receipts_of(setup.clone(), &[(HOLDER, 1, drain), (TRADER, 1, register.clone())]);
    assert_eq!(
        seen[1].outcome,
        Outcome::RegisteredNeuron { uid: Uid(1), cost: tao(30), burned: Alpha::ZERO, locked: Alpha::ZERO }
    );
    assert_eq!(seen[1].lost, Lost { tao: tao(30), alpha: Alpha::ZERO });
    assert_eq!(run.view().balance(TRADER), tao(PURSE - 30));
    let pool = Reserves { tao: tao(99) + FEE, alpha: Alpha::from_rao(10_101_011) };
    assert_eq!(
        (run.view().pool(Netuid(2)), run.audited().1.lost_tao),
        (Some(pool), u128::from(tao(30).rao()))
    );
    // In a pool that is deep enough it buys alpha, which is burned: half of the pool's for as much TAO again.
    setup.subnets[1].pool = Reserves { tao: tao(30), alpha: alpha(10) };
    let (seen, mut run) = receipts_of(setup, &[(TRADER, 1, register)]);
    assert_eq!(
        seen[0].outcome,
        Outcome::RegisteredNeuron { uid: Uid(1), cost: tao(30), burned: alpha(5), locked: Alpha::ZERO }
    );
    assert_eq!(seen[0].lost, Lost::default());
    assert_eq!(run.view().pool(Netuid(2)), Some(Reserves { tao: tao(60), alpha: alpha(5) }));
}
