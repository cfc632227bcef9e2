//! The root network as one that votes: who has set which weights, and what each subnet has.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::prelude::*;
use dtao_protocol::root_network::{RootVote, RootVotingRules, RootWeightsRefused, check_weights, root_epoch};
use dtao_protocol::units::{Block, Netuid, Tao};
use dtao_protocol::yuma::max_upscale;

use crate::account::Hotkey;
use crate::stakes::Stakes;
use crate::subnet::Subnets;

/// The root network as one that votes; under dynamic TAO nothing is left of it.
#[derive(Resource, Clone, Debug)]
pub struct RootNetwork {
    pub(crate) rules: RootVotingRules,
    pub(crate) next_epoch: Option<Block>,
    pub(crate) rows: BTreeMap<Hotkey, Row>,
    pub(crate) subnets: BTreeMap<Netuid, RootShare>,
    /// What root's last epoch shared, a block.
    pub(crate) emission: Tao,
    /// What the votes for root itself take away from the subnets: nobody is emitted it.
    pub(crate) withheld: Tao,
}

/// A validator's weights.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    weights: Arc<[(Netuid, u16)]>,
    set_at: Block,
}

/// What a subnet has under root voting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootShare {
    pub(crate) emission: Tao,
    pub(crate) pending: Tao,
    pub(crate) locked: Tao,
}

impl RootShare {
    /// TAO that each block emits to it (`EmissionValues`).
    #[must_use]
    pub fn emission(self) -> Tao {
        self.emission
    }

    /// TAO that waits for its next epoch (`PendingEmission`).
    #[must_use]
    pub fn pending(self) -> Tao {
        self.pending
    }

    /// What its owner has paid for it and gets back, less the pool's seed (`SubnetLocked`).
    #[must_use]
    pub fn locked(self) -> Tao {
        self.locked
    }
}

impl RootNetwork {
    /// A root network that does not vote: dynamic TAO has begun.
    pub(crate) fn idle() -> Self {
        Self {
            rules: RootVotingRules::pre_dtao(),
            next_epoch: None,
            rows: BTreeMap::new(),
            subnets: BTreeMap::new(),
            emission: Tao::ZERO,
            withheld: Tao::ZERO,
        }
    }

    /// How root votes.
    #[must_use]
    pub fn rules(&self) -> RootVotingRules {
        self.rules
    }

    /// What a subnet has; nothing under dynamic TAO.
    #[must_use]
    pub fn share(&self, netuid: Netuid) -> Option<RootShare> {
        self.subnets.get(&netuid).copied()
    }

    /// The weights that a validator has set.
    #[must_use]
    pub fn weights(&self, hotkey: Hotkey) -> &[(Netuid, u16)] {
        self.rows.get(&hotkey).map_or(&[], |row| &row.weights)
    }

    pub(crate) fn set_weights(
        &mut self,
        hotkey: Hotkey,
        weights: &[(Netuid, u16)],
        now: Block,
        stakes: &Stakes,
        subnets: &Subnets,
    ) -> Result<(), RootWeightsRefused> {
        if !stakes.is_seated(hotkey) {
            return Err(RootWeightsRefused::NoSeat);
        }
        if let Some(row) = self.rows.get(&hotkey)
            && now.since(row.set_at) < self.rules.weights_rate_limit
        {
            return Err(RootWeightsRefused::TooFast(row.set_at + self.rules.weights_rate_limit));
        }
        check_weights(weights, |netuid| subnets.contains(netuid))?;
        let values: Vec<u16> = weights.iter().map(|&(_, weight)| weight).collect();
        let scaled = weights.iter().zip(max_upscale(&values)).map(|(&(netuid, _), weight)| (netuid, weight));
        self.rows.insert(hotkey, Row { weights: scaled.collect(), set_at: now });
        Ok(())
    }

    /// Root's epoch: what each subnet is emitted a block from now on. Nothing changes if nobody has stake.
    pub(crate) fn vote(&mut self, stakes: &Stakes, emission: Tao) {
        // Column 0 is root's own, the others are the subnets in order.
        let columns: BTreeMap<Netuid, usize> =
            std::iter::once(Netuid::ROOT).chain(self.subnets.keys().copied()).zip(0..).collect();
        let votes: Vec<RootVote> = stakes
            .seats()
            .into_iter()
            .map(|(hotkey, stake)| {
                let mut weights = vec![0; columns.len()];
                for &(netuid, weight) in self.weights(hotkey) {
                    weights[columns[&netuid]] = weight;
                }
                RootVote { stake, weights }
            })
            .collect();
        if let Ok(values) = root_epoch(self.rules.epoch, &votes, columns.len(), emission) {
            self.emission = emission;
            self.withheld = values[0];
            for (share, &value) in self.subnets.values_mut().zip(&values[1..]) {
                share.emission = value;
            }
        }
    }
}
