//! Swaps as they move stake, reserves and fees: what every trade is made of.

use dtao_protocol::books::Books;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::{Charge, Exchange, Order, Purchase, Sale as Settled};
use dtao_protocol::share_pool::Admission;
use dtao_protocol::staking::UnstakingFee;
use dtao_protocol::trading::{FailedSwap, LeavesStake, MinimumOf};
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::call::{Lost, Refusal, Sale};
use crate::ledger::Ledger;

/// What a swap costs, and how far it may go.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    /// The flat fee, in TAO: of a buy it is taken before the swap and put into the pool after it, of a sale it is taken from
    /// the proceeds and put back into the pool.
    pub(super) flat: Tao,
    /// Whether the pool's own fee is paid.
    pub(super) charge: Charge,
    /// The price at which the swap stops.
    pub(super) limit: Option<Tao>,
}

impl Terms {
    /// With every fee, and no limit.
    pub(super) fn charged(flat: Tao) -> Self {
        Self { flat, charge: Charge::Fee, limit: None }
    }

    /// With a limit price.
    pub(super) fn within(self, limit: Option<Tao>) -> Self {
        Self { limit, ..self }
    }

    /// An order of what is left beside the flat fee.
    pub(super) fn order<A>(self, amount: A) -> Order<A> {
        Order { amount, limit: self.limit, charge: self.charge }
    }
}

impl Ledger<'_, '_> {
    /// Whether a swap that the pool refuses makes the chain refuse the call.
    pub(super) fn refuses(&self) -> bool {
        self.law.rules.trading.failed_swap == FailedSwap::Refused
    }

    /// Buys stake for TAO that has been taken from somewhere already; says how much. TAO that the pool does not take is
    /// lost, but not the flat fee.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::stake_into_subnet` @ f95810a25, e9bbb6134, 7eb6f9bb7
    pub(super) fn buy_into(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        tao: Tao,
        terms: Terms,
        lost: &mut Lost,
    ) -> Alpha {
        self.flush_before_change(netuid, hotkey);
        let swapped = tao.saturating_sub(terms.flat);
        let flat = tao - swapped;
        let exchange = self.exchange(netuid).expect("asked before");
        let purchase = exchange.purchase(self.law.rules.pool, terms.order(swapped)).ok();
        let (taken, alpha) = purchase.map_or((Tao::ZERO, Alpha::ZERO), |bought| (bought.taken, bought.alpha));
        if netuid == Netuid::ROOT {
            self.root.tao += tao;
            self.root.fees += flat;
        } else {
            if let Some(purchase) = &purchase {
                self.enter(netuid, purchase);
                self.subnet(netuid).alpha_out += alpha;
                self.pool_fees.author += purchase.author;
                self.pool_fees.tao += purchase.idle;
                if self.counts_flow() {
                    self.subnet(netuid).flow.enters(purchase.entered);
                }
            }
            self.subnet(netuid).pool.tao += flat;
            self.pool_fees.flat += flat;
            self.lose(swapped - taken, lost);
        }
        if alpha > Alpha::ZERO {
            self.stakes.add(netuid, hotkey, agent, alpha);
        }
        self.touch_lock(agent, netuid);
        alpha
    }

    /// Lets TAO into a subnet's reserves, and alpha out of them.
    pub(super) fn enter(&mut self, netuid: Netuid, purchase: &Purchase) {
        self.subnet(netuid).let_out_bought(purchase.after, purchase.entered, purchase.alpha);
    }

    /// Sells stake that the account has; says how much alpha left it and how much TAO leaves the pool. What a limit keeps
    /// out stays stake.
    ///
    /// # Errors
    /// If the pool is too shallow and the chain refuses then. Until spec 282 the alpha is lost instead.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::unstake_from_subnet` @ f95810a25, 5073ade60, e9bbb6134,
    /// 7eb6f9bb7
    pub(super) fn sell_from(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        alpha: Alpha,
        terms: Terms,
        lost: &mut Lost,
    ) -> Result<Sale, Refusal> {
        self.flush_before_change(netuid, hotkey);
        let exchange = self.exchange(netuid).expect("stake is on a subnet that exists");
        let alpha = self.stakes.remove(netuid, hotkey, agent, alpha);
        let sale = match exchange.sale(self.law.rules.pool, terms.order(alpha)) {
            Ok(sale) => sale,
            Err(_) if self.refuses() => {
                self.stakes.add(netuid, hotkey, agent, alpha);
                return Err(Refusal::InsufficientLiquidity);
            }
            Err(_) => {
                self.forfeit(netuid, alpha, lost);
                return Ok(Sale { netuid, alpha, tao: Tao::ZERO });
            }
        };
        let unsold = alpha - sale.taken;
        if unsold > Alpha::ZERO {
            self.stakes.add(netuid, hotkey, agent, unsold);
        }
        let tao = sale.tao.saturating_sub(terms.flat);
        let flat = sale.tao - tao;
        if netuid == Netuid::ROOT {
            // Claims outgrow SubnetTAO by the dividends paid; the chain saturates.
            self.root.tao = self.root.tao.saturating_sub(sale.tao) + flat;
            self.root.fees += flat;
        } else {
            self.leave(netuid, &sale);
            if self.counts_flow() {
                self.subnet(netuid).flow.leaves(sale.tao + sale.author);
            }
            self.subnet(netuid).pool.tao += flat;
            self.pool_fees.flat += flat;
        }
        self.touch_lock(agent, netuid);
        Ok(Sale { netuid, alpha: sale.taken, tao })
    }

    /// Lets alpha into a subnet's reserves, and TAO out of them.
    pub(super) fn leave(&mut self, netuid: Netuid, sale: &Settled) {
        self.pool_fees.author += sale.author;
        self.pool_fees.alpha += sale.idle;
        let subnet = self.subnet(netuid);
        subnet.take_in_sold(sale.after, sale.entered, sale.tao);
        subnet.dust.fees += sale.idle;
    }

    /// Alpha that was stake and is nobody's.
    fn forfeit(&mut self, netuid: Netuid, alpha: Alpha, lost: &mut Lost) {
        self.subnet(netuid).dust.forfeited += alpha;
        lost.alpha += alpha;
    }

    /// Whether users' flow is counted, by which the emission is then shared.
    pub(super) fn counts_flow(&self) -> bool {
        self.law.rules.emission.counts_flow()
    }

    /// Sells stake, pays for it, and clears what is left to a nominator if that is too little.
    pub(super) fn sell_and_pay(
        &mut self,
        agent: AgentId,
        stake: (Netuid, Hotkey),
        alpha: Alpha,
        terms: Terms,
        lost: &mut Lost,
    ) -> Result<Sale, Refusal> {
        let mut sale = self.sell_from(agent, stake, alpha, terms, lost)?;
        sale.tao = self.deposit(agent, sale.tao, lost);
        let cleared = self.clear_small_nomination(agent, stake, lost);
        sale.add(cleared);
        Ok(sale)
    }

    /// Sells, without the flat fee, what a nominator has left of its stake if that is below the minimum. From spec 283 on
    /// stake that the pool is too shallow for is lost then.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/helpers.rs::clear_small_nomination_if_required` @ f95810a25,
    /// e9bbb6134, 7b541095b
    pub(super) fn clear_small_nomination(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        lost: &mut Lost,
    ) -> Option<Sale> {
        let left = self.held(agent, netuid, hotkey);
        if left == Alpha::ZERO || left >= self.least_nomination(netuid) || self.owns(agent, netuid, hotkey) {
            return None;
        }
        self.shrink_lock(agent, netuid, left);
        let terms = Terms::charged(Tao::ZERO);
        let Ok(mut sale) = self.sell_from(agent, (netuid, hotkey), left, terms, lost) else {
            let alpha = self.stakes.remove(netuid, hotkey, agent, left);
            self.forfeit(netuid, alpha, lost);
            return Some(Sale { netuid, alpha, tao: Tao::ZERO });
        };
        sale.tao = self.deposit(agent, sale.tao, lost);
        Some(sale)
    }

    /// The least that a nominator may hold: a number of rao of alpha, or what as many rao of TAO are worth.
    fn least_nomination(&self, netuid: Netuid) -> Alpha {
        let least = self.law.rules.nominator_min_stake;
        match self.law.rules.trading.minimum_of {
            MinimumOf::Order => least,
            MinimumOf::WhatEnters => {
                let price = self.subnets.get(netuid).map_or(Q32::ONE, Books::spot_price);
                Alpha::from_rao(Q32::from_int(least.rao()).safe_div(price).floor())
            }
        }
    }

    /// What leaving a pool costs, beside what the swap itself takes; on root, the flat fee.
    pub(super) fn unstaking_fee(&self, (netuid, hotkey): (Netuid, Hotkey), alpha: Alpha) -> Tao {
        let rules = &self.law.rules;
        match (rules.unstaking_fee, self.exchange(netuid)) {
            (UnstakingFee::Flat, _) | (_, Err(_) | Ok(Exchange::Stable)) => rules.staking_fee,
            (rule, Ok(Exchange::Dynamic(pool))) => {
                let fetched = pool.sell_now(rules.pool, alpha).unwrap_or(Tao::ZERO);
                let (last, now) =
                    (self.stakes.last_dividends(netuid, hotkey), self.stakes.staked_on(netuid, hotkey));
                rule.fee(rules.staking_fee, (alpha, fetched), pool.spot_price(), last, now)
            }
        }
    }

    /// What TAO buys, if the pool is deep enough.
    pub(super) fn bought(&self, exchange: Exchange, tao: Tao) -> Option<Alpha> {
        exchange.buy(self.law.rules.pool, Order::of(tao)).ok().map(|swap| swap.out)
    }

    /// A sale must fetch the minimum or more, before the flat fee; says what it fetches.
    pub(super) fn worth_enough(
        &self,
        exchange: Exchange,
        alpha: Alpha,
        leaves: LeavesStake,
    ) -> Result<Tao, Refusal> {
        let rules = &self.law.rules;
        let swap = exchange.sell(rules.pool, Order::of(alpha)).map_err(|_| Refusal::InsufficientLiquidity)?;
        let enough = rules.trading.fetches_enough(swap.out, rules.min_stake, leaves);
        if enough && alpha > Alpha::ZERO { Ok(swap.out) } else { Err(Refusal::AmountTooLow) }
    }

    /// Stake must give a share of what is on its hotkey.
    pub(super) fn admits(&self, netuid: Netuid, hotkey: Hotkey, alpha: Alpha) -> Result<(), Refusal> {
        let admitted = match self.law.rules.share_admission {
            Admission::Any => true,
            Admission::WithShares => {
                self.stakes.pool(netuid, hotkey).is_none_or(|pool| pool.gives_shares(alpha))
            }
        };
        if admitted { Ok(()) } else { Err(Refusal::InsufficientLiquidity) }
    }

    /// What an account's stake on a hotkey is worth.
    pub(super) fn held(&self, agent: AgentId, netuid: Netuid, hotkey: Hotkey) -> Alpha {
        self.stakes.pool(netuid, hotkey).map_or(Alpha::ZERO, |pool| pool.value(&agent))
    }

    /// All of an account's stake on a hotkey, root first.
    pub(super) fn holdings(&self, agent: AgentId, hotkey: Hotkey) -> Vec<(Netuid, Alpha)> {
        std::iter::once(Netuid::ROOT)
            .chain(self.subnets.netuids())
            .map(|netuid| (netuid, self.held(agent, netuid, hotkey)))
            .filter(|&(_, alpha)| alpha > Alpha::ZERO)
            .collect()
    }
}
