//! When epochs run since spec 423: each subnet's tempo counts from its last epoch, and few run in a block.
//!
//! ```text
//! due       tempo > 0 and (block >= pending > 0, or since > limit, or block - last >= tempo)
//! each run  since = 0, last = block, pending = 0
//! the rest  pending = block + 1
//! ```
//! A subnet's epochs are `tempo` blocks apart, no longer `tempo + 1`. Subnets are asked in the order of their numbers.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::{drain_pending, should_run_epoch}` @ 14bc6f9f9; of
//! spec 475 in RaoFoundation/subtensor

use std::num::NonZeroU16;

use crate::settable;
use crate::units::{Block, Netuid};

/// In which blocks epochs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum EpochSchedule {
    /// In those of a grid that the tempo and the subnet's number fix (to spec 422).
    Grid,
    /// A tempo after the last, few in a block (spec 423 on).
    Dynamic(DynamicTempo),
}

settable::values!(EpochSchedule {
    Dynamic (DynamicTempo { max_per_block, .. }) (max_per_block in NonZeroU16::MIN..=NonZeroU16::MAX),
});

/// After how many blocks without an epoch one is due, whatever the tempo counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Overdue {
    /// After more than 50,400 (spec 423).
    AfterLongestTempo,
    /// After more than the tempo; counted no further than one more (spec 475).
    AfterTempo,
}

/// How epochs are scheduled since spec 423.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DynamicTempo {
    /// How many epochs run in a block; the others that are due wait for the next (`MaxEpochsPerBlock`).
    pub max_per_block: NonZeroU16,
    /// When an epoch is due at the latest.
    pub overdue: Overdue,
}

/// The longest tempo that an owner may set, in blocks: a week.
pub const MAX_TEMPO: u16 = 50_400;

/// The shortest tempo that an owner may set, in blocks.
pub const MIN_TEMPO: u16 = 360;

impl DynamicTempo {
    /// The values of spec 423.
    ///
    /// Source: `subtensor:pallets/subtensor/src/lib.rs` @ 14bc6f9f9
    pub const SPEC_423: Self =
        Self { max_per_block: NonZeroU16::new(2).expect("above zero"), overdue: Overdue::AfterLongestTempo };

    /// The values of spec 475.
    ///
    /// Source: of spec 475 in RaoFoundation/subtensor
    pub const SPEC_475: Self = Self { overdue: Overdue::AfterTempo, ..Self::SPEC_423 };
}

/// Where a subnet stands between two epochs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EpochClock {
    /// Blocks between epochs; none runs if it is zero.
    pub tempo: u16,
    /// From when the tempo counts (`LastEpochBlock`).
    pub last: Block,
    /// The block in which an epoch is due that was deferred or asked for (`PendingEpochAt`).
    pub pending: Option<Block>,
    /// Blocks since an epoch ran (`BlocksSinceLastStep`).
    pub since: u64,
}

/// Whether a subnet's epoch can run in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochInputs {
    /// It can.
    Consistent,
    /// Its keys contradict each other, so that it is skipped: its turn is over, and what is pending stays.
    Inconsistent,
}

impl EpochClock {
    /// The clock of a subnet that registers: staggered by its number, so that not all are due in one block.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::init_new_network` @ 14bc6f9f9
    #[must_use]
    pub fn registered(netuid: Netuid, tempo: u16, now: Block) -> Self {
        let stagger = u64::from(netuid.0) % u64::from(tempo.max(1));
        Self { tempo, last: Block(now.0.saturating_sub(stagger)), pending: None, since: 0 }
    }

    /// The clock that takes over a subnet's grid of epochs at the upgrade to spec 423, so that the next epoch comes when it
    /// would have come. `now` is the upgrade's block, before its epochs.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_dynamic_tempo.rs` @ 14bc6f9f9
    #[must_use]
    pub fn migrated(netuid: Netuid, tempo: u16, since: u64, now: Block) -> Self {
        let past = (now.0 + u64::from(netuid.0) + 1) % (u64::from(tempo) + 1);
        Self { tempo, last: Block(now.0.saturating_sub(past)), pending: None, since }
    }

    /// Whether an epoch is due in a block.
    #[must_use]
    pub fn is_due(&self, rule: Overdue, block: Block) -> bool {
        let limit = match rule {
            Overdue::AfterLongestTempo => u64::from(MAX_TEMPO),
            Overdue::AfterTempo => u64::from(self.tempo),
        };
        let waited = self.pending.is_some_and(|pending| block >= pending) || self.since > limit;
        self.tempo > 0 && (waited || block.since(self.last) >= u64::from(self.tempo))
    }

    /// The next block in which the clock alone makes an epoch due; none if the tempo is zero.
    #[must_use]
    pub fn next_epoch(&self) -> Option<Block> {
        (self.tempo > 0).then(|| self.last + u64::from(self.tempo))
    }

    /// The owner sets another tempo, which counts from now on.
    ///
    /// Source: `subtensor:pallets/subtensor/src/utils/misc.rs::apply_tempo_with_cycle_reset` @ 14bc6f9f9
    pub fn set_tempo(&mut self, tempo: u16, now: Block) {
        self.tempo = tempo;
        self.last = now;
    }

    fn step(&mut self, rule: Overdue) {
        self.since = self.since.saturating_add(1);
        if rule == Overdue::AfterTempo {
            self.since = self.since.min(u64::from(self.tempo) + 1);
        }
    }
}

/// What became of the epochs that were due in a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EpochsOfBlock {
    /// The places of those that run, in order.
    pub run: Vec<usize>,
    /// The places of those that wait for the next block.
    pub deferred: Vec<usize>,
    /// The places of those that were skipped.
    pub skipped: Vec<usize>,
}

/// Steps all clocks to a block and takes the epochs that run in it. The clocks are in the order of their subnets' numbers;
/// `inputs` says of a place whether its epoch can run. An epoch that is skipped takes no place from the others.
pub fn epochs_of_block(
    rules: DynamicTempo,
    clocks: &mut [EpochClock],
    block: Block,
    mut inputs: impl FnMut(usize) -> EpochInputs,
) -> EpochsOfBlock {
    let mut epochs = EpochsOfBlock::default();
    for (place, clock) in clocks.iter_mut().enumerate() {
        clock.step(rules.overdue);
        if !clock.is_due(rules.overdue, block) {
            continue;
        }
        if epochs.run.len() >= usize::from(rules.max_per_block.get()) {
            clock.pending = Some(block + 1);
            epochs.deferred.push(place);
            continue;
        }
        match inputs(place) {
            EpochInputs::Consistent => {
                clock.since = 0;
                epochs.run.push(place);
            }
            EpochInputs::Inconsistent => epochs.skipped.push(place),
        }
        clock.last = block;
        clock.pending = None;
    }
    epochs
}

/// Blocks without an update after which a validator's stake no longer counts, by the subnet's tempo.
///
/// ```text
/// max(1, factor * tempo / 1000)                    rounded down
/// ```
///
/// Source: `subtensor:pallets/subtensor/src/utils/misc.rs::get_activity_cutoff_blocks` @ 14bc6f9f9
#[must_use]
pub fn activity_cutoff(factor_milli: u32, tempo: u16) -> u64 {
    (u64::from(factor_milli) * u64::from(tempo) / 1_000).max(1)
}

/// The factor of [`activity_cutoff`] by default: 5,000 blocks at a tempo of 360.
pub const ACTIVITY_CUTOFF_FACTOR: u32 = 13_889;

/// The factor that keeps an activity cutoff in blocks at the upgrade to spec 423, rounded up, from 1 to 50 tempos. Without
/// a tempo it is the default.
///
/// Source: `subtensor:pallets/subtensor/src/migrations/migrate_dynamic_tempo.rs` @ 14bc6f9f9
#[must_use]
pub fn activity_cutoff_factor(cutoff: u64, tempo: u16) -> u32 {
    match tempo {
        0 => ACTIVITY_CUTOFF_FACTOR,
        tempo => cutoff.saturating_mul(1_000).div_ceil(tempo.into()).clamp(1_000, 50_000) as u32,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schedule::next_epoch;

    fn clock(tempo: u16, last: u64) -> EpochClock {
        EpochClock { tempo, last: Block(last), pending: None, since: 0 }
    }

    fn run(rules: DynamicTempo, clocks: &mut [EpochClock], block: u64) -> EpochsOfBlock {
        epochs_of_block(rules, clocks, Block(block), |_| EpochInputs::Consistent)
    }

    #[test]
    fn a_third_epoch_waits_for_the_next_block() {
        let mut clocks = [clock(360, 0), clock(360, 0), clock(0, 0), clock(360, 0)];
        let rules = DynamicTempo::SPEC_423;
        assert_eq!(run(rules, &mut clocks, 359), EpochsOfBlock::default());
        let epochs = run(rules, &mut clocks, 360);
        assert_eq!((epochs.run, epochs.deferred), (vec![0, 1], vec![3]));
        assert_eq!(run(rules, &mut clocks, 361).run, [3]);
        assert_eq!(
            clocks.map(|clock| clock.next_epoch()),
            [Some(Block(720)), Some(Block(720)), None, Some(Block(721))]
        );
    }

    #[test]
    fn an_inconsistent_epoch_uses_up_its_turn_and_nobody_elses() {
        let mut clocks = [clock(10, 0), clock(10, 0), clock(10, 0)];
        let rules = DynamicTempo::SPEC_423;
        let epochs = epochs_of_block(rules, &mut clocks, Block(10), |place| match place {
            0 => EpochInputs::Inconsistent,
            _ => EpochInputs::Consistent,
        });
        assert_eq!((epochs.run, epochs.skipped, epochs.deferred), (vec![1, 2], vec![0], vec![]));
        assert_eq!(clocks.map(|clock| (clock.last.0, clock.since)), [(10, 1), (10, 0), (10, 0)]);
    }

    #[test]
    fn at_spec_475_an_epoch_is_overdue_after_its_tempo() {
        let rules = DynamicTempo { overdue: Overdue::AfterTempo, ..DynamicTempo::SPEC_423 };
        let mut clocks = [EpochClock { since: 100, ..clock(360, 0) }];
        clocks[0].set_tempo(99, Block(100));
        // The count is held at 100, which is more than the new tempo: due at once.
        assert_eq!(run(rules, &mut clocks, 101).run, [0]);
        assert_eq!(clocks[0].since, 0);
        let mut clocks = [EpochClock { since: 100, ..clock(99, 100) }];
        assert!(run(DynamicTempo::SPEC_423, &mut clocks, 101).run.is_empty());
    }

    #[test]
    fn the_activity_cutoff_survives_the_upgrade() {
        assert_eq!(activity_cutoff(ACTIVITY_CUTOFF_FACTOR, 360), 5_000);
        assert_eq!((activity_cutoff_factor(5_000, 360), activity_cutoff_factor(5_000, 0)), (13_889, 13_889));
        assert_eq!((activity_cutoff_factor(1, 360), activity_cutoff_factor(u64::MAX, 1)), (1_000, 50_000));
        assert_eq!(activity_cutoff(1, 1), 1);
    }

    proptest! {
        #[test]
        fn the_first_epoch_after_the_upgrade_falls_where_it_would_have(
            netuid in 0..2_000u16, tempo in 1..2_000u16, now in 100_000..1u64 << 40,
        ) {
            let clock = EpochClock::migrated(Netuid(netuid), tempo, 0, Block(now));
            prop_assert_eq!(clock.next_epoch(), next_epoch(Netuid(netuid), tempo, Block(now)));
        }

        #[test]
        fn no_more_than_the_limit_run_in_a_block_and_nobody_starves(
            tempos in prop::collection::vec(0..120u16, 1..40), lasts in prop::collection::vec(0..500u64, 40),
            max_per_block in 1..4u16, overdue in prop::sample::select(&[Overdue::AfterLongestTempo, Overdue::AfterTempo]),
        ) {
            // As many epochs as blocks allow: with tempos of at least as many blocks as there are subnets.
            let least = tempos.len() as u16;
            let mut clocks: Vec<EpochClock> = tempos
                .iter()
                .zip(lasts)
                .map(|(&tempo, last)| clock(if tempo == 0 { 0 } else { tempo.max(least) }, 500 + last))
                .collect();
            let max = NonZeroU16::new(max_per_block).expect("above zero");
            let rules = DynamicTempo { max_per_block: max, overdue };
            let mut last_run: Vec<Option<u64>> = vec![None; clocks.len()];
            for block in 1_000..2_000 {
                let epochs = run(rules, &mut clocks, block);
                prop_assert!(epochs.run.len() <= usize::from(max_per_block));
                prop_assert!(epochs.deferred.is_empty() || epochs.run.len() == usize::from(max_per_block));
                for place in epochs.run {
                    let tempo = u64::from(clocks[place].tempo);
                    if let Some(last) = last_run[place] {
                        prop_assert!(block - last >= tempo && block - last <= tempo + clocks.len() as u64);
                    }
                    last_run[place] = Some(block);
                }
            }
            for (clock, last) in clocks.iter().zip(last_run) {
                prop_assert_eq!(clock.tempo > 0, last.is_some());
            }
        }
    }
}
