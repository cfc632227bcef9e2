//! A sweep's `cells.csv`.

use dtao_files::folder::FolderError;
use dtao_sweep::manifest::Manifest;

use crate::finished::Finished;
use crate::text::{number, range};

/// What one outcome came to at one point in one arm.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub arm: String,
    /// The factors' values, as the table has them.
    pub values: Vec<String>,
    pub outcome: String,
    pub n: u64,
    pub missing: u64,
    pub mean: Option<f64>,
    pub interval: Option<(f64, f64)>,
    /// How the interval was found, or why there is none.
    pub method: String,
    /// The 5th, 25th, 50th, 75th and 95th percentile.
    pub quantiles: [Option<f64>; 5],
    pub difference: Option<f64>,
    pub difference_interval: Option<(f64, f64)>,
    /// How the interval of the difference was found, or why there is none.
    pub difference_method: String,
}

/// An interval; why there is none in its place.
pub(super) fn interval_or_why(interval: Option<(f64, f64)>, method: &str) -> String {
    if interval.is_some() { range(interval) } else { method.replace('_', " ") }
}

/// The cells of some outcomes, by outcome.
pub(super) fn read(
    finished: &Finished,
    manifest: &Manifest,
    outcomes: &[String],
) -> Result<Vec<Cell>, FolderError> {
    let own = [
        "point",
        "arm",
        "outcome",
        "n",
        "missing",
        "mean",
        "low",
        "high",
        "method",
        "q05",
        "q25",
        "q50",
        "q75",
        "q95",
        "difference",
        "difference_low",
        "difference_high",
        "difference_method",
    ];
    let factors = manifest
        .factors
        .iter()
        .map(|factor| if factor.name == "n" { "factor_n" } else { factor.name.as_str() });
    let columns: Vec<&str> = own.into_iter().chain(factors).collect();
    let mut cells = Vec::new();
    finished.rows("cells.csv", &columns, |row| {
        if !outcomes.iter().any(|outcome| outcome == row.text(2)) {
            return Ok(());
        }
        let mut quantiles = [None; 5];
        for (at, quantile) in quantiles.iter_mut().enumerate() {
            *quantile = row.number(9 + at)?;
        }
        cells.push(Cell {
            arm: row.text(1).to_owned(),
            values: (own.len()..columns.len()).map(|at| row.text(at).to_owned()).collect(),
            outcome: row.text(2).to_owned(),
            n: row.whole(3)?,
            missing: row.whole(4)?,
            mean: row.number(5)?,
            interval: row.number(6)?.zip(row.number(7)?),
            method: row.text(8).to_owned(),
            quantiles,
            difference: row.number(14)?,
            difference_interval: row.number(15)?.zip(row.number(16)?),
            difference_method: row.text(17).to_owned(),
        });
        Ok(())
    })?;
    let place = |name: &str| outcomes.iter().position(|outcome| outcome == name);
    cells.sort_by_key(|cell| place(&cell.outcome));
    Ok(cells)
}

/// A factor's value: a number without the decimals that it does not need, and drawn ones without those that nobody reads.
pub(super) fn shown(cell: &str) -> String {
    let Ok(value) = cell.parse::<f64>() else { return cell.to_owned() };
    let exact = value.to_string();
    if exact.len() > 9 { number(value) } else { exact }
}
