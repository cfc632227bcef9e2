//! The subnets of a launch.

use std::path::Path;

use dtao_files::input::InputError;
use dtao_files::input::csv_file::{Table, number, read};
use dtao_protocol::units::{Block, Netuid};

use super::block;

/// A subnet at the launch of dynamic TAO.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaunchSubnet {
    /// Its number, from 1.
    pub netuid: Netuid,
    /// Its moving price, in TAO per alpha: from 0 to 1.
    pub moving_price: f64,
    /// The block in which it was registered.
    pub registered_at: Block,
}

/// Reads the subnets of a launch: `netuid,moving_price,registered_at`, in any order of columns.
///
/// # Errors
/// If a column is missing or not known, netuids do not rise from 1, a moving price is
/// not in [0, 1], or none is above 0.
pub fn launch_subnets(path: &Path, bytes: Vec<u8>) -> Result<Vec<LaunchSubnet>, InputError> {
    const COLUMNS: [&str; 3] = ["netuid", "moving_price", "registered_at"];
    let table = Table::of(path, bytes)?;
    table.check_columns(&COLUMNS)?;
    let help = format!("the columns are: {}", COLUMNS.join(","));
    let place = |name| table.needed(name, &help);
    let [netuid_at, price_at, registered_at] = [place(COLUMNS[0])?, place(COLUMNS[1])?, place(COLUMNS[2])?];
    let mut subnets: Vec<LaunchSubnet> = Vec::new();
    table.rows(|record| {
        let netuid = Netuid(table.cell(record, netuid_at, "a netuid from 1 to 65535")?);
        if netuid == Netuid::ROOT {
            return Err(table.wrong_cell(record, netuid_at, "a netuid from 1 to 65535"));
        }
        if let Some(last) = subnets.last()
            && netuid <= last.netuid
        {
            let message =
                format!("netuids must rise from row to row, but {netuid} comes after {}", last.netuid);
            return Err(table.wrong(record, netuid_at, message, Some("sort the rows".into())));
        }
        let moving_price = number(record[price_at].trim_ascii())
            .filter(|price| (0.0..=1.0).contains(price))
            .ok_or_else(|| table.wrong_cell(record, price_at, "a moving price from 0 to 1 TAO"))?;
        let registered_at = Block(block(&table, record, registered_at)?);
        subnets.push(LaunchSubnet { netuid, moving_price, registered_at });
        Ok(())
    })?;
    if !subnets.iter().any(|subnet| subnet.moving_price > 0.0) {
        let message = "no subnet has a moving price above 0".to_owned();
        return Err(table.wrong_header(price_at, message, Some("emission is shared by moving price".into())));
    }
    Ok(subnets)
}

/// An error at a row's block of registration, in a file of launch subnets that has been read; rows are counted from 0.
pub(crate) fn wrong_registration(path: &Path, row: usize, message: String) -> InputError {
    let help = Some("leave the subnet out, or write an earlier block".to_owned());
    let Ok(table) = read(path).and_then(|bytes| Table::of(path, bytes)) else {
        return InputError::file(path, message, help);
    };
    let column = table.find("registered_at").unwrap_or(0);
    let mut at = 0;
    let found = table.rows(|record| {
        at += 1;
        if at > row { Err(table.wrong(record, column, message.clone(), help.clone())) } else { Ok(()) }
    });
    found.err().unwrap_or_else(|| InputError::file(path, message, help))
}
