//! Moves: stake goes to another subnet, another hotkey or another account, always through both pools.

use dtao_protocol::pool::limits;
use dtao_protocol::rules::PartialMoves;
use dtao_protocol::staking::MovableStake;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::call::{Limit, Lost, Outcome, Refusal};
use crate::ledger::Ledger;
use crate::ledger::trade::fits;

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
    /// Sells stake in one place and buys stake for the proceeds in another; each side pays half the fee.
    ///
    /// Even within one subnet both swaps take place. Proceeds below the minimum are neither staked nor paid back: they
    /// are lost. Until spec 251 a limit with partial filling does not bind: the whole amount moves.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/move_stake.rs::transition_stake_internal`,
    /// `stake_utils.rs::validate_stake_transition` @ f95810a25, f9254ea63, 85f72d9dc, a27fff291, b61dd3020
    pub(super) fn shift(
        &mut self,
        agent: AgentId,
        Move { from, to, receiver, alpha, limit }: Move,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        self.pools_exist()?;
        let (origin, destination) = (self.exchange(from.0)?, self.exchange(to.0)?);
        for account in [from.1.0, to.1.0, receiver] {
            self.exists(account)?;
        }
        let movable = match self.law.rules.movable_stake {
            MovableStake::OnOwnHotkey => self.owns(agent, from.0, from.1),
            MovableStake::OnAnyHotkey => true,
        };
        if !movable {
            return Err(Refusal::NotOwnHotkey);
        }
        if self.held(agent, from.0, from.1) < alpha {
            return Err(Refusal::NotEnoughStake);
        }
        let worth = self.worth_enough(origin, alpha)?;
        let most = limit.map_or(alpha, |limit| limits::max_move(origin, destination, limit.price));
        fits(alpha <= most, limit)?;
        self.admits(to.0, to.1, self.bought(destination, worth).unwrap_or(Alpha::ZERO))?;

        let fee = if from.0 == to.0 { self.law.rules.staking_fee } else { self.unstaking_fee(from, alpha) };
        let (min_stake, half_fee) = (self.law.rules.min_stake, Tao::from_rao(fee.rao() / 2));
        let moved = match self.law.rules.partial_moves {
            PartialMoves::Whole => alpha,
            PartialMoves::WithinLimit => alpha.min(most),
        };
        let sale = self.sell_from(agent, from, moved, half_fee, lost);
        let bought = if sale.tao >= min_stake + half_fee {
            self.buy_into(receiver, to, sale.tao, half_fee, lost)
        } else {
            self.lose(sale.tao, lost);
            Alpha::ZERO
        };
        Ok(Outcome::Moved { sold: sale.alpha, tao: sale.tao, bought })
    }
}
