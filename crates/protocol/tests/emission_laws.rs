//! Laws of every rule of the catalogue, by what the coinbase gives each subnet of a block's TAO.

use dtao_protocol::books::{Books, Settings};
use dtao_protocol::coinbase::{self, Chain};
use dtao_protocol::emission::{Blend, CATALOGUE, Emission, Ingredient, TaoFlow};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::flow::Flow;
use dtao_protocol::hill_gate::HillGate;
use dtao_protocol::moving_price::{self, MovingPriceStart};
use dtao_protocol::pool::{Reserves, constant_product};
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};
use dtao_protocol::yuma::I64F64;
use proptest::prelude::*;

/// Every rule under dynamic TAO, and blends of any two that may be blended.
fn rules() -> Vec<Emission> {
    let mut rules: Vec<Emission> = CATALOGUE.iter().map(|&(.., rule)| rule).collect();
    rules.retain(|&rule| rule != Emission::RootVote);
    let parts = [Ingredient::SpotPrice, Ingredient::Uniform, Ingredient::PriceBurn];
    for (of, with) in [(parts[0], parts[1]), (parts[1], parts[2]), (Ingredient::Objective, parts[0])] {
        rules.push(Emission::Blend(Blend { of, with, weight: Q64::from_f64(0.3) }));
    }
    let gross = Ingredient::TaoFlow(TaoFlow::CHAIN);
    rules.push(Emission::Blend(Blend { of: gross, with: Ingredient::Uniform, weight: Q64::from_f64(0.3) }));
    rules
}

/// The rules of a later runtime without a gate, so that a rule's shares are what is given.
fn under(emission: Emission) -> Rules {
    let mut rules = Rules { emission, ..Rules::at(Spec::known(425)) };
    rules.coinbase.gate = HillGate::Open;
    rules
}

fn chain() -> Chain {
    Chain {
        block: Block(10_000),
        emission: Tao::from_rao(RAO / 2),
        root_tao: Tao::from_rao(5_000_000 * RAO),
        gate_bar: Q64::ZERO,
    }
}

/// Each subnet's part of a block's TAO.
fn parts(emission: Emission, books: &[Books]) -> Vec<Q32> {
    let mut parts = Vec::new();
    coinbase::weights(&under(emission), &chain(), books, &mut parts);
    parts
}

fn subnet(netuid: u16, tao: u64, alpha: u64, moving: f64) -> Books {
    let settings = Settings {
        first_emission: Some(Block(1)),
        ..Settings::dynamic(Netuid(netuid), Block(0), 360, Block(1))
    };
    Books {
        pool: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) },
        moving_price: Q32::from_f64(moving),
        ..Books::new(Netuid(netuid), settings)
    }
}

/// Subnets of which any number may be zero.
fn any_market() -> impl Strategy<Value = Vec<Books>> {
    let amount = || prop_oneof![1 => Just(0u64), 9 => 1..1u64 << 53];
    let number = || prop_oneof![1 => Just(0.0f64), 9 => 0.0..2.0];
    let flow = || -(1i64 << 45)..1i64 << 45;
    let one = (amount(), amount(), amount(), number(), number(), number(), 0.0..1.2f64, flow(), flow());
    prop::collection::vec(one, 1..64).prop_map(|market| {
        (1..)
            .zip(market)
            .map(|(netuid, (tao, alpha, out, moving, fast, value, burned, user, protocol))| {
                let mut books = subnet(netuid, tao, alpha, moving);
                books.alpha_out = Alpha::from_rao(out);
                books.fast_price = Q64::from_f64(fast);
                books.measured.value = Q64::from_f64(value * 1e6);
                books.miner_burned = Q32::from_f64(burned);
                let average = |rao: i64| I64F64::from_bits(i128::from(rao) << 64);
                books.flow = Flow {
                    user,
                    user_average: Some(average(user)),
                    protocol_average: average(protocol),
                    ..Flow::default()
                };
                books
            })
            .collect()
    })
}

/// What the first subnet draws over some blocks in which it alone is bought: buys, averages, parts of the emission. Parts
/// are worked out from averages that are made already, which then forget a block more, all alike.
fn drawn(emission: Emission, market: &[Books], buys: &[u64], blocks: usize) -> f64 {
    let mut books = market.to_vec();
    let mut drawn = 0.0;
    for block in 0..blocks {
        for subnet in &mut books {
            let price = subnet.share_price().min(subnet.spot_price());
            emission.average_flows(&mut subnet.flow, price);
        }
        drawn += parts(emission, &books)[0].to_f64();
        for subnet in &mut books {
            let (before, spot) = (subnet.moving_price, subnet.spot_price());
            let start = MovingPriceStart::Immediate;
            subnet.moving_price = moving_price::update(before, spot, Q32::from_f64(0.01), start, 1);
            subnet.fast_price = moving_price::update_fast(subnet.fast_price, subnet.price_bits());
        }
        let tao = Tao::from_rao(buys.get(block).copied().unwrap_or(0));
        let first = &mut books[0];
        if let Some(alpha) = constant_product::buy(first.pool, tao) {
            first.pool = Reserves { tao: first.pool.tao + tao, alpha: first.pool.alpha - alpha };
            first.alpha_out += alpha;
        }
        first.flow.enters(tao);
    }
    drawn
}

proptest! {
    #[test]
    fn the_parts_are_the_blocks_tao_to_the_rao_or_nobody_gets_any(market in any_market()) {
        let whole = Q32::from_int(chain().emission.rao());
        for rule in rules() {
            let parts = parts(rule, &market);
            prop_assert_eq!(parts.len(), market.len());
            prop_assert!(parts.iter().all(|&part| part <= whole), "{rule:?}");
            let sum: u128 = parts.iter().map(|part| part.bits()).sum();
            let lost = whole.bits().checked_sub(sum);
            prop_assert!(sum == 0 || lost.is_some_and(|lost| lost < Q32::ONE.bits()), "{:?}: {:?}", rule, lost);
        }
    }

    #[test]
    fn the_order_of_subnets_makes_no_difference(market in any_market()) {
        let reversed: Vec<_> = market.iter().rev().copied().collect();
        for rule in rules() {
            let mut there = parts(rule, &market);
            there.reverse();
            prop_assert_eq!(there, parts(rule, &reversed), "{:?}", rule);
        }
    }

    #[test]
    fn a_purchase_split_over_blocks_draws_no_more_than_the_same_made_at_once(
        part in 0.0001..0.9f64, steps in 2usize..6, depth in 27u32..50,
    ) {
        // Parts of the pool that it takes in, whole or not.
        let tao = ((1u64 << depth) as f64 * part) as u64;
        let of = |netuid, depth: u64| subnet(netuid, depth, depth * 4, 0.25);
        let mut market = vec![of(1, 1 << depth), of(2, 1 << 52), of(3, 1 << 52), of(4, 1 << 52)];
        for subnet in &mut market {
            subnet.fast_price = Q64::from_f64(0.25);
            subnet.measured.value = Q64::ONE;
            subnet.flow.user_average = Some(I64F64::from_int(1_000));
        }
        for rule in rules() {
            let at_once = drawn(rule, &market, &[tao * steps as u64], 40);
            let split = drawn(rule, &market, &vec![tao; steps], 40);
            // Parts are rounded down, to 2^-32 rao each; the pools' alpha to whole rao.
            prop_assert!(split <= at_once * (1.0 + 1e-9) + 1.0, "{:?}: {} and {}", rule, split, at_once);
        }
    }

    #[test]
    fn a_blend_lies_between_its_rules(market in any_market(), weight in 0.0..=1.0f64) {
        let (of, with) = (Ingredient::MovingPrice, Ingredient::Uniform);
        let blend = Emission::Blend(Blend { of, with, weight: Q64::from_f64(weight) });
        let [one, other, mixed] = [of.into(), with.into(), blend].map(|rule| parts(rule, &market));
        let nobody = one.iter().all(|&part| part == Q32::ZERO);
        for ((one, other), mixed) in one.into_iter().zip(other).zip(mixed) {
            let (least, most) = if nobody { (other, other) } else { (one.min(other), one.max(other)) };
            // What a rule of weights gives is rounded down once more where it is blended.
            prop_assert!(mixed.bits() + (1 << 6) >= least.bits() && mixed.bits() <= most.bits() + (1 << 6));
        }
    }

    #[test]
    fn no_price_counts_for_more_than_its_moving_price_under_the_lesser_average(
        market in prop::collection::vec((1u32..=u32::MAX, 1u32..=u32::MAX), 2..20),
    ) {
        let lower = CATALOGUE.iter().find(|rule| rule.0 == "LowerAverage").expect("a rule").2;
        let mut books: Vec<Books> = (1..)
            .zip(&market)
            .map(|(netuid, &(moving, fast))| Books {
                moving_price: Q32::from_bits(moving.into()),
                fast_price: Q64::from_bits(u128::from(fast) << 32),
                ..subnet(netuid, RAO, RAO, 0.0)
            })
            .collect();
        let counted: u64 = market.iter().map(|&(moving, fast)| u64::from(moving.min(fast))).sum();
        let expected = f64::from(market[0].0.min(market[0].1)) / counted as f64;
        let whole = chain().emission.rao() as f64;
        prop_assert!((parts(lower, &books)[0].to_f64() / whole - expected).abs() < 1e-9);
        // A price that is lifted for a moment lifts the fast average alone: nothing is gained beyond the moving price.
        books[0].fast_price = Q64::from_int(1_000);
        let lifted = parts(lower, &books)[0].to_f64() / whole;
        let rest = counted - u64::from(market[0].0.min(market[0].1));
        let most = f64::from(market[0].0) / (f64::from(market[0].0) + rest as f64);
        prop_assert!(lifted <= most + 1e-9);
    }

    #[test]
    fn a_price_lifted_in_an_empty_pool_counts_as_the_median_at_most(lifted in 1.0..1e6f64, others in 3usize..20) {
        let cap = CATALOGUE.iter().find(|rule| rule.0 == "DepthCap").expect("a rule").2;
        let deep = |netuid: usize| subnet(netuid as u16 + 2, 10_000 * RAO, 40_000 * RAO, 0.25);
        let mut market: Vec<Books> = (0..others).map(deep).collect();
        market.insert(0, subnet(1, 1, 1, 0.25 * lifted));
        let part = parts(cap, &market)[0].to_f64() / chain().emission.rao() as f64;
        prop_assert!((part - 1.0 / (others + 1) as f64).abs() < 1e-9, "{}", part);
    }

    #[test]
    fn two_subnets_with_half_the_value_each_draw_what_one_with_all_of_it_draws(
        values in prop::collection::vec(0u64..1 << 40, 1..20), halved in 1u64..1 << 39,
    ) {
        let of = |value: u64| {
            let mut books = subnet(1, RAO, RAO, 0.5);
            books.measured.value = Q64::from_int(value);
            books
        };
        let others: Vec<Books> = values.iter().copied().map(of).collect();
        let whole = parts(Emission::Objective, &[others.clone(), vec![of(2 * halved)]].concat());
        let halves = parts(Emission::Objective, &[others.clone(), vec![of(halved); 2]].concat());
        let [one, other] = [halves[others.len()], halves[others.len() + 1]];
        prop_assert!((one.to_f64() + other.to_f64() - whole[others.len()].to_f64()).abs() < 1e-3);
    }
}

#[test]
fn every_subnet_has_the_same_under_the_uniform_rule_whatever_is_paid_for_it() {
    let market = [subnet(1, 1, 1, 0.0), subnet(2, RAO, 2, 1.0), subnet(3, 5 * RAO, RAO, 0.1)];
    let found = parts(Emission::Uniform, &market);
    assert_eq!(found[0].floor(), 166_666_666);
    assert!(found.iter().all(|&part| part == found[0]));
}

#[test]
fn what_nobody_has_measured_is_shared_by_moving_prices() {
    let market = [subnet(1, RAO, RAO, 0.25), subnet(2, RAO, RAO, 0.75)];
    let found = parts(Emission::Objective, &market).into_iter().map(Q32::floor).collect::<Vec<_>>();
    assert_eq!(found, [125_000_000, 375_000_000]);
}

#[test]
fn a_blend_of_two_rules_that_keep_one_average_is_refused_with_its_reason() {
    let read = |text: &str| {
        ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES)
            .from_str::<Emission>(text)
    };
    let blend = |of: &str, with: &str| read(&format!("Blend(of: {of}, with: {with}, weight: 0.5)"));
    assert!(blend("MovingPrice", "TaoFlow()").is_ok());
    for (of, with) in [("MovingPrice", "MovingPrice"), ("TaoFlow()", "NetFlow()")] {
        let error = blend(of, with).expect_err("refused").to_string();
        assert!(error.contains("averages of different things"), "{error}");
    }
    let error = blend("Uniform", "LowerAverage(step: 1.5)").expect_err("refused").to_string();
    assert!(error.contains("with.LowerAverage.step") && error.contains("0.0 to 1.0"), "{error}");
    blend("RootVote", "Uniform").expect_err("root's votes cannot be blended");
}
