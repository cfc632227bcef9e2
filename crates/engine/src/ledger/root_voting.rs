//! The regime before dynamic TAO: root's validators vote on how each block's TAO is shared among subnets.
//!
//! There are no pools and no alpha: a subnet has its owner's lock and the TAO that waits for its next epoch.
//! All stake is on root. The migration ends this and seeds the moving prices with the last vote's result.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::prelude::*;
use dtao_protocol::books::Pending;
use dtao_protocol::coinbase::SubnetEmission;
use dtao_protocol::drain;
use dtao_protocol::emission::Emission;
use dtao_protocol::fixed::Q32;
use dtao_protocol::halving::tao_emission;
use dtao_protocol::root_network::{
    RootVote, RootVotingRules, RootWeightsRefused, check_weights, nominal, owner_cut, root_epoch, seats,
};
use dtao_protocol::schedule::{EpochSchedule, next_epoch};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use dtao_protocol::yuma::{Epoch, max_upscale};

use crate::account::{Accounts, AgentId, Hotkey, Wallet};
use crate::call::EpochReceipt;
use crate::clock::Clock;
use crate::ledger::coinbase::Payout;
use crate::ledger::{BlockEmission, Earned, Issuance, Law, Root, Stakes};
use crate::pipeline::Receipts;
use crate::roster::{Roster, Surroundings};
use crate::subnet::{Inside, Subnets};

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

    /// Those who vote, each with all stake on it, most first.
    #[must_use]
    pub fn seats(stakes: &Stakes) -> Vec<(Hotkey, Tao)> {
        seats(stakes.on(Netuid::ROOT).map(|(hotkey, pool)| (hotkey, Tao::from_rao(pool.total().rao()))))
    }

    pub(crate) fn set_weights(
        &mut self,
        hotkey: Hotkey,
        weights: &[(Netuid, u16)],
        now: Block,
        stakes: &Stakes,
        subnets: &Subnets,
    ) -> Result<(), RootWeightsRefused> {
        if !Self::seats(stakes).iter().any(|&(seated, _)| seated == hotkey) {
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
    fn vote(&mut self, stakes: &Stakes, emission: Tao) {
        // Column 0 is root's own, the others are the subnets in order.
        let columns: BTreeMap<Netuid, usize> =
            std::iter::once(Netuid::ROOT).chain(self.subnets.keys().copied()).zip(0..).collect();
        let votes: Vec<RootVote> = Self::seats(stakes)
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

/// Whether root's votes share the emission.
pub(crate) fn root_votes(law: Res<Law>) -> bool {
    law.rules.emission == Emission::RootVote
}

/// What accounts have.
type Holders<'w, 's> = Query<'w, 's, (&'static mut Wallet, &'static mut Earned)>;

/// Emits the block's TAO by root's votes, then runs the epochs that are due.
///
/// Root's own epoch comes first, so that its result counts from the same block.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::run_coinbase` @ 8f39a5832
#[expect(clippy::too_many_arguments, reason = "a system's parameters are what it reads and writes")]
pub(crate) fn root_coinbase(
    clock: Res<Clock>,
    law: Res<Law>,
    accounts: Res<Accounts>,
    mut network: ResMut<RootNetwork>,
    mut root: ResMut<Root>,
    mut issuance: ResMut<Issuance>,
    mut emission: ResMut<BlockEmission>,
    mut receipts: ResMut<Receipts>,
    mut stakes: ResMut<Stakes>,
    mut subnets: ResMut<Subnets>,
    mut holders: Holders,
    mut scratch: Local<Epoch>,
) {
    receipts.clear();
    let now = clock.block;
    if network.next_epoch == Some(now) {
        network.vote(&stakes, tao_emission(issuance.0));
        network.next_epoch = next_epoch(Netuid::ROOT, network.rules.tempo, now + 1);
    }
    emission.tao = network.emission;
    for books in subnets.books_mut() {
        let share = network.subnets.get_mut(&books.netuid).expect(EVERY_SHARE);
        share.pending += share.emission;
        issuance.0 += share.emission;
        books.emitted = SubnetEmission { tao_in: share.emission, ..SubnetEmission::default() };
    }
    subnets.run_epochs(EpochSchedule::Grid, now, |books, inside| {
        let share = network.subnets.get_mut(&books.netuid).expect(EVERY_SHARE);
        let pending = std::mem::take(&mut share.pending);
        let mut till = Till { stakes: &mut stakes, accounts: &accounts, holders: &mut holders };
        let credited = match inside {
            Inside::Aggregate { holder } => till.pay_aggregate(pending, &law, *holder),
            Inside::Detailed(roster) => till.pay_roster(
                pending,
                &law,
                roster,
                (books.netuid, books.settings.tempo, now),
                &mut scratch,
            ),
        };
        root.tao += credited.staked;
        root.undistributed += pending - credited.staked - credited.free;
        receipts.epochs.push(EpochReceipt {
            netuid: books.netuid,
            alpha: Alpha::ZERO,
            root_tao: credited.staked + credited.free,
            recycled: Alpha::ZERO,
        });
    });
}

pub(super) const EVERY_SHARE: &str =
    "under root voting every subnet has a share, and every share is a subnet's";

/// What an epoch has paid.
struct Credited {
    /// As stake on root.
    staked: Tao,
    /// As free TAO.
    free: Tao,
}

/// Pays what an epoch gives before dynamic TAO.
struct Till<'a, 'w, 's> {
    stakes: &'a mut Stakes,
    accounts: &'a Accounts,
    holders: &'a mut Holders<'w, 's>,
}

impl Till<'_, '_, '_> {
    /// Owner's cut and miners' half go to the holder as free TAO; the other half to all hotkeys with stake on
    /// root, by their stake.
    fn pay_aggregate(&mut self, pending: Tao, law: &Law, holder: AgentId) -> Credited {
        let on_root: Vec<(Hotkey, Tao)> = self
            .stakes
            .on(Netuid::ROOT)
            .map(|(hotkey, pool)| (hotkey, Tao::from_rao(pool.total().rao())))
            .collect();
        let stakes: Vec<Tao> = on_root.iter().map(|&(_, stake)| stake).collect();
        let payout = nominal(pending, law.rules.owner_cut, &stakes);
        let free = payout.owner + payout.miners;
        self.pay_free(holder, free);
        let mut staked = Tao::ZERO;
        for (&(hotkey, _), &dividend) in on_root.iter().zip(&payout.validators) {
            let take = Q32::ratio(u64::from(drain::TAKE.0), u64::from(u16::MAX));
            let take = Tao::from_rao(take.mul(Q32::from_int(dividend.rao())).floor());
            self.pay_dividend(hotkey, take, dividend - take);
            staked += dividend;
        }
        Credited { staked, free }
    }

    /// The owner's cut as free TAO; the rest by the subnet's Yuma epoch, all of it as stake on root.
    fn pay_roster(
        &mut self,
        pending: Tao,
        law: &Law,
        roster: &mut Roster,
        (netuid, tempo, now): (Netuid, u16, Block),
        scratch: &mut Epoch,
    ) -> Credited {
        let free = owner_cut(pending, law.rules.owner_cut);
        self.pay_free(roster.owner(), free);
        // The drain counts in alpha; here every unit of it is one of TAO.
        let gathered = Pending { emission: Alpha::from_rao((pending - free).rao()), ..Pending::default() };
        let around = Surroundings { netuid, tempo, now, stakes: self.stakes, rules: &law.rules };
        let (names, payout) = roster.epoch(&around, &gathered, scratch);
        let mut staked = Alpha::ZERO;
        for &(key, incentive) in &payout.incentives {
            staked += incentive;
            let hotkey = names[key.0];
            self.staking(|payout| payout.stake(hotkey, hotkey.0, incentive));
        }
        for dividend in &payout.alpha_dividends {
            staked += dividend.take + dividend.rest;
            let tao = |alpha: Alpha| Tao::from_rao(alpha.rao());
            self.pay_dividend(names[dividend.hotkey.0], tao(dividend.take), tao(dividend.rest));
        }
        Credited { staked: Tao::from_rao(staked.rao()), free }
    }

    fn pay_free(&mut self, agent: AgentId, tao: Tao) {
        let (mut wallet, mut earned) =
            self.holders.get_mut(self.accounts.entity(agent)).expect("accounts are never removed");
        wallet.0 += tao;
        earned.0 += tao;
    }

    /// The rest first: the take would change who shares it.
    fn pay_dividend(&mut self, hotkey: Hotkey, take: Tao, rest: Tao) {
        self.staking(|payout| {
            payout.share(Netuid::ROOT, hotkey, Alpha::from_rao(rest.rao()));
            payout.stake(hotkey, hotkey.0, Alpha::from_rao(take.rao()));
        });
    }

    fn staking(&mut self, pay: impl FnOnce(&mut Payout)) {
        let Self { stakes, accounts, holders } = self;
        let mut earn = |agent, value| {
            let (_, mut earned) =
                holders.get_mut(accounts.entity(agent)).expect("accounts are never removed");
            earned.0 += value;
        };
        pay(&mut Payout { netuid: Netuid::ROOT, price: Q32::ONE, stakes, earn: &mut earn });
    }
}
