//! `series.csv`: how far the runs of a cell spread over time.

use std::path::Path;

use dtao_files::folder::table::Completed;
use dtao_statistics::{PARTS, interval, quantile, sum};

use super::SweepError;
use super::format::Format;
use super::manifest::Manifest;
use super::planned::{PlanRow, factor_cells};
use super::schema::of_table;
use super::sheet::Sheet;

/// The table, written cell by cell: only one cell's samples are kept.
pub(super) struct SeriesTable<'m> {
    sheet: Sheet,
    manifest: &'m Manifest,
    cell: Option<CellSamples>,
}

/// The samples of one point in one arm.
struct CellSamples {
    point: u64,
    arm: String,
    values: Vec<String>,
    /// By sample, of the runs that have it.
    samples: Vec<Vec<f64>>,
}

impl<'m> SeriesTable<'m> {
    /// The table; nothing of a sweep without series.
    pub fn create(
        folder: &Path,
        manifest: &'m Manifest,
        format: Format,
        tables: &Completed,
    ) -> Result<Option<Self>, SweepError> {
        if manifest.series.is_empty() {
            return Ok(None);
        }
        let columns = of_table(manifest, "series");
        let sheet = Sheet::create(folder, "series", &columns, manifest, format, tables)?;
        Ok(Some(Self { sheet, manifest, cell: None }))
    }

    /// Adds a run's samples; a run that failed has none.
    pub fn add(&mut self, planned: &PlanRow, samples: Option<&[Option<f64>]>) {
        let other = |cell: &mut CellSamples| cell.point != planned.point || cell.arm != planned.arm;
        if let Some(cell) = self.cell.take_if(other) {
            self.write(cell);
        }
        let count = self.manifest.samples();
        let cell = self.cell.get_or_insert_with(|| CellSamples {
            point: planned.point,
            arm: planned.arm.clone(),
            values: planned.values.clone(),
            samples: vec![Vec::new(); count],
        });
        for (kept, value) in cell.samples.iter_mut().zip(samples.unwrap_or_default()) {
            kept.extend(value.filter(|value| value.is_finite()));
        }
    }

    /// Completes the table.
    pub fn finish(mut self) -> Result<(), SweepError> {
        if let Some(cell) = self.cell.take() {
            self.write(cell);
        }
        self.sheet.finish()
    }

    fn write(&mut self, cell: CellSamples) {
        let Self { sheet, manifest, .. } = self;
        let places =
            manifest.series.iter().flat_map(|series| series.blocks().map(move |block| (series, block)));
        for ((series, block), mut values) in places.zip(cell.samples) {
            values.sort_by(f64::total_cmp);
            sheet.whole(cell.point);
            sheet.text(&cell.arm);
            factor_cells(sheet, manifest, &cell.values);
            sheet.text(&series.name);
            sheet.whole(block.0);
            sheet.whole(values.len() as u64);
            let some = !values.is_empty();
            sheet.float(some.then(|| sum(values.iter().copied()) / values.len() as f64));
            for part in PARTS {
                sheet.float(some.then(|| quantile(&values, part)));
            }
            let median = interval::quantile(&values, 0.5);
            sheet.float(median.map(|median| median.low));
            sheet.float(median.map(|median| median.high));
            sheet.end_row();
        }
    }
}
