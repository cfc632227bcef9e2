//! Root claims: what stakers on root are owed of subnets' alpha is sold and its TAO staked on root, or the alpha kept. The
//! chain claims for some accounts in every block, drawn by lot; an account may claim by itself, and choose what its claims turn
//! into.
//!
//! An account that stands for many stakers is drawn as one: it claims in as many blocks as its place among the accounts gives
//! it, and what it claims is then all of theirs.

use std::collections::{BTreeMap, BTreeSet};

use dtao_protocol::books::Books;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::{Charge, Exchange, Order};
use dtao_protocol::root_claim::{
    ClaimAction, ClaimType, ClaimedTao, DEFAULT_THRESHOLD, FailedClaim, auto_claims,
};
use dtao_protocol::rules::Rules;
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use rand::RngExt;

use crate::account::{AgentId, Hotkey};
use crate::call::{Claim, Outcome, Refusal, Sale};
use crate::ledger::coinbase::Coinbase;
use crate::ledger::{Ledger, Root, Stakes};
use crate::random::{Stream, generator};
use crate::subnet::Subnets;

impl Coinbase<'_, '_> {
    /// Claims for some of those who stake on root, drawn anew in every block.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::run_auto_claim_root_divs` @ 14bc6f9f9
    pub(super) fn claim_for_root(&mut self, now: Block) {
        let claims = self.law.rules.drain.auto_claims;
        if claims == 0 || !self.stakes.may_be_claimed() {
            return;
        }
        let mut random = generator(self.accounts.key(AgentId::ROOT_STAKERS), Stream::RootClaims, now);
        let words = std::array::from_fn(|_| random.random());
        let stakers: Vec<AgentId> = self.root_stakers().into_iter().collect();
        for place in auto_claims(words, claims, stakers.len() as u64) {
            let agent = stakers[place as usize];
            let Self { law, stakes, subnets, root, earned, .. } = self;
            let mut books = ClaimBooks { rules: &law.rules, stakes, subnets, root };
            // Claims that fail are left standing.
            let Ok(made) = books.claim(agent, None) else { continue };
            let gain = made.iter().map(|claim| books.worth(claim)).fold(Tao::ZERO, Tao::saturating_add);
            let mut earned = earned.get_mut(self.accounts.entity(agent)).expect("accounts are never removed");
            earned.0 = earned.0.saturating_add(gain);
            self.receipts.claims.extend(made);
        }
    }

    /// Who has stake on root, in order.
    fn root_stakers(&self) -> BTreeSet<AgentId> {
        let values = self.stakes.on(Netuid::ROOT).flat_map(|(_, pool)| pool.values());
        values
            .filter(|&(agent, staked)| staked > Alpha::ZERO && !agent.is_fund())
            .map(|(agent, _)| agent)
            .collect()
    }
}

impl Ledger<'_, '_> {
    /// Claims what the account is owed of some subnets.
    ///
    /// Source: `subtensor:pallets/subtensor/src/macros/dispatches.rs::claim_root` @ 6218ecc5c, 14bc6f9f9
    pub(super) fn claim_root(&mut self, agent: AgentId, netuids: &[Netuid]) -> Result<Outcome, Refusal> {
        self.law
            .rules
            .root_claims
            .may_claim(self.law.rules.funds.dividends, netuids)
            .map_err(Refusal::Claims)?;
        let Self { law, stakes, subnets, root, earned, .. } = self;
        let mut books = ClaimBooks { rules: &law.rules, stakes, subnets, root };
        let made = books.claim(agent, Some(netuids)).map_err(|SaleFailed| Refusal::InsufficientLiquidity)?;
        let gain = made.iter().map(|claim| books.worth(claim)).fold(Tao::ZERO, Tao::saturating_add);
        let mut earned = earned.get_mut(self.accounts.entity(agent)).expect("accounts are never removed");
        earned.0 = earned.0.saturating_add(gain);
        let tao = made.iter().filter_map(|claim| claim.tao).sum();
        *self.claims = made;
        Ok(Outcome::Claimed { tao })
    }

    pub(super) fn set_claim_type(&mut self, agent: AgentId, claims: &ClaimType) -> Result<Outcome, Refusal> {
        self.law
            .rules
            .root_claims
            .may_choose(self.law.rules.funds.dividends, claims)
            .map_err(Refusal::Claims)?;
        self.stakes.set_claim_type(agent, claims.clone());
        Ok(Outcome::Done)
    }
}

/// A pool refused what was to be sold to it; nothing has changed.
struct SaleFailed;

/// The books that claims change.
struct ClaimBooks<'a> {
    rules: &'a Rules,
    stakes: &'a mut Stakes,
    subnets: &'a mut Subnets,
    root: &'a mut Root,
}

/// What the books were before an account's claims.
#[derive(Default)]
struct Before {
    root_tao: Tao,
    books: BTreeMap<Netuid, Books>,
    pools: BTreeMap<(Netuid, Hotkey), Option<SharePool<AgentId>>>,
    /// Each claim made since, with the hotkey and what was booked as claimed.
    made: Vec<(Hotkey, Claim, Alpha)>,
}

impl ClaimBooks<'_> {
    /// Claims what an account is owed, hotkey by hotkey and subnet by subnet, of all subnets or of some.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::do_root_claim, root_claim_all` @ 6218ecc5c, 14bc6f9f9
    fn claim(&mut self, agent: AgentId, only: Option<&[Netuid]>) -> Result<Vec<Claim>, SaleFailed> {
        let mut before = Before { root_tao: self.root.tao, ..Before::default() };
        let hotkeys: Vec<Hotkey> = self.stakes.hotkeys_with_claims().collect();
        for hotkey in hotkeys {
            let mut last = Netuid::ROOT;
            while let Some(netuid) = self.stakes.next_owed(last, hotkey, agent, DEFAULT_THRESHOLD) {
                last = netuid;
                if only.is_some_and(|only| !only.contains(&netuid)) {
                    continue;
                }
                let made = self.claim_of(agent, hotkey, netuid, &mut before);
                if made.is_err() && self.rules.root_claims.failed == FailedClaim::AllUndone {
                    self.undo(agent, before);
                    return Err(SaleFailed);
                }
            }
        }
        Ok(before.made.into_iter().map(|(_, claim, _)| claim).collect())
    }

    /// Claims what an account is owed of one subnet, if it is enough. Rounding may let a few rao more be owed than were gathered:
    /// those are booked as claimed, and nobody gets them.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::root_claim_on_subnet` @ 6218ecc5c, 14bc6f9f9
    fn claim_of(
        &mut self,
        agent: AgentId,
        hotkey: Hotkey,
        netuid: Netuid,
        before: &mut Before,
    ) -> Result<(), SaleFailed> {
        let owed = self.stakes.owed(netuid, hotkey, agent);
        if owed < DEFAULT_THRESHOLD {
            return Ok(());
        }
        let Some(books) = self.subnets.get_mut(netuid) else { return Ok(()) };
        let mut alpha = owed.min(books.root_claimable);
        let undone = self.rules.root_claims.failed == FailedClaim::AllUndone;
        if undone {
            before.books.entry(netuid).or_insert(*books);
        }
        let (tao, to) = match self.stakes.claim_type(agent).action(netuid) {
            ClaimAction::Sell => {
                let sold = sell(books, alpha, self.rules).ok_or(SaleFailed)?;
                let tao = sold.tao;
                if self.rules.emission.counts_protocol_flow() {
                    books.flow.protocol_leaves(tao);
                }
                if self.rules.root_claims.claimed_tao == ClaimedTao::Counted {
                    self.root.tao += tao;
                }
                alpha = sold.alpha;
                (Some(tao), (Netuid::ROOT, hotkey))
            }
            ClaimAction::Stake => {
                books.root_claimable -= alpha;
                // The one validator of a subnet in aggregate stands for all.
                let on = if self.subnets.roster(netuid).is_some() { hotkey } else { Hotkey::AGGREGATE };
                (None, (netuid, on))
            }
        };
        if undone {
            before.pools.entry(to).or_insert_with(|| self.stakes.pool(to.0, to.1).cloned());
        }
        self.stakes.claimed(netuid, hotkey, agent, DEFAULT_THRESHOLD);
        let arrives = tao.map_or(alpha, |tao| Alpha::from_rao(tao.rao()));
        self.stakes.add(to.0, to.1, agent, arrives);
        before.made.push((hotkey, Claim { agent, netuid, alpha, tao }, owed));
        Ok(())
    }

    /// Takes all of an account's claims back.
    fn undo(&mut self, agent: AgentId, before: Before) {
        self.root.tao = before.root_tao;
        for (netuid, books) in before.books {
            *self.subnets.get_mut(netuid).expect("no claim removes a subnet") = books;
        }
        for (hotkey, claim, owed) in before.made.into_iter().rev() {
            self.stakes.unclaim((claim.netuid, hotkey), agent, owed, claim.tao);
        }
        for ((netuid, hotkey), pool) in before.pools {
            self.stakes.put_back(netuid, hotkey, pool);
        }
    }

    /// What a claim was worth when it was made.
    fn worth(&self, claim: &Claim) -> Tao {
        let price = || self.subnets.get(claim.netuid).map_or(Q32::ZERO, Books::spot_price);
        claim.tao.unwrap_or_else(|| claim.alpha.at(price()))
    }
}

/// Sells claimed alpha through the pool, without a fee.
fn sell(books: &mut Books, alpha: Alpha, rules: &Rules) -> Option<Sale> {
    let order = Order { amount: alpha, limit: None, charge: Charge::Free };
    let sale = Exchange::Dynamic(books.trading()).sale(rules.pool, order).ok()?;
    books.take_in_sold(sale.after, sale.entered, sale.tao);
    books.root_claimable -= sale.entered;
    Some(Sale { netuid: books.netuid, alpha: sale.entered, tao: sale.tao })
}
