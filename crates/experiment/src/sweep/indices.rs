//! `sensitivity.csv`: which factors move an outcome, of designs that are made to tell.

use std::path::Path;

use super::SweepError;
use super::cells::Point;
use super::file::Design;
use super::manifest::Manifest;
use super::sheet::{Format, Kind, Sheet};
use crate::design::{DesignSeed, MorrisDesign, SobolDesign};
use crate::sensitivity::{Estimate, morris_effects, sobol_indices};
use crate::statistics::sum;

/// A design that outcomes can be analysed by.
enum Analysis {
    Sobol(SobolDesign),
    Morris(MorrisDesign),
}

/// The mean outcome of every point, gathered while the tables are written.
pub(super) struct Indices<'m> {
    manifest: &'m Manifest,
    analysis: Analysis,
    /// By arm, outcome, and point.
    means: Vec<Vec<Vec<Option<f64>>>>,
}

impl<'m> Indices<'m> {
    /// Nothing, if the design is not made for it.
    pub fn of(manifest: &'m Manifest) -> Option<Self> {
        let analysis = match &manifest.design {
            Design::Sobol { rows, seed, ranges } => {
                Analysis::Sobol(SobolDesign::new(DesignSeed(*seed), *rows, ranges.len()).ok()?)
            }
            Design::Morris { trajectories, levels, seed, ranges } => Analysis::Morris(
                MorrisDesign::new(DesignSeed(*seed), *trajectories, ranges.len(), *levels).ok()?,
            ),
            _ => return None,
        };
        let means = vec![vec![Vec::new(); manifest.outcomes.len()]; manifest.arms.len()];
        Some(Self { manifest, analysis, means })
    }

    /// Adds a point. Points have the same seeds, so one that lacks an outcome of any seed has no mean.
    pub fn add(&mut self, point: &Point) {
        for (means, outcomes) in self.means.iter_mut().zip(&point.outcomes) {
            for (means, values) in means.iter_mut().zip(outcomes) {
                let all: Option<Vec<f64>> = values.iter().copied().collect();
                means.push(all.map(|all| sum(all.iter().copied()) / all.len() as f64));
            }
        }
    }

    /// Writes the table.
    pub fn write(&self, folder: &Path, format: Format) -> Result<(), SweepError> {
        let columns = [
            ("arm", Kind::Text),
            ("outcome", Kind::Text),
            ("factor", Kind::Text),
            ("index", Kind::Text),
            ("value", Kind::Float),
            ("low", Kind::Float),
            ("high", Kind::Float),
            ("used", Kind::Whole),
            ("missing", Kind::Whole),
            ("note", Kind::Text),
        ]
        .map(|(name, kind)| (name.to_owned(), kind));
        let mut sheet = Sheet::create(folder, "sensitivity", &columns, self.manifest, format)?;
        for (arm, means) in self.manifest.arms.iter().zip(&self.means) {
            for (outcome, means) in self.manifest.outcomes.iter().zip(means) {
                self.outcome(&mut sheet, &arm.name, outcome, means);
            }
        }
        sheet.finish()
    }

    fn outcome(&self, sheet: &mut Sheet, arm: &str, outcome: &str, means: &[Option<f64>]) {
        let mut rows = |used: usize, missing: usize, of_factors: Vec<Vec<(&str, Estimate)>>| {
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
        let error = match &self.analysis {
            Analysis::Sobol(design) => sobol_indices(design, means).map(|found| {
                let of = found.factors.iter().map(|f| vec![("first", f.first), ("total", f.total)]);
                rows(found.base_rows, found.missing, of.collect());
            }),
            Analysis::Morris(design) => morris_effects(design, means).map(|found| {
                let of = found.factors.iter();
                let of = of.map(|f| vec![("mu", f.mu), ("mu_star", f.mu_star), ("sigma", f.sigma)]);
                rows(found.trajectories, found.missing, of.collect());
            }),
        };
        if let Err(error) = error {
            for text in [arm, outcome, "", ""] {
                sheet.text(text);
            }
            for _ in 0..3 {
                sheet.float(None);
            }
            sheet.whole(0);
            sheet.whole(means.iter().filter(|mean| mean.is_none()).count() as u64);
            sheet.text(&error.to_string());
            sheet.end_row();
        }
    }
}
