//! Subnets as a program names them: by what they are, so that a program can be tried in another market.

use std::cmp::Reverse;

use dtao_engine::account::AgentId;
use dtao_engine::view::View;
use dtao_protocol::books::Books;
use dtao_protocol::hill_gate::HillGate;
use dtao_protocol::units::Netuid;
use serde::{Deserialize, Serialize};

/// A subnet by what it is. All but [`Place::Own`] are found once, before the first block, and stay what they are then.
///
/// The size of a subnet is the TAO in its pool; of those with equally much, the one with the higher moving price is larger, then
/// the one with the lower number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// Root.
    Root,
    /// The largest subnet.
    Largest,
    /// The one in the middle, the larger of two.
    Median,
    /// The smallest subnet.
    Smallest,
    /// The one of this rank by size, 1 for the largest; the smallest if there are fewer.
    Ranked(u16),
    /// The one whose share of the emission stands at the gate's bar, or so many ranks below it (above it if negative). Without a
    /// gate the bar is the median share.
    AtBar(i16),
    /// The subnet that the program's accounts own, the one that was registered last.
    Own,
    /// The subnet with this number.
    Netuid(u16),
}

/// What places mean in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places {
    /// The largest first.
    by_size: Vec<Netuid>,
    /// The largest share of the emission first.
    by_share: Vec<Netuid>,
    /// Where in that list the gate's bar is.
    bar: usize,
}

impl Places {
    pub fn of(view: &View) -> Self {
        let mut subnets: Vec<&Books> = view.subnets().collect();
        subnets.sort_by_key(|books| (Reverse((books.pool.tao, books.moving_price)), books.netuid));
        let by_size = subnets.iter().map(|books| books.netuid).collect();
        let mut shares: Vec<(Netuid, f64)> = view.shares().collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let bar = match view.rules().coinbase.gate {
            HillGate::Rank { rank, .. } => usize::from(rank).saturating_sub(1),
            HillGate::Quantile { quantile, .. } => {
                let mut sum = 0.0;
                let reaches = |&(_, share): &(Netuid, f64)| {
                    sum += share;
                    sum >= quantile.to_f64()
                };
                shares.iter().position(reaches).unwrap_or(shares.len())
            }
            HillGate::Open => shares.len() / 2,
        };
        let bar = bar.min(shares.len().saturating_sub(1));
        Self { by_size, by_share: shares.into_iter().map(|(netuid, _)| netuid).collect(), bar }
    }

    /// The subnet, if there is one.
    pub fn find(&self, place: Place, view: &View, members: &[AgentId]) -> Option<Netuid> {
        let of_rank = |rank: usize| self.by_size.get(rank).or(self.by_size.last()).copied();
        match place {
            Place::Root => Some(Netuid::ROOT),
            Place::Largest => of_rank(0),
            Place::Median => of_rank(self.by_size.len().saturating_sub(1) / 2),
            Place::Smallest => self.by_size.last().copied(),
            Place::Ranked(rank) => of_rank(usize::from(rank).saturating_sub(1)),
            Place::AtBar(below) => {
                let last = self.by_share.len().checked_sub(1)?;
                let at = self.bar.saturating_add_signed(isize::from(below)).min(last);
                self.by_share.get(at).copied()
            }
            Place::Own => {
                let owned = |books: &&Books| {
                    let owner = view.subnet_owner(books.netuid);
                    owner.is_some_and(|owner| members.contains(&owner))
                };
                let newest = view.subnets().filter(owned);
                newest.max_by_key(|books| books.settings.registered_at).map(|books| books.netuid)
            }
            Place::Netuid(number) => Some(Netuid(number)),
        }
    }
}

/// The roles that subnets have in a run that is about to begin, each subnet with the first that it has: the others are known by
/// their numbers only.
#[must_use]
pub fn roles(view: &View) -> Vec<(Place, Netuid)> {
    let places = Places::of(view);
    let at_bar = [Place::AtBar(0), Place::AtBar(-1), Place::AtBar(1)];
    let gated = view.rules().coinbase.gate != HillGate::Open;
    let of_size = [Place::Largest, Place::Smallest, Place::Median];
    let all = of_size.into_iter().chain(at_bar.into_iter().filter(|_| gated));
    let mut roles: Vec<(Place, Netuid)> = Vec::new();
    for role in all {
        if let Some(netuid) = places.find(role, view, &[])
            && roles.iter().all(|&(_, other)| other != netuid)
        {
            roles.push((role, netuid));
        }
    }
    roles
}
