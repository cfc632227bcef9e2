//! One epoch of a subnet.

use super::bonds::{self, ColumnScratch, Outdated};
use super::fixed::{Divisor, I32F32};
use super::matrix::{DenseRow, Rows};
use super::median::{MedianScratch, by_column};
use super::{EpochRules, Fraction, Neuron, Neurons, Permit, Version, permits};
use crate::units::{Alpha, Block};

/// An epoch's computation and its results, by UID; kept and run again, it allocates nothing.
///
/// Everything is the chain's arithmetic to the last bit, liquid alpha's exponentials included. What the
/// chain keeps by hotkey is here by UID. One thing differs: the sums that the chain would let wrap or panic
/// (beyond 2^31) panic here.
#[derive(Clone, Debug, Default)]
pub struct Epoch {
    stake: Vec<I32F32>,
    active_stake: Vec<I32F32>,
    consensus: Vec<I32F32>,
    validator_trust: Vec<I32F32>,
    incentive: Vec<I32F32>,
    dividends: Vec<I32F32>,
    emission: Vec<Alpha>,
    server_emission: Vec<Alpha>,
    validator_emission: Vec<Alpha>,
    scratch: Scratch,
}

/// Memory that epochs reuse. Matrices have a row for each of `holders`.
#[derive(Clone, Debug, Default)]
struct Scratch {
    /// The UIDs that may set weights or hold bonds.
    holders: Vec<u16>,
    holder_stake: Vec<I32F32>,
    permits: Vec<Permit>,
    order: Vec<(I32F32, u16)>,
    weights: Rows,
    bond_weights: Rows,
    sorting: Vec<(u16, I32F32)>,
    old_bonds: Rows,
    bonds: Rows,
    alphas: Vec<I32F32>,
    median: MedianScratch,
    columns: ColumnScratch,
    rows: (DenseRow, DenseRow),
}

impl Epoch {
    /// Runs an epoch over `neurons` in block `now` and shares out `drained`.
    ///
    /// Permits and bonds of the neurons are replaced; `last_epoch` is the caller's to set. No more than
    /// `drained` is given out; each share is cut, in nobody's favour.
    ///
    /// subtensor:pallets/subtensor/src/epoch/run_epoch.rs::epoch @ f95810a25, ::epoch_mechanism @ 14bc6f9f9
    pub fn run(&mut self, rules: &EpochRules, neurons: &mut Neurons, now: Block, drained: Alpha) {
        assert!(neurons.by_uid.len() <= 1 << 16, "a UID has 16 bits");
        self.weigh_stake(rules, neurons, now);
        self.read_weights(neurons);
        self.find_consensus(rules);
        match rules.version {
            Version::Yuma2 { .. } => self.share_bonds(rules, neurons, now),
            Version::Yuma3 { .. } => self.accrue_bonds(rules, neurons, now),
        }
        self.share_out(drained);
        self.store(neurons);
    }

    /// Consensus on each neuron: the weight that a majority supports. Does not sum to one.
    #[must_use]
    pub fn consensus(&self) -> &[I32F32] {
        &self.consensus
    }

    /// How much of what a validator set lies within consensus, 0 to 1.
    #[must_use]
    pub fn validator_trust(&self) -> &[I32F32] {
        &self.validator_trust
    }

    /// Each neuron's part of what miners earn; sums to one or is all zero.
    #[must_use]
    pub fn incentive(&self) -> &[I32F32] {
        &self.incentive
    }

    /// Each neuron's part of what validators earn; sums to one or is all zero.
    #[must_use]
    pub fn dividends(&self) -> &[I32F32] {
        &self.dividends
    }

    /// Each neuron's normalised stake weight.
    #[must_use]
    pub fn stake(&self) -> &[I32F32] {
        &self.stake
    }

    /// Normalised stake weight of the active validators.
    #[must_use]
    pub fn active_stake(&self) -> &[I32F32] {
        &self.active_stake
    }

    /// Alpha for mining, before the drain.
    #[must_use]
    pub fn server_emission(&self) -> &[Alpha] {
        &self.server_emission
    }

    /// Alpha for validating, before the drain splits it.
    #[must_use]
    pub fn validator_emission(&self) -> &[Alpha] {
        &self.validator_emission
    }

    /// Alpha for both, cut once: what the chain records and prunes by. May exceed the sum of the two by a rao.
    #[must_use]
    pub fn emission(&self) -> &[Alpha] {
        &self.emission
    }

    fn weigh_stake(&mut self, rules: &EpochRules, neurons: &Neurons, now: Block) {
        let by_uid = &neurons.by_uid;
        let counted = |(uid, neuron): (usize, &Neuron)| {
            let owner = neurons.owner.is_some_and(|owner| owner.index() == uid);
            if owner || neuron.stake.floor() >= rules.stake_threshold.rao() { neuron.stake.bits() } else { 0 }
        };
        let total: u128 = by_uid.iter().enumerate().map(counted).sum();
        // Stake weights have 32 fractional bits, so one cut is the same as the chain's two.
        assert!(total < 1 << 95, "stake weights are below 2^63 rao");
        self.stake.clear();
        self.stake.extend(by_uid.iter().enumerate().map(counted).map(|stake| match stake {
            0 => I32F32::ZERO,
            stake => I32F32::from_bits(((stake << 32) / total) as i64),
        }));
        let max_validators = usize::from(rules.max_validators);
        let Scratch { order, permits, .. } = &mut self.scratch;
        permits::grant(rules.permits, neurons, &self.stake, max_validators, order, permits);

        self.active_stake.clear();
        self.active_stake.extend(self.stake.iter().enumerate().map(|(uid, &stake)| {
            let active = now.0 <= by_uid[uid].last_update.0.saturating_add(rules.activity_cutoff);
            if active && may_validate(neurons, uid) { stake } else { I32F32::ZERO }
        }));
        normalise(&mut self.active_stake);
    }

    fn read_weights(&mut self, neurons: &Neurons) {
        let Scratch { holders, holder_stake, weights, .. } = &mut self.scratch;
        holders.clear();
        holder_stake.clear();
        weights.clear();
        for (uid, neuron) in neurons.by_uid.iter().enumerate() {
            let validates = may_validate(neurons, uid);
            if !validates && neuron.bonds.is_empty() {
                continue;
            }
            holders.push(uid as u16);
            holder_stake.push(self.active_stake[uid]);
            if validates {
                read_row(neurons, uid, weights);
            }
            weights.end_row();
        }
    }

    fn find_consensus(&mut self, rules: &EpochRules) {
        let n = self.stake.len();
        let Scratch { holders, holder_stake, weights, bond_weights, sorting, median, .. } = &mut self.scratch;
        by_column(holder_stake, weights, rules.kappa.to_fixed(), n, median, &mut self.consensus);

        let penalty = rules.bonds_penalty.to_fixed();
        bond_weights.clear();
        for out in [&mut self.validator_trust, &mut self.incentive] {
            out.clear();
            out.resize(n, I32F32::ZERO);
        }
        for (row, (&uid, &stake)) in holders.iter().zip(holder_stake.iter()).enumerate() {
            let mut trust = I32F32::ZERO;
            for (column, set) in weights.row(row) {
                let clipped = set.min(self.consensus[usize::from(column)]);
                trust = trust.saturating_add(clipped);
                let rank = &mut self.incentive[usize::from(column)];
                *rank = rank.saturating_add(stake.mul(clipped));
            }
            self.validator_trust[usize::from(uid)] = trust;
            push_bond_weights(weights, row, &self.consensus, penalty, sorting, bond_weights);
        }
        normalise(&mut self.incentive);
    }

    /// Yuma 2: bonds are shares of each neuron.
    fn share_bonds(&mut self, rules: &EpochRules, neurons: &Neurons, now: Block) {
        let n = self.stake.len();
        let Version::Yuma2 { liquid_alpha } = rules.version else { unreachable!("called for Yuma 2") };
        let Scratch { holders, holder_stake, bond_weights, old_bonds, bonds, alphas, columns, rows, .. } =
            &mut self.scratch;
        let outdated = Outdated::new(rules.bond_mask, neurons, now);
        old_bonds.clear();
        for (row, &uid) in holders.iter().enumerate() {
            for (column, bond) in outdated.kept(neurons, uid) {
                // Normalised at once, so their scale does not matter.
                old_bonds.push(column, I32F32::from_bits(i64::from(bond)));
            }
            old_bonds.end_row();
            for (_, weight) in bond_weights.row_mut(row) {
                *weight = weight.mul(holder_stake[row]);
            }
        }
        bonds::normalise_columns(old_bonds, n, columns);
        bonds::normalise_columns(bond_weights, n, columns);

        rows.0.resize(n);
        let alpha = rules.bonds_retention.alpha();
        if liquid_alpha.is_some_and(|liquid| liquid.by_neuron(&self.consensus, alphas)) {
            bonds::average(bond_weights, old_bonds, |column| alphas[usize::from(column)], &mut rows.0, bonds);
        } else {
            bonds::average(bond_weights, old_bonds, |_| alpha, &mut rows.0, bonds);
        }
        bonds::normalise_columns(bonds, n, columns);

        self.dividends.clear();
        self.dividends.resize(n, I32F32::ZERO);
        for (row, &uid) in holders.iter().enumerate() {
            self.dividends[usize::from(uid)] = earned(bonds, row, &self.incentive);
        }
        normalise(&mut self.dividends);
        bonds::upscale_columns(bonds, n, columns);
    }

    /// Yuma 3: bonds are absolute and count times stake.
    fn accrue_bonds(&mut self, rules: &EpochRules, neurons: &Neurons, now: Block) {
        let n = self.stake.len();
        let Version::Yuma3 { liquid_alpha } = rules.version else { unreachable!("called for Yuma 3") };
        let Scratch { holders, holder_stake, bond_weights, old_bonds, bonds, columns, rows, .. } =
            &mut self.scratch;
        let outdated = Outdated::new(rules.bond_mask, neurons, now);
        old_bonds.clear();
        for &uid in holders.iter() {
            for (column, bond) in outdated.kept(neurons, uid) {
                old_bonds.push(column, Fraction(bond).to_fixed());
            }
            old_bonds.end_row();
        }
        rows.0.resize(n);
        match liquid_alpha {
            Some(alpha) if self.consensus.iter().any(|&c| c != I32F32::ZERO) => {
                rows.1.resize(n);
                bonds::average_liquid(bond_weights, old_bonds, &self.consensus, &alpha, rows, bonds);
            }
            _ => {
                let alpha = rules.bonds_retention.alpha();
                bonds::average(bond_weights, old_bonds, |_| alpha, &mut rows.0, bonds);
            }
        }
        old_bonds.clone_from(bonds);
        bonds::normalise_columns(old_bonds, n, columns);

        self.dividends.clear();
        self.dividends.resize(n, I32F32::ZERO);
        for (row, &uid) in holders.iter().enumerate() {
            self.dividends[usize::from(uid)] = earned(old_bonds, row, &self.incentive).mul(holder_stake[row]);
        }
        normalise(&mut self.dividends);
    }

    fn share_out(&mut self, drained: Alpha) {
        let sum = |values: &[I32F32]| values.iter().fold(I32F32::ZERO, |sum, &v| sum.saturating_add(v));
        let total = sum(&self.incentive).saturating_add(sum(&self.dividends));
        for out in [&mut self.server_emission, &mut self.validator_emission, &mut self.emission] {
            out.clear();
        }
        if total == I32F32::ZERO {
            // Nobody set weights that count: validators earn by stake, miners nothing.
            let by_stake =
                if sum(&self.active_stake) == I32F32::ZERO { &self.stake } else { &self.active_stake };
            self.server_emission.resize(self.stake.len(), Alpha::ZERO);
            self.validator_emission.extend(by_stake.iter().map(|&part| part_of(drained, part)));
            self.emission.clone_from(&self.validator_emission);
            return;
        }
        let divisor = Divisor::new(total);
        let share = |part: I32F32| part_of(drained, divisor.divide(part));
        self.server_emission.extend(self.incentive.iter().map(|&part| share(part)));
        self.validator_emission.extend(self.dividends.iter().map(|&part| share(part)));
        let both = self.incentive.iter().zip(&self.dividends);
        self.emission.extend(both.map(|(&i, &d)| share(i.saturating_add(d))));
    }

    /// Stores bonds and permits; who loses the permit loses the bonds.
    fn store(&self, neurons: &mut Neurons) {
        let Scratch { holders, permits, bonds, .. } = &self.scratch;
        for (row, &uid) in holders.iter().enumerate() {
            let validated = may_validate(neurons, usize::from(uid));
            let neuron = &mut neurons.by_uid[usize::from(uid)];
            if permits[usize::from(uid)] == Permit::Granted {
                bonds::store(bonds.row(row), &mut neuron.bonds);
            } else if validated {
                neuron.bonds.clear();
            }
        }
        for (neuron, &permit) in neurons.by_uid.iter_mut().zip(permits) {
            neuron.permit = permit;
        }
    }
}

/// Whether the neuron's weights count in this epoch: by its permit, or because it is the owner's.
fn may_validate(neurons: &Neurons, uid: usize) -> bool {
    neurons.by_uid[uid].permit == Permit::Granted || neurons.owner.is_some_and(|owner| owner.index() == uid)
}

/// Appends the weights of a validator that count, normalised to one.
fn read_row(neurons: &Neurons, uid: usize, weights: &mut Rows) {
    let neuron = &neurons.by_uid[uid];
    let owner = neurons.owner.is_some_and(|owner| owner.index() == uid);
    let counts = |on: usize| {
        on < neurons.by_uid.len() && (on != uid || owner) && {
            let registered = neurons.by_uid[on].registered;
            neuron.last_update > registered && neuron.pending_commit.is_none_or(|commit| commit >= registered)
        }
    };
    let kept = || neuron.weights.iter().filter(|&&(on, _)| counts(on.index()));
    let sum: u64 = kept().map(|&(_, weight)| u64::from(weight)).sum();
    for &(on, weight) in kept() {
        let value = (u64::from(weight) << 32).checked_div(sum).unwrap_or(0);
        weights.push(on.0, I32F32::from_bits(value as i64));
    }
}

/// Appends a row of the weights that bonds follow.
///
/// What consensus clips to nothing has no entry, but a zero that was set keeps its own, unless the penalty
/// lies between none and full: then the row is rebuilt in order, without zeros.
fn push_bond_weights(
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
        entries.for_each(|(column, set)| out.push(column, set));
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

/// What a holder's bonds earn of the incentives, each product cut.
fn earned(bonds: &Rows, row: usize, incentive: &[I32F32]) -> I32F32 {
    bonds.row(row).fold(I32F32::ZERO, |sum, (column, bond)| {
        sum.saturating_add(bond.mul(incentive[usize::from(column)]))
    })
}

/// Divides values by their sum, unless that is zero; each is cut, so the sum falls short of one by less than
/// a bit a value.
fn normalise(values: &mut [I32F32]) {
    let sum = values.iter().fold(I32F32::ZERO, |sum, &value| sum.saturating_add(value));
    let divisor = Divisor::new(sum);
    for value in values {
        *value = divisor.divide(*value);
    }
}

/// A part of an amount, cut below the rao.
fn part_of(amount: Alpha, part: I32F32) -> Alpha {
    Alpha::from_rao(((part.bits() as u128 * u128::from(amount.rao())) >> 32) as u64)
}
