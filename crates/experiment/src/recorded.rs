//! What was recorded, read from tables: prices, the subnets of a launch, pools, trades.

pub mod launch;
pub mod library;
pub mod pools;
pub mod prices;
pub mod trades;

use csv::ByteRecord;
use dtao_files::input::InputError;
use dtao_files::input::csv_file::Table;

use crate::limits::BLOCKS;

/// A number of a block that a run can come to.
fn block(table: &Table, record: &ByteRecord, column: usize) -> Result<u64, InputError> {
    let block = table.cell(record, column, "a block number")?;
    if block > 2 * BLOCKS {
        return Err(table.wrong_cell(record, column, "a block number that a run can come to"));
    }
    Ok(block)
}

#[cfg(test)]
mod tests;
