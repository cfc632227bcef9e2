//! Stake: who has how much of it, on which hotkey of which subnet.

mod carried_fund;

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;
use dtao_protocol::root_claim::{Accrual, ClaimType, HotkeyClaims, RootClaims};
use dtao_protocol::root_network::seats;
use dtao_protocol::share_pool::{Precision, SharePool};
use dtao_protocol::staking::LastDividends;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::carried::OwedToRoot;
use crate::funds::Funds;

/// Stake, by netuid (0 is root) and by the hotkey that it is on.
#[derive(Resource, Clone, Debug)]
pub struct Stakes {
    precision: Precision,
    pools: Vec<BTreeMap<Hotkey, SharePool<AgentId>>>,
    /// What each hotkey's stakers received in a subnet's last epoch.
    last_dividends: BTreeMap<(Netuid, Hotkey), LastDividends>,
    /// What those who stake on root through a hotkey can claim of subnets' alpha.
    claims: BTreeMap<Hotkey, HotkeyClaims<AgentId>>,
    /// What accounts' claims turn into, where they have chosen.
    claim_types: BTreeMap<AgentId, ClaimType>,
    /// Shares of hotkeys' funds, and what waits to enter them.
    funds: Funds,
}

impl Stakes {
    /// No stake yet.
    pub(crate) fn new(precision: Precision) -> Self {
        Self {
            precision,
            pools: Vec::new(),
            last_dividends: BTreeMap::new(),
            claims: BTreeMap::new(),
            claim_types: BTreeMap::new(),
            funds: Funds::default(),
        }
    }

    /// Lets every pool take over another revision's precision.
    pub(crate) fn upgrade(&mut self, precision: Precision) {
        self.precision = precision;
        self.pools.iter_mut().flat_map(BTreeMap::values_mut).for_each(|pool| pool.upgrade(precision));
    }

    /// What all of an account's stake on a subnet is worth, in the subnet's alpha (TAO on root).
    #[must_use]
    pub fn value(&self, netuid: Netuid, agent: AgentId) -> Alpha {
        self.on(netuid).map(|(_, pool)| pool.value(&agent)).sum()
    }

    /// The hotkeys on which there is stake on a subnet, in order, each with its share pool.
    pub fn on(&self, netuid: Netuid) -> impl Iterator<Item = (Hotkey, &SharePool<AgentId>)> + '_ {
        let pools = self.pools.get(usize::from(netuid.0));
        pools.into_iter().flatten().map(|(&hotkey, pool)| (hotkey, pool))
    }

    /// The hotkeys that have a place on root, each with all stake on it, most first: as many as there are places.
    ///
    /// On the chain a hotkey registers for one, and the one with least stake makes room.
    #[must_use]
    pub fn seats(&self) -> Vec<(Hotkey, Tao)> {
        seats(self.on(Netuid::ROOT).map(|(hotkey, pool)| (hotkey, Tao::from_rao(pool.total().rao()))))
    }

    /// Whether a hotkey has a place on root.
    #[must_use]
    pub fn is_seated(&self, hotkey: Hotkey) -> bool {
        self.seats().iter().any(|&(seated, _)| seated == hotkey)
    }

    /// All that is staked on a subnet, on whatever hotkey.
    #[must_use]
    pub fn total(&self, netuid: Netuid) -> Alpha {
        self.on(netuid).map(|(_, pool)| pool.total()).sum()
    }

    /// The share pool of a hotkey on a subnet.
    #[must_use]
    pub fn pool(&self, netuid: Netuid, hotkey: Hotkey) -> Option<&SharePool<AgentId>> {
        self.pools.get(usize::from(netuid.0))?.get(&hotkey)
    }

    /// All that is staked on a hotkey on a subnet.
    #[must_use]
    pub fn staked_on(&self, netuid: Netuid, hotkey: Hotkey) -> Alpha {
        self.pool(netuid, hotkey).map_or(Alpha::ZERO, SharePool::total)
    }

    /// What a hotkey's stakers received in a subnet's last epoch; nothing if it paid them nothing.
    #[must_use]
    pub fn last_dividends(&self, netuid: Netuid, hotkey: Hotkey) -> LastDividends {
        self.last_dividends.get(&(netuid, hotkey)).copied().unwrap_or_default()
    }

    /// Forgets what a subnet's last epoch paid, as another begins to pay.
    pub(crate) fn begin_dividends(&mut self, netuid: Netuid) {
        self.last_dividends.retain(|&(of, _), _| of != netuid);
    }

    /// Remembers what an epoch has just paid to a hotkey's stakers.
    pub(crate) fn note_dividends(&mut self, netuid: Netuid, hotkey: Hotkey, paid: Alpha) {
        let stake = self.staked_on(netuid, hotkey);
        self.last_dividends.insert((netuid, hotkey), LastDividends { paid, stake });
    }

    /// Goes on with what the stakers of a subnet in aggregate received in an epoch before the run.
    pub(crate) fn resume_dividends(&mut self, netuid: Netuid, last: LastDividends) {
        self.last_dividends.insert((netuid, Hotkey::AGGREGATE), last);
    }

    /// What stakers on root are owed of a subnet's alpha, all together, at the rate of the hotkey that stands for most of
    /// them; none if nothing was ever shared among them.
    pub(crate) fn owed_to_root(&self, netuid: Netuid) -> Option<OwedToRoot> {
        let of = |hotkey: &Hotkey| self.claims.get(hotkey).and_then(|claims| claims.of(netuid));
        let rates = self.claims.values().filter_map(|claims| claims.of(netuid)).map(RootClaims::rate);
        let rate = of(&Hotkey::AGGREGATE).map(RootClaims::rate).or(rates.max())?;
        let owed = self.on(Netuid::ROOT).filter_map(|(hotkey, pool)| Some((of(&hotkey)?, pool)));
        let owed = owed.flat_map(|(claims, pool)| {
            pool.values().map(|(agent, staked)| {
                let earned = claims.earned_by(Tao::from_rao(staked.rao()));
                earned.cast_signed() - claims.claimed(&agent).cast_signed()
            })
        });
        Some(OwedToRoot { rate, owed: owed.sum() })
    }

    /// Lets the stakers on root go on being owed what they were before the run.
    pub(crate) fn resume_claims(&mut self, netuid: Netuid, OwedToRoot { rate, owed }: OwedToRoot) {
        let (hotkey, agent) = (Hotkey::AGGREGATE, AgentId::ROOT_STAKERS);
        let earned = RootClaims::resumed(rate, agent, 0).earned_by(self.on_root(hotkey, agent));
        let claimed = u128::try_from(earned.cast_signed() - owed).unwrap_or(0);
        let claims = RootClaims::resumed(rate, agent, claimed);
        self.claims.entry(hotkey).or_default().resume(netuid, claims);
    }

    /// Stakes alpha of an account on a hotkey (TAO on root).
    pub(crate) fn add(&mut self, netuid: Netuid, hotkey: Hotkey, agent: AgentId, alpha: Alpha) {
        self.pool_mut(netuid, hotkey).add(agent, alpha);
        if netuid == Netuid::ROOT {
            self.funds.stake_changed(hotkey, agent, i128::from(alpha.rao()));
        }
        if let Some(claims) = self.claims_on(netuid, hotkey) {
            claims.stake_added(agent, Tao::from_rao(alpha.rao()));
        }
    }

    /// Takes stake of an account off a hotkey, and returns how much it was.
    pub(crate) fn remove(&mut self, netuid: Netuid, hotkey: Hotkey, agent: AgentId, alpha: Alpha) -> Alpha {
        let removed = self.pool_mut(netuid, hotkey).remove(agent, alpha);
        if netuid == Netuid::ROOT {
            self.funds.stake_changed(hotkey, agent, -i128::from(removed.rao()));
        }
        if let Some(claims) = self.claims_on(netuid, hotkey) {
            claims.stake_removed(agent, Tao::from_rao(removed.rao()));
        }
        removed
    }

    /// Lets all who stake on root through a hotkey claim alpha of a subnet.
    pub(crate) fn accrue(&mut self, netuid: Netuid, hotkey: Hotkey, alpha: Alpha) -> Accrual {
        if alpha == Alpha::ZERO {
            return Accrual::Claimable;
        }
        let staked = Tao::from_rao(self.staked_on(Netuid::ROOT, hotkey).rao());
        self.claims.entry(hotkey).or_default().accrue(netuid, alpha, staked)
    }

    /// Whether there may be anything to claim.
    pub(crate) fn may_be_claimed(&self) -> bool {
        !self.claims.is_empty()
    }

    /// The hotkeys through which there may be something to claim, in order.
    pub(crate) fn hotkeys_with_claims(&self) -> impl Iterator<Item = Hotkey> + '_ {
        self.claims.keys().copied()
    }

    /// The first subnet after another of which an account is owed at least so much through a hotkey.
    pub(crate) fn next_owed(
        &self,
        after: Netuid,
        hotkey: Hotkey,
        agent: AgentId,
        threshold: Alpha,
    ) -> Option<Netuid> {
        self.claims.get(&hotkey)?.next_owed(after, &agent, self.on_root(hotkey, agent), threshold)
    }

    /// What an account is owed of a subnet's alpha for its stake on root through a hotkey.
    #[must_use]
    pub fn owed(&self, netuid: Netuid, hotkey: Hotkey, agent: AgentId) -> Alpha {
        self.claims
            .get(&hotkey)
            .map_or(Alpha::ZERO, |claims| claims.owed(netuid, &agent, self.on_root(hotkey, agent)))
    }

    /// Books what an account is owed as claimed.
    pub(crate) fn claimed(&mut self, netuid: Netuid, hotkey: Hotkey, agent: AgentId, threshold: Alpha) {
        let staked = self.on_root(hotkey, agent);
        if let Some(claims) = self.claims.get_mut(&hotkey) {
            claims.claim(netuid, agent, staked, threshold);
        }
    }

    /// Takes a claim back, with the stake on root that it became, which is taken off the hotkey's pool elsewhere.
    pub(crate) fn unclaim(
        &mut self,
        (netuid, hotkey): (Netuid, Hotkey),
        agent: AgentId,
        owed: Alpha,
        tao: Option<Tao>,
    ) {
        if let Some(claims) = self.claims.get_mut(&hotkey) {
            if let Some(tao) = tao {
                claims.stake_removed(agent, tao);
            }
            claims.unclaim(netuid, &agent, owed);
        }
    }

    /// Puts a hotkey's share pool back as it was.
    pub(crate) fn put_back(&mut self, netuid: Netuid, hotkey: Hotkey, pool: Option<SharePool<AgentId>>) {
        let pools = self.pools_of(netuid);
        match pool {
            Some(pool) => pools.insert(hotkey, pool),
            None => pools.remove(&hotkey),
        };
    }

    /// What an account's claims turn into.
    #[must_use]
    pub fn claim_type(&self, agent: AgentId) -> &ClaimType {
        self.claim_types.get(&agent).unwrap_or(&ClaimType::Swap)
    }

    pub(crate) fn set_claim_type(&mut self, agent: AgentId, claims: ClaimType) {
        self.claim_types.insert(agent, claims);
    }

    /// Shares of funds, and what waits to enter them.
    #[must_use]
    pub fn funds(&self) -> &Funds {
        &self.funds
    }

    pub(crate) fn funds_mut(&mut self) -> &mut Funds {
        &mut self.funds
    }

    /// Shares of a hotkey's fund that an account is owed.
    #[must_use]
    pub fn fund_shares(&self, hotkey: Hotkey, agent: AgentId) -> u64 {
        self.funds.owed(hotkey, agent, self.on_root(hotkey, agent))
    }

    /// What stakers on root could claim by subnet, by hotkey; nobody can any more.
    pub(crate) fn end_claims(&mut self) -> BTreeMap<Hotkey, HotkeyClaims<AgentId>> {
        std::mem::take(&mut self.claims)
    }

    /// What a staker has on root through a hotkey.
    pub(crate) fn on_root(&self, hotkey: Hotkey, agent: AgentId) -> Tao {
        let staked = self.pool(Netuid::ROOT, hotkey).map_or(Alpha::ZERO, |pool| pool.value(&agent));
        Tao::from_rao(staked.rao())
    }

    /// Takes all stake on a subnet, on whatever hotkey, with what stakers on root could claim of it; returns what each account
    /// had on each hotkey, in order.
    pub(crate) fn take_all(&mut self, netuid: Netuid) -> Vec<(AgentId, Alpha)> {
        let pools = self.pools.get_mut(usize::from(netuid.0)).map(std::mem::take).unwrap_or_default();
        self.claims.values_mut().for_each(|claims| claims.dissolve(netuid));
        self.funds.forget(netuid);
        self.last_dividends.retain(|&(of, _), _| of != netuid);
        pools.values().flat_map(SharePool::values).filter(|&(_, alpha)| alpha > Alpha::ZERO).collect()
    }

    fn claims_on(&mut self, netuid: Netuid, hotkey: Hotkey) -> Option<&mut HotkeyClaims<AgentId>> {
        if netuid == Netuid::ROOT { self.claims.get_mut(&hotkey) } else { None }
    }

    /// A copy of a hotkey's share pool, empty if there is none.
    pub(crate) fn copy_of(&self, netuid: Netuid, hotkey: Hotkey) -> SharePool<AgentId> {
        self.pool(netuid, hotkey).cloned().unwrap_or_else(|| SharePool::new(self.precision))
    }

    pub(crate) fn pool_mut(&mut self, netuid: Netuid, hotkey: Hotkey) -> &mut SharePool<AgentId> {
        let precision = self.precision;
        self.pools_of(netuid).entry(hotkey).or_insert_with(|| SharePool::new(precision))
    }

    /// The share pools of a subnet.
    fn pools_of(&mut self, netuid: Netuid) -> &mut BTreeMap<Hotkey, SharePool<AgentId>> {
        let index = usize::from(netuid.0);
        if self.pools.len() <= index {
            self.pools.resize_with(index + 1, BTreeMap::new);
        }
        &mut self.pools[index]
    }
}
