//! `sensitivity.csv`: which factors move an outcome, of designs that are made to tell.

use std::path::Path;

use dtao_files::folder::table::Completed;
use dtao_statistics::sensitivity::{Estimate, complete};
use dtao_statistics::sum;

use super::SweepError;
use super::analysis::Analysis;
use super::cells::Point;
use super::format::Format;
use super::manifest::Manifest;
use super::schema::of_table;
use super::sheet::Sheet;

/// The mean outcome of every point, gathered while the tables are written.
pub(super) struct Indices<'m> {
    manifest: &'m Manifest,
    analysis: Analysis,
    /// By arm, outcome, and point.
    means: Vec<Vec<Vec<Option<f64>>>>,
    /// By point: where its values lie in the factors' ranges.
    positions: Vec<Vec<f64>>,
}

impl<'m> Indices<'m> {
    /// Nothing, if the design is not made for it.
    pub fn of(manifest: &'m Manifest) -> Option<Self> {
        let analysis = Analysis::of(&manifest.design)?;
        let means = vec![vec![Vec::new(); manifest.outcomes.len()]; manifest.arms.len()];
        Some(Self { manifest, analysis, means, positions: Vec::new() })
    }

    /// Adds a point. Points have the same seeds, so one that lacks an outcome of any seed has no mean.
    pub fn add(&mut self, point: &Point) {
        self.positions.push(self.analysis.position(&point.values));
        for (means, outcomes) in self.means.iter_mut().zip(&point.outcomes) {
            for (means, values) in means.iter_mut().zip(outcomes) {
                let all: Option<Vec<f64>> = values.iter().copied().collect();
                means.push(all.map(|all| sum(all.iter().copied()) / all.len() as f64));
            }
        }
    }

    /// Writes the table.
    pub fn write(&self, folder: &Path, format: Format, tables: &Completed) -> Result<(), SweepError> {
        let columns = of_table(self.manifest, "sensitivity");
        let mut sheet = Sheet::create(folder, "sensitivity", &columns, self.manifest, format, tables)?;
        for (arm, means) in self.manifest.arms.iter().zip(&self.means) {
            for (outcome, means) in self.manifest.outcomes.iter().zip(means) {
                self.outcome(&mut sheet, &arm.name, outcome, means);
            }
        }
        sheet.finish()
    }

    fn outcome(&self, sheet: &mut Sheet, arm: &str, outcome: &str, means: &[Option<f64>]) {
        // Base rows or trajectories, whether there are estimates or not.
        let used = complete(means, self.analysis.size());
        let missing = means.len() / self.analysis.size() - used;
        let mut rows = |of_factors: Vec<Vec<(&str, Estimate)>>| {
            for (factor, estimates) in self.manifest.factors.iter().zip(of_factors) {
                for (index, estimate) in estimates {
                    for text in [arm, outcome, &factor.name, index] {
                        sheet.text(text);
                    }
                    sheet.float(Some(estimate.value));
                    sheet.float(estimate.interval.ok().map(|interval| interval.low));
                    sheet.float(estimate.interval.ok().map(|interval| interval.high));
                    sheet.whole(used as u64);
                    sheet.whole(missing as u64);
                    sheet.text(&estimate.interval.err().map_or_else(String::new, |why| why.to_string()));
                    sheet.end_row();
                }
            }
        };
        let found = self.analysis.indices(&self.positions, means).map(&mut rows);
        if let Err(error) = found {
            for text in [arm, outcome, "", ""] {
                sheet.text(text);
            }
            for _ in 0..3 {
                sheet.float(None);
            }
            sheet.whole(used as u64);
            sheet.whole(missing as u64);
            sheet.text(&error.to_string());
            sheet.end_row();
        }
    }
}
