//! A market that goes through every runtime, audited after every block.

use dtao_engine::call::{Call, Outcome};
use dtao_engine::run::{Carried, Run, Setup, SubnetSetup};
use dtao_protocol::books::Books;
use dtao_protocol::emission::{Blend, CATALOGUE, Emission, Ingredient, TaoFlow};
use dtao_protocol::era::{ERAS, Spec};
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::measurement::MeasurementValues;
use dtao_protocol::rules::RuleValues;
use dtao_protocol::rules::coinbase::{BuyLimit, CoinbaseValues};
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::I64F64;

use crate::roster::outcomes;
use crate::world::{HOLDER, SUDO, TRADER, alpha, lively, run_of, stake, subnet, swap_stake, tao, unstake};

/// Blocks that each runtime is in force.
const IN_FORCE: u64 = 60;

/// Eight subnets: cheap and dear, deep and shallow, with a high and a low moving price.
fn setup() -> Setup {
    let market = [
        (40_000, 100_000, 0.3),
        (5_000, 1_000_000, 0.2),
        (20_000, 4_000_000, 0.004),
        (500, 10_000, 0.02),
        (100, 30_000, 0.4),
        (3_000, 3_000, 0.9),
        (1, 1, 0.0),
        (60_000, 70_000, 0.01),
    ];
    let subnets = (1..).zip(market).map(|(netuid, (tao_in, alpha_in, moving))| SubnetSetup {
        moving_price: Q32::from_f64(moving),
        tempo: 10 + netuid,
        // Of some the owner mines nothing, of one everything.
        carried: Carried {
            owners_incentive: Q32::from_f64(f64::from(netuid % 5) / 4.0),
            ..Carried::default()
        },
        ..subnet(netuid, (tao(tao_in), alpha(alpha_in)), alpha(100 * u64::from(netuid)))
    });
    Setup { subnets: subnets.collect(), ..lively(Spec::known(234)) }
}

/// The runtimes after the launch's.
fn later() -> impl Iterator<Item = Spec> {
    ERAS.iter().map(|era| era.spec).filter(|&spec| spec > Spec::known(234))
}

/// Upgrades, and in each runtime some trades on every subnet.
fn calls() -> Vec<(dtao_engine::account::AgentId, u64, Call)> {
    let mut calls = Vec::new();
    for (era, spec) in (0..).zip(std::iter::once(None).chain(later().map(Some))) {
        let at = era * IN_FORCE;
        if let Some(spec) = spec {
            calls.push((SUDO, at, Call::Upgrade { spec }));
        }
        for netuid in 1..=8 {
            let when = at + 2 + 5 * u64::from(netuid);
            calls.push((TRADER, when, stake(netuid, Tao::from_rao(70_000_000 * u64::from(netuid)))));
            calls.push((TRADER, when + 3, unstake(netuid, Alpha::from_rao(60_000_000 + u64::from(netuid)))));
            calls.push((
                HOLDER,
                when + 4,
                swap_stake(netuid, 1 + netuid % 8, Alpha::from_rao(2_000_000_001)),
            ));
        }
        calls.push((HOLDER, at + 55, stake(0, tao(3))));
        calls.push((TRADER, at + 57, stake(0, tao(2))));
        // Refused before there are funds.
        calls.push((TRADER, at + 59, Call::ClaimFunds { hotkey: None }));
    }
    calls.sort_by_key(|&(agent, at, _)| (at, agent));
    calls
}

/// The same, and in each runtime three of the rules for the emission one after the other, with limited chain buys or not;
/// values are measured every ten blocks, and somebody pays for it.
fn calls_under_every_rule() -> Vec<(dtao_engine::account::AgentId, u64, Call)> {
    let mut calls = calls();
    let mut rules =
        CATALOGUE.iter().map(|&(.., rule)| rule).filter(|&rule| rule != Emission::RootVote).cycle();
    let limits = [BuyLimit::Unlimited, BuyLimit::UnburnedMiners].into_iter().cycle();
    for (at, limit) in (1..blocks()).step_by(20).zip(limits) {
        let measurement = MeasurementValues {
            every: Some(10),
            delay: Some(5),
            noise: Some(Q32::HALF),
            ..MeasurementValues::default()
        };
        let values = RuleValues {
            emission: rules.next(),
            coinbase: Some(CoinbaseValues { buy_limit: Some(limit), ..CoinbaseValues::default() }),
            measurement: Some(measurement),
            ..RuleValues::default()
        };
        calls.push((SUDO, at, Call::SetRules { values: values.into() }));
        calls.push((TRADER, at + 3, Call::FakeValue { netuid: Netuid(3), tao: Tao::from_rao(at) }));
    }
    calls.sort_by_key(|&(agent, at, _)| (at, agent));
    calls
}

fn blocks() -> u64 {
    (later().count() as u64 + 1) * IN_FORCE
}

fn books(run: &mut Run) -> Vec<Books> {
    run.view().subnets().copied().collect()
}

#[test]
fn the_books_close_in_every_block_of_every_runtime() {
    let (_, mut run) = outcomes(setup(), &calls(), blocks());
    assert_eq!(run.view().law().spec, ERAS.last().expect("there are runtimes").spec);
    let (audited, dust) = run.audited();
    assert_eq!(audited, blocks());
    assert_eq!(dust.uncounted_buys > 0, u16::from(run.view().law().spec) >= 298, "TAO of chain buys");
    assert!(books(&mut run).iter().all(|subnet| subnet.pool.tao > Tao::ZERO));
}

#[test]
fn the_books_close_under_every_rule_for_the_emission_in_every_runtime() {
    let (seen, mut run) = outcomes(setup(), &calls_under_every_rule(), blocks());
    assert_eq!(run.audited().0, blocks());
    let faked: u64 =
        seen.iter().map(|outcome| if let Outcome::Faked { tao } = outcome { tao.rao() } else { 0 }).sum();
    assert!(faked > 0, "two rules measure values");
    assert!(run.audited().1.lost_tao >= u128::from(faked));
    assert!(books(&mut run).iter().all(|subnet| subnet.pool.tao > Tao::ZERO));
}

/// A refused call in every block has each made by the whole schedule.
#[test]
fn quiet_blocks_of_every_runtime_come_to_what_the_schedule_makes() {
    let of_root = |call: &Call| matches!(call, Call::Upgrade { .. } | Call::SetRules { .. });
    let upgrades: Vec<_> = calls_under_every_rule().into_iter().filter(|(.., call)| of_root(call)).collect();
    let mut noisy = upgrades.clone();
    noisy.extend((0..blocks()).map(|at| (TRADER, at, unstake(99, Alpha::from_rao(1)))));
    noisy.sort_by_key(|&(agent, at, _)| (at, agent));
    let (mut quiet, mut scheduled) =
        (outcomes(setup(), &upgrades, blocks()).1, outcomes(setup(), &noisy, blocks()).1);
    assert_eq!(books(&mut quiet), books(&mut scheduled));
    assert_eq!(quiet.view().issuance(), scheduled.view().issuance());
    assert_eq!(quiet.audited().1, scheduled.audited().1);
}

/// The purchase's flow enters the average as it does without the other rule.
#[test]
fn a_blend_with_a_rule_of_flows_counts_flows() {
    let averages = |emission| {
        let spec = Spec::known(425);
        let mut setup = lively(spec);
        setup.rules.emission = emission;
        let (mut run, _) = run_of(setup, &[(TRADER, 5, stake(1, tao(10)))]);
        run.advance(10).expect("the books close");
        books(&mut run).iter().map(|subnet| subnet.flow.user_average).collect::<Vec<_>>()
    };
    let flow = TaoFlow::CHAIN;
    let blend =
        Blend { of: Ingredient::TaoFlow(flow), with: Ingredient::Uniform, weight: Q64::from_f64(0.25) };
    let found = averages(Emission::Blend(blend));
    assert!(found[0].is_some_and(|average| average > I64F64::ZERO), "{found:?}");
    assert_eq!(found, averages(Emission::TaoFlow(flow)));
}
