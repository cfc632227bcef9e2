//! Claims that the chain makes for those who stake on root without being asked: what they are owed of subnets' alpha is sold,
//! and the TAO staked on root.
//!
//! An account that stands for many stakers is drawn as one: it sells in as many blocks as its place among the accounts gives
//! it, and what it sells is then all of theirs.
//!
//! Not modelled: claims that are asked for, and alpha that stakers keep ([`ClaimType::Keep`]).
//!
//! [`ClaimType::Keep`]: dtao_protocol::root_claim::ClaimType::Keep

use std::collections::BTreeSet;

use dtao_protocol::books::Books;
use dtao_protocol::pool::{Charge, Exchange, Order, PoolRules, Sale};
use dtao_protocol::root_claim::{DEFAULT_THRESHOLD, auto_claims};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use rand::RngExt;

use crate::account::{AgentId, Hotkey};
use crate::ledger::coinbase::Coinbase;
use crate::random::{Stream, generator};

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
            let hotkeys: Vec<Hotkey> = self.stakes.hotkeys_with_claims().collect();
            for hotkey in hotkeys {
                self.claim_all(hotkey, agent);
            }
        }
    }

    /// Who has stake on root, in order.
    fn root_stakers(&self) -> BTreeSet<AgentId> {
        let values = self.stakes.on(Netuid::ROOT).flat_map(|(_, pool)| pool.values());
        values.filter(|&(_, staked)| staked > Alpha::ZERO).map(|(agent, _)| agent).collect()
    }

    /// Claims what an account is owed on a hotkey, subnet by subnet; the first sale that fails ends it.
    fn claim_all(&mut self, hotkey: Hotkey, agent: AgentId) {
        for netuid in self.stakes.claimable_on(hotkey) {
            let owed = self.stakes.owed(netuid, hotkey, agent);
            if owed < DEFAULT_THRESHOLD {
                continue;
            }
            let pools = self.law.rules.pool;
            let Some(books) = self.subnets.books_mut().iter_mut().find(|books| books.netuid == netuid) else {
                continue;
            };
            let Some(tao) = sell(books, owed, pools) else { return };
            if self.law.rules.emission.counts_protocol_flow() {
                books.flow.protocol_leaves(tao);
            }
            self.stakes.claimed(netuid, hotkey, agent, DEFAULT_THRESHOLD);
            self.stakes.add(Netuid::ROOT, hotkey, agent, Alpha::from_rao(tao.rao()));
            self.root.tao += tao;
            let mut earned =
                self.earned.get_mut(self.accounts.entity(agent)).expect("accounts are never removed");
            earned.0 = earned.0.saturating_add(tao);
        }
    }
}

/// Sells what is owed through the pool, without a fee; says what it fetched. Rounding may let a few rao more be owed than
/// were gathered: those are not sold here.
fn sell(books: &mut Books, owed: Alpha, pools: PoolRules) -> Option<Tao> {
    let owed = owed.min(books.root_claimable);
    let order = Order { amount: owed, limit: None, charge: Charge::Free };
    let Sale { entered, tao, after, .. } = Exchange::Dynamic(books.trading()).sale(pools, order).ok()?;
    books.settle(after);
    books.root_claimable -= entered;
    // More may be claimed than is outstanding, as in every sale.
    let beyond = entered.saturating_sub(books.alpha_out);
    books.alpha_out = books.alpha_out.saturating_sub(entered);
    books.dust.unbacked -= beyond;
    books.dust.minted += beyond;
    Some(tao)
}
