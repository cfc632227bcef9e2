//! The tables beside the attacks: under other rules, call by call, and who paid.

use std::collections::BTreeMap;

use crate::ReportError;
use crate::finished::Finished;
use crate::page::{Row, Table};
use crate::text::{number, or_dash};

/// What the attacks come to under other rules.
pub(super) fn replays(finished: &Finished) -> Result<Table, ReportError> {
    let columns = ["rule", "attack", "own", "replayed", "searched_best", "searched_claimed", "honest_change"];
    let mut rows = Vec::new();
    finished.rows("rules.csv", columns, |cells| {
        let claimed = match cells.text(5) {
            "true" => "yes",
            "false" => "no",
            _ => "–",
        };
        rows.push(Row::of([
            cells.text(0).to_owned(),
            cells.text(1).to_owned(),
            or_dash(cells.number(2)?),
            or_dash(cells.number(3)?),
            or_dash(cells.number(4)?),
            claimed.to_owned(),
            or_dash(cells.number(6)?),
        ]));
        Ok(())
    })?;
    Ok(Table {
        caption: "What each attack comes to under the scenario's own rule and replayed under another; the best found there; what the honest have more there without any attack, in TAO.".into(),
        columns: ["rule", "attack", "own rule", "replayed", "best found there", "claimed", "honest, change"].map(Into::into).into(),
        units: vec!["", "", "", "", "", "", "TAO"],
        texts: 2,
        rows,
        ..Table::default()
    })
}

/// Tables of each attack, by its rule and number.
pub(super) type OfAttacks = BTreeMap<(String, String), Table>;

/// Reads a table whose first two columns name an attack; `blank` is each attack's table without rows.
fn of_attacks(
    finished: &Finished,
    name: &str,
    columns: &[&str],
    blank: &Table,
) -> Result<OfAttacks, ReportError> {
    let mut tables = OfAttacks::new();
    let all: Vec<&str> = ["rule", "attack"].iter().chain(columns).copied().collect();
    finished.rows(name, &all, |cells| {
        let attack = (cells.text(0).to_owned(), cells.text(1).to_owned());
        let cell = |at: usize| {
            let value = if at < blank.texts { None } else { cells.number(at + 2)? };
            Ok(value.map_or_else(|| cells.text(at + 2).to_owned(), number))
        };
        let row = (0..columns.len()).map(cell).collect::<Result<Vec<String>, String>>()?;
        tables.entry(attack).or_insert_with(|| blank.clone()).rows.push(Row::of(row));
        Ok(())
    })?;
    Ok(tables)
}

/// The calls of each attack, block by block.
pub(super) fn calls(finished: &Finished) -> Result<OfAttacks, ReportError> {
    let blank = Table {
        caption: "Block by block, in the first fresh seed.".into(),
        columns: ["block", "account", "call", "subnet", "outcome", "TAO", "alpha"].map(Into::into).into(),
        texts: 5,
        ..Table::default()
    };
    let columns = ["block", "account", "call", "netuid", "outcome", "tao", "alpha"];
    of_attacks(finished, "calls.csv", &columns, &blank)
}

/// Who has more or less by each attack.
pub(super) fn payers(finished: &Finished) -> Result<OfAttacks, ReportError> {
    let blank = Table {
        caption: "Who has more or less by it in the first fresh seed, after selling everything.".into(),
        columns: ["group", "TAO"].map(Into::into).into(),
        texts: 1,
        ..Table::default()
    };
    of_attacks(finished, "payers.csv", &["group", "change"], &blank)
}
