//! Which designs are made to tell which factors move an outcome.

use super::file::{Design, Spread};
use dtao_statistics::design::{Axis, DesignSeed, MorrisDesign, SobolDesign};

/// A design that outcomes can be analysed by.
pub(super) enum Analysis {
    Sobol(SobolDesign),
    Morris { design: MorrisDesign, axes: Vec<(Spread, Axis)> },
}

impl Analysis {
    /// Nothing, if the design is not made for it.
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
    pub fn size(&self) -> usize {
        match self {
            Self::Sobol(design) => design.factors() + 2,
            Self::Morris { design, .. } => design.factors() + 1,
        }
    }
}
