//! The emission shared by what subnets are worth, and payments to be measured higher.

use std::collections::BTreeMap;

use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_engine::measurement::Values;
use dtao_engine::run::{Audit, Setup};
use dtao_protocol::emission::Emission;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::measurement::MeasurementRules;
use dtao_protocol::rules::{RuleValues, Rules};
use dtao_protocol::units::{Block, Netuid, RAO, Tao};

use crate::world::{SUDO, TRADER, lively, receipts_of, run_of, tao};

/// Subnet 1 is worth 6, from block 10,030 on 2; the others 3 each. Measured every ten blocks, in force five later; a unit
/// costs two TAO.
fn measured(noise: f64) -> Setup {
    let spec = Spec::known(246);
    let measurement = MeasurementRules {
        every: 10,
        delay: 5,
        noise: Q32::from_f64(noise),
        cost_of_faking: Tao::from_rao(2 * RAO),
    };
    let subnets = BTreeMap::from([(Netuid(1), vec![(Block(0), 6.0), (Block(10_030), 2.0)])]);
    Setup {
        rules: Rules { emission: Emission::Objective, measurement, ..Rules::at(spec) },
        values: Values { others: 3.0, subnets },
        ..lively(spec)
    }
}

fn fake(netuid: u16, tao: Tao) -> Call {
    Call::FakeValue { netuid: Netuid(netuid), tao }
}

/// Each subnet's share of the TAO that a block emitted, by block from the run's first.
fn shares(setup: Setup, lines: &[(dtao_engine::account::AgentId, u64, Call)], blocks: u64) -> Vec<Vec<f64>> {
    let (mut run, _) = run_of(setup, lines);
    let mut shares = Vec::new();
    for _ in 0..blocks {
        run.advance(1).expect("the books close");
        let view = run.view();
        let emitted = view.block_emission().to_f64();
        shares.push(view.subnets().map(|subnet| subnet.emitted.tao_in.to_f64() / emitted).collect());
    }
    shares
}

fn near(found: &[f64], expected: [f64; 3]) {
    assert!(found.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-8), "{found:?}: {expected:?}");
}

#[test]
fn shares_follow_the_values_when_they_come_into_force() {
    let shares = shares(measured(0.0), &[], 50);
    // Until the first measurement counts, moving prices do: 0.01, 0.02 and 0.04 before the first block.
    near(&shares[0], [1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0]);
    near(&shares[5], [0.5, 0.25, 0.25]);
    near(&shares[34], [0.5, 0.25, 0.25]);
    near(&shares[35], [0.25, 0.375, 0.375]);
}

#[test]
fn who_pays_is_measured_higher_once_and_the_payment_is_nobodys() {
    let (receipts, mut run) = receipts_of(measured(0.0), &[(TRADER, 12, fake(2, tao(6)))]);
    assert_eq!(receipts[0].outcome, Outcome::Faked { tao: tao(6) });
    assert_eq!(receipts[0].lost.tao, tao(6));
    assert_eq!(run.view().balance(TRADER), tao(100_000 - 6));
    let shares = shares(measured(0.0), &[(TRADER, 12, fake(2, tao(6)))], 40);
    near(&shares[24], [0.5, 0.25, 0.25]);
    // Three units more, from the measurement of block 20 on, for ten blocks.
    near(&shares[25], [0.4, 0.4, 0.2]);
    near(&shares[34], [0.4, 0.4, 0.2]);
    near(&shares[35], [0.25, 0.375, 0.375]);
}

#[test]
fn a_payment_is_refused_for_no_subnet_for_nothing_and_without_a_balance() {
    let outcome = |call| receipts_of(measured(0.0), &[(TRADER, 1, call)]).0[0].outcome;
    assert_eq!(outcome(fake(9, tao(1))), Outcome::Refused(Refusal::NoSuchSubnet));
    assert_eq!(outcome(fake(0, tao(1))), Outcome::Refused(Refusal::NoSuchSubnet));
    assert_eq!(outcome(fake(1, Tao::ZERO)), Outcome::Refused(Refusal::AmountTooLow));
    assert_eq!(outcome(fake(1, tao(100_001))), Outcome::Refused(Refusal::NotEnoughBalance));
}

#[test]
fn what_was_measured_and_paid_is_forgotten_when_no_rule_shares_by_it_any_more() {
    let rule = |emission| {
        let values = RuleValues { emission: Some(emission), ..RuleValues::default() };
        Call::SetRules { values: values.into() }
    };
    let lines = [
        (TRADER, 12, fake(2, tao(6))),
        (SUDO, 17, rule(Emission::Uniform)),
        (SUDO, 18, rule(Emission::Objective)),
    ];
    let shares = shares(measured(0.0), &lines, 30);
    near(&shares[18], [1.0 / 3.0; 3]);
    assert!(shares[19][0] < 0.3, "by moving prices again: {:?}", shares[19]);
    near(&shares[25], [0.5, 0.25, 0.25]);
}

#[test]
fn noise_is_the_seeds_and_no_traders_business() {
    let with_seed = |seed, lines: &[_]| {
        let setup = Setup { seed: dtao_engine::random::RunSeed(seed), ..measured(0.4) };
        let shares = shares(setup, lines, 20);
        shares[15].iter().map(|share| (share * 1e6).round()).collect::<Vec<_>>()
    };
    let trades = [(TRADER, 3, crate::world::stake(1, tao(50)))];
    assert_eq!(with_seed(1, &[]), with_seed(1, &trades));
    assert_ne!(with_seed(1, &[]), with_seed(2, &[]));
}

#[test]
fn blocks_without_an_auditor_measure_the_same() {
    let last = |audit| {
        let (mut run, _) = run_of(Setup { audit, ..measured(0.4) }, &[(TRADER, 12, fake(2, tao(6)))]);
        run.advance(45).expect("nothing to find");
        run.view().subnets().map(|subnet| (subnet.measured, subnet.pool)).collect::<Vec<_>>()
    };
    assert_eq!(last(Audit::Off), last(Audit::EveryBlock));
}
