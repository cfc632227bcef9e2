//! TAO is staked into a fund: it buys of all that the fund holds, for shares.

use dtao_protocol::basket::{
    Acquisition, FundDeposit, FundDeposits, FundShares, Liquidation, RootDividends, parts_by_value,
};
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use super::FundBooks;
use crate::account::{AgentId, Hotkey};
use crate::call::{DepositedRow, FundEvent, Outcome, Refusal};
use crate::ledger::Ledger;

impl Ledger<'_, '_> {
    /// Pays TAO that buys of all that a hotkey's fund holds, for shares of it. What waits to enter the fund enters it before, also if
    /// the call is then refused.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::{check_stake_into_basket, try_stake_into_basket}` of specs
    /// 468 to 475 (`RaoFoundation`)
    pub(in crate::ledger) fn stake_into_fund(
        &mut self,
        agent: AgentId,
        hotkey: Hotkey,
        tao: Tao,
    ) -> Result<Outcome, Refusal> {
        let rules = self.law.rules;
        let funds = rules.funds.dividends == RootDividends::FundShares;
        if !funds || rules.funds.deposits == FundDeposits::None {
            return Err(Refusal::NoFundDeposits);
        }
        self.exists(hotkey.0)?;
        self.has_place_on_root(hotkey)?;
        if tao < rules.min_stake {
            return Err(Refusal::AmountTooLow);
        }
        // Nothing of it may be held back to keep the account alive.
        if self.keepable(agent, tao) < tao {
            return Err(Refusal::NotEnoughBalance);
        }
        let mut books = self.fund_books();
        books.flush(hotkey);
        let plan = books.plan(hotkey, tao).ok_or(Refusal::AmountTooLow)?;
        let Plan { slots, deposit, shares } = plan;
        self.stakes.funds_mut().grant(hotkey, agent, shares, tao).map_err(|_| Refusal::AmountTooLow)?;
        self.withdraw(agent, tao)?;
        let rows = slots.into_iter().map(|slot| self.fill(slot)).collect();
        let FundDeposit { value, fund, outstanding } = deposit;
        self.funds.push(FundEvent::Deposited { hotkey, agent, value, fund, outstanding, shares, rows });
        Ok(Outcome::Deposited { tao, shares })
    }

    /// Whether a hotkey has one of root's places.
    pub(super) fn has_place_on_root(&self, hotkey: Hotkey) -> Result<(), Refusal> {
        let seated = self.stakes.is_seated(hotkey);
        if seated { Ok(()) } else { Err(Refusal::NoPlaceOnRoot) }
    }

    /// Books what a deposit buys of one holding.
    fn fill(&mut self, slot: Slot) -> DepositedRow {
        let Slot { netuid, place, tao, held, grown, bought, pool } = slot;
        match bought {
            None => self.root.tao += tao,
            Some(bought) => {
                self.pool_fees.author += bought.author;
                self.pool_fees.tao += bought.idle;
                // The whole part, with its fee, where a fund's trade counts what enters the pool (`deploy_tao_into_basket`).
                let counts = self.law.rules.emission.counts_protocol_flow();
                let subnet = self.subnet(netuid);
                subnet.let_out_bought(bought.after, bought.entered, bought.alpha);
                subnet.alpha_out += bought.alpha;
                if counts {
                    subnet.flow.protocol_enters(tao);
                }
            }
        }
        self.stakes.put_back(netuid, place, Some(pool));
        DepositedRow { netuid, tao, held, alpha: grown }
    }
}

/// What a deposit comes to.
struct Plan {
    slots: Vec<Slot>,
    deposit: FundDeposit,
    shares: u64,
}

/// What it buys of one holding.
struct Slot {
    netuid: Netuid,
    place: Hotkey,
    tao: Tao,
    held: Alpha,
    grown: Alpha,
    /// None of cash.
    bought: Option<Acquisition>,
    /// All stake there, with what is bought.
    pool: SharePool<AgentId>,
}

impl FundBooks<'_> {
    /// What so much TAO buys of a fund's holdings, and for how many shares; none if a holding would get nothing of it, or the account
    /// no share.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::{deploy_tao_into_basket, basket_deployment_split}` of specs
    /// 468 to 475 (`RaoFoundation`)
    fn plan(&self, hotkey: Hotkey, tao: Tao) -> Option<Plan> {
        let values = self.values();
        let rows = values.holdings(hotkey).into_iter();
        let rows =
            rows.map(|(netuid, held)| (netuid, held, values.realizable(netuid, held).unwrap_or_default()));
        let rows: Vec<(Netuid, Alpha, Tao)> = rows.collect();
        let before = rows.iter().map(|row| row.2).fold(Tao::ZERO, Tao::saturating_add);
        let worthless = |row: &(Netuid, Alpha, Tao)| row.2 == Tao::ZERO;
        if self.rules.funds.deposits == FundDeposits::OfAll && rows.iter().any(worthless) {
            return None;
        }
        let mut mirrored: Vec<_> = rows.into_iter().filter(|row| !worthless(row)).collect();
        // A fund without anything takes it as cash, which bounds no shares.
        let opens = mirrored.is_empty();
        if opens {
            mirrored.push((Netuid::ROOT, Alpha::ZERO, Tao::from_rao(1)));
        }
        let weights: Vec<Tao> = mirrored.iter().map(|row| row.2).collect();
        let parts = parts_by_value(tao, &weights)?;
        let (mut slots, mut value) = (Vec::new(), Tao::ZERO);
        for (&(netuid, held, was), part) in mirrored.iter().zip(parts) {
            let (slot, is) = self.slot(hotkey, (netuid, held), part)?;
            value += is.saturating_sub(if opens { Tao::ZERO } else { was });
            slots.push(slot);
        }
        let outstanding = self.stakes.funds().of(hotkey).map_or(0, FundShares::minted);
        let deposit = FundDeposit { value, fund: before, outstanding };
        let bought = slots.iter().filter(|_| !opens).map(|slot| (slot.grown, slot.held));
        let shares = deposit.shares(bought)?;
        Some(Plan { slots, deposit, shares })
    }

    /// What a part of a deposit buys of one holding, and what the whole holding is then worth.
    fn slot(&self, hotkey: Hotkey, (netuid, held): (Netuid, Alpha), tao: Tao) -> Option<(Slot, Tao)> {
        let (fund, place) = (hotkey.fund(), self.values().place(netuid, hotkey));
        let mut pool = self.stakes.copy_of(netuid, place);
        let (bought, alpha) = if netuid == Netuid::ROOT {
            (None, Alpha::from_rao(tao.rao()))
        } else {
            let bought = Acquisition::of(self.subnets.get(netuid)?.exchange(), self.rules.pool, tao)?;
            (Some(bought), bought.alpha)
        };
        pool.add(fund, alpha);
        let holds = pool.value(&fund);
        let worth = match bought {
            None => Tao::from_rao(holds.rao()),
            Some(bought) => {
                Liquidation::of(bought.after, self.rules.pool, holds).map_or(Tao::ZERO, |sale| sale.tao)
            }
        };
        let grown = holds.saturating_sub(held);
        Some((Slot { netuid, place, tao, held, grown, bought, pool }, worth))
    }
}
