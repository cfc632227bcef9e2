//! Tables of pools as they are written.

use dtao_protocol::books::Switch;

use super::{COLUMNS, NEEDED, PoolRow};

/// Rows as a table that reads back as they are. A column that may be left out is there if any row has a value in it.
#[must_use]
pub fn written(rows: &[PoolRow]) -> String {
    let cells: Vec<[Option<String>; COLUMNS.len()]> = rows.iter().map(cells).collect();
    let used: Vec<usize> = (0..COLUMNS.len())
        .filter(|&column| NEEDED.contains(&COLUMNS[column]) || cells.iter().any(|row| row[column].is_some()))
        .collect();
    let line = |of: &dyn Fn(usize) -> String| {
        used.iter().map(|&column| of(column)).collect::<Vec<_>>().join(",") + "\n"
    };
    let mut table = line(&|column| COLUMNS[column].to_owned());
    for row in &cells {
        table += &line(&|column| row[column].clone().unwrap_or_default());
    }
    table
}

/// A row's cells, in the order of [`COLUMNS`].
fn cells(row: &PoolRow) -> [Option<String>; COLUMNS.len()] {
    let number = |number: Option<f64>| number.map(|number| number.to_string());
    let enabled = |switch| if switch == Switch::On { "true" } else { "false" };
    [
        Some(row.netuid.to_string()),
        Some(row.reserves.tao.to_string()),
        Some(row.reserves.alpha.to_string()),
        Some(row.alpha_out.to_string()),
        number(row.price),
        number(row.moving_price),
        number(row.flow_average),
        number(row.protocol_flow_average),
        number(row.burned),
        number(row.owners_incentive),
        row.tao_weight.map(|weight| format!("0.{:018}", weight.parts())),
        row.enabled.map(|switch| enabled(switch).to_owned()),
        row.tempo.map(|tempo| tempo.to_string()),
        row.registered_at.map(|block| block.to_string()),
        row.first_emission.map(|block| block.to_string()),
        row.protocol_alpha.map(|alpha| alpha.to_string()),
    ]
}
