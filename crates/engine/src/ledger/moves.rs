//! Moves: stake goes to another subnet, another hotkey or another account, through both pools or, within a subnet from spec
//! 297 on, by changing hands.

use dtao_protocol::books::Books;
use dtao_protocol::fixed::Q32;
use dtao_protocol::rules::PartialMoves;
use dtao_protocol::staking::MovableStake;
use dtao_protocol::trading::{LeavesStake, SmallProceeds, WithinSubnet};
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::call::{Limit, Lost, Outcome, Refusal};
use crate::ledger::Ledger;
use crate::ledger::swaps::Terms;
use crate::ledger::trade::{fits, within};

/// Stake that is to go from one place to another.
pub(super) struct Move {
    pub(super) from: (Netuid, Hotkey),
    pub(super) to: (Netuid, Hotkey),
    /// Whose it is afterwards.
    pub(super) receiver: AgentId,
    pub(super) alpha: Alpha,
    pub(super) limit: Option<Limit>,
}

impl Ledger<'_, '_> {
    /// Sells stake in one place and buys stake for the proceeds in another; of the flat fee each side pays half.
    ///
    /// Until spec 296 both swaps take place even within one subnet. Proceeds below the minimum are not staked; until spec 410
    /// they are lost. Until spec 251 a limit with partial filling does not bind: the whole amount moves.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/move_stake.rs::transition_stake_internal`,
    /// `stake_utils.rs::validate_stake_transition` @ f95810a25, f9254ea63, 85f72d9dc, a27fff291, b61dd3020, e9bbb6134,
    /// 14bc6f9f9
    pub(super) fn shift(&mut self, agent: AgentId, order: Move, lost: &mut Lost) -> Result<Outcome, Refusal> {
        let Move { from, to, receiver, alpha, limit } = order;
        self.pools_exist()?;
        let (origin, destination) = (self.exchange(from.0)?, self.exchange(to.0)?);
        for account in [from.1.0, to.1.0, receiver] {
            self.exists(account)?;
        }
        let rules = self.law.rules;
        let movable = match rules.movable_stake {
            MovableStake::OnOwnHotkey => self.owns(agent, from.0, from.1),
            MovableStake::OnAnyHotkey => true,
        };
        if !movable {
            return Err(Refusal::NotOwnHotkey);
        }
        if self.held(agent, from.0, from.1) < alpha {
            return Err(Refusal::NotEnoughStake);
        }
        if from.0 == to.0 && rules.trading.within_subnet == WithinSubnet::Transferred {
            return self.transfer(agent, &order);
        }
        if from.0 != to.0 {
            self.beyond_lock(agent, from.0, alpha)?;
        }
        self.covers_collateral(agent, from, alpha)?;
        // A move must fetch more than the minimum even if it leaves no stake.
        let worth = self.worth_enough(origin, alpha, LeavesStake::Some)?;
        if worth <= rules.min_stake {
            return Err(Refusal::AmountTooLow);
        }
        let most = match limit {
            None => alpha,
            Some(limit) => within(origin.max_move(destination, rules.pool, limit.price), rules.pool.curve)?,
        };
        fits(alpha <= most, limit)?;

        let fee = if from.0 == to.0 { rules.staking_fee } else { self.unstaking_fee(from, alpha) };
        let half = Tao::from_rao(fee.rao() / 2);
        let (selling, buying) = rules.trading.move_fee.charges(from.0);
        let (selling, buying) = (
            Terms { charge: selling, ..Terms::charged(half) },
            Terms { charge: buying, ..Terms::charged(half) },
        );
        let least = rules.min_stake + half;
        let moved = match rules.partial_moves {
            PartialMoves::Whole => alpha,
            PartialMoves::WithinLimit => alpha.min(most),
        };
        if self.refuses() {
            let sale = origin.sale(rules.pool, selling.order(moved));
            let sale = sale.map_err(|_| Refusal::InsufficientLiquidity)?;
            let proceeds = sale.tao.saturating_sub(half);
            if proceeds >= least {
                let destination = if from.0 == to.0 { sale.after } else { destination };
                let bought = self.would_buy(destination, proceeds, buying)?;
                self.admits(to.0, to.1, bought)?;
            }
        } else {
            self.admits(to.0, to.1, self.bought(destination, worth).unwrap_or(Alpha::ZERO))?;
        }
        let sale = self.sell_from(agent, from, moved, selling, lost)?;
        let bought = if sale.tao >= least {
            self.buy_into(receiver, to, sale.tao, buying, lost)
        } else {
            match rules.trading.small_proceeds {
                SmallProceeds::Lost => self.lose(sale.tao, lost),
                SmallProceeds::Paid => {
                    self.deposit(receiver, sale.tao, lost);
                }
            }
            Alpha::ZERO
        };
        Ok(Outcome::Moved { sold: sale.alpha, tao: sale.tao, bought })
    }

    /// Stake changes hotkey or account within its subnet, for nothing; it must be worth the minimum.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::transfer_stake_within_subnet` @ 7b541095b
    fn transfer(&mut self, agent: AgentId, order: &Move) -> Result<Outcome, Refusal> {
        let &Move { from: (netuid, from), to: (_, to), receiver, alpha, .. } = order;
        if agent != receiver {
            self.leaves_collateral(agent, netuid, alpha)?;
        }
        self.covers_collateral(agent, order.from, alpha)?;
        let price = self.subnets.get(netuid).map_or(Q32::ONE, Books::spot_price);
        let worth = alpha.at(price);
        if worth < self.law.rules.min_stake {
            return Err(Refusal::AmountTooLow);
        }
        self.transferable((agent, receiver), netuid, alpha)?;
        self.touch_both_locks((agent, receiver), netuid);
        self.flush_before_change(netuid, from);
        self.flush_before_change(netuid, to);
        let alpha = self.stakes.remove(netuid, from, agent, alpha);
        self.stakes.add(netuid, to, receiver, alpha);
        Ok(Outcome::Transferred { alpha })
    }
}
