//! The tables that a run writes: `subnets.csv`, `groups.csv`, `events.csv`.
//!
//! A table is written under a temporary name and gets its own when it is complete.

mod events;

use std::io;
use std::path::{Path, PathBuf};

use dtao_engine::account::AgentId;
use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_metrics::quantity::Quantity;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};

pub(crate) use self::events::EventsTable;
use crate::folder::table::{Completed, Digest};
use crate::folder::whole::WholeFile;
use crate::historical_clock::time_of;
use crate::scenario::{Record, RecordedSubnets};

/// A CSV file that appears under its name only when it is complete.
pub(crate) struct Table {
    /// Nothing once it is complete.
    writer: Option<csv::Writer<WholeFile>>,
    path: PathBuf,
    completed: Completed,
    rows: u64,
    cell: Vec<u8>,
    /// The first error; later writes are not tried.
    error: Option<csv::Error>,
}

impl Table {
    /// Opens the file, before the work starts; it is added to the `completed` ones when it is.
    pub fn create(path: &Path, columns: &[&str], completed: &Completed) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(WholeFile::create(path)?);
        let error = writer.write_record(columns).err();
        let (path, completed) = (path.to_owned(), completed.clone());
        Ok(Self { writer: Some(writer), path, completed, rows: 0, cell: Vec::new(), error })
    }

    fn put(&mut self) {
        if let (None, Some(writer)) = (&self.error, &mut self.writer) {
            self.error = writer.write_field(&self.cell).err();
        }
    }

    pub fn text(&mut self, text: &str) {
        self.cell.clear();
        self.cell.extend_from_slice(text.as_bytes());
        self.put();
    }

    pub fn whole(&mut self, number: u64) {
        self.cell.clear();
        self.cell.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        self.put();
    }

    /// The shortest decimal that reads back as the same number; empty if it is not a number.
    pub fn float(&mut self, number: f64) {
        self.cell.clear();
        if number.is_finite() {
            self.cell.extend_from_slice(ryu::Buffer::new().format_finite(number).as_bytes());
        }
        self.put();
    }

    /// Rao as a decimal with nine places: exact.
    pub fn amount(&mut self, rao: u64) {
        self.cell.clear();
        self.cell.extend_from_slice(itoa::Buffer::new().format(rao / RAO).as_bytes());
        let mut places = [b'0'; 10];
        places[0] = b'.';
        let mut rest = rao % RAO;
        for place in places[1..].iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.cell.extend_from_slice(&places);
        self.put();
    }

    pub fn empty(&mut self) {
        self.cell.clear();
        self.put();
    }

    pub fn end_row(&mut self) {
        self.rows += 1;
        if let (None, Some(writer)) = (&self.error, &mut self.writer) {
            self.error = writer.write_record(None::<&[u8]>).err();
        }
    }

    /// Completes the file.
    pub fn finish(&mut self) -> Result<(), ObserverError> {
        let mut complete = || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            if let Some(error) = self.error.take() {
                return Err(error.into());
            }
            let writer = self.writer.take().expect("a table is completed once");
            let file = writer.into_inner().map_err(|error| error.to_string())?;
            self.completed.add(&self.path, Digest::new(file.finish()?, Some(self.rows)));
            Ok(())
        };
        complete().map_err(|error| {
            let message = format!("{} could not be written: {error}", self.path.display());
            ObserverError(message.into())
        })
    }
}

/// The blocks that get rows: every `every`-th, and the last one made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    every: u64,
    /// From where they are counted.
    from: Block,
    /// The last block that got any.
    last: Option<Block>,
}

impl Rows {
    /// Those that a scenario asks for.
    pub fn of(record: &Record) -> Self {
        Self { every: record.every, from: record.from.unwrap_or(Block(0)), last: None }
    }

    /// The first of them that is not before a block, the last block made aside.
    fn next(&self, block: Block) -> Block {
        let steps = block.0.saturating_sub(self.from.0).div_ceil(self.every);
        Block(self.from.0.saturating_add(steps.saturating_mul(self.every)))
    }
}

/// `subnets.csv`: a row for every recorded block and subnet.
pub(crate) struct SubnetsTable {
    pub table: Table,
    pub rows: Rows,
    pub subnets: RecordedSubnets,
}

impl SubnetsTable {
    /// The columns, in order.
    pub const COLUMNS: [&'static str; 15] = [
        "block",
        "time_utc",
        "netuid",
        "price",
        "moving_price",
        "tao_in",
        "alpha_in",
        "alpha_out",
        "market_cap",
        "rank",
        "emission_share",
        "tao_emission",
        "alpha_in_emission",
        "alpha_out_emission",
        "root_proportion",
    ];
}

impl Observer for SubnetsTable {
    fn next(&self, from: Block) -> Option<Block> {
        Some(self.rows.next(from))
    }

    fn observe(&mut self, view: &View) {
        self.rows.last = Some(view.block());
        let time = time_of(view.block()).to_string();
        let all: Vec<_> = view.subnets().collect();
        let mut by_price: Vec<(f64, Netuid)> =
            all.iter().map(|subnet| (subnet.price(), subnet.netuid)).collect();
        by_price.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for subnet in &all {
            if let RecordedSubnets::Only(netuids) = &self.subnets
                && !netuids.contains(&subnet.netuid)
            {
                continue;
            }
            let price = subnet.price();
            let place = by_price.iter().position(|&(_, netuid)| netuid == subnet.netuid);
            let rank = place.expect("every subnet has a place") as u64 + 1;
            let table = &mut self.table;
            table.whole(view.block().0);
            table.text(&time);
            table.whole(u64::from(subnet.netuid.0));
            table.float(price);
            table.float(subnet.moving_price.to_f64());
            table.amount(subnet.pool.tao.rao());
            table.amount(subnet.pool.alpha.rao());
            table.amount(subnet.alpha_out.rao());
            table.float(price * subnet.issuance().to_f64());
            table.whole(rank);
            table.float(Quantity::EmissionShare.of(subnet, view).unwrap_or(f64::NAN));
            table.amount(subnet.emitted.tao_in.rao());
            table.amount(subnet.emitted.alpha_in.rao());
            table.amount(subnet.emitted.alpha_out.rao());
            table.float(Quantity::RootProportion.of(subnet, view).unwrap_or(f64::NAN));
            table.end_row();
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        if self.rows.last != Some(view.block()) {
            self.observe(view);
        }
        self.table.finish()?;
        Ok(vec![])
    }
}

/// `groups.csv`: a row for every recorded block and group of accounts.
pub(crate) struct GroupsTable {
    pub table: Table,
    pub rows: Rows,
    /// Wealth of each group before the first block, from which profit is counted.
    pub first_wealth: Vec<f64>,
}

impl GroupsTable {
    /// The columns, in order.
    pub const COLUMNS: [&'static str; 10] = [
        "block",
        "time_utc",
        "group",
        "members",
        "tao",
        "root_stake",
        "alpha_value",
        "wealth",
        "profit",
        "emission_received",
    ];
}

#[derive(Clone, Copy, Default)]
struct Holdings {
    members: u64,
    tao: Tao,
    root_stake: Tao,
    /// TAO that the group would get for all of its alpha now, one subnet after another, each sale less the fee.
    alpha_value: Tao,
    earned: Tao,
}

impl Holdings {
    fn wealth(&self) -> Tao {
        self.tao + self.root_stake + self.alpha_value
    }
}

fn holdings(view: &View) -> Vec<Holdings> {
    let mut groups = vec![Holdings::default(); view.groups().len()];
    let mut group_of = Vec::with_capacity(view.accounts().len());
    for account in view.accounts() {
        let group = usize::from(account.group.0);
        group_of.push(group);
        let held = &mut groups[group];
        held.members += 1;
        held.tao += account.tao;
        held.earned += account.earned;
    }
    for (AgentId(agent), alpha) in view.stakers(Netuid::ROOT) {
        groups[group_of[agent as usize]].root_stake += Tao::from_rao(alpha.rao());
    }
    let mut alpha = vec![Alpha::ZERO; groups.len()];
    for subnet in view.subnets() {
        alpha.fill(Alpha::ZERO);
        for (AgentId(agent), staked) in view.stakers(subnet.netuid) {
            alpha[group_of[agent as usize]] += staked;
        }
        for (held, &alpha) in groups.iter_mut().zip(&alpha) {
            held.alpha_value += view.liquidation(subnet, alpha);
        }
    }
    groups
}

impl Observer for GroupsTable {
    fn next(&self, from: Block) -> Option<Block> {
        Some(self.rows.next(from))
    }

    fn start(&mut self, view: &View) {
        self.first_wealth = holdings(view).iter().map(|held| held.wealth().to_f64()).collect();
    }

    fn observe(&mut self, view: &View) {
        self.rows.last = Some(view.block());
        let time = time_of(view.block()).to_string();
        let groups = holdings(view);
        for ((held, name), first) in groups.iter().zip(view.groups()).zip(&self.first_wealth) {
            let table = &mut self.table;
            table.whole(view.block().0);
            table.text(&time);
            table.text(name);
            table.whole(held.members);
            table.amount(held.tao.rao());
            table.amount(held.root_stake.rao());
            table.amount(held.alpha_value.rao());
            table.amount(held.wealth().rao());
            table.float(held.wealth().to_f64() - first);
            table.amount(held.earned.rao());
            table.end_row();
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        if self.rows.last != Some(view.block()) {
            self.observe(view);
        }
        self.table.finish()?;
        Ok(vec![])
    }
}
