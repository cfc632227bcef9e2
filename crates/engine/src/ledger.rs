//! The only code that moves tokens.
//!
//! Amounts of TAO and alpha are in wallets and resources whose fields only this crate can reach, and
//! only this module writes to them: the coinbase in [`coinbase`] and [`root_voting`], calls in [`Ledger`]. An independent
//! auditor ([`crate::audit`]) recounts everything.

pub mod coinbase;
mod neurons;
pub mod root_voting;

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use dtao_protocol::books::{Books, Settings};
use dtao_protocol::emission::Emission;
use dtao_protocol::era::{Migration, Spec};
use dtao_protocol::fixed::Q32;
use dtao_protocol::genesis;
use dtao_protocol::halving::tao_emission;
use dtao_protocol::pool::{Exchange, Mechanism, Reserves, constant_product, limits};
use dtao_protocol::registration::{LastLock, lock_cost, reduction_interval};
use dtao_protocol::root_network::RootWeightsRefused;
use dtao_protocol::rules::Rules;
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};

use crate::account::{Accounts, AgentId, Authority, Hotkey, Wallet};
use crate::call::{Call, Outcome, Refusal};
use crate::clock::Clock;
use crate::ledger::root_voting::{EVERY_SHARE, RootNetwork, RootShare};
use crate::roster::{NewSubnets, Roster};
use crate::subnet::{Inside, Subnets};

/// The rules in force, and the runtime they come from.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Law {
    /// The runtime.
    pub spec: Spec,
    /// Its rules, with what root has set.
    pub rules: Rules,
}

/// All TAO that exists (`TotalIssuance`), on which the halvings depend.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuance(pub(crate) Tao);

impl Issuance {
    /// The amount.
    #[must_use]
    pub fn tao(self) -> Tao {
        self.0
    }
}

/// The root network's own account of what is staked on it.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// `SubnetTAO` of netuid 0. Dividends paid as root stake are not added to it before spec 283, so it is
    /// less than what stakers may claim.
    pub(crate) tao: Tao,
    /// Fees paid on root, which nobody may claim.
    pub(crate) fees: Tao,
    /// Dividends that an epoch paid to nobody, by cutting to whole rao or for want of stake on root.
    pub(crate) undistributed: Tao,
}

impl Root {
    /// `SubnetTAO` of netuid 0: the TAO that root's weight is computed from.
    #[must_use]
    pub fn tao(self) -> Tao {
        self.tao
    }
}

/// Stake, by netuid (0 is root) and by the hotkey that it is on.
#[derive(Resource, Clone, Debug, Default)]
pub struct Stakes {
    pools: Vec<BTreeMap<Hotkey, SharePool<AgentId>>>,
}

impl Stakes {
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

    pub(crate) fn pool_mut(&mut self, netuid: Netuid, hotkey: Hotkey) -> &mut SharePool<AgentId> {
        let index = usize::from(netuid.0);
        if self.pools.len() <= index {
            self.pools.resize_with(index + 1, BTreeMap::new);
        }
        self.pools[index].entry(hotkey).or_default()
    }
}

/// The last registration of a subnet.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRegistration(pub LastLock);

/// What an account has earned from emission: alpha at the spot price when it was credited, and TAO.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned(pub(crate) Tao);

impl Earned {
    /// The TAO value.
    #[must_use]
    pub fn tao(self) -> Tao {
        self.0
    }
}

/// Executes calls: checks them as the chain does and moves what they move.
#[derive(SystemParam)]
pub struct Ledger<'w, 's> {
    clock: Res<'w, Clock>,
    accounts: Res<'w, Accounts>,
    law: ResMut<'w, Law>,
    issuance: ResMut<'w, Issuance>,
    root: ResMut<'w, Root>,
    stakes: ResMut<'w, Stakes>,
    last_registration: ResMut<'w, LastRegistration>,
    network: ResMut<'w, RootNetwork>,
    wallets: Query<'w, 's, (&'static mut Wallet, &'static Authority)>,
    subnets: ResMut<'w, Subnets>,
    new_subnets: Res<'w, NewSubnets>,
}

/// One side of a trade, quoted: nothing has moved yet.
#[derive(Clone, Copy)]
struct Leg {
    netuid: Netuid,
    hotkey: Hotkey,
    alpha: Alpha,
    /// TAO between the account and the pool, fee not counted.
    swapped: Tao,
    fee: Tao,
}

impl Ledger<'_, '_> {
    /// Executes one call; a refusal has changed nothing.
    pub(crate) fn execute(&mut self, agent: AgentId, call: &Call) -> Outcome {
        let done = match *call {
            Call::Stake { netuid, hotkey, tao, limit } => self.stake(agent, netuid, hotkey, tao, limit),
            Call::Unstake { netuid, hotkey, alpha, limit } => {
                self.unstake(agent, netuid, hotkey, alpha, limit)
            }
            Call::MoveStake { from, to, hotkey, alpha } => self.move_stake(agent, from, to, hotkey, alpha),
            Call::RegisterNeuron { netuid } => self.register_neuron(agent, netuid),
            Call::SetWeights { netuid, ref weights } => self.set_weights(Hotkey(agent), netuid, weights),
            Call::SetChildren { netuid, ref children } => self.set_children(Hotkey(agent), netuid, children),
            Call::SetRootWeights { ref weights } => self.set_root_weights(Hotkey(agent), weights),
            Call::SetMovingAlpha { coefficient } => self.as_root(agent).map(|()| {
                self.law.rules.moving_alpha = coefficient;
                Outcome::Done
            }),
            Call::SetTempo { netuid, tempo } => self.set_tempo(agent, netuid, tempo),
            Call::Upgrade { spec } => self.upgrade(agent, spec),
            Call::RegisterSubnet => self.register_subnet(agent),
        };
        done.unwrap_or_else(Outcome::Refused)
    }

    fn stake(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        hotkey: Hotkey,
        tao: Tao,
        limit: Option<Tao>,
    ) -> Result<Outcome, Refusal> {
        let fee = self.law.rules.staking_fee;
        let tao = match limit {
            Some(limit) => tao.min(self.max_buy(netuid, limit)?),
            None => tao,
        };
        if tao == Tao::ZERO && limit.is_some() {
            return Err(Refusal::SlippageTooHigh);
        }
        if tao < self.law.rules.min_stake + fee {
            return Err(Refusal::AmountTooLow);
        }
        if self.balance(agent) < tao {
            return Err(Refusal::NotEnoughBalance);
        }
        let leg = self.quote_buy(netuid, hotkey, tao, fee)?;
        self.wallet(agent).0 -= tao;
        self.settle_buy(agent, leg);
        Ok(Outcome::Bought { tao, alpha: leg.alpha })
    }

    fn unstake(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        hotkey: Hotkey,
        alpha: Alpha,
        limit: Option<Tao>,
    ) -> Result<Outcome, Refusal> {
        let alpha = match limit {
            Some(limit) => alpha.min(self.max_sell(netuid, limit)?),
            None => alpha,
        };
        if alpha == Alpha::ZERO {
            return Err(if limit.is_some() { Refusal::SlippageTooHigh } else { Refusal::AmountTooLow });
        }
        let leg = self.quote_sell(agent, netuid, hotkey, alpha, self.law.rules.staking_fee)?;
        self.settle_sell(agent, leg);
        let tao = leg.swapped - leg.fee;
        self.wallet(agent).0 += tao;
        self.cancel_children_without_stake(hotkey);
        Ok(Outcome::Sold { alpha: leg.alpha, tao })
    }

    fn move_stake(
        &mut self,
        agent: AgentId,
        from: Netuid,
        to: Netuid,
        hotkey: Hotkey,
        alpha: Alpha,
    ) -> Result<Outcome, Refusal> {
        if from == to {
            return Err(Refusal::SameSubnet);
        }
        let half_fee = Tao::from_rao(self.law.rules.staking_fee.rao() / 2);
        let sale = self.quote_sell(agent, from, hotkey, alpha, half_fee)?;
        let tao = sale.swapped - sale.fee;
        if tao < self.law.rules.min_stake + half_fee {
            return Err(Refusal::AmountTooLow);
        }
        let purchase = self.quote_buy(to, hotkey, tao, half_fee)?;
        self.settle_sell(agent, sale);
        self.settle_buy(agent, purchase);
        Ok(Outcome::Moved { sold: sale.alpha, tao, bought: purchase.alpha })
    }

    /// The fee is taken before the swap and put into the pool after it.
    fn quote_buy(&self, netuid: Netuid, hotkey: Hotkey, tao: Tao, fee: Tao) -> Result<Leg, Refusal> {
        let swapped = tao - fee;
        let alpha = match self.exchange(netuid)? {
            Some(pool) => constant_product::buy(pool, swapped).ok_or(Refusal::InsufficientLiquidity)?,
            None => Alpha::from_rao(swapped.rao()),
        };
        Ok(Leg { netuid, hotkey, alpha, swapped, fee })
    }

    /// The fee is taken from the proceeds and put back into the pool.
    fn quote_sell(
        &self,
        agent: AgentId,
        netuid: Netuid,
        hotkey: Hotkey,
        alpha: Alpha,
        fee: Tao,
    ) -> Result<Leg, Refusal> {
        let exchange = self.exchange(netuid)?;
        let held = self.stakes.pool(netuid, hotkey).filter(|pool| pool.value(&agent) >= alpha);
        let alpha = held.ok_or(Refusal::NotEnoughStake)?.removable(&agent, alpha);
        let swapped = match exchange {
            Some(pool) => constant_product::sell(pool, alpha).ok_or(Refusal::InsufficientLiquidity)?,
            None => Tao::from_rao(alpha.rao()),
        };
        if swapped <= self.law.rules.min_stake {
            return Err(Refusal::AmountTooLow);
        }
        Ok(Leg { netuid, hotkey, alpha, swapped, fee: fee.min(swapped) })
    }

    fn settle_buy(&mut self, agent: AgentId, leg: Leg) {
        self.stakes.pool_mut(leg.netuid, leg.hotkey).add(agent, leg.alpha);
        if leg.netuid == Netuid::ROOT {
            self.root.tao += leg.swapped + leg.fee;
            self.root.fees += leg.fee;
            return;
        }
        let Books { pool, alpha_out, settings, .. } = self.subnet(leg.netuid);
        pool.tao += leg.swapped + leg.fee;
        if settings.mechanism == Mechanism::Dynamic {
            pool.alpha -= leg.alpha;
        }
        *alpha_out += leg.alpha;
    }

    fn settle_sell(&mut self, agent: AgentId, leg: Leg) {
        let taken = self.stakes.pool_mut(leg.netuid, leg.hotkey).remove(agent, leg.alpha);
        assert_eq!(taken, leg.alpha, "the quote asked the same share pool");
        if leg.netuid == Netuid::ROOT {
            // Claims outgrow SubnetTAO by the dividends paid; the chain saturates.
            self.root.tao = self.root.tao.saturating_sub(leg.swapped) + leg.fee;
            self.root.fees += leg.fee;
            return;
        }
        let Books { pool, alpha_out, dust, settings, .. } = self.subnet(leg.netuid);
        pool.tao = pool.tao - leg.swapped + leg.fee;
        if settings.mechanism == Mechanism::Dynamic {
            pool.alpha += leg.alpha;
        }
        // More may be claimed than is outstanding (`ChainDust::unbacked`); the chain's subtraction saturates.
        let beyond = leg.alpha.saturating_sub(*alpha_out);
        *alpha_out = alpha_out.saturating_sub(leg.alpha);
        dust.unbacked -= beyond;
        dust.minted += beyond;
    }

    /// Pays the burn: the TAO buys alpha from the pool, without a fee, and the alpha is burned. Under root voting
    /// the TAO itself is burned.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::do_burned_registration` @ f95810a25
    fn register_neuron(&mut self, agent: AgentId, netuid: Netuid) -> Result<Outcome, Refusal> {
        let (now, hotkey, rules) = (self.clock.block, Hotkey(agent), self.law.rules);
        let roster = self.roster(netuid)?;
        roster.may_register(hotkey, &rules, now)?;
        let cost = roster.burn();
        if self.balance(agent) < cost {
            return Err(Refusal::NotEnoughBalance);
        }
        if self.root_votes() {
            self.wallet(agent).0 -= cost;
            self.issuance.0 -= cost;
            let uid = self.roster(netuid)?.register(hotkey, &rules, now);
            return Ok(Outcome::RegisteredNeuron { uid, cost, burned: Alpha::ZERO });
        }
        let pool = self.exchange(netuid)?.ok_or(Refusal::InsufficientLiquidity)?;
        let burned = constant_product::buy(pool, cost).ok_or(Refusal::InsufficientLiquidity)?;
        self.wallet(agent).0 -= cost;
        let pool = &mut self.subnet(netuid).pool;
        pool.tao += cost;
        pool.alpha -= burned;
        let uid = self.roster(netuid)?.register(hotkey, &rules, now);
        Ok(Outcome::RegisteredNeuron { uid, cost, burned })
    }

    /// The neurons of a subnet in detail.
    fn roster(&mut self, netuid: Netuid) -> Result<&mut Roster, Refusal> {
        let inside = self.subnets.inside_mut(netuid).ok_or(Refusal::NoSuchSubnet)?;
        inside.roster_mut().ok_or(Refusal::Aggregate)
    }

    /// Pays the lock cost: 1 TAO of it starts the pool, the rest is burned. Under root voting all of it is locked.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::do_register_network` @ f95810a25
    fn register_subnet(&mut self, agent: AgentId) -> Result<Outcome, Refusal> {
        let rules = &self.law.rules;
        let last = self.last_registration.0;
        let now = self.clock.block;
        if last.block != Block(0) && now.since(last.block) < rules.network_rate_limit {
            return Err(Refusal::RateLimit);
        }
        let interval = reduction_interval(rules.lock_reduction_interval, tao_emission(self.issuance.0));
        let cost = lock_cost(last, rules.min_lock_cost, interval, now);
        let seed = rules.min_lock_cost;
        if self.balance(agent) < cost {
            return Err(Refusal::NotEnoughBalance);
        }
        self.wallet(agent).0 -= cost;
        self.last_registration.0 = LastLock { cost, block: now };
        let netuid = self.subnets.next_netuid();
        let pool = if self.root_votes() {
            self.network.subnets.insert(netuid, RootShare { locked: cost, ..RootShare::default() });
            Reserves::default()
        } else {
            self.issuance.0 -= cost - seed;
            Reserves { tao: seed, alpha: Alpha::from_rao(seed.rao()) }
        };
        let settings = Settings::dynamic(netuid, now, genesis::TEMPO, now + 1);
        let books = Books { pool, ..Books::new(netuid, settings) };
        let inside = match &*self.new_subnets {
            NewSubnets::Aggregate => Inside::Aggregate { holder: agent },
            NewSubnets::Detailed(new) => {
                Inside::Detailed(Box::new(Roster::registered(agent, new, &self.law.rules, now)))
            }
        };
        self.subnets.add(&books, inside);
        Ok(Outcome::Registered { netuid, cost })
    }

    fn set_tempo(&mut self, agent: AgentId, netuid: Netuid, tempo: u16) -> Result<Outcome, Refusal> {
        self.as_root(agent)?;
        let from = self.clock.block + 1;
        self.subnets.set_tempo(netuid, tempo, from).ok_or(Refusal::NoSuchSubnet)?;
        Ok(Outcome::Done)
    }

    fn upgrade(&mut self, agent: AgentId, spec: Spec) -> Result<Outcome, Refusal> {
        self.as_root(agent)?;
        let now = self.law.spec;
        if spec <= now {
            return Err(Refusal::NotAnUpgrade);
        }
        for migration in self.law.rules.upgrade(now, spec) {
            match migration {
                Migration::DynamicTao => self.begin_dynamic_tao(),
            }
        }
        self.law.spec = spec;
        Ok(Outcome::Done)
    }

    /// Ends root voting: every subnet gets a pool of 1 TAO, from its lock or created, and 1 alpha; its last part
    /// of the emission becomes its moving price. Stake stays where it is, on root.
    ///
    /// What waits for epochs is left as it is, a number: it was TAO and will be paid as alpha, which `alpha_out` does not
    /// hold. Issuance is counted anew, from what accounts, pools and root hold: neither the TAO that waited nor what
    /// earlier epochs lost is part of it.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_rao.rs, migrate_init_total_issuance.rs` @ f95810a25
    fn begin_dynamic_tao(&mut self) {
        let network = std::mem::replace(&mut *self.network, RootNetwork::idle());
        for (netuid, share) in network.subnets {
            let launched = genesis::launch(Q32::ratio(share.emission.rao(), RAO));
            let lock = genesis::refund(share.locked);
            let books = self.subnets.get_mut(netuid).expect(EVERY_SHARE);
            books.pool = launched.pool;
            books.moving_price = launched.moving_price;
            let waiting = Alpha::from_rao(share.pending.rao());
            books.pending.emission += waiting;
            books.dust.unbacked += waiting;
            let owner = self.subnets.owner(netuid).expect(EVERY_SHARE);
            self.issuance.0 += lock.minted;
            self.wallet(owner).0 += lock.refund;
            self.issuance.0 -= share.pending;
        }
        self.issuance.0 -= std::mem::take(&mut self.root.undistributed);
    }

    fn set_root_weights(&mut self, hotkey: Hotkey, weights: &[(Netuid, u16)]) -> Result<Outcome, Refusal> {
        if !self.root_votes() {
            return Err(Refusal::RootWeights(RootWeightsRefused::NoVoting));
        }
        self.network
            .set_weights(hotkey, weights, self.clock.block, &self.stakes, &self.subnets)
            .map(|()| Outcome::Done)
            .map_err(Refusal::RootWeights)
    }

    fn root_votes(&self) -> bool {
        self.law.rules.emission == Emission::RootVote
    }

    fn as_root(&self, agent: AgentId) -> Result<(), Refusal> {
        let (_, authority) =
            self.wallets.get(self.accounts.entity(agent)).expect("accounts are never removed");
        if *authority == Authority::Root { Ok(()) } else { Err(Refusal::BadOrigin) }
    }

    fn balance(&self, agent: AgentId) -> Tao {
        self.wallets.get(self.accounts.entity(agent)).expect("accounts are never removed").0.tao()
    }

    fn wallet(&mut self, agent: AgentId) -> Mut<'_, Wallet> {
        self.wallets.get_mut(self.accounts.entity(agent)).expect("accounts are never removed").0
    }

    fn subnet(&mut self, netuid: Netuid) -> &mut Books {
        self.subnets.get_mut(netuid).expect("a quoted subnet exists")
    }

    /// The pool to trade in, or `None` where one TAO is one alpha.
    fn exchange(&self, netuid: Netuid) -> Result<Option<Reserves>, Refusal> {
        if netuid == Netuid::ROOT {
            return Ok(None);
        }
        let subnet = self.subnets.get(netuid).ok_or(Refusal::NoSuchSubnet)?;
        if self.root_votes() {
            return Err(Refusal::NoPools);
        }
        Ok(match subnet.settings.mechanism {
            Mechanism::Dynamic => Some(subnet.pool),
            Mechanism::Stable => None,
        })
    }

    fn max_buy(&self, netuid: Netuid, limit: Tao) -> Result<Tao, Refusal> {
        Ok(match self.exchange(netuid)? {
            Some(pool) => limits::max_buy(Exchange::Dynamic(pool), limit),
            None => limits::max_buy(Exchange::Stable, limit),
        })
    }

    fn max_sell(&self, netuid: Netuid, limit: Tao) -> Result<Alpha, Refusal> {
        Ok(match self.exchange(netuid)? {
            Some(pool) => limits::max_sell(Exchange::Dynamic(pool), limit),
            None => limits::max_sell(Exchange::Stable, limit),
        })
    }
}
