//! Yuma 2: bonds are shares of a neuron, and a bond earns by its share.

use super::super::bonds::{self, Column, Outdated};
use super::super::fixed::{Divisor, I32F32};
use super::super::matrix::Rows;
use super::super::{EpochRules, Fraction, LogisticAlpha, Neurons, Uid};
use super::{Epoch, Scratch, Sums, normalise};
use crate::units::Block;

/// A neuron's column of bonds: its new and its old ones as shares, and what their average comes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    new: Divisor,
    old: Divisor,
    /// The weight of what is new, and of what is old.
    alpha: I32F32,
    rest: I32F32,
    sum: I32F32,
    largest: I32F32,
}

impl Column for Share {
    fn fresh(&self, new: I32F32) -> I32F32 {
        self.alpha.mul_small(self.new.divide(new))
    }

    fn kept(&self, old: I32F32) -> I32F32 {
        self.rest.mul_small(self.old.divide(old))
    }

    fn count(&mut self, bond: I32F32) {
        self.sum += bond;
        self.largest = self.largest.max(bond);
    }
}

/// What a bond on a neuron pays, and what its column's bonds are upscaled by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payout {
    all: Divisor,
    largest: Divisor,
    incentive: I32F32,
}

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
        let Scratch {
            holders,
            holder_stake,
            registered,
            weights,
            bond_weights,
            bonds,
            alphas,
            sums,
            complete,
            shares,
            payouts,
            rows,
            ..
        } = &mut self.scratch;
        let set: &Rows = if rules.bonds_penalty == Fraction::ZERO { weights } else { bond_weights };
        let Sums { new: new_sums, old: old_sums } = sums;
        for sums in [&mut *new_sums, old_sums] {
            sums.clear();
            sums.resize(n, I32F32::ZERO);
        }
        let outdated = Outdated::new(rules.bond_mask, neurons, now);
        // Old bonds are normalised at once, so their scale does not matter: a 65535th is a bit here.
        let old = |&(on, bond): &(Uid, u16)| (on.0, I32F32::from_bits(i64::from(bond)));
        let new = |row: usize, stake: I32F32| set.row(row).map(move |(on, w)| (on, w.mul_small(stake)));
        complete.clear();
        for (row, (&uid, &stake)) in holders.iter().zip(holder_stake.iter()).enumerate() {
            let holder = &neurons.by_uid[usize::from(uid)];
            // Almost always all bonds count. Adding them up finds out whether there are such neurons at all.
            let mut all = outdated.predates_all(holder, registered);
            if all {
                for (on, bond) in holder.bonds.iter().map(old) {
                    match old_sums.get_mut(usize::from(on)) {
                        Some(sum) => *sum += bond,
                        None => all = false,
                    }
                }
            } else {
                let kept = outdated.kept(holder, registered).map(old);
                kept.for_each(|(on, bond)| old_sums[usize::from(on)] += bond);
            }
            complete.push(all);
            new(row, stake).for_each(|(on, bond)| new_sums[usize::from(on)] += bond);
        }

        let plain = rules.bonds_retention.alpha();
        if !liquid_alpha.is_some_and(|liquid| liquid.by_neuron(&self.consensus, alphas)) {
            alphas.clear();
            alphas.resize(n, plain);
        }
        shares.clear();
        shares.extend(new_sums.iter().zip(old_sums.iter()).zip(alphas.iter()).map(
            |((&new, &old), &alpha)| Share {
                new: Divisor::new(new),
                old: Divisor::new(old),
                alpha,
                rest: I32F32::ONE.saturating_sub(alpha),
                sum: I32F32::ZERO,
                largest: I32F32::ZERO,
            },
        ));
        rows.0.resize(n);
        bonds.clear();
        for (row, (&uid, &stake)) in holders.iter().zip(holder_stake.iter()).enumerate() {
            let holder = &neurons.by_uid[usize::from(uid)];
            if complete[row] {
                let old = holder.bonds.iter().map(old);
                bonds::push_average(new(row, stake), old, shares, &mut rows.0, bonds);
            } else {
                let old = outdated.kept(holder, registered).map(old);
                bonds::push_average(new(row, stake), old, shares, &mut rows.0, bonds);
            }
        }

        // Normalise, pay by incentive, and upscale to each column's largest bond, in one go over the bonds. A
        // share is the larger the larger the bond, cut or not, so the largest bond's is the largest.
        payouts.clear();
        payouts.extend(shares.iter().zip(&self.incentive).map(|(share, &incentive)| {
            let all = Divisor::new(share.sum);
            Payout { all, largest: Divisor::new(all.divide(share.largest)), incentive }
        }));
        self.dividends.clear();
        self.dividends.resize(n, I32F32::ZERO);
        for (row, &uid) in holders.iter().enumerate() {
            let mut dividend = I32F32::ZERO;
            for (column, bond) in bonds.row_mut(row) {
                let payout = &payouts[usize::from(column)];
                let share = payout.all.divide(*bond);
                dividend += share.mul_small(payout.incentive);
                *bond = payout.largest.divide(share);
            }
            self.dividends[usize::from(uid)] = dividend;
        }
        normalise(&mut self.dividends);
    }
}
