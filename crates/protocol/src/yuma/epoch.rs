//! One epoch of a subnet.

mod ballot;
mod yuma2;
mod yuma3;

use ballot::{may_validate, push_bond_weights, read_row};

use super::bonds;
use super::fixed::{Divisor, I32F32};
use super::matrix::{DenseRow, Rows};
use super::median::{MedianScratch, by_column};
use super::registered::Registered;
use super::{EpochRules, LowStake, Neuron, Neurons, OwnersNeuron, Permit, Version, permits};
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
    combined: Vec<I32F32>,
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
    registered: Registered,
    permits: Vec<Permit>,
    order: Vec<(I32F32, u16)>,
    weights: Rows,
    bond_weights: Rows,
    sorting: Vec<(u16, I32F32)>,
    bonds: Rows,
    alphas: Vec<I32F32>,
    median: MedianScratch,
    sums: Sums,
    /// Whether all old bonds of each holder count.
    complete: Vec<bool>,
    shares: Vec<yuma2::Share>,
    holdings: Vec<yuma3::Holding>,
    payouts: Vec<yuma2::Payout>,
    earnings: Vec<yuma3::Earning>,
    rows: (DenseRow, DenseRow),
}

/// Sums of columns: of what is new in bonds, and of what is old.
#[derive(Clone, Debug, Default)]
struct Sums {
    new: Vec<I32F32>,
    old: Vec<I32F32>,
}

impl Epoch {
    /// Runs an epoch over `neurons` in block `now` and shares out `drained`.
    ///
    /// Permits and bonds of the neurons are replaced; `last_epoch` is the caller's to set. No more than
    /// `drained` is given out; each share is cut, in nobody's favour.
    ///
    /// `subtensor:pallets/subtensor/src/epoch/run_epoch.rs::epoch @ f95810a25`, `::epoch_mechanism @ 14bc6f9f9`
    pub fn run(&mut self, rules: &EpochRules, neurons: &mut Neurons, now: Block, drained: Alpha) {
        assert!(neurons.by_uid.len() <= 1 << 16, "a UID has 16 bits");
        self.weigh_stake(rules, neurons, now);
        self.read_weights(rules, neurons);
        self.find_consensus(rules);
        match rules.version {
            Version::Yuma2 { liquid_alpha } => self.share_bonds(rules, liquid_alpha, neurons, now),
            Version::Yuma3 { liquid_alpha } => self.accrue_bonds(rules, liquid_alpha, neurons, now),
        }
        self.share_out(drained);
        self.store(rules, neurons);
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

    /// Each neuron's fraction of all that the epoch shares out; sums to one or is all zero. The launch chain prunes by
    /// it.
    #[must_use]
    pub fn combined(&self) -> &[I32F32] {
        &self.combined
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

    /// Alpha for both, cut once: what the chain records. May exceed the sum of the two by a rao.
    #[must_use]
    pub fn emission(&self) -> &[Alpha] {
        &self.emission
    }

    fn weigh_stake(&mut self, rules: &EpochRules, neurons: &Neurons, now: Block) {
        let by_uid = &neurons.by_uid;
        let counted = |(uid, neuron): (usize, &Neuron)| {
            let owner = neurons.owner.is_some_and(|owner| owner.index() == uid);
            let spared = owner && rules.owners_neuron == OwnersNeuron::Validates;
            let low = neuron.stake.floor() < rules.stake_threshold.rao();
            if low && !spared && rules.low_stake == LowStake::CountsAsNone { 0 } else { neuron.stake.bits() }
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
        permits::grant(rules, neurons, &self.stake, max_validators, order, permits);

        self.active_stake.clear();
        self.active_stake.extend(self.stake.iter().enumerate().map(|(uid, &stake)| {
            let active = now.0 <= by_uid[uid].last_update.0.saturating_add(rules.activity_cutoff);
            if active && may_validate(rules, neurons, uid) { stake } else { I32F32::ZERO }
        }));
        normalise(&mut self.active_stake);
    }

    fn read_weights(&mut self, rules: &EpochRules, neurons: &Neurons) {
        let Scratch { holders, holder_stake, registered, weights, .. } = &mut self.scratch;
        registered.read(neurons);
        holders.clear();
        holder_stake.clear();
        weights.clear();
        for (uid, neuron) in neurons.by_uid.iter().enumerate() {
            let validates = may_validate(rules, neurons, uid);
            if !validates && neuron.bonds.is_empty() {
                continue;
            }
            holders.push(uid as u16);
            holder_stake.push(self.active_stake[uid]);
            if validates {
                read_row(rules, neurons, uid, registered, weights);
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
        // Without a penalty, bonds follow the weights themselves.
        let follows_clipped = penalty != I32F32::ZERO;
        for out in [&mut self.validator_trust, &mut self.incentive] {
            out.clear();
            out.resize(n, I32F32::ZERO);
        }
        for (row, (&uid, &stake)) in holders.iter().zip(holder_stake.iter()).enumerate() {
            let mut trust = I32F32::ZERO;
            for (column, set) in weights.row(row) {
                let clipped = set.min(self.consensus[usize::from(column)]);
                trust += clipped;
                self.incentive[usize::from(column)] += stake.mul_small(clipped);
            }
            self.validator_trust[usize::from(uid)] = trust;
            if follows_clipped {
                push_bond_weights(weights, row, &self.consensus, penalty, sorting, bond_weights);
            }
        }
        normalise(&mut self.incentive);
    }

    fn share_out(&mut self, drained: Alpha) {
        let sum = |values: &[I32F32]| values.iter().copied().sum::<I32F32>();
        let total = sum(&self.incentive) + sum(&self.dividends);
        for out in [&mut self.server_emission, &mut self.validator_emission, &mut self.emission] {
            out.clear();
        }
        self.combined.clear();
        if total == I32F32::ZERO {
            // Nobody set weights that count: validators earn by stake, miners nothing.
            let by_stake =
                if sum(&self.active_stake) == I32F32::ZERO { &self.stake } else { &self.active_stake };
            self.combined.clone_from(by_stake);
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
        self.combined.extend(both.map(|(&i, &d)| divisor.divide(i + d)));
        self.emission.extend(self.combined.iter().map(|&part| part_of(drained, part)));
    }

    /// Stores bonds and permits; who loses the permit loses the bonds.
    fn store(&self, rules: &EpochRules, neurons: &mut Neurons) {
        let Scratch { holders, permits, bonds, .. } = &self.scratch;
        for (row, &uid) in holders.iter().enumerate() {
            let validated = may_validate(rules, neurons, usize::from(uid));
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

/// Divides values by their sum, unless that is zero; each is cut, so the sum falls short of one by less than
/// a bit a value.
fn normalise(values: &mut [I32F32]) {
    let divisor = Divisor::new(values.iter().copied().sum());
    for value in values {
        *value = divisor.divide(*value);
    }
}

/// A part of an amount, cut below the rao.
fn part_of(amount: Alpha, part: I32F32) -> Alpha {
    Alpha::from_rao(((part.bits() as u128 * u128::from(amount.rao())) >> 32) as u64)
}

#[cfg(test)]
mod replaced;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixed::Q32;
    use crate::yuma::{Fraction, LogisticAlpha, Replacement, SigmoidAlpha, Uid, WeightsCall, WeightsRules};

    const NOW: Block = Block(1_000);

    /// One of each kind of rules.
    fn any_rules() -> impl Strategy<Value = EpochRules> {
        let (low, high) = (I32F32::from_f64(0.7), I32F32::from_f64(0.9));
        let logistic = LogisticAlpha::new(low, high).unwrap();
        let sigmoid = SigmoidAlpha::new(low, high, 1_000).unwrap();
        let versions = [
            Version::Yuma2 { liquid_alpha: None },
            Version::Yuma2 { liquid_alpha: Some(logistic) },
            Version::Yuma3 { liquid_alpha: None },
            Version::Yuma3 { liquid_alpha: Some(sigmoid) },
        ];
        let base = prop::sample::select(vec![EpochRules::launch(), EpochRules::spec_425()]);
        let penalty = prop::sample::select(vec![0, 20_000, u16::MAX]);
        (base, prop::sample::select(versions.to_vec()), penalty).prop_map(|(base, version, penalty)| {
            EpochRules { version, bonds_penalty: Fraction(penalty), ..base }
        })
    }

    fn validator(stake: u64, weights: &[u16]) -> Neuron {
        Neuron {
            stake: Q32::from_int(stake),
            permit: Permit::Granted,
            last_update: Block(900),
            registered: Block(1),
            weights: (0..).map(Uid).zip(weights.iter().copied()).collect(),
            ..Neuron::default()
        }
    }

    fn any_neurons() -> impl Strategy<Value = Neurons> {
        (2..9usize).prop_flat_map(|n| {
            let neuron = (1..1u64 << 50, prop::collection::vec(any::<u16>(), n), any::<bool>());
            prop::collection::vec(neuron, n).prop_map(|neurons| Neurons {
                by_uid: neurons
                    .iter()
                    .map(|(stake, weights, sets)| validator(*stake, if *sets { weights } else { &[] }))
                    .collect(),
                ..Neurons::default()
            })
        })
    }

    fn run(rules: &EpochRules, neurons: &mut Neurons, drained: u64) -> Epoch {
        let mut epoch = Epoch::default();
        epoch.run(rules, neurons, NOW, Alpha::from_rao(drained));
        epoch
    }

    fn permuted<T: Clone>(values: &[T], order: &[usize]) -> Vec<T> {
        order.iter().map(|&old| values[old].clone()).collect()
    }

    #[test]
    fn without_weights_validators_earn_by_stake_and_miners_nothing() {
        let mut neurons =
            Neurons { by_uid: vec![validator(1, &[]), validator(3, &[])], ..Neurons::default() };
        let epoch = run(&EpochRules::launch(), &mut neurons, 1_000);
        assert_eq!(epoch.validator_emission(), [250, 750].map(Alpha::from_rao));
        assert_eq!(epoch.server_emission(), [Alpha::ZERO; 2]);
        // Nor does it matter then who has a permit.
        neurons.by_uid.iter_mut().for_each(|neuron| neuron.permit = Permit::Withheld);
        let epoch = run(&EpochRules::launch(), &mut neurons, 1_000);
        assert_eq!(epoch.validator_emission(), [250, 750].map(Alpha::from_rao));
    }

    #[test]
    fn who_loses_the_permit_loses_the_bonds() {
        let mut neurons = Neurons {
            by_uid: vec![validator(5, &[0, 0, 1]), validator(4, &[0, 0, 1]), validator(6, &[])],
            ..Neurons::default()
        };
        let rules = EpochRules { max_validators: 2, ..EpochRules::launch() };
        run(&EpochRules::launch(), &mut neurons, 1_000);
        assert!(!neurons.by_uid[1].bonds.is_empty());
        run(&rules, &mut neurons, 1_000);
        assert_eq!(neurons.by_uid[1].permit, Permit::Withheld);
        assert!(neurons.by_uid[1].bonds.is_empty());
        assert_eq!(neurons.by_uid[0].bonds, [(Uid(2), u16::MAX)]);
    }

    #[test]
    fn weights_on_a_neuron_since_replaced_and_on_oneself_do_not_count() {
        let mut neurons = Neurons {
            by_uid: vec![validator(5, &[9, 9, 9]), validator(1, &[]), validator(1, &[])],
            ..Neurons::default()
        };
        neurons.replace(Uid(1), Replacement::KeepsAll, Block(900));
        let epoch = run(&EpochRules::launch(), &mut neurons, 1_000);
        assert_eq!(epoch.server_emission(), [0, 0, 500].map(Alpha::from_rao));
        neurons.owner = Some(Uid(0));
        let epoch = run(&EpochRules::spec_425(), &mut neurons, 1_000);
        assert_eq!(epoch.server_emission(), [250, 0, 250].map(Alpha::from_rao));
    }

    /// What neurons take on the heap, by their capacities.
    fn heap_bytes(neurons: &Neurons) -> usize {
        let entries = |neuron: &Neuron| neuron.weights.capacity() + neuron.bonds.capacity();
        neurons.by_uid.capacity() * size_of::<Neuron>()
            + neurons.by_uid.iter().map(entries).sum::<usize>() * size_of::<(Uid, u16)>()
    }

    #[test]
    fn a_full_subnet_of_256_neurons_fits_in_128_kib() {
        let (validators, n) = (64, 256);
        let by_uid = (0..n).map(|uid| validator(if uid < validators { 2 } else { 1 }, &[]));
        let mut neurons = Neurons { by_uid: by_uid.collect(), ..Neurons::default() };
        let weights: Vec<_> = (validators..n).map(|miner| (Uid(miner), miner)).collect();
        let call = WeightsCall { weights: &weights, version_key: 0 };
        for uid in (0..validators).map(Uid) {
            neurons.set_weights(&WeightsRules::spec_425(), uid, &call, NOW).unwrap();
        }
        for rules in [EpochRules::launch(), EpochRules::spec_425()] {
            let mut neurons = neurons.clone();
            for _ in 0..3 {
                run(&rules, &mut neurons, 1_000_000);
            }
            assert!(neurons.by_uid[..64].iter().all(|neuron| neuron.bonds.len() == 192));
            let bytes = heap_bytes(&neurons);
            assert!(bytes <= 128 << 10, "{bytes} bytes");
        }
    }

    #[test]
    fn inactive_stake_does_not_vote() {
        let mut neurons = Neurons {
            by_uid: vec![
                validator(9, &[0, 0, 1, 0]),
                validator(1, &[0, 0, 0, 1]),
                validator(0, &[]),
                validator(0, &[]),
            ],
            ..Neurons::default()
        };
        let rules = EpochRules { activity_cutoff: 50, ..EpochRules::launch() };
        neurons.by_uid[1].last_update = Block(950);
        let epoch = run(&rules, &mut neurons, 1_000);
        assert_eq!(epoch.server_emission(), [0, 0, 0, 500].map(Alpha::from_rao));
    }

    // Consensus is where it was, but the coalition's votes for others are missing from the sum of ranks:
    // 0.1 of 1 becomes 0.1 of 0.1 + 0.6 * 0.9.
    #[test]
    fn a_coalition_of_two_fifths_raises_its_favourites_part_of_incentive_though_not_its_consensus() {
        let honest = validator(600, &[0, 0, 100, 900]);
        let selfish = validator(400, &[0, 0, 100, 0]);
        let by_uid = vec![honest, selfish, validator(0, &[]), validator(0, &[])];
        let epoch = run(&EpochRules::launch(), &mut Neurons { by_uid, ..Neurons::default() }, 1_000_000);
        assert_eq!(epoch.consensus()[2], I32F32::ratio(1, 10));
        assert!((epoch.incentive()[2].to_f64() - 0.1 / 0.64).abs() < 1e-8, "{:?}", epoch.incentive());
    }

    proptest! {
        #[test]
        fn shares_sum_to_one_and_emission_to_what_was_drained_less_dust(
            rules in any_rules(), mut neurons in any_neurons(), drained in 0..1u64 << 45,
        ) {
            for _ in 0..2 {
                let epoch = run(&rules, &mut neurons, drained);
                let n = neurons.by_uid.len() as u64;
                for shares in [epoch.incentive(), epoch.dividends()] {
                    let sum: i64 = shares.iter().map(|share| share.bits()).sum();
                    prop_assert!(sum == 0 || ((1 << 32) - n.cast_signed()..=1 << 32).contains(&sum), "{sum}");
                }
                let given = epoch.server_emission().iter().chain(epoch.validator_emission());
                let given = given.map(|emission| emission.rao()).sum::<u64>();
                for (uid, whole) in epoch.emission().iter().enumerate() {
                    let parts = epoch.server_emission()[uid] + epoch.validator_emission()[uid];
                    // Two cuts instead of one, each at 2^-32 of the whole and at the rao.
                    let apart = whole.rao().abs_diff(parts.rao());
                    prop_assert!(apart <= 2 * ((drained >> 32) + 2), "{whole} and {parts}");
                }
                // Each of 2n shares is cut at 2^-32 of the whole, then below the rao.
                let dust = 2 * n * ((drained >> 32) + 2);
                prop_assert!(given <= drained && drained - given <= dust, "{given} of {drained}");
            }
        }

        #[test]
        fn a_coalition_below_half_cannot_raise_its_favourite_above_honest_consensus(
            rules in any_rules(), honest in prop::collection::vec(1..1u64 << 40, 1..5),
            worth in prop::collection::vec(1..1_000u16, 3), part in 0.0..0.499f64,
        ) {
            let favourite = honest.len() + 1;
            let miners = vec![0; favourite];
            let row = [&miners[..], &worth[..]].concat();
            let mut selfish = vec![0; favourite + 3];
            selfish[favourite] = u16::MAX;
            let total: u64 = honest.iter().sum();
            let coalition = (total as f64 * part / (1.0 - part)) as u64;
            let mut by_uid: Vec<_> = honest.iter().map(|&stake| validator(stake, &row)).collect();
            by_uid.push(validator(coalition, &selfish));
            by_uid.extend((0..3).map(|_| validator(0, &[])));
            let mut neurons = Neurons { by_uid, ..Neurons::default() };
            let epoch = run(&rules, &mut neurons, 1_000_000);
            let fair = I32F32::ratio(worth[0].into(), worth.iter().map(|&w| u32::from(w)).sum());
            prop_assert_eq!(epoch.consensus()[favourite], fair);
            // Its incentive grows only as the coalition's votes for others go missing.
            let incentive = epoch.incentive()[favourite].to_f64();
            prop_assert!(incentive <= fair.to_f64() / (1.0 - part) + 1e-6, "{incentive}");
        }

        #[test]
        fn scaling_all_stakes_by_an_integer_changes_nothing(
            rules in any_rules(), mut neurons in any_neurons(), factor in 2..1_000u64,
        ) {
            let mut scaled = neurons.clone();
            for neuron in &mut scaled.by_uid {
                neuron.stake = Q32::from_int(neuron.stake.floor() * factor);
            }
            for _ in 0..2 {
                let (one, many) = (run(&rules, &mut neurons, 1 << 40), run(&rules, &mut scaled, 1 << 40));
                prop_assert_eq!(one.emission(), many.emission());
                prop_assert_eq!(one.validator_emission(), many.validator_emission());
            }
        }

        #[test]
        fn permuting_uids_permutes_the_result(
            rules in any_rules(), (mut neurons, order) in any_neurons().prop_flat_map(|neurons| {
                let order = (0..neurons.by_uid.len()).collect::<Vec<_>>();
                (Just(neurons), Just(order).prop_shuffle())
            }),
        ) {
            let mut place = vec![0; order.len()];
            order.iter().enumerate().for_each(|(new, &old)| place[old] = new as u16);
            let mut moved = Neurons { by_uid: permuted(&neurons.by_uid, &order), ..Neurons::default() };
            for neuron in &mut moved.by_uid {
                neuron.weights.iter_mut().for_each(|(on, _)| *on = Uid(place[on.index()]));
                // Yuma 3's liquid alpha reads rows in order.
                neuron.weights.sort_unstable();
            }
            for _ in 0..3 {
                let (here, there) = (run(&rules, &mut neurons, 1 << 40), run(&rules, &mut moved, 1 << 40));
                prop_assert_eq!(permuted(here.consensus(), &order), there.consensus());
                prop_assert_eq!(permuted(here.server_emission(), &order), there.server_emission());
                prop_assert_eq!(permuted(here.validator_emission(), &order), there.validator_emission());
            }
        }
    }
}
