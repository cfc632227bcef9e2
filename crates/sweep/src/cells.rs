//! `cells.csv`: what each point came to in each arm, how sure that is, and how it differs from the first arm.

use std::path::Path;

use dtao_files::folder::table::Completed;
use dtao_statistics::{Cell, Interval, PARTS, Paired};

use super::SweepError;
use super::format::Format;
use super::manifest::Manifest;
use super::planned::{PlanRow, factor_cells};
use super::schema::of_table;
use super::sheet::Sheet;

/// One line of a sweep's results, for people.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Line {
    /// Its point.
    pub point: u64,
    /// The values of the factors, as the plan has them.
    pub values: Vec<String>,
    /// Its arm.
    pub arm: String,
    /// Its outcome.
    pub outcome: String,
    /// What it came to.
    pub cell: Cell,
    /// How it differs from the first arm; nothing of the first arm itself.
    pub difference: Option<Paired>,
}

/// The table, written point by point.
pub(super) struct Cells<'m> {
    sheet: Sheet,
    manifest: &'m Manifest,
    point: Option<Point>,
}

/// The outcomes of one point.
pub(super) struct Point {
    pub number: u64,
    pub values: Vec<String>,
    /// By arm, outcome, and seed.
    pub outcomes: Vec<Vec<Vec<Option<f64>>>>,
}

impl<'m> Cells<'m> {
    pub fn create(
        folder: &Path,
        manifest: &'m Manifest,
        format: Format,
        tables: &Completed,
    ) -> Result<Self, SweepError> {
        let columns = of_table(manifest, "cells");
        let sheet = Sheet::create(folder, "cells", &columns, manifest, format, tables)?;
        Ok(Self { sheet, manifest, point: None })
    }

    /// Adds a run's outcomes; a run that failed has none. Returns the point before, if this is the first of
    /// another.
    pub fn add(
        &mut self,
        planned: &PlanRow,
        arm: usize,
        outcomes: Option<&[Option<f64>]>,
        lines: &mut Vec<Line>,
    ) -> Option<Point> {
        let before = self.point.take_if(|point| point.number != planned.point);
        if let Some(point) = &before {
            self.write(point, lines);
        }
        let manifest = self.manifest;
        let point = self.point.get_or_insert_with(|| Point {
            number: planned.point,
            values: planned.values.clone(),
            outcomes: vec![vec![Vec::new(); manifest.outcomes.len()]; manifest.arms.len()],
        });
        for (index, values) in point.outcomes[arm].iter_mut().enumerate() {
            values.push(outcomes.and_then(|outcomes| outcomes[index]));
        }
        before
    }

    /// Completes the table; returns the last point.
    pub fn finish(mut self, lines: &mut Vec<Line>) -> Result<Option<Point>, SweepError> {
        let last = self.point.take();
        if let Some(point) = &last {
            self.write(point, lines);
        }
        self.sheet.finish()?;
        Ok(last)
    }

    fn write(&mut self, point: &Point, lines: &mut Vec<Line>) {
        for (arm, outcomes) in self.manifest.arms.iter().zip(&point.outcomes) {
            for (index, outcome) in self.manifest.outcomes.iter().enumerate() {
                let of_first = &point.outcomes[0][index];
                let support = self.manifest.support(outcome);
                let first = arm.name == self.manifest.arms[0].name;
                let paired = (!first && of_first.len() == outcomes[index].len())
                    .then(|| Paired::of(&outcomes[index], of_first, support));
                let line = Line {
                    point: point.number,
                    values: point.values.clone(),
                    arm: arm.name.clone(),
                    outcome: outcome.clone(),
                    cell: Cell::of(&outcomes[index], support),
                    difference: paired,
                };
                self.row(&line);
                // More than anybody reads are not kept.
                if lines.len() < MOST_LINES {
                    lines.push(line);
                }
            }
        }
    }

    fn row(&mut self, line: &Line) {
        let sheet = &mut self.sheet;
        let cell = &line.cell;
        sheet.whole(line.point);
        sheet.text(&line.arm);
        factor_cells(sheet, self.manifest, &line.values);
        sheet.text(&line.outcome);
        sheet.whole(cell.n as u64);
        sheet.whole(cell.missing as u64);
        for number in [cell.mean, cell.sd, cell.se] {
            sheet.float(number);
        }
        bounds(sheet, cell.interval);
        sheet.text(&cell.method.to_string());
        sheet.float(cell.half_width());
        for part in 0..PARTS.len() {
            let quantile = cell.quantiles.map(|quantiles| quantiles[part]);
            sheet.float(quantile.map(|quantile| quantile.value));
            bounds(sheet, quantile.and_then(|quantile| quantile.interval));
        }
        let paired = line.difference.as_ref();
        sheet.float(paired.and_then(|paired| paired.difference.mean));
        bounds(sheet, paired.and_then(|paired| paired.difference.interval));
        sheet.text(&paired.map_or_else(String::new, |paired| paired.difference.method.to_string()));
        sheet.float(paired.and_then(|paired| paired.correlation));
        sheet.float(paired.and_then(|paired| paired.variance_reduction));
        sheet.end_row();
    }
}

/// Most lines that are kept for people to read.
pub(super) const MOST_LINES: usize = 200;

fn bounds(sheet: &mut Sheet, interval: Option<Interval>) {
    sheet.float(interval.map(|interval| interval.low));
    sheet.float(interval.map(|interval| interval.high));
}
