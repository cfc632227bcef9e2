//! Subnets: one resource, in netuid order. They are added and never removed.

use bevy_ecs::prelude::*;
use dtao_protocol::books::Books;
use dtao_protocol::schedule::next_epoch;
use dtao_protocol::units::{Block, Netuid};

use crate::account::AgentId;
use crate::roster::Roster;

/// All subnets: their books side by side, as the coinbase walks them, and what is inside of each.
///
/// Only the ledger changes them.
#[derive(Resource, Default)]
pub struct Subnets {
    books: Vec<Books>,
    inside: Vec<Inside>,
    /// Where a subnet stands, by its number.
    positions: Vec<Option<u16>>,
    /// No epoch runs before this block.
    soonest_epoch: Option<Block>,
}

/// What is inside of a subnet.
pub(crate) enum Inside {
    /// Its owner, miners and validators are one account.
    Aggregate {
        /// That account: it owns what they earn.
        holder: AgentId,
    },
    /// Its neurons, one by one.
    Detailed(Box<Roster>),
}

impl Inside {
    /// The account that owns the subnet.
    pub(crate) fn owner(&self) -> AgentId {
        match self {
            Self::Aggregate { holder } => *holder,
            Self::Detailed(roster) => roster.owner(),
        }
    }

    pub(crate) fn roster(&self) -> Option<&Roster> {
        match self {
            Self::Aggregate { .. } => None,
            Self::Detailed(roster) => Some(roster),
        }
    }

    pub(crate) fn roster_mut(&mut self) -> Option<&mut Roster> {
        match self {
            Self::Aggregate { .. } => None,
            Self::Detailed(roster) => Some(roster),
        }
    }
}

impl Subnets {
    /// A subnet's books, if it exists.
    #[must_use]
    pub fn get(&self, netuid: Netuid) -> Option<&Books> {
        self.position(netuid).map(|at| &self.books[at])
    }

    /// Whether a subnet exists.
    #[must_use]
    pub fn contains(&self, netuid: Netuid) -> bool {
        self.position(netuid).is_some()
    }

    /// The books of all subnets, in netuid order.
    #[must_use]
    pub fn books(&self) -> &[Books] {
        &self.books
    }

    /// The numbers of all subnets, in order.
    #[must_use]
    pub fn netuids(&self) -> impl ExactSizeIterator<Item = Netuid> + '_ {
        self.books.iter().map(|books| books.netuid)
    }

    /// The neurons of a subnet, if it exists and is simulated in detail.
    #[must_use]
    pub fn roster(&self, netuid: Netuid) -> Option<&Roster> {
        self.position(netuid).and_then(|at| self.inside[at].roster())
    }

    /// The account that owns a subnet, if it exists; what an aggregate subnet's participants earn is this account's.
    #[must_use]
    pub fn owner(&self, netuid: Netuid) -> Option<AgentId> {
        self.position(netuid).map(|at| self.inside[at].owner())
    }

    /// The number of the next subnet to be registered: the lowest that is free.
    ///
    /// Source: `subtensor:pallets/subtensor/src/subnets/subnet.rs::get_next_netuid` @ f95810a25
    pub(crate) fn next_netuid(&self) -> Netuid {
        let free = (1..=u16::MAX).map(Netuid).find(|&netuid| !self.contains(netuid));
        free.expect("fewer subnets than netuids")
    }

    /// Adds a subnet in its place by number.
    pub(crate) fn add(&mut self, books: &Books, inside: Inside) {
        let netuid = books.netuid;
        assert!(!self.contains(netuid), "a netuid is given once");
        let at = self.books.partition_point(|other| other.netuid < netuid);
        self.books.insert(at, *books);
        self.inside.insert(at, inside);
        let end = self.books.last().map_or(0, |last| usize::from(last.netuid.0) + 1);
        self.positions.resize(end, None);
        for (at, books) in self.books.iter().enumerate().skip(at) {
            let position = u16::try_from(at).expect("fewer subnets than netuids");
            self.positions[usize::from(books.netuid.0)] = Some(position);
        }
        self.find_soonest_epoch();
    }

    pub(crate) fn get_mut(&mut self, netuid: Netuid) -> Option<&mut Books> {
        self.position(netuid).map(|at| &mut self.books[at])
    }

    /// The books of all subnets, for the coinbase, which schedules no epochs.
    pub(crate) fn books_mut(&mut self) -> &mut [Books] {
        &mut self.books
    }

    pub(crate) fn inside(&self, netuid: Netuid) -> Option<&Inside> {
        self.position(netuid).map(|at| &self.inside[at])
    }

    pub(crate) fn inside_mut(&mut self, netuid: Netuid) -> Option<&mut Inside> {
        self.position(netuid).map(|at| &mut self.inside[at])
    }

    pub(crate) fn rosters_mut(&mut self) -> impl Iterator<Item = &mut Roster> {
        self.inside.iter_mut().filter_map(Inside::roster_mut)
    }

    /// Runs what belongs to the epochs of a block, in netuid order, and schedules those that come next.
    pub(crate) fn run_epochs(&mut self, now: Block, mut epoch: impl FnMut(&mut Books, &mut Inside)) {
        if self.soonest_epoch.is_none_or(|soonest| now < soonest) {
            return;
        }
        for (books, inside) in self.books.iter_mut().zip(&mut self.inside) {
            if books.settings.next_epoch == Some(now) {
                books.settings.next_epoch = next_epoch(books.netuid, books.settings.tempo, now + 1);
                epoch(books, inside);
            }
        }
        self.find_soonest_epoch();
    }

    /// Sets the tempo of a subnet that exists; its epochs count anew from a block on.
    pub(crate) fn set_tempo(&mut self, netuid: Netuid, tempo: u16, from: Block) -> Option<()> {
        let settings = &mut self.get_mut(netuid)?.settings;
        settings.tempo = tempo;
        settings.next_epoch = next_epoch(netuid, tempo, from);
        self.find_soonest_epoch();
        Some(())
    }

    fn find_soonest_epoch(&mut self) {
        self.soonest_epoch = self.books.iter().filter_map(|books| books.settings.next_epoch).min();
    }

    pub(crate) fn position(&self, netuid: Netuid) -> Option<usize> {
        self.positions.get(usize::from(netuid.0)).copied().flatten().map(usize::from)
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::books::Settings;

    use super::*;

    fn subnets(netuids: &[u16]) -> Subnets {
        let mut subnets = Subnets::default();
        for &netuid in netuids {
            let settings = Settings::dynamic(Netuid(netuid), Block(0), 360, Block(1));
            subnets.add(&Books::new(Netuid(netuid), settings), Inside::Aggregate { holder: AgentId(0) });
        }
        subnets
    }

    #[test]
    fn a_subnet_is_found_by_its_number_and_gaps_are_nobodys() {
        let subnets = subnets(&[1, 2, 5, 64]);
        for netuid in 0..=u16::MAX {
            let found = subnets.get(Netuid(netuid)).map(|books| books.netuid);
            assert_eq!(found, [1, 2, 5, 64].contains(&netuid).then_some(Netuid(netuid)));
        }
    }

    #[test]
    fn a_new_subnet_takes_the_lowest_free_number_and_its_place_in_the_order() {
        let mut subnets = subnets(&[5, 1, 2, 64]);
        for expected in [3, 4, 6] {
            let netuid = subnets.next_netuid();
            assert_eq!(netuid, Netuid(expected));
            let settings = Settings::dynamic(netuid, Block(0), 360, Block(1));
            subnets.add(
                &Books::new(netuid, settings),
                Inside::Aggregate { holder: AgentId(u32::from(netuid.0)) },
            );
        }
        assert!(subnets.netuids().eq([1, 2, 3, 4, 5, 6, 64].map(Netuid)));
        for netuid in [1, 2, 3, 4, 5, 6, 64].map(Netuid) {
            assert_eq!(subnets.get(netuid).map(|books| books.netuid), Some(netuid));
        }
        assert_eq!(subnets.owner(Netuid(4)), Some(AgentId(4)));
        assert_eq!(subnets.owner(Netuid(5)), Some(AgentId(0)));
    }

    #[test]
    #[should_panic(expected = "given once")]
    fn no_number_is_given_twice() {
        subnets(&[2, 2]);
    }

    #[test]
    fn epochs_run_in_the_blocks_that_the_tempo_names_and_after_a_change_by_the_new_one() {
        let mut subnets = subnets(&[1, 2]);
        let mut ran = Vec::new();
        for block in 1..1_000 {
            if block == 500 {
                subnets.set_tempo(Netuid(2), 9, Block(500));
            }
            subnets.run_epochs(Block(block), |books, _| ran.push((block, books.netuid.0)));
        }
        let expected: Vec<(u64, u16)> = (1..1_000)
            .flat_map(|block| [(block, 1u16), (block, 2)])
            .filter(|&(block, netuid)| {
                let tempo = if netuid == 2 && block >= 500 { 9 } else { 360 };
                next_epoch(Netuid(netuid), tempo, Block(block)) == Some(Block(block))
            })
            .collect();
        assert_eq!(ran, expected);
    }
}
