//! Tables of pools: what is known of every subnet at one block.

use std::path::Path;

use csv::ByteRecord;
use dtao_agents::range;
use dtao_protocol::books::Switch;
use dtao_protocol::halving::MAX_SUPPLY;
use dtao_protocol::pool::Reserves;
use dtao_protocol::pool::balancer::Weight;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use dtao_files::input::InputError;
use dtao_files::input::csv_file::{Table, number, text};

use super::{block, decimal, rao};

mod written;

pub use self::written::written;

/// The columns that every table has; the others may be left out.
pub const NEEDED: [&str; 4] = ["netuid", "tao_in", "alpha_in", "alpha_out"];

/// All columns, in the order in which they are best written.
pub const COLUMNS: [&str; 16] = [
    "netuid",
    "tao_in",
    "alpha_in",
    "alpha_out",
    "price",
    "moving_price",
    "flow_average",
    "protocol_flow_average",
    "burned",
    "owners_incentive",
    "tao_weight",
    "enabled",
    "tempo",
    "registered_at",
    "first_emission",
    "protocol_alpha",
];

/// What a table says of one subnet. A blank cell of a column that may be left out says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolRow {
    /// Its number, from 1.
    pub netuid: Netuid,
    /// The pool's reserves (`tao_in`, `alpha_in`).
    pub reserves: Reserves,
    /// Alpha outside the pool.
    pub alpha_out: Alpha,
    /// The spot price, in TAO per alpha.
    pub price: Option<f64>,
    /// The moving price, in TAO per alpha.
    pub moving_price: Option<f64>,
    /// The average of users' flow, in TAO per block.
    pub flow_average: Option<f64>,
    /// The average of the protocol's flow, in TAO per block.
    pub protocol_flow_average: Option<f64>,
    /// The part of the last epoch's incentive that was withheld from miners, 0 to 1.
    pub burned: Option<f64>,
    /// The part of the incentive that the owner's neurons take, 0 to 1.
    pub owners_incentive: Option<f64>,
    /// The weight of TAO in a pool of weighted reserves, 0.01 to 0.99.
    pub tao_weight: Option<Weight>,
    /// Whether it has a share of the TAO.
    pub enabled: Option<Switch>,
    /// Blocks between epochs, less one.
    pub tempo: Option<u16>,
    /// When it was registered.
    pub registered_at: Option<Block>,
    /// The first block in which it emits; none of a subnet that has not been started.
    pub first_emission: Option<Block>,
    /// Of the alpha outside the pool, what the protocol has bought and keeps.
    pub protocol_alpha: Option<Alpha>,
}

impl PoolRow {
    /// A subnet of which nothing is known but its number.
    #[must_use]
    pub fn unknown(netuid: Netuid) -> Self {
        Self {
            netuid,
            reserves: Reserves::default(),
            alpha_out: Alpha::ZERO,
            price: None,
            moving_price: None,
            flow_average: None,
            protocol_flow_average: None,
            burned: None,
            owners_incentive: None,
            tao_weight: None,
            enabled: None,
            tempo: None,
            registered_at: None,
            first_emission: None,
            protocol_alpha: None,
        }
    }
}

/// A table of pools that has been read.
#[derive(Debug)]
pub struct PoolTable {
    table: Table,
    /// Its rows as they stand in the file.
    records: Vec<ByteRecord>,
    /// Its rows, in netuid order.
    pub rows: Vec<PoolRow>,
}

impl PoolTable {
    /// Whether the table has a column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.table.find(column).is_some()
    }

    /// An error at a cell of a row, counted from 0.
    #[must_use]
    pub(crate) fn wrong(&self, row: usize, column: &str, message: String, help: &str) -> InputError {
        let place = self.table.find(column).unwrap_or(0);
        self.table.wrong(&self.records[row], place, message, Some(help.to_owned()))
    }
}

/// Reads a table of pools, with its columns in any order.
///
/// # Errors
/// If a needed column is missing, one is not known or given twice, netuids do not rise from 1, a cell is not an amount or a
/// number in its range, or all reserves together are more than there can be.
pub fn pools(path: &Path, bytes: Vec<u8>) -> Result<PoolTable, InputError> {
    let table = Table::of(path, bytes)?;
    table.check_columns(&COLUMNS)?;
    for name in NEEDED {
        table.needed(name, &format!("needed are: {}", NEEDED.join(",")))?;
    }
    let (mut rows, mut records): (Vec<PoolRow>, Vec<ByteRecord>) = (Vec::new(), Vec::new());
    let mut whole = 0_u64;
    table.rows(|record| {
        let row = Cells { table: &table, record }.row(rows.last().map(|row| row.netuid))?;
        whole = whole.saturating_add(row.reserves.tao.rao());
        if whole > MAX_SUPPLY {
            let message = format!("up to here pools hold {} TAO", Tao::from_rao(whole));
            let help = "there can never be more than 21_000_000 TAO: are these amounts of TAO, not of rao?";
            let column = table.find("tao_in").unwrap_or(0);
            return Err(table.wrong(record, column, message, Some(help.into())));
        }
        records.push(record.clone());
        rows.push(row);
        Ok(())
    })?;
    Ok(PoolTable { table, records, rows })
}

/// One row's cells, by the names of their columns.
struct Cells<'a> {
    table: &'a Table,
    record: &'a ByteRecord,
}

impl Cells<'_> {
    fn row(&self, before: Option<Netuid>) -> Result<PoolRow, InputError> {
        let tao_in = Tao::from_rao(self.amount("tao_in", "TAO")?);
        let alpha_in = Alpha::from_rao(self.amount("alpha_in", "alpha")?);
        let alpha_out = Alpha::from_rao(self.amount("alpha_out", "alpha")?);
        let price = |name| self.number(name, "a price from 0 to 21,000,000 TAO per alpha", 0.0, range::TAO);
        let flow = |name| self.number(name, "TAO per block", -range::TAO, range::TAO);
        let netuid = self.netuid(before)?;
        if alpha_in.rao().saturating_add(alpha_out.rao()) > MAX_SUPPLY {
            let message = format!(
                "subnet {netuid} has {alpha_in} alpha in its pool and {alpha_out} outside: there can be no more than \
                 21,000,000 together"
            );
            return Err(self.wrong("alpha_out", message, "are these amounts of alpha, not of rao?"));
        }
        let protocol_alpha = self.amount_or_blank("protocol_alpha", "alpha")?.map(Alpha::from_rao);
        if protocol_alpha.is_some_and(|kept| kept > alpha_out) {
            let message = format!("the protocol keeps more than the {alpha_out} alpha outside the pool");
            return Err(self.wrong("protocol_alpha", message, "it is a part of `alpha_out`"));
        }
        Ok(PoolRow {
            netuid,
            reserves: Reserves { tao: tao_in, alpha: alpha_in },
            alpha_out,
            price: price("price")?,
            moving_price: price("moving_price")?,
            flow_average: flow("flow_average")?,
            protocol_flow_average: flow("protocol_flow_average")?,
            burned: self.number("burned", "a part from 0 to 1", 0.0, 1.0)?,
            owners_incentive: self.number("owners_incentive", "a part from 0 to 1", 0.0, 1.0)?,
            tao_weight: self.weight()?,
            enabled: self
                .parsed("enabled", "`true` or `false`")?
                .map(|enabled| if enabled { Switch::On } else { Switch::Off }),
            tempo: self.parsed("tempo", "a tempo from 0 to 65535 blocks")?,
            registered_at: self.block("registered_at")?,
            first_emission: self.block("first_emission")?,
            protocol_alpha,
        })
    }

    fn netuid(&self, before: Option<Netuid>) -> Result<Netuid, InputError> {
        let netuid = self.parsed("netuid", "a netuid from 1 to 65535")?.map(Netuid);
        let Some(netuid) = netuid else { return Err(self.expected("netuid", "a netuid from 1 to 65535")) };
        if netuid == Netuid::ROOT {
            let help = "leave its row out: its TAO is the scenario's `start.root_tao`";
            return Err(self.wrong("netuid", "root has no pool".into(), help));
        }
        match before {
            Some(before) if before == netuid => {
                Err(self.wrong("netuid", format!("subnet {netuid} has two rows"), "leave one of them out"))
            }
            Some(before) if before > netuid => {
                let message = format!("netuids must rise from row to row, but {netuid} comes after {before}");
                Err(self.wrong("netuid", message, "sort the rows"))
            }
            _ => Ok(netuid),
        }
    }

    /// A cell's text; nothing if it is blank or there is no such column.
    fn cell(&self, name: &str) -> Option<&str> {
        let cell = text(&self.record[self.table.find(name)?]).trim();
        (!cell.is_empty()).then_some(cell)
    }

    fn amount(&self, name: &str, unit: &str) -> Result<u64, InputError> {
        let expected = || self.expected(name, &format!("{unit} with at most nine decimals"));
        self.amount_or_blank(name, unit)?.ok_or_else(expected)
    }

    fn amount_or_blank(&self, name: &str, unit: &str) -> Result<Option<u64>, InputError> {
        let expected =
            || self.expected(name, &format!("{unit} with at most nine decimals, from 0 to 21,000,000"));
        self.cell(name).map(|cell| rao(cell.as_bytes()).ok_or_else(expected)).transpose()
    }

    fn number(&self, name: &str, what: &str, from: f64, to: f64) -> Result<Option<f64>, InputError> {
        let within = |cell: &str| number(cell.as_bytes()).filter(|number| (from..=to).contains(number));
        let read = |cell| within(cell).ok_or_else(|| self.expected(name, what));
        self.cell(name).map(read).transpose()
    }

    fn weight(&self) -> Result<Option<Weight>, InputError> {
        let what = "a weight of TAO from 0.01 to 0.99, with at most eighteen decimals";
        let weight = |cell| decimal::<18>(cell).and_then(|parts| Weight::from_parts(parts).allowed());
        let read = |cell| weight(cell).ok_or_else(|| self.expected("tao_weight", what));
        self.cell("tao_weight").map(read).transpose()
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, InputError> {
        self.cell(name).map(|cell| cell.parse().map_err(|_| self.expected(name, what))).transpose()
    }

    fn block(&self, name: &str) -> Result<Option<Block>, InputError> {
        let Some(column) = self.table.find(name).filter(|_| self.cell(name).is_some()) else {
            return Ok(None);
        };
        Ok(Some(Block(block(self.table, self.record, column)?)))
    }

    fn expected(&self, name: &str, what: &str) -> InputError {
        self.table.wrong_cell(self.record, self.table.find(name).unwrap_or(0), what)
    }

    fn wrong(&self, name: &str, message: String, help: &str) -> InputError {
        self.table.wrong(self.record, self.table.find(name).unwrap_or(0), message, Some(help.to_owned()))
    }
}

#[cfg(test)]
mod tests;
