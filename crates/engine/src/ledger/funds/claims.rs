//! Claims on funds: an account gives up shares, and its part of each holding becomes its stake on root.

use dtao_protocol::basket::{CLAIM_THRESHOLD, FundClaims, FundShares, RootDividends};
use dtao_protocol::root_claim::ClaimRefused;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use super::FundBooks;
use crate::account::{AgentId, Hotkey};
use crate::call::{FundEvent, Lost, Outcome, RedeemedRow, Refusal};
use crate::fund_valuation::Claimable;
use crate::ledger::Ledger;

impl Ledger<'_, '_> {
    /// Claims what an account is owed of one hotkey's fund, or of all. What is too little, or cannot be sold, stays owed.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::do_root_claim` (`RaoFoundation` @ d791f459, and of specs
    /// 469 to 475)
    pub(in crate::ledger) fn claim_of_funds(
        &mut self,
        agent: AgentId,
        hotkey: Option<Hotkey>,
        lost: &mut Lost,
    ) -> Result<Outcome, Refusal> {
        let rules = self.law.rules;
        if rules.funds.dividends != RootDividends::FundShares {
            return Err(Refusal::Claims(ClaimRefused::NoFunds));
        }
        if let Some(hotkey) = hotkey {
            self.exists(hotkey.0)?;
        }
        let networks = self.subnets.books().len() + 1;
        let mut books = self.fund_books();
        let hotkeys = match hotkey {
            Some(hotkey) => vec![hotkey],
            None => books.staked_through(agent),
        };
        let holdings = hotkeys.iter().map(|&hotkey| books.values().holdings(hotkey).len()).sum();
        if !rules.funds.claim_work.allows(hotkeys.len(), holdings, networks, hotkey.is_some()) {
            return Err(Refusal::Claims(ClaimRefused::TooMuchWork));
        }
        let mut all = Claimed::default();
        for hotkey in hotkeys {
            let Claimed { paid, gain } = books.claim(agent, hotkey, lost);
            all = Claimed { paid: all.paid + paid, gain: all.gain + gain };
        }
        let mut earned =
            self.earned.get_mut(self.accounts.entity(agent)).expect("accounts are never removed");
        earned.0 = earned.0.saturating_add(all.gain);
        Ok(Outcome::Claimed { tao: all.paid })
    }
}

/// What a claim came to.
#[derive(Clone, Copy, Default)]
struct Claimed {
    /// TAO that is staked on root for it.
    paid: Tao,
    /// As much of it as the claimant has not put in.
    gain: Tao,
}

impl FundBooks<'_> {
    /// The hotkeys through which an account stakes on root, or is owed shares.
    fn staked_through(&self, agent: AgentId) -> Vec<Hotkey> {
        let funds = self.stakes.funds();
        let has = |&hotkey: &Hotkey| {
            self.stakes.on_root(hotkey, agent) > Tao::ZERO || self.stakes.fund_shares(hotkey, agent) > 0
        };
        let all: std::collections::BTreeSet<Hotkey> =
            self.stakes.on(Netuid::ROOT).map(|(hotkey, _)| hotkey).chain(funds.hotkeys()).collect();
        all.into_iter().filter(has).collect()
    }

    /// Claims what an account is owed of a fund, perhaps nothing.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::root_claim_for_hotkey` (`RaoFoundation` @ d791f459, and of
    /// specs 469 to 475)
    fn claim(&mut self, agent: AgentId, hotkey: Hotkey, lost: &mut Lost) -> Claimed {
        self.flush(hotkey);
        let outstanding = self.stakes.funds().of(hotkey).map_or(0, FundShares::minted);
        if self.stakes.fund_shares(hotkey, agent).min(outstanding) == 0 {
            return Claimed::default();
        }
        self.sell_what_is_little(hotkey, lost);
        let Some(Claimable { rows, claim: claimed, sales, outstanding }) = self.values().claim(hotkey, agent)
        else {
            return Claimed::default();
        };
        let mut redeemed = Vec::new();
        for ((row, parts), sale) in rows.iter().zip(&claimed.rows).zip(sales) {
            let alpha = match sale {
                None if row.netuid == Netuid::ROOT => {
                    self.stakes.remove(Netuid::ROOT, hotkey, hotkey.fund(), parts.take)
                }
                None => Alpha::ZERO,
                Some(sale) => {
                    let place = self.values().place(row.netuid, hotkey);
                    self.stakes.remove(row.netuid, place, hotkey.fund(), sale.entered);
                    self.settle(row.netuid, &sale);
                    sale.entered
                }
            };
            let paid = if row.netuid == Netuid::ROOT { Tao::from_rao(alpha.rao()) } else { parts.paid };
            redeemed.push(RedeemedRow {
                netuid: row.netuid,
                value: row.value,
                alpha,
                paid,
                kept: parts.surplus,
            });
        }
        let paid: Tao = redeemed.iter().map(|row| row.paid).sum();
        self.put_cash(hotkey, claimed.surplus());
        self.stakes.add(Netuid::ROOT, hotkey, agent, Alpha::from_rao(paid.rao()));
        self.stakes.funds_mut().redeem(hotkey, agent, claimed.shares);
        let shares = claimed.shares;
        self.events.push(FundEvent::Redeemed { hotkey, agent, shares, outstanding, rows: redeemed });
        // What it had paid for shares is no gain.
        let put_in = self.stakes.funds_mut().take_out(hotkey, agent);
        Claimed { paid, gain: paid.saturating_sub(put_in) }
    }

    /// Holdings that are worth less than a claim must be are sold for cash; since spec 469 those that nobody buys are burned.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::consolidate_dust_basket_holdings` (`RaoFoundation` @
    /// d791f459, and of specs 469 to 475)
    fn sell_what_is_little(&mut self, hotkey: Hotkey, lost: &mut Lost) {
        for (netuid, alpha) in self.values().holdings(hotkey) {
            let value = self.values().realizable(netuid, alpha);
            if netuid == Netuid::ROOT || value.is_some_and(|value| value >= CLAIM_THRESHOLD) {
                continue;
            }
            if value.is_none() && self.rules.funds.claims == FundClaims::UpToEntitlement {
                let place = self.values().place(netuid, hotkey);
                let alpha = self.stakes.remove(netuid, place, hotkey.fund(), alpha);
                self.books(netuid).dust.forfeited += alpha;
                lost.alpha += alpha;
                self.events.push(FundEvent::Burned { hotkey, netuid, alpha });
            } else {
                self.sell_for_cash(hotkey, netuid);
            }
        }
    }
}
