//! Bonds: what validators keep of having set weight on a neuron early.

use super::fixed::{Divisor, I32F32};
use super::liquid_alpha::SigmoidAlpha;
use super::matrix::{DenseRow, Rows};
use super::{BondMask, Fraction, Neurons, Uid};
use crate::units::Block;

/// A weight as bonds see it: moved by `penalty` from what was set toward what consensus left of it.
///
/// subtensor:pallets/subtensor/src/epoch/math.rs::interpolate @ f95810a25
pub(crate) fn penalised(set: I32F32, clipped: I32F32, penalty: I32F32) -> I32F32 {
    set.saturating_add(penalty.mul(clipped.saturating_sub(set)))
}

/// `alpha new + (1 - alpha) old`, both cut.
///
/// subtensor:pallets/subtensor/src/epoch/math.rs::mat_ema_sparse @ f95810a25
pub(crate) fn blend(new: I32F32, old: I32F32, alpha: I32F32) -> I32F32 {
    alpha.mul(new).saturating_add(I32F32::ONE.saturating_sub(alpha).mul(old))
}

/// [`blend`], at most one.
///
/// subtensor:pallets/subtensor/src/epoch/math.rs::mat_ema_alpha @ 14bc6f9f9
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

    /// The bonds of a neuron that still count.
    pub(super) fn kept<'a>(self, neurons: &'a Neurons, uid: u16) -> impl Iterator<Item = (u16, u16)> + 'a {
        let holder = &neurons.by_uid[usize::from(uid)];
        let bonds = holder.bonds.iter().filter(|&&(Uid(on), _)| usize::from(on) < neurons.by_uid.len());
        let kept = bonds.filter(move |&&(on, _)| {
            let registered = neurons.by_uid[on.index()].registered;
            match self.mask {
                BondMask::SetBeforeRegistration => holder.last_update > registered,
                BondMask::RegisteredSinceLastEpoch { .. } => self.since > registered,
            }
        });
        kept.map(|&(Uid(on), bond)| (on, bond))
    }
}

/// The sum of each column.
pub(super) fn column_sums(matrix: &Rows, columns: usize, sums: &mut Vec<I32F32>) {
    sums.clear();
    sums.resize(columns, I32F32::ZERO);
    for (column, value) in matrix.entries() {
        let sum = &mut sums[usize::from(column)];
        *sum = sum.saturating_add(value);
    }
}

/// Divides each column by its sum, unless that is zero.
pub(super) fn normalise_columns(matrix: &mut Rows, columns: usize, scratch: &mut ColumnScratch) {
    column_sums(matrix, columns, &mut scratch.sums);
    divide_columns(matrix, scratch);
}

/// Divides each column by its largest value, unless that is zero.
pub(super) fn upscale_columns(matrix: &mut Rows, columns: usize, scratch: &mut ColumnScratch) {
    scratch.sums.clear();
    scratch.sums.resize(columns, I32F32::ZERO);
    for (column, value) in matrix.entries() {
        let largest = &mut scratch.sums[usize::from(column)];
        *largest = value.max(*largest);
    }
    divide_columns(matrix, scratch);
}

fn divide_columns(matrix: &mut Rows, scratch: &mut ColumnScratch) {
    scratch.divisors.clear();
    scratch.divisors.extend(scratch.sums.iter().map(|&sum| Divisor::new(sum)));
    for (column, value) in matrix.entries_mut() {
        *value = scratch.divisors[usize::from(column)].divide(*value);
    }
}

/// Memory that work by column reuses.
#[derive(Clone, Debug, Default)]
pub(super) struct ColumnScratch {
    sums: Vec<I32F32>,
    divisors: Vec<Divisor>,
}

/// The moving average of two matrices by column weight; entries that come to zero are dropped.
///
/// subtensor:pallets/subtensor/src/epoch/math.rs::{mat_ema_sparse, mat_ema_alpha_vec_sparse} @ f95810a25
pub(super) fn average(
    new: &Rows,
    old: &Rows,
    alpha: impl Fn(u16) -> I32F32,
    row: &mut DenseRow,
    out: &mut Rows,
) {
    out.clear();
    for at in 0..new.rows() {
        for (column, value) in new.row(at) {
            row.add(column, alpha(column).mul(value));
        }
        for (column, value) in old.row(at) {
            row.add(column, I32F32::ONE.saturating_sub(alpha(column)).mul(value));
        }
        row.drain(|column, value| {
            if value > I32F32::ZERO {
                out.push(column, value);
            }
        });
        out.end_row();
    }
}

/// The moving average of Yuma 3 with liquid alpha: by cell, at most one, and only where a weight is set.
///
/// A bond without an entry among the weights is lost at once, an explicit zero lets it decay. For the
/// weight of the new bond (only) the chain reads both rows by ascending column, so it misses entries that
/// come after a larger column.
/// subtensor:pallets/subtensor/src/epoch/math.rs::mat_ema_alpha_sparse and
/// run_epoch.rs::compute_liquid_alpha_values_sparse @ 14bc6f9f9
pub(super) fn average_liquid(
    weights: &Rows,
    old: &Rows,
    consensus: &[I32F32],
    alpha: &SigmoidAlpha,
    rows: &mut (DenseRow, DenseRow),
    out: &mut Rows,
) {
    out.clear();
    let (bonds, seen) = rows;
    for at in 0..weights.rows() {
        for (column, value) in old.row(at) {
            bonds.add(column, value);
        }
        in_sight(old.row(at)).for_each(|(column, value)| seen.add(column, value));
        let mut sight = in_sight(weights.row(at)).peekable();
        for (column, weight) in weights.row(at) {
            let seen_weight =
                sight.next_if(|&(next, _)| next == column).map_or(I32F32::ZERO, |(_, weight)| weight);
            let alpha = alpha.at(consensus[usize::from(column)], seen_weight, seen.get(column));
            let bond = blend_capped(weight, bonds.get(column), alpha);
            if bond > I32F32::ZERO {
                out.push(column, bond);
            }
        }
        bonds.drain(|_, _| ());
        seen.drain(|_, _| ());
        out.end_row();
    }
}

/// [`average_liquid`]'s rule with one weight for all cells.
#[cfg(feature = "conform")]
pub(crate) fn blend_where_set(new: &Rows, old: &Rows, alpha: I32F32, row: &mut DenseRow) -> Rows {
    let mut out = Rows::default();
    for at in 0..new.rows() {
        old.row(at).for_each(|(column, value)| row.add(column, value));
        for (column, value) in new.row(at) {
            let bond = blend_capped(value, row.get(column), alpha);
            if bond > I32F32::ZERO {
                out.push(column, bond);
            }
        }
        row.drain(|_, _| ());
        out.end_row();
    }
    out
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

    fn rows(rows: &[&[(u16, f64)]]) -> Rows {
        let mut out = Rows::default();
        for row in rows {
            row.iter().for_each(|&(column, value)| out.push(column, I32F32::from_f64(value)));
            out.end_row();
        }
        out
    }

    fn liquid(weights: &[(u16, f64)], old: &[(u16, f64)]) -> Vec<(u16, f64)> {
        let alpha = SigmoidAlpha::new(I32F32::from_f64(0.5), I32F32::from_f64(0.5), 1000).unwrap();
        let mut scratch = (DenseRow::default(), DenseRow::default());
        scratch.0.resize(8);
        scratch.1.resize(8);
        let mut out = Rows::default();
        average_liquid(&rows(&[weights]), &rows(&[old]), &[I32F32::ZERO; 8], &alpha, &mut scratch, &mut out);
        out.row(0).map(|(column, value)| (column, value.to_f64())).collect()
    }

    #[test]
    fn with_liquid_alpha_a_bond_decays_under_a_zero_and_is_lost_without_an_entry() {
        assert_eq!(liquid(&[(1, 0.0), (2, 1.0)], &[(1, 0.5), (3, 0.5)]), [(1, 0.25), (2, 0.5)]);
    }

    #[test]
    fn without_liquid_alpha_a_bond_decays_either_way() {
        let (mut row, mut out) = (DenseRow::default(), Rows::default());
        row.resize(8);
        let half = I32F32::from_f64(0.5);
        average(
            &rows(&[&[(2, 1.0), (1, 0.0)]]),
            &rows(&[&[(3, 0.5), (1, 0.5)]]),
            |_| half,
            &mut row,
            &mut out,
        );
        let found: Vec<_> = out.row(0).map(|(column, value)| (column, value.to_f64())).collect();
        assert_eq!(found, [(1, 0.25), (2, 0.5), (3, 0.25)]);
    }

    #[test]
    fn a_reader_by_ascending_column_misses_what_comes_after_a_larger_one() {
        let row = rows(&[&[(2, 0.1), (5, 0.2), (3, 0.3), (5, 0.4), (6, 0.5)]]);
        let seen: Vec<_> = in_sight(row.row(0)).map(|(column, _)| column).collect();
        assert_eq!(seen, [2, 5, 6]);
    }

    #[test]
    fn storing_a_bond_again_and_again_wears_it_down() {
        let mut stored = Vec::new();
        store([(4, I32F32::ratio(49_151, 65_535))].into_iter(), &mut stored);
        assert_eq!(stored, [(Uid(4), 49_150)]);
    }
}
