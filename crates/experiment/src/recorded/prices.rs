//! Recorded prices.

use std::path::Path;

use dtao_agents::range;
use dtao_engine::market::{PriceTable, PriceTableError};
use dtao_files::input::InputError;
use dtao_files::input::csv_file::{Table, number};
use dtao_protocol::units::{Block, Netuid};

use super::block;
use crate::limits::PRICES;

/// Reads recorded prices: `time_utc,block,<netuid>,<netuid>,…`, in TAO per alpha; a blank cell is no price.
///
/// The times are for people; only the blocks are read. A file named `.gz` is decompressed.
///
/// # Errors
/// If a cell, a row or the header is not as it should be.
pub fn prices(path: &Path, bytes: Vec<u8>) -> Result<PriceTable, InputError> {
    let table = Table::of(path, bytes)?;
    for (column, due) in ["time_utc", "block"].into_iter().enumerate() {
        if table.column(column) != due {
            let message =
                format!("the columns must be `time_utc,block,<netuid>,…`, but {}", table.place(column));
            return Err(table.wrong_header(column, message, None));
        }
    }
    let mut netuids = Vec::with_capacity(table.header.len() - 2);
    for column in 2..table.header.len() {
        let name = table.column(column);
        let netuid = name.parse().map(Netuid).map_err(|_| {
            let message = format!("the column `{name}` is not a netuid");
            table.wrong_header(column, message, Some("netuids are whole numbers from 1 to 65535".into()))
        })?;
        if netuid == Netuid::ROOT {
            return Err(table.wrong_header(column, "root has no price".into(), Some("leave it out".into())));
        }
        netuids.push(netuid);
    }
    if netuids.is_empty() {
        let help = "name a column after each subnet's netuid".to_owned();
        return Err(table.wrong_header(1, "there is no column with prices".into(), Some(help)));
    }
    let columns = netuids.clone();
    let mut prices = PriceTable::new(netuids).map_err(|error| {
        let column = columns.windows(2).position(|pair| pair[1] <= pair[0]).map_or(2, |first| first + 3);
        table.wrong_header(column, error.to_string(), Some("sort the columns".into()))
    })?;
    let mut row = Vec::with_capacity(columns.len());
    table.rows(|record| {
        if (prices.blocks().len() + 1) * columns.len() > PRICES {
            let message = format!("up to here there are {PRICES} prices, as many as are read");
            return Err(table.wrong(record, 0, message, Some("leave out rows or columns".into())));
        }
        let block = block(&table, record, 1)?;
        row.clear();
        for (column, netuid) in (2..record.len()).zip(&columns) {
            row.push(match record[column].trim_ascii() {
                b"" => None,
                // No price is above all TAO that there can be, for one alpha.
                cell => Some(number(cell).filter(|&price| price <= range::TAO).ok_or_else(|| {
                    let allowed = format!("a price of subnet {netuid} in TAO, or nothing");
                    table.wrong_cell(record, column, &allowed)
                })?),
            });
        }
        prices.push(Block(block), row.iter().copied()).map_err(|error| {
            let column = match error {
                PriceTableError::Price { netuid, .. } => columns.partition_point(|&n| n < netuid) + 2,
                _ => 1,
            };
            table.wrong(record, column, error.to_string(), None)
        })
    })?;
    Ok(prices)
}
