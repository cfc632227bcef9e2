//! Yuma 2: bonds are shares of a neuron, and a bond earns by its share.

use super::super::bonds::{self, Outdated};
use super::super::fixed::I32F32;
use super::super::{EpochRules, LogisticAlpha, Neurons};
use super::{Epoch, Scratch, normalise};
use crate::units::Block;

impl Epoch {
    /// Yuma 2: bonds are shares of each neuron.
    pub(super) fn share_bonds(
        &mut self,
        rules: &EpochRules,
        liquid_alpha: Option<LogisticAlpha>,
        neurons: &Neurons,
        now: Block,
    ) {
        let n = self.stake.len();
        let Scratch { holders, holder_stake, registered, bond_weights, bonds, alphas, columns, rows, .. } =
            &mut self.scratch;
        let [new_sums, old_sums, sums] = columns;
        for columns in [&mut *new_sums, old_sums, sums] {
            columns.clear(n);
        }
        let outdated = Outdated::new(rules.bond_mask, neurons, now);
        // Old bonds are normalised at once, so their scale does not matter: a 65535th is a bit here.
        let old = |uid: u16| {
            let kept = outdated.kept(&neurons.by_uid[usize::from(uid)], registered);
            kept.map(|(column, bond)| (column, I32F32::from_bits(i64::from(bond))))
        };
        let new = |row: usize, stake: I32F32| {
            bond_weights.row(row).map(move |(column, w)| (column, w.mul_small(stake)))
        };
        for (row, (&uid, &stake)) in holders.iter().zip(holder_stake.iter()).enumerate() {
            old(uid).for_each(|(column, bond)| old_sums.add(column, bond));
            new(row, stake).for_each(|(column, bond)| new_sums.add(column, bond));
        }
        new_sums.become_divisors();
        old_sums.become_divisors();

        let plain = rules.bonds_retention.alpha();
        if !liquid_alpha.is_some_and(|liquid| liquid.by_neuron(&self.consensus, alphas)) {
            alphas.clear();
            alphas.resize(n, plain);
        }
        rows.0.resize(n);
        bonds.clear();
        for (row, (&uid, &stake)) in holders.iter().zip(holder_stake.iter()).enumerate() {
            let fresh =
                |column: u16, bond| alphas[usize::from(column)].mul_small(new_sums.divide(column, bond));
            let kept = |column: u16, bond| {
                let alpha = alphas[usize::from(column)];
                I32F32::ONE.saturating_sub(alpha).mul_small(old_sums.divide(column, bond))
            };
            bonds::push_average(new(row, stake), old(uid), fresh, kept, &mut rows.0, bonds, sums);
        }
        let largest = old_sums;
        sums.become_divisors();
        largest.become_largest_of(bonds, sums);

        // Normalise, pay by incentive, and upscale to each column's largest bond, in one go over the bonds.
        self.dividends.clear();
        self.dividends.resize(n, I32F32::ZERO);
        for (row, &uid) in holders.iter().enumerate() {
            let mut dividend = I32F32::ZERO;
            for (column, bond) in bonds.row_mut(row) {
                let share = sums.divide(column, *bond);
                dividend += share.mul_small(self.incentive[usize::from(column)]);
                *bond = largest.divide(column, share);
            }
            self.dividends[usize::from(uid)] = dividend;
        }
        normalise(&mut self.dividends);
    }
}
