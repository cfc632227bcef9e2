//! The trades of a group, read from the table of events of another run.

use std::path::Path;

use dtao_engine::market::{Flow, Side};
use dtao_files::input::csv_file::{Table, text};
use dtao_files::input::{InputError, suggest};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use super::{block, rao};
use crate::limits::FLOWS;

/// Reads the trades of one group from a run's table of events, in order.
///
/// # Errors
/// If a column is missing, a trade is not one, blocks fall, or the group never trades.
pub fn flows(path: &Path, bytes: Vec<u8>, group: &str) -> Result<Vec<Flow>, InputError> {
    const COLUMNS: [&str; 6] = ["block", "event", "group", "netuid", "tao", "alpha"];
    let table = Table::of(path, bytes)?;
    let help = "name the `events.csv` of a run that recorded all calls: `record: (calls: All, …)`";
    let [block_at, event_at, group_at, netuid_at, tao_at, alpha_at] = {
        let mut places = [0; 6];
        for (place_of, name) in places.iter_mut().zip(COLUMNS) {
            *place_of = table.needed(name, help)?;
        }
        places
    };
    let mut flows: Vec<Flow> = Vec::new();
    let mut groups: Vec<String> = Vec::new();
    table.rows(|record| {
        let side = match text(&record[event_at]).trim() {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            _ => return Ok(()),
        };
        let name = text(&record[group_at]).trim();
        if name != group {
            if !groups.iter().any(|known| known == name) {
                groups.push(name.to_owned());
            }
            return Ok(());
        }
        // A sale of all stake, on every subnet at once, names none.
        if text(&record[netuid_at]).trim().is_empty() {
            return Err(table.wrong_cell(record, netuid_at, "the subnet of a trade"));
        }
        let netuid = Netuid(table.cell(record, netuid_at, "a netuid from 0 to 65535")?);
        let block = Block(block(&table, record, block_at)?);
        if let Some(last) = flows.last()
            && block < last.block
        {
            let message = format!("blocks must not fall, but {block} comes after {}", last.block);
            return Err(table.wrong(record, block_at, message, Some("sort the rows".into())));
        }
        if flows.len() == FLOWS {
            let message = format!("up to here there are {FLOWS} trades, as many as are read");
            return Err(table.wrong(record, 0, message, None));
        }
        let amount =
            |column, what| rao(&record[column]).ok_or_else(|| table.wrong_cell(record, column, what));
        let tao = Tao::from_rao(amount(tao_at, "an amount of TAO")?);
        let alpha = Alpha::from_rao(amount(alpha_at, "an amount of alpha")?);
        flows.push(Flow { block, netuid, side, tao, alpha });
        Ok(())
    })?;
    if flows.is_empty() {
        let names: Vec<&str> = groups.iter().map(String::as_str).collect();
        let help = suggest(group, &names, "the groups that trade are");
        return Err(table.wrong_header(group_at, format!("no group `{group}` trades in this table"), help));
    }
    Ok(flows)
}
