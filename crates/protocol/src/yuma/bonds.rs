//! Bonds: what validators keep of having set weight on a neuron early.

use super::fixed::{Divisor, I32F32};
use super::matrix::{DenseRow, Rows};
use super::{BondMask, Fraction, Neuron, Neurons, Uid};
use crate::units::Block;

/// A weight as bonds see it: moved by `penalty` from what was set toward what consensus left of it.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::interpolate @ f95810a25`
pub(crate) fn penalised(set: I32F32, clipped: I32F32, penalty: I32F32) -> I32F32 {
    set.saturating_add(penalty.mul(clipped.saturating_sub(set)))
}

/// `alpha new + (1 - alpha) old`, both cut, at most one.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::mat_ema_alpha @ 14bc6f9f9`
pub(crate) fn blend_capped(new: I32F32, old: I32F32, alpha: I32F32) -> I32F32 {
    let fresh = alpha.mul(new).max(I32F32::ZERO);
    I32F32::ONE.saturating_sub(alpha).mul(old).saturating_add(fresh).min(I32F32::ONE)
}

/// Which stored bonds an epoch drops before it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outdated {
    mask: BondMask,
    since: Block,
}

impl Outdated {
    pub(super) fn new(mask: BondMask, neurons: &Neurons, now: Block) -> Self {
        let since = match mask {
            BondMask::RegisteredSinceLastEpoch { tempo } if neurons.last_epoch == Block(0) => {
                Block(now.0.saturating_sub(u64::from(tempo)))
            }
            BondMask::RegisteredSinceLastEpoch { .. } => neurons.last_epoch + 1,
            BondMask::SetBeforeRegistration => Block(0),
        };
        Self { mask, since }
    }

    /// The bonds of a holder that still count, given when each neuron registered.
    pub(super) fn kept<'a>(
        self,
        holder: &'a Neuron,
        registered: &'a [Block],
    ) -> impl Iterator<Item = (u16, u16)> + Clone + 'a {
        let since = match self.mask {
            BondMask::SetBeforeRegistration => holder.last_update,
            BondMask::RegisteredSinceLastEpoch { .. } => self.since,
        };
        holder.bonds.iter().filter_map(move |&(Uid(on), bond)| {
            (*registered.get(usize::from(on))? < since).then_some((on, bond))
        })
    }
}

/// A value for each column, and the divisors that they become.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    values: Vec<I32F32>,
    divisors: Vec<Divisor>,
}

impl Columns {
    /// Starts over with zeros.
    pub(crate) fn clear(&mut self, columns: usize) {
        self.values.clear();
        self.values.resize(columns, I32F32::ZERO);
    }

    /// Adds to a column's sum.
    pub(super) fn add(&mut self, column: u16, value: I32F32) {
        self.values[usize::from(column)] += value;
    }

    /// Becomes what divides by each column's largest entry, once `sums` has divided it: a quotient is the
    /// larger the larger the entry, cut or not.
    pub(super) fn become_largest_of(&mut self, entries: &Rows, sums: &Self) {
        self.clear(sums.values.len());
        for (column, value) in entries.entries() {
            let largest = &mut self.values[usize::from(column)];
            *largest = value.max(*largest);
        }
        for (column, largest) in (0..).zip(&mut self.values) {
            *largest = sums.divide(column, *largest);
        }
        self.become_divisors();
    }

    /// Makes the values what [`Self::divide`] divides by.
    pub(super) fn become_divisors(&mut self) {
        self.divisors.clear();
        self.divisors.extend(self.values.iter().map(|&value| Divisor::new(value)));
    }

    /// Divides an entry of the column by its value, unless that is zero.
    pub(super) fn divide(&self, column: u16, value: I32F32) -> I32F32 {
        self.divisors[usize::from(column)].divide(value)
    }
}

/// Appends the sum of what is `fresh` in a new row and what is `kept` of an old one, and adds it to the
/// columns' sums; entries that come to zero are dropped.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::{mat_ema_sparse, mat_ema_alpha_vec_sparse} @ f95810a25`
pub(crate) fn push_average(
    new: impl Iterator<Item = (u16, I32F32)> + Clone,
    old: impl Iterator<Item = (u16, I32F32)> + Clone,
    fresh: impl Fn(u16, I32F32) -> I32F32,
    kept: impl Fn(u16, I32F32) -> I32F32,
    row: &mut DenseRow,
    out: &mut Rows,
    sums: &mut Columns,
) {
    let push = |column: u16, value: I32F32| {
        if value > I32F32::ZERO {
            out.push(column, value);
            sums.add(column, value);
        }
    };
    if share_ascending_columns(new.clone(), old.clone()) {
        // As ever once bonds have settled: no need to find which entries belong together.
        let mut push = push;
        for ((column, new), (_, old)) in new.zip(old) {
            push(column, fresh(column, new) + kept(column, old));
        }
    } else {
        row.add_all(new.map(|(column, value)| (column, fresh(column, value))));
        row.add_all(old.map(|(column, value)| (column, kept(column, value))));
        row.drain(push);
    }
    out.end_row();
}

/// Whether two rows have entries in the same columns, each column beyond the one before.
fn share_ascending_columns(
    mut one: impl Iterator<Item = (u16, I32F32)>,
    mut other: impl Iterator<Item = (u16, I32F32)>,
) -> bool {
    let mut least = 0;
    loop {
        match (one.next(), other.next()) {
            (Some((column, _)), Some((same, _))) if column == same && u32::from(column) >= least => {
                least = u32::from(column) + 1;
            }
            (one, other) => return one.is_none() && other.is_none(),
        }
    }
}

/// Appends the moving average of Yuma 3 with liquid alpha: by cell, at most one, and only where a weight is set.
///
/// A bond without an entry among the weights is lost at once, an explicit zero lets it decay. For the
/// weight of the new bond (only) the chain reads both rows by ascending column, so it misses entries that
/// come after a larger column.
/// `subtensor:pallets/subtensor/src/epoch/math.rs::mat_ema_alpha_sparse @ 14bc6f9f9`,
/// `run_epoch.rs::compute_liquid_alpha_values_sparse`
pub(crate) fn push_liquid_average(
    weights: impl Iterator<Item = (u16, I32F32)> + Clone,
    old: impl Iterator<Item = (u16, I32F32)> + Clone,
    alpha: impl Fn(u16, I32F32, I32F32) -> I32F32,
    (bonds, seen): &mut (DenseRow, DenseRow),
    out: &mut Rows,
    sums: &mut Columns,
) {
    bonds.add_all(old.clone());
    seen.add_all(in_sight(old));
    let mut sight = in_sight(weights.clone()).peekable();
    for (column, weight) in weights {
        let seen_weight =
            sight.next_if(|&(next, _)| next == column).map_or(I32F32::ZERO, |(_, weight)| weight);
        let bond = blend_capped(weight, bonds.get(column), alpha(column, seen_weight, seen.get(column)));
        if bond > I32F32::ZERO {
            out.push(column, bond);
            sums.add(column, bond);
        }
    }
    bonds.drain(|_, _| ());
    seen.drain(|_, _| ());
    out.end_row();
}

/// The entries that a reader by ascending column comes across: those beyond all before them.
fn in_sight(row: impl Iterator<Item = (u16, I32F32)>) -> impl Iterator<Item = (u16, I32F32)> {
    row.scan(None, |furthest, entry| {
        let sees = furthest.is_none_or(|furthest| entry.0 > furthest);
        *furthest = (*furthest).max(Some(entry.0));
        Some(sees.then_some(entry))
    })
    .flatten()
}

/// Bonds as they are stored: cut to 65535ths, so that each epoch loses a little.
pub(super) fn store(bonds: impl Iterator<Item = (u16, I32F32)>, into: &mut Vec<(Uid, u16)>) {
    into.clear();
    into.extend(bonds.map(|(column, bond)| (Uid(column), Fraction::floor(bond).0)));
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = &'a [(u16, f64)];

    fn row(row: Row<'_>) -> impl Iterator<Item = (u16, I32F32)> + Clone {
        row.iter().map(|&(column, value)| (column, I32F32::from_f64(value)))
    }

    /// Both averages of a row at equal weights of old and new: the plain and the liquid one.
    fn averages(new: Row<'_>, old: Row<'_>) -> [Vec<(u16, f64)>; 2] {
        let half = I32F32::from_f64(0.5);
        let (mut scratch, mut out, mut sums) =
            (<(DenseRow, DenseRow)>::default(), Rows::default(), Columns::default());
        scratch.0.resize(8);
        scratch.1.resize(8);
        sums.clear(8);
        let halved = |_, value: I32F32| half.mul(value);
        push_average(row(new), row(old), halved, halved, &mut scratch.0, &mut out, &mut sums);
        push_liquid_average(row(new), row(old), |_, _, _| half, &mut scratch, &mut out, &mut sums);
        [0, 1].map(|at| out.row(at).map(|(column, value)| (column, value.to_f64())).collect())
    }

    #[test]
    fn only_liquid_alpha_loses_a_bond_without_an_entry_at_once() {
        let [plain, liquid] = averages(&[(1, 0.0), (2, 1.0)], &[(1, 0.5), (3, 0.5)]);
        assert_eq!(plain, [(1, 0.25), (2, 0.5), (3, 0.25)]);
        assert_eq!(liquid, [(1, 0.25), (2, 0.5)]);
    }

    #[test]
    fn a_reader_by_ascending_column_misses_what_comes_after_a_larger_one() {
        let row = row(&[(2, 0.1), (5, 0.2), (3, 0.3), (5, 0.4), (6, 0.5)]);
        let seen: Vec<_> = in_sight(row).map(|(column, _)| column).collect();
        assert_eq!(seen, [2, 5, 6]);
    }

    #[test]
    fn storing_a_bond_again_and_again_wears_it_down() {
        let mut stored = Vec::new();
        store([(4, I32F32::ratio(49_151, 65_535))].into_iter(), &mut stored);
        assert_eq!(stored, [(Uid(4), 49_150)]);
    }
}
