//! What a neuron inherits that takes over a UID, and when the price of a place moves.

use dtao_engine::account::Hotkey;
use dtao_engine::call::Outcome;
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::Run;
use dtao_protocol::era::Spec;
use dtao_protocol::units::{Block, Tao};
use dtao_protocol::yuma::{EpochRules, Neuron, Permit, Replacement, Uid};

use crate::roster::{SUBNET, detailed, outcomes, register, roster, stake_on, weights};
use crate::world::{HOLDER, SUDO, TRADER, tao};

/// The trader validates at UID 1 from block 10,110 on; in block 10,300 the sudo account takes its place and at once
/// sets weights. What became of that, and the run.
fn taken_over(rules: Option<EpochRules>) -> (Outcome, Run) {
    let setup = detailed(Spec::known(244), RosterSetup { rules, max_uids: 2, ..roster() });
    let lines = [
        (TRADER, 0, register()),
        (TRADER, 1, stake_on(TRADER, tao(100))),
        (TRADER, 110, weights(&[(0, 9)])),
        (SUDO, 300, register()),
        (SUDO, 301, weights(&[(0, 9)])),
    ];
    let (seen, run) = outcomes(setup, &lines, 302);
    assert!(matches!(seen[3], Outcome::RegisteredNeuron { uid: Uid(1), .. }), "{seen:?}");
    (seen[4], run)
}

fn neuron(run: &mut Run) -> Neuron {
    let view = run.view();
    let roster = view.roster(SUBNET).expect("in detail");
    assert_eq!(roster.hotkeys(), [Hotkey(HOLDER), Hotkey(SUDO)]);
    assert_eq!(roster.results().dividends[1].to_f64(), 0.0, "what the other earned is not its own");
    roster.neurons().by_uid[1].clone()
}

#[test]
fn at_launch_who_takes_over_a_validators_uid_may_set_weights_in_the_next_block() {
    let (set, mut run) = taken_over(None);
    assert_eq!(set, Outcome::Done);
    let heir = neuron(&mut run);
    assert_eq!((heir.permit, heir.registered), (Permit::Granted, Block(10_300)));
    assert!(!heir.bonds.is_empty(), "the bonds of the one that made room");
}

#[test]
fn from_spec_257_bonds_are_gone_and_at_425_everything_is() {
    let of = |replacement| EpochRules { replacement, ..EpochRules::launch() };
    let (set, mut run) = taken_over(Some(of(Replacement::LosesBonds)));
    assert_eq!(set, Outcome::Done);
    let heir = neuron(&mut run);
    assert!(heir.bonds.is_empty() && heir.permit == Permit::Granted);

    let (set, mut run) = taken_over(Some(of(Replacement::StartsAnew)));
    assert!(matches!(set, Outcome::Refused(_)), "{set:?}");
    let heir = neuron(&mut run);
    assert!(heir.weights.is_empty() && heir.bonds.is_empty());
    assert_eq!((heir.permit, heir.last_update), (Permit::Withheld, Block(10_300)));
}

#[test]
fn the_price_of_a_place_falls_to_the_subnets_own_minimum_or_the_rules() {
    let after = |min_burn, rule| {
        let burn = Tao::from_rao(500_010);
        let mut setup = detailed(Spec::known(244), RosterSetup { burn, min_burn, ..roster() });
        setup.rules.burn.min = Tao::from_rao(rule);
        let (_, mut run) = outcomes(setup, &[], 361);
        run.view().roster(SUBNET).expect("in detail").burn()
    };
    assert_eq!(after(None, 500_000), Tao::from_rao(500_000));
    assert_eq!(after(None, 499_000), Tao::from_rao(499_000));
    assert!(after(Some(Tao::from_rao(1)), 500_000) < Tao::from_rao(493_000));
}
