//! Laws of every rule, and examples by hand.

use proptest::prelude::*;

use super::*;
use crate::books::Settings;
use crate::flow::FirstAverage;
use crate::pool::Reserves;
use crate::settable::Settable;
use crate::units::{Alpha, Block, Netuid, RAO, Tao};
use crate::yuma::I64F64;

fn subnet(tao: u64, alpha_in: u64, alpha_out: u64, moving_price: f64) -> Books {
    Books {
        pool: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha_in) },
        alpha_out: Alpha::from_rao(alpha_out),
        moving_price: Q32::from_f64(moving_price),
        ..Books::new(Netuid(1), Settings::dynamic(Netuid(1), Block(0), 360, Block(1)))
    }
}

fn weights(rule: Emission, market: &[Books]) -> Vec<f64> {
    let mut weights = Vec::new();
    assert!(rule.weights(market, &mut weights), "{rule:?} gives shares");
    weights.into_iter().map(Q32::to_f64).collect()
}

/// The rules that give weights.
fn of_weights() -> impl Iterator<Item = Emission> {
    CATALOGUE.iter().map(|&(.., rule)| rule).filter(|rule| rule.weights(&[], &mut Vec::new()))
}

/// The rules that give shares.
fn of_shares() -> impl Iterator<Item = Emission> {
    CATALOGUE.iter().map(|&(.., rule)| rule).filter(|rule| rule.shares(&[], &mut Vec::new()))
}

/// Prices 0.5 and 0.25, 4 and 12 alpha that exist.
#[test]
fn two_subnets_by_hand() {
    let market = [subnet(RAO, 2 * RAO, 2 * RAO, 0.125), subnet(2 * RAO, 8 * RAO, 4 * RAO, 0.375)];
    let rao = RAO as f64;
    assert_eq!(weights(Emission::MovingPrice, &market), [0.125, 0.375]);
    assert_eq!(weights(Emission::SpotPrice, &market), [0.5, 0.25]);
    assert_eq!(weights(Emission::MarketCap, &market), [2.0 * rao, 3.0 * rao]);
}

#[test]
fn every_file_of_a_rule_is_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emission");
    let files = std::fs::read_dir(folder).expect("the folder exists").filter_map(Result::ok);
    let rules = files.filter(|file| file.file_name() != "tests.rs").count();
    assert_eq!(rules, CATALOGUE.len());
}

fn rao(value: i64) -> I64F64 {
    I64F64::from_bits(i128::from(value) << 64)
}

fn candidate(price: f64, root: f64, burned: f64, (user, protocol): (i64, i64)) -> Candidate {
    let flow = Flow { user_average: Some(rao(user)), protocol_average: rao(protocol), ..Flow::default() };
    Candidate {
        moving_price: Q32::from_f64(price),
        root_proportion: Q32::from_f64(root),
        miner_burned: Q32::from_f64(burned),
        flow,
        ..Candidate::default()
    }
}

fn shares(rule: Emission, market: &[Candidate]) -> Vec<f64> {
    let mut shares = Vec::new();
    assert!(rule.shares(market, &mut shares), "{rule:?} gives weights");
    shares.into_iter().map(Q64::to_f64).collect()
}

/// Flows 3, -1 and 1; less the protocol's of 2, 0 and 2 at a norm of 4 / 4: 1, -1 and -1.
#[test]
fn three_flows_by_hand() {
    let scale = |(user, protocol): (i64, i64)| (user * 1_000_000_000, protocol * 1_000_000_000);
    let market = [(3, 2), (-1, 0), (1, 2)].map(|flows| candidate(0.1, 0.5, 0.0, scale(flows)));
    let within = |error: f64, found: Vec<f64>, expected: [f64; 3]| {
        found.iter().zip(expected).for_each(|(x, y)| assert!((x - y).abs() < error, "{found:?}"));
    };
    let near = |found, expected| within(1e-5, found, expected);
    near(shares(Emission::TaoFlow(TaoFlow::CHAIN), &market), [0.75, 0.0, 0.25]);
    near(shares(Emission::NetFlow(NetFlow::CHAIN), &market), [1.0, 0.0, 0.0]);
    let cut_off = TaoFlow { cutoff: rao(1_000_000_000), ..TaoFlow::CHAIN };
    near(shares(Emission::TaoFlow(cut_off), &market), [1.0, 0.0, 0.0]);
    let squared = TaoFlow { exponent: Q64::from_int(2), ..TaoFlow::CHAIN };
    // The series for the exponential ends too soon for such large powers.
    within(1e-3, shares(Emission::TaoFlow(squared), &market), [0.9, 0.0, 0.1]);
}

/// Prices 1/4 each of two; half of the first's incentive was withheld.
#[test]
fn two_prices_by_hand() {
    let market = [candidate(0.25, 0.5, 0.5, (0, 0)), candidate(0.25, 0.125, 0.0, (0, 0))];
    assert_eq!(shares(Emission::PriceBurn, &market)[1], 2.0 / 3.0);
    assert_eq!(shares(Emission::PriceRootBurn, &market)[1], 1.0 / 3.0);
    let all_burned = market.map(|subnet| Candidate { miner_burned: Q32::ONE, ..subnet });
    assert_eq!(shares(Emission::PriceBurn, &all_burned), [0.5, 0.5]);
}

#[test]
fn parameters_are_written_by_name_and_may_be_left_out() {
    let read = |text: &str| {
        ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES)
            .from_str::<Emission>(text)
    };
    assert_eq!(read("MovingPrice"), Ok(Emission::MovingPrice));
    assert_eq!(read("TaoFlow()"), Ok(Emission::TaoFlow(TaoFlow::CHAIN)));
    let squared = TaoFlow { exponent: Q64::from_int(2), first: FirstAverage::Price, ..TaoFlow::CHAIN };
    assert_eq!(read("TaoFlow(exponent: 2, first: Price)"), Ok(Emission::TaoFlow(squared)));
    for wrong in ["TaoFlow(rate: 2)", "TaoFlow(exponent: -1)", "NetFlow(first: Price)"] {
        read(wrong).expect_err(wrong);
    }
    for &(.., rule) in CATALOGUE {
        assert_eq!(read(&settable::text(&rule)), Ok(rule));
    }
}

/// A range that is forgotten in `settable::values!` would let any number pass.
#[test]
fn every_number_of_a_rule_has_a_range() {
    for &(.., rule) in CATALOGUE {
        let mut entries = Vec::new();
        rule.list(settable::About::default(), &mut entries);
        let ranges = &entries[0].about.range;
        let text = settable::text(&rule);
        let Some((name, fields)) = text.split_once('(') else { continue };
        let declared = ranges.split(" | ").find(|choice| choice.split('(').next() == Some(name));
        for field in fields.trim_end_matches(')').split(',') {
            let Some((field, value)) = field.split_once(':') else { continue };
            if value.starts_with(|c: char| c.is_ascii_digit() || c == '"') {
                let has = declared.is_some_and(|range| range.contains(&format!("{field}: ")));
                assert!(has, "{name}.{field} has no range: {ranges}");
            }
        }
    }
}

fn any_market() -> impl Strategy<Value = Vec<Candidate>> {
    let flow = -(1i64 << 50)..1 << 50;
    let one = (0.0..2.0f64, 0.0..1.0f64, 0.0..1.2f64, (flow.clone(), flow));
    let one = one.prop_map(|(price, root, burned, flows)| candidate(price, root, burned, flows));
    prop::collection::vec(one, 1..128)
}

proptest! {
    #[test]
    fn shares_sum_to_one_or_nobody_gets_anything(market in any_market()) {
        for rule in of_shares() {
            let mut given = Vec::new();
            rule.shares(&market, &mut given);
            let sum: u128 = given.iter().map(|share| share.bits()).sum();
            let one = Q64::ONE.bits();
            prop_assert!(sum == 0 || sum <= one && one - sum < 128, "{rule:?}: {sum}");
        }
    }

    #[test]
    fn a_rule_of_shares_does_not_depend_on_the_order_of_subnets(market in any_market()) {
        let reversed: Vec<_> = market.iter().rev().copied().collect();
        for rule in of_shares() {
            let mut there = shares(rule, &market);
            there.reverse();
            prop_assert_eq!(there, shares(rule, &reversed));
        }
    }

    /// Two subnets at half the price each, which withhold alike, get what one gets at the whole price.
    #[test]
    fn splitting_a_subnet_in_two_gains_nothing_where_prices_share(
        market in any_market(), price in 1u32..1 << 31, burned in 0.0..0.99f64,
    ) {
        let of = |bits: u64| Candidate {
            moving_price: Q32::from_bits(bits.into()),
            ..candidate(0.0, 0.25, burned, (0, 0))
        };
        for rule in [Emission::PriceBurn, Emission::PriceRootBurn] {
            let whole = shares(rule, &[market.clone(), vec![of(u64::from(price) * 2)]].concat());
            let halves = shares(rule, &[market.clone(), vec![of(price.into()); 2]].concat());
            let got = halves[market.len()] + halves[market.len() + 1];
            prop_assert!((got - whole[market.len()]).abs() < 1e-12);
        }
    }

    #[test]
    fn a_subnet_without_a_price_or_a_history_gets_nothing(other in 1..RAO) {
        let market = [subnet(0, 0, 0, 0.0), subnet(other, RAO, RAO, 0.5)];
        for rule in of_weights() {
            prop_assert_eq!(weights(rule, &market)[0], 0.0);
        }
    }

    #[test]
    fn a_rule_does_not_depend_on_the_order_of_subnets(
        amounts in prop::collection::vec((1..RAO << 20, 1..RAO << 20, 0..RAO << 20, 0.0..2.0), 1..20),
    ) {
        let market: Vec<_> = amounts.iter().map(|&(t, a, o, m)| subnet(t, a, o, m)).collect();
        let reversed: Vec<_> = market.iter().rev().copied().collect();
        for rule in of_weights() {
            let mut there = weights(rule, &market);
            there.reverse();
            prop_assert_eq!(there, weights(rule, &reversed));
        }
    }
}
