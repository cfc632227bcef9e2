//! An epoch of a subnet in detail: who gets what.

use std::collections::BTreeMap;

use dtao_protocol::books::Pending;
use dtao_protocol::children::TakenOver;
use dtao_protocol::drain::{self, Earned, HotkeyId, Payout, RootEarners, RootSeat};
use dtao_protocol::emission_weights::AlphaDivision;
use dtao_protocol::registration::{OwnersNeuron, Standing};
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::{BondMask, Epoch, EpochRules, Uid, max_upscale_fixed};

use super::{Roster, Surroundings};
use crate::account::Hotkey;

impl Roster {
    /// Runs the epoch over what the subnet has gathered, and says who gets what.
    pub(crate) fn epoch(
        &mut self,
        around: &Surroundings,
        pending: &Pending,
        scratch: &mut Epoch,
    ) -> (Vec<Hotkey>, Payout) {
        let (now, rules) = (around.now, around.rules);
        self.epochs += 1;
        self.last_window = self.window_of_epoch(around);
        self.reveal(around);
        if rules.children.taken_over == TakenOver::BeforeEpoch {
            self.children.take_over(now);
        }
        let (names, keys) = self.weigh(around);
        let epoch_rules = self.epoch_rules_of(around);
        self.neurons.owner = self.uid(Hotkey(self.owner));
        scratch.run(&epoch_rules, &mut self.neurons, now, pending.for_epoch());
        self.neurons.last_epoch = now;
        let mut earned: Vec<Earned> = scratch
            .server_emission()
            .iter()
            .zip(scratch.validator_emission())
            .enumerate()
            .map(|(uid, (&incentive, &dividend))| Earned { hotkey: HotkeyId(uid), incentive, dividend })
            .collect();
        if rules.coinbase.alpha_division == AlphaDivision::EmissionWeights {
            drain::share_among_miners(&mut earned, pending.server);
        }
        self.last.consensus = scratch.consensus().to_vec();
        self.last.incentive = scratch.incentive().to_vec();
        self.last.dividends = scratch.dividends().to_vec();
        self.last.emission = scratch.emission().to_vec();
        self.last.pruning = max_upscale_fixed(scratch.combined());
        let terms = rules.drain.terms(rules.tao_weight, rules.alpha_dividends);
        (names, drain::distribute(&terms, pending, &earned, &keys, &self.unpaid(rules)))
    }

    /// The neurons whose incentive is not paid: the owner's, by revision. An account has one hotkey, so the owner's others do
    /// not occur.
    fn unpaid(&self, rules: &Rules) -> Vec<HotkeyId> {
        let owner = self.uid(Hotkey(self.owner)).map(|uid| OwnersNeuron {
            uid,
            registered: self.neurons.by_uid[uid.index()].registered,
            standing: Standing::OwnersHotkey,
        });
        let unpaid = rules.drain.owner_incentive.unpaid(owner);
        unpaid.into_iter().map(|uid: Uid| HotkeyId(uid.index())).collect()
    }

    /// How this epoch runs, with what the rules take from elsewhere: the threshold of stake, and the subnet's tempo.
    fn epoch_rules_of(&self, around: &Surroundings) -> EpochRules {
        let rules = *self.epoch_rules(around.rules);
        let bond_mask = match rules.bond_mask {
            BondMask::SetBeforeRegistration => BondMask::SetBeforeRegistration,
            BondMask::RegisteredWithinTempo { .. } => BondMask::RegisteredWithinTempo { tempo: around.tempo },
            BondMask::RegisteredSinceLastEpoch { .. } => {
                BondMask::RegisteredSinceLastEpoch { tempo: around.tempo }
            }
        };
        // Held against the stake weight, which is in alpha.
        let stake_threshold = Alpha::from_rao(around.rules.stake_threshold.rao());
        EpochRules { bond_mask, stake_threshold, ..rules }
    }

    /// Gives every neuron its stake weight; returns all keys that it depends on.
    pub(super) fn weigh(&mut self, around: &Surroundings) -> (Vec<Hotkey>, Vec<drain::Hotkey>) {
        let (names, keys) = self.keys(around);
        for uid in 0..self.hotkeys.len() {
            self.neurons.by_uid[uid].stake =
                drain::stake_weight(&keys, HotkeyId(uid), around.rules.tao_weight);
        }
        (names, keys)
    }

    /// The neurons' hotkeys by UID, then all others that lend them stake, as a drain sees them.
    fn keys(&self, around: &Surroundings) -> (Vec<Hotkey>, Vec<drain::Hotkey>) {
        let mut names = self.hotkeys.clone();
        let neurons: BTreeMap<Hotkey, usize> =
            names.iter().enumerate().map(|(at, &name)| (name, at)).collect();
        let parents = self.children.iter().filter(|(parent, children)| {
            !neurons.contains_key(parent) && children.iter().any(|(child, _)| neurons.contains_key(child))
        });
        names.extend(parents.map(|(parent, _)| parent));
        let mut keys: Vec<drain::Hotkey> = names.iter().map(|&name| key(name, around)).collect();
        if around.rules.drain.root_earners != RootEarners::AnyHotkey {
            let seats = around.stakes.seats();
            for (name, key) in names.iter().zip(&mut keys) {
                let seated = seats.iter().any(|(seated, _)| seated == name);
                key.root_seat = if seated { RootSeat::Held } else { RootSeat::None };
            }
        }
        for (at, &name) in names.iter().enumerate() {
            for &(child, fraction) in self.children.of(name) {
                keys[at].lent.push(fraction);
                if let Some(&child) = neurons.get(&child) {
                    keys[child].parents.push((HotkeyId(at), fraction));
                }
            }
        }
        (names, keys)
    }

    /// A hotkey as a drain sees it, followed by those that lend it stake.
    pub(super) fn with_parents(&self, hotkey: Hotkey, around: &Surroundings) -> Vec<drain::Hotkey> {
        let mut keys = vec![key(hotkey, around)];
        keys[0].lent = self.children.of(hotkey).iter().map(|&(_, fraction)| fraction).collect();
        for (parent, children) in self.children.iter() {
            for &(_, fraction) in children.iter().filter(|&&(child, _)| child == hotkey) {
                let lender = HotkeyId(keys.len());
                keys[0].parents.push((lender, fraction));
                keys.push(key(parent, around));
            }
        }
        keys
    }
}

/// A hotkey with its stake, as a drain sees it.
fn key(name: Hotkey, around: &Surroundings) -> drain::Hotkey {
    drain::Hotkey {
        coldkey: drain::ColdkeyId(name.0.0 as usize),
        alpha: around.stakes.staked_on(around.netuid, name),
        root: Tao::from_rao(around.stakes.staked_on(Netuid::ROOT, name).rao()),
        take: drain::TAKE,
        ..drain::Hotkey::default()
    }
}
