//! The market that a pool stands in: one that is shipped, or that of a file.

use std::path::Path;

use dtao_experiment::recorded::library::Library;
use dtao_experiment::recorded::pools::{PoolRow, PoolTable, pools};
use dtao_experiment::scenario::{BorrowedSubnets, Protocol, Resolved, Start};
use dtao_files::input::InputError;
use dtao_files::input::csv_file;
use dtao_protocol::era::Spec;
use dtao_protocol::pool::Reserves;
use dtao_protocol::units::{Netuid, Tao};

use crate::PoolError;
use crate::import::{self, Beside};
use crate::question::{GivenPool, Own, Question};
use crate::shipped::{self, Frame, Shipped, begins, frame, newest};

/// The market of a question, with the pool that the question is about.
#[derive(Clone, Debug)]
pub struct Market {
    /// What the other pools are, for people.
    pub about: String,
    /// Whether they, and what is known of root, are those of the question's own file.
    pub source: MarketSource,
    /// All pools, in netuid order.
    pub rows: Vec<PoolRow>,
    /// The subnet that the question is about.
    pub subnet: Netuid,
    /// What is known beside the pools.
    pub frame: Frame,
    /// The rules.
    pub protocol: Protocol,
}

/// Where a market comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketSource {
    /// It is shipped: an assumption.
    Shipped,
    /// The pools are those of the question's table; root, issuance and block are those of a shipped market.
    Table,
    /// All of it is the question's scenario's.
    Scenario,
}

impl Market {
    /// The market of a question.
    ///
    /// # Errors
    /// If its file is wrong, or there is no such subnet in it.
    pub fn of(question: &Question) -> Result<Self, PoolError> {
        match &question.own {
            Own::Given(own) => Self::around(*own, question.spec.unwrap_or_else(newest)),
            Own::Of { file, netuid } if is_table(file) => Self::of_table(file, *netuid, question.spec),
            Own::Of { file, netuid } if is_json(file) => Self::of_import(file, *netuid, question.spec),
            Own::Of { file, netuid } => Self::of_scenario(file, *netuid, question.spec),
        }
    }

    /// The row of the pool that the question is about.
    #[must_use]
    pub fn own(&self) -> &PoolRow {
        self.rows.iter().find(|row| row.netuid == self.subnet).expect("it was found when the market was read")
    }

    /// TAO that exists and is neither on root nor in pools.
    #[must_use]
    pub fn free_tao(&self) -> Tao {
        let pools: u64 = self.rows.iter().map(|row| row.reserves.tao.rao()).sum();
        let held = self.frame.root_tao + self.frame.root_uncounted + Tao::from_rao(pools);
        self.frame.issuance.saturating_sub(held)
    }

    /// A given pool beside those of a shipped market.
    fn around(own: GivenPool, spec: Spec) -> Result<Self, PoolError> {
        let shipped = own.market.unwrap_or_else(|| Shipped::near(spec));
        let (mut frame, protocol) = frame(shipped, spec)?;
        let mut rows = shipped::rows(shipped)?;
        let subnet = Netuid(rows.last().map_or(1, |row| row.netuid.0 + 1));
        if let Some(borrowed) = &mut frame.borrowed {
            borrowed.subnets = BorrowedSubnets::Except(vec![subnet]);
        }
        rows.push(PoolRow {
            netuid: subnet,
            reserves: Reserves { tao: own.tao_in, alpha: own.alpha_in },
            alpha_out: own.alpha_out.unwrap_or(own.alpha_in),
            moving_price: own.moving_price,
            ..PoolRow::unknown(subnet)
        });
        let (about, source) = (shipped.about().to_owned(), MarketSource::Shipped);
        Ok(Self { about, source, rows, subnet, frame, protocol })
    }

    /// A pool of a table; what is known of root is a shipped market's.
    fn of_table(file: &Path, subnet: Netuid, spec: Option<Spec>) -> Result<Self, PoolError> {
        let spec = spec.unwrap_or_else(newest);
        let rows = pools(file, csv_file::read(file)?)?.rows;
        let (mut frame, protocol) = frame(Shipped::near(spec), spec)?;
        if rows.iter().any(|row| row.flow_average.is_some()) {
            frame.flow_averages = None;
        }
        let about = format!("the other {} subnets of {}", rows.len() - 1, file.display());
        Self { about, source: MarketSource::Table, rows, subnet, frame, protocol }.with(file)
    }

    /// A pool of a public service's file.
    fn of_import(file: &Path, subnet: Netuid, spec: Option<Spec>) -> Result<Self, PoolError> {
        let imported = import::read(file)?;
        let beside = Beside { spec: spec.unwrap_or_else(newest), root_tao: None, issuance: None };
        let (frame, protocol) = imported.frame(&beside)?;
        let about = format!("the other {} subnets of {}", imported.rows.len() - 1, file.display());
        Self { about, source: MarketSource::Table, rows: imported.rows, subnet, frame, protocol }.with(file)
    }

    /// A pool of a scenario that begins with a table.
    fn of_scenario(file: &Path, subnet: Netuid, spec: Option<Spec>) -> Result<Self, PoolError> {
        let resolved = Resolved::read_from(&Library::default(), file, &[])?;
        let Some((frame, path)) = begins(&resolved.scenario.start) else {
            let message = format!("the start is `{}`", kind(&resolved.scenario.start));
            let help = "name a scenario that begins with a table of pools, `start: Pools(…)`, or the table itself (`.csv`)";
            return Err(InputError::at(&resolved.source, "start", message, Some(help.into())).into());
        };
        let path = resolved.source.path.parent().unwrap_or(Path::new("")).join(path);
        let read = |path: &Path| -> Result<PoolTable, InputError> { pools(path, csv_file::read(path)?) };
        let rows = read(&path).map_err(|error| error.named_in(&resolved.source, "start.Pools.subnets"))?.rows;
        let mut protocol = resolved.scenario.protocol;
        protocol.spec = spec.unwrap_or(protocol.spec);
        let about = format!("the other {} subnets of {}", rows.len() - 1, file.display());
        Self { about, source: MarketSource::Scenario, rows, subnet, frame, protocol }.with(file)
    }

    /// The market, if the subnet is in it.
    fn with(self, file: &Path) -> Result<Self, PoolError> {
        if self.rows.iter().any(|row| row.netuid == self.subnet) {
            return Ok(self);
        }
        let numbers = |row: Option<&PoolRow>| row.map_or(0, |row| row.netuid.0);
        let (first, last) = (numbers(self.rows.first()), numbers(self.rows.last()));
        let message = format!("{}: there is no subnet {} in it", file.display(), self.subnet);
        Err(PoolError::question(message, format!("its netuids go from {first} to {last}")))
    }
}

fn is_table(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "csv" || ending == "gz")
}

fn is_json(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "json")
}

fn kind(start: &Start) -> &'static str {
    match start {
        Start::Genesis { .. } => "Genesis",
        Start::Replayed { .. } => "Replayed",
        Start::Pools { .. } => "Pools",
    }
}
