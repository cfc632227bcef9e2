//! What a coalition of validators can do to miners, by its part of the stake: the rescue of SN28 in small.

use dtao_protocol::fixed::Q32;
use dtao_protocol::units::{Alpha, Block, RAO};
use dtao_protocol::yuma::{Epoch, EpochRules, Neuron, Neurons, Permit, Uid};

/// Validators, each with a stake and its weights on three miners; then the miners.
fn incentives(validators: &[(u64, [u16; 3])]) -> [f64; 3] {
    let first = validators.len() as u16;
    let row = |weights: &[u16; 3]| {
        let pairs = weights.iter().enumerate().filter(|(_, weight)| **weight > 0);
        pairs.map(|(at, &weight)| (Uid(first + at as u16), weight)).collect()
    };
    let mut by_uid: Vec<Neuron> = validators
        .iter()
        .map(|(stake, weights)| Neuron {
            stake: Q32::from_int(stake * RAO),
            permit: Permit::Granted,
            last_update: Block(900),
            registered: Block(1),
            weights: row(weights),
            ..Neuron::default()
        })
        .collect();
    by_uid.resize(by_uid.len() + 3, Neuron { registered: Block(1), ..Neuron::default() });
    let mut neurons = Neurons { by_uid, ..Neurons::default() };
    let mut epoch = Epoch::default();
    epoch.run(&EpochRules::launch(), &mut neurons, Block(1_000), Alpha::from_rao(100 * RAO));
    [0, 1, 2].map(|miner| epoch.incentive()[usize::from(first) + miner].to_f64())
}

const HOLDERS: [u16; 3] = [60_000, 30_000, 0];
const OTHERS: [u16; 3] = [0, 0, 60_000];

#[test]
fn below_one_half_a_coalition_changes_nothing_against_equal_rows() {
    let [large, small, third] = incentives(&[(49, OTHERS), (30, HOLDERS), (21, HOLDERS)]);
    let [fair, rest, _] = incentives(&[(100, HOLDERS)]);
    // What is left of each rank is the same part of it; the quotients differ in their last bits.
    assert!((large - fair).abs() < 1e-8 && (small - rest).abs() < 1e-8, "{large} {small}");
    assert_eq!(third, 0.0);
}

#[test]
fn above_one_half_a_coalition_takes_all() {
    let [large, small, third] = incentives(&[(51, OTHERS), (30, HOLDERS), (19, HOLDERS)]);
    assert_eq!((large, small), (0.0, 0.0));
    assert!(third > 0.999_999, "{third}");
}

/// Kappa is 32,767 of 65,535, a hair less than one half: each of two equal blocs reaches it.
#[test]
fn at_exactly_one_half_both_blocs_prevail() {
    let [large, small, third] = incentives(&[(50, OTHERS), (50, HOLDERS)]);
    assert!((large - 1.0 / 3.0).abs() < 1e-4, "{large}");
    assert!((small - 1.0 / 6.0).abs() < 1e-4, "{small}");
    assert!((third - 0.5).abs() < 1e-4, "{third}");
}

/// A minority moves the weighted median where the honest rows differ: here a coalition of a third makes the middle row
/// of three count for the lowest.
#[test]
fn against_unequal_rows_a_minority_moves_the_median() {
    let rows = [[10_000, 50_000, 0], [30_000, 30_000, 0], [50_000, 10_000, 0]];
    let honest = [(22, rows[0]), (22, rows[1]), (22, rows[2])];
    let alone = incentives(&honest);
    let with = incentives(&[honest[0], honest[1], honest[2], (34, [0, 60_000, 0])]);
    assert!((alone[0] - 0.5).abs() < 1e-4, "{alone:?}");
    assert!(with[0] < 0.4, "a third of the stake cut the first miner's half to {}", with[0]);
}

#[test]
fn three_disjoint_blocs_below_one_half_leave_no_consensus() {
    let blocs = [(34, [60_000, 0, 0]), (33, [0, 60_000, 0]), (33, [0, 0, 60_000])];
    assert_eq!(incentives(&blocs), [0.0, 0.0, 0.0]);
}
