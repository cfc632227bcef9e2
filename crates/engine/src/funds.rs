//! The funds of hotkeys on root: shares of them, and dividends that wait to enter them.
//!
//! What a fund holds is stake, which [`Stakes`](crate::stakes::Stakes) keeps like anybody's, under the number
//! [`Hotkey::fund`].

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::ops::Bound;

use dtao_protocol::basket::{BoughtOfLate, FundDividend, FundShares, MintRefused, TurnoverBucket};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::account::{AgentId, Hotkey};

/// Shares of funds by hotkey, and the queue of dividends that are to enter them.
#[derive(Clone, Debug, Default)]
pub struct Funds {
    shares: BTreeMap<Hotkey, FundShares<AgentId>>,
    queue: BTreeMap<(Hotkey, Netuid), Alpha>,
    /// The last entry of the queue that a block's turn has come to.
    cursor: Option<(Hotkey, Netuid)>,
    /// What accounts have paid for shares that they still have.
    paid_in: BTreeMap<(Hotkey, AgentId), Tao>,
    /// What the trades of funds leave for the next ones.
    trading: BTreeMap<Hotkey, TradingState>,
}

/// What a fund's trades leave for the next ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct TradingState {
    bucket: TurnoverBucket,
    /// The block of the last trade.
    last: Block,
    bought: BTreeMap<Netuid, BoughtOfLate>,
}

impl TradingState {
    /// Takes the TAO that a trade sells for and buys with out of the bucket.
    ///
    /// # Errors
    /// If there is less in it; says how much.
    pub fn turn_over(&mut self, tao: Tao, capacity: Tao, now: Block) -> Result<(), Tao> {
        self.bucket.take(tao, capacity, now.since(self.last))?;
        self.last = now;
        Ok(())
    }

    /// Counts alpha that was bought; returns what counts with it.
    pub fn buy(&mut self, netuid: Netuid, alpha: Alpha, now: Block) -> Alpha {
        let bought = self.bought.entry(netuid).or_default();
        *bought = bought.with(alpha, now);
        bought.counts(now)
    }
}

impl Funds {
    /// A hotkey's shares, if there are any or were.
    #[must_use]
    pub fn of(&self, hotkey: Hotkey) -> Option<&FundShares<AgentId>> {
        self.shares.get(&hotkey)
    }

    /// The hotkeys that have a fund, in order.
    pub fn hotkeys(&self) -> impl Iterator<Item = Hotkey> + '_ {
        self.shares.keys().copied()
    }

    /// Dividends that wait to enter funds, by hotkey and subnet.
    pub fn waiting(&self) -> impl Iterator<Item = ((Hotkey, Netuid), Alpha)> + '_ {
        self.queue.iter().map(|(&key, &alpha)| (key, alpha))
    }

    /// What waits to enter a hotkey's fund, in the order of subnets.
    pub(crate) fn waiting_for(&self, hotkey: Hotkey) -> Vec<(Netuid, Alpha)> {
        self.queued(hotkey).map(|(&(_, netuid), &alpha)| (netuid, alpha)).collect()
    }

    /// A hotkey's entries of the queue.
    fn queued(&self, hotkey: Hotkey) -> Range<'_, (Hotkey, Netuid), Alpha> {
        self.queue.range((hotkey, Netuid(0))..=(hotkey, Netuid(u16::MAX)))
    }

    /// Lets a dividend wait, with what waits already.
    pub(crate) fn enqueue(&mut self, hotkey: Hotkey, netuid: Netuid, alpha: Alpha) {
        if alpha > Alpha::ZERO {
            *self.queue.entry((hotkey, netuid)).or_default() += alpha;
        }
    }

    /// Takes what waits of a subnet for a hotkey's fund.
    pub(crate) fn dequeue(&mut self, hotkey: Hotkey, netuid: Netuid) -> Alpha {
        self.queue.remove(&(hotkey, netuid)).unwrap_or_default()
    }

    /// Takes all that waits of a subnet, whatever the hotkey.
    pub(crate) fn forget(&mut self, netuid: Netuid) {
        self.queue.retain(|&(_, of), _| of != netuid);
        self.trading.values_mut().for_each(|trading| {
            trading.bought.remove(&netuid);
        });
    }

    /// The hotkey whose turn it is in this block, if there is one. A block that finds the end of the queue begins anew, and
    /// nobody has a turn in it.
    pub(crate) fn next_turn(&mut self) -> Option<Hotkey> {
        let after = self.cursor.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.queue.range((after, Bound::Unbounded)).next();
        let hotkey = next.map(|(&(hotkey, _), _)| hotkey);
        self.cursor = hotkey.and_then(|hotkey| self.queued(hotkey).map(|(&key, _)| key).next_back());
        hotkey
    }

    /// The place in the queue, for a run that goes on from here.
    pub(crate) fn cursor(&self) -> Option<(Hotkey, Netuid)> {
        self.cursor
    }

    /// Goes on from a place in the queue.
    pub(crate) fn resume(&mut self, cursor: Option<(Hotkey, Netuid)>) {
        self.cursor = cursor;
    }

    /// Begins a fund, or goes on with it.
    pub(crate) fn begin(&mut self, hotkey: Hotkey, shares: FundShares<AgentId>) {
        self.shares.insert(hotkey, shares);
    }

    pub(crate) fn mint(&mut self, hotkey: Hotkey, dividend: &FundDividend) -> Result<u64, MintRefused> {
        let mut shares = self.shares.remove(&hotkey).unwrap_or_default();
        let minted = shares.mint(dividend);
        if minted.is_ok() || shares != FundShares::default() {
            self.shares.insert(hotkey, shares);
        }
        minted
    }

    pub(crate) fn redeem(&mut self, hotkey: Hotkey, agent: AgentId, shares: u64) {
        if let Some(fund) = self.shares.get_mut(&hotkey) {
            fund.redeem(agent, shares);
        }
    }

    /// An account gets shares that it has paid for.
    pub(crate) fn grant(
        &mut self,
        hotkey: Hotkey,
        agent: AgentId,
        shares: u64,
        paid: Tao,
    ) -> Result<(), MintRefused> {
        self.shares.entry(hotkey).or_default().grant(agent, shares)?;
        *self.paid_in.entry((hotkey, agent)).or_default() += paid;
        Ok(())
    }

    /// What an account had paid for shares that it has now given up.
    pub(crate) fn take_out(&mut self, hotkey: Hotkey, agent: AgentId) -> Tao {
        self.paid_in.remove(&(hotkey, agent)).unwrap_or_default()
    }

    /// What a fund's trades have left for the next.
    pub(crate) fn trading(&self, hotkey: Hotkey) -> TradingState {
        self.trading.get(&hotkey).cloned().unwrap_or_default()
    }

    /// A fund has traded.
    pub(crate) fn traded(&mut self, hotkey: Hotkey, left: TradingState) {
        self.trading.insert(hotkey, left);
    }

    /// An account's stake on root through a hotkey has changed; a fund's own earns nobody shares.
    pub(crate) fn stake_changed(&mut self, hotkey: Hotkey, agent: AgentId, by: i128) {
        if !agent.is_fund()
            && let Some(fund) = self.shares.get_mut(&hotkey)
        {
            fund.stake_changed(agent, by);
        }
    }

    /// Shares of a hotkey's fund that an account with so much stake on root through it is owed.
    #[must_use]
    pub fn owed(&self, hotkey: Hotkey, agent: AgentId, stake: Tao) -> u64 {
        self.of(hotkey).map_or(0, |fund| fund.owed(&agent, stake))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hotkey_has_a_turn_in_a_block_and_the_end_of_the_queue_costs_one() {
        let mut funds = Funds::default();
        let hotkey = |number| Hotkey(AgentId(number));
        assert_eq!(funds.next_turn(), None);
        for (number, netuid) in [(3, 1), (3, 7), (5, 2)] {
            funds.enqueue(hotkey(number), Netuid(netuid), Alpha::from_rao(1));
        }
        let turns: Vec<_> = (0..5).map(|_| funds.next_turn()).collect();
        let (three, five) = (Some(hotkey(3)), Some(hotkey(5)));
        assert_eq!(turns, [three, five, None, three, five]);
        // What comes in behind the place of the last turn is passed over until the queue begins anew.
        funds.enqueue(hotkey(4), Netuid(9), Alpha::from_rao(1));
        assert_eq!((funds.next_turn(), funds.next_turn()), (None, three));
        assert_eq!(funds.waiting_for(hotkey(3)).len(), 2);
        funds.forget(Netuid(7));
        assert_eq!(funds.dequeue(hotkey(3), Netuid(1)), Alpha::from_rao(1));
        assert_eq!(funds.next_turn(), Some(hotkey(4)));
    }
}
