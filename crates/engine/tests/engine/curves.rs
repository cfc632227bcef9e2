//! Trades under the later curves: what they cost, who gets the fees, and that the books close whatever accounts do.

use std::sync::Arc;

use dtao_engine::account::{AgentId, Authority, Hotkey};
use dtao_engine::call::{Call, Fees, Fill, Outcome, Refusal};
use dtao_engine::run::{AccountSetup, RunBuilder, Setup};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::balancer::Weighing;
use dtao_protocol::pool::rules::PoolValues;
use dtao_protocol::pool::v3::Injection;
use dtao_protocol::pool::{
    Curve, CurveRule, EmptyOutput, Exchange, FeeDestination, Order, PoolRules, ReserveFloor,
};
use dtao_protocol::rules::RuleValues;
use dtao_protocol::settable::Settable;
use dtao_protocol::trading::{FailedSwap, MinimumOf, MoveFee, SmallProceeds, TradingRules, WithinSubnet};
use dtao_protocol::units::{Alpha, Netuid, RAO, Tao};
use proptest::prelude::{Just, ProptestConfig, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as _;

use crate::wishes::{On, Wishful, wish};
use crate::world::{
    HOLDER, SUDO, Scripted, TRADER, alpha, buy_within, lively, receipts_of, sell_within, stake, still,
    swap_stake, tao, unstake,
};

/// The pools of one runtime after another.
const CURVES: [CurveRule; 7] = [
    CurveRule::ConstantProduct,
    CurveRule::V3(Injection::PositionOnly),
    CurveRule::V3(Injection::Emission),
    CurveRule::V3(Injection::WithFees),
    CurveRule::V3(Injection::WithReservoirs),
    CurveRule::Balancer(Weighing::AllOrNothing),
    CurveRule::Balancer(Weighing::WithReservoirs),
];

const LATE: TradingRules = TradingRules {
    failed_swap: FailedSwap::Refused,
    minimum_of: MinimumOf::WhatEnters,
    move_fee: MoveFee::Sale,
    within_subnet: WithinSubnet::Transferred,
    small_proceeds: SmallProceeds::Paid,
    ..TradingRules::LAUNCH
};

fn pool(curve: CurveRule, fee_destination: FeeDestination) -> PoolRules {
    PoolRules {
        curve,
        reserve_floor: ReserveFloor::Output,
        empty_output: EmptyOutput::Refused,
        fee_rate: 33,
        fee_destination,
    }
}

/// The market that stands still, where fees are counted in the pool or the author's.
fn still_on(curve: CurveRule, fee_destination: FeeDestination) -> Setup {
    let mut setup = still();
    setup.rules.pool = pool(curve, fee_destination);
    setup.rules.trading = LATE;
    setup.rules.staking_fee = Tao::ZERO;
    setup.rules.min_stake = Tao::from_rao(2_000_000);
    setup
}

const POSITION: CurveRule = CurveRule::V3(Injection::WithReservoirs);
const WEIGHTED: CurveRule = CurveRule::Balancer(Weighing::WithReservoirs);
const AUTHOR: FeeDestination = FeeDestination::BlockAuthor;
const COUNTER: FeeDestination = FeeDestination::Counter;

/// floor(500e9 * floor(33 / 65535)): of 500 TAO.
const FEE: Tao = Tao::from_rao(251_773_861);

#[test]
fn a_buy_pays_the_rate_to_the_author_or_to_nobody() {
    for curve in [POSITION, WEIGHTED] {
        for (destination, fees) in [
            (AUTHOR, Fees { author: FEE, ..Fees::default() }),
            (COUNTER, Fees { tao: FEE, ..Fees::default() }),
        ] {
            let (seen, mut run) =
                receipts_of(still_on(curve, destination), &[(TRADER, 0, stake(1, tao(500)))]);
            let Outcome::Bought { tao: paid, alpha: bought } = seen[0].outcome else { panic!("{seen:?}") };
            assert_eq!((paid, seen[0].fees), (tao(500), fees), "{curve:?}");
            // 100,000 * 499.748 / 1,499.748 alpha, to a few digits: the root of the price is not exact.
            assert!((bought.to_f64() - 33_322.141_5).abs() < 0.001, "{curve:?}: {bought}");
            let view = run.view();
            let books = view.subnet(Netuid(1)).expect("it exists");
            assert_eq!(books.pool.tao, tao(1_500) - FEE);
            assert!(
                (books.price() - 1_499.748 * 1_499.748 / 1e8).abs() < 1e-5,
                "{curve:?} {}",
                books.price()
            );
            assert_eq!(view.author_fees(), fees.author);
        }
    }
}

#[test]
fn a_sale_pays_the_author_in_tao_and_a_counted_fee_stays_alpha_that_nobody_has() {
    for curve in [POSITION, WEIGHTED] {
        let order = [(HOLDER, 0, unstake(1, alpha(25_000)))];
        let (seen, mut run) = receipts_of(still_on(curve, AUTHOR), &order);
        let Outcome::Sold { alpha: sold, tao: got } = seen[0].outcome else { panic!("{seen:?}") };
        // In all 200 TAO, of which the author has what the last 12.59 alpha fetch, at 0.0064.
        let author = seen[0].fees.author;
        assert_eq!(sold, alpha(25_000));
        assert!((got + author).rao().abs_diff(tao(200).rao()) < 10_000, "{curve:?}: {got} {author}");
        assert!((author.to_f64() - 12.588_693 * 0.0064).abs() < 1e-4, "{curve:?}: {author}");
        assert_eq!(run.view().subnet(Netuid(1)).expect("it exists").pool.alpha, alpha(125_000));

        let (seen, mut run) = receipts_of(still_on(curve, COUNTER), &order);
        let fee = seen[0].fees.alpha;
        assert_eq!((fee.rao(), seen[0].fees.author), (12_588_693_064, Tao::ZERO));
        let view = run.view();
        let books = view.subnet(Netuid(1)).expect("it exists");
        assert_eq!(books.dust.fees, fee);
        assert_eq!(books.pool.alpha + fee, alpha(125_000));
    }
}

#[test]
fn a_limit_is_the_price_that_an_order_leaves() {
    for curve in [POSITION, WEIGHTED] {
        let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-6;
        // From 0.01 to 0.04 the TAO in the pool doubles.
        let order = (TRADER, 0, buy_within(1, tao(5_000), 40_000_000, Fill::Partial));
        let (seen, mut run) = receipts_of(still_on(curve, AUTHOR), &[order]);
        let Outcome::Bought { tao: paid, .. } = seen[0].outcome else { panic!("{seen:?}") };
        assert!(near(paid.to_f64(), 1_000.0 * 65_535.0 / 65_502.0), "{curve:?}: {paid}");
        assert!(near(run.view().price(Netuid(1)).expect("it exists"), 0.04), "{curve:?}");
        let order = (HOLDER, 0, sell_within(1, alpha(150_000), 2_500_000, Fill::Partial));
        let (seen, mut run) = receipts_of(still_on(curve, COUNTER), &[order]);
        let Outcome::Sold { alpha: sold, .. } = seen[0].outcome else { panic!("{seen:?}") };
        assert!(near(sold.to_f64(), 100_000.0 * 65_535.0 / 65_502.0), "{curve:?}: {sold}");
        assert!(near(run.view().price(Netuid(1)).expect("it exists"), 0.0025), "{curve:?}");
        // A limit at the price or beyond it is refused, whether or not the order may be filled in part.
        for fill in [Fill::Partial, Fill::Whole] {
            let beyond = (TRADER, 0, buy_within(1, tao(5), 9_000_000, fill));
            let (seen, _) = receipts_of(still_on(curve, AUTHOR), &[beyond]);
            assert_eq!(seen[0].outcome, Outcome::Refused(Refusal::SlippageTooHigh));
        }
    }
}

#[test]
fn of_a_move_one_side_pays_and_within_a_subnet_none() {
    let setup = |move_fee| {
        let mut setup = still_on(WEIGHTED, AUTHOR);
        setup.subnets[1].pool.tao = tao(1_000);
        setup.subnets[1].pool.alpha = alpha(100_000);
        setup.rules.trading.move_fee = move_fee;
        setup
    };
    let fee = |move_fee, call: Call| {
        let (seen, _) = receipts_of(setup(move_fee), &[(HOLDER, 0, call)]);
        assert!(!matches!(seen[0].outcome, Outcome::Refused(_)), "{seen:?}");
        seen[0].fees.author.to_f64()
    };
    let across = || swap_stake(1, 2, alpha(1_000));
    // 9.9 TAO move: 0.05 % of them, before the pool falls by 2 % or after the other has risen by as much.
    let (purchase, sale) = (fee(MoveFee::Purchase, across()), fee(MoveFee::Sale, across()));
    assert!((purchase - 0.004_985_6).abs() < 1e-6, "{purchase}");
    assert!((sale - 0.004_936_2).abs() < 1e-5, "{sale}");
    assert!((fee(MoveFee::BothSides, across()) - purchase - sale).abs() < 1e-5);
    let within = Call::MoveStake {
        from: Netuid(1),
        to: Netuid(1),
        from_hotkey: Hotkey::AGGREGATE,
        to_hotkey: Hotkey(TRADER),
        alpha: alpha(1_000),
    };
    let (seen, mut run) = receipts_of(setup(MoveFee::Sale), &[(HOLDER, 0, within)]);
    assert_eq!(seen[0].outcome, Outcome::Transferred { alpha: alpha(1_000) });
    assert_eq!(run.view().stake_on(HOLDER, Netuid(1), Hotkey(TRADER)), alpha(1_000));
    // To root only leaving pays, and from it only coming.
    assert_eq!(fee(MoveFee::Purchase, swap_stake(1, 0, alpha(1_000))), 0.0);
    assert!(fee(MoveFee::Sale, swap_stake(1, 0, alpha(1_000))) > 0.0);
}

#[test]
fn a_refused_swap_changes_nothing_and_what_cannot_be_sold_alone_stays() {
    // Subnet 2 has 1 TAO: a buy of a million times as much is refused.
    let (seen, mut run) = receipts_of(still_on(WEIGHTED, AUTHOR), &[(TRADER, 0, stake(2, tao(90_000)))]);
    assert_eq!(seen[0].outcome, Outcome::Refused(Refusal::InsufficientLiquidity));
    assert_eq!(run.view().balance(TRADER), tao(100_000));
    // Subnet 2 has too little TAO to sell into, so all stake but that on it is sold.
    let mut setup = still_on(WEIGHTED, AUTHOR);
    setup.subnets[1].pool.tao = Tao::from_rao(999_999);
    let (seen, mut run) = receipts_of(setup, &[(HOLDER, 0, Call::UnstakeAll { hotkey: Hotkey::AGGREGATE })]);
    assert_eq!(seen[0].sales.iter().map(|sale| sale.netuid).collect::<Vec<_>>(), [Netuid(1)]);
    assert_eq!(run.view().stake(HOLDER, Netuid(2)), alpha(200));
}

/// The rules of pools, as root sets them.
fn values(rules: PoolRules) -> RuleValues {
    let PoolRules { curve, fee_rate, fee_destination, .. } = rules;
    let pool = PoolValues {
        curve: Some(curve),
        fee_rate: Some(fee_rate),
        fee_destination: Some(fee_destination),
        ..PoolValues::default()
    };
    RuleValues { pool: Some(pool), ..RuleValues::default() }
}

#[test]
fn the_weighted_curve_takes_over_prices_and_a_position_is_begun_by_a_trade() {
    let to = |curve| Call::SetRules { values: Arc::new(values(pool(curve, AUTHOR))) };
    let setup = || still_on(CurveRule::ConstantProduct, COUNTER);
    let curve = |lines: &[(AgentId, u64, Call)]| {
        let (_, mut run) = receipts_of(setup(), lines);
        let view = run.view();
        let books = view.subnet(Netuid(1)).expect("it exists");
        (books.curve, books.price())
    };
    let (begun, _) = curve(&[(SUDO, 0, to(POSITION))]);
    assert_eq!(begun, Curve::ConstantProduct);
    let traded = [(SUDO, 0, to(POSITION)), (TRADER, 1, stake(1, tao(100)))];
    let (position, price) = curve(&traded);
    assert!(matches!(position, Curve::V3(_)), "{position:?}");
    let (weighted, later) = curve(&[&traded[..], &[(SUDO, 2, to(WEIGHTED))]].concat());
    assert!(matches!(weighted, Curve::Balancer(_)), "{weighted:?}");
    assert!((later / price - 1.0).abs() < 1e-9, "{later} {price}");
}

#[test]
fn what_a_pool_would_pay_is_the_curves_price() {
    for curve in CURVES {
        let mut setup = still_on(curve, AUTHOR);
        let exchange = Exchange::Dynamic(setup.subnets[0].pool.into());
        let swap = exchange.buy(setup.rules.pool, Order::of(tao(100))).expect("deep enough");
        let Exchange::Dynamic(after) = swap.after else { panic!("a pool stays one") };
        (setup.subnets[0].pool, setup.subnets[0].carried.curve) = (after.reserves, after.curve);
        let (_, mut run) = receipts_of(setup, &[(TRADER, 0, Call::RegisterSubnet)]);
        let view = run.view();
        let books = view.subnet(Netuid(1)).expect("it exists");
        assert_eq!(view.price(Netuid(1)), Some(after.price()));
        let worth = view.liquidation(books, alpha(1)).rao() as f64 / RAO as f64;
        assert!((worth / after.price() - 1.0).abs() < 0.001, "{curve:?} {worth} {}", after.price());
    }
}

fn trading() -> impl proptest::strategy::Strategy<Value = TradingRules> {
    let rules = (any::<[bool; 4]>(), 0..3usize);
    rules.prop_map(|([fails, minimum, swaps, loses], fee)| TradingRules {
        failed_swap: if fails { FailedSwap::Lost } else { FailedSwap::Refused },
        minimum_of: if minimum { MinimumOf::Order } else { MinimumOf::WhatEnters },
        move_fee: [MoveFee::BothSides, MoveFee::Purchase, MoveFee::Sale][fee],
        within_subnet: if swaps { WithinSubnet::Swapped } else { WithinSubnet::Transferred },
        small_proceeds: if loses { SmallProceeds::Lost } else { SmallProceeds::Paid },
        ..TradingRules::LAUNCH
    })
}

fn pools() -> impl proptest::strategy::Strategy<Value = PoolRules> {
    let rate = prop_oneof![Just(33u16), Just(196), 0..=10_000u16];
    (0..CURVES.len(), rate, any::<[bool; 3]>()).prop_map(|(curve, fee_rate, [author, both, empty])| {
        PoolRules {
            curve: CURVES[curve],
            reserve_floor: if both { ReserveFloor::Both } else { ReserveFloor::Output },
            empty_output: if empty { EmptyOutput::Allowed } else { EmptyOutput::Refused },
            fee_rate,
            fee_destination: if author { AUTHOR } else { COUNTER },
        }
    })
}

const BLOCKS: u64 = 200;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_books_close_on_every_curve_whatever_accounts_do(
        (pools, next) in (pools(), pools()),
        trading in trading(),
        wishes in prop::collection::vec(prop::collection::vec((0..BLOCKS, wish()), 0..80), 3),
        own in prop::array::uniform3(prop_oneof![2 => Just(On::Aggregate), 1 => Just(On::Own)]),
        flat in prop_oneof![Just(0u64), Just(50_000)],
        nominator_minimum in prop_oneof![Just(0u64), (0u32..40).prop_map(|power| 1 << power)],
    ) {
        // Alpha is emitted and epochs run, but no TAO comes in, and root has nothing to sell.
        let mut setup = lively(Spec::known(246));
        setup.rules.moving_alpha = Q32::ZERO;
        setup.subnets.iter_mut().for_each(|subnet| subnet.moving_price = Q32::ZERO);
        setup.root_stake = Tao::ZERO;
        setup.rules.tao_weight = Q32::ZERO;
        setup.rules.pool = pools;
        setup.rules.trading = trading;
        setup.rules.staking_fee = Tao::from_rao(flat);
        setup.rules.network_rate_limit = 50;
        setup.rules.nominator_min_stake = Alpha::from_rao(nominator_minimum);
        let mut run = RunBuilder::new(setup);
        run.strategy::<Wishful>();
        run.strategy::<Scripted>();
        let group = run.group("agents");
        let account = |authority| AccountSetup { tao: tao(10_000), root_stake: Tao::ZERO, authority };
        for (wishes, on) in wishes.into_iter().zip(own) {
            run.account(group, account(Authority::Account), Wishful { on, wishes });
        }
        // Half way the pools change.
        let change = Call::SetRules { values: Arc::new(values(next)) };
        run.account(group, account(Authority::Root), Scripted::new([(BLOCKS / 2, change)]));
        let mut run = run.build();
        let advanced = run.advance(BLOCKS);
        prop_assert!(advanced.is_ok(), "{advanced:?}");
        prop_assert_eq!(run.audited().0, BLOCKS);
    }
}

#[test]
fn what_root_sets_of_pools_is_what_is_meant() {
    let mut rules = still().rules;
    rules.set(&values(pool(WEIGHTED, AUTHOR)));
    assert_eq!((rules.pool.curve, rules.pool.fee_rate, rules.pool.fee_destination), (WEIGHTED, 33, AUTHOR));
}
