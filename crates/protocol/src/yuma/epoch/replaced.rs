//! What an epoch makes of neurons that replaced others.

use super::*;
use crate::fixed::Q32;
use crate::yuma::{CommitMask, Replacement, Uid};

const NOW: Block = Block(1000);

fn validator(stake: u64, weights: &[u16]) -> Neuron {
    Neuron {
        stake: Q32::from_int(stake),
        permit: Permit::Granted,
        last_update: Block(900),
        registered: Block(1),
        weights: (0..).map(Uid).zip(weights.iter().copied()).collect(),
        ..Neuron::default()
    }
}

fn run(rules: &EpochRules, neurons: &mut Neurons, drained: u64) -> Epoch {
    let mut epoch = Epoch::default();
    epoch.run(rules, neurons, NOW, Alpha::from_rao(drained));
    epoch
}

/// A validator and two miners, with epochs of a revision until their bonds have settled; the last was in block 950.
fn settled(rules: &EpochRules) -> Neurons {
    let by_uid = vec![validator(9, &[0, 3, 1]), validator(0, &[]), validator(0, &[])];
    let mut neurons = Neurons { by_uid, ..Neurons::default() };
    for _ in 0..40 {
        run(rules, &mut neurons, 1_000);
    }
    neurons.last_epoch = Block(950);
    neurons
}

fn bond_on(neurons: &Neurons, on: u16) -> u16 {
    let bonds = &neurons.by_uid[0].bonds;
    bonds.iter().find(|&&(uid, _)| uid == Uid(on)).map_or(0, |&(_, bond)| bond)
}

#[test]
fn in_yuma_3_a_validator_begins_anew_with_a_neuron_that_replaced_another() {
    let rules = EpochRules::spec_425();
    let mut neurons = settled(&rules);
    let (replaced, other) = (bond_on(&neurons, 1), bond_on(&neurons, 2));
    assert!(replaced > 45_000, "three quarters of the weight have settled as bonds: {replaced}");
    neurons.replace(Uid(1), Replacement::StartsAnew, Block(960));
    neurons.by_uid[0].weights = vec![(Uid(1), 49_151), (Uid(2), 16_384)];
    neurons.by_uid[0].last_update = Block(970);
    run(&rules, &mut neurons, 1_000);
    // A tenth of the weight is new; of the bond on the predecessor nothing is left.
    assert!(bond_on(&neurons, 1).abs_diff(4_915) < 3, "{} of {replaced}", bond_on(&neurons, 1));
    assert!(bond_on(&neurons, 2).abs_diff(other) < 50, "{} of {other}", bond_on(&neurons, 2));
}

#[test]
fn in_yuma_2_bonds_on_a_replaced_neuron_count_once_weights_are_set_again() {
    let rules = EpochRules::launch();
    let mut neurons = settled(&rules);
    neurons.replace(Uid(1), Replacement::KeepsAll, Block(960));
    let before = run(&rules, &mut neurons.clone(), 1_000);
    assert_eq!(before.server_emission()[1], Alpha::ZERO);
    neurons.by_uid[0].last_update = Block(970);
    let after = run(&rules, &mut neurons, 1_000);
    assert!(after.server_emission()[1] > Alpha::from_rao(370), "{:?}", after.server_emission());
}

#[test]
fn a_commitment_masks_weights_at_spec_425_only() {
    let masked = |mask| {
        let mut neurons = settled(&EpochRules::launch());
        neurons.by_uid[1].registered = Block(960);
        neurons.by_uid[0].pending_commit = Some(Block(955));
        neurons.by_uid[0].last_update = Block(970);
        let rules = EpochRules { commit_mask: mask, ..EpochRules::launch() };
        run(&rules, &mut neurons, 1_000).server_emission()[1] == Alpha::ZERO
    };
    assert!(masked(CommitMask::SinceEarliest) && !masked(CommitMask::Ignored));
}

#[test]
fn what_a_neuron_is_pruned_by_does_not_depend_on_how_much_was_shared_out() {
    let rules = EpochRules::launch();
    let mut neurons = settled(&rules);
    let parts = |epoch: &Epoch| epoch.combined().to_vec();
    let with = parts(&run(&rules, &mut neurons.clone(), 1_000_000_000));
    assert_eq!(parts(&run(&rules, &mut neurons, 0)), with);
    assert_eq!(with.iter().map(|part| part.to_f64()).sum::<f64>().round(), 1.0);
}
