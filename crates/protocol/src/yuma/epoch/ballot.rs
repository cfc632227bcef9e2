//! Which weights count, for consensus and for bonds.

use super::super::bonds;
use super::super::fixed::{Divisor, I32F32};
use super::super::matrix::Rows;
use super::super::registered::Registered;
use super::super::{CommitMask, EpochRules, Neurons, OwnersNeuron, Permit, Uid};

/// Whether the neuron's weights count in this epoch: by its permit, or because it is the owner's.
pub(super) fn may_validate(rules: &EpochRules, neurons: &Neurons, uid: usize) -> bool {
    let owner = || neurons.owner.is_some_and(|owner| owner.index() == uid);
    neurons.by_uid[uid].permit == Permit::Granted
        || (rules.owners_neuron == OwnersNeuron::Validates && owner())
}

/// Appends the weights of a validator that count, normalised to one.
pub(super) fn read_row(
    rules: &EpochRules,
    neurons: &Neurons,
    uid: usize,
    registered: &Registered,
    weights: &mut Rows,
) {
    let neuron = &neurons.by_uid[uid];
    let owner = neurons.owner.is_some_and(|owner| owner.index() == uid);
    let set = match (rules.commit_mask, neuron.pending_commit) {
        (CommitMask::SinceEarliest, Some(commit)) => neuron.last_update.min(commit + 1),
        (CommitMask::SinceEarliest, None) | (CommitMask::Ignored, _) => neuron.last_update,
    };
    // Whole weights, each a bit: normalised at once, so their scale does not matter.
    let entry = |&(on, weight): &(Uid, u16)| (on.0, I32F32::from_bits(i64::from(weight)));
    // Almost always all of them count. One pass finds out and sums them, at most 2^16 numbers below 2^16.
    let forbidden = if owner && rules.owners_neuron != OwnersNeuron::Ordinary { usize::MAX } else { uid };
    let (all, sum) = neuron.weights.iter().fold((true, 0i64), |(all, sum), &(on, weight)| {
        let counts = (on.index() != forbidden) & (registered.exists(on));
        (all & counts, sum.wrapping_add(i64::from(weight)))
    });
    if all && registered.newest() < set {
        let divisor = Divisor::new(I32F32::from_bits(sum));
        weights.extend(neuron.weights.iter().map(entry).map(|(on, weight)| (on, divisor.divide(weight))));
    } else {
        let counts = |&&(on, _): &&(Uid, u16)| registered.known(on, set) && on.index() != forbidden;
        weights.extend(neuron.weights.iter().filter(counts).map(entry));
        weights.normalise_open_row();
    }
}

/// Appends a row of the weights that bonds follow.
///
/// Without a penalty they are the weights themselves, and no row is needed.
/// What consensus clips to nothing has no entry, but a zero that was set keeps its own, unless the penalty
/// lies between none and full: then the row is rebuilt in order, without zeros.
pub(super) fn push_bond_weights(
    weights: &Rows,
    row: usize,
    consensus: &[I32F32],
    penalty: I32F32,
    sorting: &mut Vec<(u16, I32F32)>,
    out: &mut Rows,
) {
    let clipped = |column: u16, set: I32F32| set.min(consensus[usize::from(column)]);
    let entries = weights.row(row);
    if penalty == I32F32::ONE {
        for (column, set) in entries {
            let clipped = clipped(column, set);
            if clipped > I32F32::ZERO || set == I32F32::ZERO {
                out.push(column, clipped);
            }
        }
    } else {
        sorting.clear();
        sorting.extend(entries);
        if !weights.ascends(row) {
            sorting.sort_unstable_by_key(|&(column, _)| column);
        }
        for &(column, set) in sorting.iter() {
            let between = bonds::penalised(set, clipped(column, set), penalty);
            if between > I32F32::ZERO {
                out.push(column, between);
            }
        }
    }
    out.end_row();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the weight on neuron 0, within consensus; half on neuron 1, which consensus gives nothing; a zero on neuron 2.
    #[test]
    fn what_consensus_clips_to_nothing_has_no_entry_and_a_zero_that_was_set_has_one() {
        let half = I32F32::from_bits(1 << 31);
        let mut weights = Rows::default();
        for (column, weight) in [(0, half), (1, half), (2, I32F32::ZERO)] {
            weights.push(column, weight);
        }
        weights.end_row();
        let consensus = [I32F32::ONE, I32F32::ZERO, I32F32::ZERO];
        let bond_weights = |penalty| {
            let mut out = Rows::default();
            push_bond_weights(&weights, 0, &consensus, penalty, &mut Vec::new(), &mut out);
            out.row(0).collect::<Vec<_>>()
        };
        assert_eq!(bond_weights(I32F32::ONE), [(0, half), (2, I32F32::ZERO)]);
        // Half a penalty leaves half of the weight on neuron 1, and no zero.
        assert_eq!(bond_weights(half), [(0, half), (1, I32F32::from_bits(1 << 30))]);
    }
}
