//! Yuma 3: bonds are absolute, and a validator's earn times its stake.

use super::super::bonds::{self, Column, Outdated};
use super::super::fixed::{Divisor, I32F32};
use super::super::matrix::Rows;
use super::super::{EpochRules, Fraction, Neurons, SigmoidAlpha, Uid};
use super::{Epoch, Scratch, normalise};
use crate::units::Block;

/// A neuron's column of bonds: how fast they follow weights, and what they sum to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding {
    /// The weight of what is new, and of what is old.
    alpha: I32F32,
    rest: I32F32,
    sum: I32F32,
}

impl Column for Holding {
    fn fresh(&self, new: I32F32) -> I32F32 {
        self.alpha.mul_small(new)
    }

    fn kept(&self, old: I32F32) -> I32F32 {
        self.rest.mul_small(old)
    }

    fn count(&mut self, bond: I32F32) {
        self.sum += bond;
    }
}

/// What a bond on a neuron earns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earning {
    all: Divisor,
    incentive: I32F32,
}

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
            holders,
            holder_stake,
            registered,
            weights,
            bond_weights,
            bonds,
            holdings,
            earnings,
            rows,
            ..
        } = &mut self.scratch;
        let set: &Rows = if rules.bonds_penalty == Fraction::ZERO { weights } else { bond_weights };
        let outdated = Outdated::new(rules.bond_mask, neurons, now);
        let alpha = rules.bonds_retention.alpha();
        let rest = I32F32::ONE.saturating_sub(alpha);
        holdings.clear();
        holdings.resize(n, Holding { alpha, rest, sum: I32F32::ZERO });
        rows.0.resize(n);
        rows.1.resize(n);
        bonds.clear();
        let liquid_alpha = liquid_alpha.filter(|_| self.consensus.iter().any(|&c| c != I32F32::ZERO));
        let liquid_alpha = liquid_alpha.as_ref().map(SigmoidAlpha::prepared);
        for (row, &uid) in holders.iter().enumerate() {
            let holder = &neurons.by_uid[usize::from(uid)];
            let old = |&(on, bond): &(Uid, u16)| (on.0, Fraction(bond).to_fixed());
            let new = set.row(row);
            if let Some(liquid) = &liquid_alpha {
                let alpha =
                    |column: u16, weight, bond| liquid(self.consensus[usize::from(column)], weight, bond);
                let old = outdated.kept(holder, registered).map(old);
                bonds::push_liquid_average(new, old, alpha, rows, holdings, bonds);
            } else if outdated.keeps_all(holder, registered) {
                bonds::push_average(new, holder.bonds.iter().map(old), holdings, &mut rows.0, bonds);
            } else {
                let old = outdated.kept(holder, registered).map(old);
                bonds::push_average(new, old, holdings, &mut rows.0, bonds);
            }
        }

        earnings.clear();
        earnings.extend(
            holdings
                .iter()
                .zip(&self.incentive)
                .map(|(holding, &incentive)| Earning { all: Divisor::new(holding.sum), incentive }),
        );
        self.dividends.clear();
        self.dividends.resize(n, I32F32::ZERO);
        for (row, (&uid, &stake)) in holders.iter().zip(holder_stake.iter()).enumerate() {
            let earned = bonds.row(row).fold(I32F32::ZERO, |sum, (column, bond)| {
                let earning = &earnings[usize::from(column)];
                sum + earning.all.divide(bond).mul_small(earning.incentive)
            });
            self.dividends[usize::from(uid)] = earned.mul(stake);
        }
        normalise(&mut self.dividends);
    }
}
