//! Sobol' indices.

use serde::Serialize;

use super::{Estimate, SensitivityError, nothing_to_explain, whole};
use crate::bootstrap::percentile;
use crate::design::SobolDesign;
use crate::{constant, magnitude, sum};

/// How the variance of one outcome is shared out among the factors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SobolIndices {
    /// How many base rows were used.
    pub base_rows: usize,
    /// How many were left out, since one of their rows has no outcome.
    pub missing: usize,
    /// The variance of the outcome over the design.
    pub variance: f64,
    /// One per factor, in the design's order.
    pub factors: Vec<SobolFactor>,
}

/// One factor's part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SobolFactor {
    /// First-order index: the part of the variance that goes away when this factor alone is known.
    pub first: Estimate,
    /// Total index: the part that stays when all others are known. What it has above the first-order index
    /// is interaction.
    pub total: Estimate,
}

/// Estimates first-order and total indices from the outcomes of a design's rows.
///
/// ```text
/// V       = variance of f(A) and f(B) together, divisor 2N
/// first_i = mean (f(B) - c) (f(AB_i) - f(A)) / V,  c = mean of f(A) and f(B)    Saltelli et al. 2010, table 2 (b)
/// total_i = mean (f(A) - f(AB_i))^2 / 2V                                        Jansen 1999, table 2 (f)
/// ```
/// Taking `c` off changes no expectation and makes the estimate independent of the outcome's level. An index
/// near 0 may come out slightly negative. Intervals are percentile bootstraps over base rows; since those rows
/// fill the space more evenly than random ones, they are too wide rather than too narrow. Sources:
/// doi:10.1016/j.cpc.2009.09.018, doi:10.1016/S0010-4655(98)00154-4.
///
/// # Errors
/// If outcomes and design differ in length, fewer than two base rows are whole, or the outcome does not vary.
pub fn sobol_indices(
    design: &SobolDesign,
    outcomes: &[Option<f64>],
) -> Result<SobolIndices, SensitivityError> {
    let width = design.factors() + 2;
    let rows: Vec<Vec<f64>> =
        whole(design.rows(), outcomes, width)?.into_iter().map(|(_, row)| row).collect();
    let (a, b) = (0, width - 1);
    let n = rows.len() as f64;
    let centre = sum(rows.iter().flat_map(|row| [row[a], row[b]])) / (2.0 * n);
    // Everything below is a function of these, so that a resample only adds them up.
    let terms: Vec<Terms> = rows
        .iter()
        .map(|row| {
            let (of_a, of_b) = (row[a] - centre, row[b] - centre);
            Terms {
                sum: of_a + of_b,
                squares: of_a * of_a + of_b * of_b,
                factors: row[1..b]
                    .iter()
                    .map(|hybrid| {
                        let change = (hybrid - centre) - of_a;
                        Changes { plain: change, with_b: of_b * change, squared: change * change }
                    })
                    .collect(),
            }
        })
        .collect();
    let variance = sum(terms.iter().map(|term| term.squares)) / (2.0 * n);
    let mut of_a_and_b: Vec<f64> = rows.iter().flat_map(|row| [row[a], row[b]]).collect();
    of_a_and_b.sort_unstable_by(f64::total_cmp);
    if constant(&of_a_and_b, magnitude(of_a_and_b.iter().copied())) || variance <= 0.0 {
        let varies = SensitivityError::NoVariance { whole: rows.len() };
        return Err(nothing_to_explain(outcomes).unwrap_or(varies));
    }

    let factors = (0..design.factors())
        .map(|factor| {
            let all: Vec<usize> = (0..terms.len()).collect();
            let estimate = |index: fn(&Sums) -> f64| Estimate {
                value: index(&Sums::of(&terms, factor, &all)),
                interval: percentile(terms.len(), |chosen| index(&Sums::of(&terms, factor, chosen))),
            };
            SobolFactor { first: estimate(Sums::first), total: estimate(Sums::total) }
        })
        .collect();
    Ok(SobolIndices { base_rows: rows.len(), missing: design.base_rows() - rows.len(), variance, factors })
}

/// What a base row adds to the sums; outcomes are taken from their mean.
struct Terms {
    sum: f64,
    squares: f64,
    factors: Vec<Changes>,
}

/// How the outcome changes with one factor.
struct Changes {
    plain: f64,
    with_b: f64,
    squared: f64,
}

/// Means over the rows of a resample.
struct Sums {
    centre: f64,
    variance: f64,
    plain: f64,
    with_b: f64,
    squared: f64,
}

impl Sums {
    fn of(terms: &[Terms], factor: usize, chosen: &[usize]) -> Self {
        let mut sums = [0.0; 5];
        for &row in chosen {
            let (term, change) = (&terms[row], &terms[row].factors[factor]);
            let parts = [term.sum, term.squares, change.plain, change.with_b, change.squared];
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum += part;
            }
        }
        let n = chosen.len() as f64;
        let centre = sums[0] / (2.0 * n);
        Self {
            centre,
            variance: sums[1] / (2.0 * n) - centre * centre,
            plain: sums[2] / n,
            with_b: sums[3] / n,
            squared: sums[4] / n,
        }
    }

    fn first(&self) -> f64 {
        (self.with_b - self.centre * self.plain) / self.variance
    }

    fn total(&self) -> f64 {
        0.5 * self.squared / self.variance
    }
}

#[cfg(test)]
mod tests;
