//! Trades: stake is bought and sold, within a limit or without, and what the chain checks before.
//!
//! Checks come in the chain's order, since the first that fails is the reason that a caller sees.

use dtao_protocol::pool::{CurveRule, Exchange, Order};
use dtao_protocol::trading::{LeavesStake, MinimumOf};
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::call::{Fill, Limit, Lost, Outcome, Refusal, Sale};
use crate::ledger::Ledger;
use crate::ledger::swaps::Terms;

impl Ledger<'_, '_> {
    /// Pays TAO and stakes what it buys.
    ///
    /// Until spec 291 minimum, balance and liquidity are checked for the whole amount, even if a limit lets less of it, or
    /// nothing, in; later for what the limit lets in.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/add_stake.rs`,
    /// `stake_utils.rs::validate_add_stake` @ a27fff291, e9bbb6134, 1f520ed95
    pub(super) fn stake(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        tao: Tao,
        limit: Option<Limit>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        let exchange = self.exchange(netuid)?;
        let rules = self.law.rules;
        let (min_stake, flat) = (rules.min_stake, rules.staking_fee);
        let most = match limit {
            None => tao,
            Some(limit) => within(exchange.max_buy(rules.pool, limit.price), rules.pool.curve)?,
        };
        if tao < min_stake + flat + self.pool_fee(exchange, min_stake) {
            return Err(Refusal::AmountTooLow);
        }
        fits(tao <= most, limit)?;
        let checked = match rules.trading.minimum_of {
            MinimumOf::Order => tao,
            MinimumOf::WhatEnters => tao.min(most),
        };
        if self.balance(agent) < checked {
            return Err(Refusal::NotEnoughBalance);
        }
        self.exists(hotkey.0)?;
        let terms = Terms::charged(flat);
        let expected = exchange.purchase(rules.pool, terms.order(checked));
        let expected = expected.map_err(|_| Refusal::InsufficientLiquidity)?;
        if rules.trading.minimum_of == MinimumOf::WhatEnters && expected.entered < min_stake {
            return Err(Refusal::AmountTooLow);
        }
        if self.refuses() && expected.alpha == Alpha::ZERO {
            return Err(Refusal::InsufficientLiquidity);
        }
        self.admits(netuid, hotkey, expected.alpha)?;
        let terms = terms.within(limit.and_then(|limit| marginal(limit, rules.pool.curve)));
        if self.refuses() {
            let paid = self.keepable(agent, tao.min(most));
            self.would_buy(exchange, paid, terms)?;
        }
        let paid = self.withdraw(agent, tao.min(most))?;
        let alpha = self.buy_into(agent, (netuid, hotkey), paid, terms, lost);
        Ok(Outcome::Bought { tao: paid, alpha })
    }

    /// The pool's fee of a buy.
    fn pool_fee(&self, exchange: Exchange, tao: Tao) -> Tao {
        match exchange {
            Exchange::Stable => Tao::ZERO,
            Exchange::Dynamic(_) => Tao::from_rao(self.law.rules.pool.fee_within(tao.rao())),
        }
    }

    /// Whether a buy with TAO that is to be paid would give anything.
    pub(super) fn would_buy(&self, exchange: Exchange, tao: Tao, terms: Terms) -> Result<Alpha, Refusal> {
        let order = terms.order(tao.saturating_sub(terms.flat));
        match exchange.purchase(self.law.rules.pool, order) {
            Ok(purchase) if purchase.alpha > Alpha::ZERO => Ok(purchase.alpha),
            Ok(_) => Err(Refusal::AmountTooLow),
            Err(_) => Err(Refusal::InsufficientLiquidity),
        }
    }

    /// Sells stake, and what the sale leaves of it if that is too little for a nominator.
    ///
    /// Minimum and liquidity are checked for the whole amount, even if a limit lets less of it, or nothing, in.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs`,
    /// `stake_utils.rs::validate_remove_stake` @ a27fff291, e9bbb6134, 1f520ed95
    pub(super) fn unstake(
        &mut self,
        agent: AgentId,
        (netuid, hotkey): (Netuid, Hotkey),
        alpha: Alpha,
        limit: Option<Limit>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        let exchange = self.exchange(netuid)?;
        let curve = self.law.rules.pool.curve;
        let most = match limit {
            None => alpha,
            Some(limit) => within(exchange.max_sell(self.law.rules.pool, limit.price), curve)?,
        };
        let held = self.held(agent, netuid, hotkey);
        self.worth_enough(exchange, alpha, leaves(held, alpha))?;
        fits(alpha <= most, limit)?;
        self.exists(hotkey.0)?;
        if held < alpha {
            return Err(Refusal::NotEnoughStake);
        }
        self.beyond_lock(agent, netuid, alpha)?;
        self.covers_collateral(agent, (netuid, hotkey), alpha)?;
        let terms = Terms::charged(self.unstaking_fee((netuid, hotkey), alpha.min(most)));
        let terms = terms.within(limit.and_then(|limit| marginal(limit, curve)));
        let Sale { alpha, tao, .. } =
            self.sell_and_pay(agent, (netuid, hotkey), alpha.min(most), terms, lost)?;
        self.cancel_children_without_stake(hotkey);
        Ok(Outcome::Sold { alpha, tao })
    }

    /// Sells all of the account's stake on a hotkey, subnet by subnet. Until spec 282 however little it is worth, and alpha
    /// that a pool is too shallow for is lost; later what could be sold by itself.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::do_unstake_all` @ a27fff291, e9bbb6134
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
        for (netuid, alpha) in self.sellable(agent, hotkey, self.holdings(agent, hotkey))? {
            let terms = Terms::charged(self.unstaking_fee((netuid, hotkey), alpha));
            let sale = self.sell_and_pay(agent, (netuid, hotkey), alpha, terms, lost)?;
            tao += sale.tao;
            sales.push(sale);
        }
        Ok(Outcome::SoldAll { tao })
    }

    /// Sells all of the account's stake on a hotkey except that on root, and stakes the proceeds on root, where no fee
    /// is due.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::do_unstake_all_alpha` @ a27fff291, e9bbb6134
    pub(super) fn unstake_all_alpha(
        &mut self,
        agent: AgentId,
        hotkey: Hotkey,
        sales: &mut Vec<Sale>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        self.pools_exist()?;
        self.exists(hotkey.0)?;
        let mut holdings = self.holdings(agent, hotkey);
        holdings.retain(|&(netuid, _)| netuid != Netuid::ROOT);
        let holdings = self.sellable(agent, hotkey, holdings)?;
        if holdings.is_empty() && self.refuses() {
            return Err(Refusal::AmountTooLow);
        }
        let mut tao = Tao::ZERO;
        for (netuid, alpha) in holdings {
            let terms = Terms::charged(self.unstaking_fee((netuid, hotkey), alpha));
            let mut sale = self.sell_from(agent, (netuid, hotkey), alpha, terms, lost)?;
            tao += sale.tao;
            // What is left to a nominator is paid out, not staked.
            let cleared = self.clear_small_nomination(agent, (netuid, hotkey), lost);
            sale.add(cleared);
            sales.push(sale);
        }
        self.buy_into(agent, (Netuid::ROOT, hotkey), tao, Terms::charged(Tao::ZERO), lost);
        Ok(Outcome::SoldAll { tao })
    }

    /// Which of all stake is sold at once: all of it, or what could be sold by itself. The sales are on different subnets, so
    /// they do not touch each other, and the call is refused before any is made. It is refused, too, if any of it is locked;
    /// what only the stake on this hotkey has to cover as collateral is passed over.
    fn sellable(
        &self,
        agent: AgentId,
        hotkey: Hotkey,
        mut holdings: Vec<(Netuid, Alpha)>,
    ) -> Result<Vec<(Netuid, Alpha)>, Refusal> {
        for &(netuid, alpha) in &holdings {
            self.beyond_lock(agent, netuid, alpha)?;
        }
        holdings.retain(|&(netuid, alpha)| self.covers_collateral(agent, (netuid, hotkey), alpha).is_ok());
        if self.refuses() {
            let exchange = |netuid| self.exchange(netuid).expect("stake is on a subnet that exists");
            holdings.retain(|&(netuid, alpha)| {
                self.worth_enough(exchange(netuid), alpha, LeavesStake::None).is_ok()
            });
            for &(netuid, alpha) in &holdings {
                let sale = exchange(netuid).sale(self.law.rules.pool, Order::of(alpha));
                sale.map_err(|_| Refusal::InsufficientLiquidity)?;
            }
        }
        Ok(holdings)
    }
}

/// Only an order that may be filled in part may ask for more than its limit allows.
pub(super) fn fits(within: bool, limit: Option<Limit>) -> Result<(), Refusal> {
    let whole = limit.is_none_or(|limit| limit.fill == Fill::Whole);
    if whole && !within { Err(Refusal::SlippageTooHigh) } else { Ok(()) }
}

/// The most that a limit allows. On the later curves nothing at all is refused, whether or not the order may be filled in
/// part.
pub(super) fn within<A, E>(most: Result<A, E>, curve: CurveRule) -> Result<A, Refusal>
where
    A: PartialEq + Default,
{
    match most {
        Ok(most) if most != A::default() || curve == CurveRule::ConstantProduct => Ok(most),
        _ => Err(Refusal::SlippageTooHigh),
    }
}

/// The price at which the pool itself stops: on a constant product a limit is an average, and bounds the amount only.
fn marginal(limit: Limit, curve: CurveRule) -> Option<Tao> {
    (curve != CurveRule::ConstantProduct).then_some(limit.price)
}

fn leaves(held: Alpha, sold: Alpha) -> LeavesStake {
    if held > sold { LeavesStake::Some } else { LeavesStake::None }
}
