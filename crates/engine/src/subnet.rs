//! Subnets: one resource, in netuid order. They are added and removed; a number may be free between two.

use bevy_ecs::prelude::*;
use dtao_protocol::books::{Books, Settings};
use dtao_protocol::fixed::Q32;
use dtao_protocol::schedule::{
    DynamicTempo, EpochClock, EpochInputs, EpochSchedule, epochs_of_block, next_epoch,
};
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
    /// No epoch of the grid runs before this block.
    soonest_epoch: Option<Block>,
    /// Where each subnet stands between two epochs, under a dynamic tempo; else empty.
    clocks: Vec<EpochClock>,
    /// Whether epochs go by clocks, also where there is no subnet.
    clocked: bool,
}

/// What is inside of a subnet.
pub(crate) enum Inside {
    /// Its owner, miners and validators are one account.
    Aggregate {
        /// That account: it owns what they earn.
        holder: AgentId,
        /// The part of the incentive that the owner's neurons take, from 0 to 1.
        owners_incentive: Q32,
    },
    /// Its neurons, one by one.
    Detailed(Box<Roster>),
}

impl Inside {
    /// A subnet in aggregate whose owner mines nothing.
    pub(crate) const fn aggregate(holder: AgentId) -> Self {
        Self::Aggregate { holder, owners_incentive: Q32::ZERO }
    }

    /// The account that owns the subnet.
    pub(crate) fn owner(&self) -> AgentId {
        match self {
            Self::Aggregate { holder, .. } => *holder,
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

    /// The part of the incentive that the owner's neurons take of a subnet in aggregate; zero of any other.
    #[must_use]
    pub fn owners_incentive(&self, netuid: Netuid) -> Q32 {
        match self.inside(netuid) {
            Some(Inside::Aggregate { owners_incentive, .. }) => *owners_incentive,
            _ => Q32::ZERO,
        }
    }

    /// The lowest number that is free, and not taken otherwise.
    pub(crate) fn free_netuid(&self, taken: impl Fn(Netuid) -> bool) -> Netuid {
        let free = (1..=u16::MAX).map(Netuid).find(|&netuid| !self.contains(netuid) && !taken(netuid));
        free.expect("fewer subnets than netuids")
    }

    /// Adds a subnet in its place by number.
    pub(crate) fn add(&mut self, books: &Books, inside: Inside) {
        let netuid = books.netuid;
        assert!(!self.contains(netuid), "a netuid is given once");
        let at = self.books.partition_point(|other| other.netuid < netuid);
        self.books.insert(at, *books);
        self.inside.insert(at, inside);
        if self.clocked {
            let Settings { tempo, registered_at, .. } = books.settings;
            let clock = EpochClock::registered(netuid, tempo, registered_at);
            self.books[at].settings.next_epoch = clock.next_epoch();
            self.clocks.insert(at, clock);
        }
        let end = self.books.last().map_or(0, |last| usize::from(last.netuid.0) + 1);
        self.positions.resize(end.max(self.positions.len()), None);
        self.find_positions(at);
        self.find_soonest_epoch();
    }

    /// Lets epochs go on by the clocks of all subnets, in netuid order; nothing if there are none.
    pub(crate) fn resume_clocks(&mut self, clocks: Vec<EpochClock>) {
        if clocks.is_empty() {
            return;
        }
        assert_eq!(clocks.len(), self.books.len(), "every subnet has a clock, or none");
        for (books, clock) in self.books.iter_mut().zip(&clocks) {
            books.settings.next_epoch = clock.pending.or(clock.next_epoch());
        }
        self.clocks = clocks;
        self.clocked = true;
    }

    /// A subnet's clock, under a dynamic tempo.
    #[must_use]
    pub fn clock(&self, netuid: Netuid) -> Option<EpochClock> {
        self.clocks.get(self.position(netuid)?).copied()
    }

    /// Removes a subnet, if it exists; its number is free then.
    pub(crate) fn remove(&mut self, netuid: Netuid) {
        let Some(at) = self.position(netuid) else { return };
        self.books.remove(at);
        self.inside.remove(at);
        if self.clocked {
            self.clocks.remove(at);
        }
        self.positions[usize::from(netuid.0)] = None;
        self.find_positions(at);
        self.find_soonest_epoch();
    }

    /// Finds the subnets from a place on where they stand now.
    fn find_positions(&mut self, from: usize) {
        for (at, books) in self.books.iter().enumerate().skip(from) {
            let position = u16::try_from(at).expect("fewer subnets than netuids");
            self.positions[usize::from(books.netuid.0)] = Some(position);
        }
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

    /// The neurons of subnets in detail, with the subnets' books.
    pub(crate) fn rosters_with_books(&mut self) -> impl Iterator<Item = (&Books, &mut Roster)> {
        let both = self.books.iter().zip(&mut self.inside);
        both.filter_map(|(books, inside)| inside.roster_mut().map(|roster| (books, roster)))
    }

    /// Runs what belongs to the epochs of a block, in netuid order, and schedules those that come next.
    pub(crate) fn run_epochs(
        &mut self,
        schedule: EpochSchedule,
        now: Block,
        epoch: impl FnMut(&mut Books, &mut Inside),
    ) {
        match schedule {
            EpochSchedule::Grid => self.run_epochs_of_grid(now, epoch),
            EpochSchedule::Dynamic(rules) => self.run_epochs_due(rules, now, epoch),
        }
    }

    fn run_epochs_of_grid(&mut self, now: Block, mut epoch: impl FnMut(&mut Books, &mut Inside)) {
        if self.clocked {
            self.back_to_grid(now);
        }
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

    /// All are drained by their state before the block's first epoch pays, which no epoch changes for another.
    fn run_epochs_due(
        &mut self,
        rules: DynamicTempo,
        now: Block,
        mut epoch: impl FnMut(&mut Books, &mut Inside),
    ) {
        if !self.clocked {
            self.clocked = true;
            self.clocks = self.books.iter().map(|books| clock_of_grid(books, now)).collect();
        }
        let due = epochs_of_block(rules, &mut self.clocks, now, |_| EpochInputs::Consistent);
        for &place in &due.run {
            epoch(&mut self.books[place], &mut self.inside[place]);
        }
        for place in due.run.into_iter().chain(due.deferred) {
            let clock = &self.clocks[place];
            self.books[place].settings.next_epoch = clock.pending.or(clock.next_epoch());
        }
    }

    /// Epochs are fixed by the tempo and the number again.
    fn back_to_grid(&mut self, from: Block) {
        self.clocks.clear();
        self.clocked = false;
        for books in &mut self.books {
            books.settings.next_epoch = next_epoch(books.netuid, books.settings.tempo, from);
        }
        self.find_soonest_epoch();
    }

    /// Sets the tempo of a subnet that exists; its epochs count anew from a block on.
    pub(crate) fn set_tempo(&mut self, netuid: Netuid, tempo: u16, from: Block) -> Option<()> {
        let at = self.position(netuid)?;
        let settings = &mut self.books[at].settings;
        settings.tempo = tempo;
        settings.next_epoch = if let Some(clock) = self.clocks.get_mut(at) {
            clock.set_tempo(tempo, Block(from.0.saturating_sub(1)));
            clock.pending.or(clock.next_epoch())
        } else {
            next_epoch(netuid, tempo, from)
        };
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

/// The clock that takes over a subnet's epochs of the grid, in a block before its epochs.
fn clock_of_grid(books: &Books, now: Block) -> EpochClock {
    let tempo = books.settings.tempo;
    let since = (now.0 + u64::from(books.netuid.0) + 1) % (u64::from(tempo) + 1);
    EpochClock::migrated(books.netuid, tempo, since, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnets(netuids: &[u16]) -> Subnets {
        let mut subnets = Subnets::default();
        for &netuid in netuids {
            let settings = Settings::dynamic(Netuid(netuid), Block(0), 360, Block(1));
            subnets.add(&Books::new(Netuid(netuid), settings), Inside::aggregate(AgentId(0)));
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
            let netuid = subnets.free_netuid(|_| false);
            assert_eq!(netuid, Netuid(expected));
            let settings = Settings::dynamic(netuid, Block(0), 360, Block(1));
            subnets.add(&Books::new(netuid, settings), Inside::aggregate(AgentId(u32::from(netuid.0))));
        }
        assert!(subnets.netuids().eq([1, 2, 3, 4, 5, 6, 64].map(Netuid)));
        for netuid in [1, 2, 3, 4, 5, 6, 64].map(Netuid) {
            assert_eq!(subnets.get(netuid).map(|books| books.netuid), Some(netuid));
        }
        assert_eq!(subnets.owner(Netuid(4)), Some(AgentId(4)));
        assert_eq!(subnets.owner(Netuid(5)), Some(AgentId(0)));
        for removed in [3, 64, 1, 40].map(Netuid) {
            subnets.remove(removed);
            assert!(!subnets.contains(removed));
        }
        assert!(subnets.netuids().eq([2, 4, 5, 6].map(Netuid)));
        assert!(
            [2, 4, 5, 6]
                .map(Netuid)
                .iter()
                .all(|&netuid| subnets.get(netuid).map(|it| it.netuid) == Some(netuid))
        );
        assert_eq!(subnets.owner(Netuid(4)), Some(AgentId(4)));
        assert_eq!(subnets.free_netuid(|netuid| netuid == Netuid(1)), Netuid(3));
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
            subnets
                .run_epochs(EpochSchedule::Grid, Block(block), |books, _| ran.push((block, books.netuid.0)));
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

    #[test]
    fn under_a_dynamic_tempo_the_first_epoch_falls_on_the_grid_and_the_next_a_tempo_later() {
        let mut subnets = subnets(&[1, 2, 3, 400]);
        let dynamic = EpochSchedule::Dynamic(DynamicTempo::SPEC_423);
        let mut ran = Vec::new();
        for block in 1_000..2_600 {
            let schedule = if block < 1_100 { EpochSchedule::Grid } else { dynamic };
            if block == 1_900 {
                subnets.set_tempo(Netuid(3), 10, Block(1_901));
            }
            subnets.run_epochs(schedule, Block(block), |books, _| ran.push((block, books.netuid.0)));
        }
        let of = |netuid| ran.iter().filter(|run| run.1 == netuid).map(|run| run.0).collect::<Vec<u64>>();
        let on_grid = |netuid| next_epoch(Netuid(netuid), 360, Block(1_100)).expect("it has a tempo").0;
        for netuid in [1, 2, 400] {
            let first = of(netuid).iter().position(|&block| block >= 1_100).expect("an epoch in two tempos");
            assert_eq!(of(netuid)[first..first + 3], [0, 360, 720].map(|later| on_grid(netuid) + later));
        }
        assert_eq!(of(3)[of(3).len() - 2..], [2_580, 2_590]);
        assert!((1_000..2_600).all(|block| ran.iter().filter(|run| run.0 == block).count() <= 2));
    }

    #[test]
    fn a_subnet_that_is_added_where_the_last_was_removed_has_a_clock_of_its_own() {
        let dynamic = EpochSchedule::Dynamic(DynamicTempo::SPEC_423);
        let mut subnets = subnets(&[5]);
        subnets.run_epochs(dynamic, Block(100), |_, _| ());
        subnets.remove(Netuid(5));
        let settings = Settings::dynamic(Netuid(5), Block(150), 360, Block(151));
        subnets.add(&Books::new(Netuid(5), settings), Inside::aggregate(AgentId(0)));
        assert_eq!(subnets.clock(Netuid(5)), Some(EpochClock::registered(Netuid(5), 360, Block(150))));
        // The grid takes over where there is nothing, too.
        subnets.remove(Netuid(5));
        subnets.run_epochs(EpochSchedule::Grid, Block(160), |_, _| ());
        subnets.add(&Books::new(Netuid(5), settings), Inside::aggregate(AgentId(0)));
        assert_eq!(subnets.clock(Netuid(5)), None);
    }
}
