//! Calls on the neurons of subnets in detail.

use std::sync::Arc;

use dtao_protocol::drain::Proportion;
use dtao_protocol::units::{Netuid, Tao};
use dtao_protocol::yuma::Uid;

use super::Ledger;
use crate::account::Hotkey;
use crate::call::{Outcome, Refusal};
use crate::roster::{Roster, Surroundings};

impl Ledger<'_, '_> {
    pub(super) fn set_weights(
        &mut self,
        hotkey: Hotkey,
        netuid: Netuid,
        weights: &Arc<[(Uid, u16)]>,
    ) -> Result<Outcome, Refusal> {
        self.with_roster(netuid, |roster, around| {
            roster.set_weights(hotkey, weights, around).map_err(Refusal::Weights)
        })
    }

    pub(super) fn set_children(
        &mut self,
        parent: Hotkey,
        netuid: Netuid,
        children: &Arc<[(Hotkey, Proportion)]>,
    ) -> Result<Outcome, Refusal> {
        let stake = self.worth(parent);
        let first_emission = self.subnets.get(netuid).and_then(|books| books.settings.first_emission);
        let rules = &self.law.rules;
        let applied = rules.children.applied(rules.is_started(first_emission));
        self.with_roster(netuid, |roster, around| {
            roster.set_children(parent, children, stake, applied, around)
        })
    }

    /// Lets root's validators lend all that they have on a new subnet in detail to its owner's hotkey. One that may not have
    /// children, since its stake is below the threshold, is passed over.
    ///
    /// Root's validators are the hotkeys with most stake on root, as many as there are seats.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/set_children.rs::do_set_root_validators_for_subnet` @ e7f05a051
    pub(super) fn root_validators_lend(&mut self, netuid: Netuid, owner: Hotkey) {
        let all: Arc<[(Hotkey, Proportion)]> = [(owner, Proportion(u64::MAX))].into();
        for (validator, _) in self.stakes.seats() {
            if validator != owner {
                let _ = self.set_children(validator, netuid, &all);
            }
        }
    }

    /// After an unstake: changes of children that a hotkey has scheduled are dropped on all subnets if its stake has
    /// fallen below the threshold.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::do_remove_stake` @ f95810a25
    pub(super) fn cancel_children_without_stake(&mut self, hotkey: Hotkey) {
        let threshold = self.law.rules.stake_threshold;
        if threshold == Tao::ZERO || self.worth(hotkey) >= threshold {
            return;
        }
        for roster in self.subnets.rosters_mut() {
            roster.cancel_children(hotkey);
        }
    }

    /// What all stake on a hotkey is worth, on root and on each subnet at the spot price, each rounded down to whole
    /// rao.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/helpers.rs::get_total_stake_for_hotkey` @ f95810a25
    fn worth(&self, hotkey: Hotkey) -> Tao {
        let on_root = Tao::from_rao(self.stakes.staked_on(Netuid::ROOT, hotkey).rao());
        let on_subnets = self.subnets.books().iter().map(|books| {
            let alpha = self.stakes.staked_on(books.netuid, hotkey);
            alpha.at(books.spot_price())
        });
        on_subnets.fold(on_root, Tao::saturating_add)
    }

    /// Lets a call change the neurons of a subnet in detail.
    fn with_roster(
        &mut self,
        netuid: Netuid,
        change: impl FnOnce(&mut Roster, &Surroundings) -> Result<(), Refusal>,
    ) -> Result<Outcome, Refusal> {
        let tempo = self.subnets.get(netuid).ok_or(Refusal::NoSuchSubnet)?.settings.tempo;
        let inside = self.subnets.inside_mut(netuid).ok_or(Refusal::NoSuchSubnet)?;
        let roster = inside.roster_mut().ok_or(Refusal::Aggregate)?;
        let around = Surroundings {
            netuid,
            tempo,
            now: self.clock.block,
            stakes: &self.stakes,
            rules: &self.law.rules,
        };
        change(roster, &around).map(|()| Outcome::Done)
    }
}
