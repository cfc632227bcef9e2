//! Trades: stake is bought and sold, within a limit or without, and what the chain checks before.
//!
//! Checks come in the chain's order, since the first that fails is the reason that a caller sees.

use dtao_protocol::pool::{Exchange, Order, limits};
use dtao_protocol::share_pool::Admission;
use dtao_protocol::staking::UnstakingFee;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::call::{Fill, Limit, Lost, Outcome, Refusal, Sale};
use crate::ledger::Ledger;

impl Ledger<'_, '_> {
    /// Pays TAO and stakes what it buys.
    ///
    /// Minimum, balance and liquidity are checked for the whole amount, even if a limit lets less of it, or nothing, in.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/add_stake.rs`,
    /// `stake_utils.rs::validate_add_stake` @ a27fff291
    pub(super) fn stake(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        tao: Tao,
        limit: Option<Limit>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        let exchange = self.exchange(netuid)?;
        let (min_stake, fee) = (self.law.rules.min_stake, self.law.rules.staking_fee);
        if tao < min_stake + fee {
            return Err(Refusal::AmountTooLow);
        }
        let most = limit.map_or(tao, |limit| limits::max_buy(exchange, limit.price));
        fits(tao <= most, limit)?;
        if self.balance(agent) < tao {
            return Err(Refusal::NotEnoughBalance);
        }
        self.exists(hotkey.0)?;
        let expected = self.bought(exchange, tao).ok_or(Refusal::InsufficientLiquidity)?;
        self.admits(netuid, hotkey, expected)?;
        let paid = self.withdraw(agent, tao.min(most))?;
        let alpha = self.buy_into(agent, (netuid, hotkey), paid, fee, lost);
        Ok(Outcome::Bought { tao: paid, alpha })
    }

    /// Sells stake, and what the sale leaves of it if that is too little for a nominator.
    ///
    /// Minimum and liquidity are checked for the whole amount, even if a limit lets less of it, or nothing, in.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs`,
    /// `stake_utils.rs::validate_remove_stake` @ a27fff291
    pub(super) fn unstake(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        alpha: Alpha,
        limit: Option<Limit>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        let exchange = self.exchange(netuid)?;
        self.worth_enough(exchange, alpha)?;
        let most = limit.map_or(alpha, |limit| limits::max_sell(exchange, limit.price));
        fits(alpha <= most, limit)?;
        self.exists(hotkey.0)?;
        if self.held(agent, netuid, hotkey) < alpha {
            return Err(Refusal::NotEnoughStake);
        }
        let fee = self.unstaking_fee((netuid, hotkey), alpha.min(most));
        let Sale { alpha, tao, .. } = self.sell_and_pay(agent, (netuid, hotkey), alpha.min(most), fee, lost);
        self.cancel_children_without_stake(hotkey);
        Ok(Outcome::Sold { alpha, tao })
    }

    /// Sells all of the account's stake on a hotkey, subnet by subnet, however little it is worth. Alpha that a pool is
    /// too shallow for is lost.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::do_unstake_all` @ a27fff291
    pub(super) fn unstake_all(
        &mut self,
        agent: AgentId,
        hotkey: Hotkey,
        sales: &mut Vec<Sale>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        self.pools_exist()?;
        self.exists(hotkey.0)?;
        let mut tao = Tao::ZERO;
        for (netuid, alpha) in self.holdings(agent, hotkey) {
            let fee = self.unstaking_fee((netuid, hotkey), alpha);
            let sale = self.sell_and_pay(agent, (netuid, hotkey), alpha, fee, lost);
            tao += sale.tao;
            sales.push(sale);
        }
        Ok(Outcome::SoldAll { tao })
    }

    /// Sells all of the account's stake on a hotkey except that on root, and stakes the proceeds on root, where no fee
    /// is due.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::do_unstake_all_alpha` @ a27fff291
    pub(super) fn unstake_all_alpha(
        &mut self,
        agent: AgentId,
        hotkey: Hotkey,
        sales: &mut Vec<Sale>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        self.pools_exist()?;
        self.exists(hotkey.0)?;
        let mut tao = Tao::ZERO;
        for (netuid, alpha) in self.holdings(agent, hotkey) {
            if netuid != Netuid::ROOT {
                let fee = self.unstaking_fee((netuid, hotkey), alpha);
                let mut sale = self.sell_from(agent, (netuid, hotkey), alpha, fee, lost);
                tao += sale.tao;
                // What is left to a nominator is paid out, not staked.
                let cleared = self.clear_small_nomination(agent, (netuid, hotkey), lost);
                sale.add(cleared);
                sales.push(sale);
            }
        }
        self.buy_into(agent, (Netuid::ROOT, hotkey), tao, Tao::ZERO, lost);
        Ok(Outcome::SoldAll { tao })
    }

    /// Buys stake for TAO that has been taken from somewhere already; says how much. The fee is taken before the swap
    /// and put into the pool after it. TAO that the pool is too shallow for is lost, but not the fee.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::stake_into_subnet` @ f95810a25
    pub(super) fn buy_into(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        tao: Tao,
        fee: Tao,
        lost: &mut Lost,
    ) -> Alpha {
        let swapped = tao.saturating_sub(fee);
        let fee = tao - swapped;
        let bought = self.bought(self.exchange(netuid).expect("asked before"), swapped);
        let alpha = bought.unwrap_or(Alpha::ZERO);
        if netuid == Netuid::ROOT {
            self.root.tao += tao;
            self.root.fees += fee;
        } else {
            let paid = if bought.is_some() { swapped } else { Tao::ZERO };
            let subnet = self.subnet(netuid);
            subnet.pool.tao += paid + fee;
            subnet.pool.alpha = subnet.pool.alpha.saturating_sub(alpha);
            subnet.alpha_out += alpha;
            self.lose(swapped - paid, lost);
        }
        if alpha > Alpha::ZERO {
            self.stakes.pool_mut(netuid, hotkey).add(agent, alpha);
        }
        alpha
    }

    /// Sells stake that the account has; says how much alpha left it and how much TAO leaves the pool. The fee is taken
    /// from the proceeds and put back into the pool. Alpha that the pool is too shallow for is lost.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::unstake_from_subnet` @ f95810a25, 5073ade60
    pub(super) fn sell_from(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        alpha: Alpha,
        fee: Tao,
        lost: &mut Lost,
    ) -> Sale {
        let exchange = self.exchange(netuid).expect("stake is on a subnet that exists");
        let alpha = self.stakes.pool_mut(netuid, hotkey).remove(agent, alpha);
        let swapped = self.sold(exchange, alpha);
        let proceeds = swapped.unwrap_or(Tao::ZERO);
        let tao = proceeds.saturating_sub(fee);
        let fee = proceeds - tao;
        if netuid == Netuid::ROOT {
            // Claims outgrow SubnetTAO by the dividends paid; the chain saturates.
            self.root.tao = self.root.tao.saturating_sub(proceeds) + fee;
            self.root.fees += fee;
            return Sale { netuid, alpha, tao };
        }
        let subnet = self.subnet(netuid);
        if swapped.is_none() {
            subnet.dust.forfeited += alpha;
            lost.alpha += alpha;
            return Sale { netuid, alpha, tao };
        }
        subnet.pool.tao -= tao;
        subnet.pool.alpha += alpha;
        // More may be claimed than is outstanding (`ChainDust::unbacked`); the chain's subtraction saturates.
        let beyond = alpha.saturating_sub(subnet.alpha_out);
        subnet.alpha_out = subnet.alpha_out.saturating_sub(alpha);
        subnet.dust.unbacked -= beyond;
        subnet.dust.minted += beyond;
        Sale { netuid, alpha, tao }
    }

    /// Sells stake, pays for it, and clears what is left to a nominator if that is too little.
    fn sell_and_pay(
        &mut self,
        agent: AgentId,
        stake: (Netuid, Hotkey),
        alpha: Alpha,
        fee: Tao,
        lost: &mut Lost,
    ) -> Sale {
        let mut sale = self.sell_from(agent, stake, alpha, fee, lost);
        sale.tao = self.deposit(agent, sale.tao, lost);
        let cleared = self.clear_small_nomination(agent, stake, lost);
        sale.add(cleared);
        sale
    }

    /// Sells, without a fee, what a nominator has left of its stake if that is below the minimum.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/helpers.rs::clear_small_nomination_if_required` @ f95810a25
    fn clear_small_nomination(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        lost: &mut Lost,
    ) -> Option<Sale> {
        let left = self.held(agent, netuid, hotkey);
        if left == Alpha::ZERO
            || left >= self.law.rules.nominator_min_stake
            || self.owns(agent, netuid, hotkey)
        {
            return None;
        }
        let mut sale = self.sell_from(agent, (netuid, hotkey), left, Tao::ZERO, lost);
        sale.tao = self.deposit(agent, sale.tao, lost);
        Some(sale)
    }

    /// What TAO buys, if the pool is deep enough.
    pub(super) fn bought(&self, exchange: Exchange, tao: Tao) -> Option<Alpha> {
        exchange.buy(self.law.rules.pool, Order::of(tao)).ok().map(|swap| swap.out)
    }

    /// What alpha sells for, if the pool is deep enough.
    fn sold(&self, exchange: Exchange, alpha: Alpha) -> Option<Tao> {
        exchange.sell(self.law.rules.pool, Order::of(alpha)).ok().map(|swap| swap.out)
    }

    /// What leaving a pool costs, beside what the swap itself takes; on root, the flat fee.
    pub(super) fn unstaking_fee(&self, (netuid, hotkey): (Netuid, Hotkey), alpha: Alpha) -> Tao {
        let rules = &self.law.rules;
        match (rules.unstaking_fee, self.exchange(netuid)) {
            (UnstakingFee::Flat, _) | (_, Err(_) | Ok(Exchange::Stable)) => rules.staking_fee,
            (rule, Ok(exchange @ Exchange::Dynamic(pool))) => {
                let fetched = self.sold(exchange, alpha).unwrap_or(Tao::ZERO);
                let (last, now) =
                    (self.stakes.last_dividends(netuid, hotkey), self.stakes.staked_on(netuid, hotkey));
                rule.fee(rules.staking_fee, (alpha, fetched), pool.spot_price(), last, now)
            }
        }
    }

    /// A sale must fetch more than the minimum, before its fee.
    pub(super) fn worth_enough(&self, exchange: Exchange, alpha: Alpha) -> Result<Tao, Refusal> {
        let worth = self.sold(exchange, alpha).ok_or(Refusal::InsufficientLiquidity)?;
        if worth > self.law.rules.min_stake { Ok(worth) } else { Err(Refusal::AmountTooLow) }
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
    fn holdings(&self, agent: AgentId, hotkey: Hotkey) -> Vec<(Netuid, Alpha)> {
        std::iter::once(Netuid::ROOT)
            .chain(self.subnets.netuids())
            .map(|netuid| (netuid, self.held(agent, netuid, hotkey)))
            .filter(|&(_, alpha)| alpha > Alpha::ZERO)
            .collect()
    }
}

/// Only an order that may be filled in part may ask for more than its limit allows.
pub(super) fn fits(within: bool, limit: Option<Limit>) -> Result<(), Refusal> {
    let whole = limit.is_none_or(|limit| limit.fill == Fill::Whole);
    if whole && !within { Err(Refusal::SlippageTooHigh) } else { Ok(()) }
}
