//! Which weights count, for consensus and for bonds.

use super::super::bonds;
use super::super::fixed::I32F32;
use super::super::matrix::Rows;
use super::super::{Neurons, Permit, Uid};
use crate::units::Block;

/// Whether the neuron's weights count in this epoch: by its permit, or because it is the owner's.
pub(super) fn may_validate(neurons: &Neurons, uid: usize) -> bool {
    neurons.by_uid[uid].permit == Permit::Granted || neurons.owner.is_some_and(|owner| owner.index() == uid)
}

/// Appends the weights of a validator that count, normalised to one.
pub(super) fn read_row(neurons: &Neurons, uid: usize, registered: &[Block], weights: &mut Rows) {
    let neuron = &neurons.by_uid[uid];
    let owner = neurons.owner.is_some_and(|owner| owner.index() == uid);
    let oldest_commit = neuron.pending_commit.map_or(neuron.last_update, |commit| commit + 1);
    let set = neuron.last_update.min(oldest_commit);
    let counts = |on: Uid| {
        let known_then = registered.get(on.index()).is_some_and(|&registered| registered < set);
        known_then && (on.index() != uid || owner)
    };
    for &(on, weight) in &neuron.weights {
        if counts(on) {
            // Whole weights, each a bit: normalised at once, so their scale does not matter.
            weights.push(on.0, I32F32::from_bits(i64::from(weight)));
        }
    }
    weights.normalise_open_row();
}

/// Appends a row of the weights that bonds follow.
///
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
    if penalty == I32F32::ZERO {
        out.extend(entries);
    } else if penalty == I32F32::ONE {
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
