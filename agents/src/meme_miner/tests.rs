use dtao_engine::account::AgentId;
use dtao_engine::calendar::Calendar;
use dtao_engine::random::{AgentKey, RunSeed, Stream};
use dtao_protocol::units::RAO;

use super::*;
use crate::Agent;
use crate::honest_validator::{HonestValidator, Quality};
use crate::miner::Miner;
use crate::testing::{Handed, Market, Seen, holder, idle, trader};
use crate::validator::tests::validating;

const NETUID: Netuid = Netuid(1);
const NEVER: Spread<f64> = Spread::Same(Prior::Exactly(1e6));

fn always(value: f64) -> Spread<f64> {
    Spread::Same(Prior::Exactly(value))
}

/// Compounds, and never leaves.
fn faithful() -> MemeMiner {
    MemeMiner {
        netuid: NETUID,
        entry: None,
        look: 1.0,
        reacts: Prior::Exactly(0.0),
        required_yield: always(0.0),
        reaction: always(50.0),
        sells_all: Prior::Exactly(1.0),
        stops: Prior::Exactly(0.0),
        stop: always(0.7),
        stop_reaction: always(40.0),
        profit: NEVER,
        profit_reaction: always(30.0),
        sells_income: Prior::Exactly(0.0),
        income_epochs: Prior::Exactly(2.0),
        announcement: None,
        own: Own::default(),
        memory: Memory::default(),
    }
}

fn requires(yield_: f64) -> MemeMiner {
    MemeMiner { reacts: Prior::Exactly(1.0), required_yield: always(yield_), ..faithful() }
}

/// The subnet pays the agent's group, or the other miner, and changes that at multiples of `turn`.
fn paying(agents: f64, others: f64, turn: Option<u64>, other: Miner) -> Market {
    validated(agents, others, turn, &[("b", other)])
}

fn validated(agents: f64, others: f64, turn: Option<u64>, miners: &[(&'static str, Miner)]) -> Market {
    let quality = [("agents", agents), ("b", others)].map(|(group, is)| Quality { group: group.into(), is });
    let validator =
        HonestValidator { validator: validating(), quality: quality.into(), deviation: 0.0, turn };
    Market::detailed(miners).validated_by(validator)
}

/// What it sells, with the blocks, if it is handed alpha for so many TAO. Holding for 5 TAO, about 500 alpha, it
/// earns about 2.5 alpha a day for each: the owner, of the same group, gets the other half.
fn sales(market: Market, miner: MemeMiner, tao: u64, blocks: u64) -> (Vec<(u64, Alpha)>, Vec<f64>) {
    let (calls, prices): Seen = market.seen_of(Handed::new(miner, tao), blocks);
    let sale = |(block, call): &(Block, Call)| match call {
        Call::Unstake { alpha, .. } => Some((block.0, *alpha)),
        _ => None,
    };
    (calls.iter().filter_map(sale).collect(), prices)
}

#[test]
fn it_leaves_once_after_its_delay_when_an_epoch_pays_less_than_it_requires() {
    let (sold, _) = sales(paying(1.0, 0.0, Some(300), idle(5)), requires(1.5), 5, 900);
    let &[(block, alpha)] = sold.as_slice() else { panic!("one sale, not {sold:?}") };
    assert!(block > 350 && alpha.to_f64() > 500.0, "{block} {alpha}");
    // Subnet 1's first epoch here runs in block 18; it sees each a block later.
    assert_eq!((block - 50 - 1) % 21, 18, "{block}");
}

#[test]
fn it_stays_if_the_income_does_not_change_or_was_never_enough_or_is_not_watched() {
    let cut = || paying(1.0, 0.0, Some(300), idle(5));
    assert_eq!(sales(paying(1.0, 0.0, None, idle(5)), requires(1.5), 5, 700).0, []);
    assert_eq!(sales(cut(), requires(100.0), 5, 700).0, []);
    assert_eq!(sales(cut(), MemeMiner { reacts: Prior::Exactly(0.0), ..requires(1.5) }, 5, 700).0, []);
}

#[test]
fn the_worst_step_is_that_of_one_call() {
    let miner = MemeMiner { stops: Prior::Exactly(1.0), ..faithful() };
    let market = Market::detailed(&[]).with(trader(&[(10, 1_500)], &[(300, 16_667)]));
    let (sold, prices) = sales(market, miner, 500, 400);
    let &[(block, alpha)] = sold.as_slice() else { panic!("one sale, not {sold:?}") };
    let fall = 1.0 - prices[block as usize - 1] / prices[block as usize - 2];
    // In the pool: 100,000, a third of which 2,000 TAO left there, half of that again, and one a block.
    let (pool, sold) = (50_000.0 + block as f64, alpha.to_f64());
    let law = 1.0 - (pool / (pool + sold)).powi(2);
    assert!(law > 0.5 && (fall - law).abs() < 0.01, "{fall}, by the law {law}");
}

#[test]
fn one_that_does_not_sell_all_sells_a_part_and_leaves() {
    let miner = MemeMiner { sells_all: Prior::Exactly(0.0), ..requires(1.5) };
    let (all, _) = sales(paying(1.0, 0.0, Some(300), idle(5)), requires(1.5), 5, 900);
    let (sold, _) = sales(paying(1.0, 0.0, Some(300), idle(5)), miner, 5, 900);
    let &[(block, alpha)] = sold.as_slice() else { panic!("one sale, not {sold:?}") };
    let part = alpha.to_f64() / all[0].1.to_f64();
    assert_eq!(block, all[0].0);
    assert!((0.3..0.999).contains(&part), "{part}");
}

/// How far the price's logarithm has fallen from the highest of a window, at each block's end.
fn falls(prices: &[f64], window: usize) -> Vec<f64> {
    (0..prices.len())
        .map(|at| {
            let highest = prices[at.saturating_sub(window)..=at].iter().fold(0.0, |a: f64, b| a.max(*b));
            math::ln(highest / prices[at])
        })
        .collect()
}

#[test]
fn the_stop_answers_to_a_fall_within_six_hours_and_to_no_slower_one() {
    let miner = || MemeMiner { stops: Prior::Exactly(1.0), ..faithful() };
    let market =
        |second| Market::detailed(&[]).with(trader(&[(10, 3_000)], &[(300, 10_000), (second, 14_000)]));
    let (sold, prices) = sales(market(800), miner(), 5, 1_000);
    let fallen = falls(&prices, 1_800).iter().position(|&fall| fall > 0.7).expect("a fall within six hours");
    // The price at position 0 is that of block 1, seen in block 2.
    assert_eq!(sold.iter().map(|sale| sale.0).collect::<Vec<_>>(), [fallen as u64 + 2 + 40]);

    let (sold, prices) = sales(market(2_800), miner(), 5, 3_000);
    let deepest = |window| falls(&prices, window).into_iter().fold(0.0, f64::max);
    assert!(deepest(3_000) > 0.7 && deepest(1_800) < 0.7, "{} {}", deepest(3_000), deepest(1_800));
    assert_eq!(sold, []);
}

#[test]
fn a_profit_is_taken_once_in_part_and_it_stays() {
    let miner = MemeMiner { profit: always(1.0), ..faithful() };
    let market = Market::detailed(&[]).with(trader(&[(10, 3_000)], &[]));
    let (sold, prices) = sales(market, miner, 5, 400);
    let start = prices[0];
    let risen = prices.iter().position(|price| math::ln(price / start) > 1.0).expect("it rises fourfold");
    let &[(block, alpha)] = sold.as_slice() else { panic!("one sale, not {sold:?}") };
    assert_eq!(block, risen as u64 + 2 + 30);
    assert!(alpha.to_f64() <= 250.0, "at most half of 500: {alpha}");
}

#[test]
fn it_sells_income_in_hundredths_of_alpha_or_compounds() {
    let miner = MemeMiner { sells_income: Prior::Exactly(1.0), ..faithful() };
    let (sold, _) = sales(paying(1.0, 0.0, None, idle(5)), miner, 5, 900);
    // Every 42 blocks. Two epochs earn 2 * 21 * 0.41 alpha, half of it the owner's; before validators set
    // weights, all who stake share the whole.
    assert!((20..=22).contains(&sold.len()), "{sold:?}");
    assert!(sold.iter().all(|(_, alpha)| alpha.rao() % (RAO / 100) == 0), "{sold:?}");
    assert!(sold.iter().skip(3).all(|(_, alpha)| (alpha.to_f64() - 8.61).abs() < 0.1), "{sold:?}");
    assert_eq!(sales(paying(1.0, 0.0, None, idle(5)), faithful(), 5, 900).0, []);
}

#[test]
fn it_enters_where_others_are_paid_for_holding_and_nowhere_else() {
    let newcomer = || {
        let entry = Entry {
            after: Prior::Exactly(0.0),
            every: Prior::Exactly(20.0),
            size: Spread::Same(Prior::Exactly(Tao::from_rao(4 * RAO))),
            full_yield: Prior::Exactly(1.0),
        };
        MemeMiner { entry: Some(entry), ..faithful() }
    };
    let calls = paying(0.0, 1.0, None, holder(5, 5)).calls_of(newcomer(), 400);
    let kinds: Vec<_> = calls.iter().map(|(_, call)| call.clone()).collect();
    let Call::Stake { hotkey, tao, .. } = kinds[0] else { panic!("{kinds:?}") };
    assert_eq!(tao, Tao::from_rao(4 * RAO));
    assert_eq!((hotkey.0.0, &kinds[1..]), (2, [Call::RegisterNeuron { netuid: NETUID }].as_slice()));
    assert_eq!(paying(0.0, 0.0, None, holder(5, 5)).calls_of(newcomer(), 400), []);
    // Somebody is paid, but not for holding: most of the miners' alpha earns nothing.
    let market = validated(0.0, 1.0, None, &[("b", idle(5)), ("holder", holder(10, 5))]);
    assert_eq!(market.calls_of(newcomer(), 400), []);
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    let field = |miner: MemeMiner| miner.check_all().expect_err("out of range").field;
    assert_eq!(field(MemeMiner { look: 0.5, ..faithful() }), "look");
    assert_eq!(field(MemeMiner { reacts: Prior::Exactly(1.1), ..faithful() }), "reacts");
    assert_eq!(field(MemeMiner { stop: always(-0.1), ..faithful() }), "stop");
    assert_eq!(field(MemeMiner { income_epochs: Prior::Exactly(0.0), ..faithful() }), "income_epochs");
}

#[test]
fn a_fixed_parameter_leaves_the_agents_other_numbers_alone() {
    let own = |miner: &MemeMiner| {
        let (mut calendar, mut outbox) = (Calendar::default(), Vec::new());
        let who = (AgentId(3), AgentKey::new(RunSeed(1), "holders", 2));
        miner.draw_own(&Actor::new(who, Block(1), Stream::Start, &mut calendar, &mut outbox))
    };
    let spread = || Spread::LogNormal { median: Prior::Exactly(2.0), sigma: Prior::Exactly(1.0) };
    let drawn = MemeMiner {
        required_yield: spread(),
        reaction: spread(),
        stop: spread(),
        stop_reaction: spread(),
        profit: spread(),
        profit_reaction: spread(),
        ..faithful()
    };
    let fixed = MemeMiner {
        required_yield: always(1.0),
        stop: always(1.0),
        stops: Prior::Exactly(1.0),
        ..drawn.clone()
    };
    let (drawn, fixed) = (own(&drawn), own(&fixed));
    assert_ne!(drawn.stop, fixed.stop);
    assert_eq!(Own { stop: fixed.stop, ..drawn }, fixed);
}

#[test]
fn weights_without_it_are_seen_before_they_count() {
    let announcement = |reacts, votes| {
        let (reacts, votes) = (Prior::Exactly(reacts), Prior::Exactly(votes));
        Some(Announcement { reacts, votes, reaction: always(5.0) })
    };
    let cut = || paying(1.0, 0.0, Some(300), idle(5));
    let first = |miner| sales(cut(), miner, 5, 700).0.first().map(|sale| sale.0);
    let paid = first(MemeMiner { reaction: always(5.0), ..requires(1.5) }).expect("an epoch pays nothing");
    let seen = first(MemeMiner { announcement: announcement(1.0, 0.5), ..faithful() }).expect("it looks");
    assert!(seen > 300 && seen < paid, "seen {seen}, paid {paid}");
    assert_eq!(first(MemeMiner { announcement: announcement(0.0, 0.5), ..faithful() }), None);
    // Nothing was announced.
    let watching = MemeMiner { announcement: announcement(1.0, 0.5), ..faithful() };
    assert_eq!(sales(paying(1.0, 0.0, None, idle(5)), watching, 5, 700).0, []);
    let wrong = MemeMiner { announcement: announcement(1.0, 0.0), ..faithful() };
    assert_eq!(wrong.check_all().expect_err("no votes").field, "announcement.votes");
}
