//! Weights: set in the open, or committed to and revealed later.

use std::collections::BTreeMap;
use std::sync::Arc;

use dtao_protocol::drain;
use dtao_protocol::schedule::{EpochSchedule, commit_window, epoch_window};
use dtao_protocol::units::{Alpha, Block};
use dtao_protocol::yuma::{Arrival, Uid, WeightsCall, WeightsRefused, WeightsRules};

use super::{Roster, Surroundings};
use crate::account::Hotkey;

/// Weights that a hotkey has committed to and that are still to take effect.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    hotkey: Hotkey,
    weights: Arc<[(Uid, u16)]>,
    /// When it committed.
    at: Block,
}

/// How many commitments a hotkey may have in a window.
const MAX_COMMITS: usize = 10;

impl Roster {
    /// Sets a hotkey's weights, or commits to them where the subnet asks for that.
    pub(crate) fn set_weights(
        &mut self,
        hotkey: Hotkey,
        weights: &Arc<[(Uid, u16)]>,
        around: &Surroundings,
    ) -> Result<(), WeightsRefused> {
        // The chain refuses a call of too little stake before it looks at it.
        self.check_stake(hotkey, around)?;
        let uid = self.uid(hotkey).ok_or(WeightsRefused::NotRegistered)?;
        if self.reveal_after.is_some() {
            return self.commit(hotkey, uid, weights, around);
        }
        let call = WeightsCall { weights, version_key: 0 };
        self.neurons.set_weights(&around.rules.weights, uid, &call, around.now)
    }

    /// A commitment passes the other checks when it is revealed.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/weights.rs::do_commit_crv3_weights` @ f95810a25
    fn commit(
        &mut self,
        hotkey: Hotkey,
        uid: Uid,
        weights: &Arc<[(Uid, u16)]>,
        around: &Surroundings,
    ) -> Result<(), WeightsRefused> {
        let now = around.now;
        let neuron = &mut self.neurons.by_uid[uid.index()];
        let limit = around.rules.weights.rate_limit();
        if neuron.last_update != Block(0) && now.since(neuron.last_update) < limit {
            return Err(WeightsRefused::TooFast(neuron.last_update + limit));
        }
        let window = match around.rules.epoch_schedule {
            EpochSchedule::Grid => commit_window(around.netuid, around.tempo, now),
            EpochSchedule::Dynamic(_) => self.last_window + 1,
        };
        let commits = self.commits.entry(window).or_default();
        if commits.iter().filter(|commit| commit.hotkey == hotkey).count() >= MAX_COMMITS {
            return Err(WeightsRefused::TooManyCommits(MAX_COMMITS));
        }
        neuron.last_update = now;
        neuron.pending_commit.get_or_insert(now);
        commits.push(Commit { hotkey, weights: Arc::clone(weights), at: now });
        Ok(())
    }

    /// The window of commitments that this block's epoch closes: that of the grid, or since spec 423 the next.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/weights.rs::get_epoch_index` @ f95810a25, 14bc6f9f9
    pub(super) fn window_of_epoch(&self, around: &Surroundings) -> u64 {
        match around.rules.epoch_schedule {
            EpochSchedule::Grid => epoch_window(around.netuid, around.tempo, around.now),
            EpochSchedule::Dynamic(_) => self.last_window + 1,
        }
    }

    /// Committed weights whose epoch this is take effect, in the order in which they were committed; those whose epoch
    /// never came have expired.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::reveal_crv3_commits` @ f95810a25
    pub(super) fn reveal(&mut self, around: &Surroundings) {
        let Some(period) = self.reveal_after else { return };
        let window = self.last_window.saturating_sub(u64::from(period.get()) - 1);
        self.commits = self.commits.split_off(&window);
        // The chain reveals nothing in the first two windows of its history.
        if around.rules.epoch_schedule == EpochSchedule::Grid && self.last_window < 2 {
            return;
        }
        let due = self.commits.remove(&window).unwrap_or_default();
        let rules = WeightsRules { arrival: Arrival::Revealed, ..around.rules.weights };
        for Commit { hotkey, weights, .. } in due {
            if let Some(uid) = self.uid(hotkey)
                && self.check_stake(hotkey, around).is_ok()
            {
                let call = WeightsCall { weights: &weights, version_key: 0 };
                // What does not pass the chain's checks when it is revealed has no effect.
                let _ = self.neurons.set_weights(&rules, uid, &call, around.now);
            }
        }
        self.mark_commits();
    }

    /// Notes at each neuron the earliest of its hotkey's open commitments.
    pub(super) fn mark_commits(&mut self) {
        let mut earliest = BTreeMap::new();
        for commit in self.commits.values().flatten() {
            let at = earliest.entry(commit.hotkey).or_insert(commit.at);
            *at = commit.at.min(*at);
        }
        for (hotkey, neuron) in self.hotkeys.iter().zip(&mut self.neurons.by_uid) {
            neuron.pending_commit = earliest.get(hotkey).copied();
        }
    }

    /// Whether a hotkey, a neuron or not, has the stake weight now that calls on weights need.
    ///
    /// Source: `subtensor:pallets/subtensor/src/lib.rs::check_weights_min_stake` @ f95810a25
    fn check_stake(&self, hotkey: Hotkey, around: &Surroundings) -> Result<(), WeightsRefused> {
        let threshold = Alpha::from_rao(around.rules.stake_threshold.rao());
        if threshold == Alpha::ZERO {
            return Ok(());
        }
        let keys = self.with_parents(hotkey, around);
        let stake = drain::stake_weight(&keys, drain::HotkeyId(0), around.rules.tao_weight);
        if stake.floor() < threshold.rao() { Err(WeightsRefused::StakeTooLow(threshold)) } else { Ok(()) }
    }
}
