//! Yuma 3: bonds are absolute, and a validator's earn times its stake.

use super::super::bonds::{self, Outdated};
use super::super::fixed::I32F32;
use super::super::{EpochRules, Fraction, Neurons, SigmoidAlpha};
use super::{Epoch, Scratch, normalise};
use crate::units::Block;

impl Epoch {
    /// Yuma 3: bonds are absolute and count times stake.
    pub(super) fn accrue_bonds(
        &mut self,
        rules: &EpochRules,
        liquid_alpha: Option<SigmoidAlpha>,
        neurons: &Neurons,
        now: Block,
    ) {
        let n = self.stake.len();
        let Scratch {
            holders, holder_stake, registered, bond_weights, bonds, columns: [sums, ..], rows, ..
        } = &mut self.scratch;
        let outdated = Outdated::new(rules.bond_mask, neurons, now);
        sums.clear(n);
        rows.0.resize(n);
        rows.1.resize(n);
        bonds.clear();
        let liquid_alpha = liquid_alpha.filter(|_| self.consensus.iter().any(|&c| c != I32F32::ZERO));
        let liquid_alpha = liquid_alpha.as_ref().map(SigmoidAlpha::prepared);
        let plain = rules.bonds_retention.alpha();
        for (row, &uid) in holders.iter().enumerate() {
            let kept = outdated.kept(&neurons.by_uid[usize::from(uid)], registered);
            let old = kept.map(|(column, bond)| (column, Fraction(bond).to_fixed()));
            let new = bond_weights.row(row);
            if let Some(liquid) = &liquid_alpha {
                let alpha =
                    |column: u16, weight, bond| liquid(self.consensus[usize::from(column)], weight, bond);
                bonds::push_liquid_average(new, old, alpha, rows, bonds, sums);
            } else {
                let fresh = |_, bond| plain.mul_small(bond);
                let kept = |_, bond| I32F32::ONE.saturating_sub(plain).mul_small(bond);
                bonds::push_average(new, old, fresh, kept, &mut rows.0, bonds, sums);
            }
        }
        sums.become_divisors();

        self.dividends.clear();
        self.dividends.resize(n, I32F32::ZERO);
        for (row, (&uid, &stake)) in holders.iter().zip(holder_stake.iter()).enumerate() {
            let earned = bonds.row(row).fold(I32F32::ZERO, |sum, (column, bond)| {
                sum + sums.divide(column, bond).mul_small(self.incentive[usize::from(column)])
            });
            self.dividends[usize::from(uid)] = earned.mul(stake);
        }
        normalise(&mut self.dividends);
    }
}
