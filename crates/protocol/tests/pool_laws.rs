//! What holds of swaps on every curve.

use dtao_protocol::fixed::Q64;
use dtao_protocol::pool::balancer::{Balancer, Weighing, Weight};
use dtao_protocol::pool::v3::{Injection, V3};
use dtao_protocol::pool::{
    Charge, Curve, CurveRule, EmptyOutput, Exchange, FeeDestination, Order, Pool, PoolRules, ReserveFloor,
    Reserves, SwapRefused,
};
use dtao_protocol::units::{Alpha, RAO, Tao};
use proptest::prelude::*;

/// Pools at spec 385 and 423: with the fee to the author.
fn rules(curve: CurveRule, fee_rate: u16) -> PoolRules {
    PoolRules {
        curve,
        reserve_floor: ReserveFloor::Output,
        empty_output: EmptyOutput::Refused,
        fee_rate,
        fee_destination: FeeDestination::BlockAuthor,
    }
}

const V3_RULE: CurveRule = CurveRule::V3(Injection::WithReservoirs);
const BALANCER_RULE: CurveRule = CurveRule::Balancer(Weighing::WithReservoirs);
const ONE: u64 = 1_000_000_000_000_000_000;

/// From 1 TAO to a million of either.
fn reserves() -> impl Strategy<Value = Reserves> {
    let amount = (RAO..1_000_000 * RAO, 0..20u32).prop_map(|(amount, less)| (amount >> less).max(RAO));
    (amount.clone(), amount)
        .prop_map(|(tao, alpha)| Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) })
}

/// A pool on each curve that has a fee. On the later ones some of the reserves lie beside the curve.
fn pool() -> impl Strategy<Value = (Pool, CurveRule)> {
    let position = (reserves(), reserves()).prop_map(|(reserves, idle)| {
        let pool = Pool { reserves: reserves.saturating_add(idle), curve: Curve::V3(V3::of(reserves)) };
        (pool, V3_RULE)
    });
    let weighted = (reserves(), ONE / 10..=ONE / 10 * 9).prop_map(|(reserves, parts)| {
        let curve = Curve::Balancer(Balancer::weighted(Weight::from_parts(parts)));
        (Pool { reserves, curve }, BALANCER_RULE)
    });
    prop_oneof![position, weighted]
}

fn after(exchange: Exchange) -> Pool {
    match exchange {
        Exchange::Dynamic(pool) => pool,
        Exchange::Stable => panic!("a pool stays a pool"),
    }
}

/// What no swap may lower: the liquidity, or the logarithm of the weighted product.
fn invariant(pool: &Pool) -> f64 {
    match pool.curve {
        Curve::ConstantProduct => pool.reserves.depth(),
        Curve::V3(v3) => v3.liquidity as f64,
        Curve::Superellipse(_) => panic!("a rule that never ran: its laws stand in its own file"),
        Curve::Balancer(balancer) => {
            let weight = balancer.tao_weight.parts() as f64 / ONE as f64;
            weight * pool.reserves.tao.to_f64().log(2.0)
                + (1.0 - weight) * pool.reserves.alpha.to_f64().log(2.0)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn a_round_trip_never_pays(
        (pool, curve) in pool(),
        fee_rate in prop_oneof![Just(0u16), Just(33), Just(196), 0..=10_000u16],
        tao in 1..10_000 * RAO,
    ) {
        let rules = rules(curve, fee_rate);
        if let Ok(bought) = Exchange::Dynamic(pool).buy(rules, Order::of(Tao::from_rao(tao)))
            && let Ok(sold) = bought.after.sell(rules, Order::of(bought.out))
        {
            // Rounding the power down rounds what is bought up, by less than a rao.
            let most = bought.taken().rao() + u64::from(curve == BALANCER_RULE && fee_rate == 0);
            prop_assert!(sold.out.rao() <= most, "{} for {most}", sold.out.rao());
        }
    }

    #[test]
    fn a_price_moves_with_the_order_and_no_further_than_its_limit(
        (pool, curve) in pool(),
        amount in RAO..1_000_000 * RAO,
        off in 1.000_001..3.0f64,
        buys: bool,
    ) {
        let rules = rules(curve, 33);
        let before = pool.price_bits();
        // Limits are whole rao, so one near the price may be at it.
        let limit = (pool.price() * if buys { off } else { 1.0 / off } * RAO as f64) as u64;
        prop_assume!(limit > 1_000 && limit < 1_000_000_000_000_000);
        let exact = Q64::from_int(limit).fitting_div(Q64::from_int(RAO)).to_f64();
        let limit = Tao::from_rao(limit);
        let exchange = Exchange::Dynamic(pool);
        let (price, paid_in, taken, most) = if buys {
            let Ok(swap) = exchange.buy(rules, Order::of(Tao::from_rao(amount)).within(limit)) else {
                return Ok(());
            };
            let most = exchange.max_buy(rules, limit).expect("the order was taken");
            (after(swap.after), swap.paid_in.rao(), swap.taken().rao(), most.rao())
        } else {
            let Ok(swap) = exchange.sell(rules, Order::of(Alpha::from_rao(amount)).within(limit)) else {
                return Ok(());
            };
            let most = exchange.max_sell(rules, limit).expect("the order was taken");
            (after(swap.after), swap.paid_in.rao(), swap.taken().rao(), most.rao())
        };
        prop_assert!(taken <= amount.min(most), "{taken} of {amount} within {most}");
        // With uneven weights the power may be less than 1e-18. Then all is drawn, and the price of an empty pool is zero,
        // which no limit of a buy forbids: so it is on the chain.
        let emptied = price.reserves.tao == Tao::ZERO || price.reserves.alpha == Alpha::ZERO;
        if paid_in > 1_000 && !emptied {
            let now = price.price_bits();
            prop_assert!(if buys { now > before } else { now < before }, "{now:?} from {before:?}");
            // The root of a limit is found to within 1e-10, and what leads to a limit is cut to a rao.
            let beyond = if buys { price.price() / exact } else { exact / price.price() };
            prop_assert!(beyond < 1.0 + 1e-7 + 1e-9 / exact.sqrt().min(1.0), "{} at {exact}", price.price());
        }
    }

    #[test]
    fn no_swap_lowers_the_invariant_or_takes_what_is_not_there(
        (pool, curve) in pool(),
        orders in prop::collection::vec((1..100_000 * RAO, any::<bool>()), 1..20),
        fee_rate in 0..=10_000u16,
    ) {
        let rules = rules(curve, fee_rate);
        let mut exchange = Exchange::Dynamic(pool);
        for (amount, buys) in orders {
            let before = after(exchange);
            let (tao, alpha) = (before.reserves.tao, before.reserves.alpha);
            let (held, paid, drawn, left) = if buys {
                let Ok(swap) = exchange.buy(rules, Order::of(Tao::from_rao(amount))) else { continue };
                exchange = swap.after;
                prop_assert!(swap.taken().rao() <= amount);
                let now = after(exchange).reserves;
                (tao.rao() + swap.paid_in.rao(), now.tao.rao(), alpha.rao() - swap.out.rao(), now.alpha.rao())
            } else {
                let Ok(swap) = exchange.sell(rules, Order::of(Alpha::from_rao(amount))) else { continue };
                exchange = swap.after;
                prop_assert!(swap.taken().rao() <= amount);
                let now = after(exchange).reserves;
                (alpha.rao() + swap.paid_in.rao(), now.alpha.rao(), tao.rao() - swap.out.rao(), now.tao.rao())
            };
            prop_assert_eq!((held, drawn), (paid, left));
            // What stays has eighteen decimals of what was there: of a swap that leaves little, few count.
            let stays = left as f64 / if buys { alpha.rao() } else { tao.rao() } as f64;
            if stays < 1e-6 {
                break;
            }
            let (was, is) = (invariant(&before), invariant(&after(exchange)));
            prop_assert!(is >= was - was.abs() * 1e-12 - 1e-9, "{is} from {was}");
        }
    }

    #[test]
    fn emission_leaves_the_price_and_never_the_depth_smaller(
        (pool, curve) in pool(),
        tao in 0..RAO,
        alpha in 0..RAO,
    ) {
        let offered = Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) };
        let adjusted = pool.adjust(curve, offered);
        let grown = Pool { reserves: pool.reserves.saturating_add(adjusted.entered), curve: adjusted.curve };
        prop_assert!((grown.price() / pool.price() - 1.0).abs() < 1e-9, "{} from {}", grown.price(), pool.price());
        if let (Curve::V3(was), Curve::V3(is)) = (pool.curve, grown.curve) {
            prop_assert!(is.liquidity >= was.liquidity);
            prop_assert_eq!(is.sqrt_price, was.sqrt_price);
        }
        // Under the weighted curve all that was offered is in the reserves or waits.
        if let Curve::Balancer(balancer) = grown.curve {
            prop_assert_eq!(adjusted.entered.saturating_add(balancer.reservoir), offered);
        }
    }

    #[test]
    fn the_weighted_curve_takes_over_the_price_of_the_position(reserves in reserves(), idle in reserves()) {
        let pool = Pool { reserves: reserves.saturating_add(idle), curve: Curve::V3(V3::of(reserves)) };
        let taken = pool.under(BALANCER_RULE);
        let Curve::Balancer(balancer) = taken.curve else { panic!("it was taken over") };
        if balancer.tao_weight == Weight::HALF {
            // Weights below one percent are not allowed: the price jumps.
            let share = pool.reserves.tao.to_f64() / (pool.price() * pool.reserves.alpha.to_f64() + pool.reserves.tao.to_f64());
            prop_assert!(!(0.010_01..0.989_99).contains(&share) || (share - 0.5).abs() < 1e-9, "{share}");
        } else {
            prop_assert!((taken.price() / pool.price() - 1.0).abs() < 1e-6, "{} {}", taken.price(), pool.price());
        }
    }
}

#[test]
fn a_pool_of_spec_283_starts_at_its_first_swap() {
    let reserves = Reserves { tao: Tao::from_rao(1_000 * RAO), alpha: Alpha::from_rao(4_000 * RAO) };
    let rules =
        PoolRules { curve: CurveRule::V3(Injection::PositionOnly), fee_rate: 196, ..PoolRules::LAUNCH };
    let fresh = Pool::from(reserves);
    assert_eq!(fresh.adjust(rules.curve, reserves).curve, Curve::ConstantProduct);
    let swap = Exchange::Dynamic(fresh).buy(rules, Order::of(Tao::from_rao(RAO))).expect("deep enough");
    assert_eq!(swap.fee.rao(), 2_990_768);
    let Curve::V3(v3) = after(swap.after).curve else { panic!("it has been started") };
    assert_eq!(v3.liquidity, 2_000 * RAO);
    assert!(v3.owed.tao > Q64::ZERO && v3.owed.alpha == Q64::ZERO);
}

#[test]
fn what_is_refused_says_why() {
    let reserves = Reserves { tao: Tao::from_rao(1_000 * RAO), alpha: Alpha::from_rao(1_000 * RAO) };
    let exchange = Exchange::Dynamic(reserves.into());
    let buy = |rule, order| exchange.buy(rules(rule, 33), order).map(|swap| swap.out).expect_err("refused");
    for rule in [V3_RULE, BALANCER_RULE] {
        let beyond = Order::of(Tao::from_rao(RAO)).within(Tao::from_rao(RAO / 2));
        assert_eq!(buy(rule, beyond), SwapRefused::BeyondLimit);
        let shallow = Reserves { alpha: Alpha::from_rao(999_999), ..reserves };
        let refused = Exchange::Dynamic(shallow.into()).buy(rules(rule, 33), Order::of(Tao::from_rao(RAO)));
        assert_eq!(refused.expect_err("too shallow"), SwapRefused::TooShallow);
        // Of the side that is not drawn from, nothing is asked.
        assert!(
            Exchange::Dynamic(shallow.into()).sell(rules(rule, 33), Order::of(Alpha::from_rao(RAO))).is_ok()
        );
    }
    assert_eq!(buy(BALANCER_RULE, Order::of(Tao::from_rao(1_001_000 * RAO))), SwapRefused::TooLarge);
    let dear = Reserves { tao: Tao::from_rao(100_000 * RAO), alpha: Alpha::from_rao(RAO) };
    for rule in [V3_RULE, BALANCER_RULE] {
        let refused = Exchange::Dynamic(dear.into()).buy(rules(rule, 0), Order::of(Tao::from_rao(9)));
        assert_eq!(refused.expect_err("for nothing"), SwapRefused::NothingOut);
    }
}

#[test]
fn a_free_swap_pays_no_fee_and_a_stable_one_none_either() {
    let reserves = Reserves { tao: Tao::from_rao(1_000 * RAO), alpha: Alpha::from_rao(1_000 * RAO) };
    let tao = Tao::from_rao(RAO);
    for rule in [V3_RULE, BALANCER_RULE] {
        let swap = Exchange::Dynamic(reserves.into()).buy(rules(rule, 33), Order::free(tao)).expect("deep");
        assert_eq!((swap.fee, swap.paid_in), (Tao::ZERO, tao));
        let charged = Order { charge: Charge::Fee, ..Order::free(tao) };
        let swap = Exchange::Stable.buy(rules(rule, 33), charged).expect("always");
        assert_eq!((swap.fee, swap.out), (Tao::ZERO, Alpha::from_rao(RAO)));
    }
}
