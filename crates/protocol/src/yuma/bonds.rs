//! Bonds: what validators keep of having set weight on a neuron early.

use super::fixed::I32F32;
use super::matrix::{DenseRow, Rows};
use super::registered::Registered;
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
            BondMask::RegisteredWithinTempo { tempo } => Block(now.0.saturating_sub(u64::from(tempo))),
            BondMask::SetBeforeRegistration => Block(0),
        };
        Self { mask, since }
    }

    fn since(self, holder: &Neuron) -> Block {
        match self.mask {
            BondMask::SetBeforeRegistration => holder.last_update,
            BondMask::RegisteredWithinTempo { .. } | BondMask::RegisteredSinceLastEpoch { .. } => self.since,
        }
    }

    /// Whether all bonds of a holder on neurons that exist still count.
    pub(super) fn predates_all(self, holder: &Neuron, registered: &Registered) -> bool {
        registered.newest() < self.since(holder)
    }

    /// Whether all bonds of a holder still count.
    pub(super) fn keeps_all(self, holder: &Neuron, registered: &Registered) -> bool {
        self.predates_all(holder, registered) && registered.all_exist(&holder.bonds)
    }

    /// The bonds of a holder that still count.
    pub(super) fn kept<'a>(
        self,
        holder: &'a Neuron,
        registered: &'a Registered,
    ) -> impl Iterator<Item = &'a (Uid, u16)> + Clone + 'a {
        let since = self.since(holder);
        holder.bonds.iter().filter(move |(on, _)| registered.known(*on, since))
    }
}

/// What a moving average of bonds needs to know of a column, and gathers of it.
pub(crate) trait Column {
    /// The part of the average that comes from a new entry.
    fn fresh(&self, new: I32F32) -> I32F32;
    /// The part that comes from an old entry.
    fn kept(&self, old: I32F32) -> I32F32;
    /// Takes note of a bond that comes out.
    fn count(&mut self, bond: I32F32);
}

/// Appends the sum of what is fresh in a new row and what is kept of an old one, and counts it in the columns;
/// entries that come to zero are dropped.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::{mat_ema_sparse, mat_ema_alpha_vec_sparse} @ f95810a25`
pub(crate) fn push_average(
    new: impl Iterator<Item = (u16, I32F32)> + Clone,
    old: impl Iterator<Item = (u16, I32F32)> + Clone,
    columns: &mut [impl Column],
    row: &mut DenseRow,
    out: &mut Rows,
) {
    if share_ascending_columns(new.clone(), old.clone()) {
        // As ever once bonds have settled: no need to find which entries belong together.
        let mut least = I32F32::MAX;
        out.extend(new.zip(old).map(|((at, new), (_, old))| {
            let column = &mut columns[usize::from(at)];
            let bond = column.fresh(new) + column.kept(old);
            column.count(bond);
            least = least.min(bond);
            (at, bond)
        }));
        if least <= I32F32::ZERO {
            out.drop_zeros_of_open_row();
        }
    } else {
        row.add_all(new.map(|(at, new)| (at, columns[usize::from(at)].fresh(new))));
        row.add_all(old.map(|(at, old)| (at, columns[usize::from(at)].kept(old))));
        row.drain(|at, bond| {
            if bond > I32F32::ZERO {
                out.push(at, bond);
                columns[usize::from(at)].count(bond);
            }
        });
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
    columns: &mut [impl Column],
    out: &mut Rows,
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
            columns[usize::from(column)].count(bond);
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

    #[derive(Clone, Copy)]
    struct Halving;

    impl Column for Halving {
        fn fresh(&self, new: I32F32) -> I32F32 {
            I32F32::from_f64(0.5).mul(new)
        }

        fn kept(&self, old: I32F32) -> I32F32 {
            self.fresh(old)
        }

        fn count(&mut self, _: I32F32) {}
    }

    /// Both averages of a row at equal weights of old and new: the plain and the liquid one.
    fn averages(new: Row<'_>, old: Row<'_>) -> [Vec<(u16, f64)>; 2] {
        let half = I32F32::from_f64(0.5);
        let (mut scratch, mut out) = (<(DenseRow, DenseRow)>::default(), Rows::default());
        scratch.0.resize(8);
        scratch.1.resize(8);
        let mut columns = [Halving; 8];
        push_average(row(new), row(old), &mut columns, &mut scratch.0, &mut out);
        push_liquid_average(row(new), row(old), |_, _, _| half, &mut scratch, &mut columns, &mut out);
        [0, 1].map(|at| out.row(at).map(|(column, value)| (column, value.to_f64())).collect())
    }

    #[test]
    fn only_liquid_alpha_loses_a_bond_without_an_entry_at_once() {
        let [plain, liquid] = averages(&[(1, 0.0), (2, 1.0)], &[(1, 0.5), (3, 0.5)]);
        assert_eq!(plain, [(1, 0.25), (2, 0.5), (3, 0.25)]);
        assert_eq!(liquid, [(1, 0.25), (2, 0.5)]);
    }

    #[test]
    fn a_bond_that_comes_to_nothing_leaves_no_entry() {
        // Among rows with the same columns, and among others.
        for old in [&[(1, 0.0), (2, 0.5)][..], &[(1, 0.0)][..]] {
            let [plain, liquid] = averages(&[(1, 0.0), (2, 0.5)], old);
            assert!(plain.iter().chain(&liquid).all(|&(column, _)| column == 2), "{plain:?} {liquid:?}");
        }
        let rows = [(1, 0.5), (2, 0.0), (3, 0.25)];
        assert_eq!(averages(&rows, &rows)[0], [(1, 0.5), (3, 0.25)]);
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
