//! The best programs of every kind that was met: an archive of cells.
//!
//! Plain hill climbing keeps one program; an archive keeps one for every way of behaving, so that a detour over worse programs is
//! possible. Source: MAP-Elites, Mouret, Clune 2015, arXiv:1504.04909. Under noise a lucky program would stay for ever, so one
//! enters a cell only after a race with its holder over common seeds.

use std::collections::BTreeMap;

use dtao_agents::program::{Action, Program};

use crate::world::Seen;

/// How a program behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    /// Where most of what it has gained came from.
    pub source: Source,
    /// How long it holds: up to 5 minutes, an hour, a day, longer, or to the end.
    pub holding: u8,
    /// Which part of the budget it spends: up to 1 %, 10 %, 50 %, more.
    pub capital: u8,
    /// How many neurons it has at the end: none, one, more.
    pub neurons: u8,
    /// Whether it needs more than one account.
    pub accounts: Accounts,
}

/// Where a gain comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Buying and selling.
    Trading,
    /// Emission that it was paid.
    Emission,
    /// A subnet that it owns.
    Subnet,
}

/// How many accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Accounts {
    One,
    Several,
}

impl Cell {
    pub fn of(program: &Program, seen: &Seen, budget: f64) -> Self {
        let gained = (seen.wealth - budget).max(budget * 1e-6);
        let source = match () {
            () if seen.owns => Source::Subnet,
            () if seen.earned > 0.5 * gained => Source::Emission,
            () => Source::Trading,
        };
        let holding = match held(program) {
            None => 4,
            Some(0..=25) => 0,
            Some(26..=300) => 1,
            Some(301..=7_200) => 2,
            Some(_) => 3,
        };
        let capital = match spent(program) {
            part if part <= 0.01 => 0,
            part if part <= 0.1 => 1,
            part if part <= 0.5 => 2,
            _ => 3,
        };
        let accounts = if program.accounts() > 1 { Accounts::Several } else { Accounts::One };
        Self { source, holding, capital, neurons: seen.neurons.min(2) as u8, accounts }
    }

    /// Its name, for tables.
    pub fn name(self) -> String {
        let source = match self.source {
            Source::Trading => "trading",
            Source::Emission => "emission",
            Source::Subnet => "own_subnet",
        };
        let holding = ["5_minutes", "hour", "day", "longer", "to_the_end"][usize::from(self.holding)];
        let capital = ["1", "10", "50", "100"][usize::from(self.capital)];
        let neurons = ["", "one_neuron.", "several_neurons."][usize::from(self.neurons)];
        let accounts = match self.accounts {
            Accounts::One => "one_account",
            Accounts::Several => "several_accounts",
        };
        format!("{source}.{holding}.{capital}_percent.{neurons}{accounts}")
    }
}

/// Blocks from the first step to the last, as written; nothing if it does not end with a sale.
fn held(program: &Program) -> Option<u64> {
    let last = program.steps.last()?;
    let sells = matches!(
        last.action,
        Action::Unstake { .. } | Action::UnstakeAll { .. } | Action::UnstakeAllAlpha { .. }
    );
    sells.then(|| program.steps.iter().skip(1).map(|step| step.wait.longest()).sum())
}

/// The most of the budget that is spent at once, as written; a registration counts as half.
pub(crate) fn spent(program: &Program) -> f64 {
    let (mut free, mut least) = (1.0_f64, 1.0_f64);
    for step in &program.steps {
        match step.action {
            Action::Stake { part, .. }
            | Action::StakeIntoFund { part, .. }
            | Action::FakeValue { part, .. } => {
                free *= 1.0 - part;
            }
            Action::RegisterSubnet => free *= 0.5,
            Action::Unstake { part, .. } => free += (1.0 - free) * part,
            Action::UnstakeAll { .. } => free = 1.0,
            _ => {}
        }
        least = least.min(free);
    }
    1.0 - least
}

/// The best program of a cell, with what it came to on the first of the racing seeds.
#[derive(Clone, Debug)]
pub(crate) struct Elite {
    pub program: Program,
    pub values: Vec<f64>,
}

impl Elite {
    pub fn mean(&self) -> f64 {
        mean(&self.values)
    }
}

/// The mean of some values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    dtao_statistics::sum(values.iter().copied()) / values.len() as f64
}

/// The best programs by cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archive {
    pub cells: BTreeMap<Cell, Elite>,
}

impl Archive {
    /// The elites, the best first; of equals, the one of the lower cell.
    pub fn ranked(&self) -> Vec<(&Cell, &Elite)> {
        let mut ranked: Vec<_> = self.cells.iter().map(|of| (of.1.mean(), of)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.into_iter().map(|(_, of)| of).collect()
    }
}
