//! Claims on funds: an account gives up shares, and its part of each holding becomes its stake on root.

use dtao_protocol::basket::{
    CLAIM_THRESHOLD, DustRow, DustRules, FundClaims, FundRow, FundShares, Liquidation, RowKind, claim_of_fund,
};
use dtao_protocol::books::Books;
use dtao_protocol::fixed::Q64;
use dtao_protocol::root_claim::ClaimRefused;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use super::FundBooks;
use crate::account::{AgentId, Hotkey};
use crate::call::{FundEvent, Lost, Outcome, RedeemedRow, Refusal};
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
        rules.root_claims.may_claim_of_funds().map_err(Refusal::Claims)?;
        if let Some(hotkey) = hotkey {
            self.exists(hotkey.0)?;
        }
        let networks = self.subnets.books().len() + 1;
        let mut books = self.fund_books();
        let hotkeys = match hotkey {
            Some(hotkey) => vec![hotkey],
            None => books.staked_through(agent),
        };
        let holdings = hotkeys.iter().map(|&hotkey| books.holdings(hotkey).len()).sum();
        if !rules.funds.claim_work.allows(hotkeys.len(), holdings, networks, hotkey.is_some()) {
            return Err(Refusal::Claims(ClaimRefused::TooMuchWork));
        }
        let mut tao = Tao::ZERO;
        for hotkey in hotkeys {
            tao += books.claim(agent, hotkey, lost);
        }
        let mut earned =
            self.earned.get_mut(self.accounts.entity(agent)).expect("accounts are never removed");
        earned.0 = earned.0.saturating_add(tao);
        Ok(Outcome::Claimed { tao })
    }
}

/// A holding that a claim takes a part of.
struct Row {
    netuid: Netuid,
    held: Alpha,
    value: Tao,
    /// The least of what it would be sold for and of what an average of prices says.
    anchored: Tao,
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

    /// Claims what an account is owed of a fund; returns TAO that it has staked on root for it, perhaps none.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::root_claim_for_hotkey` (`RaoFoundation` @ d791f459, and of
    /// specs 469 to 475)
    fn claim(&mut self, agent: AgentId, hotkey: Hotkey, lost: &mut Lost) -> Tao {
        self.flush(hotkey);
        let outstanding = self.stakes.funds().of(hotkey).map_or(0, FundShares::minted);
        let owed = self.stakes.fund_shares(hotkey, agent).min(outstanding);
        if owed == 0 {
            return Tao::ZERO;
        }
        self.sell_what_is_little(hotkey, lost);
        let rows = self.rows(hotkey, owed, outstanding);
        let terms = self.rules.funds.claims;
        let given: Vec<FundRow> = rows
            .iter()
            .map(|row| FundRow {
                kind: if row.netuid == Netuid::ROOT { RowKind::Root } else { RowKind::Subnet },
                held: row.held.rao(),
                value: row.value,
            })
            .collect();
        let mut sales: Vec<Option<Liquidation>> = vec![None; rows.len()];
        let claimed = claim_of_fund(terms, &given, owed, outstanding, |at, take| {
            let (netuid, fund) = (rows[at].netuid, hotkey.fund());
            let pool = self.stakes.pool(netuid, self.place(netuid, hotkey));
            // Where next to nothing of a stake would be left all of it is taken.
            let take = pool.map_or(Alpha::ZERO, |pool| pool.removable(&fund, take));
            sales[at] = self.liquidation(netuid, take);
            sales[at].map_or(Tao::ZERO, |sale| sale.tao)
        });
        let Ok(claimed) = claimed else { return Tao::ZERO };
        let mut redeemed = Vec::new();
        for ((row, parts), sale) in rows.iter().zip(&claimed.rows).zip(sales) {
            let alpha = match sale {
                None if row.netuid == Netuid::ROOT => {
                    self.stakes.remove(Netuid::ROOT, hotkey, hotkey.fund(), parts.take)
                }
                None => Alpha::ZERO,
                Some(sale) => {
                    let place = self.place(row.netuid, hotkey);
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
        paid
    }

    /// Holdings that are worth less than a claim must be are sold for cash; since spec 469 those that nobody buys are burned.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::consolidate_dust_basket_holdings` (`RaoFoundation` @
    /// d791f459, and of specs 469 to 475)
    fn sell_what_is_little(&mut self, hotkey: Hotkey, lost: &mut Lost) {
        for (netuid, alpha) in self.holdings(hotkey) {
            let value = self.realizable(netuid, alpha);
            if netuid == Netuid::ROOT || value.is_some_and(|value| value >= CLAIM_THRESHOLD) {
                continue;
            }
            if value.is_none() && self.rules.funds.claims == FundClaims::UpToEntitlement {
                let place = self.place(netuid, hotkey);
                let alpha = self.stakes.remove(netuid, place, hotkey.fund(), alpha);
                self.books(netuid).dust.forfeited += alpha;
                lost.alpha += alpha;
                self.events.push(FundEvent::Burned { netuid, alpha });
            } else {
                self.sell_for_cash(hotkey, netuid);
            }
        }
    }

    /// The holdings that a claim of so many shares takes a part of.
    fn rows(&self, hotkey: Hotkey, owed: u64, shares: u64) -> Vec<Row> {
        let row = |(netuid, held): (Netuid, Alpha)| {
            let value = self.realizable(netuid, held).unwrap_or_default();
            let anchored = match (netuid, self.subnets.get(netuid)) {
                (Netuid::ROOT, _) | (_, None) => value,
                (_, Some(books)) => value.min(average_value(books, held)),
            };
            Row { netuid, held, value, anchored }
        };
        let mut rows: Vec<Row> = self.holdings(hotkey).into_iter().map(row).collect();
        if self.rules.funds.claims == FundClaims::UpToEntitlement {
            let fund = rows.iter().map(|row| row.anchored).fold(Tao::ZERO, Tao::saturating_add);
            rows.retain(|row| {
                let dust = DustRow { value: row.anchored, fund, owed, shares };
                row.netuid == Netuid::ROOT || !dust.is_dust(&DustRules::DEFAULT)
            });
        }
        rows
    }
}

/// What alpha is worth at the fast average of its price, or at the moving price where there is none.
fn average_value(books: &Books, alpha: Alpha) -> Tao {
    let price = if books.fast_price > Q64::ZERO { books.fast_price } else { Q64::from(books.share_price()) };
    Tao::from_rao(Q64::from_int(alpha.rao()).times(price).floor())
}
