//! The funds of hotkeys on root: dividends enter them, and whoever is owed shares claims its part.
//!
//! What a fund holds is staked on its hotkey; in a subnet in aggregate on the one validator, which stands for all.

mod begin;
mod claims;
mod deposits;
mod trades;

use dtao_protocol::basket::{
    CLAIM_THRESHOLD, FundDividend, FundShares, Liquidation, RefusedMint, RootDividends,
};
use dtao_protocol::books::Books;
use dtao_protocol::fixed::Q64;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::Hotkey;
use crate::call::FundEvent;
use crate::fund_valuation::FundValuation;
use crate::ledger::coinbase::Coinbase;
use crate::ledger::{Ledger, Root, Stakes};
use crate::subnet::Subnets;

impl Coinbase<'_, '_> {
    /// Lets what waits for one hotkey's fund enter it, hotkey after hotkey.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/basket_flush.rs::flush_pending_basket_deposits_block`
    /// (`RaoFoundation` @ fd92fb2b)
    pub(super) fn flush_next_fund(&mut self) {
        let Some(hotkey) = self.stakes.funds_mut().next_turn() else { return };
        let Self { law, stakes, subnets, root, receipts, .. } = self;
        let events = &mut receipts.funds;
        FundBooks { rules: &law.rules, stakes, subnets, root, events }.flush(hotkey);
    }
}

impl Ledger<'_, '_> {
    /// The books of funds.
    pub(super) fn fund_books(&mut self) -> FundBooks<'_> {
        let Self { law, stakes, subnets, root, funds, .. } = self;
        FundBooks { rules: &law.rules, stakes, subnets, root, events: funds }
    }

    /// What funds hold, and what it is worth.
    fn fund_values(&self) -> FundValuation<'_> {
        FundValuation { rules: &self.law.rules, stakes: &self.stakes, subnets: &self.subnets }
    }

    /// Lets what waits for a hotkey's fund enter it before the stake there changes, so that nobody's dividends change hands.
    pub(super) fn flush_before_change(&mut self, netuid: Netuid, hotkey: Hotkey) {
        if netuid == Netuid::ROOT && self.law.rules.funds.dividends == RootDividends::FundShares {
            self.fund_books().flush(hotkey);
        }
    }
}

/// The books that funds change.
pub(super) struct FundBooks<'a> {
    rules: &'a Rules,
    stakes: &'a mut Stakes,
    subnets: &'a mut Subnets,
    root: &'a mut Root,
    /// What has happened to funds.
    events: &'a mut Vec<FundEvent>,
}

impl FundBooks<'_> {
    /// Lets what waits for a hotkey's fund enter it, as far as it is worth the trouble.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/basket_flush.rs::flush_basket_deposits_for_hotkey`
    /// (`RaoFoundation` @ fd92fb2b)
    pub(super) fn flush(&mut self, hotkey: Hotkey) {
        let waiting = self.stakes.funds().waiting_for(hotkey);
        if waiting.is_empty() {
            return;
        }
        let seated = self.stakes.is_seated(hotkey);
        let mut credits = Vec::new();
        for (netuid, alpha) in waiting {
            if !seated {
                self.recycle(hotkey, netuid);
                continue;
            }
            let price = self.subnets.get(netuid).map_or(Q64::ZERO, Books::price_bits);
            if Q64::from_int(alpha.rao()).times(price).floor() >= CLAIM_THRESHOLD.rao() {
                credits.push((netuid, alpha));
            }
        }
        if !credits.is_empty() {
            self.deposit(hotkey, &credits);
        }
    }

    /// Lets dividends enter a fund together, for shares that are minted at its value.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/basket_flush.rs::{deposit_root_alpha_batch,
    /// try_accumulate_root_alpha_batch}` (`RaoFoundation` @ fd92fb2b, and of specs 469 to 475)
    fn deposit(&mut self, hotkey: Hotkey, credits: &[(Netuid, Alpha)]) {
        let fund = hotkey.fund();
        let escrow = self.stakes.on_root(hotkey, fund);
        let all = Tao::from_rao(self.stakes.staked_on(Netuid::ROOT, hotkey).rao());
        let stakers = all.saturating_sub(escrow);
        let outstanding = self.stakes.funds().of(hotkey).map_or(0, FundShares::minted);
        let rule = self.rules.funds.refused_mint;
        let keeps = rule == RefusedMint::PutBack && escrow > Tao::ZERO && outstanding > 0;
        if stakers == Tao::ZERO && !keeps {
            for &(netuid, _) in credits {
                self.recycle(hotkey, netuid);
            }
            return;
        }
        let before = self.values().value(hotkey);
        let (mut value, mut dead, mut entering) = (Tao::ZERO, Vec::new(), Vec::new());
        for &(netuid, alpha) in credits {
            let place = self.values().place(netuid, hotkey);
            let mut pool = self.stakes.copy_of(netuid, place);
            let was = self.values().realizable(netuid, pool.value(&fund));
            pool.add(fund, alpha);
            let Some((was, is)) = was.zip(self.values().realizable(netuid, pool.value(&fund))) else {
                dead.push(netuid);
                continue;
            };
            value += is.saturating_sub(was);
            entering.push((netuid, alpha, place, pool));
        }
        let mut shares = 0;
        if !entering.is_empty() && stakers > Tao::ZERO {
            let dividend = FundDividend { value, stakers, escrow, fund: before };
            let Ok(minted) = self.stakes.funds_mut().mint(hotkey, &dividend) else {
                if rule == RefusedMint::TriedApart && credits.len() > 1 {
                    for &credit in credits {
                        self.deposit(hotkey, &[credit]);
                    }
                }
                return;
            };
            shares = minted;
        }
        for netuid in dead {
            self.recycle(hotkey, netuid);
        }
        let mut entered = Vec::new();
        for (netuid, alpha, place, pool) in entering {
            self.stakes.funds_mut().dequeue(hotkey, netuid);
            self.stakes.put_back(netuid, place, Some(pool));
            self.books(netuid).root_claimable -= alpha;
            entered.push((netuid, alpha));
        }
        if !entered.is_empty() {
            let credits = entered;
            self.events.push(FundEvent::Entered {
                hotkey,
                credits,
                value,
                fund: before,
                outstanding,
                shares,
            });
        }
    }

    /// What waits of a subnet for a hotkey's fund ceases to exist.
    fn recycle(&mut self, hotkey: Hotkey, netuid: Netuid) {
        let alpha = self.stakes.funds_mut().dequeue(hotkey, netuid);
        let books = self.books(netuid);
        books.root_claimable -= alpha;
        books.no_longer_outside(alpha);
        self.events.push(FundEvent::Recycled { netuid, alpha });
    }

    /// Sells a fund's holding for cash; nothing happens if its pool would not buy it.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::convert_basket_holding_to_root` (`RaoFoundation` @
    /// d791f459)
    pub(super) fn sell_for_cash(&mut self, hotkey: Hotkey, netuid: Netuid) {
        let (fund, place) = (hotkey.fund(), self.values().place(netuid, hotkey));
        let held = self.values().held(netuid, hotkey);
        if held == Alpha::ZERO || netuid == Netuid::ROOT {
            return;
        }
        let Some(sale) = self.values().liquidation(netuid, held) else { return };
        // A pool whose price has come to its end takes only a part; the fund keeps the rest.
        self.stakes.remove(netuid, place, fund, sale.entered);
        self.settle(netuid, &sale);
        self.put_cash(hotkey, sale.tao);
        self.events.push(FundEvent::Sold { hotkey, netuid, alpha: sale.entered, tao: sale.tao });
    }

    /// Enters a sale of a fund's holding into the subnet's books; root's own account grows by its TAO.
    fn settle(&mut self, netuid: Netuid, sale: &Liquidation) {
        let counts = self.rules.emission.counts_protocol_flow();
        self.root.tao += sale.tao;
        let books = self.books(netuid);
        books.take_in_sold(sale.after, sale.entered, sale.tao);
        if counts {
            books.flow.protocol_leaves(sale.tao);
        }
    }

    /// Gives a fund cash: stake on root.
    fn put_cash(&mut self, hotkey: Hotkey, tao: Tao) {
        if tao > Tao::ZERO {
            self.stakes.add(Netuid::ROOT, hotkey, hotkey.fund(), Alpha::from_rao(tao.rao()));
        }
    }

    /// What funds hold, and what it is worth.
    pub(super) fn values(&self) -> FundValuation<'_> {
        FundValuation { rules: self.rules, stakes: self.stakes, subnets: self.subnets }
    }

    fn books(&mut self, netuid: Netuid) -> &mut Books {
        self.subnets.get_mut(netuid).expect("a subnet that makes room takes what waits of it along")
    }
}
