use dtao_protocol::units::{Alpha, RAO};

use super::*;
use crate::Agent;
use crate::honest_validator::{HonestValidator, Quality};
use crate::testing::{Market, idle, trader};
use crate::validator::tests::validating;

const NETUID: Netuid = Netuid(1);

fn same(value: f64) -> Spread<f64> {
    Spread::Same(Prior::Exactly(value))
}

fn tao(tao: u64) -> Tao {
    Tao::from_rao(tao * RAO)
}

/// Buys 300 of 1,000 TAO in clips of 70, and the rest in two steps at 100 and 110.
fn pumper(exits: Vec<Exit>) -> Pumper {
    Pumper {
        netuid: NETUID,
        budget: Prior::Exactly(tao(1_000)),
        early_part: Prior::Exactly(0.3),
        clip: Spread::Same(Prior::Exactly(tao(70))),
        from: Prior::Exactly(Block(20)),
        at: Prior::Exactly(Block(100)),
        steps: vec![0.75, 0.25],
        step_interval: Prior::Exactly(10.0),
        holds_for_emission: HoldsForEmission::No,
        exits,
        slices: 1,
        slice_interval: Prior::Exactly(5.0),
        look: 1,
        plan: Plan::default(),
        memory: Memory::default(),
    }
}

fn buys(calls: &[(Block, Call)]) -> Vec<(u64, Tao)> {
    let buy = |(block, call): &(Block, Call)| match call {
        Call::Stake { tao, .. } => Some((block.0, *tao)),
        _ => None,
    };
    calls.iter().filter_map(buy).collect()
}

fn sells(calls: &[(Block, Call)]) -> Vec<(u64, Alpha)> {
    let sell = |(block, call): &(Block, Call)| match call {
        Call::Unstake { alpha, .. } => Some((block.0, *alpha)),
        _ => None,
    };
    calls.iter().filter_map(sell).collect()
}

#[test]
fn it_buys_early_in_clips_and_then_in_steps_and_never_sells_without_an_exit() {
    let calls = Market::detailed(&[]).calls_of(pumper(vec![]), 400);
    let bought = buys(&calls);
    let early: Vec<_> = bought.iter().filter(|buy| buy.0 < 100).collect();
    assert_eq!(early.len(), 5, "four of 70 and one of 20: {bought:?}");
    assert!(early.iter().all(|buy| buy.0 >= 20) && early.windows(2).any(|pair| pair[0].0 != pair[1].0));
    assert_eq!(early.iter().map(|buy| buy.1).sum::<Tao>(), tao(300));
    assert_eq!(bought[5..], [(100, tao(525)), (110, tao(175))]);
    assert_eq!(sells(&calls), []);
    assert!(!calls.iter().any(|(_, call)| matches!(call, Call::RegisterNeuron { .. })));
}

#[test]
fn a_larger_budget_keeps_the_early_clips_that_a_smaller_one_has() {
    let early = |budget| {
        let pumper = Pumper { budget: Prior::Exactly(tao(budget)), ..pumper(vec![]) };
        let mut bought = buys(&Market::detailed(&[]).calls_of(pumper, 99));
        bought.retain(|buy| buy.1 == tao(70));
        bought
    };
    let (small, large) = (early(1_000), early(1_400));
    assert!(small.len() == 4 && large.len() == 6 && small.iter().all(|buy| large.contains(buy)), "{large:?}");
}

#[test]
fn on_its_own_clock_it_sells_all_in_slices_of_the_same_size() {
    let exits = vec![Exit::After { blocks: same(150.0) }];
    let calls = Market::detailed(&[]).calls_of(Pumper { slices: 3, ..pumper(exits) }, 400);
    let &[(250, first), (255, second), (260, third)] = sells(&calls).as_slice() else { panic!("{calls:?}") };
    let near = |a: Alpha, b: Alpha| (a.to_f64() / b.to_f64() - 1.0).abs() < 0.01;
    assert!(near(first, second) && near(second, third), "{first} {second} {third}");
    assert!((first + second + third).to_f64() > 45_000.0, "nearly half of the pool");
}

/// A subnet that pays the agent's group until block 300 and then another miner.
fn cut() -> Market {
    let quality = [("agents", 1.0), ("b", 0.0)].map(|(group, is)| Quality { group: group.into(), is });
    let mut validator = validating();
    // More than the pumper's, or it would keep others from agreeing.
    validator.stake = tao(5_000);
    let honest = HonestValidator { validator, quality: quality.into(), deviation: 0.0, turn: Some(300) };
    Market::detailed(&[("b", idle(5))]).validated_by(honest)
}

#[test]
fn on_the_cut_it_sells_once_after_its_delay() {
    let on_cut = |probability, emission| {
        let probability = Prior::Exactly(probability);
        let exits = vec![Exit::OnCut { probability, reaction: same(40.0) }];
        sells(&cut().calls_of(Pumper { holds_for_emission: emission, ..pumper(exits) }, 600))
    };
    let sold = on_cut(1.0, HoldsForEmission::Yes);
    let &[(block, _)] = sold.as_slice() else { panic!("one sale, not {sold:?}") };
    // Subnet 1's first epoch runs in block 18; it sees each a block later.
    assert!(block > 340 && (block - 40 - 1) % 21 == 18, "{block}");
    assert_eq!(on_cut(0.0, HoldsForEmission::Yes), [], "it does not care");
    assert_eq!(on_cut(1.0, HoldsForEmission::No), [], "it was never paid");
}

#[test]
fn it_sells_when_the_price_is_below_a_part_of_the_best_and_the_first_exit_counts() {
    let below = Exit::Below { part: Prior::Exactly(0.7), reaction: same(25.0) };
    let market = || Market::detailed(&[]).with(trader(&[(5, 1_000)], &[(200, 20_000)]));
    let (calls, prices) = market().seen_of(pumper(vec![below]), 400);
    let best = |at: usize| prices[99..=at].iter().fold(0.0, |a: f64, b| a.max(*b));
    let fallen = (100..prices.len()).find(|&at| prices[at] < 0.7 * best(at)).expect("it falls");
    assert_eq!(sells(&calls)[0].0, fallen as u64 + 2 + 25);
    let sooner = vec![below, Exit::After { blocks: same(50.0) }];
    assert_eq!(sells(&market().calls_of(pumper(sooner), 400))[0].0, 150);
    let quiet = Market::detailed(&[]).calls_of(pumper(vec![below]), 400);
    assert_eq!(sells(&quiet), []);
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    let field = |pumper: Pumper| pumper.check_all().expect_err("out of range").field;
    assert_eq!(field(Pumper { steps: vec![0.5, 0.4], ..pumper(vec![]) }), "steps");
    assert_eq!(field(Pumper { slices: 0, ..pumper(vec![]) }), "slices");
    assert_eq!(field(Pumper { early_part: Prior::Exactly(1.5), ..pumper(vec![]) }), "early_part");
    assert_eq!(field(pumper(vec![Exit::After { blocks: same(-1.0) }])), "exits");
}

#[test]
fn at_the_sight_of_weights_without_it_it_sells_before_the_cut() {
    let first = |exits| {
        let pumper = Pumper { holds_for_emission: HoldsForEmission::Yes, ..pumper(exits) };
        sells(&cut().calls_of(pumper, 600)).first().map(|sale| sale.0)
    };
    let (probability, reaction) = (Prior::Exactly(1.0), same(5.0));
    let on_sight = |probability, votes| {
        vec![Exit::OnSight {
            probability: Prior::Exactly(probability),
            votes: Prior::Exactly(votes),
            reaction,
        }]
    };
    let paid = first(vec![Exit::OnCut { probability, reaction }]).expect("it is cut");
    let seen = first(on_sight(1.0, 0.5)).expect("weights turn");
    assert!(seen > 300 && seen < paid, "seen {seen}, paid {paid}");
    assert_eq!(first(on_sight(0.0, 0.5)), None);
    let wrong = pumper(on_sight(1.0, 0.0)).check_all().expect_err("no votes");
    assert_eq!(wrong.field, "exits");
}
