//! A sweep's `runs.csv`: how outcomes are distributed in each arm.

use std::collections::BTreeMap;

use dtao_files::folder::FolderError;
use dtao_sweep::manifest::Manifest;

use crate::finished::Finished;

/// Most values of an outcome in an arm that are kept.
const MOST: usize = 200_000;

/// Values by outcome and arm, over all points and seeds.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    of: BTreeMap<(String, String), Vec<f64>>,
    /// Whether there were more than are kept.
    pub cut: bool,
    /// How many values of all outcomes the runs lack.
    pub missing: u64,
}

impl Runs {
    /// Those of some outcomes.
    pub fn read(finished: &Finished, manifest: &Manifest, outcomes: &[String]) -> Result<Self, FolderError> {
        let others = manifest.outcomes.iter().filter(|name| !outcomes.contains(name));
        let columns: Vec<&str> = std::iter::once("arm")
            .chain(outcomes.iter().map(String::as_str))
            .chain(others.map(String::as_str))
            .collect();
        let mut of: Vec<Vec<Vec<f64>>> = vec![vec![Vec::new(); outcomes.len()]; manifest.arms.len()];
        let (mut cut, mut missing) = (false, 0);
        finished.rows("runs.csv", &columns, |row| {
            let arm = manifest.arms.iter().position(|arm| arm.name == row.text(0));
            let arm = arm.ok_or_else(|| format!("the sweep has no arm `{}`", row.text(0)))?;
            for (at, values) in of[arm].iter_mut().enumerate() {
                if let Some(value) = row.number(at + 1)? {
                    if values.len() < MOST { values.push(value) } else { cut = true }
                }
            }
            missing += (1..columns.len()).filter(|&at| row.text(at).is_empty()).count() as u64;
            Ok(())
        })?;
        let mut by = BTreeMap::new();
        for (arm, of) in manifest.arms.iter().zip(of) {
            for (outcome, values) in outcomes.iter().zip(of) {
                by.insert((outcome.clone(), arm.name.clone()), values);
            }
        }
        Ok(Self { of: by, cut, missing })
    }

    /// An outcome's values in an arm.
    pub fn values(&self, outcome: &str, arm: &str) -> &[f64] {
        self.of.get(&(outcome.to_owned(), arm.to_owned())).map_or(&[], Vec::as_slice)
    }
}
