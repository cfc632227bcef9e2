//! Which designs are made to tell which factors move an outcome.

use super::file::{Design, Spread};
use dtao_statistics::design::{Axis, DesignSeed, MorrisDesign, SobolDesign};
use dtao_statistics::sensitivity::{Estimate, SensitivityError, morris_effects, sobol_indices};

/// A design that outcomes can be analysed by.
#[derive(Debug)]
pub enum Analysis {
    /// For Sobol' indices.
    Sobol(SobolDesign),
    /// For elementary effects.
    Morris {
        /// The trajectories.
        design: MorrisDesign,
        /// How each factor's values lie in its range.
        axes: Vec<(Spread, Axis)>,
    },
}

impl Analysis {
    /// Nothing, if the design is not made for it.
    #[must_use]
    pub fn of(design: &Design) -> Option<Self> {
        Some(match design {
            Design::Sobol { rows, seed, ranges } => {
                Analysis::Sobol(SobolDesign::new(DesignSeed(*seed), *rows, ranges.len()).ok()?)
            }
            Design::Morris { trajectories, levels, seed, ranges } => {
                let axes = ranges.iter().map(|(_, spread)| Some((spread.clone(), spread.axis().ok()?)));
                Analysis::Morris {
                    design: MorrisDesign::new(DesignSeed(*seed), *trajectories, ranges.len(), *levels)
                        .ok()?,
                    axes: axes.collect::<Option<_>>()?,
                }
            }
            _ => return None,
        })
    }

    /// Rows of a base row or a trajectory: only where all of them have an outcome are they used.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Sobol(design) => design.factors() + 2,
            Self::Morris { design, .. } => design.factors() + 1,
        }
    }

    /// Where a point's values, as they are written in the plan, lie in the factors' ranges; empty where no steps are measured.
    #[must_use]
    pub fn position(&self, values: &[String]) -> Vec<f64> {
        let Self::Morris { axes, .. } = self else { return Vec::new() };
        let position = |(text, (spread, axis)): (&String, &(Spread, Axis))| {
            spread.number(text).map_or(f64::NAN, |number| axis.position(number))
        };
        values.iter().zip(axes).map(position).collect()
    }

    /// The indices of each factor, from the positions and an outcome of every point of the design.
    ///
    /// # Errors
    /// If there are none.
    pub fn indices(
        &self,
        positions: &[Vec<f64>],
        outcomes: &[Option<f64>],
    ) -> Result<Vec<Vec<(&'static str, Estimate)>>, SensitivityError> {
        Ok(match self {
            Self::Sobol(design) => {
                let found = sobol_indices(design, outcomes)?;
                found.factors.iter().map(|f| vec![("first", f.first), ("total", f.total)]).collect()
            }
            Self::Morris { design, .. } => {
                let found = morris_effects(design, positions, outcomes)?.factors;
                found.iter().map(|f| vec![("mu", f.mu), ("mu_star", f.mu_star), ("sigma", f.sigma)]).collect()
            }
        })
    }
}
