//! Owners divide their subnets' emission, from spec 481 on, with the auditor on.

use dtao_engine::account::AgentId;
use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_protocol::emission_weights::{ONE, WeightsChange, WeightsViolation};
use dtao_protocol::era::Spec;
use dtao_protocol::units::{Alpha, Netuid};

use crate::world::{HOLDER, SUDO, TRADER, lively, receipts_of, run_of};

/// Per cents for the owner, and for validators and root; miners have the rest.
pub fn divide(owner: u64, validator: u64) -> Call {
    let (owner, validator) = (ONE / 100 * owner, ONE / 100 * validator);
    let miner = Some(ONE - owner - validator);
    let change =
        WeightsChange { owner: Some(owner), validator: Some(validator), miner, ..WeightsChange::default() };
    Call::SetEmissionWeights { netuid: Netuid(1), change }
}

fn outcome(spec: u16, agent: AgentId, call: Call) -> Outcome {
    receipts_of(lively(Spec::known(spec)), &[(agent, 0, call)]).0[0].outcome
}

#[test]
fn the_owner_and_root_divide_the_emission_within_bounds_and_nobody_else_does() {
    let refused = |refusal| Outcome::Refused(refusal);
    // Nearly all of the lively market's validating stake is root's: its baseline is just below the default 41 %.
    assert_eq!(outcome(481, HOLDER, divide(10, 45)), Outcome::Done);
    assert_eq!(outcome(481, SUDO, divide(10, 45)), Outcome::Done);
    assert_eq!(outcome(481, TRADER, divide(10, 45)), refused(Refusal::NotSubnetOwner));
    assert_eq!(outcome(479, HOLDER, divide(10, 45)), refused(Refusal::NoEmissionWeights));
    for (owner, validator, violation) in [
        (34, 45, WeightsViolation::Owner),
        (10, 51, WeightsViolation::Validator),
        (10, 20, WeightsViolation::Root),
        (30, 45, WeightsViolation::Miner),
    ] {
        let expected = refused(Refusal::EmissionWeights(violation));
        assert_eq!(outcome(481, HOLDER, divide(owner, validator)), expected);
    }
}

#[test]
fn the_owner_changes_it_once_in_a_week_and_root_whenever_it_likes() {
    let lines = [(HOLDER, 0, divide(10, 45)), (HOLDER, 9, divide(11, 45)), (SUDO, 10, divide(12, 45))];
    let (receipts, mut run) = receipts_of(lively(Spec::known(481)), &lines);
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
    assert_eq!(outcomes, [Outcome::Done, Outcome::Refused(Refusal::RateLimit), Outcome::Done]);
    let weights = run.view().subnet(Netuid(1)).expect("it exists").settings.weights;
    assert_eq!(weights.owner, ONE / 100 * 12);
}

#[test]
fn what_an_owner_gives_up_is_the_miners_and_the_validators_and_root_has_what_it_had() {
    let emitted = |calls: &[(AgentId, u64, Call)]| {
        let (mut run, _) = run_of(lively(Spec::known(481)), calls);
        run.advance(2).expect("the books close");
        run.view().subnet(Netuid(1)).expect("it exists").emitted
    };
    let (with, without) = (emitted(&[(HOLDER, 0, divide(0, 45))]), emitted(&[]));
    assert!(without.owner_cut > Alpha::ZERO && with.owner_cut == Alpha::ZERO);
    assert_eq!(with.root_alpha, without.root_alpha);
    assert!(with.pending > without.pending);
    assert_eq!(with.alpha_out, without.alpha_out);
}
