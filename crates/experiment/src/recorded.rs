//! What was recorded, read from tables: prices, the subnets of a launch, pools, trades.

pub mod launch;
pub mod library;
pub mod pools;
pub mod prices;
pub mod trades;

use csv::ByteRecord;
use dtao_files::input::InputError;
use dtao_files::input::csv_file::{Table, text};
use dtao_protocol::halving::MAX_SUPPLY;

use crate::limits::BLOCKS;

/// A number of a block that a run can come to.
fn block(table: &Table, record: &ByteRecord, column: usize) -> Result<u64, InputError> {
    let block = table.cell(record, column, "a block number")?;
    if block > 2 * BLOCKS {
        return Err(table.wrong_cell(record, column, "a block number that a run can come to"));
    }
    Ok(block)
}

/// A decimal with at most nine places, in billionths; at most what the curve ever gives.
fn rao(cell: &[u8]) -> Option<u64> {
    decimal::<9>(text(cell)).filter(|&rao| rao <= MAX_SUPPLY)
}

/// A decimal with at most so many places, in units of the last; nothing if it does not fit.
fn decimal<const PLACES: usize>(cell: &str) -> Option<u64> {
    let cell = cell.trim();
    let (whole, places) = cell.split_once('.').unwrap_or((cell, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(places) || places.len() > PLACES {
        return None;
    }
    format!("{whole}{places:0<PLACES$}").parse().ok()
}

#[cfg(test)]
mod tests;
