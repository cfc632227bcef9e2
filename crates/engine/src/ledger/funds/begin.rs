//! Funds come: what stakers on root could claim by subnet becomes shares.

use std::collections::BTreeMap;

use dtao_protocol::basket::{FundShares, RootDividends};
use dtao_protocol::fixed::Q32;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use super::FundBooks;
use crate::account::{AgentId, Hotkey};
use crate::call::FundEvent;

/// What a hotkey's fund begins with.
#[derive(Default)]
struct Beginning {
    shares: u64,
    rate: Q32,
    claimed: BTreeMap<AgentId, i128>,
    entered: Vec<(Netuid, Alpha)>,
}

impl FundBooks<'_> {
    /// Lets what can be claimed enter funds, if the rules have it so. Each subnet's alpha counts as what its moving price says,
    /// or its spot price where there is none: rates and what has been claimed are multiplied by it, rounded down, and so
    /// is what is left.
    ///
    /// What rounding had left to nobody stays with the subnet.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_seed_beta_basket.rs` (`RaoFoundation` @ 00cc09fe)
    pub(in crate::ledger) fn begin(&mut self) {
        if self.rules.funds.dividends != RootDividends::FundShares || !self.stakes.may_be_claimed() {
            return;
        }
        for (hotkey, claims) in self.stakes.end_claims() {
            let stakers = self.stakes.staked_on(Netuid::ROOT, hotkey);
            let mut beginning = Beginning::default();
            for netuid in claims.subnets() {
                let (Some(claims), Some(&books)) = (claims.of(netuid), self.subnets.get(netuid)) else {
                    continue;
                };
                let price =
                    if books.share_price() > Q32::ZERO { books.share_price() } else { books.spot_price() };
                let worth = |alpha: u64| Alpha::from_rao(alpha).at(price).rao();
                let claimed: u128 = claims.booked().map(|(_, claimed)| claimed).sum();
                let gross = claims.earned_by(Tao::from_rao(stakers.rao()));
                let left = u64::try_from(gross.saturating_sub(claimed)).unwrap_or(u64::MAX);
                let left = Alpha::from_rao(left).min(books.root_claimable);
                for (agent, claimed) in claims.booked() {
                    let claimed = u64::try_from(claimed).unwrap_or(u64::MAX);
                    *beginning.claimed.entry(agent).or_default() += i128::from(worth(claimed));
                }
                beginning.rate = beginning.rate.saturating_add(claims.rate().mul(price));
                beginning.shares = beginning.shares.saturating_add(worth(left.rao()));
                if left > Alpha::ZERO {
                    beginning.entered.push((netuid, left));
                    self.books(netuid).root_claimable -= left;
                    let place = self.values().place(netuid, hotkey);
                    self.stakes.add(netuid, place, hotkey.fund(), left);
                }
            }
            self.begin_one(hotkey, beginning);
        }
        let mut waiting: BTreeMap<Netuid, Alpha> = BTreeMap::new();
        for ((_, netuid), alpha) in self.stakes.funds().waiting() {
            *waiting.entry(netuid).or_default() += alpha;
        }
        for netuid in self.subnets.netuids().collect::<Vec<_>>() {
            let books = self.books(netuid);
            // What waits for funds already goes on waiting.
            let alpha =
                books.root_claimable.saturating_sub(waiting.get(&netuid).copied().unwrap_or_default());
            books.root_claimable -= alpha;
            if alpha > Alpha::ZERO {
                books.dust.undistributed += alpha;
                self.events.push(FundEvent::Unclaimed { netuid, alpha });
            }
        }
    }

    fn begin_one(&mut self, hotkey: Hotkey, beginning: Beginning) {
        let Beginning { shares, rate, claimed, entered } = beginning;
        let claimed = claimed.into_iter().filter(|&(_, claimed)| claimed != 0).collect();
        self.stakes.funds_mut().begin(hotkey, FundShares::new(shares, rate, claimed));
        self.events.push(FundEvent::Begun { hotkey, entered, shares });
    }
}
