//! A sweep's `series.csv` as fan charts.

use dtao_files::folder::FolderError;
use dtao_sweep::manifest::Manifest;

use super::cells::shown;
use crate::finished::Finished;
use crate::svg::figure::{Content, Figure, slug};
use crate::svg::{Drawing, Fan, Spread};

/// Most cells in one chart: the bands of more hide each other.
const CELLS: usize = 3;

/// Most samples of a line that are drawn; more would be closer than pixels.
const SAMPLES: u64 = 960;

const TABLE: &str = "series.csv";

/// A chart for each series: of the first cells of the sweep.
pub(super) fn figures(finished: &Finished, manifest: &Manifest) -> Result<Vec<Figure>, FolderError> {
    if manifest.series.is_empty() {
        return Ok(Vec::new());
    }
    let own = ["point", "arm", "series", "block", "n", "q05", "q25", "q50", "q75", "q95"];
    let factors = manifest.factors.iter();
    let factors = factors.map(|factor| if factor.name == "n" { "factor_n" } else { factor.name.as_str() });
    let columns: Vec<&str> = own.into_iter().chain(factors).collect();
    let mut fans: Vec<Vec<((u64, String), Spread)>> = vec![Vec::new(); manifest.series.len()];
    finished.rows(TABLE, &columns, |row| {
        let Some(at) = manifest.series.iter().position(|series| series.name == row.text(2)) else {
            return Err(format!("the manifest has no series `{}`", row.text(2)));
        };
        let (series, spreads) = (&manifest.series[at], &mut fans[at]);
        let cell = (row.whole(0)?, row.text(1).to_owned());
        if spreads.last().is_none_or(|(last, _)| *last != cell) {
            if spreads.len() == CELLS {
                return Ok(());
            }
            let values =
                (own.len()..columns.len()).map(|at| format!("{} = {}", columns[at], shown(row.text(at))));
            let arm = (manifest.arms.len() > 1).then(|| row.text(1).to_owned());
            let values = values.filter(|_| manifest.points > 1);
            let name = arm.into_iter().chain(values).collect::<Vec<_>>().join(", ");
            spreads.push((cell, Spread { name, points: Vec::new() }));
        }
        let block: u64 = row.whole(3)?;
        let step = series.samples().div_ceil(SAMPLES).max(1) * series.every;
        let parts = [5, 6, 7, 8, 9].map(|at| row.number(at));
        let [low, lower, median, upper, high] = parts;
        let parts = [low?, lower?, median?, upper?, high?];
        if let (true, [Some(low), Some(lower), Some(median), Some(upper), Some(high)]) =
            ((block - series.from.0).is_multiple_of(step), parts)
        {
            let (_, spread) = spreads.last_mut().expect("one was just added");
            spread.points.push((block, row.whole(4)?, [low, lower, median, upper, high]));
        }
        Ok(())
    })?;
    let cells = manifest.points * manifest.arms.len() as u64;
    let more = cells.saturating_sub(CELLS as u64);
    let more = if more > 0 { format!(" {more} more cells are in {TABLE}.") } else { String::new() };
    let figure = |(series, spreads): (&dtao_sweep::series::Series, Vec<(_, Spread)>)| {
        let spreads: Vec<Spread> = spreads.into_iter().map(|(_, spread)| spread).collect();
        let some = spreads.iter().any(|spread| !spread.points.is_empty());
        some.then(|| Figure {
            id: slug(&format!("over time {}", series.name)),
            title: format!("{} over time", series.name),
            description: format!(
                "The median of the runs at each block; the dark band holds half of them, the light one nine tenths.{more}"
            ),
            content: Content::Drawing(Drawing::Fan(Fan {
                up: format!("{} of subnet {}", shown_quantity(series), series.netuid),
                series: spreads,
            })),
        })
    };
    Ok(manifest.series.iter().zip(fans).filter_map(figure).collect())
}

/// A quantity with its unit.
fn shown_quantity(series: &dtao_sweep::series::Series) -> String {
    let unit = crate::units::unit(series.of.kind());
    let name = format!("{:?}", series.of);
    if unit.is_empty() { name } else { format!("{name}, {unit},") }
}
