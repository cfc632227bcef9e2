//! What a hotkey's fund holds, what that is worth, and what a claim on it would come to.
//!
//! What a fund holds is staked on its hotkey; in a subnet in aggregate on the one validator, which stands for all.

use dtao_protocol::basket::{
    DustRow, DustRules, FundClaim, FundClaims, FundRow, FundShares, Liquidation, RowKind, claim_of_fund,
};
use dtao_protocol::books::Books;
use dtao_protocol::fixed::Q64;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::stakes::Stakes;
use crate::subnet::Subnets;

/// What is needed to value funds.
#[derive(Clone, Copy)]
pub(crate) struct FundValuation<'a> {
    pub rules: &'a Rules,
    pub stakes: &'a Stakes,
    pub subnets: &'a Subnets,
}

/// A holding that a claim takes a part of.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub netuid: Netuid,
    pub held: Alpha,
    pub value: Tao,
    /// The least of what it would be sold for and of what an average of prices says.
    anchored: Tao,
}

/// What a claim would come to.
pub(crate) struct Claimable {
    pub rows: Vec<Row>,
    /// By row, what it takes.
    pub claim: FundClaim,
    /// By row, the sale; none of cash.
    pub sales: Vec<Option<Liquidation>>,
    /// All shares before.
    pub outstanding: u64,
}

impl FundValuation<'_> {
    /// On which hotkey a fund's holding is staked.
    pub fn place(&self, netuid: Netuid, hotkey: Hotkey) -> Hotkey {
        let in_detail = netuid == Netuid::ROOT || self.subnets.roster(netuid).is_some();
        if in_detail { hotkey } else { Hotkey::AGGREGATE }
    }

    /// What a fund holds in one place, in alpha, or TAO on root.
    pub fn held(&self, netuid: Netuid, hotkey: Hotkey) -> Alpha {
        let pool = self.stakes.pool(netuid, self.place(netuid, hotkey));
        pool.map_or(Alpha::ZERO, |pool| pool.value(&hotkey.fund()))
    }

    /// What a fund holds, cash first.
    pub fn holdings(&self, hotkey: Hotkey) -> Vec<(Netuid, Alpha)> {
        std::iter::once(Netuid::ROOT)
            .chain(self.subnets.netuids())
            .map(|netuid| (netuid, self.held(netuid, hotkey)))
            .filter(|&(_, alpha)| alpha > Alpha::ZERO)
            .collect()
    }

    /// What a fund is worth: what its holdings would be sold for, each whole and by itself.
    pub fn value(&self, hotkey: Hotkey) -> Tao {
        let worth = |(netuid, alpha)| self.realizable(netuid, alpha).unwrap_or_default();
        self.holdings(hotkey).into_iter().map(worth).fold(Tao::ZERO, Tao::saturating_add)
    }

    /// What a holding would be sold for; none if its pool would not buy it.
    pub fn realizable(&self, netuid: Netuid, alpha: Alpha) -> Option<Tao> {
        match netuid {
            Netuid::ROOT => Some(Tao::from_rao(alpha.rao())),
            _ => self.liquidation(netuid, alpha).map(|sale| sale.tao),
        }
    }

    /// The sale of so much of a holding; none if its pool would not buy it.
    pub fn liquidation(&self, netuid: Netuid, alpha: Alpha) -> Option<Liquidation> {
        Liquidation::of(self.subnets.get(netuid)?.exchange(), self.rules.pool, alpha)
    }

    /// What an account that claims now would take of each holding, and get; none if it is owed nothing or the claim would come to
    /// nothing.
    pub fn claim(&self, hotkey: Hotkey, agent: AgentId) -> Option<Claimable> {
        let outstanding = self.stakes.funds().of(hotkey).map_or(0, FundShares::minted);
        let owed = self.stakes.fund_shares(hotkey, agent).min(outstanding);
        if owed == 0 {
            return None;
        }
        let rows = self.rows(hotkey, owed, outstanding);
        let given: Vec<FundRow> = rows
            .iter()
            .map(|row| FundRow {
                kind: if row.netuid == Netuid::ROOT { RowKind::Root } else { RowKind::Subnet },
                held: row.held.rao(),
                value: row.value,
            })
            .collect();
        let mut sales: Vec<Option<Liquidation>> = vec![None; rows.len()];
        let claim = claim_of_fund(self.rules.funds.claims, &given, owed, outstanding, |at, take| {
            let netuid = rows[at].netuid;
            let pool = self.stakes.pool(netuid, self.place(netuid, hotkey));
            // Where next to nothing of a stake would be left all of it is taken.
            let take = pool.map_or(Alpha::ZERO, |pool| pool.removable(&hotkey.fund(), take));
            sales[at] = self.liquidation(netuid, take);
            sales[at].map_or(Tao::ZERO, |sale| sale.tao)
        });
        Some(Claimable { rows, claim: claim.ok()?, sales, outstanding })
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
